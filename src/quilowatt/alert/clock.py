"""Finds meters whose clock is wrong: their times do not agree with the arrival of their readings.

A reading from the future shows it at once. A clock that is behind looks like a slow network, so
the quickest reading of six hours decides: of readings that were kept for a while, the latest is
fresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.signal import CLOCK_WRONG, AlertSignal, Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["ClockState", "compare"]

AHEAD_S: Final = 120
"""A minute is common, two are a fault. [s]"""

BEHIND_S: Final = 600
"""Beyond one interval: some meters name the beginning of theirs. [s]"""

WINDOW_S: Final = 6 * 3600
READINGS_MIN: Final = 12
"""A window is so long and has so many readings. [s], [1]"""

LAG_UNKNOWN_S: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ClockState:
    """The window of each meter.

    Parameters
    ----------
    began_s : ndarray of uint32, shape (capacity,)
        When it began, by the server's clock; 0 = not yet. [s since 1970-01-01 UTC]
    lag_s : ndarray of int32, shape (capacity,)
        Least time from a reading to its arrival in it. [s]
    count : ndarray of uint16, shape (capacity,)
        Readings in it. [1]
    since_s : ndarray of uint32, shape (capacity,)
        Since when the clock is known to be wrong; 0 = it isn't. [s since 1970-01-01 UTC]
    """

    began_s: NDArray[np.uint32]
    lag_s: NDArray[np.int32]
    count: NDArray[np.uint16]
    since_s: NDArray[np.uint32]

    @classmethod
    def empty(cls, capacity: int = 0) -> ClockState:
        """Know no clock."""
        return cls(
            np.zeros(capacity, np.uint32),
            np.full(capacity, LAG_UNKNOWN_S, np.int32),
            np.zeros(capacity, np.uint16),
            np.zeros(capacity, np.uint32),
        )

    def grown(self, meter_max: int) -> ClockState:
        """Return a state with room for a meter number; itself if there is room."""
        capacity = self.began_s.size
        if meter_max < capacity:
            return self
        larger = ClockState.empty(max(meter_max + 1, 2 * capacity))
        for name, array in larger.to_arrays().items():
            array[:capacity] = self.to_arrays()[name]
        return larger

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Give all there is to keep, by name, for ``numpy.savez``."""
        return {
            "clock_began_s": self.began_s,
            "clock_lag_s": self.lag_s,
            "clock_count": self.count,
            "clock_since_s": self.since_s,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> ClockState:
        """Take back what `to_arrays` gave."""
        return cls(
            np.array(arrays["clock_began_s"], np.uint32),
            np.array(arrays["clock_lag_s"], np.int32),
            np.array(arrays["clock_count"], np.uint16),
            np.array(arrays["clock_since_s"], np.uint32),
        )


def compare(
    state: ClockState,
    meters: NDArray[np.int32],
    times_s: tuple[NDArray[np.int64], NDArray[np.int64]],
    interval_s: NDArray[np.int64],
) -> tuple[ClockState, list[AlertSignal]]:
    """Hold readings against their arrival.

    Parameters
    ----------
    state : ClockState
        What is known. It is used up: only the returned one may be used after this.
    meters : ndarray of int32, shape (n,)
        Whose readings, in the order of arrival.
    times_s : pair of ndarray of int64, shape (n,)
        What the meter says, and when it arrived. [s since 1970-01-01 UTC]
    interval_s : ndarray of int64, shape (m,)
        Between two readings of each meter, by its number. [s]

    Returns
    -------
    ClockState
        What is known now.
    list of AlertSignal
        Clocks that are found wrong, and right again, by `offset_s`; `at_s` is the arrival.
    """
    if not meters.size:
        return state, []
    state = state.grown(int(meters.max()))
    order = np.argsort(meters, kind="stable")
    starts = np.flatnonzero(np.diff(meters[order], prepend=-1))
    counts = np.diff(starts, append=order.size)
    found: list[tuple[int, AlertSignal]] = []
    for k in range(int(counts.max())):
        rows = order[starts[counts > k] + k]
        found += _compare(
            state, rows, meters[rows], (times_s[0][rows], times_s[1][rows]), interval_s
        )
    return state, [signal for _, signal in sorted(found, key=lambda pair: pair[0])]


def _compare(
    state: ClockState,
    rows: NDArray[np.intp],
    who: NDArray[np.int32],
    times_s: tuple[NDArray[np.int64], NDArray[np.int64]],
    interval_s: NDArray[np.int64],
) -> list[tuple[int, AlertSignal]]:
    """Take in one reading of each meter."""
    time_s, arrived_s = times_s
    lag_s = np.clip(arrived_s - time_s, -LAG_UNKNOWN_S, LAG_UNKNOWN_S)
    began_s = np.where(state.began_s[who] == 0, arrived_s, state.began_s[who])
    least_s = np.minimum(state.lag_s[who], lag_s)
    count = np.minimum(state.count[who] + np.int64(1), READINGS_MIN)
    told = np.append(interval_s, 0)[np.minimum(who, interval_s.size)]
    is_ahead = lag_s < -AHEAD_S
    is_over = (arrived_s - began_s >= WINDOW_S) & (count >= READINGS_MIN)
    is_behind = is_over & (least_s > told + BEHIND_S)
    since_s = state.since_s[who].astype(np.int64)
    opens = (since_s == 0) & (is_ahead | is_behind)
    closes = (since_s > 0) & is_over & ~is_behind & (least_s >= -AHEAD_S)
    found_s = np.where(is_ahead, arrived_s, began_s)
    shown_s = np.where(is_ahead, lag_s, least_s)
    state.since_s[who] = np.where(opens, found_s, np.where(closes, 0, since_s))
    state.began_s[who] = np.where(is_over, arrived_s, began_s)
    state.lag_s[who] = np.where(is_over, LAG_UNKNOWN_S, least_s)
    state.count[who] = np.where(is_over, 0, count)
    found = []
    for phase, which, from_s in ((Phase.OPENED, opens, found_s), (Phase.CLOSED, closes, since_s)):
        for row in np.flatnonzero(which).tolist():
            signal = AlertSignal(
                int(who[row]),
                CLOCK_WRONG,
                phase.value,
                int(arrived_s[row]),
                int(from_s[row]),
                0,
                0,
                0,
                offset_s=-int(shown_s[row]),
            )
            found.append((int(rows[row]), signal))
    return found
