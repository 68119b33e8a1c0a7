"""All that alerts need in a running server, wired: who watches, who prices, who tells whom.

An alert goes the same way whoever raises it: it is in the ledger, then it is priced, told to
channels, and shown to who listens. `app` makes one office, shows it the commits and closes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quilowatt.jobs.alert_costs import AlertCosts, cost_of
from quilowatt.jobs.alert_watch import AlertWatch, Pace
from quilowatt.jobs.budget_watch import BudgetWatch
from quilowatt.jobs.forecast_record import ForecastRecord
from quilowatt.jobs.notifier import Notifier
from quilowatt.jobs.sum_watch import SumWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from quilowatt.billing import TariffBook
    from quilowatt.core.batch import ReadingBatch
    from quilowatt.jobs.cycle_forecast import Forecaster
    from quilowatt.jobs.notice_words import Describe
    from quilowatt.jobs.place_energy import Registers
    from quilowatt.jobs.running_cycle import RunningCycles
    from quilowatt.store import AlertRecord, Commit, Ledger, ReadingStore

__all__ = ["AlertOffice", "BillingSources"]


@dataclass(frozen=True, slots=True)
class BillingSources:
    """What alerts ask of who bills.

    Parameters
    ----------
    readings : ReadingStore
        The readings that count.
    registers : Registers
        Where registers are read.
    tariffs : TariffBook
        By code.
    forecaster : Forecaster
        Forecasts running cycles.
    billed, opened : callable
        Give running cycles, with what was taken in them so far and without.
    """

    readings: ReadingStore
    registers: Registers
    tariffs: TariffBook
    forecaster: Forecaster
    billed: RunningCycles
    opened: RunningCycles


class AlertOffice:
    """Watches from its making on, and tells, prices and forecasts once it is open.

    Parameters
    ----------
    stores : pair of ReadingStore and Ledger
        What was measured; where alerts are kept.
    clock : callable
        [s since 1970-01-01 UTC]
    snapshot : Path
        File of the detectors' memory.
    describe : callable
        Writes an alert as the API does, for messages.
    publish : callable
        Told (phase, record) of every change of an alert; from any thread.
    steady : callable or None
        A clock that nobody sets, beside one that people do. [s]
    """

    def __init__(
        self,
        stores: tuple[ReadingStore, Ledger],
        clock: Callable[[], float],
        *,
        snapshot: Path,
        describe: Describe,
        publish: Callable[[str, AlertRecord], None],
        steady: Callable[[], float] | None = None,
    ) -> None:
        readings, ledger = stores
        self._ledger = ledger
        self._clock = clock
        self._publish = publish
        self._costs: AlertCosts | None = None
        self._budgets: BudgetWatch | None = None
        self._sums: SumWatch | None = None
        self._record: ForecastRecord | None = None
        self.notifier = Notifier(ledger, clock, describe, awaits=self._awaits)
        self.watch = AlertWatch(
            readings,
            ledger,
            clock,
            snapshot=snapshot,
            on_alert=self.tell,
            pace=Pace(steady=steady),
        )

    def open(self, sources: BillingSources) -> None:
        """Begin with what needs bills: they can be asked for from now on."""
        ledger, clock, forecaster = self._ledger, self._clock, sources.forecaster
        self._budgets = BudgetWatch(
            ledger,
            sources.billed,
            lambda cycles: forecaster.forecasts(cycles, now_s=int(clock())),
            clock,
            self.tell,
        )
        self._record = ForecastRecord(ledger, sources.billed, sources.opened, forecaster, clock)
        self._sums = SumWatch(sources.readings, ledger, sources.registers, clock, self.tell)
        self._costs = AlertCosts(
            ledger, sources.opened, forecaster, sources.tariffs, clock, self._on_priced
        )
        for job in (self._costs, self.notifier, self._budgets, self._record, self._sums):
            job.start()

    def close(self) -> None:
        """End: first who raises alerts, then who prices and tells them."""
        watches = (self.watch, self._budgets, self._sums, self._record)
        for job in (*watches, self._costs, self.notifier):
            if job is not None:
                job.close()

    def on_commit(self, batch: ReadingBatch, commit: Commit) -> None:
        """Take in what was committed; returns at once."""
        is_fresh = commit.is_fresh
        fresh_count = int(is_fresh.sum())
        if fresh_count:
            fresh = batch if fresh_count == len(batch) else batch.take(is_fresh)
            self.watch.put(commit.number, fresh)
            if self._budgets is not None:
                self._budgets.wake()
        if fresh_count < len(batch):
            late = batch.meter[~is_fresh]
            self.watch.put_late(late)
            if self._sums is not None:
                self._sums.put_late(late)

    def on_budget(self) -> None:
        """Look at budgets soon: one is new, and somebody waits for it."""
        if self._budgets is not None:
            self._budgets.hurry()

    def on_terms(self, usage_point_id: int) -> None:
        """Take in that something else holds at a usage point."""
        self.watch.forget_place(usage_point_id)
        if self._sums is not None:
            self._sums.hurry()

    def tell(self, phase: str, record: AlertRecord) -> None:
        """Have an alert that has changed in the ledger priced, told and shown."""
        if self._costs is not None:
            self._costs.put(record)
        self.notifier.wake()
        self._publish(phase, record)

    def gauges(self) -> dict[str, int]:
        """Tell how much there is to do, by the names of `/metrics`."""
        notices = self._ledger.notices.counts()
        return {
            "alert_watch_behind": self.watch.is_behind,
            "alert_costs_waiting": 0 if self._costs is None else self._costs.waiting,
            "notices_waiting": notices.get("waiting", 0),
            "notices_dead": notices.get("dead", 0),
        }

    @property
    def refused_costs(self) -> int:
        """Alerts that found no room in the queue of costs. [1]."""
        return 0 if self._costs is None else self._costs.refused

    def _on_priced(self, records: Sequence[AlertRecord]) -> None:
        self.notifier.wake()
        for record in records:
            cost = cost_of(record)
            if record.closed_at_s is None and cost is not None and cost.currency is not None:
                self._publish("updated", record)

    def _awaits(self, record: AlertRecord) -> bool:
        return self._costs is not None and self._costs.awaits(record)
