"""Payments and statements of account.

A payment is recorded once, by API or from a bank's file, and matched to the invoice that its
reference names. Whose the others are, a person says.
"""

from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from quilowatt.api.accepted import CUSTOMER_ID, IDEMPOTENCY_KEY
from quilowatt.api.formats import CSV, json_response, page_response
from quilowatt.api.lists import services_of
from quilowatt.api.orders import refuse_other_sites
from quilowatt.api.places import customer_of
from quilowatt.api.problems import error_response
from quilowatt.api.questions import EnglishList, NoQuestion
from quilowatt.api.services import Services
from quilowatt.client.models import Page
from quilowatt.client.models_payments import (
    AccountStatement,
    MaybeName,
    Name,
    Payment,
    PaymentAssignment,
    PaymentReceived,
    PaymentsImported,
)
from quilowatt.core.calendar import local_date
from quilowatt.errors import RequestRefused
from quilowatt.jobs.accounts import accounts_of
from quilowatt.jobs.payment_file import FileOptions, read_payments
from quilowatt.limits import NAME_SIZE_MAX, PAYMENT_FILE_SIZE_MAX
from quilowatt.store import (
    IssuedInvoice,
    KeptPayment,
    NewPayment,
    PaymentMatch,
)

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["payments"])

CUSTOMER_OF_PAYMENT = "a customer's UUID"
IS_MATCHED = "true (it is known whose they are) or false (a person must say)"

Nothing = Annotated[NoQuestion, Query()]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=NAME_SIZE_MAX, description=IDEMPOTENCY_KEY.en),
]
CHANGES: dict[str, Any] = {"dependencies": [Depends(refuse_other_sites)]}
REFUSALS: dict[int | str, dict[str, Any]] = {
    403: error_response("Asked by a page of another site."),
}


class PaymentsQuestion(EnglishList):
    """Parameters of `/v1/payments`."""

    customer: UUID | None = Field(None, description=CUSTOMER_ID.en)
    is_matched: bool | None = Field(None, description=IS_MATCHED)


class PaymentFile(BaseModel):
    """A bank's file of payments."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "description": "a JSON object with text, source and author, and maybe currency and "
            "columns"
        },
    )

    text: Annotated[str, Field(min_length=1, max_length=PAYMENT_FILE_SIZE_MAX)] = Field(
        description="CSV with a line of column names, at most 16 MB"
    )
    source: Name = Field(description="name of the file, 1 to 200 characters")
    author: Name = Field(description="who brings it, 1 to 200 characters")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        "BRL", description="three capitals, ISO 4217"
    )
    columns: dict[str, MaybeName] = Field(
        {}, description="names of columns by field: received, amount, reference, external_id, payer"
    )


@router.get("/payments", response_model=Page[Payment], responses={200: {"content": {CSV: {}}}})
def payments(request: Request, question: Annotated[PaymentsQuestion, Query()]) -> Response:
    """List payments, the newest first."""
    services, limit = services_of(request), question.page_limit
    customer_id = (
        customer_of(services, question.customer).customer_id if question.customer else None
    )
    found = services.ledger.payments.payments(
        customer_id=customer_id,
        is_matched=question.is_matched,
        after=question.after(),
        limit=limit + 1,
    )
    cursor = question.cursor_after(found[limit - 1].id) if len(found) > limit else None
    return page_response(request, Payment, [_item(each) for each in found[:limit]], cursor)


@router.post(
    "/payments",
    status_code=HTTPStatus.CREATED,
    response_model=Payment,
    responses=REFUSALS,
    **CHANGES,
)
def receive(
    request: Request,
    payment: Annotated[PaymentReceived, Body()],
    _question: Nothing,
    key: IdempotencyKey = None,
) -> Response:
    """Record money that came in, and say whose it is if it is known.

    The same `Idempotency-Key` again is the same payment.
    """
    services = services_of(request)
    book, now_s = services.ledger.payments, services.now_s()
    invoice = _invoice(services, payment.invoice) if payment.invoice else None
    customer_id = customer_of(services, payment.customer).customer_id if payment.customer else None
    external_id = f"key-{key}" if key else f"api-{uuid4()}"
    new = NewPayment(
        external_id,
        payment.received,
        payment.amount,
        payment.currency,
        payment.reference,
        payment.payer,
        "api",
        payment.author,
    )
    book.record([new], at_s=now_s)
    kept = book.known([external_id])[external_id]
    # Also where an earlier try was cut short between the two.
    if kept.customer_id is None and (invoice is not None or customer_id is not None):
        whose = customer_id if invoice is None else invoice.customer_id
        assert whose is not None
        invoice_id = None if invoice is None else invoice.id
        match = PaymentMatch(kept.id, whose, invoice_id, payment.author, "said when recorded")
        book.match(match, at_s=now_s)
    return json_response(_item(book.known([external_id])[external_id]), HTTPStatus.CREATED)


@router.post("/payments/{id}/assignment", response_model=Payment, responses=REFUSALS, **CHANGES)
def assign(
    request: Request,
    identity: Annotated[int, Path(alias="id", ge=1, lt=2**53, description="a payment's id")],
    whose: Annotated[PaymentAssignment, Body()],
    _question: Nothing,
) -> Response:
    """Say whose a payment is; the last word counts, and every word is kept."""
    services = services_of(request)
    invoice = _invoice(services, whose.invoice) if whose.invoice else None
    if invoice is None:
        assert whose.customer is not None
        customer_id, invoice_id = customer_of(services, whose.customer).customer_id, None
    else:
        customer_id, invoice_id = invoice.customer_id, invoice.id
    match = PaymentMatch(identity, customer_id, invoice_id, whose.author, whose.reason)
    kept = services.ledger.payments.match(match, at_s=services.now_s())
    if kept is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_payment", payment=str(identity))
    return json_response(_item(kept))


@router.post("/payment-files", response_model=PaymentsImported, responses=REFUSALS, **CHANGES)
def import_file(
    request: Request, file: Annotated[PaymentFile, Body()], _question: Nothing
) -> Response:
    """Record the payments of a bank's file (CSV); the same file again records nothing twice."""
    services = services_of(request)
    options = FileOptions(file.source, file.author, file.currency, file.columns)
    new = read_payments(file.text, options)
    recorded = services.ledger.payments.record(new, at_s=services.now_s())
    unmatched = [_item(each) for each in recorded if each.customer_id is None]
    return json_response(
        {
            "recorded": len(recorded),
            "known": len(new) - len(recorded),
            "unmatched": unmatched,
        }
    )


@router.get("/customers/{id}/account", response_model=AccountStatement, tags=["customers"])
def account(
    request: Request,
    identity: Annotated[UUID, Path(alias="id", description=CUSTOMER_ID.en)],
    _question: Nothing,
) -> Response:
    """Show what a customer was billed, what was paid, what is open, and what comes next."""
    services = services_of(request)
    client = customer_of(services, identity)
    now_s = services.now_s()
    settled = accounts_of(services.ledger, services.tariffs, [client.customer_id], now_s)
    found = settled[client.customer_id]
    issued = services.ledger.payments.invoices_of_customers([client.customer_id])
    by_number = {each.number: each for each in issued.get(client.customer_id, [])}
    currency = next((each.currency for each in by_number.values()), "BRL")
    return json_response(
        {
            "customer": {"id": str(client.customer_uuid), "name": client.name},
            "currency": currency,
            "day": local_date(now_s, ZoneInfo(client.timezone)).isoformat(),
            "balance": _cents(found.balance),
            "surplus": _cents(found.surplus),
            "late": {code: _cents(amount) for code, amount in found.late.items()},
            "invoices": [
                {
                    "number": each.number,
                    "state": each.state,
                    "due": by_number[each.number].due.isoformat(),
                    "total": str(by_number[each.number].total),
                    "paid": _cents(each.paid),
                    "left": _cents(each.left),
                }
                for each in found.standings
            ],
            "entries": [
                {
                    "day": entry.day.isoformat(),
                    "kind": entry.kind,
                    "reference": entry.reference,
                    "amount": _cents(entry.amount),
                    "balance": _cents(entry.balance),
                }
                for entry in found.entries
            ],
        }
    )


def _cents(amount: Decimal) -> str:
    return str(amount or amount + Decimal("0.00"))


def _invoice(services: Services, number: str) -> IssuedInvoice:
    found = services.ledger.invoices.invoice(number)
    if found is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_invoice", number=number)
    return found


def _item(payment: KeptPayment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "external_id": payment.external_id,
        "received": payment.received.isoformat(),
        "amount": str(payment.amount),
        "currency": payment.currency,
        "reference": payment.reference,
        "payer": payment.payer,
        "source": payment.source,
        "author": payment.author,
        "recorded_at": datetime.fromtimestamp(payment.at_s, UTC).isoformat(),
        "customer": None if payment.customer_uuid is None else str(payment.customer_uuid),
        "invoice": payment.invoice_number,
    }
