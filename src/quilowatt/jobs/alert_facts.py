"""What the ledger knows of meters, as arrays for the detectors; read anew a little at a time.

Terms count as they hold today in the place's zone, for readings of earlier days too. Used by the
alert watch's thread only.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.alert import MeterFacts
from quilowatt.core.calendar import date_start_s, local_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from quilowatt.store import Ledger, TermsHistory

__all__ = ["MeterRegister"]

DAY_S: Final = 86_400
QUARTER_S: Final = 900

NEVER_S: Final = 1 << 62
"""No terms are to change. [s]"""

REFRESH_METERS: Final = 2000
"""Meters that are read anew at a time: what was changed of them counts from then on."""


READ_METERS: Final = 20_000
"""Meters that are read at once when they are met: 20 MB while it lasts."""


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
        self._is_gone = np.zeros(0, np.bool_)
        self._gone = dict[int, int]()
        self._next_turn_s = NEVER_S
        self._turns = dict[int, int]()
        self.interval_s = np.zeros(0, np.int64)
        self._facts = MeterFacts.unknown(0)

    def meet(self, meters: NDArray[np.int32], now_s: int) -> None:
        """Read those that have not been seen before. [s since 1970-01-01 UTC]"""
        if not meters.size:
            return
        self._grow(int(meters.max()))
        unseen = np.unique(meters[~self._is_known[meters]])
        for first in range(0, unseen.size, READ_METERS):
            self._read(unseen[first : first + READ_METERS].tolist(), now_s)

    def refresh(self, now_s: int) -> None:
        """Read some of them anew, the next ones next time. [s since 1970-01-01 UTC]"""
        known = np.flatnonzero(self._is_known)
        if known.size:
            first = int(np.searchsorted(known, self._next))
            some = known[first : first + REFRESH_METERS]
            self._next = int(some[-1]) + 1 if first + REFRESH_METERS < known.size else 0
            self._read(some.tolist(), now_s)

    def renew(self, meters: Iterable[int], now_s: int) -> None:
        """Read some of them anew, and those whose terms change by now. [s since 1970-01-01 UTC]"""
        size = self._is_known.size
        stale = {meter for meter in meters if meter < size and self._is_known[meter]}
        if now_s >= self._next_turn_s:
            stale |= {meter for meter, turn_s in self._turns.items() if turn_s <= now_s}
        if stale:
            self._read(sorted(stale), now_s)

    def facts(self) -> MeterFacts:
        """Give what the detectors ask for, by meter number."""
        return self._facts

    def take_gone(self) -> dict[int, int]:
        """Name meters that were found taken down since the last call, and when they were. [s]"""
        gone, self._gone = self._gone, {}
        return gone

    def _read(self, numbers: list[int], now_s: int) -> None:
        installed = set[int]()
        for installation in self._ledger.installations(meter_numbers=numbers):
            number, end_s = installation.meter_number, installation.end_s
            if end_s is None:
                installed.add(number)
            elif not self._is_gone[number]:
                self._gone[number] = end_s
        self._is_gone[numbers] = True
        self._is_gone[list(installed)] = False
        for number in installed:
            self._gone.pop(number, None)
        clients = self._ledger.client_of_meters(numbers)
        histories = self._ledger.terms.histories(
            {client.usage_point_id for client in clients.values()}
        )
        for number, client in clients.items():
            # One that was taken down or blocked is not expected to call.
            is_expected = number in installed and client.state == "active"
            self.interval_s[number] = client.interval_s if is_expected else 0
            zone_offset_s = _standard_offset_s(client.timezone, now_s // DAY_S * DAY_S)
            self._facts.offset_s[number] = zone_offset_s
            self._take(number, histories[client.usage_point_id], now_s)
        self._is_known[numbers] = True
        self._next_turn_s = min(self._turns.values(), default=NEVER_S)

    def _take(self, number: int, history: TermsHistory, now_s: int) -> None:
        """Note what holds today, and when that changes."""
        today = _local_day(history.timezone, now_s // QUARTER_S)
        terms, facts = history.on(today), self._facts
        facts.sensitivity_pct[number] = terms.alert_sensitivity_pct
        facts.capacity_w[number] = terms.limit_w
        facts.is_vacant[number] = terms.is_vacant
        facts.may_export[number] = terms.has_generation is True
        facts.is_export_known[number] = terms.has_generation != "unknown"
        self._turns.pop(number, None)
        coming = [fact.from_day for fact in history.facts if fact.from_day > today]
        if coming:
            self._turns[number] = date_start_s(min(coming), ZoneInfo(history.timezone))

    def _grow(self, meter_max: int) -> None:
        size = self._is_known.size
        if meter_max >= size:
            missing = max(meter_max + 1, 2 * size) - size
            self._is_known = np.pad(self._is_known, (0, missing))
            self._is_gone = np.pad(self._is_gone, (0, missing))
            self.interval_s = np.pad(self.interval_s, (0, missing))
            unknown = MeterFacts.unknown(missing)
            self._facts = MeterFacts(
                *(
                    np.concatenate([getattr(self._facts, each.name), getattr(unknown, each.name)])
                    for each in fields(unknown)
                )
            )


@lru_cache(maxsize=1024)
def _local_day(timezone: str, quarter: int) -> date:
    """Date of a quarter of an hour since 1970: no zone changes its date within one."""
    return local_date(quarter * QUARTER_S, ZoneInfo(timezone))


@lru_cache(maxsize=1024)
def _standard_offset_s(timezone: str, now_s: int) -> int:
    """Local standard time less UTC: the night does not move with the clocks. [s]"""
    moment = datetime.fromtimestamp(now_s, UTC).astimezone(ZoneInfo(timezone))
    offset = (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())
    return int(offset.total_seconds())
