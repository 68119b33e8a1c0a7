"""Calls about payments and accounts; `Client.ask` makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quilowatt.client.calls import Call, PageFilter, query
from quilowatt.client.models import Page
from quilowatt.client.models_payments import (
    AccountStatement,
    Payment,
    PaymentAssignment,
    PaymentReceived,
    PaymentsImported,
)

if TYPE_CHECKING:
    from typing import Unpack
    from uuid import UUID

__all__ = ["account", "assign", "import_payments", "payments", "receive"]


def receive(payment: PaymentReceived, *, idempotency_key: str | None = None) -> Call[Payment]:
    """Record money that came in."""
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    body = payment.model_dump(mode="json", exclude_none=True)
    return Call("/v1/payments", {}, Payment, "POST", body, headers)


def payments(
    *,
    customer: UUID | str | None = None,
    is_matched: bool | None = None,
    **page: Unpack[PageFilter],
) -> Call[Page[Payment]]:
    """List payments, the newest first."""
    asked = query(customer=customer, is_matched=is_matched, **page)
    return Call("/v1/payments", asked, Page[Payment])


def assign(payment: int, whose: PaymentAssignment) -> Call[Payment]:
    """Say whose a payment is."""
    body = whose.model_dump(mode="json", exclude_none=True)
    return Call(f"/v1/payments/{payment}/assignment", {}, Payment, "POST", body)


def import_payments(
    text: str, *, source: str, author: str, currency: str = "BRL", **columns: str
) -> Call[PaymentsImported]:
    """Record the payments of a bank's file; its columns may be named."""
    body = {
        "text": text,
        "source": source,
        "author": author,
        "currency": currency,
        "columns": columns,
    }
    return Call("/v1/payment-files", {}, PaymentsImported, "POST", body)


def account(customer: UUID | str) -> Call[AccountStatement]:
    """Ask for a customer's statement of account."""
    return Call(f"/v1/customers/{customer}/account", {}, AccountStatement)
