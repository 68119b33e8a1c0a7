"""Random requests, right and wrong, made from the API's own description of itself."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks

from quilowatt.api import create_app

EXAMPLES = 20

PLAIN_PATHS = ["/healthz", "/metrics", "/readyz"]
"""They take no parameters that could be wrong."""

ASKING_PATHS = [
    "/alertas",
    "/clientes",
    "/faturas",
    "/v1/alerts",
    "/v1/alerts/{id}",
    "/v1/alerts/{id}/actions",
    "/v1/billing-runs/{id}",
    "/v1/channels",
    "/v1/channels/{id}",
    "/v1/corrections",
    "/v1/customers",
    "/v1/customers/{id}",
    "/v1/customers/{id}/account",
    "/v1/customers/{id}/mutes",
    "/v1/invoices",
    "/v1/invoices/{number}",
    "/v1/invoices/{number}/difference",
    "/v1/invoices/{number}/lines/{line}/intervals",
    "/v1/invoices/{number}/pdf",
    "/v1/invoices/{number}/proof",
    "/v1/invoices/{number}/record",
    "/v1/meters",
    "/v1/meters/{id}",
    "/v1/meters/{id}/edits",
    "/v1/meters/{id}/issues",
    "/v1/meters/{id}/load-profile",
    "/v1/meters/{id}/readings",
    "/v1/meters/{id}/what-if",
    "/v1/notices",
    "/v1/tariffs",
    "/v1/usage-points",
    "/v1/usage-points/{id}",
    "/v1/usage-points/{id}/bill",
    "/v1/usage-points/{id}/bill/difference",
    "/v1/usage-points/{id}/bill/lines/{line}/intervals",
    "/v1/usage-points/{id}/budgets",
    "/v1/usage-points/{id}/forecast",
    "/v1/usage-points/{id}/mutes",
    "/v1/usage-points/{id}/terms",
    "/v1/usage-points/{id}/what-if",
]

ORDERS = [
    "/v1/billing-runs",
    "/v1/invoices/{number}/correction",
    "/v1/alerts/{id}/acknowledge",
    "/v1/alerts/{id}/snooze",
    "/v1/channels",
    "/v1/channels/{id}/remove",
    "/v1/channels/{id}/test",
    "/v1/meters/{id}/block",
    "/v1/meters/{id}/commands",
    "/v1/meters/{id}/left-out",
    "/v1/meters/{id}/manual-readings",
    "/v1/meters/{id}/restored",
    "/v1/meters/{id}/unblock",
    "/v1/payment-files",
    "/v1/payments",
    "/v1/payments/{id}/assignment",
    "/v1/notices/{id}/retry",
]
"""They change something, and are asked by POST."""

CHANGES = [
    "/v1/customers/{id}",
    "/v1/customers/{id}/mutes",
    "/v1/usage-points/{id}",
    "/v1/usage-points/{id}/budgets/{measure}",
    "/v1/usage-points/{id}/mutes",
]
"""They say what holds from a day on, by PUT."""

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]


@pytest.fixture(scope="module")
def schema(world):
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(world.services))


def test_no_route_is_forgotten_here(world):
    # A stream has no end: it is tested over a socket.
    known = {*PLAIN_PATHS, *ASKING_PATHS, *ORDERS, *CHANGES, "/v1/events"}
    assert set(world.get("/openapi.json").json["paths"]) == known


def ask_at_random(operation, mode):
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        case.call_and_validate(checks=CHECKS)

    ask()


@pytest.mark.parametrize("path", PLAIN_PATHS + ASKING_PATHS)
def test_right_requests_get_what_is_described(schema, path):
    ask_at_random(schema[path]["GET"], GenerationMode.POSITIVE)


@pytest.mark.parametrize("path", ORDERS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_orders_are_answered_as_described(schema, path, mode):
    ask_at_random(schema[path]["POST"], mode)


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_changes_are_answered_as_described(schema, path, mode):
    ask_at_random(schema[path]["PUT"], mode)


@pytest.mark.parametrize("path", ASKING_PATHS)
def test_wrong_requests_are_refused_as_described(schema, path):
    ask_at_random(schema[path]["GET"], GenerationMode.NEGATIVE)
