"""The notifier: a thread that turns alerts into notices and brings them to their channels.

The ledger is its queue: it reads there which alerts are new, so none is lost however the process
ends, and what is sent is recorded there, so none is sent twice. Only if the process dies between
the other side's answer and the record is that one message sent again. While the ledger takes no
records nothing is sent.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Final

from quilowatt.errors import StoreError
from quilowatt.jobs.notice_rules import (
    due_s,
    is_quiet,
    is_stale,
    is_wanted,
    latest_of_each,
    pause_s,
)
from quilowatt.jobs.notice_sending import send
from quilowatt.jobs.notice_words import notice_message, test_message
from quilowatt.limits import MESSAGE_NOTICES_MAX, NOTICE_SENDS_MAX
from quilowatt.store import NoticePlan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quilowatt.jobs.notice_sending import Outcome, Sender
    from quilowatt.jobs.notice_words import Describe
    from quilowatt.store import AlertRecord, Channel, Ledger, Notice

    Due = tuple[Notice, AlertRecord]

__all__ = ["Notifier"]

LOG = logging.getLogger(__name__)

ALERTS_AT_ONCE: Final = 500
"""Alerts that are planned in one transaction."""

WAIT_S: Final = 60.0
"""How often it looks even when nobody wakes it: clocks step, and ends are told. [s]"""

RETRY_S: Final = 30.0
"""After the store refused. [s]"""

PATIENCE_S: Final = 2.0
"""A turn waits so long for its sends: the channels of slow ones are left out of the next turns
until they have ended, and hold up nobody else. [s]"""

CLOSE_S: Final = 5.0
"""So long `close` waits for sends under way; what they don't manage is sent after the start. [s]"""

HOLD_S: Final = 2
"""A notice whose alert is still being worked out makes room for others for so long. [s]"""


class Notifier:
    """Plans and sends notices.

    Parameters
    ----------
    ledger : Ledger
        Alerts, channels and the outbox.
    clock : callable
        [s since 1970-01-01 UTC]
    describe : callable
        Writes an alert as the API does.
    sender : callable
        Sends a message.
    awaits : callable
        Says whether something of an alert is still being worked out: then its notice waits.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], float],
        describe: Describe,
        sender: Sender = send,
        awaits: Callable[[AlertRecord], bool] = lambda _: False,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._describe = describe
        self._sender = sender
        self._awaits = awaits
        self._news = threading.Event()
        self._stop = threading.Event()
        self._under_way: dict[int, Future[int]] = {}
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin to work by itself."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there may be something to do; returns at once."""
        self._news.set()

    def close(self) -> None:
        """End, after the messages under way if they are quick; the others wait in the ledger."""
        self._stop.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()
        wait(self._under_way.values(), timeout=CLOSE_S)

    def test(self, channel: Channel) -> Outcome:
        """Send a message that says that the channel works, now, whatever its hours are."""
        return self._sender(channel, test_message(channel), int(self._clock()))

    def turn(self) -> int:
        """Plan what is new and send what is due, once; slow sends go on behind it.

        Returns
        -------
        int
            Notices that were sent within `PATIENCE_S`. [1]
        """
        now_s = int(self._clock())
        channels = {channel.id: channel for channel in self._ledger.channels.all()}
        while self._plan(channels, now_s) == ALERTS_AT_ONCE:
            pass
        self._plan_ends(channels, now_s)
        self._under_way = {k: sent for k, sent in self._under_way.items() if not sent.done()}
        due = self._ledger.notices.due(
            now_s=now_s,
            limit=MESSAGE_NOTICES_MAX,
            channels_max=NOTICE_SENDS_MAX - len(self._under_way),
            leave_out=self._under_way,
        )
        by_channel: dict[int, list[Due]] = {}
        for notice, alert in self._still_needed(due, channels, now_s):
            by_channel.setdefault(notice.channel_id, []).append((notice, alert))
        claimed = [notice.id for some in by_channel.values() for notice, _ in some]
        if claimed:
            # What can't be recorded is not sent: it would be sent again and again.
            self._ledger.notices.put_off(claimed, next_s=now_s)
        begun = {key: self._begin(channels[key], by_channel[key], now_s) for key in by_channel}
        self._under_way |= begun
        done, slow = wait(begun.values(), timeout=PATIENCE_S)
        for each in slow:
            each.add_done_callback(self._slow_done)
        return sum(each.result() for each in done)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                # More than fits in one message, or has come meanwhile, goes at once.
                wait_s = 0.0 if self.turn() else self._wait_s()
            except StoreError as error:
                LOG.error("notices_refused reason=%s", error)  # noqa: TRY400 - it says it all
                wait_s = RETRY_S
            except Exception:
                LOG.exception("notifier_failed")
                wait_s = RETRY_S
            self._news.wait(wait_s)
            self._news.clear()

    def _wait_s(self) -> float:
        next_s = self._ledger.notices.next_due_s()
        if next_s is None:
            return WAIT_S
        return min(WAIT_S, max(1.0, next_s - self._clock()))

    def _plan(self, channels: dict[int, Channel], now_s: int) -> int:
        """Plan notices of alerts that are new; return how many alerts there were. [1]."""
        alerts = self._ledger.notices.unplanned(limit=ALERTS_AT_ONCE)
        if not alerts:
            return 0
        book = self._ledger.notices
        silent = self._ledger.handling.muted(alerts, now_s=now_s) if channels else set()
        told = book.told_before(alerts) if channels else set()
        listeners: dict[int | None, list[Channel]] = {}
        for channel in channels.values():
            listeners.setdefault(channel.asked.customer_id, []).append(channel)
        plans = [
            NoticePlan(
                channel.id, alert.id, "opened", due_s(channel.asked.terms, alert.severity, now_s)
            )
            for alert in latest_of_each(alerts)
            if alert.id not in silent and not is_stale(alert, now_s)
            for channel in (*listeners.get(None, ()), *listeners.get(alert.customer_id, ()))
            if is_wanted(channel, alert) and (channel.id, alert.id) not in told
        ]
        book.plan(plans, upto_alert=alerts[-1].id, at_s=now_s)
        return len(alerts)

    def _plan_ends(self, channels: dict[int, Channel], now_s: int) -> None:
        asking = [key for key, channel in channels.items() if channel.asked.terms.tells_end]
        ends = self._ledger.notices.endings(asking, limit=ALERTS_AT_ONCE) if asking else []
        plans = [
            NoticePlan(key, alert.id, "closed", due_s(channels[key].asked.terms, "info", now_s))
            for key, alert in ends
        ]
        if plans:
            self._ledger.notices.plan(plans, upto_alert=0, at_s=now_s)

    def _still_needed(
        self, due: Sequence[Due], channels: dict[int, Channel], now_s: int
    ) -> list[Due]:
        """Leave out what somebody has dealt with meanwhile, and let wait what was put off."""
        book, handled = self._ledger.notices, self._ledger.handling
        alerts = {alert.id: alert for _, alert in due}
        silent = handled.muted(alerts.values(), now_s=now_s)
        handling = handled.handling(alerts)
        needless, needed, held = [], [], []
        for notice, alert in due:
            state = handling.get(alert.id)
            is_known = state is not None and state.acknowledged is not None
            is_known &= notice.phase == "opened"
            if notice.channel_id not in channels or alert.id in silent or is_known:
                needless.append(notice.id)
            elif state is not None and state.snoozed is not None and state.is_snoozed(now_s):
                book.put_off([notice.id], next_s=state.snoozed.until_s or now_s)
            elif self._must_wait(channels[notice.channel_id], alert, now_s):
                terms = channels[notice.channel_id].asked.terms
                book.put_off([notice.id], next_s=due_s(terms, alert.severity, now_s))
            elif self._awaits(alert):
                held.append(notice.id)
            else:
                needed.append((notice, alert))
        if needless:
            book.withdraw(needless, at_s=now_s)
        if held:
            book.put_off(held, next_s=now_s + HOLD_S)
        return needed

    def _must_wait(self, channel: Channel, alert: AlertRecord, now_s: int) -> bool:
        """Say whether quiet hours began while a notice waited, for another attempt or a digest."""
        return alert.severity != "critical" and is_quiet(channel.asked.terms, now_s)

    def _begin(self, channel: Channel, due: Sequence[Due], now_s: int) -> Future[int]:
        """Send in a thread that dies with the process: nothing that hangs holds up its end."""
        sent: Future[int] = Future()

        def run() -> None:
            try:
                sent.set_result(self._send(channel, due, now_s))
            except BaseException as error:  # it is raised by whoever asks for the result
                sent.set_exception(error)

        threading.Thread(target=run, name="notice-channel", daemon=True).start()
        return sent

    def _slow_done(self, sent: Future[int]) -> None:
        if sent.exception() is not None:
            LOG.error("notices_unrecorded reason=%s", sent.exception())
        self.wake()

    def _send(self, channel: Channel, due: Sequence[Due], now_s: int) -> int:
        """Send one message and record how it went; return the notices sent. [1]."""
        outcome = self._sender(channel, notice_message(channel, due, self._describe), now_s)
        after_s = int(self._clock())
        result = (outcome.is_sent, outcome.detail)
        tries = sorted({notice.attempts for notice, _ in due})
        for attempts in tries if not outcome.is_sent else [0]:
            ids = [n.id for n, _ in due if outcome.is_sent or n.attempts == attempts]
            pause = pause_s(attempts + 1)
            next_s = None if pause is None or outcome.is_sent else after_s + pause
            self._record(ids, result, at_s=after_s, next_s=next_s)
        if not outcome.is_sent:
            LOG.warning("notices_failed channel=%d count=%d", channel.id, len(due))
            return 0
        if channel.asked.terms.tells_end:
            self._forget_ends(channel, due, now_s)
        LOG.info("notices_sent channel=%d count=%d", channel.id, len(due))
        return len(due)

    def _record(
        self, ids: Sequence[int], result: tuple[bool, str], *, at_s: int, next_s: int | None
    ) -> None:
        """Record how a send went, as soon as the ledger takes it: the channel waits for it."""
        while True:
            try:
                self._ledger.notices.record(ids, result, at_s=at_s, next_s=next_s)
            except StoreError as error:
                LOG.error("notices_unrecorded reason=%s", error)  # noqa: TRY400 - it says it all
                if self._stop.wait(RETRY_S):
                    raise
            else:
                return

    def _forget_ends(self, channel: Channel, due: Sequence[Due], now_s: int) -> None:
        """Tell no end of what was over when it was told."""
        plans = [
            NoticePlan(channel.id, alert.id, "closed", now_s, "withdrawn")
            for notice, alert in due
            if notice.phase == "opened" and alert.closed_at_s is not None
        ]
        if plans:
            self._ledger.notices.plan(plans, upto_alert=0, at_s=now_s)
