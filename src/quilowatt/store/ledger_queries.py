"""The questions that `SqlLedger` asks, as SQLAlchemy expressions without any dialect.

Every function is pure: filters in, a statement out, or a row in and a record out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from quilowatt.store.ledger_records import (
    AlertFilter,
    AlertRecord,
    AuditEntry,
    Client,
    ClientFilter,
)
from quilowatt.store.names import fold_name, is_storable
from quilowatt.store.schema import (
    alerts,
    audit,
    customers,
    installations,
    meters,
    usage_points,
)
from quilowatt.store.schema_notices import alert_actions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    Asked = Select[*tuple[Any, ...]]
    Facts = Row[*tuple[Any, ...]]

__all__ = [
    "alert_from",
    "alerts_matching",
    "alerts_selected",
    "audit_from",
    "audit_page",
    "client_from",
    "clients_by_meter",
    "clients_matching",
    "directory_page",
    "is_called",
    "is_customer",
    "is_place_of",
    "is_usage_point",
    "places_named",
]

_INSTALLED = (
    meters.join(installations, installations.c.meter_number == meters.c.number)
    .join(usage_points, usage_points.c.id == installations.c.usage_point_id)
    .join(customers, customers.c.id == usage_points.c.customer_id)
)

_CLIENT_COLUMNS = (
    customers.c.id,
    customers.c.uuid,
    customers.c.name,
    usage_points.c.id,
    usage_points.c.uuid,
    usage_points.c.timezone,
    usage_points.c.tariff_code,
    usage_points.c.phases,
    usage_points.c.billing_day,
    meters.c.number,
    meters.c.uuid,
    meters.c.serial,
    meters.c.model,
    meters.c.interval_s,
    meters.c.digits,
    meters.c.registered_at_s,
    meters.c.state,
)
"""In the order of `Client`'s fields."""


def _latest_of_meter() -> ColumnElement[bool]:
    other = installations.alias("other")
    latest = select(func.max(other.c.id)).where(other.c.meter_number == meters.c.number)
    return installations.c.id == latest.scalar_subquery()


def _latest_of_usage_point() -> ColumnElement[bool]:
    other = installations.alias("other")
    latest = select(func.max(other.c.id)).where(other.c.usage_point_id == usage_points.c.id)
    return installations.c.id == latest.scalar_subquery()


def directory_page(after: int, limit: int) -> Asked:
    """Ask for meters with a number above `after`, in the order of `RegisteredMeter`'s fields."""
    return (
        select(
            meters.c.number,
            meters.c.uuid,
            customers.c.name,
            meters.c.interval_s,
            meters.c.digits,
            meters.c.state,
            usage_points.c.id,
            customers.c.id,
        )
        .select_from(_INSTALLED)
        .where(meters.c.number > after, meters.c.number <= after + limit, _latest_of_meter())
        .order_by(meters.c.number)
    )


def clients_matching(which: ClientFilter, after: int | None, limit: int) -> Asked:
    """Ask for usage points with the meter that was installed there last."""
    conditions = [_latest_of_usage_point()]
    if which.id is not None:
        conditions.append(is_customer(which.id))
    if which.usage_point is not None:
        conditions.append(is_usage_point(which.usage_point))
    if which.name is not None:
        conditions.append(is_called(which.name))
    if which.meter is not None:
        conditions.append(is_place_of(which.meter, usage_points.c.id))
    if after is not None:
        conditions.append(usage_points.c.id > after)
    return (
        select(*_CLIENT_COLUMNS)
        .select_from(_INSTALLED)
        .where(*conditions)
        .order_by(usage_points.c.id)
        .limit(limit)
    )


def clients_by_meter(condition: ColumnElement[bool]) -> Asked:
    """Ask where meters are, or last were."""
    return select(*_CLIENT_COLUMNS).select_from(_INSTALLED).where(condition, _latest_of_meter())


def places_named(uuids: list[UUID]) -> Asked:
    """Ask for usage points with the installation that is open there."""
    is_open = and_(
        installations.c.usage_point_id == usage_points.c.id, installations.c.end_s.is_(None)
    )
    return (
        select(
            usage_points.c.uuid,
            usage_points.c.id,
            customers.c.id,
            customers.c.name,
            installations.c.id,
            installations.c.meter_number,
            installations.c.start_s,
        )
        .select_from(
            usage_points.join(customers, customers.c.id == usage_points.c.customer_id).outerjoin(
                installations, is_open
            )
        )
        .where(usage_points.c.uuid.in_(uuids))
    )


def alerts_selected(condition: ColumnElement[bool]) -> Asked:
    """Ask for alerts in the order of `AlertRecord`'s fields, the newest first."""
    return (
        select(
            alerts.c.id,
            alerts.c.kind,
            alerts.c.severity,
            alerts.c.meter_number,
            meters.c.uuid,
            alerts.c.usage_point_id,
            alerts.c.customer_id,
            customers.c.uuid,
            customers.c.name,
            alerts.c.opened_at_s,
            alerts.c.raised_at_s,
            alerts.c.updated_at_s,
            alerts.c.closed_at_s,
            alerts.c.power_w,
            alerts.c.usual_power_w,
            alerts.c.excess_wh,
            alerts.c.details,
        )
        .select_from(
            alerts.join(meters, meters.c.number == alerts.c.meter_number).join(
                customers, customers.c.id == alerts.c.customer_id
            )
        )
        .where(condition)
        .order_by(alerts.c.id.desc())
    )


def alerts_matching(which: AlertFilter, after: int | None) -> ColumnElement[bool]:
    """Say which alerts are meant."""
    conditions = [true(), *_alerts_of(which)]
    if which.kind is not None:
        conditions.append(alerts.c.kind == which.kind if is_storable(which.kind) else false())
    if which.start_s is not None:
        is_over_later = alerts.c.closed_at_s > which.start_s
        began_later = alerts.c.opened_at_s >= which.start_s
        conditions.append(or_(alerts.c.closed_at_s.is_(None), is_over_later, began_later))
    if which.end_s is not None:
        conditions.append(alerts.c.opened_at_s < which.end_s)
    if which.is_open is not None:
        is_null = alerts.c.closed_at_s.is_(None)
        conditions.append(is_null if which.is_open else ~is_null)
    if after is not None:
        conditions.append(alerts.c.id < after)
    return and_(*conditions)


def _alerts_of(which: AlertFilter) -> Iterator[ColumnElement[bool]]:
    if which.customer is not None:
        yield is_customer(which.customer)
    if which.name is not None:
        yield is_called(which.name)
    if which.meter is not None:
        yield alerts.c.meter_number.in_(_meters_named(which.meter))
    if which.is_acknowledged is not None:
        is_it = exists().where(
            alert_actions.c.alert_id == alerts.c.id, alert_actions.c.kind == "acknowledge"
        )
        yield is_it if which.is_acknowledged else ~is_it
    if which.is_snoozed is not None:
        until_s = func.coalesce(_snoozed_until_s(), 0)
        yield until_s > which.now_s if which.is_snoozed else until_s <= which.now_s


def _snoozed_until_s() -> ScalarSelect[int]:
    """Ask until when an alert is put off by its newest snooze."""
    return (
        select(alert_actions.c.until_s)
        .where(alert_actions.c.alert_id == alerts.c.id, alert_actions.c.kind == "snooze")
        .order_by(alert_actions.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def audit_page(after: int | None, limit: int) -> Asked:
    """Ask for what was done, in the order of `AuditEntry`'s fields."""
    return select(audit).where(audit.c.id > (after or 0)).order_by(audit.c.id).limit(limit)


def client_from(row: Facts) -> Client:
    """Make a record of a row."""
    return Client(*row)


def alert_from(row: Facts) -> AlertRecord:
    """Make a record of a row."""
    facts: list[Any] = list(row)
    facts[-1] = json.loads(facts[-1]) if facts[-1] else {}
    return AlertRecord(*facts)


def audit_from(row: Facts) -> AuditEntry:
    """Make a record of a row."""
    return AuditEntry(
        row.id,
        row.at_s,
        row.actor,
        row.action,
        row.meter_number,
        row.usage_point_id,
        json.loads(row.details),
    )


def is_customer(name: str) -> ColumnElement[bool]:
    """Say that the customer has this UUID; what isn't a UUID finds nobody."""
    uuid = _uuid(name)
    return customers.c.uuid == uuid if uuid is not None else false()


def is_usage_point(name: str) -> ColumnElement[bool]:
    """Say that the usage point has this UUID; what isn't a UUID finds none."""
    uuid = _uuid(name)
    return usage_points.c.uuid == uuid if uuid is not None else false()


def is_place_of(meter: str, usage_point_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Say that a meter of this UUID or serial is or was installed there."""
    at_place = select(installations.c.usage_point_id).where(
        installations.c.meter_number.in_(_meters_named(meter))
    )
    return usage_point_id.in_(at_place)


def is_called(part: str) -> ColumnElement[bool]:
    """Say that this is part of the customer's name, without regard to case and accents."""
    folded = fold_name(part)
    if not is_storable(folded):
        return false()
    return customers.c.folded_name.contains(folded, autoescape=True)


def _meters_named(name: str) -> Select[tuple[int]]:
    if not name or not is_storable(name):
        return select(meters.c.number).where(false())
    uuid = _uuid(name)
    is_named = meters.c.serial == name
    if uuid is not None:
        is_named = or_(is_named, meters.c.uuid == uuid)
    return select(meters.c.number).where(is_named)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
