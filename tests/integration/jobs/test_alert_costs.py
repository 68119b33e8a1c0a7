"""Alerts get their money: a real ledger, real readings, a real forecast and real rating."""

from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from harness.tariffs import FLAT, tariff_of
from harness.waiting import until
from quilowatt.billing import TariffBook, UsagePoint
from quilowatt.core import ReadingBatch
from quilowatt.jobs import alert_costs
from quilowatt.jobs.alert_costs import AlertCosts, cost_of
from quilowatt.jobs.cycle_forecast import Forecaster
from quilowatt.jobs.notice_sending import Outcome
from quilowatt.jobs.notifier import Notifier
from quilowatt.jobs.past_energy import past_energies
from quilowatt.jobs.running_cycle import CycleState
from quilowatt.store import (
    AlertEpisode,
    ChannelRequest,
    ChannelTerms,
    DuckReadingStore,
    LedgerDefaults,
    RegistrationRequest,
    SqlLedger,
)

DAY_S = 86_400
START_S = 20_544 * DAY_S  # 1 April 2026, UTC
CYCLES = {"2026-03": (START_S - 31 * DAY_S, START_S), "2026-04": (START_S, START_S + 30 * DAY_S)}
NOW_S = START_S + 12 * DAY_S
FLOOR = {"code": "floor", "kind": "minimum", "of": ["energy"], "amount": 60}
RISE = AlertEpisode(
    1, "lasting_increase", "warning", NOW_S - 2 * DAY_S, 617, 417, 9600,
    {"excess_per_day_wh": 4800, "hours": 255, "seen_s": NOW_S},
)  # fmt: skip


class Home:
    """Homes that took 417 W for a month and a half, and 617 W since two days."""

    def __init__(self, directory):
        self.now_s = NOW_S
        self.ledger = SqlLedger.open(
            directory / "ledger.sqlite", LedgerDefaults(timezone="UTC", tariff_code="xx/test")
        )
        self.store = DuckReadingStore(directory / "readings")
        requests = [
            RegistrationRequest(UUID(int=n), name, "", "", 1, 3600, 0, None, {}, 1)
            for n, name in ((1, "Ana"), (2, "Bruno"))
        ]
        self.ledger.register_meters(requests)
        time_s = np.arange(START_S - 31 * DAY_S, NOW_S + 1, 3600)
        import_wh = np.cumsum(np.where(time_s > RISE.at_s, 617, 417))
        batch = ReadingBatch(
            np.ones(time_s.size, np.int32), time_s, import_wh, np.zeros_like(time_s)
        )
        self.store.append(batch, now_s=NOW_S)
        self.asked, self.priced = [], []
        self.costs = self.job([FLAT, FLOOR])

    def job(self, charges):
        energies = partial(past_energies, self.ledger, self.store)
        book = TariffBook([tariff_of(charges)])
        return AlertCosts(
            self.ledger,
            self.cycles,
            Forecaster(self.store, energies, book),
            book,
            lambda: float(self.now_s),
            self.priced.extend,
        )

    def cycles(self, clients, month):
        month = month or "2026-04"
        self.asked.append((month, len(clients)))
        zone, point = ZoneInfo("UTC"), UsagePoint()
        return [
            CycleState(client, zone, month, *CYCLES[month], 0, None, "EUR", point)
            for client in clients
        ]

    def alert(self, **changes):
        (alert,) = self.ledger.open_alerts([replace(RISE, **changes)], raised_at_s=self.now_s)
        return alert

    def money(self, alert):
        (kept,) = [a for a in self.priced[-9:] if a.id == alert.id][-1:]
        cost = cost_of(kept)
        return cost.currency, *(None if m is None else str(m) for m in (cost.per_day, cost.so_far))


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    yield home
    home.costs.close()
    home.store.close()
    home.ledger.close()


def test_an_alert_is_priced_by_the_cycle_as_it_was_expected_before_it_began(home):
    alert = home.alert()
    home.costs.put(alert)
    assert home.costs.awaits(alert)
    assert home.costs.turn() == 1
    # 30 × 10.008 kWh × 0.20 = 60.05 reaches the minimum of 60: all of the rest is paid.
    assert home.money(alert) == ("EUR", "0.96", "1.92")
    assert not home.costs.awaits(home.priced[0])
    assert home.costs.turn() == 0


def test_what_was_read_after_it_began_is_not_in_the_cycle_without_it(home):
    alert = home.alert()
    costs = home.job([FLAT, FLOOR | {"amount": 75}])
    costs.put(alert)
    costs.turn()
    # (60.05 + 144 × 0.20 − 75) ÷ 30 = 0.46; what there is so far lies below the minimum.
    assert home.money(alert) == ("EUR", "0.46", "0.00")


def test_a_change_is_priced_anew_and_what_was_said_stays_until_then(home):
    home.costs.put(home.alert())
    home.costs.turn()
    grown = replace(RISE, at_s=NOW_S + DAY_S, excess_wh=14_400)
    (alert,) = home.ledger.update_alerts([grown])
    assert str(cost_of(alert).so_far) == "1.92"
    assert home.costs.awaits(alert)
    home.costs.turn()
    assert home.money(alert) == ("EUR", "0.96", "2.88")


def test_what_began_in_an_earlier_cycle_is_priced_there(home):
    alert = home.alert(at_s=START_S - DAY_S)
    home.costs.put(alert)
    home.costs.turn()
    assert [month for month, _ in home.asked] == ["2026-04", "2026-03"]
    assert home.money(alert) == ("EUR", "0.96", "1.92")


def test_what_can_not_be_priced_is_told_without_money(home):
    unknown = home.alert(meter_number=2)
    home.costs.put(unknown)
    home.costs.turn()
    assert home.money(unknown) == (None, None, None)
    assert not home.costs.awaits(home.priced[-1])
    silent = home.alert(kind="no_communication")
    assert not home.costs.awaits(silent)


def test_a_start_finds_what_has_no_cost_yet(home):
    home.alert()
    home.alert(kind="night_load", at_s=START_S - 9 * DAY_S)
    home.costs.start()
    until(lambda: len(home.priced) == 2, "the costs")
    home.costs.close()
    assert (home.job([FLAT]).find(), home.costs.waiting) == (0, 0)


def test_many_are_worked_out_together(home, monkeypatch):
    for kind in ("lasting_increase", "night_load", "vacant_consumption"):
        home.costs.put(home.alert(kind=kind))
    home.costs.turn()
    # Three alerts at one usage point: its cycle is asked for once.
    assert home.asked == [("2026-04", 1)]
    monkeypatch.setattr(alert_costs, "QUEUE_MAX", 0)
    assert not home.costs.awaits(home.alert(kind="sum_mismatch"))
    assert home.costs.refused == 1


def test_a_failure_is_given_up_alone_and_waited_for_no_longer(home, monkeypatch):
    alert = home.alert()
    monkeypatch.setattr(home.costs, "_running", lambda *_: 1 / 0)
    home.costs.start()
    until(lambda: not home.costs.awaits(alert), "the job to give it up")
    home.costs.close()
    assert home.priced == []


def test_a_notice_waits_for_its_money_but_not_for_ever(home):
    sent = []

    def sender(_channel, message, _now_s):
        sent.append(message.text)
        return Outcome(is_sent=True, detail="")

    def describe(alert, _tongue):
        cost = cost_of(alert)
        return {"message": "no money" if cost is None else f"{cost.per_day} {cost.currency}"}

    notifier = Notifier(home.ledger, lambda: home.now_s, describe, sender, awaits=home.costs.awaits)
    asked = ChannelRequest(uuid4(), None, "hook", "json://h", "s", ChannelTerms(), "Ana")
    home.ledger.channels.add(asked, at_s=1)
    home.alert()
    assert notifier.turn() == 0
    home.costs.turn()
    home.now_s += 2
    assert notifier.turn() == 1
    home.alert(kind="night_load")
    assert notifier.turn() == 0
    home.now_s += int(alert_costs.WAIT_MAX_S)
    assert notifier.turn() == 1
    assert sent == ["0.96 EUR", "no money"]
    notifier.close()
