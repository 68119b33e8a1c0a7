"""Compares a proof with what a store of readings has, and names the first reading that differs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

import numpy as np

from quilowatt.jobs.proof.verify import Finding
from quilowatt.jobs.proof.words import FIELDS, NOTHING, say

if TYPE_CHECKING:
    from quilowatt.core.batch import ReadingColumns
    from quilowatt.jobs.proof.document import MeterEvidence, Proof
    from quilowatt.store import Ledger, ReadingStore

__all__ = ["Archive", "StoreArchive", "first_difference_from"]

STAGE: Final = "store"


class Archive(Protocol):
    """Where readings are kept."""

    def readings(
        self, meter: str, start_s: int, end_s: int, as_of: int | None
    ) -> ReadingColumns | None:
        """Give the counted readings of a meter [s]; None if the meter or that past is unknown."""
        ...


class StoreArchive:
    """The stores of a data directory.

    Parameters
    ----------
    ledger : Ledger
        Knows the meters' numbers.
    store : ReadingStore
        Holds the readings.
    """

    def __init__(self, ledger: Ledger, store: ReadingStore) -> None:
        self._ledger, self._store = ledger, store

    def readings(
        self, meter: str, start_s: int, end_s: int, as_of: int | None
    ) -> ReadingColumns | None:
        """Ask the store; see `Archive.readings`."""
        known = self._ledger.meter(UUID(meter))
        if known is None:
            return None
        numbers = np.array([known.meter_number], np.int32)
        return self._store.readings(numbers, start_s, end_s, as_of=as_of)


def first_difference_from(archive: Archive, proof: Proof) -> Finding | None:
    """Name the first reading of a proof that an archive has otherwise.

    First as of the invoice's commit: a difference there is an altered past. Then as of now: a
    difference there is a reading that came or was revised since.

    Parameters
    ----------
    archive : Archive
        Whom to ask.
    proof : Proof
        One that `verify` has found nothing in.
    """
    for meter in proof.meters:
        start_s, end_s = _span_s(meter, proof)
        if start_s >= end_s:
            continue
        now = archive.readings(meter.uuid, start_s, end_s, None)
        if now is None:
            return Finding(STAGE, say("unknown_meter", meter=meter.uuid), "", "")
        then = archive.readings(meter.uuid, start_s, end_s, proof.invoice.as_of)
        for columns, saying in ((then, "stored"), (now, "revised")):
            if columns is not None and (found := _first(meter, columns, saying)):
                return found
    return None


def _span_s(meter: MeterEvidence, proof: Proof) -> tuple[int, int]:
    """Over which time a proof has every reading of a meter [s since 1970-01-01 UTC]."""
    time_s, bill = meter.stay.readings.time_s, proof.invoice.bill
    start_s, end_s = max(meter.stay.start_s, bill.start_s), min(meter.stay.end_s, bill.end_s)
    if time_s.size:
        start_s, end_s = min(start_s, int(time_s[0])), max(end_s, int(time_s[-1]) + 1)
    return start_s, end_s


def _first(meter: MeterEvidence, stored: ReadingColumns, saying: str) -> Finding | None:
    proved = meter.stay.readings
    both = np.union1d(proved.time_s, stored.time_s)
    odd = np.zeros(both.size, np.bool_)
    for name in ("import_wh", "export_wh"):
        odd |= _laid_out(both, proved, name) != _laid_out(both, stored, name)
    for time_s in both[odd][:1].tolist():
        one, other = _at(proved, time_s), _at(stored, time_s)
        register = "import" if one[0] != other[0] else "export"
        what = say(
            saying,
            meter=meter.uuid,
            time=datetime.fromtimestamp(time_s, UTC).isoformat(),
            register=FIELDS[register],
        )
        values = (one[0], other[0]) if register == "import" else (one[1], other[1])
        return Finding(STAGE, what, *values)
    return None


def _laid_out(
    times_s: np.ndarray[tuple[int], np.dtype[np.int64]], readings: ReadingColumns, name: str
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """One register at each of these instants, −1 where it wasn't read [Wh]."""
    laid = np.full(times_s.size, -1, np.int64)
    laid[np.searchsorted(times_s, readings.time_s)] = getattr(readings, name)
    return laid


def _at(readings: ReadingColumns, time_s: int) -> tuple[str, str]:
    row = int(np.searchsorted(readings.time_s, time_s))
    if row >= len(readings) or readings.time_s[row] != time_s:
        return NOTHING, NOTHING
    return str(readings.import_wh[row]), str(readings.export_wh[row])
