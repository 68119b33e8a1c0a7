"""What the ledger knows of meters, as arrays for the detectors; read anew a little at a time.

Used by the alert watch's thread only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.alert import MeterFacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.store import Ledger

__all__ = ["MeterRegister"]

DAY_S: Final = 86_400

REFRESH_METERS: Final = 2000
"""Meters that are read anew at a time: what was changed of them counts from then on."""


class MeterRegister:
    """Facts of the meters that have been seen.

    Parameters
    ----------
    ledger : Ledger
        Where they are kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._is_known = np.zeros(0, np.bool_)
        self._next = 0
        self.interval_s = np.zeros(0, np.int64)
        self.offset_s = np.zeros(0, np.int64)

    def meet(self, meters: NDArray[np.int32], now_s: int) -> None:
        """Read those that have not been seen before. [s since 1970-01-01 UTC]"""
        if not meters.size:
            return
        self._grow(int(meters.max()))
        unseen = np.unique(meters[~self._is_known[meters]])
        if unseen.size:
            self._read(unseen.tolist(), now_s)

    def refresh(self, now_s: int) -> None:
        """Read some of them anew, the next ones next time. [s since 1970-01-01 UTC]"""
        known = np.flatnonzero(self._is_known)
        if known.size:
            first = int(np.searchsorted(known, self._next))
            some = known[first : first + REFRESH_METERS]
            self._next = int(some[-1]) + 1 if first + REFRESH_METERS < known.size else 0
            self._read(some.tolist(), now_s)

    def facts(self) -> MeterFacts:
        """Give what the detectors ask for, by meter number."""
        unknown = MeterFacts.unknown(self.offset_s.size)
        return MeterFacts(
            unknown.sensitivity_pct,
            self.offset_s,
            unknown.capacity_w,
            unknown.is_vacant,
            unknown.may_export,
            unknown.is_export_known,
        )

    def _read(self, numbers: list[int], now_s: int) -> None:
        installed = {
            installation.meter_number
            for installation in self._ledger.installations(meter_numbers=numbers)
            if installation.end_s is None
        }
        for number, client in self._ledger.client_of_meters(numbers).items():
            # One that was taken down or blocked is not expected to call.
            is_expected = number in installed and client.state == "active"
            self.interval_s[number] = client.interval_s if is_expected else 0
            self.offset_s[number] = _standard_offset_s(client.timezone, now_s // DAY_S * DAY_S)
        self._is_known[numbers] = True

    def _grow(self, meter_max: int) -> None:
        size = self._is_known.size
        if meter_max >= size:
            missing = max(meter_max + 1, 2 * size) - size
            self._is_known = np.pad(self._is_known, (0, missing))
            self.interval_s = np.pad(self.interval_s, (0, missing))
            self.offset_s = np.pad(self.offset_s, (0, missing))


@lru_cache(maxsize=1024)
def _standard_offset_s(timezone: str, now_s: int) -> int:
    """Local standard time less UTC: the night does not move with the clocks. [s]"""
    moment = datetime.fromtimestamp(now_s, UTC).astimezone(ZoneInfo(timezone))
    offset = (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())
    return int(offset.total_seconds())
