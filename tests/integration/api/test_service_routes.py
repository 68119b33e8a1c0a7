"""Health, readiness, metrics, and the page about the API."""

import re

import pytest

from quilowatt.api import ServerStatus


def test_health_is_told_whatever_else_is(world):
    answer = world.get("/healthz", status=lambda: ServerStatus(is_ready=False, reason="stopping"))
    assert answer.json == {"status": "ok", "version": "1.2.3"}


def test_readiness_says_why_not(world):
    assert world.get("/readyz").json == {"status": "ready"}
    answer = world.get("/readyz", status=lambda: ServerStatus(is_ready=False, reason="stopping"))
    assert (answer.status, answer.json["detail"]) == (503, "stopping")


def test_metrics_hold_what_the_server_and_the_ledger_count(world):
    status = ServerStatus(
        commit=7,
        gauges={"pending_bytes": 12, "connections_peak": 3},
        counters={"readings_committed": 99},
        refusals={"401": 4, "connections_max": 1},
    )
    answer = world.get("/metrics", status=lambda: status)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    for line in (
        "quilowatt_ready 1.0",
        "quilowatt_meters 4.0",
        "quilowatt_usage_points 3.0",
        "quilowatt_alerts_open 1.0",
        "quilowatt_pending_bytes 12.0",
        "quilowatt_connections_peak 3.0",
        "quilowatt_readings_committed_total 99.0",
        'quilowatt_refusals_total{reason="401"} 4.0',
    ):
        assert line in lines


def test_the_front_door_leads_to_the_page_about_the_api(world):
    answer = world.get("/")
    assert (answer.status, answer.headers["location"]) == (307, "/docs")


def test_a_browser_is_welcomed_in_its_language(world):
    browser = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "pt-BR"}
    answer = world.get("/", headers=browser, api_token="secret")
    assert answer.status == 200
    assert 'href="/clientes"' in answer.text
    assert "quilowatt watch --server http://test" in answer.text
    assert "Ana" not in answer.text
    assert 'href="/v1/customers"' in world.get("/", headers={"Accept": "text/html"}).text
    hostile = {**browser, "Host": "<script>"}
    assert "<script>" not in world.get("/", headers=hostile).text


def test_the_page_about_the_api_needs_nobody_else(world):
    answer = world.get("/docs")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//|@import|https?://", answer.text)


def test_every_kind_of_problem_has_a_place_on_the_page(world):
    page = world.get("/docs").text
    for name in (
        "wrong-parameter",
        "unauthorized",
        "not-found",
        "not-connected",
        "forbidden",
        "not-now",
    ):
        assert f'id="{name}"' in page


def test_every_parameter_says_what_it_accepts(world):
    document = world.get("/openapi.json").json
    operations = [
        (path, each) for path, item in document["paths"].items() for each in item.values()
    ]
    for path, operation in operations:
        assert operation["description"], path
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (path, parameter["name"])
    for body in ("MeterCommand", "UsagePointChange", "CustomerChange"):
        for name, field in document["components"]["schemas"][body]["properties"].items():
            assert field["description"], name


@pytest.mark.parametrize("token", [None, "secret"])
def test_the_page_that_checks_proofs_is_there_for_everybody(world, token):
    page = world.get("/verify/", api_token=token)
    assert (page.status, "text/html" in page.headers["content-type"]) == (200, True)
    for script in re.findall(r'src="([\w.]+\.js)"', page.text):
        assert world.get(f"/verify/{script}", api_token=token).status == 200
    assert world.get("/verify/nothing.js", api_token=token).status == 404
    assert world.get("/verify/%2e%2e/%2e%2e/app.py", api_token=token).status in {401, 404}
