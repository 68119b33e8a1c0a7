"""What channels are told, and when: quiet hours, digests, terms, people's decisions, late data."""

from dataclasses import replace

import pytest

from harness.post import DAY_S, EPISODE, NOON_S, describe
from quilowatt.jobs.notifier import HOLD_S, Notifier
from quilowatt.store import MuteRequest


def test_quiet_hours_hold_back_what_is_not_critical(post, hooks):
    post.channel(hooks.url, quiet_start_min=11 * 60, quiet_end_min=15 * 60)
    post.alert()
    post.alert(meter_number=2, severity="critical")
    assert post.notifier.turn() == 1
    assert hooks.documents[0]["text"] == "Bruno rose"
    assert post.at(NOON_S + 3 * 3600 - 1) == 0
    assert post.at(NOON_S + 3 * 3600) == 1


def test_quiet_hours_are_those_of_the_channel_s_time_zone(post, hooks):
    post.channel(
        hooks.url, quiet_start_min=0, quiet_end_min=10 * 60, timezone="America/Bahia"
    )  # noon UTC is nine there
    post.alert()
    assert post.notifier.turn() == 0
    assert post.at(NOON_S + 3600) == 1


def test_a_retry_does_not_fall_into_quiet_hours(post, hooks):
    post.channel(hooks.url, quiet_start_min=12 * 60, quiet_end_min=13 * 60)
    post.now_s = NOON_S - 10
    post.alert()
    hooks.script[:] = [503]
    post.notifier.turn()
    assert post.at(NOON_S + 60) == 0
    assert hooks.script == []
    assert post.at(NOON_S + 3600) == 1


def test_a_digest_brings_all_of_a_day_in_one_message(post, mails):
    post.channel(mails.url, digest_hour=18)
    post.alert()
    post.notifier.turn()
    post.alert(meter_number=2)
    assert post.at(NOON_S + 6 * 3600 - 1) == 0
    assert post.at(NOON_S + 6 * 3600) == 2
    (mail,) = mails.got
    assert mail["Subject"] == "2 alerts"
    text = mail.get_body(("plain", "html")).get_content()
    assert "Ana rose" in text
    assert "Bruno rose" in text


def test_a_customer_s_channel_tells_the_customer_s_alerts_alone(post, hooks):
    post.channel(hooks.url, customer_id=2)
    post.alert()
    post.alert(meter_number=2)
    assert post.notifier.turn() == 1
    assert hooks.documents[0]["text"] == "Bruno rose"


@pytest.mark.parametrize(
    "terms", [{"severity_min": "critical"}, {"kinds": ("flat_line", "stuck_register")}]
)
def test_what_the_terms_leave_out_is_not_told(post, hooks, terms):
    post.channel(hooks.url, **terms)
    post.alert()
    assert post.notifier.turn() == 0
    assert post.states() == []


def test_who_acknowledged_mutes_or_removes_is_told_nothing_more(post, hooks):
    channel = post.channel(hooks.url, quiet_start_min=11 * 60, quiet_end_min=15 * 60)
    first, second = post.alert(), post.alert(meter_number=2)
    third = post.alert(kind="flat_line")
    post.notifier.turn()
    post.ledger.handling.acknowledge(first.id, author="Ana", note="", at_s=post.now_s)
    mute = MuteRequest(second.usage_point_id, None, None, True, None, "Ana", "sauna")
    post.ledger.handling.mute(mute, at_s=post.now_s)
    assert post.at(NOON_S + 4 * 3600) == 1
    assert post.states() == ["withdrawn", "withdrawn", "sent"]
    assert hooks.documents[0]["notices"][0]["alert"]["id"] == third.id
    post.now_s = NOON_S + DAY_S
    post.alert(kind="stuck_register", at_s=post.now_s)
    post.notifier.turn()
    post.ledger.channels.remove(channel.id, author="Ana", at_s=post.now_s)
    assert post.at(NOON_S + DAY_S + 4 * 3600) == 0
    assert post.states()[-1] == "withdrawn"


def test_what_is_muted_already_is_never_planned(post, hooks):
    post.channel(hooks.url)
    mute = MuteRequest(None, 1, "abrupt_increase", True, None, "Ana", "sauna")
    post.ledger.handling.mute(mute, at_s=post.now_s)
    post.alert()
    assert post.notifier.turn() == 0
    assert post.states() == []


def test_a_snoozed_alert_is_told_when_the_snooze_is_over(post, hooks):
    post.channel(hooks.url)
    alert = post.alert()
    post.ledger.handling.snooze(
        alert.id, until_s=NOON_S + 900, author="Ana", note="", at_s=post.now_s
    )
    assert post.notifier.turn() == 0
    assert post.at(NOON_S + 900) == 1


def test_an_end_is_told_where_it_is_asked_for_and_only_after_the_beginning(post, hooks):
    post.channel(hooks.url, tells_end=True)
    post.alert()
    assert post.notifier.turn() == 1
    post.ledger.close_alerts([replace(EPISODE, at_s=NOON_S + 60)])
    assert post.at(NOON_S + 61) == 1
    assert post.at(NOON_S + 99) == 0
    assert [d["notices"][0]["phase"] for d in hooks.documents] == ["opened", "closed"]
    # What was over when it was told has no end to tell.
    post.alert(meter_number=2)
    post.ledger.close_alerts([replace(EPISODE, meter_number=2, at_s=NOON_S + 60)])
    assert post.at(NOON_S + 100) == 1
    assert post.at(NOON_S + 101) == 0


def test_late_data_that_moves_an_episode_repeats_no_notice(post, hooks):
    post.channel(hooks.url)
    post.alert()
    post.notifier.turn()
    post.ledger.close_alerts([replace(EPISODE, at_s=NOON_S + 600)])
    post.alert(at_s=NOON_S - 300)
    assert post.at(NOON_S + 700) == 0
    post.ledger.close_alerts([replace(EPISODE, at_s=NOON_S + 600)])
    post.alert(at_s=NOON_S + 5000)
    assert post.at(NOON_S + 5001) == 1


def test_an_episode_that_moved_away_repeats_no_notice(post, hooks):
    post.channel(hooks.url)
    post.alert()
    post.notifier.turn()
    post.ledger.close_alerts([replace(EPISODE, at_s=NOON_S)])
    post.alert(at_s=NOON_S + 9000, details={"moved_from_s": EPISODE.at_s})
    assert post.at(NOON_S + 9001) == 0


def test_an_episode_that_is_found_again_before_it_is_told_is_told_once(post, hooks):
    post.channel(hooks.url)
    post.alert()
    post.ledger.close_alerts([replace(EPISODE, at_s=NOON_S)])
    again = post.alert(at_s=NOON_S - 300)
    assert post.notifier.turn() == 1
    assert hooks.documents[0]["notices"][0]["alert"]["id"] == again.id


def test_what_is_still_worked_out_waits_and_holds_up_nobody(post, hooks):
    awaited = set()
    post.notifier.close()
    post.notifier = Notifier(
        post.ledger, lambda: float(post.now_s), describe, awaits=lambda alert: alert.id in awaited
    )
    post.channel(hooks.url)
    awaited.add(post.alert().id)
    post.alert(meter_number=2)
    assert post.notifier.turn() == 1
    assert hooks.documents[0]["text"] == "Bruno rose"
    awaited.clear()
    assert post.at(NOON_S + HOLD_S - 1) == 0
    assert post.at(NOON_S + HOLD_S) == 1


def test_history_that_comes_late_wakes_nobody(post, hooks):
    post.channel(hooks.url)
    post.alert(at_s=NOON_S - 10 * DAY_S)
    assert post.notifier.turn() == 0
    assert post.states() == []


def test_what_is_found_late_or_lasts_is_news_though_it_began_long_ago(post, hooks):
    post.channel(hooks.url)
    began_s = NOON_S - 5 * DAY_S
    post.alert(kind="possible_tampering", at_s=began_s, details={"seen_s": NOON_S - 60})
    post.alert(kind="no_communication", at_s=began_s)
    post.alert(kind="night_load", at_s=began_s)
    assert post.notifier.turn() == 2
