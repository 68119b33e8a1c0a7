"""Corrections, differences and other tariffs by the API, on a town with real bills."""

import asyncio
from decimal import Decimal
from pathlib import Path

import httpx
import numpy as np
import pytest

from harness.billed import ISSUER, QUARTER_S, TARIFFS, Town, at
from quilowatt.api import EventHub, Services, create_app
from quilowatt.billing import TariffBook
from quilowatt.client import AsyncClient, calls_corrections
from quilowatt.jobs.tariff_files import read_source

DAY_S = 86_400
DOCUMENTS = [
    (each.name, each.text, each.included)
    for each in map(read_source, sorted(TARIFFS.glob("*.toml")))
]
OTHER_MONEY = """
format = 2
code = "test/other-money"
currency = "XTS"
name = { pt = "a", en = "a" }
rounding = { rule = "half_even", places = 2 }
[names]
energy = { pt = "a", en = "a" }
[[version]]
from = 2020-01-01
act = "a"
source = "s"
charges = [{ code = "energy", kind = "energy", rate_per_kwh = 0.01 }]
"""


def use(town, span, day_wh, evening_wh, first_wh=1000):
    """A home that takes so much in a quarter-hour of the day, and of the evening from 18 to 21."""
    times_s = np.arange(at(span[0]), at(span[1]) + 1, QUARTER_S)
    hours = (times_s - QUARTER_S) // 3600 % 24
    steps = np.where((hours >= 18) & (hours < 21), evening_wh, day_wh)
    steps[0] = 0
    town.read(1, times_s, first_wh + np.cumsum(steps))
    return first_wh + int(steps.sum())


@pytest.fixture
def town(tmp_path):
    with Town(tmp_path) as town:
        assert town.home(1) == 1
        last_wh = use(town, ("2026-08-01T00:00:00", "2026-10-01T00:00:00"), 100, 300)
        use(town, ("2026-10-01T00:00:00", "2026-11-03T06:00:00"), 100, 500, last_wh)
        yield town


def app(town):
    services = Services(
        readings=town.readings,
        ledger=town.ledger,
        tariffs=town.tariffs,
        hub=EventHub(),
        clock=lambda: float(town.now_s),
        version="1",
        issuer=ISSUER,
    )
    return create_app(services)


def ask(town, method, url, body=None, **headers):
    async def once():
        transport = httpx.ASGITransport(app(town))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.request(method, url, json=body, headers=headers)

    return asyncio.run(once())


def issue(town):
    for month in ("2026-08", "2026-09", "2026-10"):
        town.run(month)
    return town.issued()


def test_why_an_invoice_differs_sums_to_the_difference(town):
    _, september, october = issue(town)
    found = ask(town, "GET", f"/v1/invoices/{october.number}/difference").json()
    assert Decimal(found["difference"]) == october.total - september.total
    amounts = {part["cause"]: Decimal(part["amount"]) for part in found["parts"]}
    assert sum(amounts.values()) == Decimal(found["difference"])
    assert amounts["hours"] > 0
    assert amounts["tariff"] == amounts["taxes"] == amounts["flags"] == 0
    days = found["parts"][0]["message"]
    assert days == "Days: 31 instead of 30, at the pace of the cycle before"


def test_the_running_bill_is_compared_with_what_was_not_issued_too(town):
    place = town.ledger.client_of_meters([1])[1].usage_point_uuid
    found = ask(town, "GET", f"/v1/usage-points/{place}/bill/difference").json()
    parts = sum(Decimal(part["amount"]) for part in found["parts"])
    assert (
        parts == Decimal(found["difference"]) == Decimal(found["after"]) - Decimal(found["before"])
    )


def test_nothing_before_is_said_so(town):
    first, *_ = issue(town)
    answer = ask(town, "GET", f"/v1/invoices/{first.number}/difference")
    assert answer.status_code == 404
    assert "cycle before" in answer.json()["detail"]


def test_other_tariffs_price_the_same_cycles_as_a_bill_by_them_would(town):
    client = town.ledger.client_of_meters([1])[1]
    meter, place = client.meter_uuid, client.usage_point_uuid
    url = f"/v1/meters/{meter}/what-if?tariff=examples/tiers&tariff=examples/time-of-use"
    found = ask(town, "GET", url).json()
    assert [cycle["month"] for cycle in found["cycles"]] == ["2026-08", "2026-09", "2026-10"]
    own = [cycle["prices"][1]["total"] for cycle in found["cycles"]]
    assert own == [cycle["total"] for cycle in found["cycles"]]
    assert found["totals"][1]["total"] == found["total"]
    tiers = [Decimal(cycle["prices"][0]["total"]) for cycle in found["cycles"]]
    assert sum(tiers) == Decimal(found["totals"][0]["total"])
    assert ask(town, "GET", url.replace(f"meters/{meter}", f"usage-points/{place}")).json() == found
    assert ask(town, "GET", f"/v1/meters/{meter}/what-if?tariff=none").status_code == 422
    assert ask(town, "GET", f"/v1/meters/{meter}/what-if").status_code == 422


@pytest.mark.asyncio
async def test_other_tariffs_by_the_typed_client(town):
    meter = town.ledger.client_of_meters([1])[1].meter_uuid
    async with AsyncClient("http://test", transport=httpx.ASGITransport(app(town))) as api:
        found = await api.ask(calls_corrections.what_if(meter, ["examples/tiers"]))
    assert [each.tariff for each in found.totals] == ["examples/tiers"]


def test_a_tariff_that_cannot_price_a_cycle_says_why_and_the_others_are_shown(town):
    meter = town.ledger.client_of_meters([1])[1].meter_uuid
    url = f"/v1/meters/{meter}/what-if?tariff=examples/series&tariff=examples/tiers"
    found = ask(town, "GET", url).json()
    series, tiers = found["totals"]
    assert series["total"] is None
    assert series["note"]
    assert tiers["total"] is not None


def test_a_tariff_in_other_money_is_not_compared_and_the_note_names_the_cycle(town):
    town.tariffs = TariffBook.load([*DOCUMENTS, ("usd.toml", OTHER_MONEY, {})])
    meter = town.ledger.client_of_meters([1])[1].meter_uuid
    found = ask(town, "GET", f"/v1/meters/{meter}/what-if?tariff=test/other-money").json()
    (other,) = found["totals"]
    assert other["total"] is None
    assert other["note"].startswith("2026-08: it is in XTS, not in ")


def test_silent_months_hide_no_older_ones(town):
    town.now_s = at("2027-02-03T08:00:00")
    meter = town.ledger.client_of_meters([1])[1].meter_uuid
    found = ask(town, "GET", f"/v1/meters/{meter}/what-if?tariff=examples/tiers").json()
    months = [cycle["month"] for cycle in found["cycles"]]
    assert months[:4] == ["2026-08", "2026-09", "2026-10", "2026-11"]
    assert months == sorted(months)


def test_a_correction_by_the_api(town):
    *_, october = issue(town)
    assert ask(town, "GET", "/v1/corrections?month=2026-10").json()["items"] == []
    order = {"author": "Ana", "reason": "revised by the maker"}
    url = f"/v1/invoices/{october.number}/correction"
    answer = ask(town, "POST", url, order)
    assert (answer.status_code, "nothing to correct" in answer.text) == (409, True)
    town.now_s += DAY_S
    town.read(1, [at("2026-11-01T00:00:00")], [town.said(october).meters[0].last_import_wh + 50])
    (item,) = ask(town, "GET", "/v1/corrections?month=2026-10").json()["items"]
    assert (item["invoice"], item["billed"]) == (october.number, str(october.total))
    assert "revised" in item["reason"]
    made = ask(town, "POST", url, order)
    assert made.status_code == 201, made.text
    assert made.json()["difference"] == item["difference"]
    assert ask(town, "POST", url, order).status_code == 409
    shown = ask(town, "GET", f"/v1/invoices/{october.number}").json()
    assert (shown["state"], shown["replaced_by"]) == ("replaced", made.json()["replacement"])
    note = ask(town, "GET", f"/v1/invoices/{made.json()['credit_note']}/pdf")
    assert note.content.startswith(b"%PDF")


def test_the_pages_name_every_route_of_this_module():
    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
    for route in ("/corrections", "/difference", "/what-if", "/v1/payments", "/account"):
        assert route in page
