"""Notices: the outbox of what channels are told about alerts, and how far each has come.

A notice is known by channel, alert and phase, so planning twice plans once. It waits until it is
sent, withdrawn, or given up as dead after its last attempt; every attempt is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from quilowatt.store.ledger_records import AlertRecord

__all__ = [
    "Attempt",
    "Notice",
    "NoticeBook",
    "NoticePhase",
    "NoticePlan",
    "NoticeState",
    "is_one_episode",
]

NoticePhase = Literal["opened", "closed"]
NoticeState = Literal["waiting", "sent", "dead", "withdrawn"]


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """A notice that shall be sent.

    Parameters
    ----------
    channel_id, alert_id : int
        To whom, about what.
    phase : {'opened', 'closed'}
        What of the episode is told.
    next_s : int
        Not before. [s since 1970-01-01 UTC]
    state : {'waiting', 'withdrawn'}
        Withdrawn where it is known not to be needed.
    """

    channel_id: int
    alert_id: int
    phase: NoticePhase
    next_s: int
    state: NoticeState = "waiting"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it is kept.

    Parameters
    ----------
    id : int
        Rising; receivers know a repeated notice by it.
    channel_id, alert_id : int
        To whom, about what.
    phase : {'opened', 'closed'}
        What of the episode is told.
    planned_s : int
        When it was planned. [s since 1970-01-01 UTC]
    state : {'waiting', 'sent', 'dead', 'withdrawn'}
        How far it has come.
    attempts : int
        How often it was tried. [1]
    next_s : int
        Not before; of one that no longer waits, when that was decided. [s since 1970-01-01 UTC]
    """

    id: int
    channel_id: int
    alert_id: int
    phase: NoticePhase
    planned_s: int
    state: NoticeState
    attempts: int
    next_s: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send a notice.

    Parameters
    ----------
    notice_id : int
        Which.
    at_s : int
        When it ended. [s since 1970-01-01 UTC]
    is_sent : bool
        Whether the other side took it.
    detail : str
        What it said, without secrets.
    """

    notice_id: int
    at_s: int
    is_sent: bool
    detail: str


class NoticeBook(Protocol):
    """Keeps the outbox; safe to call from any thread.

    Every method may raise `StoreFull`, `StoreBusy` or `StoreCorrupt`.
    """

    def unplanned(self, *, limit: int) -> list[AlertRecord]:
        """List alerts for which nothing has been planned yet, oldest first."""
        ...

    def told_before(self, alerts: Iterable[AlertRecord]) -> set[tuple[int, int]]:
        """Find which channels know of these episodes under another id.

        Late data may move an episode: then it is another alert of the same meter and kind; see
        `is_one_episode`.

        Returns
        -------
        set of (int, int)
            Channel and alert.
        """
        ...

    def plan(self, plans: Sequence[NoticePlan], *, upto_alert: int, at_s: int) -> list[Notice]:
        """Keep notices, and that alerts up to this id are planned, in one transaction.

        Returns
        -------
        list of Notice
            Those that are new.
        """
        ...

    def endings(self, channel_ids: Iterable[int], *, limit: int) -> list[tuple[int, AlertRecord]]:
        """List alerts that are over, whose opening these channels were sent and no end planned."""
        ...

    def due(
        self, *, now_s: int, limit: int, channels_max: int, leave_out: Iterable[int] = ()
    ) -> list[tuple[Notice, AlertRecord]]:
        """List waiting notices whose time has come, oldest first.

        Parameters
        ----------
        now_s : int
            The present. [s since 1970-01-01 UTC]
        limit : int
            Of each channel at most so many: none crowds out another. [1]
        channels_max : int
            Of so many channels, those that wait longest first. [1]
        leave_out : iterable of int
            Of these channels nothing.
        """
        ...

    def next_due_s(self) -> int | None:
        """Say when the next waiting notice is due [s since 1970-01-01 UTC]."""
        ...

    def record(
        self, notice_ids: Sequence[int], attempt: tuple[bool, str], *, at_s: int, next_s: int | None
    ) -> None:
        """Keep how an attempt for some notices went: all of them or none.

        Parameters
        ----------
        notice_ids : sequence of int
            Sent in one message.
        attempt : (bool, str)
            Whether it was sent, and what the other side said.
        at_s : int
            Now. [s since 1970-01-01 UTC]
        next_s : int or None
            When to try again; None gives one up that was not sent. [s since 1970-01-01 UTC]
        """
        ...

    def put_off(self, notice_ids: Sequence[int], *, next_s: int) -> None:
        """Let waiting notices wait longer [s since 1970-01-01 UTC]."""
        ...

    def withdraw(self, notice_ids: Sequence[int], *, at_s: int) -> None:
        """Let waiting notices be sent no more [s since 1970-01-01 UTC]."""
        ...

    def revive(self, notice_id: int, *, at_s: int) -> Notice | None:
        """Let a dead notice wait again, with all its attempts before it; None if none is dead."""
        ...

    def notices(
        self,
        *,
        state: NoticeState | None = None,
        channel_id: int | None = None,
        alert_id: int | None = None,
        after: int | None = None,
        limit: int,
    ) -> list[Notice]:
        """List notices, the newest first; `after` is the last id of the page before."""
        ...

    def attempts(self, notice_ids: Iterable[int]) -> list[Attempt]:
        """List all attempts to send these notices, oldest first."""
        ...

    def counts(self) -> dict[NoticeState, int]:
        """Count notices by state."""
        ...


class _Span(Protocol):
    """A time that an alert takes."""

    @property
    def opened_at_s(self) -> int: ...

    @property
    def closed_at_s(self) -> int | None: ...


def is_one_episode(kept: _Span, alert: AlertRecord) -> bool:
    """Say whether two alerts of one meter and kind are one episode, found twice.

    They share an instant, where one that is open has no end; or the later one says that late data
    moved it here.

    Parameters
    ----------
    kept : AlertRecord, or a row with its times
        An alert that was there before.
    alert : AlertRecord
        Another one.
    """
    moved_from_s = int(str(alert.details.get("moved_from_s", 0)))
    if moved_from_s and moved_from_s == kept.opened_at_s:
        return True
    is_kept_later = alert.closed_at_s is not None and kept.opened_at_s >= alert.closed_at_s
    is_kept_earlier = kept.closed_at_s is not None and kept.closed_at_s <= alert.opened_at_s
    return not is_kept_later and not is_kept_earlier
