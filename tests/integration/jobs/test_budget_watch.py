"""Budgets against cycles that a test moves by hand, on a real ledger."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from quilowatt.billing import UsagePoint
from quilowatt.jobs.budget_watch import BudgetWatch
from quilowatt.jobs.cycle_forecast import CycleForecast
from quilowatt.jobs.running_cycle import CycleState
from quilowatt.store import AlertFilter, LedgerDefaults, RegistrationRequest, SqlLedger

NOVEMBER_S, DECEMBER_S, JANUARY_S = 1_793_502_000, 1_796_094_000, 1_798_772_400


@dataclass
class Month:
    """A month as the readings go; the test turns its hands."""

    start_s: int = NOVEMBER_S
    end_s: int = DECEMBER_S
    energy_wh: int = 0
    total: Decimal = Decimal(0)
    expected_wh: int | None = None
    told: list = field(default_factory=list)
    looks: int = 0

    def clock(self):
        """An hour passes whenever somebody looks, so that every sweep forecasts anew."""
        self.looks += 1
        return float(self.start_s + 86_400 + 3600 * self.looks)

    def running(self, clients, _month):
        zone = ZoneInfo("America/Bahia")
        return [
            CycleState(
                client, zone, "2026-11", self.start_s, self.end_s, self.energy_wh, self.total,
                "BRL", UsagePoint(),
            )
            for client in clients
        ]  # fmt: skip

    def expected(self, cycles):
        if self.expected_wh is None:
            return [None for _ in cycles]
        wh = self.expected_wh
        return [CycleForecast(c, 0, 0, wh, wh - 9000, wh + 9000, None, None) for c in cycles]


@pytest.fixture
def month():
    return Month()


@pytest.fixture
def ledger(tmp_path):
    ledger = SqlLedger.open(tmp_path / "ledger.sqlite", LedgerDefaults())
    request = RegistrationRequest(
        uuid=UUID(int=1), name="Ana", serial="", model="", phases=1, interval_s=900, digits=0,
        usage_point=None, extra={}, at_s=1,
    )  # fmt: skip
    ledger.register_meters([request])
    yield ledger
    ledger.close()


@pytest.fixture
def watch(ledger, month):
    return BudgetWatch(
        ledger,
        month.running,
        month.expected,
        month.clock,
        lambda phase, record: month.told.append((phase, record.kind)),
    )


def test_each_step_is_an_episode_of_its_own_once_in_a_cycle(ledger, month, watch):
    ledger.budgets.set(1, "energy", Decimal(300), author="Ana", at_s=5)
    watch.sweep()
    assert month.told == []
    month.energy_wh, month.expected_wh = 100_000, 310_000
    watch.sweep()
    month.energy_wh = 240_000
    watch.sweep()
    month.energy_wh = 300_000
    watch.sweep()
    watch.sweep()
    opened = [kind for phase, kind in month.told if phase == "opened"]
    assert opened == ["budget_energy_forecast", "budget_energy_80", "budget_energy_100"]
    (newest, *_) = ledger.alerts(AlertFilter(), limit=9)
    assert newest.opened_at_s == NOVEMBER_S
    assert newest.severity == "warning"
    assert newest.details["limit"] == "300"
    assert (newest.details["used"], newest.details["expected"]) == ("300.000", "310.000")


def test_a_budget_that_is_used_up_when_it_is_set_is_told_once(ledger, month, watch):
    month.energy_wh, month.expected_wh = 275_000, 330_000
    ledger.budgets.set(1, "energy", Decimal(100), author="Ana", at_s=5)
    watch.sweep()
    watch.sweep()
    assert month.told == [("opened", "budget_energy_100")]


def test_money_is_judged_by_the_running_bill(ledger, month, watch):
    ledger.budgets.set(1, "money", Decimal("250.00"), author="Ana", at_s=5)
    month.total = Decimal("199.99")
    watch.sweep()
    assert month.told == []
    month.total = Decimal("200.00")
    watch.sweep()
    assert month.told == [("opened", "budget_money_80")]


def test_the_next_cycle_closes_what_is_open_and_may_open_it_again(ledger, month, watch):
    ledger.budgets.set(1, "energy", Decimal(300), author="Ana", at_s=5)
    month.energy_wh = 250_000
    watch.sweep()
    month.start_s, month.end_s, month.energy_wh = DECEMBER_S, JANUARY_S, 0
    watch.sweep()
    month.energy_wh = 250_000
    watch.sweep()
    kind = "budget_energy_80"
    assert month.told == [("opened", kind), ("closed", kind), ("opened", kind)]
    second, first = ledger.alerts(AlertFilter(), limit=9)
    assert (first.closed_at_s, second.opened_at_s) == (DECEMBER_S, DECEMBER_S)


def test_another_limit_is_warned_of_anew_and_one_that_ended_no_more(ledger, month, watch):
    ledger.budgets.set(1, "energy", Decimal(100), author="Ana", at_s=5)
    month.energy_wh = 90_000
    watch.sweep()
    ledger.budgets.set(1, "energy", Decimal(110), author="Ana", at_s=NOVEMBER_S + 3600)
    watch.sweep()
    ledger.budgets.set(1, "energy", None, author="Ana", at_s=NOVEMBER_S + 7200)
    watch.sweep()
    assert [phase for phase, _ in month.told] == ["opened", "closed", "opened", "closed"]
    assert ledger.alerts(AlertFilter(is_open=True), limit=9) == []


def test_late_data_that_takes_some_back_repeats_nothing(ledger, month, watch):
    ledger.budgets.set(1, "energy", Decimal(300), author="Ana", at_s=5)
    for month.energy_wh in (250_000, 200_000, 250_000):
        watch.sweep()
    assert [phase for phase, _ in month.told if phase != "updated"] == ["opened"]


def test_an_exchange_of_the_meter_repeats_nothing(ledger, month, watch):
    ledger.budgets.set(1, "energy", Decimal(300), author="Ana", at_s=5)
    month.energy_wh = 250_000
    watch.sweep()
    place = ledger.client_of_meters([1])[1].usage_point_uuid
    request = RegistrationRequest(
        uuid=UUID(int=2), name="", serial="", model="", phases=1, interval_s=900, digits=0,
        usage_point=place, extra={}, at_s=NOVEMBER_S + 9,
    )  # fmt: skip
    ledger.register_meters([request])
    watch.sweep()
    assert month.told == [("opened", "budget_energy_80")]
    month.start_s, month.end_s, month.energy_wh = DECEMBER_S, JANUARY_S, 0
    watch.sweep()
    assert month.told[1:] == [("closed", "budget_energy_80")]


def test_figures_are_told_anew_only_when_they_moved(ledger, month, watch):
    ledger.budgets.set(1, "energy", Decimal(300), author="Ana", at_s=5)
    for month.energy_wh in (250_000, 251_000, 255_000, 258_000):
        watch.sweep()
    assert [phase for phase, _ in month.told] == ["opened", "updated"]


def test_a_forecast_serves_for_an_hour(ledger, month):
    ledger.budgets.set(1, "energy", Decimal(300), author="Ana", at_s=5)
    asked, now = [], [NOVEMBER_S + 86_400.0]

    def expected(cycles):
        asked.append(len(cycles))
        return month.expected(cycles)

    watch = BudgetWatch(ledger, month.running, expected, lambda: now[0], lambda *_: None)
    for later_s in (0, 3599, 1):
        now[0] += later_s
        watch.sweep()
    assert asked == [1, 1]


def test_without_a_budget_nothing_is_asked(ledger, month):
    def never(*_):
        raise AssertionError("nobody set a budget")

    watch = BudgetWatch(ledger, never, never, lambda: 1.0, never)
    watch.sweep()
    watch.start()
    watch.wake()
    watch.close()


def test_a_forecast_from_a_future_that_was_none_serves_no_more(ledger, month):
    ledger.budgets.set(1, "energy", Decimal(300), author="Ana", at_s=5)
    now_s, made = [NOVEMBER_S + 20 * 86_400.0], []

    def expected(cycles):
        made.append(now_s[0])
        return month.expected(cycles)

    watch = BudgetWatch(ledger, month.running, expected, lambda: now_s[0], lambda *_: None)
    watch.sweep()
    now_s[0] += 60
    watch.sweep()
    assert len(made) == 1
    now_s[0] -= 10 * 86_400  # the clock is set back
    watch.sweep()
    assert made[1:] == [now_s[0]]
