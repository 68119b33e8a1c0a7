"""The forecast job: keeps what was expected of a cycle on some of its days, and what it came to.

So each usage point gets a track record of its own. Works through the usage points block by block,
resting longer than it works.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from quilowatt.core.calendar import local_date
from quilowatt.errors import StoreError
from quilowatt.store import ClientFilter, CycleOutcome, KeptForecast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from quilowatt.jobs.cycle_forecast import CycleForecast, Forecaster
    from quilowatt.jobs.running_cycle import CycleState, RunningCycles
    from quilowatt.store import Client, Ledger

__all__ = ["ForecastRecord"]

LOG = logging.getLogger(__name__)

BLOCK: Final = 500
"""Usage points worked on at once: 400 days and 672 hours of each, some 5 MB an array. Their
readings are read in smaller parts."""

REST: Final = 9
"""Times the work: the job takes at most a tenth of one core."""

MARKS_D: Final = (1, 2, 3, 5, 7, 10, 14, 20, 25)
"""After so many days of a cycle a forecast is kept, or later where the job was away: the first
days, when a forecast changes most, and those that forecasts are scored by everywhere. [d]"""

PAUSE_S: Final = 1800.0
"""Between two looks at whether a day has begun somewhere. [s]"""

SETTLE_S: Final = 2 * 86_400
"""So long after its end a cycle is taken as known: meters that were away have come back. [s]"""

GIVEN_UP_S: Final = 60 * 86_400
"""A cycle of which nothing is known so long after its end stays without an outcome. [s]"""

SETTLE_EACH_S: Final = 6 * 3600.0
"""How often it looks for cycles that are over. [s]"""

SETTLED_MAX: Final = 100_000
"""Cycles that are settled in one look. [1]"""


class ForecastRecord:
    """Keeps the record.

    Parameters
    ----------
    ledger : Ledger
        Usage points, and the book of forecasts.
    billed : callable
        Gives the cycles of a month with what was taken in them, to settle them.
    opened : callable
        Gives them without.
    forecaster : Forecaster
        Forecasts them.
    clock : callable
        [s since 1970-01-01 UTC]
    """

    def __init__(
        self,
        ledger: Ledger,
        billed: RunningCycles,
        opened: RunningCycles,
        forecaster: Forecaster,
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._billed = billed
        self._opened = opened
        self._forecaster = forecaster
        self._clock = clock
        self._settled_s = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forecast-record", daemon=True)

    def start(self) -> None:
        """Begin to work by itself."""
        self._thread.start()

    def close(self) -> None:
        """End after the block under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def turn(self) -> int:
        """Forecast what has passed a mark without, and settle what is over.

        Returns
        -------
        int
            New forecasts. [1]
        """
        self._settle()
        count = 0
        for clients in self._blocks():
            began_s = time.monotonic()
            count += self._note(clients)
            if self._stop.wait(REST * (time.monotonic() - began_s)):
                break
        return count

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            try:
                if count := self.turn():
                    LOG.info("forecasts_noted count=%d", count)
            except StoreError as error:
                LOG.error("forecasts_refused reason=%s", error)  # noqa: TRY400 - it says it all
            except Exception:
                LOG.exception("forecast_record_failed")
            self._stop.wait(PAUSE_S)

    def _blocks(self) -> Iterator[list[Client]]:
        after: int | None = None
        while clients := self._ledger.clients(ClientFilter(), after=after, limit=BLOCK):
            yield clients
            after = clients[-1].usage_point_id

    def _note(self, clients: Sequence[Client]) -> int:
        """Forecast those cycles that have passed a mark and have no forecast since; count them."""
        now_s = int(self._clock())
        since: dict[str, list[CycleState]] = {}
        for cycle in self._opened(clients, None):
            if (marked := _marked_day(cycle, now_s)) is not None:
                since.setdefault(marked.isoformat(), []).append(cycle)
        made: list[KeptForecast] = []
        for day, cycles in since.items():
            places = (cycle.client.usage_point_id for cycle in cycles)
            noted = self._ledger.forecasts.noted_since(places, day)
            fresh = [cycle for cycle in cycles if cycle.client.usage_point_id not in noted]
            found = self._forecaster.forecasts(fresh, now_s=now_s) if fresh else []
            made += [_kept(each, now_s) for each in found if each is not None]
        return self._ledger.forecasts.note(made) if made else 0

    def _settle(self) -> None:
        """Look up what cycles came to that are over for long enough."""
        now_s = int(self._clock())
        if self._settled_s <= now_s < self._settled_s + SETTLE_EACH_S:
            return
        over = self._ledger.forecasts.unsettled(
            ended_s=(now_s - GIVEN_UP_S, now_s - SETTLE_S), limit=SETTLED_MAX
        )
        for month, cycles in groupby(sorted(over, key=_month), key=_month):
            starts_s = {usage_point_id: start_s for usage_point_id, _, start_s in cycles}
            places = sorted(starts_s)
            for first in range(0, len(places), BLOCK):
                began_s = time.monotonic()
                some = {key: starts_s[key] for key in places[first : first + BLOCK]}
                self._ledger.forecasts.settle(self._outcomes(month, some, now_s))
                if self._stop.wait(REST * (time.monotonic() - began_s)):
                    return
        self._settled_s = now_s

    def _outcomes(self, month: str, starts_s: dict[int, int], now_s: int) -> list[CycleOutcome]:
        """Bill the cycles of a month by usage point and start; one that was moved has none."""
        places = self._ledger.installations(usage_point_ids=starts_s)
        meters = {place.usage_point_id: place.meter_number for place in places}
        clients = list(self._ledger.client_of_meters(meters.values()).values())
        return [
            CycleOutcome(
                usage_point_id=cycle.client.usage_point_id,
                cycle_start_s=cycle.start_s,
                energy_wh=cycle.energy_wh,
                total=cycle.total,
                at_s=now_s,
            )
            for cycle in self._billed(clients, month)
            if cycle.energy_wh is not None
            and cycle.start_s == starts_s[cycle.client.usage_point_id]
        ]


def _month(cycle: tuple[int, str, int]) -> str:
    return cycle[1]


def _marked_day(cycle: CycleState, now_s: int) -> date | None:
    """Find the local day since which a forecast is wanted; None before the first mark."""
    first = local_date(cycle.start_s, cycle.zone)
    passed_d = (local_date(now_s, cycle.zone) - first).days
    marks = [mark for mark in MARKS_D if mark <= passed_d]
    return first + timedelta(days=marks[-1]) if marks else None


def _kept(found: CycleForecast, now_s: int) -> KeptForecast:
    cycle, money = found.cycle, found.money
    return KeptForecast(
        usage_point_id=cycle.client.usage_point_id,
        meter_number=cycle.client.meter_number,
        month=cycle.month,
        cycle_start_s=cycle.start_s,
        cycle_end_s=cycle.end_s,
        day=local_date(now_s, cycle.zone).isoformat(),
        issued_s=found.issued_s,
        expected_wh=found.expected_wh,
        low_wh=found.low_wh,
        high_wh=found.high_wh,
        expected=None if money is None else money.bill.total,
        low=None if money is None else money.low,
        high=None if money is None else money.high,
        currency=None if money is None else money.bill.currency,
    )
