"""How episodes open, go on and close in the ledger, each step on the caller's transaction.

Detectors may hand over NumPy's integers, which a database driver would keep as bytes: everything
becomes `int` here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)

from quilowatt.store import ledger_queries as queries
from quilowatt.store.ledger_steps import chunks, clients_by_number, keep_last_ids
from quilowatt.store.schema import alerts
from quilowatt.store.schema_notices import alert_actions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from quilowatt.store.ledger_records import AlertEpisode, AlertRecord, Client

__all__ = ["change_episodes", "keep_costs", "open_episodes"]

Row = dict[str, Any]
Key = tuple[int, str]

COST: Final = "cost"
"""Among the details: what others work out about an episode."""

MOVED: Final = "moved_from_s"
"""Among the details: when the episode began in whose place this one is told."""

LASTING: Final = (COST, MOVED)
"""Among the details: what a change does not say again and does not take back."""


def open_episodes(
    connection: Connection,
    last_ids: dict[str, int],
    episodes: Sequence[AlertEpisode],
    raised_at_s: int,
) -> list[AlertRecord]:
    """Write the episodes that aren't known yet.

    Parameters
    ----------
    connection : Connection
        In a transaction that excludes other writers.
    last_ids : dict
        The last id given out, by table.
    episodes : sequence of AlertEpisode
        At least one.
    raised_at_s : int
        Now. [s since 1970-01-01 UTC]
    """
    fresh = _unknown(connection, episodes)
    clients = clients_by_number(connection, (episode.meter_number for episode in fresh))
    first_id = last_ids["alerts"] + 1
    rows = [
        _row(alert_id, episode, clients[int(episode.meter_number)], raised_at_s)
        for alert_id, episode in enumerate(fresh, first_id)
    ]
    if rows:
        connection.execute(insert(alerts), rows)
        handed_on = _handed_on(connection, rows, last_ids["alert_actions"] + 1)
        if handed_on:
            connection.execute(insert(alert_actions), handed_on)
        given = {"alerts": rows[-1]["id"]}
        given["alert_actions"] = last_ids["alert_actions"] + len(handed_on)
        keep_last_ids(connection, last_ids, last_ids | given)
    return _records(connection, (row["id"] for row in rows))


def change_episodes(
    connection: Connection, episodes: Sequence[AlertEpisode], *, is_end: bool
) -> list[AlertRecord]:
    """Bring the open ones among these episodes up to date, or end them."""
    is_open = alerts.c.closed_at_s.is_(None)
    known = {kept.key: kept for kept in _kept(connection, episodes, is_open)}
    rows = [
        _change(known[_key(episode)], episode)
        for episode in episodes
        if _key(episode) in known and episode.at_s >= known[_key(episode)].opened_at_s
    ]
    if rows:
        connection.execute(_change_statement(is_end=is_end), rows)
    return _records(connection, (row["alert_id"] for row in rows))


def keep_costs(
    connection: Connection, costs: Mapping[int, Mapping[str, object]]
) -> list[AlertRecord]:
    """Keep among the details of alerts what was worked out about them, by their ids."""
    rows = [
        {
            "alert_id": alert.id,
            "now_details": json.dumps({**alert.details, COST: costs[alert.id]}, sort_keys=True),
        }
        for alert in _records(connection, costs)
    ]
    if rows:
        is_it = alerts.c.id == bindparam("alert_id")
        change = update(alerts).where(is_it).values(details=bindparam("now_details"))
        connection.execute(change, rows)
    return _records(connection, costs)


class _Kept(NamedTuple):
    """What is asked of alerts that are there."""

    key: Key
    opened_at_s: int
    alert_id: int
    details: str | None


def _key(episode: AlertEpisode) -> Key:
    return int(episode.meter_number), episode.kind


def _unknown(connection: Connection, episodes: Sequence[AlertEpisode]) -> list[AlertEpisode]:
    """Leave out episodes that are open, those that began when a kept one did, and repeats."""
    taken = {kept.key for kept in _kept(connection, episodes, alerts.c.closed_at_s.is_(None))}
    instants = [int(episode.at_s) for episode in episodes]
    began_then = alerts.c.opened_at_s.between(min(instants), max(instants))
    begun = {(kept.key, kept.opened_at_s) for kept in _kept(connection, episodes, began_then)}
    fresh = []
    for episode in episodes:
        key = _key(episode)
        if key not in taken and (key, int(episode.at_s)) not in begun:
            taken.add(key)
            fresh.append(episode)
    return fresh


def _handed_on(connection: Connection, rows: Sequence[Row], first_id: int) -> list[Row]:
    """Say again of episodes that late data moved what people did with them where they were."""
    copies = list[Row]()
    for row in rows:
        began_s = json.loads(row["details"] or "{}").get(MOVED)
        if began_s is None:
            continue
        same = select(alerts.c.id, alerts.c.opened_at_s, alerts.c.details).where(
            alerts.c.meter_number == row["meter_number"],
            alerts.c.kind == row["kind"],
            alerts.c.id < row["id"],
        )
        before = [
            kept.id
            for kept in connection.execute(same)
            if began_s in (kept.opened_at_s, json.loads(kept.details or "{}").get(MOVED))
        ]
        done = select(alert_actions).where(alert_actions.c.alert_id.in_(before))
        actions = connection.execute(done.order_by(alert_actions.c.id)).mappings()
        newest = {action["kind"]: dict(action) for action in actions}
        in_order = sorted(newest.values(), key=lambda action: int(action["id"]))
        copies += [action | {"alert_id": row["id"]} for action in in_order]
    return [copy | {"id": action_id} for action_id, copy in enumerate(copies, first_id)]


def _kept(
    connection: Connection, episodes: Sequence[AlertEpisode], condition: ColumnElement[bool]
) -> list[_Kept]:
    """Find the alerts of these meters that meet a condition."""
    columns = (
        alerts.c.meter_number,
        alerts.c.kind,
        alerts.c.opened_at_s,
        alerts.c.id,
        alerts.c.details,
    )
    found = []
    for some in chunks({int(episode.meter_number) for episode in episodes}):
        asked = select(*columns).where(alerts.c.meter_number.in_(some), condition)
        found += [_Kept((row[0], row[1]), *row[2:]) for row in connection.execute(asked)]
    return found


def _row(alert_id: int, episode: AlertEpisode, client: Client, raised_at_s: int) -> Row:
    return {
        "id": alert_id,
        "kind": episode.kind,
        "severity": episode.severity,
        "meter_number": client.meter_number,
        "usage_point_id": client.usage_point_id,
        "customer_id": client.customer_id,
        "opened_at_s": int(episode.at_s),
        "raised_at_s": raised_at_s,
        "updated_at_s": int(episode.at_s),
        "closed_at_s": None,
        "power_w": int(episode.power_w),
        "usual_power_w": int(episode.usual_power_w),
        "excess_wh": int(episode.excess_wh),
        "details": _details(episode),
    }


def _change(kept: _Kept, episode: AlertEpisode) -> Row:
    """Name the figures as `_change_statement` asks for them."""
    return {
        "alert_id": kept.alert_id,
        "now_severity": episode.severity,
        "now_s": int(episode.at_s),
        "now_w": int(episode.power_w),
        "now_usual_w": int(episode.usual_power_w),
        "now_excess_wh": int(episode.excess_wh),
        "now_details": _details(episode, kept),
    }


def _details(episode: AlertEpisode, kept: _Kept | None = None) -> str | None:
    """Write what an episode says of itself, over what was known of it."""
    if not episode.details:
        return None
    before = json.loads(kept.details) if kept is not None and kept.details else {}
    lasting = {name: before[name] for name in LASTING if name in before}
    return json.dumps({**lasting, **episode.details}, sort_keys=True)


def _change_statement(*, is_end: bool) -> Update:
    figures: dict[str, ColumnElement[Any]] = {
        "severity": bindparam("now_severity"),
        "updated_at_s": bindparam("now_s"),
        "power_w": bindparam("now_w"),
        "usual_power_w": bindparam("now_usual_w"),
        "excess_wh": bindparam("now_excess_wh"),
        "details": func.coalesce(bindparam("now_details"), alerts.c.details),
    }
    if is_end:
        figures["closed_at_s"] = bindparam("now_s")
    is_it = alerts.c.id == bindparam("alert_id")
    return update(alerts).where(is_it, alerts.c.closed_at_s.is_(None)).values(figures)


def _records(connection: Connection, alert_ids: Iterable[int]) -> list[AlertRecord]:
    found = []
    for some in chunks(set(alert_ids)):
        asked = queries.alerts_selected(alerts.c.id.in_(some))
        found += [queries.alert_from(row) for row in connection.execute(asked)]
    return sorted(found, key=lambda record: record.id)
