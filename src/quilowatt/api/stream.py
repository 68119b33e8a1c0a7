"""`/v1/events`: what happens, as server-sent events (WHATWG HTML §9.2).

A `reading` event is the newest reading of a meter; readings that arrive faster than they can be
written to this listener are told as one. Nothing is replayed: `Last-Event-ID` is tolerated, and
who was away asks the lists.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import anyio
import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from pydantic_core import to_json
from starlette.responses import StreamingResponse

from quilowatt.api.alert_view import alert_views
from quilowatt.api.consumption import zone_of
from quilowatt.api.events import AlertNews, News, Subscription
from quilowatt.api.formats import kwh
from quilowatt.api.lists import services_of
from quilowatt.api.moments import local_text
from quilowatt.api.power import mean_powers_w, readings_for_power
from quilowatt.api.questions import EventsQuestion
from quilowatt.api.services import Services
from quilowatt.api.tongue import tongue_of
from quilowatt.api.v1_items import alert_item
from quilowatt.core.words import Language
from quilowatt.errors import RequestRefused
from quilowatt.limits import EVENT_HEARTBEAT_S
from quilowatt.store import IssuedInvoice

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["events"])

EVENT_STREAM: Final = "text/event-stream"

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Neither caches nor proxies may hold events back."""

GREETING: Final = b"retry: 2000\n: quilowatt\n\n"
HEARTBEAT: Final = b": heartbeat\n\n"

WRITING_SHARE_MAX: Final = 5
"""Of the time, at most a fifth goes into writing events for one listener: meters come first."""

BLOCK: Final = 1000
"""Readings that are written between two chances for others to run."""


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}},
)
async def events(
    request: Request, question: Annotated[EventsQuestion, Query()]
) -> StreamingResponse:
    """Stream events `reading`, `alert` and `invoice`: `ReadingEvent`, `AlertEvent`, `InvoiceEvent`.

    A comment comes at least every 15 s. A listener that lags too far behind is told `dropped` and
    let go.
    """
    services, tongue = services_of(request), tongue_of(request.scope)
    numbers = await anyio.to_thread.run_sync(_numbers, services, question)
    kinds = question.kind or ("reading", "alert", "invoice")
    return StreamingResponse(
        _stream(services, numbers, kinds, tongue), media_type=EVENT_STREAM, headers=HEADERS
    )


def _numbers(services: Services, question: EventsQuestion) -> list[int]:
    numbers = []
    for identity in question.meter:
        meter = services.ledger.meter(identity)
        if meter is None:
            raise RequestRefused(HTTPStatus.NOT_FOUND, "no_meter", meter=str(identity))
        numbers.append(meter.meter_number)
    return numbers


async def _stream(
    services: Services, meters: Sequence[int], kinds: Sequence[str], tongue: Language
) -> AsyncIterator[bytes]:
    # Only here does it begin to listen: a response that never starts leaves nothing behind.
    with services.hub.subscribe(meters=meters, kinds=kinds) as subscription:
        async for part in _parts(services, subscription, tongue):
            yield part


async def _parts(
    services: Services, subscription: Subscription, tongue: Language
) -> AsyncIterator[bytes]:
    places: dict[int, tuple[str, ZoneInfo, Any]] = {}
    yield GREETING
    while True:
        if not await subscription.wait(EVENT_HEARTBEAT_S):
            yield HEARTBEAT
            continue
        meters, news = subscription.take()
        began_s = time.monotonic()
        for start in range(0, meters.size, BLOCK):
            block = meters[start : start + BLOCK]
            yield await anyio.to_thread.run_sync(_write_readings, services, block, places)
        if news:
            yield await anyio.to_thread.run_sync(_write_news, services, news, tongue)
        if subscription.is_closed:
            yield _event("dropped", {}) if subscription.is_dropped else b""
            return
        await anyio.sleep((time.monotonic() - began_s) * (WRITING_SHARE_MAX - 1))


def _write_readings(
    services: Services, meters: NDArray[np.int32], places: dict[int, tuple[str, ZoneInfo, Any]]
) -> bytes:
    """Write what each meter said last; `places` remembers who they are."""
    unknown = [number for number in meters.tolist() if number not in places]
    for number, client in services.ledger.client_of_meters(unknown).items():
        places[number] = (str(client.meter_uuid), zone_of(client.timezone), client)
    known = [number for number in meters.tolist() if number in places]
    numbers = np.array(known, np.int32)
    latest = services.readings.latest(numbers)
    recent = readings_for_power(services.readings, latest, numbers)
    powers = mean_powers_w(latest, [places[number][2] for number in known], recent)
    rows = zip(
        known,
        latest.time_s.tolist(),
        latest.import_wh.tolist(),
        latest.export_wh.tolist(),
        powers,
        strict=True,
    )
    return b"".join(
        _reading_event(places[number], time_s, (import_wh, export_wh), power_w)
        for number, time_s, import_wh, export_wh, power_w in rows
    )


def _reading_event(
    place: tuple[str, ZoneInfo, Any],
    time_s: int,
    registers_wh: tuple[int, int],
    power_w: int | None,
) -> bytes:
    identity, zone, _client = place
    reading = {
        "time": local_text(time_s, zone),
        "import_kwh": kwh(registers_wh[0]),
        "export_kwh": kwh(registers_wh[1]),
        "is_revised": False,
    }
    data = {"kind": "reading", "meter": identity, "reading": reading, "power_w": power_w}
    return _event("reading", data)


def _write_news(services: Services, news: list[News], tongue: Language) -> bytes:
    records = [each.record for each in news if isinstance(each, AlertNews)]
    views = iter(alert_views(services.ledger, records, services.zone, now_s=services.now_s()))

    def written() -> Iterator[bytes]:
        for each in news:
            if isinstance(each, AlertNews):
                item = alert_item(next(views), tongue)
                yield _event("alert", {"kind": "alert", "phase": each.phase, "alert": item})
            else:
                yield from map(_invoice_event, each.invoices)

    return b"".join(written())


def _invoice_event(invoice: IssuedInvoice) -> bytes:
    data = {
        "kind": "invoice",
        "number": invoice.number,
        "customer": {"id": str(invoice.customer_uuid), "name": invoice.customer_name},
        "usage_point": str(invoice.usage_point_uuid),
        "month": invoice.month,
        "currency": invoice.currency,
        "total": str(invoice.total),
        "due": invoice.due.isoformat(),
    }
    return _event("invoice", data)


def _event(kind: str, data: dict[str, Any]) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + to_json(data) + b"\n\n"
