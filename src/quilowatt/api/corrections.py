"""Corrections of invoices, why bills differ, and what other tariffs would have cost."""

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from quilowatt.api.accepted import METER_ID, NUMBER, USAGE_POINT_ID
from quilowatt.api.bill_views import bill_sources
from quilowatt.api.formats import CSV, json_response, kwh, page_response
from quilowatt.api.lists import services_of
from quilowatt.api.orders import refuse_other_sites
from quilowatt.api.places import place_of
from quilowatt.api.problems import error_response, problem
from quilowatt.api.questions import EnglishList, MonthText, NoQuestion, Question
from quilowatt.api.services import Services
from quilowatt.api.tongue import tongue_of
from quilowatt.billing import Tariff
from quilowatt.billing.explain import BilledCycle, DifferencePart
from quilowatt.billing.explain_words import cause_text
from quilowatt.client.models import Page
from quilowatt.client.models_corrections import (
    BillDifference,
    Correction,
    CorrectionIssued,
    CorrectionOrder,
    WhatIf,
)
from quilowatt.core.words import Language
from quilowatt.errors import (
    BillingError,
    CorrectionRefused,
    ParameterRefused,
    RequestRefused,
    SettingsError,
)
from quilowatt.jobs.bill_difference import invoice_difference, running_difference
from quilowatt.jobs.corrections import Proposal, proposal_for
from quilowatt.jobs.cycle_bills import month_bills
from quilowatt.jobs.issued import read_invoices
from quilowatt.jobs.what_if import ComparedCycle, what_if
from quilowatt.limits import NAME_SIZE_MAX
from quilowatt.store import Client, IssuedFilter, IssuedInvoice

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["invoices"])

MONTH_ISSUED = "YYYY-MM: the cycles that begin in it"
TARIFFS = "codes of tariffs that the server has; may be repeated, at most 10"
TARIFFS_MAX = 10

Nothing = Annotated[NoQuestion, Query()]
Number = Annotated[str, Path(description=NUMBER.en, max_length=NAME_SIZE_MAX)]
UsagePointId = Annotated[UUID, Path(alias="id", description=USAGE_POINT_ID.en)]
MeterId = Annotated[UUID, Path(alias="id", description=METER_ID.en)]


class CorrectionsQuestion(EnglishList):
    """Parameters of `/v1/corrections`."""

    month: MonthText = Field(description=MONTH_ISSUED)


class WhatIfQuestion(Question):
    """Parameters of `/v1/usage-points/{id}/what-if`, and of the same of a meter."""

    tariff: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        min_length=1, max_length=TARIFFS_MAX, description=TARIFFS
    )


@router.get(
    "/corrections", response_model=Page[Correction], responses={200: {"content": {CSV: {}}}}
)
def corrections(request: Request, question: Annotated[CorrectionsQuestion, Query()]) -> Response:
    """List invoices of a month that would come out differently now, with the reason.

    Each page looks at `limit` invoices, so it may hold fewer although more follow.
    """
    services, tongue = services_of(request), tongue_of(request.scope)
    limit = question.page_limit
    which = IssuedFilter(month=question.month, kind="invoice", is_replaced=False)
    rows = services.ledger.invoices.invoices(which, after=question.after(), limit=limit + 1)
    cursor = question.cursor_after(rows[limit - 1].id) if len(rows) > limit else None
    sources = services.billing_desk.corrections
    found = [proposal_for(sources, row) for row in rows[:limit]]
    items = [_proposal_item(each, tongue) for each in found if each is not None]
    return page_response(request, Correction, items, cursor)


@router.post(
    "/invoices/{number}/correction",
    status_code=HTTPStatus.CREATED,
    response_model=CorrectionIssued,
    dependencies=[Depends(refuse_other_sites)],
    responses={
        403: error_response("Asked by a page of another site."),
        409: error_response("Nothing differs, it was replaced, or its regime forbids it."),
    },
)
def correct(
    request: Request, number: Number, order: Annotated[CorrectionOrder, Body()], _question: Nothing
) -> Response:
    """Take an invoice back by a credit note and issue its replacement, both or neither."""
    services, tongue = services_of(request), tongue_of(request.scope)
    row = _row(services, number)
    try:
        found = _proposed(services, row)
        issued = services.billing_desk.correct(found, order.author, order.reason)
        if not issued:
            raise _refused(row.number)
    except (CorrectionRefused, SettingsError) as error:
        return problem(request.scope, HTTPStatus.CONFLICT, error.spoken(tongue))
    note, replacement = issued
    return json_response(
        {
            "corrected": row.number,
            "credit_note": note.number,
            "replacement": replacement.number,
            "difference": str(found.difference),
            "reason": found.reason.spoken(tongue),
        },
        HTTPStatus.CREATED,
    )


@router.get("/invoices/{number}/difference", response_model=BillDifference)
def difference(request: Request, number: Number, _question: Nothing) -> Response:
    """Say why an invoice differs from the cycle before; the parts sum to the difference."""
    services = services_of(request)
    row = _row(services, number)
    said = read_invoices(services.ledger.invoices, [row])[row.id]
    client = place_of(services, row.usage_point_uuid)
    found = invoice_difference(bill_sources(services), services.readings, said, client)
    return json_response(_difference_item(found, said.bill.total, tongue_of(request.scope)))


@router.get("/usage-points/{id}/bill/difference", response_model=BillDifference)
def running(request: Request, identity: UsagePointId, _question: Nothing) -> Response:
    """Say why the running bill differs from the cycle before, so far."""
    services = services_of(request)
    sources = bill_sources(services)
    (bill,) = month_bills(sources, [place_of(services, identity)], None)
    found = running_difference(sources, services.readings, bill)
    total = bill.bill.total if bill.bill else Decimal(0)
    return json_response(_difference_item(found, total, tongue_of(request.scope)))


@router.get("/meters/{id}/what-if", response_model=WhatIf, tags=["meters"])
def compare_meter(
    request: Request, identity: MeterId, question: Annotated[WhatIfQuestion, Query()]
) -> Response:
    """Price the ended cycles of a year under other tariffs, where the meter is."""
    services = services_of(request)
    client = services.ledger.meter(identity)
    if client is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_meter", meter=str(identity))
    return _compared(request, place_of(services, client.usage_point_uuid), question)


@router.get("/usage-points/{id}/what-if", response_model=WhatIf)
def compare(
    request: Request, identity: UsagePointId, question: Annotated[WhatIfQuestion, Query()]
) -> Response:
    """Price the ended cycles of a year under other tariffs."""
    return _compared(request, place_of(services_of(request), identity), question)


def _compared(request: Request, place: Client, question: WhatIfQuestion) -> Response:
    services = services_of(request)
    tariffs = [_tariff(services, code) for code in dict.fromkeys(question.tariff)]
    cycles = what_if(bill_sources(services), services.readings, place, tariffs)
    codes = [tariff.code for tariff in tariffs]
    return json_response(_what_if_item(place, cycles, codes, tongue_of(request.scope)))


def _row(services: Services, number: str) -> IssuedInvoice:
    row = services.ledger.invoices.invoice(number)
    if row is None or row.kind != "invoice":
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_invoice", number=number[:80])
    return row


def _proposed(services: Services, row: IssuedInvoice) -> Proposal:
    if row.replaced_by is not None:
        raise _refused(row.number)
    found = proposal_for(services.billing_desk.corrections, row)
    if found is None:
        raise CorrectionRefused(
            f"invoice {row.number} comes out the same now: there is nothing to correct",
            f"a fatura {row.number} dá o mesmo agora: não há o que corrigir",
        )
    return found


def _refused(number: str) -> CorrectionRefused:
    return CorrectionRefused(
        f"invoice {number} was replaced already", f"a fatura {number} já foi substituída"
    )


def _tariff(services: Services, code: str) -> Tariff:
    try:
        return services.tariffs.find(code)
    except BillingError as error:
        raise ParameterRefused("tariff", code, TARIFFS) from error


def _proposal_item(found: Proposal, tongue: Language) -> dict[str, Any]:
    issued, bill = found.issued, found.again.bill
    return {
        "invoice": issued.number,
        "customer": {"id": str(issued.customer_uuid), "name": issued.customer_name},
        "usage_point": str(issued.usage_point_uuid),
        "month": issued.month,
        "currency": issued.currency,
        "billed": str(issued.total),
        "now": str(bill.total),
        "difference": str(found.difference),
        "billed_kwh": kwh(issued.import_wh),
        "now_kwh": kwh(bill.energy_wh),
        "reason": found.reason.spoken(tongue),
        "is_allowed": found.is_allowed,
        "note": found.note.spoken(tongue),
    }


def _difference_item(
    found: tuple[BilledCycle, tuple[DifferencePart, ...]] | None, total: Decimal, tongue: Language
) -> dict[str, Any]:
    if found is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "nothing_before")
    before, parts = found
    return {
        "currency": before.bill.currency,
        "before": str(before.bill.total),
        "after": str(total),
        "difference": str(total - before.bill.total),
        "parts": [
            {
                "cause": part.cause,
                "amount": str(part.amount),
                "message": cause_text(part, tongue),
            }
            for part in parts
        ],
    }


def _what_if_item(
    place: Client, cycles: Sequence[ComparedCycle], codes: Sequence[str], tongue: Language
) -> dict[str, Any]:
    present = [cycle.bill.bill for cycle in cycles if cycle.bill.bill is not None]
    is_whole = len(present) == len(cycles)
    items = [
        {
            "month": cycle.bill.month,
            "import_kwh": kwh(cycle.bill.energy_wh or 0),
            "total": None if cycle.bill.bill is None else str(cycle.bill.bill.total),
            "note": cycle.bill.note.spoken(tongue),
            "prices": [
                {
                    "tariff": code,
                    "total": None if price.total is None else str(price.total),
                    "note": price.note.spoken(tongue),
                }
                for code, price in zip(codes, cycle.prices, strict=True)
            ],
        }
        for cycle in cycles
    ]
    total = sum((bill.total for bill in present), Decimal(0))
    return {
        "usage_point": str(place.usage_point_uuid),
        "tariff": present[-1].tariff_code if present else place.tariff_code,
        "currency": present[-1].currency if present else "",
        "total": str(total) if is_whole else None,
        "totals": [_total(cycles, n, code, tongue) for n, code in enumerate(codes)],
        "cycles": items,
    }


def _total(
    cycles: Sequence[ComparedCycle], number: int, code: str, tongue: Language
) -> dict[str, Any]:
    """Sum up one tariff, or say why some cycle lacks."""
    prices = [cycle.prices[number] for cycle in cycles]
    known = [price.total for price in prices if price.total is not None]
    missing = next((cycle for cycle in cycles if cycle.prices[number].total is None), None)
    why = missing.prices[number].note.spoken(tongue) if missing is not None else ""
    return {
        "tariff": code,
        "total": str(sum(known, Decimal(0))) if missing is None else None,
        "note": f"{missing.bill.month}: {why}" if missing is not None else "",
    }
