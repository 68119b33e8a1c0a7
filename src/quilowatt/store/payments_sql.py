"""`PaymentBook` by SQL statements, in the ledger's database."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from quilowatt.store import invoice_queries as issued
from quilowatt.store.ledger_steps import chunks, keep_last_ids
from quilowatt.store.names import is_storable
from quilowatt.store.payments import (
    KeptPayment,
    NewPayment,
    PaymentBook,
    PaymentMatch,
    plain_reference,
)
from quilowatt.store.schema import customers, usage_points
from quilowatt.store.schema_invoices import invoice_lines, invoices
from quilowatt.store.schema_payments import invoice_references, payment_matches, payments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from quilowatt.store.invoice_records import IssuedInvoice
    from quilowatt.store.ledger_access import LedgerAccess

__all__ = ["SqlPayments"]

Row = dict[str, Any]

BY_REFERENCE = "named by its reference"
"""Why a payment was matched without anybody's doing."""

NEWEST = (
    select(payment_matches.c.payment_id, func.max(payment_matches.c.id).label("match_id"))
    .group_by(payment_matches.c.payment_id)
    .subquery()
)
"""The match that counts, by payment."""


class SqlPayments(PaymentBook):
    """Payments in a ledger.

    Parameters
    ----------
    access : LedgerAccess
        Transactions on its database.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def record(self, new: Sequence[NewPayment], *, at_s: int) -> list[KeptPayment]:
        """Keep payments; see `PaymentBook.record`."""
        with self._access.writing() as (connection, ids):
            taken = _external_ids(connection, (payment.external_id for payment in new))
            first_of = {p.external_id: p for p in reversed(new)}
            fresh = [p for p in new if p.external_id not in taken and first_of[p.external_id] is p]
            named = _named(connection, (payment.reference for payment in fresh))
            first = ids["payments"] + 1
            rows = [_row(first + n, payment, at_s) for n, payment in enumerate(fresh)]
            matches = _matches(rows, named, ids["payment_matches"] + 1)
            for table, added in ((payments, rows), (payment_matches, matches)):
                if added:
                    connection.execute(insert(table), added)
            after = {"payments": len(rows), "payment_matches": len(matches)}
            keep_last_ids(connection, ids, ids | {n: ids[n] + added for n, added in after.items()})
        return self._where(payments.c.id.in_, (row["id"] for row in rows))

    def known(self, external_ids: Iterable[str]) -> dict[str, KeptPayment]:
        """Find payments by their names; see `PaymentBook.known`."""
        found = self._where(payments.c.external_id.in_, external_ids)
        return {payment.external_id: payment for payment in found}

    def match(self, match: PaymentMatch, *, at_s: int) -> KeptPayment | None:
        """Say whose a payment is; see `PaymentBook.match`."""
        is_it = payments.c.id == match.payment_id
        with self._access.writing() as (connection, ids):
            if connection.execute(select(payments.c.id).where(is_it)).first() is None:
                return None
            match_id = ids["payment_matches"] + 1
            row = {"id": match_id, "at_s": at_s, **asdict(match)}
            connection.execute(insert(payment_matches), [row])
            keep_last_ids(connection, ids, ids | {"payment_matches": match_id})
        (kept,) = self._where(payments.c.id.in_, [match.payment_id])
        return kept

    def payments(
        self,
        *,
        customer_id: int | None = None,
        is_matched: bool | None = None,
        after: int | None = None,
        limit: int,
    ) -> list[KeptPayment]:
        """List payments; see `PaymentBook.payments`."""
        asked = _selected().order_by(payments.c.id.desc()).limit(limit)
        if customer_id is not None:
            asked = asked.where(payment_matches.c.customer_id == customer_id)
        if is_matched is not None:
            has_one = payment_matches.c.id.is_not(None)
            asked = asked.where(has_one if is_matched else ~has_one)
        if after is not None:
            asked = asked.where(payments.c.id < after)
        with self._access.reading() as connection:
            return [_kept(row) for row in connection.execute(asked)]

    def of_customers(self, customer_ids: Iterable[int]) -> dict[int, list[KeptPayment]]:
        """Find payments of customers; see `PaymentBook.of_customers`."""
        found: dict[int, list[KeptPayment]] = {}
        kept = self._where(payment_matches.c.customer_id.in_, customer_ids)
        for payment in kept:
            assert payment.customer_id is not None
            found.setdefault(payment.customer_id, []).append(payment)
        return found

    def invoices_of_customers(self, customer_ids: Iterable[int]) -> dict[int, list[IssuedInvoice]]:
        """Find what was issued to customers; see `PaymentBook.invoices_of_customers`."""
        found: dict[int, list[IssuedInvoice]] = {}
        with self._access.reading() as connection:
            for some in chunks(int(key) for key in customer_ids):
                asked = issued.invoices_selected(invoices.c.customer_id.in_(some))
                for row in connection.execute(asked.order_by(invoices.c.id)):
                    invoice = issued.invoice_from(row)
                    found.setdefault(invoice.customer_id, []).append(invoice)
        return found

    def places_with_account(self, customer_ids: Iterable[int]) -> dict[int, int]:
        """Find places that get what accounts say; see `PaymentBook.places_with_account`."""
        has_paid = select(payment_matches.c.customer_id).distinct()
        columns = usage_points.c.customer_id, func.min(usage_points.c.id)
        found: dict[int, int] = {}
        with self._access.reading() as connection:
            for some in chunks(int(key) for key in customer_ids):
                is_meant = usage_points.c.customer_id.in_(some)
                asked = select(*columns).where(is_meant, usage_points.c.customer_id.in_(has_paid))
                for row in connection.execute(asked.group_by(usage_points.c.customer_id)):
                    found[row[0]] = row[1]
        return found

    def line_amounts(
        self, invoice_ids: Iterable[int], codes: Iterable[str]
    ) -> dict[int, dict[str, Decimal]]:
        """Sum up lines of invoices; see `PaymentBook.line_amounts`."""
        columns = (invoice_lines.c.invoice_id, invoice_lines.c.code, invoice_lines.c.amount)
        is_wanted = invoice_lines.c.code.in_(list(codes))
        found: dict[int, dict[str, Decimal]] = {}
        with self._access.reading() as connection:
            for some in chunks(invoice_ids):
                asked = select(*columns).where(invoice_lines.c.invoice_id.in_(some), is_wanted)
                for invoice_id, code, amount in connection.execute(asked):
                    of = found.setdefault(invoice_id, {})
                    of[code] = of.get(code, Decimal(0)) + Decimal(amount)
        return found

    def invoice_with(self, reference: str) -> IssuedInvoice | None:
        """Find the invoice that a reference names; see `PaymentBook.invoice_with`."""
        plain = plain_reference(reference)
        is_it = invoice_references.c.reference == plain
        named = select(invoice_references.c.invoice_id).where(is_it)
        asked = issued.invoices_selected(invoices.c.id.in_(named))
        if not plain or not is_storable(plain):
            return None
        with self._access.reading() as connection:
            row = connection.execute(asked).first()
        return None if row is None else issued.invoice_from(row)

    def _where(
        self, condition: Callable[[list[Any]], ColumnElement[bool]], keys: Iterable[Any]
    ) -> list[KeptPayment]:
        found: list[KeptPayment] = []
        with self._access.reading() as connection:
            for some in chunks(keys):
                asked = _selected().where(condition(some))
                found += map(_kept, connection.execute(asked))
        return sorted(found, key=lambda payment: payment.id)


def _selected() -> Select[Any]:
    """Ask for payments with the match that counts, in the order of `KeptPayment`'s fields."""
    joined = (
        payments.outerjoin(NEWEST, NEWEST.c.payment_id == payments.c.id)
        .outerjoin(payment_matches, payment_matches.c.id == NEWEST.c.match_id)
        .outerjoin(customers, customers.c.id == payment_matches.c.customer_id)
        .outerjoin(invoices, invoices.c.id == payment_matches.c.invoice_id)
    )
    columns = (
        payments.c.id,
        payments.c.external_id,
        payments.c.received,
        payments.c.amount,
        payments.c.currency,
        payments.c.reference,
        payments.c.payer,
        payments.c.source,
        payments.c.author,
        payments.c.at_s,
        payment_matches.c.customer_id,
        customers.c.uuid,
        invoices.c.number,
    )
    return select(*columns).select_from(joined)


def _kept(row: Any) -> KeptPayment:  # noqa: ANN401 - a row of `_selected`
    first = list(row)
    first[3] = Decimal(first[3])
    return KeptPayment(*first)


def _row(payment_id: int, payment: NewPayment, at_s: int) -> Row:
    row = asdict(payment) | {"amount": f"{payment.amount:f}"}
    return {"id": payment_id, "at_s": int(at_s), **row}


def _matches(rows: list[Row], named: dict[str, tuple[int, int]], first_id: int) -> list[Row]:
    """Match each payment to the invoice that it names, as a fact of its own."""
    found = [
        (row, named[ref]) for row in rows if (ref := plain_reference(row["reference"])) in named
    ]
    return [
        {
            "id": first_id + n,
            "payment_id": row["id"],
            "customer_id": customer_id,
            "invoice_id": invoice_id,
            "author": "quilowatt",
            "reason": BY_REFERENCE,
            "at_s": row["at_s"],
        }
        for n, (row, (invoice_id, customer_id)) in enumerate(found)
    ]


def _external_ids(connection: Connection, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(names):
        asked = select(payments.c.external_id).where(payments.c.external_id.in_(some))
        found.update(connection.execute(asked).scalars())
    return found


def _named(connection: Connection, references: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Invoice and customer by plain reference."""
    wanted = {plain for text in references if (plain := plain_reference(text))}
    found: dict[str, tuple[int, int]] = {}
    of_invoice = invoice_references.join(invoices, invoices.c.id == invoice_references.c.invoice_id)
    columns = (invoice_references.c.reference, invoices.c.id, invoices.c.customer_id)
    for some in chunks(sorted(wanted)):
        is_wanted = invoice_references.c.reference.in_(some)
        asked = select(*columns).select_from(of_invoice).where(is_wanted)
        for reference, invoice_id, customer_id in connection.execute(asked):
            found[reference] = (invoice_id, customer_id)
    return found
