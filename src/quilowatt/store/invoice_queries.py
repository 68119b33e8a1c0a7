"""The questions that `SqlInvoices` asks: filters in, a statement out, or a row in and a record out.

As in `ledger_queries`, every function is pure and without any dialect.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from quilowatt.store import ledger_queries as registry
from quilowatt.store.invoice_records import (
    BillingRun,
    IssuedInvoice,
    Opening,
    PastBill,
    RunChoice,
)
from quilowatt.store.schema import customers, usage_points
from quilowatt.store.schema_invoices import (
    billing_runs,
    invoice_balances,
    invoice_links,
    invoices,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    from quilowatt.store.invoice_records import IssuedFilter

    Asked = Select[*tuple[Any, ...]]
    Facts = Row[*tuple[Any, ...]]

__all__ = [
    "balances_before",
    "heads_before",
    "invoice_from",
    "invoices_matching",
    "invoices_selected",
    "last_cycles_of",
    "links_of",
    "opening_from",
    "past_bill_from",
    "past_bills_of",
    "run_from",
    "runs_page",
]

LATER = invoices.alias("later")
"""Rows that replace or take back others."""

_REPLACED_BY = (
    select(LATER.c.number)
    .where(LATER.c.replaces_id == invoices.c.id)
    .order_by(LATER.c.id.desc())
    .limit(1)
    .scalar_subquery()
)

_COLUMNS = (
    invoices.c.id,
    invoices.c.number,
    invoices.c.kind,
    invoices.c.usage_point_id,
    usage_points.c.uuid,
    invoices.c.customer_id,
    customers.c.uuid,
    customers.c.name,
    usage_points.c.timezone,
    invoices.c.month,
    invoices.c.generation,
    invoices.c.replaces_id,
    _REPLACED_BY,
    invoices.c.run_id,
    invoices.c.start_s,
    invoices.c.end_s,
    invoices.c.issued_at_s,
    invoices.c.as_of,
    invoices.c.due,
    invoices.c.currency,
    invoices.c.total,
    invoices.c.import_wh,
    invoices.c.export_wh,
    invoices.c.estimated_wh,
    invoices.c.estimated_s,
    invoices.c.missing_s,
    invoices.c.tariff_code,
    invoices.c.tariff_digest,
    invoices.c.digest,
)
"""In the order of `IssuedInvoice`'s fields."""

TOTAL_FIELD: Final = 20
"""Place of the total among them: kept as text, it becomes a decimal."""


def invoices_selected(condition: ColumnElement[bool]) -> Asked:
    """Ask for invoices in the order of `IssuedInvoice`'s fields."""
    joined = invoices.join(usage_points, usage_points.c.id == invoices.c.usage_point_id).join(
        customers, customers.c.id == invoices.c.customer_id
    )
    return select(*_COLUMNS).select_from(joined).where(condition)


def invoices_matching(which: IssuedFilter, after: int | None) -> ColumnElement[bool]:
    """Say which invoices are meant."""
    conditions = [true(), *_of_whom(which), *_in_which_state(which)]
    for column, wanted in (
        (invoices.c.month, which.month),
        (invoices.c.run_id, which.run_id),
        (invoices.c.kind, which.kind),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    if after is not None:
        conditions.append(invoices.c.id < after)
    return and_(*conditions)


def balances_before(usage_point_ids: list[int], before_s: int) -> Asked:
    """Ask for the balances of invoices that count and ended by an instant, oldest first."""
    return (
        select(
            invoices.c.usage_point_id,
            invoice_balances.c.credits,
            invoice_balances.c.demands,
            invoice_balances.c.carried_wh,
            invoices.c.end_s,
        )
        .select_from(invoices.join(invoice_balances))
        .where(*_that_count(usage_point_ids, before_s))
        .order_by(invoices.c.end_s, invoices.c.id)
    )


def past_bills_of(usage_point_ids: list[int], before_s: int) -> Asked:
    """Ask for invoices that count and ended by an instant, oldest first."""
    return (
        select(
            invoices.c.usage_point_id,
            invoices.c.month,
            invoices.c.start_s,
            invoices.c.end_s,
            invoices.c.import_wh,
            invoices.c.export_wh,
            invoices.c.total,
        )
        .where(*_that_count(usage_point_ids, before_s))
        .order_by(invoices.c.end_s, invoices.c.id)
    )


def last_cycles_of(usage_point_ids: list[int]) -> Asked:
    """Ask for the cycles of all invoices of these places, oldest first."""
    return (
        select(invoices.c.usage_point_id, invoices.c.month, invoices.c.start_s, invoices.c.end_s)
        .where(invoices.c.usage_point_id.in_(usage_point_ids), invoices.c.kind == "invoice")
        .order_by(invoices.c.end_s, invoices.c.id)
    )


def heads_before(meter_numbers: list[int], before_s: int) -> Asked:
    """Ask for the heads of links that ended by an instant, oldest first."""
    return (
        select(invoice_links.c.meter_number, invoice_links.c.head)
        .where(invoice_links.c.meter_number.in_(meter_numbers), invoice_links.c.end_s <= before_s)
        .order_by(invoice_links.c.end_s, invoice_links.c.invoice_id, invoice_links.c.position)
    )


def links_of(invoice_ids: list[int]) -> Asked:
    """Ask for the links of invoices, in the order of their columns."""
    is_it = invoice_links.c.invoice_id.in_(invoice_ids)
    return select(invoice_links).where(is_it).order_by(*list(invoice_links.c)[:2])


def runs_page(after: int | None, limit: int) -> Asked:
    """Ask for runs, the newest first."""
    asked = select(billing_runs).order_by(billing_runs.c.id.desc()).limit(limit)
    return asked if after is None else asked.where(billing_runs.c.id < after)


def invoice_from(row: Facts) -> IssuedInvoice:
    """Make a record of a row."""
    values = list(row)
    values[TOTAL_FIELD] = Decimal(values[TOTAL_FIELD])
    return IssuedInvoice(*values)


def opening_from(bank: str, demands: str, carried_wh: int, end_s: int) -> Opening:
    """Make a record of what a row of balances says [Wh], [s since 1970-01-01 UTC]."""
    return Opening(
        tuple((date.fromisoformat(born), wh, period) for born, wh, period in json.loads(bank)),
        {code: tuple(powers_w) for code, powers_w in json.loads(demands).items()},
        carried_wh,
        end_s,
    )


def past_bill_from(row: Facts) -> PastBill:
    """Make a record of a row of `past_bills_of`."""
    return PastBill(
        month=row.month,
        start_s=row.start_s,
        end_s=row.end_s,
        import_wh=row.import_wh,
        export_wh=row.export_wh,
        total=Decimal(row.total),
    )


def run_from(row: Facts) -> BillingRun:
    """Make a record of a row."""
    return BillingRun(
        id=row.id,
        month=row.month,
        choice=RunChoice(**json.loads(row.choice)),
        as_of=row.as_of,
        started_at_s=row.started_at_s,
        finished_at_s=row.finished_at_s,
        total=row.total,
        done=row.done,
        issued=row.issued,
        failure=row.failure,
    )


def _that_count(usage_point_ids: list[int], before_s: int) -> tuple[ColumnElement[bool], ...]:
    return (
        invoices.c.usage_point_id.in_(usage_point_ids),
        invoices.c.end_s <= before_s,
        invoices.c.kind == "invoice",
        ~_is_replaced(),
    )


def _is_replaced() -> ColumnElement[bool]:
    return select(LATER.c.id).where(LATER.c.replaces_id == invoices.c.id).exists()


def _of_whom(which: IssuedFilter) -> Iterator[ColumnElement[bool]]:
    if which.customer is not None:
        yield registry.is_customer(which.customer)
    if which.name is not None:
        yield registry.is_called(which.name)
    if which.meter is not None:
        yield registry.is_place_of(which.meter, invoices.c.usage_point_id)
    if which.usage_point is not None:
        yield registry.is_usage_point(which.usage_point)


def _in_which_state(which: IssuedFilter) -> Iterator[ColumnElement[bool]]:
    if which.is_replaced is not None:
        yield _is_replaced() if which.is_replaced else ~_is_replaced()
    if which.is_payable is not None:
        # Text tells the sign of an exact amount without turning it into a number.
        digits = func.replace(func.replace(invoices.c.total, "0", ""), ".", "")
        is_nothing = or_(invoices.c.total.like("-%"), digits == "")
        yield ~is_nothing if which.is_payable else is_nothing
    if which.due_before is not None:
        yield invoices.c.due < which.due_before
    if which.due_from is not None:
        yield invoices.c.due >= which.due_from
