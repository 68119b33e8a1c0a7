"""What the books of handling, budgets, channels and notices must do, whoever implements them."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from quilowatt.store import (
    AlertEpisode,
    AlertFilter,
    Attempt,
    ChannelRequest,
    ChannelTerms,
    CycleOutcome,
    KeptForecast,
    LedgerDefaults,
    MuteRequest,
    NoticePlan,
    RegistrationRequest,
    SqlLedger,
)

EPISODE = AlertEpisode(1, "abrupt_increase", "warning", 1000, 5800, 400, 5400)
CHANNEL = ChannelRequest(
    uuid=UUID(int=7), customer_id=None, name="hook", url="https://example.org/token", secret="s",
    terms=ChannelTerms(kinds=("abrupt_increase",), quiet_start_min=60, quiet_end_min=120),
    author="Ana", idempotency_key="k",
)  # fmt: skip
OTHER = replace(CHANNEL, uuid=UUID(int=8), idempotency_key=None)
MUTE = MuteRequest(1, None, "abrupt_increase", True, None, "Ana", "the sauna")


@pytest.fixture
def ledger(tmp_path):
    ledger = SqlLedger.open(tmp_path / "ledger.sqlite", LedgerDefaults())
    requests = [
        RegistrationRequest(
            uuid=UUID(f"00000000-0000-4000-8000-{number:012}"),
            name=f"meter {number}", serial="", model="", phases=1, interval_s=900, digits=0,
            usage_point=None, extra={}, at_s=1,
        )
        for number in (1, 2)
    ]  # fmt: skip
    ledger.register_meters(requests)
    yield ledger
    ledger.close()


def opened(ledger, **changes):
    (alert,) = ledger.open_alerts([replace(EPISODE, **changes)], raised_at_s=1001)
    return alert


class TestHandling:
    def test_what_was_done_with_an_alert_is_kept_with_its_author(self, ledger):
        alert = opened(ledger)
        book = ledger.handling
        first = book.acknowledge(alert.id, author="Ana", note="the oven", at_s=1100)
        second = book.snooze(alert.id, until_s=5000, author="Bia", note="", at_s=1200)
        assert book.actions(alert.id) == [first, second]
        handling = book.handling([alert.id, 99])[alert.id]
        assert (handling.acknowledged, handling.snoozed) == (first, second)
        assert (handling.is_snoozed(4999), handling.is_snoozed(5000)) == (True, False)

    def test_an_alert_that_is_not_there_can_not_be_handled(self, ledger):
        assert ledger.handling.acknowledge(9, author="A", note="", at_s=1) is None
        assert ledger.handling.snooze(9, until_s=5, author="A", note="", at_s=1) is None
        assert ledger.handling.handling([9]) == {}

    def test_the_newest_snooze_counts_and_lists_tell_them_apart(self, ledger):
        one, two = opened(ledger), opened(ledger, meter_number=2)
        ledger.handling.snooze(one.id, until_s=9000, author="A", note="", at_s=1)
        ledger.handling.acknowledge(two.id, author="A", note="", at_s=1)

        def ids(**which):
            return [each.id for each in ledger.alerts(AlertFilter(**which), limit=9)]

        assert ids(is_snoozed=True, now_s=5000) == [one.id]
        assert ids(is_snoozed=False, now_s=5000) == [two.id]
        assert ids(is_acknowledged=True) == [two.id]
        assert ids(is_acknowledged=False) == [one.id]
        ledger.handling.snooze(one.id, until_s=4000, author="A", note="awake", at_s=2)
        assert ids(is_snoozed=True, now_s=5000) == []

    def test_a_mute_silences_its_kind_at_its_place_until_it_ends(self, ledger):
        here, there = opened(ledger), opened(ledger, meter_number=2)
        other = opened(ledger, kind="flat_line")
        assert ledger.handling.muted([here, there, other], now_s=10) == set()
        ledger.handling.mute(replace(MUTE, until_s=50), at_s=5)
        assert ledger.handling.muted([here, there, other], now_s=10) == {here.id}
        assert ledger.handling.muted([here, there, other], now_s=50) == set()

    def test_a_customer_s_mute_of_every_kind_can_be_taken_back(self, ledger):
        alerts = [opened(ledger), opened(ledger, kind="flat_line")]
        everything = replace(
            MUTE, usage_point_id=None, customer_id=alerts[0].customer_id, kind=None
        )
        ledger.handling.mute(everything, at_s=5)
        assert ledger.handling.muted(alerts, now_s=10) == {each.id for each in alerts}
        back = ledger.handling.mute(replace(everything, is_muted=False), at_s=6)
        assert ledger.handling.muted(alerts, now_s=10) == set()
        assert ledger.handling.mutes(customer_ids=[alerts[0].customer_id]) == [back]

    def test_what_an_episode_says_of_itself_is_kept_and_goes_on(self, ledger):
        alert = opened(ledger, details={"hours": 3})
        assert alert.details == {"hours": 3}
        (same,) = ledger.update_alerts([replace(EPISODE, at_s=1100)])
        assert same.details == {"hours": 3}
        (new,) = ledger.update_alerts([replace(EPISODE, at_s=1200, details={"hours": 5})])
        assert new.details == {"hours": 5}

    def test_an_episode_that_late_data_moves_stays_acknowledged_and_put_off(self, ledger):
        first = opened(ledger)
        other = opened(ledger, meter_number=2)
        ledger.handling.acknowledge(other.id, author="Eva", note="", at_s=1)
        ledger.handling.acknowledge(first.id, author="Ana", note="", at_s=1100)
        ledger.handling.snooze(first.id, until_s=5000, author="Bia", note="", at_s=1200)
        ledger.handling.acknowledge(first.id, author="Ana", note="the oven", at_s=1300)
        ledger.close_alerts([replace(EPISODE, at_s=1400)])
        moved = opened(ledger, at_s=7000, details={"moved_from_s": 1000})
        handling = ledger.handling.handling([moved.id])[moved.id]
        assert handling.acknowledged.note == "the oven"
        assert (handling.snoozed.author, handling.snoozed.until_s) == ("Bia", 5000)
        assert [action.at_s for action in ledger.handling.actions(moved.id)] == [1200, 1300]
        ledger.handling.snooze(moved.id, until_s=0, author="Bia", note="awake", at_s=1500)
        ledger.close_alerts([replace(EPISODE, at_s=8000)])
        again = opened(ledger, at_s=9000, details={"moved_from_s": 1000})
        handling = ledger.handling.handling([again.id])[again.id]
        assert (handling.acknowledged.note, handling.snoozed.note) == ("the oven", "awake")

    def test_an_episode_that_did_not_move_is_nobody_s_yet(self, ledger):
        first = opened(ledger)
        ledger.handling.acknowledge(first.id, author="Ana", note="", at_s=1100)
        ledger.close_alerts([replace(EPISODE, at_s=1400)])
        later = opened(ledger, at_s=7000, details={"hours": 3})
        assert ledger.handling.handling([later.id]) == {}

    def test_what_an_alert_costs_stays_until_it_is_worked_out_anew(self, ledger):
        alert = opened(ledger, details={"hours": 3})
        first, second = {"per_day": "1.20"}, {"per_day": "1.30"}
        (kept,) = ledger.keep_alert_costs([(alert.id, first)])
        assert kept.details == {"hours": 3, "cost": first}
        (grown,) = ledger.update_alerts([replace(EPISODE, at_s=1100, details={"hours": 5})])
        assert grown.details == {"hours": 5, "cost": first}
        ledger.close_alerts([replace(EPISODE, at_s=1200)])
        (anew,) = ledger.keep_alert_costs([(alert.id, second), (99, first)])
        assert (anew.details["cost"], anew.closed_at_s) == (second, 1200)
        assert ledger.keep_alert_costs([]) == []

    def test_what_was_before_an_open_episode_neither_changes_nor_ends_it(self, ledger):
        opened(ledger)
        before = replace(EPISODE, at_s=EPISODE.at_s - 1)
        assert ledger.update_alerts([before]) == []
        assert ledger.close_alerts([before]) == []
        assert len(ledger.alerts(AlertFilter(is_open=True), limit=9)) == 1


class TestBudgets:
    def test_the_newest_limit_of_each_measure_holds(self, ledger):
        book = ledger.budgets
        book.set(1, "energy", Decimal(300), author="Ana", at_s=10)
        money = book.set(1, "money", Decimal("250.50"), author="Ana", at_s=11)
        energy = book.set(1, "energy", Decimal(200), author="Ana", at_s=12)
        assert book.in_force() == [money, energy]
        assert book.in_force([2]) == []
        assert len(book.history(1)) == 3

    def test_a_budget_ends_by_a_fact_and_the_same_again_is_none(self, ledger):
        book = ledger.budgets
        first = book.set(1, "energy", Decimal(300), author="Ana", at_s=10)
        assert book.set(1, "energy", Decimal("300.0"), author="Bia", at_s=20) == first
        book.set(1, "energy", None, author="Ana", at_s=30)
        assert book.in_force([1]) == []
        assert len(book.history(1)) == 2


class TestChannels:
    def test_a_channel_is_found_until_it_is_removed_and_stays_on_record(self, ledger):
        kept = ledger.channels.add(CHANNEL, at_s=5)
        assert kept.asked == CHANNEL
        assert ledger.channels.all() == [kept]
        gone = ledger.channels.remove(kept.id, author="Bia", at_s=9)
        assert (gone.removed_at_s, ledger.channels.all()) == (9, [])
        assert ledger.channels.remove(kept.id, author="Bia", at_s=12) == gone
        assert ledger.channels.find(CHANNEL.uuid) == gone
        assert ledger.channels.all(with_removed=True) == [gone]
        assert ledger.channels.remove(99, author="Bia", at_s=12) is None

    def test_the_same_key_is_the_same_channel(self, ledger):
        first = ledger.channels.add(CHANNEL, at_s=5)
        assert ledger.channels.add(replace(CHANNEL, uuid=UUID(int=8)), at_s=6) == first

    def test_nothing_secret_is_shown_by_accident(self, ledger):
        said = repr(ledger.channels.add(replace(CHANNEL, secret="hush"), at_s=5))
        assert "token" not in said
        assert "hush" not in said


class TestNotices:
    @pytest.fixture
    def channel(self, ledger):
        return ledger.channels.add(CHANNEL, at_s=5)

    def plan(self, ledger, channel, alert, **changes):
        plan = replace(NoticePlan(channel.id, alert.id, "opened", 2000), **changes)
        return ledger.notices.plan([plan], upto_alert=alert.id, at_s=1500)

    def test_an_alert_is_unplanned_until_it_is_planned_once(self, ledger, channel):
        alert = opened(ledger)
        assert ledger.notices.unplanned(limit=9) == [alert]
        (notice,) = self.plan(ledger, channel, alert)
        assert ledger.notices.unplanned(limit=9) == []
        assert self.plan(ledger, channel, alert) == []
        assert ledger.notices.notices(limit=9) == [notice]

    def test_a_notice_is_due_at_its_time_and_sent_once(self, ledger, channel):
        alert, book = opened(ledger), ledger.notices
        (notice,) = self.plan(ledger, channel, alert)
        assert book.next_due_s() == 2000
        assert book.due(now_s=1999, limit=9, channels_max=9) == []
        assert book.due(now_s=2000, limit=9, channels_max=9) == [(notice, alert)]
        book.record([notice.id], (True, "200"), at_s=2001, next_s=None)
        assert book.due(now_s=9999, limit=9, channels_max=9) == []
        assert (book.next_due_s(), book.counts()) == (None, {"sent": 1})
        assert book.attempts([notice.id]) == [Attempt(notice.id, 2001, True, "200")]

    def test_no_channel_crowds_out_another(self, ledger, channel):
        book, other = ledger.notices, ledger.channels.add(OTHER, at_s=1)
        for kind in ("flat_line", "clock_wrong", "night_load"):
            self.plan(ledger, channel, opened(ledger, kind=kind))
        (last,) = self.plan(ledger, other, opened(ledger))
        due = book.due(now_s=2000, limit=2, channels_max=2)
        assert [notice.channel_id for notice, _ in due] == [channel.id, channel.id, other.id]
        assert len(book.due(now_s=2000, limit=9, channels_max=1)) == 3
        some = book.due(now_s=2000, limit=9, channels_max=9, leave_out=[channel.id])
        assert [notice for notice, _ in some] == [last]

    def test_a_failure_waits_and_the_last_one_is_dead_and_can_be_revived(self, ledger, channel):
        book = ledger.notices
        (notice,) = self.plan(ledger, channel, opened(ledger))
        book.record([notice.id], (False, "refused"), at_s=2001, next_s=2050)
        assert book.due(now_s=2049, limit=9, channels_max=9) == []
        ((again, _),) = book.due(now_s=2050, limit=9, channels_max=9)
        assert again.attempts == 1
        book.record([notice.id], (False, "refused"), at_s=2051, next_s=None)
        (dead,) = book.notices(state="dead", limit=9)
        assert (dead.id, dead.attempts) == (notice.id, 2)
        assert book.revive(notice.id, at_s=3000).state == "waiting"
        assert book.revive(notice.id, at_s=3000) is None
        assert len(book.due(now_s=3000, limit=9, channels_max=9)) == 1

    def test_notices_can_be_put_off_and_withdrawn_but_not_after_they_were_sent(
        self, ledger, channel
    ):
        book = ledger.notices
        (notice,) = self.plan(ledger, channel, opened(ledger))
        book.put_off([notice.id], next_s=7000)
        assert book.next_due_s() == 7000
        book.withdraw([notice.id], at_s=2500)
        assert book.next_due_s() is None
        (other,) = self.plan(ledger, channel, opened(ledger, meter_number=2))
        book.record([other.id], (True, ""), at_s=2001, next_s=None)
        book.withdraw([other.id], at_s=2500)
        assert book.counts() == {"withdrawn": 1, "sent": 1}

    def test_an_end_is_told_once_to_who_knows_of_the_beginning(self, ledger, channel):
        alert, book = opened(ledger), ledger.notices
        (notice,) = self.plan(ledger, channel, alert)
        (closed,) = ledger.close_alerts([replace(EPISODE, at_s=1600)])
        assert book.endings([channel.id], limit=9) == []
        book.record([notice.id], (True, ""), at_s=2001, next_s=None)
        assert book.endings([channel.id], limit=9) == [(channel.id, closed)]
        assert book.endings([], limit=9) == []
        self.plan(ledger, channel, alert, phase="closed")
        assert book.endings([channel.id], limit=9) == []

    def test_an_episode_whose_beginning_late_data_moved_is_known(self, ledger, channel):
        self.plan(ledger, channel, opened(ledger))
        ledger.close_alerts([replace(EPISODE, at_s=1600)])
        moved = opened(ledger, at_s=1300)
        later = replace(moved, id=77, opened_at_s=1600)
        elsewhere = replace(moved, id=78, meter_number=2)
        told = ledger.notices.told_before([moved, later, elsewhere])
        assert told == {(channel.id, moved.id)}

    def test_pages_are_the_newest_first(self, ledger, channel):
        for number in (1, 2):
            self.plan(ledger, channel, opened(ledger, meter_number=number))
        assert [each.id for each in ledger.notices.notices(limit=1)] == [2]
        assert [each.id for each in ledger.notices.notices(after=2, limit=9)] == [1]
        assert ledger.notices.notices(channel_id=99, limit=9) == []


SAID = KeptForecast(
    usage_point_id=1, meter_number=1, month="2026-11", cycle_start_s=1000, cycle_end_s=9000,
    day="2026-11-03", issued_s=2000, expected_wh=210_000, low_wh=190_000, high_wh=240_000,
    expected=Decimal("212.10"), low=Decimal(190), high=Decimal("240.05"), currency="BRL",
)  # fmt: skip
CAME = CycleOutcome(1, 1000, 200_000, Decimal("201.99"), 99_000)


class TestForecasts:
    def test_there_is_one_forecast_a_day_and_the_first_one_stays(self, ledger):
        book = ledger.forecasts
        assert book.note([SAID, replace(SAID, usage_point_id=2, meter_number=2)]) == 2
        later = replace(SAID, day="2026-11-04", expected=None, low=None, high=None, currency=None)
        assert book.note([replace(SAID, expected_wh=1), later]) == 1
        assert book.noted_since([1, 2, 3], "2026-11-03") == {1, 2}
        assert book.noted_since([1, 2, 3], "2026-11-04") == {1}
        assert book.of(1) == [(SAID, None), (later, None)]

    def test_an_ended_cycle_is_settled_once(self, ledger):
        book = ledger.forecasts
        book.note([SAID, replace(SAID, day="2026-11-04")])
        cycle = [(1, "2026-11", 1000)]
        assert book.unsettled(ended_s=(0, 8999), limit=9) == []
        assert book.unsettled(ended_s=(9000, 9999), limit=9) == []
        assert book.unsettled(ended_s=(8999, 9000), limit=9) == cycle
        book.note([replace(SAID, usage_point_id=2, meter_number=2)])
        assert book.unsettled(ended_s=(0, 9000), limit=1) == cycle
        assert book.unsettled(ended_s=(0, 9000), limit=9) == [*cycle, (2, "2026-11", 1000)]
        book.settle([CAME, replace(CAME, usage_point_id=2)])
        book.settle([replace(CAME, energy_wh=5)])
        assert book.unsettled(ended_s=(0, 9000), limit=9) == []
        assert [came for _, came in book.of(1)] == [CAME, CAME]
