"""What the ledger says is told, where the alert watch can't know it from readings alone.

The watch's memory is written now and then, the ledger at once: after a sudden end the ledger knows
of silences, outages and wrong clocks of which the memory does not. Nobody would end them. Used by
the alert watch's thread only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.signal import (
    CLOCK_WRONG,
    NO_COMMUNICATION,
    SEVERITY,
    SUM_MISMATCH,
    AlertSignal,
    Phase,
)
from quilowatt.store import AlertFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from quilowatt.alert.clock import ClockState
    from quilowatt.alert.silence import SilenceState
    from quilowatt.store import AlertRecord, Ledger, ReadingStore

__all__ = ["ends_of_gone", "heard_in_history", "take_over_clocks", "take_over_silences"]

OPEN_MAX: Final = 1_000_000
"""Open alerts that are looked at. [1]"""


def take_over_clocks(ledger: Ledger, state: ClockState) -> ClockState:
    """Know of those clocks that they are wrong of which the ledger says so, and of no others.

    Parameters
    ----------
    ledger : Ledger
        What was told.
    state : ClockState
        What is remembered. It is used up: only the returned one may be used after this.
    """
    told = {alert.meter_number: alert.opened_at_s for alert in _open(ledger, CLOCK_WRONG)}
    if told:
        state = state.grown(max(told))
    state.since_s[:] = 0
    state.since_s[list(told)] = list(told.values())
    return state


def take_over_silences(
    ledger: Ledger, readings: ReadingStore, state: SilenceState, interval_s: NDArray[np.int64]
) -> tuple[SilenceState, list[AlertSignal]]:
    """Know of those silences that they are told of which the ledger says so, and of no others.

    Parameters
    ----------
    ledger, readings
        What was told, and what meters said last.
    state : SilenceState
        What is remembered, all that arrived included. It is used up: only the returned one may be
        used after this.
    interval_s : ndarray of int64, shape (n,)
        Between two readings of each meter, by its number. [s]

    Returns
    -------
    SilenceState
        What is known now.
    list of AlertSignal
        Ends of silences of meters that have called since they were told.
    """
    told = _open(ledger, NO_COMMUNICATION)
    if told:
        state = state.grown(max(alert.meter_number for alert in told))
    state.since_s[:] = 0
    ends = []
    alone = [alert for alert in told if "meters" not in alert.details]
    meters = np.array([alert.meter_number for alert in alone], np.int32)
    for alert, last_s in zip(alone, readings.latest(meters).time_s.tolist(), strict=True):
        if last_s > alert.raised_at_s:
            ends.append(_end(alert, last_s))
        else:
            state.since_s[alert.meter_number] = alert.opened_at_s
    outage = next((alert for alert in told if "meters" in alert.details), None)
    return _with_outage(state, readings, interval_s, outage), ends


def heard_in_history(
    readings: ReadingStore, state: SilenceState, meter_max: int, now_s: int
) -> SilenceState:
    """Know of meters that nobody has heard since the memory was lost when they said something.

    Parameters
    ----------
    readings : ReadingStore
        What meters said last.
    state : SilenceState
        What is remembered. It is used up: only the returned one may be used after this.
    meter_max : int
        The highest number of a meter.
    now_s : int
        The present. [s since 1970-01-01 UTC]
    """
    state = state.grown(meter_max)
    meters = np.flatnonzero(state.heard_s == 0).astype(np.int32)
    last_s = np.clip(readings.latest(meters).time_s, 0, now_s)
    state.heard_s[meters] = last_s.astype(np.uint32)
    return state


def ends_of_gone(ledger: Ledger, gone: Mapping[int, int]) -> list[AlertSignal]:
    """End what is told of meters that were taken down: no reading of theirs will do it.

    Parameters
    ----------
    ledger : Ledger
        What was told.
    gone : mapping of int to int
        When each meter was taken down. [s since 1970-01-01 UTC]
    """
    told = ledger.alerts(AlertFilter(is_open=True), limit=OPEN_MAX)
    return [
        _end(alert, max(gone[alert.meter_number], alert.opened_at_s))
        for alert in reversed(told)
        if alert.meter_number in gone
        and alert.kind in SEVERITY
        and alert.kind != SUM_MISMATCH
        and "meters" not in alert.details
    ]


def _open(ledger: Ledger, kind: str) -> list[AlertRecord]:
    return ledger.alerts(AlertFilter(kind=kind, is_open=True), limit=OPEN_MAX)


def _end(alert: AlertRecord, at_s: int) -> AlertSignal:
    """End an episode with the figures that it has."""
    figures = alert.power_w, alert.usual_power_w, alert.excess_wh
    closed = Phase.CLOSED.value
    return AlertSignal(alert.meter_number, alert.kind, closed, at_s, alert.opened_at_s, *figures)


def _with_outage(
    state: SilenceState,
    readings: ReadingStore,
    interval_s: NDArray[np.int64],
    told: AlertRecord | None,
) -> SilenceState:
    """Know of the outage that was told, and which meters are still out."""
    if told is None:
        return replace(state, outage_meter=-1, outage_since_s=0, outage_size=0)
    if state.outage_meter == told.meter_number:
        return state
    meters = np.flatnonzero(state.heard_s).astype(np.int32)
    last_s = readings.latest(meters).time_s
    each_s = np.append(interval_s, 0)[np.minimum(meters, interval_s.size)]
    lead_s = int(each_s[meters == told.meter_number].max(initial=0))
    is_out = (each_s > 0) & (last_s <= told.raised_at_s)
    is_out &= last_s >= told.opened_at_s - np.maximum(each_s, lead_s)
    state.is_out[:] = False
    state.is_out[meters[is_out]] = True
    return replace(
        state,
        outage_meter=told.meter_number,
        outage_since_s=told.opened_at_s,
        outage_size=int(str(told.details["meters"])),
        lead_meter=told.meter_number,
    )
