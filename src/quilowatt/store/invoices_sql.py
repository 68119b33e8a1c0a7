"""The book of invoices in the ledger's SQL database; `invoice_issuing` has its one big transaction.

The only place, with `invoice_queries`, that runs statements on these tables.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from quilowatt.errors import StoreCorrupt
from quilowatt.store import invoice_issuing as issuing
from quilowatt.store import invoice_queries as queries
from quilowatt.store.invoice_records import (
    AuditNote,
    BillingRun,
    ChainLink,
    InvoiceDraft,
    IssuedFilter,
    IssuedInvoice,
    LastCycle,
    Opening,
    PastBill,
    RunChoice,
    RunFinding,
    RunStep,
    StoredDocument,
)
from quilowatt.store.invoices import InvoiceBook
from quilowatt.store.ledger_steps import chunks, keep_last_ids
from quilowatt.store.names import is_storable
from quilowatt.store.schema_invoices import (
    billing_run_findings,
    billing_runs,
    documents,
    invoice_documents,
    invoices,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from quilowatt.store.invoice_queries import Asked
    from quilowatt.store.ledger_access import LedgerAccess

__all__ = ["SqlInvoices"]


class SqlInvoices(InvoiceBook):
    """`InvoiceBook` by SQL statements; `SqlLedger.invoices` is one.

    Parameters
    ----------
    access : LedgerAccess
        Transactions on the ledger's database.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def issue(
        self,
        drafts: Sequence[InvoiceDraft],
        write: Callable[[int, str], bytes],
        *,
        series: str,
        step: RunStep | None = None,
        references: Callable[[int, str], Iterable[str]] = lambda _index, _number: (),
        note: AuditNote | None = None,
    ) -> list[IssuedInvoice]:
        """Issue invoices in one transaction; see `InvoiceBook.issue`."""
        with self._access.writing() as (connection, ids):
            issued_ids = issuing.issue(connection, ids, (drafts, write, series, step), references)
            if note is not None and issued_ids:
                issuing.keep_note(connection, ids, note)
        found = self._invoices_where(invoices.c.id.in_, issued_ids)
        return sorted(found, key=lambda invoice: invoice.id)

    def keep_document(self, document: StoredDocument) -> None:
        """Keep what invoices refer to; see `InvoiceBook.keep_document`."""
        if self.kept_document(document.digest) is not None:
            return
        body = zlib.compress(document.body)
        row = {"digest": document.digest, "kind": document.kind, "body": body}
        is_it = documents.c.digest == document.digest
        with self._access.writing() as (connection, _):
            if connection.execute(select(documents.c.digest).where(is_it)).first() is None:
                connection.execute(insert(documents), [row])

    def kept_document(self, digest: str) -> bytes | None:
        """Return a document by its digest; see `InvoiceBook.kept_document`."""
        asked = select(documents.c.body).where(documents.c.digest == digest)
        with self._access.reading() as connection:
            body = connection.execute(asked).scalar()
        return None if body is None else _inflated(body, digest)

    def invoice(self, number: str) -> IssuedInvoice | None:
        """Find an invoice by its number; see `InvoiceBook.invoice`."""
        if not is_storable(number):
            return None
        asked = queries.invoices_selected(invoices.c.number == number)
        with self._access.reading() as connection:
            row = connection.execute(asked).first()
        return None if row is None else queries.invoice_from(row)

    def documents_of(self, invoice_ids: Iterable[int]) -> dict[int, bytes]:
        """Return the documents of issued invoices; see `InvoiceBook.documents_of`."""
        kept = invoice_documents
        rows = self._rows(
            lambda some: select(kept.c.invoice_id, kept.c.body).where(kept.c.invoice_id.in_(some)),
            invoice_ids,
        )
        return {row[0]: _inflated(row[1], f"invoice {row[0]}") for row in rows}

    def links_of(self, invoice_ids: Iterable[int]) -> dict[int, list[ChainLink]]:
        """Return the links of issued invoices; see `InvoiceBook.links_of`."""
        found: dict[int, list[ChainLink]] = {}
        for invoice_id, _, *link in self._rows(queries.links_of, invoice_ids):
            found.setdefault(invoice_id, []).append(ChainLink(*link))
        return found

    def invoices(
        self, which: IssuedFilter, *, after: int | None = None, limit: int
    ) -> list[IssuedInvoice]:
        """List invoices, the newest first; see `InvoiceBook.invoices`."""
        matching = queries.invoices_selected(queries.invoices_matching(which, after))
        asked = matching.order_by(invoices.c.id.desc()).limit(limit)
        with self._access.reading() as connection:
            return [queries.invoice_from(row) for row in connection.execute(asked)]

    def invoices_of(
        self, usage_point_ids: Iterable[int], month: str
    ) -> dict[int, list[IssuedInvoice]]:
        """Find what was issued for a month; see `InvoiceBook.invoices_of`."""

        def of_month(some: list[int]) -> ColumnElement[bool]:
            return invoices.c.usage_point_id.in_(some) & (invoices.c.month == month)

        found: dict[int, list[IssuedInvoice]] = {}
        issued = self._invoices_where(of_month, usage_point_ids)
        for invoice in sorted(issued, key=lambda invoice: invoice.id):
            found.setdefault(invoice.usage_point_id, []).append(invoice)
        return found

    def issued_for(self, month: str) -> set[int]:
        """Name the usage points with an invoice; see `InvoiceBook.issued_for`."""
        asked = select(invoices.c.usage_point_id).where(
            invoices.c.month == month, invoices.c.kind == "invoice"
        )
        with self._access.reading() as connection:
            return set(connection.execute(asked).scalars())

    def openings(self, usage_point_ids: Iterable[int], before_s: int) -> dict[int, Opening]:
        """Find what cycles begin with; see `InvoiceBook.openings`."""
        rows = self._rows(lambda some: queries.balances_before(some, before_s), usage_point_ids)
        last = {row[0]: tuple(row[1:]) for row in rows}
        return {place: queries.opening_from(*balance) for place, balance in last.items()}

    def last_cycles(self, usage_point_ids: Iterable[int]) -> dict[int, LastCycle]:
        """Find the newest issued cycles; see `InvoiceBook.last_cycles`."""
        rows = self._rows(queries.last_cycles_of, usage_point_ids)
        return {row[0]: LastCycle(*row[1:]) for row in rows}

    def history(
        self, usage_point_ids: Iterable[int], before_s: int, *, limit: int = 12
    ) -> dict[int, list[PastBill]]:
        """Find the last cycles of each place; see `InvoiceBook.history`."""
        found: dict[int, list[PastBill]] = {}
        for row in self._rows(lambda some: queries.past_bills_of(some, before_s), usage_point_ids):
            found.setdefault(row[0], []).append(queries.past_bill_from(row))
        return {place: bills[-limit:] for place, bills in found.items()}

    def heads(self, meter_numbers: Iterable[int], before_s: int) -> dict[int, str]:
        """Find the last heads of chains; see `InvoiceBook.heads`."""
        rows = self._rows(lambda some: queries.heads_before(some, before_s), meter_numbers)
        return {row[0]: row[1] for row in rows}

    def begin_run(
        self,
        month: str,
        choice: RunChoice,
        *,
        as_of: int,
        started_at_s: int,
        key: str | None = None,
    ) -> BillingRun:
        """Begin a run or go on with one; see `InvoiceBook.begin_run`."""
        chosen = json.dumps(asdict(choice), sort_keys=True)
        is_open = billing_runs.c.finished_at_s.is_(None)
        is_same = (billing_runs.c.month == month) & (billing_runs.c.choice == chosen)
        with self._access.writing() as (connection, ids):
            found = _run_where(connection, is_open & is_same)
            if key is not None:
                found = _run_where(connection, billing_runs.c.idempotency_key == key) or found
            if found is not None:
                return found
            run_id = ids["billing_runs"] + 1
            row = {
                "id": run_id,
                "idempotency_key": key,
                "month": month,
                "choice": chosen,
                "as_of": as_of,
                "started_at_s": started_at_s,
                "total": 0,
                "done": 0,
                "issued": 0,
                "failure": "",
            }
            connection.execute(insert(billing_runs), [row])
            keep_last_ids(connection, ids, ids | {"billing_runs": run_id})
            run = _run_where(connection, billing_runs.c.id == run_id)
        assert run is not None
        return run

    def advance_run(self, step: RunStep) -> None:
        """Note how far a run is; see `InvoiceBook.advance_run`."""
        with self._access.writing() as (connection, _):
            issuing.advance(connection, step, issued=0)

    def end_run(self, run_id: int, *, at_s: int, failure: str = "") -> BillingRun:
        """Note that a run is over; see `InvoiceBook.end_run`."""
        is_it = billing_runs.c.id == run_id
        finished_at_s = None if failure else at_s
        change = update(billing_runs).where(is_it)
        with self._access.writing() as (connection, _):
            connection.execute(change.values(finished_at_s=finished_at_s, failure=failure))
            run = _run_where(connection, is_it)
        assert run is not None
        return run

    def run(self, run_id: int) -> BillingRun | None:
        """Find a run; see `InvoiceBook.run`."""
        with self._access.reading() as connection:
            return _run_where(connection, billing_runs.c.id == run_id)

    def run_with_key(self, key: str) -> BillingRun | None:
        """Find a run by its idempotency key; see `InvoiceBook.run_with_key`."""
        if not is_storable(key):
            return None
        with self._access.reading() as connection:
            return _run_where(connection, billing_runs.c.idempotency_key == key)

    def runs(self, *, after: int | None = None, limit: int) -> list[BillingRun]:
        """List runs, the newest first; see `InvoiceBook.runs`."""
        with self._access.reading() as connection:
            rows = connection.execute(queries.runs_page(after, limit))
            return [queries.run_from(row) for row in rows]

    def findings(self, run_id: int) -> list[RunFinding]:
        """List what needs a person; see `InvoiceBook.findings`."""
        found = billing_run_findings
        asked = select(found).where(found.c.run_id == run_id)
        asked = asked.order_by(found.c.usage_point_id, found.c.kind)
        with self._access.reading() as connection:
            return [
                RunFinding(row.usage_point_id, row.kind, json.loads(row.details))
                for row in connection.execute(asked)
            ]

    def _rows(
        self, ask: Callable[[list[int]], Asked], keys: Iterable[int]
    ) -> Iterator[Row[*tuple[Any, ...]]]:
        with self._access.reading() as connection:
            for some in chunks(int(key) for key in keys):
                yield from connection.execute(ask(some))

    def _invoices_where(
        self, condition: Callable[[list[int]], ColumnElement[bool]], keys: Iterable[int]
    ) -> list[IssuedInvoice]:
        rows = self._rows(lambda some: queries.invoices_selected(condition(some)), keys)
        return [queries.invoice_from(row) for row in rows]


def _run_where(connection: Connection, condition: ColumnElement[bool]) -> BillingRun | None:
    row = connection.execute(select(billing_runs).where(condition)).first()
    return None if row is None else queries.run_from(row)


def _inflated(body: bytes, subject: str) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise StoreCorrupt(f"{subject}: its document is damaged; restore a backup") from error
