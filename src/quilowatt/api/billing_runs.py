"""Billing runs: ask for one, watch it, and see what needs a person."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request
from starlette.responses import Response

from quilowatt.api.accepted import IDEMPOTENCY_KEY, RUN_ID
from quilowatt.api.formats import CSV, json_response, page_response
from quilowatt.api.lists import services_of
from quilowatt.api.moments import local_text
from quilowatt.api.orders import refuse_other_sites
from quilowatt.api.problems import error_response
from quilowatt.api.questions import NoQuestion, RunsQuestion
from quilowatt.api.services import Services
from quilowatt.api.tongue import tongue_of
from quilowatt.client.models import Page
from quilowatt.client.models_invoices import BillingRun, BillingRunRequest, RunState
from quilowatt.core.words import Language
from quilowatt.errors import RequestRefused, RunBusy, SettingsError
from quilowatt.jobs.run_findings import NOT_ISSUED, finding_text
from quilowatt.limits import NAME_SIZE_MAX
from quilowatt.store import BillingRun as StoredRun
from quilowatt.store import RunChoice, RunFinding

__all__ = ["router"]

router = APIRouter(prefix="/v1/billing-runs", tags=["invoices"])

Nothing = Annotated[NoQuestion, Query()]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=NAME_SIZE_MAX, description=IDEMPOTENCY_KEY.en),
]
RunId = Annotated[int, Path(alias="id", description=RUN_ID.en, ge=1, le=2**31 - 1)]

COMMITS_PER_S = 1_000_000
"""A commit is numbered by its time in µs."""


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=BillingRun,
    dependencies=[Depends(refuse_other_sites)],
    responses={
        200: {"model": BillingRun, "description": "Of a dry run: what would be issued."},
        403: error_response("Asked by a page of another site."),
        409: error_response("Another run goes on, no cycle has ended, or there is no issuer."),
    },
)
def start_run(
    request: Request,
    asked: Annotated[BillingRunRequest, Body()],
    _question: Nothing,
    key: IdempotencyKey = None,
) -> Response:
    """Issue every ended cycle of a month, once; a run that was cut short goes on.

    202 says that it goes on; `GET /v1/billing-runs/{id}` tells how far it is. With `dry_run` the
    answer waits for what would be issued, and nothing is written.
    """
    services, tongue = services_of(request), tongue_of(request.scope)
    point = str(asked.usage_point) if asked.usage_point else None
    choice = RunChoice(asked.customer, point, asked.tariff)
    try:
        if asked.dry_run:
            result = services.billing_desk.rehearse(asked.month, choice)
            assert result.run is not None
            item = _item(services, result.run, "rehearsed") | {
                "id": None,
                "total": result.total,
                "done": result.total,
                "issued": result.issued,
                "sums": {currency: str(total) for currency, total in result.sums.items()},
                "findings": [_finding(found, tongue) for found in result.findings],
            }
            return json_response(item)
        run = services.billing_desk.start(asked.month, choice, key=key)
    except (RunBusy, SettingsError) as error:
        why = error.spoken(tongue)
        raise RequestRefused(HTTPStatus.CONFLICT, "no_run", why=why) from error
    return json_response(_shown(services, run, tongue), HTTPStatus.ACCEPTED)


@router.get("/{id}", response_model=BillingRun)
def billing_run(request: Request, identity: RunId, _question: Nothing) -> Response:
    """Tell how far a run is, and what needs a person."""
    services = services_of(request)
    run = services.ledger.invoices.run(identity)
    if run is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_billing_run", run=str(identity))
    return json_response(_shown(services, run, tongue_of(request.scope)))


@router.get("", response_model=Page[BillingRun], responses={200: {"content": {CSV: {}}}})
def billing_runs(request: Request, question: Annotated[RunsQuestion, Query()]) -> Response:
    """List runs, the newest first, without what they found."""
    services, limit = services_of(request), question.page_limit
    runs = services.ledger.invoices.runs(after=question.after(), limit=limit + 1)
    cursor = question.cursor_after(runs[limit - 1].id) if len(runs) > limit else None
    items = [_item(services, run, _state(services, run)) for run in runs[:limit]]
    return page_response(request, BillingRun, items, cursor)


def _shown(services: Services, run: StoredRun, tongue: Language) -> dict[str, Any]:
    found = services.ledger.invoices.findings(run.id)
    # The state first: a run that ends in between is shown as running, never as cut short.
    state = _state(services, run)
    run = services.ledger.invoices.run(run.id) or run
    state = "finished" if run.finished_at_s is not None else state
    findings = [_finding(each, tongue) for each in found]
    return _item(services, run, state) | {"findings": findings}


def _state(services: Services, run: StoredRun) -> RunState:
    if services.billing_desk.running_id == run.id:
        return "running"
    return "finished" if run.finished_at_s is not None else "interrupted"


def _item(services: Services, run: StoredRun, state: RunState) -> dict[str, Any]:
    zone, finished_at_s = services.zone, run.finished_at_s
    return {
        "id": run.id,
        "month": run.month,
        "customer": run.choice.customer,
        "usage_point": run.choice.usage_point,
        "tariff": run.choice.tariff,
        "state": state,
        "as_of": local_text(run.as_of // COMMITS_PER_S, zone),
        "started_at": local_text(run.started_at_s, zone),
        "finished_at": None if finished_at_s is None else local_text(finished_at_s, zone),
        "total": run.total,
        "done": run.done,
        "issued": run.issued,
        "sums": {},
        "failure": run.failure,
        "findings": [],
    }


def _finding(found: RunFinding, tongue: Language) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "message": finding_text(found, tongue),
        "customer": found.details["customer"],
        "usage_point": str(UUID(str(found.details["usage_point"]))),
        "serial": found.details["serial"],
        "is_issued": found.kind not in NOT_ISSUED,
    }
