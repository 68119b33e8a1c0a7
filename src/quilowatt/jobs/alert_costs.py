"""The job that works out what alerts cost, and keeps it with them; nobody who commits waits for it.

The ledger is the truth of what has its cost: what changes is put here, what was missed is found at
the start, and whoever is about to tell an alert asks `awaits`. Each alert is worked out once for
each of its changes, many at a time, and told without money after a while if that takes too long.
"""

from __future__ import annotations

import logging
import threading
import time
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from quilowatt.alert.cost import COST_KINDS, AlertCost, CostBasis
from quilowatt.errors import BillingError, StoreError
from quilowatt.jobs.alert_pricing import price_costs
from quilowatt.jobs.running_cycle import cycles_at
from quilowatt.store import AlertFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quilowatt.billing import Tariff, TariffBook
    from quilowatt.jobs.cycle_forecast import Forecaster
    from quilowatt.jobs.running_cycle import CycleState, RunningCycles
    from quilowatt.store import AlertRecord, Ledger

__all__ = ["AlertCosts", "cost_of"]

LOG = logging.getLogger(__name__)

BATCH: Final = 100
"""Alerts worked out at a time: a year of days and a month of hours of each meter."""

QUEUE_MAX: Final = 20_000
"""Alerts that wait; beyond it they are told without money. 20 MB."""

WAIT_MAX_S: Final = 120.0
"""A notice waits no longer for its money. [s]"""

REST: Final = 3
"""Times the work: a notice may wait for it, so it takes up to a fourth of one core."""

START_S: Final = 45 * 86_400
START_MAX: Final = 500
"""At the start alerts of so long are looked through, and at most so many of a kind. [s], [1]"""

FOUND_AT_ONCE: Final = 20
"""Of these so many are worked out at a time, so that what is new waits a second for them. [1]"""

CYCLES_BACK: Final = 3
"""What began before this cycle and the two before it has no cost. [1]"""

RETRY_S: Final = 30.0
"""After the store refused. [s]"""

HOUR_S: Final = 3600


class _Case(NamedTuple):
    """An alert with the cycle in which it began."""

    alert: AlertRecord
    basis: CostBasis
    cycle: CycleState

    @property
    def known_s(self) -> int:
        """The last whole hour before it began [s since 1970-01-01 UTC]."""
        return max(self.basis.since_s // HOUR_S * HOUR_S, self.cycle.start_s)

    def likeness(self) -> tuple[str, str, int, int, int]:
        """Cases that share it are worked out together."""
        client, cycle = self.cycle.client, self.cycle
        return client.timezone, client.tariff_code, cycle.start_s, cycle.end_s, self.known_s


class AlertCosts:
    """Works costs out.

    Parameters
    ----------
    ledger : Ledger
        Alerts, and where they are.
    running : callable
        Gives the cycles of a month.
    forecaster : Forecaster
        Says what was expected of them.
    tariffs : TariffBook
        By code.
    clock : callable
        [s since 1970-01-01 UTC]
    on_priced : callable
        Told which alerts are not awaited any more, from this thread.

    Attributes
    ----------
    refused : int
        Alerts that were told without money because too many waited. [1]
    """

    def __init__(
        self,
        ledger: Ledger,
        running: RunningCycles,
        forecaster: Forecaster,
        tariffs: TariffBook,
        clock: Callable[[], float],
        on_priced: Callable[[Sequence[AlertRecord]], None],
    ) -> None:
        self._ledger = ledger
        self._running = running
        self._forecaster = forecaster
        self._tariffs = tariffs
        self._clock = clock
        self._on_priced = on_priced
        self.refused = 0
        self._queue: dict[int, AlertRecord] = {}
        self._found: list[AlertRecord] = []
        self._since_s: dict[int, float] = {}
        self._given_up: dict[int, CostBasis] = {}
        self._batch = BATCH
        self._is_begun = False
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="alert-costs", daemon=True)

    def start(self) -> None:
        """Begin to work by itself, first on what has no cost yet."""
        self._thread.start()

    def close(self) -> None:
        """End after the batch under way; the rest is found at the next start."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def waiting(self) -> int:
        """Alerts whose cost is still to come [1]."""
        return len(self._queue) + len(self._found)

    def put(self, alert: AlertRecord) -> None:
        """Take an alert that is new or has changed; returns at once."""
        with self._changed:
            self._put(alert)

    def awaits(self, alert: AlertRecord) -> bool:
        """Say whether the cost of an alert is still to come; if so it is worked on."""
        with self._changed:
            if not self._put(alert):
                return False
            return self._clock() - self._since_s[alert.id] < WAIT_MAX_S

    def find(self) -> int:
        """Take all that has no cost in the ledger, within bounds; return how many [1].

        What is new comes before it: a notice may wait for that.
        """
        start_s = int(self._clock()) - START_S
        found = [
            alert
            for kind in sorted(COST_KINDS)
            for alert in self._ledger.alerts(
                AlertFilter(kind=kind, start_s=start_s), limit=START_MAX
            )
            if _lacks(alert) is not None
        ]
        self._found = sorted(found, key=lambda alert: alert.id)
        return len(found)

    def turn(self) -> int:
        """Work out the alerts that have waited longest; return how many [1]."""
        with self._changed:
            if not self._queue:
                self._found, some = self._found[:-FOUND_AT_ONCE], self._found[-FOUND_AT_ONCE:]
                for alert in some:
                    self._put(alert)
            alerts = list(self._queue.values())[: self._batch]
        if not alerts:
            return 0
        costs = self._costs(alerts)
        kept = self._ledger.keep_alert_costs(
            [(alert_id, cost.as_details()) for alert_id, cost in costs.items()]
        )
        with self._changed:
            for alert in alerts:
                # One that changed meanwhile waits for another turn.
                if self._queue.get(alert.id) is alert:
                    del self._queue[alert.id], self._since_s[alert.id]
        self._batch = min(BATCH, 2 * self._batch)
        self._on_priced(kept)
        return len(alerts)

    def _run(self) -> None:
        while not self._is_stopping:
            began_s = time.monotonic()
            rest_s = self._try()
            with self._changed:
                rest_s += REST * (time.monotonic() - began_s)
                self._changed.wait_for(lambda: self._is_stopping, rest_s)
                self._changed.wait_for(lambda: self._queue or self._found or self._is_stopping)

    def _try(self) -> float:
        """Take a turn; return how long to wait after one that failed [s]."""
        try:
            if not self._is_begun:
                self.find()
                self._is_begun = True
            self.turn()
        except StoreError as error:
            LOG.error("alert_costs_refused reason=%s", error)  # noqa: TRY400 - it says it all
            return RETRY_S
        except Exception:
            LOG.exception("alert_costs_failed")
            self._give_up()
        return 0.0

    def _put(self, alert: AlertRecord) -> bool:
        """Queue an alert unless its cost is known or can't be; say whether it waits."""
        basis = _lacks(alert)
        if basis is None or self._given_up.get(alert.id) == basis:
            return False
        if alert.id not in self._queue:
            if len(self._queue) >= QUEUE_MAX:
                self.refused += 1
                return False
            self._since_s[alert.id] = self._clock()
        if alert.id not in self._queue or _basis(self._queue[alert.id]) != basis:
            self._queue[alert.id] = alert
            self._changed.notify()
        return True

    def _give_up(self) -> None:
        """Look at alerts one by one after a failure; one that fails alone is told without money."""
        if self._batch > 1:
            self._batch = 1
            return
        with self._changed:
            alert = next(iter(self._queue.values()), None)
            basis = None if alert is None else _basis(alert)
            if alert is not None and basis is not None:
                self._given_up[alert.id] = basis
                del self._queue[alert.id], self._since_s[alert.id]

    def _costs(self, alerts: Sequence[AlertRecord]) -> dict[int, AlertCost]:
        bases = {alert.id: basis for alert in alerts if (basis := _basis(alert)) is not None}
        costs = {alert_id: AlertCost(basis) for alert_id, basis in bases.items()}
        cases = [
            _Case(alert, bases[alert.id], cycle)
            for alert, cycle in zip(alerts, self._cycles(alerts), strict=True)
            if cycle is not None and alert.id in bases
        ]
        for _, group in groupby(sorted(cases, key=_Case.likeness), key=_Case.likeness):
            alike = list(group)
            found = zip(alike, self._priced(alike), strict=True)
            costs |= {case.alert.id: cost for case, cost in found}
        return costs

    def _priced(self, alike: list[_Case]) -> list[AlertCost]:
        """Price cases that share zone, tariff, cycle and beginning."""
        nothing = [AlertCost(case.basis) for case in alike]
        tariff = self._tariff(alike[0].cycle.client.tariff_code)
        if tariff is None:
            return nothing
        cycles = [case.cycle for case in alike]
        usage, is_known = self._forecaster.expected_at(cycles, alike[0].known_s)
        points = [cycle.point for cycle in cycles]
        bases = [case.basis for case in alike]
        priced = price_costs(tariff, usage, cycles[0].zone, points, bases)
        return [
            cost if known else none
            for cost, none, known in zip(priced, nothing, is_known.tolist(), strict=True)
        ]

    def _cycles(self, alerts: Sequence[AlertRecord]) -> list[CycleState | None]:
        """Find the cycles in which alerts began; None where the meter is elsewhere by now."""
        clients = self._ledger.client_of_meters({alert.meter_number for alert in alerts})
        found: list[CycleState | None] = [None] * len(alerts)
        rows = [
            row
            for row, alert in enumerate(alerts)
            if alert.meter_number in clients
            and clients[alert.meter_number].usage_point_id == alert.usage_point_id
        ]
        asked = [(clients[alerts[row].meter_number], alerts[row].opened_at_s) for row in rows]
        cycles = cycles_at(self._running, asked, at_most=CYCLES_BACK)
        for row, cycle in zip(rows, cycles, strict=True):
            found[row] = cycle
        return found

    def _tariff(self, code: str) -> Tariff | None:
        try:
            return self._tariffs.find(code)
        except BillingError:
            return None


def cost_of(alert: AlertRecord) -> AlertCost | None:
    """Read what an alert costs, if it was worked out, though maybe before its last change."""
    return AlertCost.from_details(alert.details)


def _lacks(alert: AlertRecord) -> CostBasis | None:
    """Say from what the cost of an alert is to be worked out, if that is still to be done."""
    basis, cost = _basis(alert), cost_of(alert)
    return None if cost is not None and cost.basis == basis else basis


def _basis(alert: AlertRecord) -> CostBasis | None:
    span_s = alert.opened_at_s, alert.closed_at_s or alert.updated_at_s
    beyond = alert.power_w - alert.usual_power_w, alert.excess_wh
    return CostBasis.of(alert.kind, span_s, beyond, alert.details)
