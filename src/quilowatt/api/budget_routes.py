"""Budgets of usage points, and what their running cycles will come to."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
from fastapi import APIRouter, Body, Path, Request
from starlette.responses import Response

from quilowatt.alert import GAP_WH
from quilowatt.alert.track_record import TrackRecord, score
from quilowatt.api.accepted_alerts import MEASURE
from quilowatt.api.alert_actions import LIST, ORDER, Nothing, PlaceId, ShortList
from quilowatt.api.consumption import zone_of
from quilowatt.api.formats import json_response, kwh, page_response
from quilowatt.api.lists import services_of
from quilowatt.api.moments import local_text
from quilowatt.api.places import place_of
from quilowatt.api.running import cycle_states, opened_cycles
from quilowatt.api.services import Services
from quilowatt.api.tongue import tongue_of
from quilowatt.client.models import Page
from quilowatt.client.models_alerts import Budget, BudgetOrder, CycleForecast
from quilowatt.core.words import Language
from quilowatt.jobs.budget_watch import Standing
from quilowatt.jobs.cycle_forecast import CycleForecast as FoundForecast
from quilowatt.jobs.running_cycle import CycleState
from quilowatt.store import Budget as KeptBudget
from quilowatt.store import Client

__all__ = ["router"]

router = APIRouter(prefix="/v1/usage-points/{id}", tags=["budgets"])

Measure = Annotated[Literal["energy", "money"], Path(description=MEASURE.en)]

State = tuple[CycleState | None, FoundForecast | None]


@router.get("/budgets", response_model=Page[Budget], responses=LIST)
def budgets(request: Request, identity: PlaceId, question: ShortList) -> Response:
    """List the budgets that hold at a usage point, and how the running cycle stands."""
    services = services_of(request)
    place = place_of(services, identity)
    kept = services.ledger.budgets.in_force([place.usage_point_id])
    some, cursor = question.page(kept, lambda budget: budget.id)
    state = _state(services, place) if some else (None, None)
    return page_response(request, Budget, [_item(each, place, state) for each in some], cursor)


@router.put("/budgets/{measure}", response_model=Budget, **ORDER)
def set_budget(
    request: Request,
    identity: PlaceId,
    measure: Measure,
    order: Annotated[BudgetOrder, Body()],
    _question: Nothing,
) -> Response:
    """Set a limit for each cycle: warned when the forecast exceeds it, at 80 % and at 100 %."""
    services = services_of(request)
    place = place_of(services, identity)
    kept = services.ledger.budgets.set(
        place.usage_point_id, measure, order.limit, author=order.author, at_s=services.now_s()
    )
    services.on_budget()
    return json_response(_item(kept, place, _state(services, place)))


@router.get("/forecast", response_model=CycleForecast)
def forecast(request: Request, identity: PlaceId, _question: Nothing) -> Response:
    """Show what the running cycle is expected to come to, and how good past forecasts were."""
    services = services_of(request)
    place = place_of(services, identity)
    (cycle,) = opened_cycles(services, [place], None)
    (found,) = services.forecaster.forecasts([cycle], now_s=services.now_s())
    if found is None or found.money is None:  # the currency of what is paid so far
        (cycle,) = cycle_states(services, [place], None)
    return json_response(_forecast_item(services, cycle, found, tongue_of(request.scope)))


def _state(services: Services, place: Client) -> State:
    (cycle,) = cycle_states(services, [place], None)
    (found,) = services.forecaster.forecasts([cycle], now_s=services.now_s())
    return cycle, found


def _item(kept: KeptBudget, place: Client, state: State) -> dict[str, Any]:
    cycle, found = state
    zone = zone_of(place.timezone)
    standing = None if cycle is None else Standing.of(kept, cycle, found)
    names = ("used", "expected", "low", "high")
    figures = {name: None if standing is None else getattr(standing, name) for name in names}
    return {
        "usage_point": str(place.usage_point_uuid),
        "measure": kept.measure,
        "limit": kept.limit,
        "currency": None if standing is None else standing.currency,
        "author": kept.author,
        "since": local_text(kept.at_s, zone),
        "cycle_start": None if cycle is None else local_text(cycle.start_s, zone),
        "cycle_end": None if cycle is None else local_text(cycle.end_s, zone),
        **figures,
    }


def _forecast_item(
    services: Services, cycle: CycleState, found: FoundForecast | None, tongue: Language
) -> dict[str, Any]:
    zone: ZoneInfo = cycle.zone
    item: dict[str, Any] = {
        "usage_point": str(cycle.client.usage_point_uuid),
        "cycle_start": local_text(cycle.start_s, zone),
        "cycle_end": local_text(cycle.end_s, zone),
        "known_until": None,
        "measured_kwh": None,
        "energy_kwh": None,
        "money": None,
        "currency": cycle.currency,
        "notes": [],
        "track_record": _track_record(services, cycle.client.usage_point_id),
    }
    return item if found is None else item | _found_item(found, zone, tongue)


def _found_item(found: FoundForecast, zone: ZoneInfo, tongue: Language) -> dict[str, Any]:
    money, notes = found.money, [] if found.note is None else [found.note]
    ends = {"expected": found.expected_wh, "low": found.low_wh, "high": found.high_wh}
    item: dict[str, Any] = {
        "known_until": local_text(found.issued_s, zone),
        "measured_kwh": kwh(found.measured_wh),
        "energy_kwh": {name: f"{kwh(energy_wh):.3f}" for name, energy_wh in ends.items()},
        "notes": [note.spoken(tongue) for note in (*notes, *(money.assumptions if money else ()))],
    }
    if money is not None:
        item["money"] = {"expected": money.bill.total, "low": money.low, "high": money.high}
        item["currency"] = money.bill.currency
    return item


def _track_record(services: Services, usage_point_id: int) -> dict[str, Any] | None:
    """Score what was forecast of this usage point in cycles that are over."""
    rows = [
        (
            said.meter_number,
            said.cycle_start_s,
            said.cycle_end_s,
            said.issued_s,
            said.expected_wh,
            said.low_wh,
            said.high_wh,
            GAP_WH if came is None else came.energy_wh,
        )
        for said, came in services.ledger.forecasts.of(usage_point_id)
    ]
    columns = np.array(rows, np.int64).reshape(-1, 8).T
    record = TrackRecord(*columns)
    found = score(record)
    if found is None:
        return None
    return {
        "forecasts": found.count,
        "cycles": len(np.unique(record.cycle_start_s[record.actual_wh >= 0])),
        "error_share": round(found.error_share, 4),
        "bias_share": round(found.bias_wh / found.actual_wh, 4) if found.actual_wh else 0.0,
        "in_range": round(found.coverage, 4),
    }
