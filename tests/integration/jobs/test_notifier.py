"""Notices on their way: a real ledger, web server and mail server; a clock turned by hand."""

import hmac
import logging
from pathlib import Path

import pytest

from harness.post import DAY_S, NOON_S, describe
from harness.receivers import endless_receiver, web_receiver
from harness.waiting import until
from quilowatt.errors import StoreFull
from quilowatt.jobs import notice_sending, notifier
from quilowatt.jobs.notice_rules import PAUSES_S
from quilowatt.store import (
    NoticePlan,
)


def test_an_alert_reaches_a_webhook_once_and_signed(post, hooks):
    channel = post.channel(hooks.url)
    alert = post.alert()
    assert post.notifier.turn() == 1
    assert post.notifier.turn() == 0
    ((headers, body),) = hooks.got
    signed = headers["Quilowatt-Timestamp"].encode() + b"." + body
    expected = hmac.new(b"hush", signed, "sha256").hexdigest()
    assert headers["Quilowatt-Signature"] == f"v1={expected}"
    (document,) = hooks.documents
    assert document["channel"] == str(channel.asked.uuid)
    assert document["notices"] == [
        {"id": 1, "phase": "opened", "alert": dict(describe(alert, "en"))}
    ]
    assert document["text"] == "Ana rose"


def test_an_alert_reaches_a_mail_box_in_the_language_of_the_channel(post, mails):
    post.channel(mails.url, language="pt")
    post.alert()
    assert post.notifier.turn() == 1
    (mail,) = mails.got
    assert (mail["To"], mail["Subject"]) == ("ana@example.org", "Alerta: Ana")
    assert "Ana aumentou" in mail.get_body(("plain", "html")).get_content()


@pytest.mark.parametrize("act", [500, 503, 404, "cut"])
def test_what_a_receiver_refuses_is_tried_again_until_it_recovers(post, hooks, act):
    post.channel(hooks.url)
    post.alert()
    hooks.script[:] = [act, act]
    assert post.notifier.turn() == 0
    assert post.at(NOON_S + PAUSES_S[0] - 1) == 0
    assert len(hooks.script) == 1
    assert post.at(NOON_S + PAUSES_S[0]) == 0
    assert post.at(NOON_S + PAUSES_S[0] + PAUSES_S[1]) == 1
    assert post.states() == ["sent"]
    details = [each.detail for each in post.ledger.notices.attempts([1])]
    said = "RemoteProtocolError" if act == "cut" else f"HTTP {act}"
    assert [detail.startswith(said) for detail in details] == [True, True, False]


def test_a_receiver_that_is_not_there_gets_it_when_it_comes_back(post):
    with web_receiver() as gone:
        url = gone.url
    post.channel(url)
    post.alert()
    assert post.notifier.turn() == 0
    assert "ConnectError" in post.ledger.notices.attempts([1])[0].detail


def test_a_receiver_that_hangs_costs_a_bounded_time_and_harms_itself_alone(
    post, hooks, mails, monkeypatch
):
    monkeypatch.setattr(notice_sending, "NOTICE_TIMEOUT_S", 0.2)
    channel = post.channel(hooks.url)
    hooks.script[:] = ["hang"]
    post.alert()
    assert post.notifier.turn() == 0
    assert "no answer within 0.2 s" in post.ledger.notices.attempts([1])[0].detail
    monkeypatch.undo()
    monkeypatch.setattr(notice_sending, "ENTER_S", 0.0)
    assert post.notifier.test(channel).detail == "an earlier message to it still hangs"
    post.channel(mails.url)
    post.alert(meter_number=2)
    assert post.at(NOON_S + 1) == 1
    assert len(mails.got) == 1


def test_a_turn_waits_for_no_slow_channel_and_leaves_it_out_until_it_has_ended(
    post, hooks, mails, monkeypatch
):
    monkeypatch.setattr(notifier, "PATIENCE_S", 0.1)
    post.channel(hooks.url)
    hooks.script[:] = ["hang"]
    post.alert()
    assert post.notifier.turn() == 0
    post.channel(mails.url)
    post.alert(meter_number=2)
    monkeypatch.undo()
    assert post.notifier.turn() == 1
    assert post.ledger.notices.attempts([1]) == []
    hooks.let_go.set()
    until(lambda: post.ledger.notices.attempts([1]), "the end of the slow one")
    assert post.at(NOON_S + DAY_S) == 2


def test_of_an_answer_only_the_beginning_is_read_and_no_redirect_is_followed(post):
    with endless_receiver(301) as there:
        post.channel(f"{there.url}?redirect=yes".replace("http:", "json:"))
        post.channel(there.url)
        post.alert()
        assert post.notifier.turn() == 0
    assert (len(there.paths), {"/elsewhere"} & set(there.paths)) == (2, set())
    assert there.sent < 8_000_000


def test_a_mail_server_that_refuses_gets_it_later(post, mails):
    post.channel(mails.url)
    post.alert()
    mails.refusals = 1
    assert post.notifier.turn() == 0
    assert post.at(NOON_S + PAUSES_S[0]) == 1
    assert len(mails.got) == 1


def test_after_the_last_attempt_a_notice_is_dead_and_can_be_revived(post, hooks):
    post.channel(hooks.url)
    post.alert()
    hooks.script[:] = [500] * (len(PAUSES_S) + 1)
    post.notifier.turn()
    for pause_s in PAUSES_S:
        post.at(post.now_s + pause_s)
    assert post.states() == ["dead"]
    assert post.at(post.now_s + 10 * DAY_S) == 0
    post.ledger.notices.revive(1, at_s=post.now_s)
    assert post.notifier.turn() == 1


def test_nothing_is_lost_and_nothing_repeated_over_a_kill(post, hooks):
    post.channel(hooks.url)
    post.alert()
    post.again()
    assert post.notifier.turn() == 1
    post.alert(meter_number=2)
    hooks.script[:] = [503]
    assert post.notifier.turn() == 0
    post.again()
    assert post.at(NOON_S + PAUSES_S[0]) == 1
    post.again()
    assert post.at(NOON_S + DAY_S) == 0
    assert [d["notices"][0]["id"] for d in hooks.documents] == [1, 2]


def test_a_kill_between_answer_and_record_repeats_that_message_with_its_number(post, hooks):
    post.channel(hooks.url)
    post.alert()

    def killed(*_args, **_changes):
        raise KeyboardInterrupt

    record, post.ledger.notices.record = post.ledger.notices.record, killed
    with pytest.raises(KeyboardInterrupt):
        post.notifier.turn()
    post.ledger.notices.record = record
    assert post.notifier.turn() == 1
    assert [d["notices"][0]["id"] for d in hooks.documents] == [1, 1]


class FullDisk:
    """An outbox that takes some kinds of record no more."""

    def __init__(self, book, *refused):
        self._book = book
        self.refused = set(refused)

    def __getattr__(self, name):
        if name in self.refused:
            raise StoreFull("no room on the disk")
        return getattr(self._book, name)


def test_while_the_ledger_takes_no_records_nothing_is_sent(post, hooks):
    post.channel(hooks.url)
    post.alert()
    post.ledger.notices.plan([NoticePlan(1, 1, "opened", NOON_S)], upto_alert=1, at_s=NOON_S)
    book = post.ledger.notices
    post.ledger.notices = FullDisk(book, "put_off", "record", "plan", "withdraw")
    for _ in range(3):
        with pytest.raises(StoreFull):
            post.notifier.turn()
    assert hooks.got == []
    post.ledger.notices = book
    assert post.notifier.turn() == 1


def test_what_is_sent_while_the_disk_fills_up_is_recorded_later_and_not_sent_again(
    post, hooks, monkeypatch
):
    monkeypatch.setattr(notifier, "RETRY_S", 0.01)
    monkeypatch.setattr(notifier, "PATIENCE_S", 0.1)
    post.channel(hooks.url)
    post.alert()
    book = post.ledger.notices
    post.ledger.notices = full = FullDisk(book, "record")
    assert [post.notifier.turn() for _ in range(3)] == [0, 0, 0]
    full.refused.clear()
    until(lambda: post.states() == ["sent"], "it is recorded")
    assert post.notifier.turn() == 0
    assert len(hooks.got) == 1


def test_a_test_message_goes_at_once_and_says_what_went_wrong(post, hooks, mails):
    channel = post.channel(hooks.url, quiet_start_min=11 * 60, quiet_end_min=15 * 60)
    assert post.notifier.test(channel).is_sent
    assert hooks.documents[0]["is_test"] is True
    hooks.script[:] = [401]
    outcome = post.notifier.test(channel)
    assert (outcome.is_sent, outcome.detail) == (False, "HTTP 401 Unauthorized")
    assert post.notifier.test(post.channel(mails.url, language="pt")).is_sent
    assert mails.got[0]["Subject"] == "Teste do canal “the phone”"


def test_the_receiver_in_the_documentation_knows_what_is_genuine(post, hooks, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "notifications.md").read_text(encoding="utf-8")
    code = page.partition("receiver begins")[2].partition("```python")[2].partition("```")[0]
    names = {}
    exec(code, names)
    is_genuine = names["is_genuine"]
    assert post.notifier.test(post.channel(hooks.url)).is_sent
    ((headers, body),) = hooks.got
    monkeypatch.setattr("time.time", lambda: NOON_S + 299.0)
    assert is_genuine("hush", headers, body)
    assert not is_genuine("hash", headers, body)
    assert not is_genuine("hush", headers, body + b" ")
    assert not is_genuine("hush", headers | {"Quilowatt-Timestamp": str(NOON_S + 1)}, body)
    assert not is_genuine("hush", {}, body)
    monkeypatch.setattr("time.time", lambda: NOON_S + 300.0)
    assert not is_genuine("hush", headers, body)


def test_no_token_comes_into_the_log_or_the_record(post, hooks, caplog):
    caplog.set_level(logging.DEBUG)
    refused = "json://127.0.0.1:1/hooks/T0KEN-of-ana"
    post.channel(hooks.url)
    post.channel(refused)
    post.channel("tgram://123456789:T0KEN-of-ana-and-more/42?cto=0.1&rto=0.1&verify=no")
    hooks.script[:] = [500]
    post.alert()
    post.notifier.turn()
    attempts = post.ledger.notices.attempts([1, 2, 3])
    assert len(attempts) == 3
    assert "T0KEN" not in caplog.text + str(attempts)
