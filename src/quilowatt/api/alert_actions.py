"""What people do with alerts: take note, put off, mute by kind. Every decision is kept."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from starlette.responses import Response

from quilowatt.api.accepted import CUSTOMER_ID, USAGE_POINT_ID
from quilowatt.api.accepted_alerts import ALERT_ID
from quilowatt.api.alert_view import alert_views
from quilowatt.api.consumption import zone_of
from quilowatt.api.formats import CSV, json_response, page_response
from quilowatt.api.lists import services_of
from quilowatt.api.moments import local_text
from quilowatt.api.orders import refuse_other_sites
from quilowatt.api.places import customer_of, place_of
from quilowatt.api.problems import error_response
from quilowatt.api.questions import NoQuestion, ShortListQuestion
from quilowatt.api.services import Services
from quilowatt.api.tongue import tongue_of
from quilowatt.api.v1_items import alert_item
from quilowatt.client.models import Alert, Page
from quilowatt.client.models_alerts import Acknowledge, AlertAction, Mute, MuteOrder, Snooze
from quilowatt.errors import RequestRefused
from quilowatt.store import AlertFilter, AlertRecord, Client, MuteRequest
from quilowatt.store import Mute as KeptMute

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["alerts"])

LIST: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {}}}}

ORDER: Final[dict[str, Any]] = {
    "dependencies": [Depends(refuse_other_sites)],
    "responses": {403: error_response("Asked by a page of another site.")},
}

AlertId = Annotated[int, Path(alias="id", ge=1, le=2**53, description=ALERT_ID.en)]
PlaceId = Annotated[UUID, Path(alias="id", description=USAGE_POINT_ID.en)]
CustomerId = Annotated[UUID, Path(alias="id", description=CUSTOMER_ID.en)]
Nothing = Annotated[NoQuestion, Query()]
ShortList = Annotated[ShortListQuestion, Query()]


@router.get("/alerts/{id}", response_model=Alert)
def alert(request: Request, identity: AlertId, _question: Nothing) -> Response:
    """Show an alert."""
    return _shown(request, services_of(request), _alert(services_of(request), identity))


@router.post("/alerts/{id}/acknowledge", response_model=Alert, **ORDER)
def acknowledge(
    request: Request, identity: AlertId, order: Annotated[Acknowledge, Body()], _question: Nothing
) -> Response:
    """Take note of an alert: it stays open while it goes on, and its opening is told no more."""
    services = services_of(request)
    _alert(services, identity)
    services.ledger.handling.acknowledge(
        identity, author=order.author, note=order.note, at_s=services.now_s()
    )
    return _changed(request, services, identity, "acknowledged")


@router.post("/alerts/{id}/snooze", response_model=Alert, **ORDER)
def snooze(
    request: Request, identity: AlertId, order: Annotated[Snooze, Body()], _question: Nothing
) -> Response:
    """Put an alert off: until then nobody is told of it."""
    services = services_of(request)
    _alert(services, identity)
    services.ledger.handling.snooze(
        identity,
        until_s=int(order.until.timestamp()),
        author=order.author,
        note=order.note,
        at_s=services.now_s(),
    )
    return _changed(request, services, identity, "snoozed")


@router.get("/alerts/{id}/actions", response_model=Page[AlertAction], responses=LIST)
def actions(request: Request, identity: AlertId, question: ShortList) -> Response:
    """List what people did with an alert, oldest first."""
    services = services_of(request)
    record = _alert(services, identity)
    (view,) = alert_views(services.ledger, [record], services.zone, now_s=services.now_s())
    kept = services.ledger.handling.actions(identity)
    some, cursor = question.page(kept, lambda action: action.id)
    items = [
        {
            "id": action.id,
            "kind": action.kind,
            "until": None if action.until_s is None else local_text(action.until_s, view.zone),
            "author": action.author,
            "note": action.note,
            "made_at": local_text(action.at_s, view.zone),
        }
        for action in some
    ]
    return page_response(request, AlertAction, items, cursor)


@router.put("/usage-points/{id}/mutes", response_model=Mute, **ORDER)
def mute_place(
    request: Request, identity: PlaceId, order: Annotated[MuteOrder, Body()], _question: Nothing
) -> Response:
    """Say whether alerts of a kind are told, at a usage point."""
    services = services_of(request)
    place = place_of(services, identity)
    return _mute(services, place, order, is_place=True)


@router.get("/usage-points/{id}/mutes", response_model=Page[Mute], responses=LIST)
def place_mutes(request: Request, identity: PlaceId, question: ShortList) -> Response:
    """List the newest decision about each kind, at a usage point."""
    services = services_of(request)
    place = place_of(services, identity)
    kept = services.ledger.handling.mutes(usage_point_ids=[place.usage_point_id])
    return _mutes_page(request, question, kept, place)


@router.put("/customers/{id}/mutes", response_model=Mute, **ORDER)
def mute_customer(
    request: Request, identity: CustomerId, order: Annotated[MuteOrder, Body()], _question: Nothing
) -> Response:
    """Say whether alerts of a kind are told, of all usage points of a customer."""
    services = services_of(request)
    return _mute(services, customer_of(services, identity), order, is_place=False)


@router.get("/customers/{id}/mutes", response_model=Page[Mute], responses=LIST)
def customer_mutes(request: Request, identity: CustomerId, question: ShortList) -> Response:
    """List the newest decision about each kind, of a customer."""
    services = services_of(request)
    customer = customer_of(services, identity)
    kept = services.ledger.handling.mutes(customer_ids=[customer.customer_id])
    return _mutes_page(request, question, kept, customer)


def _alert(services: Services, identity: int) -> AlertRecord:
    # The list goes from the newest down: the first one below the next id is it, if it is there.
    found = services.ledger.alerts(AlertFilter(), after=identity + 1, limit=1)
    if not found or found[0].id != identity:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_alert", alert=str(identity))
    return found[0]


def _changed(request: Request, services: Services, identity: int, phase: str) -> Response:
    record = _alert(services, identity)
    services.on_alert(phase, record)
    return _shown(request, services, record)


def _shown(request: Request, services: Services, record: AlertRecord) -> Response:
    (view,) = alert_views(services.ledger, [record], services.zone, now_s=services.now_s())
    return json_response(alert_item(view, tongue_of(request.scope)))


def _mute(services: Services, client: Client, order: MuteOrder, *, is_place: bool) -> Response:
    asked = MuteRequest(
        usage_point_id=client.usage_point_id if is_place else None,
        customer_id=None if is_place else client.customer_id,
        kind=order.kind,
        is_muted=order.is_muted,
        until_s=None if order.until is None else int(order.until.timestamp()),
        author=order.author,
        reason=order.reason,
    )
    kept = services.ledger.handling.mute(asked, at_s=services.now_s())
    return json_response(_mute_item(kept, client, services.now_s()))


def _mutes_page(
    request: Request, question: ShortListQuestion, kept: list[KeptMute], client: Client
) -> Response:
    some, cursor = question.page(kept, lambda mute: mute.id)
    now_s = services_of(request).now_s()
    items = [_mute_item(mute, client, now_s) for mute in some]
    return page_response(request, Mute, items, cursor)


def _mute_item(kept: KeptMute, client: Client, now_s: int) -> dict[str, Any]:
    asked, zone = kept.asked, zone_of(client.timezone)
    is_place = asked.usage_point_id is not None
    return {
        "id": kept.id,
        "usage_point": str(client.usage_point_uuid) if is_place else None,
        "customer": None if is_place else str(client.customer_uuid),
        "kind": asked.kind,
        "is_muted": asked.is_muted,
        "is_in_force": kept.is_in_force(now_s),
        "until": None if asked.until_s is None else local_text(asked.until_s, zone),
        "author": asked.author,
        "reason": asked.reason,
        "made_at": local_text(kept.at_s, zone),
    }
