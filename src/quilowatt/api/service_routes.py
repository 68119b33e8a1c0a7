"""Routes about the server itself: health, readiness, metrics, and the page about the API."""

from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import HTMLResponse, RedirectResponse, Response

from quilowatt.api.formats import json_response
from quilowatt.api.lists import services_of
from quilowatt.api.metrics import metrics_text
from quilowatt.api.problems import problem
from quilowatt.api.questions import NoQuestion
from quilowatt.api.tongue import tongue_of
from quilowatt.api.welcome import welcome_page

__all__ = ["router"]

router = APIRouter(tags=["server"])

SECURITY_POLICY: Final = (
    "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)
"""The page holds all it needs; names from meters must never run as scripts in it."""


@router.get("/", include_in_schema=False)
async def root(request: Request) -> Response:
    """Welcome a browser; show anything else the way to the page that explains the API."""
    if "text/html" not in request.headers.get("accept", ""):
        return RedirectResponse("/docs")
    page = welcome_page(tongue_of(request.scope), str(request.base_url).rstrip("/"))
    headers = {"Content-Security-Policy": SECURITY_POLICY, "Vary": "Accept, Accept-Language"}
    return HTMLResponse(page, headers=headers)


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """Show the page that explains the API."""
    page = (files("quilowatt.api") / "static" / "docs.html").read_text(encoding="utf-8")
    return HTMLResponse(page, headers={"Content-Security-Policy": SECURITY_POLICY})


@router.get("/healthz")
async def healthz(request: Request, _question: Annotated[NoQuestion, Query()]) -> Response:
    """Say that the process answers."""
    return json_response({"status": "ok", "version": services_of(request).version})


@router.get("/readyz", responses={503: {"description": "Not ready; says why."}})
def readyz(request: Request, _question: Annotated[NoQuestion, Query()]) -> Response:
    """Say whether readings are taken and questions answered."""
    status = services_of(request).status()
    if status.is_ready:
        return json_response({"status": "ready"})
    return problem(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, status.reason)


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}}, response_class=Response)
def metrics(request: Request, _question: Annotated[NoQuestion, Query()]) -> Response:
    """Show counters and gauges in the text format of Prometheus."""
    return Response(metrics_text(services_of(request)), media_type=CONTENT_TYPE_LATEST)
