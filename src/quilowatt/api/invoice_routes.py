"""One invoice, one bill that runs, and the intervals behind their lines."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from quilowatt.api.accepted import LINE, NUMBER, USAGE_POINT_ID
from quilowatt.api.bill_views import BillView, bill_sources, issued_views, running_view
from quilowatt.api.formats import json_response
from quilowatt.api.invoice_items import details_item, intervals_item
from quilowatt.api.lists import services_of
from quilowatt.api.places import place_of
from quilowatt.api.questions import NoQuestion
from quilowatt.api.services import Services
from quilowatt.api.tongue import tongue_of
from quilowatt.api.v1_items import invoice_item
from quilowatt.billing.bill import BillLine
from quilowatt.billing.paper import Standing, pdf
from quilowatt.client.models_invoices import Invoice, InvoiceDetails, LineIntervals
from quilowatt.errors import RequestRefused
from quilowatt.jobs.cycle_bills import CycleBill, month_bills
from quilowatt.jobs.invoice_again import cycle_again, invoice_again, proof_of_issued
from quilowatt.jobs.line_intervals import line_intervals
from quilowatt.jobs.proof import write_proof
from quilowatt.limits import NAME_SIZE_MAX

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["invoices"])

Nothing = Annotated[NoQuestion, Query()]
Number = Annotated[str, Path(description=NUMBER.en, max_length=NAME_SIZE_MAX)]
Line = Annotated[int, Path(description=LINE.en, ge=1, le=10_000)]
UsagePointId = Annotated[UUID, Path(alias="id", description=USAGE_POINT_ID.en)]

PDF_MEDIA_TYPE = "application/pdf"
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {PDF_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}
RECORD: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get("/invoices/{number}", response_model=InvoiceDetails)
def invoice(request: Request, number: Number, _question: Nothing) -> Response:
    """Show an issued invoice, whole."""
    found = _issued(services_of(request), number)
    return json_response(details_item(found, tongue_of(request.scope)))


@router.get("/invoices/{number}/record", responses=RECORD, response_class=Response)
def invoice_record(request: Request, number: Number, _question: Nothing) -> Response:
    """Give the canonical document of an invoice: the bytes whose SHA-256 is its `digest`."""
    services = services_of(request)
    found = _issued(services, number)
    assert found.issued is not None
    key = found.issued.row.id
    body = services.ledger.invoices.documents_of([key])[key]
    return Response(body, media_type="application/json")


@router.get("/invoices/{number}/pdf", responses=PDF, response_class=Response)
def invoice_pdf(request: Request, number: Number, _question: Nothing) -> Response:
    """Print an invoice as it stands, in the language that is asked for."""
    services = services_of(request)
    found = _issued(services, number)
    assert found.issued is not None
    body = pdf(found.issued.invoice, tongue_of(request.scope), _standing(found))
    return Response(body, media_type=PDF_MEDIA_TYPE)


@router.get("/invoices/{number}/proof", responses=RECORD, response_class=Response)
def invoice_proof(request: Request, number: Number, _question: Nothing) -> Response:
    """Give the proof of an invoice: one file from which anyone can compute it again."""
    services = services_of(request)
    found = _issued(services, number)
    assert found.issued is not None
    record = proof_of_issued(services.ledger, services.readings, found.issued.invoice)
    return Response(write_proof(record), media_type="application/json")


@router.get("/invoices/{number}/lines/{line}/intervals", response_model=LineIntervals)
def invoice_intervals(request: Request, number: Number, line: Line, _question: Nothing) -> Response:
    """Open the intervals behind a line, computed again from the readings as of the invoice.

    What is counted sums to the line's quantity. A line without energy has none.
    """
    services, tongue = services_of(request), tongue_of(request.scope)
    found = _issued(services, number)
    assert found.issued is not None
    said = found.issued.invoice
    wanted = _line(said.bill.lines, line)
    again = invoice_again(services.ledger, services.readings, said)
    intervals = line_intervals(again.tariff, found.zone, again.energy.profile, wanted)
    is_same = again.bill == said.bill
    return json_response(intervals_item(wanted, intervals, (found.zone, tongue), is_same=is_same))


@router.get("/usage-points/{id}/bill", response_model=Invoice)
def running_bill(request: Request, identity: UsagePointId, _question: Nothing) -> Response:
    """Show the bill of the cycle that runs at a usage point, as far as the readings go."""
    found = _running(services_of(request), identity)
    return json_response(invoice_item(running_view(found), tongue_of(request.scope)))


@router.get("/usage-points/{id}/bill/lines/{line}/intervals", response_model=LineIntervals)
def bill_intervals(
    request: Request, identity: UsagePointId, line: Line, _question: Nothing
) -> Response:
    """Open the intervals behind a line of the running bill."""
    services, tongue = services_of(request), tongue_of(request.scope)
    found = _running(services, identity)
    wanted = _line(found.bill.lines if found.bill else (), line)
    assert found.tariff is not None
    energy = cycle_again(services.readings, found)
    intervals = line_intervals(found.tariff, found.zone, energy.profile, wanted)
    return json_response(intervals_item(wanted, intervals, (found.zone, tongue), is_same=True))


def _issued(services: Services, number: str) -> BillView:
    row = services.ledger.invoices.invoice(number)
    if row is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_invoice", number=number[:80])
    (found,) = issued_views(services, [row])
    return found


def _standing(found: BillView) -> Standing:
    assert found.issued is not None
    if found.state == "replaced":
        return Standing("replaced", replaced_by=found.issued.row.replaced_by or "")
    settled = found.issued.standing
    if found.state == "paid" or settled is None:
        return Standing("paid" if found.state == "paid" else "issued")
    # Parts that were paid are taken off; the codes of the invoice ask for all of it.
    to_pay = settled.left if settled.paid else None
    return Standing("overdue" if found.state == "overdue" else "issued", to_pay=to_pay)


def _running(services: Services, identity: UUID) -> CycleBill:
    (found,) = month_bills(bill_sources(services), [place_of(services, identity)], None)
    return found


def _line(lines: tuple[BillLine, ...], number: int) -> BillLine:
    if number > len(lines):
        raise RequestRefused(
            HTTPStatus.NOT_FOUND, "no_line", number=str(number), count=str(len(lines))
        )
    return lines[number - 1]
