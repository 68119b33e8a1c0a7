"""`NoticeBook` by SQL statements, in the ledger's database."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, func, insert, select, update

from quilowatt.store import ledger_queries as queries
from quilowatt.store.ledger_steps import chunks, keep_last_ids
from quilowatt.store.notices import (
    Attempt,
    Notice,
    NoticeBook,
    NoticePlan,
    NoticeState,
    is_one_episode,
)
from quilowatt.store.schema import alerts
from quilowatt.store.schema_notices import marks, notice_attempts, notices

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row, Select

    from quilowatt.store.ledger_access import LedgerAccess
    from quilowatt.store.ledger_records import AlertRecord

__all__ = ["SqlNotices"]

PLANNED: Final = "alerts_planned"
"""Name of the mark: the last alert for which notices were planned."""


class SqlNotices(NoticeBook):
    """The outbox in a ledger.

    Parameters
    ----------
    access : LedgerAccess
        Transactions on its database.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def unplanned(self, *, limit: int) -> list[AlertRecord]:
        """List alerts that are new; see `NoticeBook.unplanned`."""
        planned = select(marks.c.value).where(marks.c.name == PLANNED).scalar_subquery()
        asked = queries.alerts_selected(alerts.c.id > planned)
        with self._access.reading() as connection:
            rows = connection.execute(asked.order_by(None).order_by(alerts.c.id).limit(limit))
            return [queries.alert_from(row) for row in rows]

    def told_before(self, alerts: Iterable[AlertRecord]) -> set[tuple[int, int]]:
        """Find who knows; see `NoticeBook.told_before`."""
        some = list(alerts)
        by_episode: dict[tuple[int, str], list[Row[Any]]] = {}
        with self._access.reading() as connection:
            for numbers in chunks({alert.meter_number for alert in some}):
                for row in connection.execute(_told(numbers)):
                    by_episode.setdefault((row.meter_number, row.kind), []).append(row)
        return {
            (row.channel_id, alert.id)
            for alert in some
            for row in by_episode.get((alert.meter_number, alert.kind), ())
            if row.id != alert.id and is_one_episode(row, alert)
        }

    def plan(self, plans: Sequence[NoticePlan], *, upto_alert: int, at_s: int) -> list[Notice]:
        """Keep notices; see `NoticeBook.plan`."""
        with self._access.writing() as (connection, ids):
            known = _known(connection, plans)
            fresh = [p for p in plans if (p.channel_id, p.alert_id, p.phase) not in known]
            rows = [
                asdict(plan) | {"id": notice_id, "planned_s": at_s, "attempts": 0}
                for notice_id, plan in enumerate(fresh, ids["notices"] + 1)
            ]
            if rows:
                connection.execute(insert(notices), rows)
                keep_last_ids(connection, ids, ids | {"notices": rows[-1]["id"]})
            is_behind = and_(marks.c.name == PLANNED, marks.c.value < upto_alert)
            connection.execute(update(marks).where(is_behind).values(value=upto_alert))
        return [Notice(**row) for row in rows]

    def endings(self, channel_ids: Iterable[int], *, limit: int) -> list[tuple[int, AlertRecord]]:
        """List ends to tell; see `NoticeBook.endings`."""
        other = notices.alias()
        has_end = exists().where(
            other.c.channel_id == notices.c.channel_id,
            other.c.alert_id == notices.c.alert_id,
            other.c.phase == "closed",
        )
        asked = (
            select(notices.c.channel_id, notices.c.alert_id)
            .join(alerts, alerts.c.id == notices.c.alert_id)
            .where(
                notices.c.channel_id.in_(list(channel_ids)),
                notices.c.phase == "opened",
                notices.c.state == "sent",
                alerts.c.closed_at_s.is_not(None),
                ~has_end,
            )
            .order_by(notices.c.id)
            .limit(limit)
        )
        with self._access.reading() as connection:
            pairs = [(row.channel_id, row.alert_id) for row in connection.execute(asked)]
            found = _alerts(connection, (alert_id for _, alert_id in pairs))
        return [(channel_id, found[alert_id]) for channel_id, alert_id in pairs]

    def due(
        self, *, now_s: int, limit: int, channels_max: int, leave_out: Iterable[int] = ()
    ) -> list[tuple[Notice, AlertRecord]]:
        """List what is due; see `NoticeBook.due`."""
        is_due = (
            notices.c.state == "waiting",
            notices.c.next_s <= now_s,
            notices.c.channel_id.not_in([int(key) for key in leave_out]),
        )
        longest = select(notices.c.channel_id).where(*is_due).group_by(notices.c.channel_id)
        longest = longest.order_by(func.min(notices.c.id)).limit(channels_max)
        with self._access.reading() as connection:
            some: list[Notice] = []
            for (key,) in connection.execute(longest).all():
                asked = select(notices).where(*is_due, notices.c.channel_id == key)
                some += _notices(connection, asked.order_by(notices.c.id).limit(limit))
            found = _alerts(connection, {notice.alert_id for notice in some})
        return [(notice, found[notice.alert_id]) for notice in sorted(some, key=lambda n: n.id)]

    def next_due_s(self) -> int | None:
        """Say when the next one is due; see `NoticeBook.next_due_s`."""
        asked = select(func.min(notices.c.next_s)).where(notices.c.state == "waiting")
        with self._access.reading() as connection:
            next_s: int | None = connection.execute(asked).scalar()
        return next_s

    def record(
        self, notice_ids: Sequence[int], attempt: tuple[bool, str], *, at_s: int, next_s: int | None
    ) -> None:
        """Keep how an attempt went; see `NoticeBook.record`."""
        is_sent, detail = attempt
        state: NoticeState = "sent" if is_sent else "dead" if next_s is None else "waiting"
        after_s = at_s if next_s is None or is_sent else next_s
        with self._access.writing() as (connection, ids):
            first_id = ids["notice_attempts"] + 1
            rows: list[dict[str, Any]] = [
                {
                    "id": attempt_id,
                    "notice_id": notice_id,
                    "at_s": at_s,
                    "is_sent": int(is_sent),
                    "detail": detail,
                }
                for attempt_id, notice_id in enumerate(notice_ids, first_id)
            ]
            connection.execute(insert(notice_attempts), rows)
            keep_last_ids(connection, ids, ids | {"notice_attempts": rows[-1]["id"]})
            more = notices.c.attempts + 1
            for some in chunks(notice_ids):
                change = update(notices).where(notices.c.id.in_(some))
                connection.execute(change.values(state=state, attempts=more, next_s=after_s))

    def put_off(self, notice_ids: Sequence[int], *, next_s: int) -> None:
        """Let notices wait; see `NoticeBook.put_off`."""
        self._change(notice_ids, next_s=next_s)

    def withdraw(self, notice_ids: Sequence[int], *, at_s: int) -> None:
        """Let notices go; see `NoticeBook.withdraw`."""
        self._change(notice_ids, state="withdrawn", next_s=at_s)

    def revive(self, notice_id: int, *, at_s: int) -> Notice | None:
        """Let a dead notice wait again; see `NoticeBook.revive`."""
        is_dead = and_(notices.c.id == notice_id, notices.c.state == "dead")
        with self._access.writing() as (connection, _):
            change = update(notices).where(is_dead)
            if not connection.execute(change.values(state="waiting", next_s=at_s)).rowcount:
                return None
            return _notices(connection, select(notices).where(notices.c.id == notice_id))[0]

    def notices(
        self,
        *,
        state: NoticeState | None = None,
        channel_id: int | None = None,
        alert_id: int | None = None,
        after: int | None = None,
        limit: int,
    ) -> list[Notice]:
        """List notices; see `NoticeBook.notices`."""
        asked = select(notices).order_by(notices.c.id.desc()).limit(limit)
        if state is not None:
            asked = asked.where(notices.c.state == state)
        if channel_id is not None:
            asked = asked.where(notices.c.channel_id == channel_id)
        if alert_id is not None:
            asked = asked.where(notices.c.alert_id == alert_id)
        if after is not None:
            asked = asked.where(notices.c.id < after)
        with self._access.reading() as connection:
            return _notices(connection, asked)

    def attempts(self, notice_ids: Iterable[int]) -> list[Attempt]:
        """List attempts; see `NoticeBook.attempts`."""
        found: list[Row[Any]] = []
        with self._access.reading() as connection:
            for some in chunks(int(notice_id) for notice_id in notice_ids):
                asked = select(notice_attempts).where(notice_attempts.c.notice_id.in_(some))
                found += connection.execute(asked).all()
        found.sort(key=lambda row: row.id)
        return [Attempt(row.notice_id, row.at_s, bool(row.is_sent), row.detail) for row in found]

    def counts(self) -> dict[NoticeState, int]:
        """Count notices; see `NoticeBook.counts`."""
        asked = select(notices.c.state, func.count()).group_by(notices.c.state)
        with self._access.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(asked)}

    def _change(self, notice_ids: Sequence[int], **values: str | int) -> None:
        with self._access.writing() as (connection, _):
            for some in chunks(notice_ids):
                waits = and_(notices.c.id.in_(some), notices.c.state == "waiting")
                connection.execute(update(notices).where(waits).values(**values))


def _told(meter_numbers: list[int]) -> Select[Any]:
    return (
        select(
            notices.c.channel_id,
            alerts.c.id,
            alerts.c.meter_number,
            alerts.c.kind,
            alerts.c.opened_at_s,
            alerts.c.closed_at_s,
        )
        .join(alerts, alerts.c.id == notices.c.alert_id)
        .where(alerts.c.meter_number.in_(meter_numbers), notices.c.phase == "opened")
    )


def _known(connection: Connection, plans: Sequence[NoticePlan]) -> set[tuple[int, int, str]]:
    key = (notices.c.channel_id, notices.c.alert_id, notices.c.phase)
    known: set[tuple[int, int, str]] = set()
    for some in chunks({plan.alert_id for plan in plans}):
        asked = select(*key).where(notices.c.alert_id.in_(some))
        known.update((row[0], row[1], row[2]) for row in connection.execute(asked))
    return known


def _alerts(connection: Connection, alert_ids: Iterable[int]) -> dict[int, AlertRecord]:
    found = {}
    for some in chunks(set(alert_ids)):
        for row in connection.execute(queries.alerts_selected(alerts.c.id.in_(some))):
            found[row.id] = queries.alert_from(row)
    return found


def _notices(connection: Connection, asked: Select[Any]) -> list[Notice]:
    return [
        Notice(
            row.id,
            row.channel_id,
            row.alert_id,
            row.phase,
            row.planned_s,
            row.state,
            row.attempts,
            row.next_s,
        )
        for row in connection.execute(asked)
    ]
