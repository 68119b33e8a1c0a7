"""The record of forecasts: kept at marks of a cycle, settled when it is over; on a real ledger."""

from dataclasses import replace
from decimal import Decimal
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.billing import TariffBook, UsagePoint
from quilowatt.core import ReadingBatch
from quilowatt.jobs.cycle_forecast import Forecaster
from quilowatt.jobs.forecast_record import ForecastRecord
from quilowatt.jobs.past_energy import past_energies
from quilowatt.jobs.running_cycle import CycleState
from quilowatt.store import DuckReadingStore, LedgerDefaults, RegistrationRequest, SqlLedger

DAY_S = 86_400
ZONE = ZoneInfo("UTC")
CYCLES = {"a": (0, 30 * DAY_S), "b": (30 * DAY_S, 60 * DAY_S)}


class Home:
    """A home that takes 400 W all the time, and the day that the test says it is."""

    def __init__(self, ledger, store):
        self.ledger, self.store, self.now_s = ledger, store, 0
        self.cycle_moves_s = 0
        energies = partial(past_energies, ledger, store)
        self.forecaster = Forecaster(store, energies, TariffBook.load([]))
        self.record = ForecastRecord(
            ledger, self.cycles, self.opened, self.forecaster, lambda: float(self.now_s)
        )

    def cycles(self, clients, month):
        month = month or next(m for m, (_, end_s) in CYCLES.items() if self.now_s < end_s)
        start_s, end_s = (at_s + self.cycle_moves_s for at_s in CYCLES[month])
        energy_wh = max(0, min(self.now_s, end_s) - start_s) // 9
        return [
            CycleState(
                client, ZONE, month, start_s, end_s, energy_wh, Decimal(7), "BRL", UsagePoint()
            )
            for client in clients
        ]

    def opened(self, clients, month):
        assert month is None  # what is over is settled by its bill
        return [replace(each, energy_wh=None, total=None) for each in self.cycles(clients, None)]

    def live_until(self, now_s):
        time_s = np.arange(self.now_s, now_s + 1, 900, dtype=np.int64)
        meter = np.ones(time_s.size, np.int32)
        self.store.append(
            ReadingBatch(meter, time_s, time_s // 9, np.zeros_like(time_s)), now_s=float(now_s)
        )
        self.now_s = now_s
        return self.record.turn()


@pytest.fixture
def home(tmp_path):
    ledger = SqlLedger.open(tmp_path / "ledger.sqlite", LedgerDefaults(timezone="UTC"))
    store = DuckReadingStore(tmp_path / "readings")
    request = RegistrationRequest(
        uuid=UUID(int=1), name="Ana", serial="", model="", phases=1, interval_s=900, digits=0,
        usage_point=None, extra={}, at_s=1,
    )  # fmt: skip
    ledger.register_meters([request])
    yield Home(ledger, store)
    store.close()
    ledger.close()


def test_each_day_gets_one_forecast_and_a_cycle_that_is_over_its_outcome(home):
    assert home.live_until(10 * DAY_S + 3600) == 1
    assert home.live_until(10 * DAY_S + 7200) == 0
    assert home.live_until(20 * DAY_S + 3600) == 1
    said, came = home.ledger.forecasts.of(1)[0]
    assert (said.day, said.issued_s, came) == ("1970-01-11", 10 * DAY_S + 3600, None)
    assert said.low_wh <= said.expected_wh <= said.high_wh
    assert abs(said.expected_wh - 288_000) < 300
    home.live_until(31 * DAY_S)
    assert home.ledger.forecasts.of(1)[0][1] is None
    home.live_until(32 * DAY_S)
    outcomes = [came and came.energy_wh for _, came in home.ledger.forecasts.of(1)]
    assert outcomes[:2] == [288_000, 288_000]
    assert outcomes[2:] == [None] * (len(outcomes) - 2)


def test_between_marks_nothing_is_forecast_and_a_mark_that_was_missed_is_made_up_for(home):
    asked, forecasts = [], home.forecaster.forecasts
    home.forecaster.forecasts = lambda cycles, now_s: (
        asked.append(now_s) or forecasts(cycles, now_s=now_s)
    )
    kept = [home.live_until(day * DAY_S + 3600) for day in (10, 11, 13, 16, 17, 19)]
    assert kept == [1, 0, 0, 1, 0, 0]
    assert [now_s // DAY_S for now_s in asked] == [10, 16]
    assert [said.day for said, _ in home.ledger.forecasts.of(1)] == ["1970-01-11", "1970-01-17"]


def test_a_cycle_that_was_moved_meanwhile_is_not_settled_by_another_one(home):
    home.live_until(10 * DAY_S)
    home.cycle_moves_s = DAY_S
    home.live_until(33 * DAY_S)
    assert home.ledger.forecasts.of(1)[0][1] is None


def test_of_a_meter_that_never_spoke_nothing_is_kept(home):
    home.now_s = 5 * DAY_S
    assert home.record.turn() == 0
    assert home.ledger.forecasts.of(1) == []


def test_the_thread_ends_when_it_is_told_to(home):
    home.record.start()
    home.record.close()
