"""What people decide about readings: a register that was read by hand, readings that don't count.

Every decision is a new fact with its author and reason; nothing that a meter sent is changed.
"""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request
from starlette.responses import Response

from quilowatt.api.accepted import IDEMPOTENCY_KEY, METER_ID
from quilowatt.api.consumption import zone_of
from quilowatt.api.formats import CSV, json_response, page_response
from quilowatt.api.lists import services_of
from quilowatt.api.meter_data import profile_of
from quilowatt.api.moments import local_text
from quilowatt.api.orders import refuse_other_sites
from quilowatt.api.problems import error_response
from quilowatt.api.questions import EditsQuestion, NoQuestion
from quilowatt.api.services import Services
from quilowatt.api.tongue import tongue_of
from quilowatt.api.v1_items import kwh_or_none
from quilowatt.client.models import Page
from quilowatt.client.models_edits import LeaveOut, ManualReading, MeterEdit, Restore
from quilowatt.core.words import Language
from quilowatt.errors import RequestRefused
from quilowatt.limits import NAME_SIZE_MAX
from quilowatt.store import Client, Edit, EditKind, EditRequest

__all__ = ["router"]

router = APIRouter(prefix="/v1/meters/{id}", tags=["meters"])

MeterId = Annotated[UUID, Path(alias="id", description=METER_ID.en)]
Nothing = Annotated[NoQuestion, Query()]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=NAME_SIZE_MAX, description=IDEMPOTENCY_KEY.en),
]

CHANGE: dict[str, Any] = {
    "status_code": HTTPStatus.CREATED,
    "response_model": MeterEdit,
    "dependencies": [Depends(refuse_other_sites)],
    "responses": {403: error_response("Asked by a page of another site.")},
}

WH_PER_KWH = 1000
HOUR_S = 3600


@router.get("/edits", response_model=Page[MeterEdit], responses={200: {"content": {CSV: {}}}})
def edits(
    request: Request, identity: MeterId, question: Annotated[EditsQuestion, Query()]
) -> Response:
    """List what people decided about a meter's readings, oldest first."""
    services = services_of(request)
    meter = _meter(services, identity)
    after, limit = question.after() or 0, question.page_limit
    kept = services.ledger.edits.of_meters([meter.meter_number])
    found = [edit for edit in kept if edit.id > after]
    cursor = question.cursor_after(found[limit - 1].id) if len(found) > limit else None
    items = [_item(edit, meter) for edit in found[:limit]]
    return page_response(request, MeterEdit, items, cursor)


@router.post("/manual-readings", **CHANGE)
def add_reading(
    request: Request,
    identity: MeterId,
    reading: Annotated[ManualReading, Body()],
    _question: Nothing,
    key: IdempotencyKey = None,
) -> Response:
    """Keep a register that a person read; for an instant that has one it is a revision.

    It counts like a meter's own: `/issues` says if something about it was odd.
    """
    services = services_of(request)
    meter = _meter(services, identity)
    time_s = int(reading.time.timestamp())
    export_wh = (
        _export_before(services, meter, time_s)
        if reading.export_kwh is None
        else int(reading.export_kwh * WH_PER_KWH)
    )
    asked = EditRequest(
        meter_number=meter.meter_number,
        kind="reading",
        start_s=time_s,
        end_s=time_s + 1,
        import_wh=int(reading.import_kwh * WH_PER_KWH),
        export_wh=export_wh,
        author=reading.author,
        reason=reading.reason,
        idempotency_key=key,
    )
    edit = services.edit_desk.take(asked)
    notes = _notes(services, meter, time_s, tongue_of(request.scope))
    return json_response(_item(edit, meter) | {"notes": notes}, HTTPStatus.CREATED)


@router.post("/left-out", **CHANGE)
def leave_out(
    request: Request,
    identity: MeterId,
    period: Annotated[LeaveOut, Body()],
    _question: Nothing,
    key: IdempotencyKey = None,
) -> Response:
    """Let the readings of a period not count; they stay, and can be restored."""
    return _decide(request, identity, "leave_out", period, key)


@router.post("/restored", **CHANGE)
def restore(
    request: Request,
    identity: MeterId,
    period: Annotated[Restore, Body()],
    _question: Nothing,
    key: IdempotencyKey = None,
) -> Response:
    """Let the readings of a period count again."""
    return _decide(request, identity, "restore", period, key)


def _decide(
    request: Request, identity: UUID, kind: EditKind, period: LeaveOut | Restore, key: str | None
) -> Response:
    services = services_of(request)
    meter = _meter(services, identity)
    asked = EditRequest(
        meter_number=meter.meter_number,
        kind=kind,
        start_s=int(period.start.timestamp()),
        end_s=int(period.end.timestamp()),
        import_wh=None,
        export_wh=None,
        author=period.author,
        reason=period.reason,
        idempotency_key=key,
    )
    return json_response(_item(services.edit_desk.take(asked), meter), HTTPStatus.CREATED)


def _notes(services: Services, meter: Client, time_s: int, tongue: Language) -> list[str]:
    """Say what the load profile makes of a register at an instant, besides counting it."""
    edges_s = np.array([max(time_s - HOUR_S, 0), time_s + HOUR_S], np.int64)
    issues = profile_of(services, meter, edges_s).issues
    return [issue.text(tongue) for issue in issues if issue.start_s < time_s <= issue.end_s]


def _export_before(services: Services, meter: Client, time_s: int) -> int:
    """Find what the export register showed last at an instant; 0 before any reading [Wh]."""
    number = np.array([meter.meter_number], np.int32)
    around = services.readings.readings(number, time_s, time_s + 1, with_neighbours=True)
    before = around.export_wh[around.time_s <= time_s]
    return int(before[-1]) if before.size else 0


def _meter(services: Services, identity: UUID) -> Client:
    found = services.ledger.meter(identity)
    if found is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_meter", meter=str(identity))
    return found


def _item(edit: Edit, meter: Client) -> dict[str, Any]:
    asked, zone = edit.asked, zone_of(meter.timezone)
    return {
        "id": edit.id,
        "meter": str(meter.meter_uuid),
        "kind": asked.kind,
        "start": local_text(asked.start_s, zone),
        "end": local_text(asked.end_s, zone),
        "import_kwh": kwh_or_none(asked.import_wh),
        "export_kwh": kwh_or_none(asked.export_wh),
        "author": asked.author,
        "reason": asked.reason,
        "made_at": local_text(edit.at_us // 1_000_000, zone),
        "notes": [],
    }
