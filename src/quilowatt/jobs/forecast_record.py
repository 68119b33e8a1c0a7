"""The forecast job: keeps one forecast per usage point and day, and settles cycles that are over.

So each meter gets a track record of its own: what was said on the third, tenth, twentieth day, and
what came. Works through the usage points block by block, resting longer than it works.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from quilowatt.core.calendar import local_date
from quilowatt.errors import StoreError
from quilowatt.store import ClientFilter, CycleOutcome, KeptForecast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from quilowatt.jobs.cycle_forecast import CycleForecast, Forecaster
    from quilowatt.jobs.running_cycle import RunningCycles
    from quilowatt.store import Client, Ledger

__all__ = ["ForecastRecord"]

LOG = logging.getLogger(__name__)

BLOCK: Final = 500
"""Usage points worked on at once: 400 days and 672 hours of each, some 5 MB an array. Their
readings are read in smaller parts."""

REST: Final = 9
"""Times the work: the job takes at most a tenth of one core."""

PAUSE_S: Final = 1800.0
"""Between two looks at whether a day has begun somewhere. [s]"""

SETTLE_S: Final = 2 * 86_400
"""So long after its end a cycle is taken as known: meters that were away have come back. [s]"""


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
        """Forecast what has no forecast of today yet, and settle what is over.

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
        now_s = int(self._clock())
        days: dict[str, list[Client]] = {}
        for client in clients:
            days.setdefault(local_date(now_s, ZoneInfo(client.timezone)).isoformat(), []).append(
                client
            )
        made: list[KeptForecast] = []
        for day, of_day in days.items():
            # A bill costs more than this question: most of the time all have theirs.
            noted = self._ledger.forecasts.noted_since(
                (each.usage_point_id for each in of_day), day
            )
            fresh = [each for each in of_day if each.usage_point_id not in noted]
            cycles = self._opened(fresh, None) if fresh else []
            found = self._forecaster.forecasts(cycles, now_s=now_s) if cycles else []
            made += [_kept(each, day) for each in found if each is not None]
        return self._ledger.forecasts.note(made) if made else 0

    def _settle(self) -> None:
        """Look up what cycles came to that are over for long enough."""
        now_s = int(self._clock())
        over = self._ledger.forecasts.unsettled(ended_before_s=now_s - SETTLE_S, limit=BLOCK)
        by_month: dict[str, dict[int, int]] = {}
        for usage_point_id, month, start_s in over:
            by_month.setdefault(month, {})[usage_point_id] = start_s
        for month, starts_s in by_month.items():
            places = self._ledger.installations(usage_point_ids=starts_s)
            meters = {place.usage_point_id: place.meter_number for place in places}
            clients = list(self._ledger.client_of_meters(meters.values()).values())
            outcomes = [
                CycleOutcome(
                    usage_point_id=cycle.client.usage_point_id,
                    cycle_start_s=starts_s[cycle.client.usage_point_id],
                    energy_wh=cycle.energy_wh,
                    total=cycle.total,
                    at_s=now_s,
                )
                for cycle in self._billed(clients, month)
                if cycle.energy_wh is not None
            ]
            self._ledger.forecasts.settle(outcomes)


def _kept(found: CycleForecast, day: str) -> KeptForecast:
    cycle, money = found.cycle, found.money
    return KeptForecast(
        usage_point_id=cycle.client.usage_point_id,
        meter_number=cycle.client.meter_number,
        month=cycle.month,
        cycle_start_s=cycle.start_s,
        cycle_end_s=cycle.end_s,
        day=day,
        issued_s=found.issued_s,
        expected_wh=found.expected_wh,
        low_wh=found.low_wh,
        high_wh=found.high_wh,
        expected=None if money is None else money.bill.total,
        low=None if money is None else money.low,
        high=None if money is None else money.high,
        currency=None if money is None else money.bill.currency,
    )
