"""What was odd about a meter's readings is listed, with what was made of it."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import httpx
import numpy as np
import pytest

from quilowatt.client import AsyncClient
from quilowatt.core import ReadingBatch
from quilowatt.store import LedgerDefaults, RegistrationRequest, SqlLedger
from quilowatt.store.readings_duckdb import DuckReadingStore

START_S = 1_793_502_000
"""2026-11-01 00:00 in Bahia."""


@pytest.fixture(scope="module")
def odd(world, tmp_path_factory):
    """A world of its own, with a meter of which a zero came, and whose register began anew."""
    directory = tmp_path_factory.mktemp("odd")
    ledger = SqlLedger.open(directory / "ledger.db", LedgerDefaults())
    store = DuckReadingStore(directory / "readings")
    request = RegistrationRequest(
        uuid=uuid4(), name="Odd", serial="", model="", phases=1, interval_s=900, digits=0,
        usage_point=None, extra={}, at_s=START_S,
    )  # fmt: skip
    (meter,) = ledger.register_meters([request])
    time_s = START_S + 900 * np.arange(4 * 96 + 1)
    import_wh = 500_000 + 100 * np.arange(time_s.size)
    import_wh[200:] -= import_wh[199]
    import_wh[96 + 50] = 0
    store.append(
        ReadingBatch(
            np.full(time_s.size, meter.number, np.int32), time_s, import_wh, np.zeros_like(time_s)
        ),
        now_s=float(START_S + 10 * 86_400),
    )
    services = replace(world.services, readings=store, ledger=ledger)
    yield replace(world, services=services, meters={"odd": str(meter.uuid)})
    store.close()
    ledger.close()


@pytest.fixture
def api(odd):
    return AsyncClient("http://test", transport=httpx.ASGITransport(odd.app()))


def test_each_decision_with_its_registers_and_its_energy(odd):
    url = f"/v1/meters/{odd.meters['odd']}/issues?start=2026-11-01&end=2026-11-05"
    items = odd.get(url).json["items"]
    assert [item["kind"] for item in items] == ["glitch", "reset", "late"]
    glitch, reset, late = items
    assert (glitch["before_kwh"], glitch["after_kwh"], glitch["counted_kwh"]) == (514.5, 0.0, 0.2)
    assert (reset["before_kwh"], reset["after_kwh"], reset["counted_kwh"]) == (519.9, 0.1, 0.1)
    assert reset["direction"] == "import"
    assert reset["time"] == "2026-11-03T02:00:00-03:00"
    assert (late["start"], late["end"]) == (
        "2026-11-01T00:00:00-03:00",
        "2026-11-05T00:00:00-03:00",
    )
    profile = odd.get(
        f"/v1/meters/{odd.meters['odd']}/load-profile?start=2026-11-01&end=2026-11-04"
    )
    assert profile.json["import_kwh"] == 38.4


def test_in_portuguese_when_asked(odd):
    url = f"/v1/meters/{odd.meters['odd']}/issues?start=2026-11-02&end=2026-11-02"
    (glitch, _) = odd.get(url, headers={"Accept-Language": "pt-BR"}).json["items"]
    assert glitch["message"].startswith("Valores fora da sequência (0,000 kWh depois de 514,500")


@pytest.mark.asyncio
async def test_pages_hold_each_issue_once(odd, api):
    async with api:
        found = [
            issue
            async for issue in api.walk(
                lambda cursor: api.issues(
                    odd.meters["odd"], start="2026-11-01", end="2026-11-05", limit=1, cursor=cursor
                )
            )
        ]
    assert [issue.kind for issue in found] == ["glitch", "reset", "late"]
    assert found[0].time == datetime.fromisoformat("2026-11-02T12:30:00-03:00")


def test_a_plain_meter_has_none_but_late_ones(world):
    items = world.get(f"/v1/meters/{world.meters['ana']}/issues?start=2026-11-01").json["items"]
    assert {item["kind"] for item in items} <= {"late"}


def test_a_period_that_is_too_long_or_backwards_is_refused(odd):
    for period in ("start=1990-01-01", "start=2026-11-02&end=2026-11-01"):
        answer = odd.get(f"/v1/meters/{odd.meters['odd']}/issues?{period}")
        assert answer.status == 422, answer.text
