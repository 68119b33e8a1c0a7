"""Calls about issued invoices and billing runs; `Client.ask` makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from quilowatt.client.calls import Call, PageFilter, query
from quilowatt.client.models import Page
from quilowatt.client.models_invoices import (
    BillingRun,
    BillingRunRequest,
    Invoice,
    InvoiceDetails,
    LineIntervals,
)

if TYPE_CHECKING:
    from typing import Unpack
    from uuid import UUID

__all__ = [
    "bill_intervals",
    "billing_run",
    "billing_runs",
    "invoice",
    "line_intervals",
    "running_bill",
    "start_run",
]


def invoice(number: str) -> Call[InvoiceDetails]:
    """Ask for an issued invoice, whole."""
    return Call(f"/v1/invoices/{quote(number, safe='')}", {}, InvoiceDetails)


def line_intervals(number: str, line: int) -> Call[LineIntervals]:
    """Open the intervals behind a line of an issued invoice; lines count from 1."""
    return Call(f"/v1/invoices/{quote(number, safe='')}/lines/{line}/intervals", {}, LineIntervals)


def running_bill(usage_point: UUID | str) -> Call[Invoice]:
    """Ask for the bill of the cycle that runs at a usage point."""
    return Call(f"/v1/usage-points/{usage_point}/bill", {}, Invoice)


def bill_intervals(usage_point: UUID | str, line: int) -> Call[LineIntervals]:
    """Open the intervals behind a line of the running bill; lines count from 1."""
    return Call(f"/v1/usage-points/{usage_point}/bill/lines/{line}/intervals", {}, LineIntervals)


def start_run(
    request: BillingRunRequest, *, idempotency_key: str | None = None
) -> Call[BillingRun]:
    """Issue the invoices of a month, or go on with it."""
    body = request.model_dump(mode="json", exclude_none=True)
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    return Call("/v1/billing-runs", {}, BillingRun, "POST", body, headers)


def billing_run(run_id: int) -> Call[BillingRun]:
    """Ask how far a run is, and what it found."""
    return Call(f"/v1/billing-runs/{run_id}", {}, BillingRun)


def billing_runs(**page: Unpack[PageFilter]) -> Call[Page[BillingRun]]:
    """List runs, the newest first."""
    return Call("/v1/billing-runs", query(**page), Page[BillingRun])
