"""The routes of usage points with their dated terms, of customers' details, and of tariffs.

A PUT says what holds from a day on and may be repeated: what is so already is not recorded again.
"""

from datetime import date
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from starlette.responses import Response

from quilowatt.api.accepted import CUSTOMER_ID, USAGE_POINT_ID
from quilowatt.api.formats import CSV, json_response, page_response
from quilowatt.api.lists import clients_page, named_or_identified, services_of
from quilowatt.api.orders import refuse_other_sites
from quilowatt.api.places import customer_of, place_of
from quilowatt.api.problems import error_response
from quilowatt.api.questions import ListQuestion, NoQuestion
from quilowatt.api.questions_terms import (
    DayQuestion,
    TariffsQuestion,
    TermsQuestion,
    UsagePointsQuestion,
)
from quilowatt.api.services import Services
from quilowatt.api.terms_items import (
    balance_entry,
    customer_record,
    tariff_record,
    terms_entry,
    usage_point_record,
)
from quilowatt.api.terms_said import details_said, place_said
from quilowatt.api.tongue import tongue_of
from quilowatt.client.models import Page
from quilowatt.client.models_terms import (
    CustomerChange,
    CustomerRecord,
    TariffRecord,
    TermsEntry,
    UsagePointChange,
    UsagePointChanged,
    UsagePointRecord,
)
from quilowatt.core.calendar import local_date
from quilowatt.jobs.terms_desk import change_customer, change_usage_point
from quilowatt.jobs.terms_rules import FROM_DAY_MAX, FROM_DAY_MIN
from quilowatt.store import Client, ClientFilter, Statement, TermsHistory

__all__ = ["router"]

router = APIRouter(prefix="/v1")

LIST: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {}}}}
NO_PLACE: Final[dict[int | str, dict[str, Any]]] = {404: error_response("No such usage point.")}
NO_CUSTOMER: Final[dict[int | str, dict[str, Any]]] = {404: error_response("No such customer.")}
OTHER_SITE: Final[dict[int | str, dict[str, Any]]] = {
    403: error_response("Asked by a page of another site.")
}

PlaceId = Annotated[UUID, Path(alias="id", description=USAGE_POINT_ID.en)]
CustomerId = Annotated[UUID, Path(alias="id", description=CUSTOMER_ID.en)]
Nothing = Annotated[NoQuestion, Query()]


@router.get(
    "/usage-points", response_model=Page[UsagePointRecord], responses=LIST, tags=["usage points"]
)
def usage_points(request: Request, question: Annotated[UsagePointsQuestion, Query()]) -> Response:
    """List usage points with what holds there today.

    With `tariff` or `attribute`, a page may hold fewer than `limit` although more follow.
    """
    services = services_of(request)
    which = named_or_identified(question.customer, question.meter)
    clients, cursor = clients_page(services.ledger, which, question)
    histories = services.ledger.terms.histories(client.usage_point_id for client in clients)
    items = [
        usage_point_record(client, histories[client.usage_point_id], _today(services, client))
        for client in clients
    ]
    return page_response(
        request, UsagePointRecord, [item for item in items if _is_meant(item, question)], cursor
    )


@router.get(
    "/usage-points/{id}",
    response_model=UsagePointRecord,
    responses=NO_PLACE,
    tags=["usage points"],
)
def usage_point(
    request: Request, identity: PlaceId, question: Annotated[DayQuestion, Query()]
) -> Response:
    """Show what holds at a usage point on a local day; today without one."""
    services = services_of(request)
    client, history = _place(services, identity)
    return json_response(usage_point_record(client, history, _day(services, client, question)))


@router.put(
    "/usage-points/{id}",
    response_model=UsagePointChanged,
    responses=NO_PLACE | OTHER_SITE,
    tags=["usage points"],
    dependencies=[Depends(refuse_other_sites)],
)
def set_usage_point(
    request: Request,
    identity: PlaceId,
    change: Annotated[UsagePointChange, Body()],
    _question: Nothing,
) -> Response:
    """Say what holds at a usage point from a day on; what is left out stays as it is.

    Whole cycles are billed by what holds on their first day: `billed_from` says which is the first.
    """
    services = services_of(request)
    client, history = _place(services, identity)
    changed = change_usage_point(
        services.ledger.terms,
        services.tariffs,
        history,
        place_said(change),
        services.now_s(),
        partial(_history, services),
    )
    if changed.is_new:
        services.on_terms(client.usage_point_id)
    return json_response(
        {
            "usage_point": usage_point_record(client, changed.history, changed.from_day),
            "from": changed.from_day.isoformat(),
            "billed_from": changed.billed_from.isoformat(),
            "is_new": changed.is_new,
        }
    )


@router.get(
    "/usage-points/{id}/terms",
    response_model=Page[TermsEntry],
    responses=LIST | NO_PLACE,
    tags=["usage points"],
)
def usage_point_terms(
    request: Request, identity: PlaceId, question: Annotated[TermsQuestion, Query()]
) -> Response:
    """List all that was said of a usage point, in the order in which it was recorded."""
    services = services_of(request)
    client, history = _place(services, identity)
    zone, key = ZoneInfo(client.timezone), client.usage_point_id
    balances = services.ledger.terms.balances([key]).get(key, ())
    said = [(fact.recorded_at_s, 0, fact.id, terms_entry(fact, zone)) for fact in history.facts]
    said += [(fact.recorded_at_s, 1, fact.id, balance_entry(fact, zone)) for fact in balances]
    entries = [entry for *_, entry in sorted(said, key=lambda each: each[:3])]
    items, cursor = _part(entries, question)
    return page_response(request, TermsEntry, items, cursor)


@router.get(
    "/customers/{id}", response_model=CustomerRecord, responses=NO_CUSTOMER, tags=["customers"]
)
def customer(
    request: Request, identity: CustomerId, question: Annotated[DayQuestion, Query()]
) -> Response:
    """Show what is known of a customer on a local day; today without one."""
    services = services_of(request)
    client = customer_of(services, identity)
    return _customer_response(services, client, _day(services, client, question))


@router.put(
    "/customers/{id}",
    response_model=CustomerRecord,
    responses=NO_CUSTOMER | OTHER_SITE,
    tags=["customers"],
    dependencies=[Depends(refuse_other_sites)],
)
def set_customer(
    request: Request,
    identity: CustomerId,
    change: Annotated[CustomerChange, Body()],
    _question: Nothing,
) -> Response:
    """Say what is known of a customer from a day on; what is left out stays as it is."""
    services = services_of(request)
    client = customer_of(services, identity)
    day = date.fromisoformat(change.from_day) if change.from_day else _today(services, client)
    statement = Statement(day, services.now_s(), change.author, change.reason)
    change_customer(services.ledger.terms, client, details_said(change), statement)
    return _customer_response(services, client, day)


@router.get("/tariffs", response_model=Page[TariffRecord], responses=LIST, tags=["tariffs"])
def tariffs(request: Request, question: Annotated[TariffsQuestion, Query()]) -> Response:
    """List the tariffs that the server has, by code."""
    book, tongue = services_of(request).tariffs, tongue_of(request.scope)
    part = (question.code or "").lower()
    records = [tariff_record(book.find(code), tongue) for code in book.codes() if part in code]
    items, cursor = _part(records, question)
    return page_response(request, TariffRecord, items, cursor)


def _part(
    records: list[dict[str, Any]], question: ListQuestion
) -> tuple[list[dict[str, Any]], str | None]:
    """Cut a page out of a short list whose order never changes."""
    first = question.after() or 0
    end = first + question.page_limit
    return records[first:end], question.cursor_after(end) if end < len(records) else None


def _is_meant(item: dict[str, Any], question: UsagePointsQuestion) -> bool:
    if question.tariff is not None and item["tariff"] != question.tariff:
        return False
    if question.attribute is None:
        return True
    key, _, value = question.attribute.partition("=")
    return bool(item["attributes"].get(key) == value)


def _place(services: Services, identity: UUID) -> tuple[Client, TermsHistory]:
    client = place_of(services, identity)
    key = client.usage_point_id
    return client, services.ledger.terms.histories([key])[key]


def _history(services: Services, identity: str) -> TermsHistory | None:
    found = services.ledger.clients(ClientFilter(usage_point=identity), limit=1)
    keys = [client.usage_point_id for client in found]
    return next(iter(services.ledger.terms.histories(keys).values()), None)


def _customer_response(services: Services, client: Client, day: date) -> Response:
    details = services.ledger.terms.details([client.customer_id], day)[client.customer_id]
    return json_response(customer_record(client, details))


def _day(services: Services, client: Client, question: DayQuestion) -> date:
    """Return the day that is asked for."""
    if question.day is None:
        return _today(services, client)
    day = date.fromisoformat(question.day)
    if not FROM_DAY_MIN <= day <= FROM_DAY_MAX:
        raise question.refusal("day")
    return day


def _today(services: Services, client: Client) -> date:
    return local_date(services.now_s(), ZoneInfo(client.timezone))
