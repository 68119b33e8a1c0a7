"""`AlertHandling` by SQL statements, in the ledger's database."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from quilowatt.store.alert_handling import (
    ActionKind,
    AlertAction,
    AlertHandling,
    Handling,
    Mute,
    MuteRequest,
)
from quilowatt.store.ledger_steps import chunks, keep_last_ids
from quilowatt.store.schema import alerts
from quilowatt.store.schema_notices import alert_actions, mutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quilowatt.store.ledger_access import LedgerAccess
    from quilowatt.store.ledger_records import AlertRecord

__all__ = ["SqlAlertHandling"]


class SqlAlertHandling(AlertHandling):
    """Handling of alerts in a ledger.

    Parameters
    ----------
    access : LedgerAccess
        Transactions on its database.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def acknowledge(
        self, alert_id: int, *, author: str, note: str, at_s: int
    ) -> AlertAction | None:
        """Keep an acknowledgement; see `AlertHandling.acknowledge`."""
        return self._act(AlertAction(0, alert_id, "acknowledge", None, author, note, at_s))

    def snooze(
        self, alert_id: int, *, until_s: int, author: str, note: str, at_s: int
    ) -> AlertAction | None:
        """Put an alert off; see `AlertHandling.snooze`."""
        return self._act(AlertAction(0, alert_id, "snooze", until_s, author, note, at_s))

    def actions(self, alert_id: int) -> list[AlertAction]:
        """List actions; see `AlertHandling.actions`."""
        is_it = alert_actions.c.alert_id == alert_id
        with self._access.reading() as connection:
            rows = connection.execute(
                select(alert_actions).where(is_it).order_by(alert_actions.c.id)
            )
            return [AlertAction(*row) for row in rows]

    def handling(self, alert_ids: Iterable[int]) -> dict[int, Handling]:
        """Say how things stand; see `AlertHandling.handling`."""
        newest: dict[tuple[int, ActionKind], AlertAction] = {}
        with self._access.reading() as connection:
            for some in chunks(int(alert_id) for alert_id in alert_ids):
                asked = select(alert_actions).where(alert_actions.c.alert_id.in_(some))
                for row in connection.execute(asked.order_by(alert_actions.c.id)):
                    action = AlertAction(*row)
                    newest[action.alert_id, action.kind] = action
        return {
            alert_id: Handling(
                newest.get((alert_id, "acknowledge")), newest.get((alert_id, "snooze"))
            )
            for alert_id, _ in newest
        }

    def mute(self, request: MuteRequest, *, at_s: int) -> Mute:
        """Keep a decision; see `AlertHandling.mute`."""
        with self._access.writing() as (connection, ids):
            kept = Mute(ids["mutes"] + 1, request, at_s)
            row = {"id": kept.id, "at_s": at_s, **asdict(request)}
            connection.execute(insert(mutes), [row | {"is_muted": int(request.is_muted)}])
            keep_last_ids(connection, ids, ids | {"mutes": kept.id})
        return kept

    def mutes(
        self, *, usage_point_ids: Iterable[int] = (), customer_ids: Iterable[int] = ()
    ) -> list[Mute]:
        """List the newest decisions; see `AlertHandling.mutes`."""
        newest = select(func.max(mutes.c.id)).group_by(
            mutes.c.usage_point_id, mutes.c.customer_id, mutes.c.kind
        )
        found: list[Mute] = []
        with self._access.reading() as connection:
            for column, keys in (
                (mutes.c.usage_point_id, usage_point_ids),
                (mutes.c.customer_id, customer_ids),
            ):
                for some in chunks(int(key) for key in keys):
                    asked = select(mutes).where(mutes.c.id.in_(newest.where(column.in_(some))))
                    found += [_mute(dict(row)) for row in connection.execute(asked).mappings()]
        return sorted(found, key=lambda mute: mute.id)

    def muted(self, alerts: Iterable[AlertRecord], *, now_s: int) -> set[int]:
        """Name muted alerts; see `AlertHandling.muted`."""
        some = list(alerts)
        kept = self.mutes(
            usage_point_ids={alert.usage_point_id for alert in some},
            customer_ids={alert.customer_id for alert in some},
        )
        silent = {
            (mute.asked.usage_point_id, mute.asked.customer_id, mute.asked.kind)
            for mute in kept
            if mute.is_in_force(now_s)
        }
        return {alert.id for alert in some if silent & set(_scopes(alert))}

    def _act(self, action: AlertAction) -> AlertAction | None:
        with self._access.writing() as (connection, ids):
            is_known = select(alerts.c.id).where(alerts.c.id == action.alert_id)
            if connection.execute(is_known).first() is None:
                return None
            row = asdict(action) | {"id": ids["alert_actions"] + 1}
            connection.execute(insert(alert_actions), [row])
            keep_last_ids(connection, ids, ids | {"alert_actions": row["id"]})
        return AlertAction(**row)


def _scopes(alert: AlertRecord) -> list[tuple[int | None, int | None, str | None]]:
    """Name what would silence an alert: its place or its customer, its kind or every kind."""
    return [
        (place, customer, kind)
        for place, customer in ((alert.usage_point_id, None), (None, alert.customer_id))
        for kind in (alert.kind, None)
    ]


def _mute(row: dict[str, Any]) -> Mute:
    mute_id, at_s = row.pop("id"), row.pop("at_s")
    return Mute(mute_id, MuteRequest(**row | {"is_muted": bool(row["is_muted"])}), at_s)
