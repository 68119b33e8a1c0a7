"""The REST API as an ASGI application; `create_app` is all that `app` and tests need of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from quilowatt.api import (
    alert_actions,
    billing_runs,
    budget_routes,
    channel_routes,
    corrections,
    invoice_routes,
    meter_edits,
    orders,
    payments,
    seed,
    service_routes,
    stream,
    usage_points,
    v1,
)
from quilowatt.api.guard import TokenGuard
from quilowatt.api.problems import add_problem_handlers, error_response, refuse_repeated
from quilowatt.api.tongue import LanguageHeaders

if TYPE_CHECKING:
    from quilowatt.api.services import Services

__all__ = ["create_app"]

DESCRIPTION: Final = """\
Readings, consumption, bills and alerts of smart meters.

* Energy is in kWh with three decimals, power in whole watts, money a decimal string.
* A list is a page, `{"items": […], "next_cursor": …}`, on the Portuguese routes too; give
  `next_cursor` back as `cursor` for the next page.
* Times are RFC 3339 with the offset of the place where the meter hangs; a date in a filter means
  that place's midnight, and as an end it includes the day.
* `null` says “not known”, never zero.
* `Accept: text/csv` gets a list as CSV; readings and load profiles are
  `application/vnd.apache.parquet` too.
* Sentences (names of bill lines, notes, alerts, errors) are in Portuguese or English, as
  `Accept-Language` asks; without it in Portuguese on the Portuguese routes, else in English.
* Errors are `application/problem+json`; a wrong or unknown parameter is named, with what is
  accepted.
"""


ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.UNAUTHORIZED.value: error_response("The server asks for a token."),
    HTTPStatus.NOT_FOUND.value: error_response("No such meter."),
    HTTPStatus.NOT_ACCEPTABLE.value: error_response(
        "None of the formats in `Accept` is available."
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY.value: error_response(
        "A wrong parameter, and what is accepted."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE.value: error_response("The store can't answer now."),
}


ROUTES: Final = (
    alert_actions,
    budget_routes,
    channel_routes,
    seed,
    v1,
    usage_points,
    meter_edits,
    invoice_routes,
    corrections,
    payments,
    billing_runs,
    orders,
    stream,
    service_routes,
)
"""Modules of routes; of two that fit a path, the first counts."""

TOPICS: Final = (
    "em português",
    "customers",
    "meters",
    "usage points",
    "invoices",
    "payments",
    "tariffs",
    "alerts",
    "channels",
    "budgets",
    "events",
    "server",
)
"""In the order in which `/docs` shows them."""


def create_app(services: Services) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    services : Services
        The parts that it asks.

    Returns
    -------
    FastAPI
        To be served on the loop that the event hub belongs to.
    """
    app = FastAPI(
        title="quilowatt",
        version=services.version,
        description=DESCRIPTION,
        openapi_tags=[{"name": topic} for topic in TOPICS],
        docs_url=None,
        redoc_url=None,
        responses=ERRORS,
        dependencies=[Depends(refuse_repeated)],
    )
    app.state.services = services
    for module in ROUTES:
        app.include_router(module.router)
    # Anyone may check a proof, wherever it came from: the page sends nothing anywhere.
    app.mount("/verify", StaticFiles(packages=[("quilowatt", "web/verify")], html=True))
    add_problem_handlers(app)
    if services.api_token is not None:
        app.add_middleware(TokenGuard, token=services.api_token)
    app.add_middleware(LanguageHeaders)
    return app
