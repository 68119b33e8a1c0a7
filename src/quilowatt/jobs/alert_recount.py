"""Looks anew at the history of meters whose past has changed, and finds what is left to say.

Used by the alert watch's thread only. What it reads is bounded: so many meters, 45 days.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert import AlertSignal, DetectorState, detect
from quilowatt.alert.recount import Episode, recounted
from quilowatt.alert.signal import CLOCK_WRONG, NO_COMMUNICATION, SUM_MISMATCH
from quilowatt.core.batch import ReadingBatch
from quilowatt.store import AlertFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.jobs.alert_facts import MeterRegister
    from quilowatt.store import Ledger, ReadingStore

__all__ = ["recount"]

LEARN_S: Final = 14 * 86_400
"""What the detectors say of the first two weeks of a history is not counted. [s]"""

ALERTS_MAX: Final = 200
"""Of one meter in 45 days; the newest count."""

NOT_BY_READINGS: Final = {NO_COMMUNICATION, CLOCK_WRONG, SUM_MISMATCH}
"""These are told by arrivals and by other meters: a meter's own history says nothing of them."""


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
    state = state.grown(int(meters.max()))
    state.adopt(meters, alone)
    named = [replace(signal, meter=int(meters[signal.meter])) for signal in signals]
    told = _told(ledger, meters, period_s[0])
    until_s = int(columns.time_s.max())
    return state, recounted(told, named, from_s=period_s[0] + LEARN_S, until_s=until_s)


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
            if record.kind not in NOT_BY_READINGS
        ]
    return found
