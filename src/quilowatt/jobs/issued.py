"""What became of an issued invoice, and what it says, from the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from quilowatt.billing.invoice_record import invoice_from_record
from quilowatt.store import IssuedFilter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from quilowatt.billing.invoice import Invoice
    from quilowatt.store import InvoiceBook, IssuedInvoice

__all__ = ["IssuedState", "filter_of_state", "issued_state", "read_invoices"]

IssuedState = Literal["issued", "paid", "overdue", "replaced"]


def issued_state(invoice: IssuedInvoice, today: date) -> IssuedState:
    """Tell how an invoice stands: what is not replaced and asks for nothing is paid."""
    if invoice.replaced_by is not None:
        return "replaced"
    if invoice.kind == "credit_note":
        return "issued"
    if invoice.total <= 0:
        return "paid"
    return "overdue" if invoice.due < today else "issued"


def filter_of_state(state: IssuedState, today: date) -> IssuedFilter:
    """Say which invoices stand so; credit notes, which nobody pays, are left out."""
    if state == "replaced":
        return IssuedFilter(is_replaced=True)
    if state == "paid":
        return IssuedFilter(kind="invoice", is_replaced=False, is_payable=False)
    is_late = state == "overdue"
    return IssuedFilter(
        kind="invoice",
        is_replaced=False,
        is_payable=True,
        due_before=today if is_late else None,
        due_from=None if is_late else today,
    )


def read_invoices(book: InvoiceBook, invoices: Iterable[IssuedInvoice]) -> dict[int, Invoice]:
    """Read what issued invoices say, by id."""
    documents = book.documents_of(invoice.id for invoice in invoices)
    return {key: invoice_from_record(json.loads(body)) for key, body in documents.items()}
