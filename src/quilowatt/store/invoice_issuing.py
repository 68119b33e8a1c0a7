"""Issuing a block of invoices: the steps of one transaction, each on the caller's connection.

Number, row, lines, document, links and balances are written together, with how far the run is, so
that a process that dies leaves whole invoices or none.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from quilowatt.store.ledger_steps import chunks, keep_last_ids
from quilowatt.store.payments import plain_reference
from quilowatt.store.schema import audit
from quilowatt.store.schema_invoices import (
    billing_run_findings,
    billing_runs,
    invoice_balances,
    invoice_documents,
    invoice_lines,
    invoice_links,
    invoice_series,
    invoices,
)
from quilowatt.store.schema_payments import REFERENCE_SIZE, invoice_references

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from quilowatt.store.invoice_records import AuditNote, InvoiceDraft, RunStep

__all__ = ["advance", "issue", "keep_note", "number_text"]

Row = dict[str, Any]

POSITION_DIGITS: Final = 6
"""A million invoices a year before numbers grow longer. [digits]"""

ACTOR_SIZE_MAX: Final = 100
"""What the audit has room for; the details hold the whole name. [chars]"""

DEFLATE_LEVEL: Final = 1
"""Documents shrink to a third at once; more effort saves a tenth and takes longer than all else."""


def number_text(series: str, position: int) -> str:
    """Write the number of an invoice.

    Examples
    --------
    >>> number_text("2026", 123)
    '2026-000123'
    """
    return f"{series}-{position:0{POSITION_DIGITS}}"


def issue(
    connection: Connection,
    ids: dict[str, int],
    block: tuple[Sequence[InvoiceDraft], Callable[[int, str], bytes], str, RunStep | None],
    references: Callable[[int, str], Iterable[str]],
) -> list[int]:
    """Write what isn't issued yet; see `InvoiceBook.issue`.

    Parameters
    ----------
    connection : Connection
        In a transaction that excludes other writers.
    ids : dict
        The last id given out, by table.
    block : tuple
        Drafts, the writer of documents, the series, and the step of the run.
    references : callable
        Given the same as the writer, tells what payments may carry.

    Returns
    -------
    list of int
        Ids of the invoices.
    """
    drafts, write, series, step = block
    fresh = _unissued(connection, drafts)
    last_position = _last_position(connection, series)
    tables: dict[str, list[Row]] = {}
    for count, index in enumerate(fresh, 1):
        draft, position = drafts[index], last_position + count
        number = number_text(series, position)
        key: Row = {"id": ids["invoices"] + count, "number": number}
        body = write(index, number)
        key |= {"series": series, "position": position, "run_id": step.run_id if step else None}
        _add_rows(tables, draft, key, body)
        _add_references(tables, key, references(index, number))
    _insert(connection, tables)
    if fresh:
        _keep_position(connection, series, last_position + len(fresh))
        keep_last_ids(connection, ids, ids | {"invoices": ids["invoices"] + len(fresh)})
    if step is not None:
        advance(connection, step, issued=len(fresh))
    return [row["id"] for row in tables.get("invoices", ())]


def keep_note(connection: Connection, ids: dict[str, int], note: AuditNote) -> None:
    """Write who had something issued into the audit."""
    audit_id = ids["audit"] + 1
    row = {
        "id": audit_id,
        "at_s": note.at_s,
        "actor": note.actor[:ACTOR_SIZE_MAX],
        "action": note.action,
        "meter_number": None,
        "usage_point_id": note.usage_point_id,
        "details": json.dumps(dict(note.details), ensure_ascii=False),
    }
    connection.execute(insert(audit), [row])
    keep_last_ids(connection, ids, ids | {"audit": audit_id})


def advance(connection: Connection, step: RunStep, *, issued: int) -> None:
    """Note how far a run is, and what was found."""
    found = billing_run_findings
    for some in chunks({finding.usage_point_id for finding in step.findings}):
        connection.execute(
            delete(found).where(found.c.run_id == step.run_id, found.c.usage_point_id.in_(some))
        )
    rows = [
        {
            "run_id": step.run_id,
            "usage_point_id": finding.usage_point_id,
            "kind": finding.kind,
            "details": json.dumps(dict(finding.details), ensure_ascii=False),
        }
        for finding in step.findings
    ]
    if rows:
        connection.execute(insert(found), rows)
    connection.execute(
        update(billing_runs)
        .where(billing_runs.c.id == step.run_id)
        .values(total=step.total, done=step.done, issued=billing_runs.c.issued + issued)
    )


def _unissued(connection: Connection, drafts: Sequence[InvoiceDraft]) -> list[int]:
    """Index the drafts that aren't issued yet."""
    keys = invoices.c.usage_point_id, invoices.c.month, invoices.c.kind, invoices.c.generation
    issued: set[tuple[Any, ...]] = set()
    for some in chunks({draft.usage_point_id for draft in drafts}):
        issued.update(map(tuple, connection.execute(select(*keys).where(keys[0].in_(some)))))
    return [
        index
        for index, draft in enumerate(drafts)
        if (draft.usage_point_id, draft.month, draft.kind, draft.generation) not in issued
    ]


def _last_position(connection: Connection, series: str) -> int:
    is_it = invoice_series.c.name == series
    found = connection.execute(select(invoice_series.c.last_position).where(is_it)).scalar()
    if found is None:
        connection.execute(insert(invoice_series), [{"name": series, "last_position": 0}])
    return found or 0


def _keep_position(connection: Connection, series: str, position: int) -> None:
    is_it = invoice_series.c.name == bindparam("series")
    change = update(invoice_series).where(is_it).values(last_position=bindparam("given"))
    connection.execute(change, {"series": series, "given": position})


def _add_rows(tables: dict[str, list[Row]], draft: InvoiceDraft, key: Row, body: bytes) -> None:
    """Make the rows of one invoice, by table."""
    invoice_id = key["id"]
    row = {name: getattr(draft, name) for name in _COPIED}
    row |= key | {"total": str(draft.total), "digest": hashlib.sha256(body).hexdigest()}
    tables.setdefault("invoices", []).append(row)
    document = {"invoice_id": invoice_id, "body": zlib.compress(body, DEFLATE_LEVEL)}
    tables.setdefault("invoice_documents", []).append(document)
    tables.setdefault("invoice_lines", []).extend(
        {
            "invoice_id": invoice_id,
            "position": place,
            "code": line.code,
            "start_s": line.start_s,
            "end_s": line.end_s,
            "quantity": str(line.quantity),
            "unit": line.unit,
            "rate": str(line.rate),
            "amount": str(line.amount),
        }
        for place, line in enumerate(draft.lines, 1)
    )
    balance = {
        "invoice_id": invoice_id,
        "credits": json.dumps([[born.isoformat(), *rest] for born, *rest in draft.credits]),
        "demands": json.dumps({code: list(w) for code, w in draft.demands_w.items()}),
        "carried_wh": draft.carried_wh,
    }
    tables.setdefault("invoice_balances", []).append(balance)
    tables.setdefault("invoice_links", []).extend(
        {
            "invoice_id": invoice_id,
            "position": place,
            "meter_number": link.meter_number,
            "start_s": link.start_s,
            "end_s": link.end_s,
            "readings": link.readings,
            "previous": link.previous,
            "head": link.head,
            "digits": link.digits,
            "interval_s": link.interval_s,
        }
        for place, link in enumerate(draft.links, 1)
    )


def _add_references(tables: dict[str, list[Row]], key: Row, references: Iterable[str]) -> None:
    """Make the rows by which payments find one invoice: its number, and what its codes say."""
    plain = {plain_reference(text)[:REFERENCE_SIZE] for text in (key["number"], *references)}
    tables.setdefault("invoice_references", []).extend(
        {"reference": reference, "invoice_id": key["id"]} for reference in sorted(plain - {""})
    )


def _insert(connection: Connection, tables: dict[str, list[Row]]) -> None:
    for table in (
        invoices,
        invoice_documents,
        invoice_lines,
        invoice_balances,
        invoice_links,
        invoice_references,
    ):
        if rows := tables.get(table.name):
            connection.execute(insert(table), rows)


_COPIED: Final = (
    "kind",
    "usage_point_id",
    "customer_id",
    "month",
    "generation",
    "replaces_id",
    "start_s",
    "end_s",
    "issued_at_s",
    "as_of",
    "due",
    "currency",
    "import_wh",
    "export_wh",
    "estimated_s",
    "missing_s",
    "estimated_wh",
    "tariff_code",
    "tariff_digest",
)
"""Columns that a draft gives as they are."""
