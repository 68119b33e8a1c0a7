"""What became of an issued invoice, and what it says, from the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal

from quilowatt.billing.invoice_record import invoice_from_record
from quilowatt.store import IssuedFilter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from quilowatt.billing.account import Standing
    from quilowatt.billing.invoice import Invoice
    from quilowatt.store import InvoiceBook, IssuedInvoice

__all__ = ["IssuedState", "filter_of_state", "issued_state", "read_invoices"]

IssuedState = Literal["issued", "paid", "overdue", "replaced"]

STATES: Final[dict[str, IssuedState]] = {
    "open": "issued",
    "paid": "paid",
    "overdue": "overdue",
    "replaced": "replaced",
    "credited": "replaced",
}
"""What the states of an account are called on an invoice."""


def issued_state(invoice: IssuedInvoice, standing: Standing | None) -> IssuedState:
    """Tell how an invoice stands, by the account of its customer.

    Parameters
    ----------
    invoice : IssuedInvoice
        As the ledger has it.
    standing : Standing or None
        As `accounts.standings_of` says; None of a credit note, which nobody pays.
    """
    if invoice.replaced_by is not None:
        return "replaced"
    if invoice.kind == "credit_note" or standing is None:
        return "issued"
    return STATES[standing.state]


def filter_of_state(state: IssuedState, today: date) -> IssuedFilter:
    """Say which invoices may stand so, before payments are looked at; no credit notes."""
    if state == "replaced":
        return IssuedFilter(is_replaced=True)
    if state == "paid":
        return IssuedFilter(kind="invoice", is_replaced=False)
    is_late = state == "overdue"
    return IssuedFilter(
        kind="invoice",
        is_replaced=False,
        is_payable=True,
        due_before=today if is_late else None,
    )


def read_invoices(book: InvoiceBook, invoices: Iterable[IssuedInvoice]) -> dict[int, Invoice]:
    """Read what issued invoices say, by id."""
    documents = book.documents_of(invoice.id for invoice in invoices)
    return {key: invoice_from_record(json.loads(body)) for key, body in documents.items()}
