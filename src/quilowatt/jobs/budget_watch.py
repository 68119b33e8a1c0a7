"""The budget watch: compares running cycles with the limits that people set, and raises alerts.

Three steps each: the forecast exceeds the limit, 80 % are used, all is used. Where all is used, the
steps before it that were not told are told no more. One episode per cycle
and step, opened when the step is reached and closed when the cycle is over or the budget changes;
what late data takes back stays open, because a warning that comes and goes is worth nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from quilowatt.errors import StoreError
from quilowatt.store import AlertEpisode, AlertFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from quilowatt.jobs.cycle_forecast import CycleForecast
    from quilowatt.jobs.running_cycle import CycleState, RunningCycles
    from quilowatt.store import AlertRecord, Budget, Client, Ledger

    EpisodeKey = tuple[int, str, int]
    """Usage point, kind, and beginning [s since 1970-01-01 UTC]."""

__all__ = ["BUDGET_KINDS", "BudgetWatch"]

LOG = logging.getLogger(__name__)

Step = Literal["forecast", "80", "100"]

STEPS: Final[dict[Step, str]] = {"forecast": "info", "80": "warning", "100": "warning"}
"""Steps with their severity: money is at stake, but nothing that must wake anyone."""

BUDGET_KINDS: Final = tuple(
    f"budget_{measure}_{step}" for measure in ("energy", "money") for step in STEPS
)
"""Kinds of alert about budgets."""

USED_80: Final = Decimal("0.8")
"""Share of the limit at which the second step is reached. [-]"""

MOVE: Final = Decimal("0.02")
"""Share of the limit by which used or expected moves before an open episode is told anew. [-]"""

SWEEP_S: Final = 900.0
"""How often all budgets are looked at though no reading came: cycles end by the clock. [s]"""

PAUSE_S: Final = 60.0
"""After a sweep, new readings wait so long for the next: bills cost more than readings. [s]"""

REST: Final = 9
"""Times the work: the watch takes at most a tenth of one core."""

FORECAST_S: Final = 3600.0
"""So long a forecast serves: it begins at a whole hour, and reads a year of history. [s]"""

BLOCK: Final = 500
"""Usage points billed and forecast at once; readings are read in smaller parts."""

OPEN_MAX: Final = 1_000_000
"""Open alerts of one kind that are looked at."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a cycle stands against a budget.

    Parameters
    ----------
    used : Decimal or None
        So far. [kWh or currency]
    expected, low, high : Decimal or None
        At its end, with the range. [kWh or currency]
    currency : str or None
        Of money.
    """

    used: Decimal | None
    expected: Decimal | None
    low: Decimal | None
    high: Decimal | None
    currency: str | None

    @classmethod
    def of(cls, budget: Budget, cycle: CycleState, coming: CycleForecast | None) -> Standing:
        """Take the figures of the budget's measure."""
        if budget.measure == "energy":
            used = _kwh(cycle.energy_wh)
            if coming is None:
                return cls(used, None, None, None, None)
            ends = _kwh(coming.low_wh), _kwh(coming.high_wh)
            return cls(used, _kwh(coming.expected_wh), *ends, None)
        money = None if coming is None else coming.money
        if money is None:
            return cls(cycle.total, None, None, None, cycle.currency)
        return cls(cycle.total, money.bill.total, money.low, money.high, cycle.currency)

    def reached(self, limit: Decimal) -> Iterator[Step]:
        """Name the steps that are reached."""
        if self.expected is not None and self.expected > limit:
            yield "forecast"
        if self.used is not None and self.used >= limit * USED_80:
            yield "80"
        if self.used is not None and self.used >= limit:
            yield "100"


class _Coming(NamedTuple):
    """A forecast, or that there is none, with when it was made and of which cycle."""

    made_s: float
    cycle_start_s: int
    forecast: CycleForecast | None

    def serves(self, cycle: CycleState, now_s: float) -> bool:
        """Say whether it is of this cycle and young enough; not so where the clock was set back."""
        return self.cycle_start_s == cycle.start_s and 0 <= now_s - self.made_s < FORECAST_S


class BudgetWatch:
    """Looks at budgets.

    Parameters
    ----------
    ledger : Ledger
        Budgets, and where alerts are kept.
    running : callable
        Gives running cycles.
    expected : callable
        Forecasts them.
    clock : callable
        [s since 1970-01-01 UTC]
    on_alert : callable
        Told (phase, record) of every change of an episode, from the watch's thread.
    """

    def __init__(
        self,
        ledger: Ledger,
        running: RunningCycles,
        expected: Callable[[Sequence[CycleState]], list[CycleForecast | None]],
        clock: Callable[[], float],
        on_alert: Callable[[str, AlertRecord], None],
    ) -> None:
        self._ledger = ledger
        self._running = running
        self._expected = expected
        self._clock = clock
        self._on_alert = on_alert
        self._news = threading.Event()
        self._coming: dict[int, _Coming] = {}
        self._hurry = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="budget-watch", daemon=True)

    def start(self) -> None:
        """Begin to work by itself."""
        self._thread.start()

    def wake(self) -> None:
        """Say that readings are new; returns at once."""
        self._news.set()

    def hurry(self) -> None:
        """Say that a budget is new: somebody waits for it; returns at once."""
        self._hurry.set()
        self._news.set()

    def close(self) -> None:
        """End after the sweep under way."""
        self._stop.set()
        self.hurry()
        if self._thread.is_alive():
            self._thread.join()

    def sweep(self) -> None:
        """Look at all budgets once."""
        now_s = int(self._clock())
        budgets = self._ledger.budgets.in_force()
        open_alerts = self._open_alerts()
        if not budgets and not open_alerts:
            return
        by_place = self._states({budget.usage_point_id for budget in budgets})
        wanted: dict[EpisodeKey, AlertEpisode] = {}
        for budget in budgets:
            if budget.usage_point_id in by_place:
                wanted |= dict(_episodes(budget, *by_place[budget.usage_point_id]))
        self._close(open_alerts, budgets, by_place, now_s)
        known = {_key(alert): alert for alert in open_alerts}
        fresh = [
            episode
            for key, episode in wanted.items()
            if key not in known and not _goes_without_saying(key, wanted)
        ]
        self._tell("opened", self._ledger.open_alerts(fresh, raised_at_s=now_s))
        changed = [
            _later(known[key], episode, now_s)
            for key, episode in wanted.items()
            if key in known and _has_moved(known[key].details, episode.details)
        ]
        self._tell("updated", self._ledger.update_alerts(changed))

    def _run(self) -> None:
        while not self._stop.is_set():
            began_s = time.monotonic()
            try:
                self.sweep()
            except StoreError as error:
                LOG.error("budgets_refused reason=%s", error)  # noqa: TRY400 - it says it all
            except Exception:
                LOG.exception("budget_watch_failed")
            self._hurry.wait(max(PAUSE_S, REST * (time.monotonic() - began_s)))
            self._news.wait(SWEEP_S - PAUSE_S)
            self._hurry.clear()
            self._news.clear()

    def _open_alerts(self) -> list[AlertRecord]:
        return [
            alert
            for kind in BUDGET_KINDS
            for alert in self._ledger.alerts(AlertFilter(kind=kind, is_open=True), limit=OPEN_MAX)
        ]

    def _states(
        self, usage_point_ids: set[int]
    ) -> dict[int, tuple[CycleState, CycleForecast | None]]:
        """Bill and forecast the running cycles of usage points, block by block."""
        clients = list(self._clients(usage_point_ids).values())
        states = {}
        for first in range(0, len(clients), BLOCK):
            cycles = self._running(clients[first : first + BLOCK], None)
            self._forecast(cycles)
            for cycle in cycles:
                place = cycle.client.usage_point_id
                states[place] = (cycle, self._coming[place].forecast)
        return states

    def _forecast(self, cycles: Sequence[CycleState]) -> None:
        """Forecast those cycles anew whose last forecast is of another one, or an hour old."""
        now_s = self._clock()
        stale = [
            cycle
            for cycle in cycles
            if (known := self._coming.get(cycle.client.usage_point_id)) is None
            or not known.serves(cycle, now_s)
        ]
        for cycle, coming in zip(stale, self._expected(stale) if stale else (), strict=True):
            self._coming[cycle.client.usage_point_id] = _Coming(now_s, cycle.start_s, coming)

    def _clients(self, usage_point_ids: set[int]) -> dict[int, Client]:
        """Find the usage points, each with the meter that is there, or was there last."""
        meters = {
            place.usage_point_id: place.meter_number
            for place in self._ledger.installations(usage_point_ids=usage_point_ids)
        }
        found = self._ledger.client_of_meters(meters.values()).values()
        return {client.usage_point_id: client for client in found}

    def _close(
        self,
        open_alerts: Sequence[AlertRecord],
        budgets: Sequence[Budget],
        by_place: dict[int, tuple[CycleState, CycleForecast | None]],
        now_s: int,
    ) -> None:
        """End the episodes whose cycle is over or whose budget holds no more."""
        holding: dict[tuple[int, str], Budget] = {
            (budget.usage_point_id, budget.measure): budget for budget in budgets
        }
        ended = []
        for alert in open_alerts:
            budget = holding.get((alert.usage_point_id, alert.kind.split("_")[1]))
            state = by_place.get(alert.usage_point_id)
            began_s = None if budget is None or state is None else _began_s(budget, state[0])
            if began_s != alert.opened_at_s:
                # It ends where the next one may begin, so that they don't overlap.
                ended.append(_last(alert, min(now_s, began_s or now_s)))
        self._tell("closed", self._ledger.close_alerts(ended))

    def _tell(self, phase: str, records: Sequence[AlertRecord]) -> None:
        for record in records:
            self._on_alert(phase, record)


def _kwh(energy_wh: int | None) -> Decimal | None:
    return None if energy_wh is None else Decimal(energy_wh).scaleb(-3)


def _began_s(budget: Budget, cycle: CycleState) -> int:
    """Name the episode by when the budget began to count in the cycle [s since 1970-01-01 UTC]."""
    return max(cycle.start_s, budget.at_s)


def _key(alert: AlertRecord) -> EpisodeKey:
    return alert.usage_point_id, alert.kind, alert.opened_at_s


def _episodes(
    budget: Budget, cycle: CycleState, coming: CycleForecast | None
) -> Iterator[tuple[EpisodeKey, AlertEpisode]]:
    assert budget.limit is not None
    standing = Standing.of(budget, cycle, coming)
    at_s = _began_s(budget, cycle)
    for step in standing.reached(budget.limit):
        kind = f"budget_{budget.measure}_{step}"
        episode = AlertEpisode(
            meter_number=cycle.client.meter_number,
            kind=kind,
            severity=STEPS[step],
            at_s=at_s,
            power_w=0,
            usual_power_w=0,
            excess_wh=0,
            details=_details(budget, cycle, standing),
        )
        yield (budget.usage_point_id, kind, at_s), episode


def _details(budget: Budget, cycle: CycleState, standing: Standing) -> dict[str, object]:
    assert budget.limit is not None
    figures = {
        "limit": budget.limit,
        "used": standing.used,
        "expected": standing.expected,
        "low": standing.low,
        "high": standing.high,
    }
    return {
        **{name: None if figure is None else f"{figure:f}" for name, figure in figures.items()},
        "currency": standing.currency,
        "cycle_start_s": cycle.start_s,
        "cycle_end_s": cycle.end_s,
    }


def _has_moved(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Say whether figures moved enough to be told: an alert is no meter."""
    worth = Decimal(str(after["limit"])) * MOVE
    return any(
        before.get(name) != after[name]
        and (
            before.get(name) is None
            or after[name] is None
            or abs(Decimal(str(after[name])) - Decimal(str(before[name]))) >= worth
        )
        for name in ("used", "expected")
    )


def _goes_without_saying(key: EpisodeKey, wanted: Container[EpisodeKey]) -> bool:
    """Say whether a step is no news because all of the budget is used."""
    place, kind, began_s = key
    last = f"{kind.rpartition('_')[0]}_100"
    return kind != last and (place, last, began_s) in wanted


def _later(alert: AlertRecord, episode: AlertEpisode, now_s: int) -> AlertEpisode:
    return AlertEpisode(
        alert.meter_number, alert.kind, episode.severity, now_s, 0, 0, 0, episode.details
    )


def _last(alert: AlertRecord, at_s: int) -> AlertEpisode:
    at_s = max(at_s, alert.opened_at_s)
    return AlertEpisode(alert.meter_number, alert.kind, alert.severity, at_s, 0, 0, 0)
