"""The routes under `/v1`, in English; `seed` holds the same lists in Portuguese.

Endpoints are plain functions: FastAPI runs them in its thread pool, so a question to the store
never stops the loop that the meters talk to.
"""

from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from quilowatt.api.accepted import METER_ID
from quilowatt.api.alert_view import alert_views
from quilowatt.api.consumption import Asked, client_states
from quilowatt.api.formats import CSV, PARQUET, json_response, page_response
from quilowatt.api.lists import (
    alerts_page,
    bills_page,
    clients_page,
    named_or_identified,
    services_of,
)
from quilowatt.api.meter_data import load_profile_response, readings_response
from quilowatt.api.meter_issues import issues_response
from quilowatt.api.questions import (
    AlertsQuestion,
    CustomersQuestion,
    InvoicesQuestion,
    IssuesQuestion,
    LoadProfileQuestion,
    MetersQuestion,
    NoQuestion,
    ReadingsQuestion,
    period_of,
)
from quilowatt.api.tongue import tongue_of
from quilowatt.api.v1_items import alert_item, customer_item, invoice_item, meter_item
from quilowatt.client.models import (
    Alert,
    Customer,
    LoadProfile,
    Meter,
    MeterIssue,
    Page,
    Reading,
)
from quilowatt.client.models_invoices import Invoice
from quilowatt.errors import RequestRefused
from quilowatt.store import AlertFilter, Client, ClientFilter

__all__ = ["router"]

router = APIRouter(prefix="/v1")

LIST: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {}}}}
TABLE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {}, PARQUET: {}}}}

MeterId = Annotated[UUID, Path(alias="id", description=METER_ID.en)]


@router.get("/customers", response_model=Page[Customer], responses=LIST, tags=["customers"])
def customers(request: Request, question: Annotated[CustomersQuestion, Query()]) -> Response:
    """List customers with their last reading, power, and consumption today and this month.

    With `start` or `end`, the consumption of that period too.
    """
    services = services_of(request)
    start, end = period_of(question, "start", "end")
    which = ClientFilter(
        id=str(question.id) if question.id else None, name=question.name, meter=question.meter
    )
    clients, cursor = clients_page(services.ledger, which, question)
    asked = Asked(start, end) if start or end else None
    states = client_states(services, clients, asked)
    return page_response(request, Customer, [customer_item(state) for state in states], cursor)


@router.get("/meters", response_model=Page[Meter], responses=LIST, tags=["meters"])
def meters(request: Request, question: Annotated[MetersQuestion, Query()]) -> Response:
    """List the meters that are installed, with where they hang and what they said last.

    With `state`, a page may hold fewer than `limit` although more follow. One that is
    `never_heard` may be what is left of a registration whose answer was lost: block it.
    """
    services = services_of(request)
    which = ClientFilter(
        id=str(question.customer) if question.customer else None, meter=question.meter
    )
    clients, cursor = clients_page(services.ledger, which, question)
    states = client_states(services, clients, None)
    items = [meter_item(state, services.control) for state in states]
    if question.state is not None:
        items = [item for item in items if item["state"] == question.state]
    return page_response(request, Meter, items, cursor)


@router.get("/meters/{id}", response_model=Meter, tags=["meters"])
def meter(
    request: Request, identity: MeterId, _question: Annotated[NoQuestion, Query()]
) -> Response:
    """Show one meter; also one that was exchanged, at the place where it was."""
    services = services_of(request)
    (state,) = client_states(services, [_meter(request, identity)], None)
    return json_response(meter_item(state, services.control))


@router.get(
    "/meters/{id}/load-profile", response_model=LoadProfile, responses=TABLE, tags=["meters"]
)
def load_profile(
    request: Request, identity: MeterId, question: Annotated[LoadProfileQuestion, Query()]
) -> Response:
    """Show the energy of a meter by interval, and how well each is known.

    The period is widened to whole intervals; at every resolution the intervals sum to the
    difference of the registers.
    """
    found = _meter(request, identity)
    return load_profile_response(request, services_of(request), found, question)


@router.get("/meters/{id}/readings", response_model=Page[Reading], responses=TABLE, tags=["meters"])
def readings(
    request: Request, identity: MeterId, question: Annotated[ReadingsQuestion, Query()]
) -> Response:
    """List the readings of a meter, oldest first; of a revised one the values that count."""
    found = _meter(request, identity)
    return readings_response(request, services_of(request), found, question)


@router.get("/meters/{id}/issues", response_model=Page[MeterIssue], responses=LIST, tags=["meters"])
def issues(
    request: Request, identity: MeterId, question: Annotated[IssuesQuestion, Query()]
) -> Response:
    """List what was odd about a meter's readings, and what was made of it, oldest first."""
    found = _meter(request, identity)
    return issues_response(request, services_of(request), found, question)


@router.get("/invoices", response_model=Page[Invoice], responses=LIST, tags=["invoices"])
def invoices(request: Request, question: Annotated[InvoicesQuestion, Query()]) -> Response:
    """List the bills of a month with the lines behind them; the current month's run along.

    With `state` `issued`, `paid`, `overdue` or `replaced` and without `month`, those of all months,
    the newest first. With `running` or `unissued` a page may hold fewer than `limit` although more
    follow.
    """
    services = services_of(request)
    which = named_or_identified(question.customer, question.meter)
    month = ("month", question.month)
    bills, cursor = bills_page(services, which, question, month, question.state)
    tongue = tongue_of(request.scope)
    items = [invoice_item(bill, tongue) for bill in bills]
    return page_response(request, Invoice, items, cursor)


@router.get("/alerts", response_model=Page[Alert], responses=LIST, tags=["alerts"])
def alerts(request: Request, question: Annotated[AlertsQuestion, Query()]) -> Response:
    """List alerts, the newest first; a period picks those that had an instant in it."""
    services = services_of(request)
    start, end = period_of(question, "start", "end")
    who = named_or_identified(question.customer, question.meter)
    which = AlertFilter(
        customer=who.id,
        name=who.name,
        meter=who.meter,
        kind=question.kind,
        start_s=start.start_s(services.zone) if start else None,
        end_s=end.end_s(services.zone) if end else None,
        is_open=question.is_open,
        is_acknowledged=question.is_acknowledged,
        is_snoozed=question.is_snoozed,
        now_s=services.now_s(),
    )
    records, cursor = alerts_page(services.ledger, which, question)
    views = alert_views(services.ledger, records, services.zone, now_s=services.now_s())
    items = [alert_item(view, tongue_of(request.scope)) for view in views]
    return page_response(request, Alert, items, cursor)


def _meter(request: Request, identity: UUID) -> Client:
    found = services_of(request).ledger.meter(identity)
    if found is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_meter", meter=str(identity))
    return found
