"""What an operator orders: a command to a connected meter, and who is shut out.

Everything here changes something, so a page of another site that runs in the operator's browser
is refused: without a token nothing else would keep it out.
"""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from starlette.responses import Response

from quilowatt.api.accepted import METER_ID
from quilowatt.api.consumption import client_states
from quilowatt.api.formats import json_response
from quilowatt.api.lists import services_of
from quilowatt.api.problems import error_response
from quilowatt.api.questions import NoQuestion
from quilowatt.api.services import Services
from quilowatt.api.v1_items import meter_item
from quilowatt.client.models import CommandSent, Meter, MeterCommand
from quilowatt.errors import RequestRefused
from quilowatt.store import Client, MeterState
from quilowatt.wire.messages import SetInterval, SetRelay

__all__ = ["router"]

SAME_SITE = ("same-origin", "none")
"""Values of ``Sec-Fetch-Site`` (W3C Fetch Metadata) of a page of ours, or of no page at all."""


async def refuse_other_sites(request: Request) -> None:
    """Refuse what a page of another site asks of the server.

    Raises
    ------
    RequestRefused
        403.
    """
    if request.headers.get("sec-fetch-site", "none") not in SAME_SITE:
        raise RequestRefused(HTTPStatus.FORBIDDEN, "other_site")


router = APIRouter(
    prefix="/v1/meters/{id}",
    tags=["meters"],
    dependencies=[Depends(refuse_other_sites)],
    responses={403: error_response("Asked by a page of another site.")},
)

MeterId = Annotated[UUID, Path(alias="id", description=METER_ID.en)]
Nothing = Annotated[NoQuestion, Query()]


@router.post(
    "/commands",
    status_code=HTTPStatus.ACCEPTED,
    response_model=CommandSent,
    responses={409: error_response("The meter isn't connected.")},
)
def command(
    request: Request,
    identity: MeterId,
    order: Annotated[MeterCommand, Body()],
    _question: Nothing,
) -> Response:
    """Tell a connected meter how often to read, or to switch its load.

    202 says that the meter was told; readings and `power_w` show whether it obeys.
    """
    services = services_of(request)
    client = _client(services, identity)
    commands: list[SetInterval | SetRelay] = []
    if order.interval_s is not None:
        commands.append(SetInterval(order.interval_s))
    if order.relay is not None:
        commands.append(SetRelay(is_on=order.relay == "on"))
    if not all(services.control.command(client.meter_number, each) for each in commands):
        raise RequestRefused(HTTPStatus.CONFLICT, "not_connected", meter=str(identity))
    if order.interval_s is not None:
        services.ledger.set_meter_interval(
            client.meter_number, order.interval_s, at_s=services.now_s()
        )
    sent = [each.encode().decode().strip() for each in commands]
    return json_response({"meter": str(identity), "sent": sent}, HTTPStatus.ACCEPTED)


@router.post("/block", response_model=Meter)
def block(request: Request, identity: MeterId, _question: Nothing) -> Response:
    """Shut a meter out: it is expelled and its readings are taken no more until it is unblocked.

    What it said before stays. Blocking a blocked meter changes nothing.
    """
    return _set_state(request, identity, "blocked")


@router.post("/unblock", response_model=Meter)
def unblock(request: Request, identity: MeterId, _question: Nothing) -> Response:
    """Let a blocked meter in again; it comes back by itself and sends what it kept."""
    return _set_state(request, identity, "active")


def _set_state(request: Request, identity: UUID, state: MeterState) -> Response:
    services = services_of(request)
    number = _client(services, identity).meter_number
    services.ledger.set_meter_state(number, state, at_s=services.now_s())
    services.control.set_blocked(number, is_blocked=state == "blocked")
    (found,) = client_states(services, [_client(services, identity)], None)
    return json_response(meter_item(found, services.control))


def _client(services: Services, identity: UUID) -> Client:
    found = services.ledger.meter(identity)
    if found is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_meter", meter=str(identity))
    return found
