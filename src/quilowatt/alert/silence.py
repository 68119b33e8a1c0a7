"""Finds meters that do not call any more, each by its own interval, and outages that take many.

`hear` takes what arrived, `listen` looks at the clock that the caller passes in. When the first
meter of many has been silent for too long, all that fell silent with it are one outage, told once:
of the others at least one reading is missing by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.signal import NO_COMMUNICATION, AlertSignal, Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["SilenceState", "hear", "listen", "silence_limit_s"]

INTERVALS: Final = 3
"""Two readings may be lost; when the third is missing, nobody calls."""

LEAST_S: Final = 900
"""A meter that reads every few seconds may lose its network for a while. [s]"""

OUTAGE_MIN: Final = 5
"""Fewer meters are a coincidence…"""

OUTAGE_SHARE: Final = 20
"""…and so is less than a twentieth of all that call. [1]"""

MISSED: Final = (3, 2)
"""After one interval and a half, a reading is missing."""


@dataclass(frozen=True, slots=True)
class SilenceState:
    """When each meter was heard last.

    Parameters
    ----------
    heard_s : ndarray of uint32, shape (capacity,)
        Arrival of its latest reading, 0 = never. [s since 1970-01-01 UTC]
    since_s : ndarray of uint32, shape (capacity,)
        When it was heard last before the silence that was told of it, else 0. [s]
    is_out : ndarray of bool, shape (capacity,)
        Silent with many others.
    outage_meter, outage_since_s, outage_size : int
        The outage that was told: by the name of which meter, since when, how many meters; −1, 0,
        0 where there is none. [s]
    outage_end_s : int
        When the latest one ended: those still out are given their time from then on. [s]
    lead_meter : int
        By whose name the latest one was told; −1 if none was.
    """

    heard_s: NDArray[np.uint32]
    since_s: NDArray[np.uint32]
    is_out: NDArray[np.bool_]
    outage_meter: int = -1
    outage_since_s: int = 0
    outage_size: int = 0
    outage_end_s: int = 0
    lead_meter: int = -1

    @classmethod
    def empty(cls, capacity: int = 0) -> SilenceState:
        """Have heard nobody."""
        never = np.zeros(capacity, np.uint32)
        return cls(never, never.copy(), np.zeros(capacity, np.bool_))

    def grown(self, meter_max: int) -> SilenceState:
        """Return a state with room for a meter number; itself if there is room."""
        missing = max(meter_max + 1, 2 * self.heard_s.size) - self.heard_s.size
        if meter_max < self.heard_s.size:
            return self
        return replace(
            self,
            heard_s=np.pad(self.heard_s, (0, missing)),
            since_s=np.pad(self.since_s, (0, missing)),
            is_out=np.pad(self.is_out, (0, missing)),
        )

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Give all there is to keep, by name, for ``numpy.savez``."""
        outage = np.array(
            [
                self.outage_meter,
                self.outage_since_s,
                self.outage_size,
                self.outage_end_s,
                self.lead_meter,
            ]
        )
        return {
            "heard_s": self.heard_s,
            "silent_since_s": self.since_s,
            "is_out": self.is_out,
            "outage": outage,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> SilenceState:
        """Take back what `to_arrays` gave."""
        return cls(
            np.array(arrays["heard_s"], np.uint32),
            np.array(arrays["silent_since_s"], np.uint32),
            np.array(arrays["is_out"], np.bool_),
            *(int(value) for value in arrays["outage"]),
        )


def silence_limit_s(interval_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tell how long a meter with an interval may be silent. [s]

    Examples
    --------
    >>> silence_limit_s(np.array([10, 900, 86400]))
    array([   900,   2700, 259200])
    """
    return np.maximum(interval_s * INTERVALS, LEAST_S)


def hear(
    state: SilenceState, meters: NDArray[np.int32], arrived_s: NDArray[np.int64]
) -> tuple[SilenceState, list[AlertSignal]]:
    """Take in what arrived.

    Parameters
    ----------
    state : SilenceState
        What is known. It is used up: only the returned one may be used after this.
    meters : ndarray of int32, shape (n,)
        Whose readings.
    arrived_s : ndarray of int64, shape (n,)
        When each arrived, in this order. [s since 1970-01-01 UTC]

    Returns
    -------
    SilenceState
        What is known now.
    list of AlertSignal
        Ends of silences, by meter; an outage ends when half of its meters are back.
    """
    if not meters.size:
        return state, []
    state = state.grown(int(meters.max()))
    who, first = np.unique(meters, return_index=True)
    back = np.flatnonzero(state.since_s[who] > 0)
    signals = [
        _signal(
            int(who[row]), Phase.CLOSED, int(arrived_s[first[row]]), int(state.since_s[who[row]])
        )
        for row in back.tolist()
    ]
    state.since_s[who] = 0
    state.is_out[who] = False
    np.maximum.at(state.heard_s, meters, arrived_s.astype(np.uint32))
    return _end_outage(state, int(arrived_s.max()), signals)


def listen(
    state: SilenceState, now_s: int, interval_s: NDArray[np.int64], *, watching_since_s: int = 0
) -> tuple[SilenceState, list[AlertSignal]]:
    """See who should have called by now.

    Parameters
    ----------
    state : SilenceState
        What is known. It is used up: only the returned one may be used after this.
    now_s : int
        Where the latest arrival lies ahead of it, the clock was set back: then it counts as now.
        [s since 1970-01-01 UTC]
    interval_s : ndarray of int64, shape (n,)
        Between two readings of each meter, by its number; 0 = not expected to call. [s]
    watching_since_s : int
        Since when somebody would have heard a call. [s since 1970-01-01 UTC]

    Returns
    -------
    SilenceState
        What is known now.
    list of AlertSignal
        Silences that begin, by meter, or one outage; and ends of those of meters that are not
        expected to call any more.
    """
    count = min(state.heard_s.size, interval_s.size)
    np.minimum(state.heard_s, np.uint32(now_s), out=state.heard_s)
    heard_s, interval_s = state.heard_s[:count].astype(np.int64), interval_s[:count]
    state, ends = _let_go(state, now_s, interval_s)
    is_expected = (heard_s > 0) & (interval_s > 0)
    is_out = state.is_out[:count]
    from_s = np.maximum(heard_s, np.where(is_out, state.outage_end_s, watching_since_s))
    waited_s = now_s - np.maximum(from_s, watching_since_s)
    is_told = (state.since_s[:count] > 0) | (is_out & (state.outage_meter >= 0))
    is_silent = is_expected & ~is_told & (waited_s > silence_limit_s(interval_s))
    if not is_silent.any():
        return state, ends
    lead = int(np.flatnonzero(is_silent)[np.argmin(heard_s[is_silent])])
    # All that missed a reading since about then fell silent together.
    misses = is_expected & ~is_told & (waited_s * MISSED[1] > interval_s * MISSED[0])
    together = misses & (heard_s >= heard_s[lead] - np.maximum(interval_s, interval_s[lead]))
    size = int(together.sum())
    if size < max(OUTAGE_MIN, -(-int(is_expected.sum()) // OUTAGE_SHARE)):
        silent = np.flatnonzero(is_silent)
        # By the beginning of this one's silence the outage was told: what lasts is another episode.
        is_lead = is_out & (np.arange(count) == state.lead_meter)
        since_s = np.where(is_lead, state.outage_end_s, heard_s)
        state.since_s[silent] = since_s[silent]
        state.is_out[silent] = False
        return state, ends + [
            _signal(meter, Phase.OPENED, now_s, int(since_s[meter])) for meter in silent.tolist()
        ]
    state.is_out[:count] |= together
    if state.outage_meter >= 0:
        state = replace(state, outage_size=state.outage_size + size)
        return state, [*ends, _outage(state, Phase.UPDATED, now_s)]
    began_s = int(heard_s[lead])
    state = replace(
        state, outage_meter=lead, outage_since_s=began_s, outage_size=size, lead_meter=lead
    )
    return state, [*ends, _outage(state, Phase.OPENED, now_s)]


def _let_go(
    state: SilenceState, now_s: int, interval_s: NDArray[np.int64]
) -> tuple[SilenceState, list[AlertSignal]]:
    """End the silences of meters that were taken down or blocked: nobody waits for them."""
    gone = np.flatnonzero((interval_s == 0) & (state.since_s[: interval_s.size] > 0))
    signals = [_signal(row, Phase.CLOSED, now_s, int(state.since_s[row])) for row in gone.tolist()]
    state.since_s[gone] = 0
    state.is_out[: interval_s.size] &= interval_s > 0
    return _end_outage(state, now_s, signals)


def _end_outage(
    state: SilenceState, end_s: int, signals: list[AlertSignal]
) -> tuple[SilenceState, list[AlertSignal]]:
    """End the outage if half of its meters are out no more."""
    if state.outage_meter < 0 or 2 * int(state.is_out.sum()) > state.outage_size:
        return state, signals
    signals = [*signals, _outage(state, Phase.CLOSED, end_s)]
    state = replace(state, outage_meter=-1, outage_since_s=0, outage_size=0, outage_end_s=end_s)
    return state, signals


def _signal(meter: int, phase: Phase, at_s: int, since_s: int) -> AlertSignal:
    return AlertSignal(meter, NO_COMMUNICATION, phase.value, at_s, since_s, 0, 0, 0)


def _outage(state: SilenceState, phase: Phase, at_s: int) -> AlertSignal:
    signal = _signal(state.outage_meter, phase, at_s, state.outage_since_s)
    return replace(signal, meters=state.outage_size)
