"""The watch finds the same alerts however the readings reach it, and tells each once."""

from uuid import UUID, uuid4

import numpy as np
import pytest

from harness.waiting import until
from quilowatt.alert import DetectorState
from quilowatt.core import ReadingBatch
from quilowatt.jobs import alert_watch
from quilowatt.jobs.alert_facts import MeterRegister
from quilowatt.jobs.alert_recount import recount
from quilowatt.jobs.alert_watch import AlertWatch, Pace
from quilowatt.jobs.notice_sending import Outcome
from quilowatt.jobs.notifier import Notifier
from quilowatt.store import (
    AlertEpisode,
    AlertFilter,
    ChannelRequest,
    ChannelTerms,
    DuckReadingStore,
    RegistrationRequest,
    SqlLedger,
)

NOW_S = 1_795_000_000
QUARTER_S = 900
QUARTERS = 10 * 96
SURGE_QUARTERS = 8
USUAL_W, SURGE_W = 500, 5000
ALL = AlertFilter()


def batches():
    """Ten days at 500 W, then two hours at 5 kW: a commit for each six hours."""
    power_w = np.full(QUARTERS, USUAL_W)
    power_w[-SURGE_QUARTERS:] = SURGE_W
    import_wh = np.cumsum(power_w // 4)
    time_s = NOW_S - QUARTER_S * np.arange(QUARTERS)[::-1]
    for first in range(0, QUARTERS, 24):
        rows = slice(first, first + 24)
        meter = np.ones(time_s[rows].size, np.int32)
        yield ReadingBatch(meter, time_s[rows], import_wh[rows], np.zeros(24, np.int64))


class House:
    """A store, a ledger with one meter, and a watch that can be started again."""

    def __init__(self, directory):
        self.directory = directory
        self.readings = DuckReadingStore(directory / "readings")
        self.ledger = SqlLedger.open(directory / "ledger.sqlite")
        request = RegistrationRequest(UUID(int=1), "Ana", "", "", 1, QUARTER_S, 0, None, {}, 0)
        self.ledger.register_meters([request])
        self.told = []
        self.watch = None
        self.now_s = float(NOW_S)

    def start(self):
        self.watch = AlertWatch(
            self.readings,
            self.ledger,
            lambda: self.now_s,
            snapshot=self.directory / "alerts.npz",
            on_alert=lambda phase, record: self.told.append((phase, record.id)),
            pace=Pace(rest=0),
        )

    def append(self, batch, now_s=NOW_S):
        commit = self.readings.append(batch, now_s=now_s)
        if self.watch is not None:
            self.watch.put(commit.number, batch)

    def stop(self):
        until(lambda: not self.watch.is_behind, "the watch has caught up")
        self.watch.close()
        self.watch = None

    def alerts(self):
        return [
            (record.kind, record.opened_at_s, record.power_w)
            for record in self.ledger.alerts(ALL, after=None, limit=10)
        ]

    def close(self):
        self.readings.close()
        self.ledger.close()


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    if house.watch is not None:
        house.watch.close()
    house.close()


@pytest.fixture
def live_alerts(tmp_path_factory):
    """What the watch finds when it sees each commit as it comes."""
    house = House(tmp_path_factory.mktemp("live"))
    house.start()
    for batch in batches():
        house.append(batch)
    house.stop()
    alerts = house.alerts()
    house.close()
    return alerts


def test_a_surge_is_told_once(live_alerts):
    [(kind, opened_at_s, power_w)] = live_alerts
    assert kind == "abrupt_increase"
    assert NOW_S - SURGE_QUARTERS * QUARTER_S <= opened_at_s <= NOW_S
    assert power_w == pytest.approx(SURGE_W, rel=0.05)


def test_the_same_is_found_in_a_history(house, live_alerts):
    for batch in batches():
        house.append(batch)
    house.start()
    house.stop()
    assert house.alerts() == live_alerts


def test_the_same_is_found_over_a_restart(house, live_alerts):
    days = list(batches())
    house.start()
    for batch in days[:20]:
        house.append(batch)
    house.stop()
    for batch in days[20:30]:
        house.append(batch, NOW_S + 1)  # while no watch ran
    house.start()
    for batch in days[30:]:
        house.append(batch, NOW_S + 2)
    house.stop()
    assert house.alerts() == live_alerts


def test_the_same_is_found_when_it_falls_behind(house, live_alerts, monkeypatch):
    monkeypatch.setattr(alert_watch, "QUEUE_ROWS_MAX", 50)
    house.start()
    for batch in batches():
        house.append(batch)
    house.stop()
    assert house.alerts() == live_alerts


def test_nothing_is_told_again_when_the_memory_is_lost(house):
    house.start()
    for batch in batches():
        house.append(batch)
    house.stop()
    told = list(house.told)
    (house.directory / "alerts.npz").write_bytes(b"no arrays")
    house.start()
    house.stop()
    assert [phase for phase, _ in house.told[len(told) :]].count("opened") == 0
    assert len(house.alerts()) == 1


def late_batches():
    """Forty days at 500 W with two hours of 5 kW near the end: without them, and they."""
    count = 40 * 96
    power_w = np.full(count, USUAL_W)
    surge = slice(count - 150, count - 150 + SURGE_QUARTERS)
    power_w[surge] = SURGE_W
    time_s = NOW_S - QUARTER_S * np.arange(count)[::-1]
    import_wh = np.cumsum(power_w // 4)
    whole = ReadingBatch(np.ones(count, np.int32), time_s, import_wh, np.zeros(count, np.int64))
    # The readings of the surge, and of two days before it, are held up on their way.
    held = np.zeros(count, np.bool_)
    held[count - 342 : surge.stop + 4] = True
    return whole.take(~held), whole.take(held)


def test_late_readings_change_the_past_and_nothing_is_told_twice(house):
    early, late = late_batches()
    house.start()
    house.append(early)
    until(lambda: not house.watch.is_behind, "the watch has caught up")
    house.readings.append(late, now_s=NOW_S + 1)
    for turn in range(3):
        house.watch.put_late(late.meter)
        house.now_s += 61
        house.append(last_of(early, turn + 1), NOW_S + 2 + turn)
        until(lambda: not house.watch.late_count, "the past was looked at")
    house.stop()
    surges = [alert for alert in house.alerts() if alert[0] == "abrupt_increase"]
    assert len(surges) == 1
    assert [phase for phase, _ in house.told].count("opened") == len(house.alerts())


def last_of(batch, quarters):
    """A reading some quarters of an hour after the last one."""
    last = batch.take(slice(len(batch) - 1, len(batch)))
    return ReadingBatch(
        last.meter,
        last.time_s + QUARTER_S * quarters,
        last.import_wh + USUAL_W // 4 * quarters,
        last.export_wh,
    )


def surge_batch(hours_before_end, length_h):
    """Thirty-five days of half-hours at 500 W, with two hours of 5 kW so long before their end."""
    count = 35 * 48
    power_w = np.full(count, USUAL_W)
    first = count - 2 * hours_before_end
    power_w[first : first + 4] = SURGE_W
    time_s = NOW_S - 2 * QUARTER_S * np.arange(count)[::-1]
    none_wh = np.zeros(count, np.int64)
    whole = ReadingBatch(np.ones(count, np.int32), time_s, np.cumsum(power_w // 2), none_wh)
    return whole.take(slice(0, first + 2 * length_h))


@pytest.mark.parametrize(("seen_h", "moved_h"), [(1, -7), (6, 7)], ids=["open", "over"])
def test_an_episode_that_late_data_moves_is_told_to_a_channel_once(house, seen_h, moved_h):
    sent = []

    def sender(_channel, message, _now_s):
        sent.append(message.text)
        return Outcome(is_sent=True, detail="")

    notifier = Notifier(
        house.ledger, lambda: house.now_s, lambda alert, _: {"message": alert.kind}, sender
    )
    terms = ChannelTerms(kinds=("abrupt_increase",))
    asked = ChannelRequest(uuid4(), None, "hook", "json://h", "s", terms, "Ana")
    house.ledger.channels.add(asked, at_s=1)
    house.start()
    house.append(surge_batch(15, seen_h))
    until(lambda: not house.watch.is_behind, "the watch has caught up")
    notifier.turn()
    assert len(sent) == 1
    # The same hours are read again, and the surge lies elsewhere in them.
    revised = surge_batch(15 - moved_h, 8).take(slice(-60, None))
    house.readings.append(revised, now_s=NOW_S + 1)
    for turn in range(2):
        house.watch.put_late(revised.meter)
        house.now_s += 61
        house.append(last_of(revised, turn + 1), NOW_S + 2 + turn)
        until(lambda: not house.watch.late_count, "the past was looked at")
    house.stop()
    notifier.turn()
    notifier.close()
    assert len(sent) == 1
    moved, told = house.ledger.alerts(AlertFilter(kind="abrupt_increase"), limit=9)
    assert (moved.opened_at_s - told.opened_at_s) // 3600 == moved_h
    assert moved.details["moved_from_s"] == told.opened_at_s
    assert moved.closed_at_s is not None


@pytest.mark.parametrize("days_ago", [60, 5], ids=["older", "within"])
def test_a_recount_forgets_no_episode_that_is_older_than_what_it_reads(house, days_ago):
    early, _ = late_batches()
    house.append(early)
    episode = AlertEpisode(1, "stuck_register", "critical", NOW_S - days_ago * 86_400, 0, 0, 0)
    house.ledger.open_alerts([episode], raised_at_s=NOW_S)
    register = MeterRegister(house.ledger)
    register.meet(np.array([1], np.int32), NOW_S)
    state = DetectorState.empty(4)
    state.fields[:, 1] = 7
    sources = (house.readings, house.ledger, register)
    period_s = (NOW_S - alert_watch.HISTORY_S, NOW_S + 1)
    state, signals = recount(state, np.array([1], np.int32), sources, period_s)
    # What was told within the days that are read is judged by them: this never was.
    is_older = days_ago > 45
    assert (state.fields[:, 1] == 7).all() == is_older
    closed = [signal.phase for signal in signals if signal.kind == "stuck_register"]
    assert closed == ([] if is_older else ["closed"])


def test_a_recount_lets_alerts_of_budgets_be(house):
    early, _ = late_batches()
    house.append(early)
    told = AlertEpisode(1, "budget_energy_80", "warning", NOW_S - 86_400, 0, 0, 0)
    house.ledger.open_alerts([told], raised_at_s=NOW_S)
    register = MeterRegister(house.ledger)
    register.meet(np.array([1], np.int32), NOW_S)
    sources = (house.readings, house.ledger, register)
    period_s = (NOW_S - alert_watch.HISTORY_S, NOW_S + 1)
    _, signals = recount(DetectorState.empty(4), np.array([1], np.int32), sources, period_s)
    assert [signal.kind for signal in signals] == []
