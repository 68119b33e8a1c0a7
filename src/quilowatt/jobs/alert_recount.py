"""Looks anew at the history of meters whose past has changed, and finds what is left to say.

Used by the alert watch's thread only. What it reads is bounded: so many meters, 45 days. A meter
with an open episode that is older, and that these days alone do not show, keeps what is remembered
of it: who forgets an episode can't end it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert import AlertSignal, DetectorState, detect
from quilowatt.alert.recount import Episode, recounted
from quilowatt.alert.signal import CLOCK_WRONG, NO_COMMUNICATION, SEVERITY, SUM_MISMATCH, Phase
from quilowatt.core.batch import ReadingBatch
from quilowatt.store import AlertFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.jobs.alert_facts import MeterRegister
    from quilowatt.store import Ledger, ReadingStore

__all__ = ["readings_per_meter", "recount"]

LEARN_S: Final = 14 * 86_400
"""What the detectors say of the first two weeks of a history is not counted. [s]"""

ALERTS_MAX: Final = 200
"""Of one meter in 45 days; the newest count."""

INTERVAL_UNKNOWN_S: Final = 60
"""Of a meter that is not expected to call, for the bound of what is read. [s]"""

BY_READINGS: Final = SEVERITY.keys() - {NO_COMMUNICATION, CLOCK_WRONG, SUM_MISMATCH}
"""A meter's own history says nothing of the others: arrivals, other meters and budgets do."""


def readings_per_meter(interval_s: NDArray[np.int64], period_s: int) -> NDArray[np.int64]:
    """Tell how many readings of meters a period has, by what they say of themselves [1].

    Examples
    --------
    >>> readings_per_meter(np.array([10, 900, 0]), 3600)
    array([360,   4,  60])
    """
    return period_s // np.where(interval_s > 0, interval_s, INTERVAL_UNKNOWN_S)


def recount(
    state: DetectorState,
    meters: NDArray[np.int32],
    sources: tuple[ReadingStore, Ledger, MeterRegister],
    period_s: tuple[int, int],
) -> tuple[DetectorState, list[AlertSignal]]:
    """Learn some meters anew.

    Parameters
    ----------
    state : DetectorState
        What is remembered. It is used up: only the returned one may be used after this.
    meters : ndarray of int32, shape (n,)
        Rising numbers of meters.
    sources : tuple
        Readings, what was told, and the facts of meters.
    period_s : pair of int
        The history, [start, end). [s since 1970-01-01 UTC]

    Returns
    -------
    DetectorState
        What is remembered now.
    list of AlertSignal
        What is left to say; see `recounted`.
    """
    readings, ledger, register = sources
    columns = readings.readings(meters, *period_s)
    if not len(columns):
        return state, []
    # Numbered from 0 on among themselves: a state of their own has room for them only.
    row = np.searchsorted(meters, columns.meter).astype(np.int32)
    batch = ReadingBatch(row, columns.time_s, columns.import_wh, columns.export_wh)
    facts = register.facts().of(meters)
    alone, signals = detect(DetectorState.empty(meters.size), batch, facts)
    named = [replace(signal, meter=int(meters[signal.meter])) for signal in signals]
    told, from_s = _told(ledger, meters, period_s[0]), period_s[0] + LEARN_S
    beyond = _beyond(told, named, from_s)
    is_within = np.isin(meters, list(beyond), invert=True)
    state = state.grown(int(meters.max()))
    state.adopt(meters[is_within], alone.of(np.flatnonzero(is_within)))
    told = [episode for episode in told if episode.meter not in beyond]
    named = [signal for signal in named if signal.meter not in beyond]
    until_s = int(columns.time_s.max())
    return state, recounted(told, named, from_s=from_s, until_s=until_s)


def _beyond(told: list[Episode], signals: list[AlertSignal], from_s: int) -> set[int]:
    """Name meters with an open episode from before the history that is not found to go on in it."""
    latest = {(signal.meter, signal.kind): signal.phase for signal in signals}
    return {
        episode.meter
        for episode in told
        if episode.end_s is None
        and episode.since_s < from_s
        and latest.get((episode.meter, episode.kind), Phase.CLOSED.value) == Phase.CLOSED.value
    }


def _told(ledger: Ledger, meters: NDArray[np.int32], start_s: int) -> list[Episode]:
    found = []
    for client in ledger.client_of_meters(meters.tolist()).values():
        which = AlertFilter(meter=str(client.meter_uuid), start_s=start_s)
        found += [
            Episode(
                record.meter_number,
                record.kind,
                record.opened_at_s,
                record.closed_at_s,
                int(str(record.details.get("moved_from_s", 0))),
            )
            for record in ledger.alerts(which, after=None, limit=ALERTS_MAX)
            if record.meter_number == client.meter_number and record.kind in BY_READINGS
        ]
    return found
