"""What is said of usage points and customers by the API, and what becomes of their bills."""

import asyncio
import csv
import io
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest

from quilowatt.api import EventHub, Services, create_app
from quilowatt.api.accepted import said
from quilowatt.billing import TariffBook
from quilowatt.client.models_terms import CustomerChange, UsagePointChange
from quilowatt.core import ReadingBatch
from quilowatt.store import LedgerDefaults, RegistrationRequest, SqlLedger
from quilowatt.store.readings_duckdb import DuckReadingStore

ZONE = ZoneInfo("America/Bahia")
QUARTER_S = 900

TARIFF = """
format = 2
code = "{code}"
currency = "BRL"
name = {{ pt = "Teste", en = "Test" }}
rounding = {{ rule = "half_up", places = 2 }}
serves = {{ class = ["home", "shop"] }}
[names]
energy = {{ pt = "Energia", en = "Energy" }}
net = {{ pt = "Compensada", en = "Offset" }}
demand = {{ pt = "Demanda", en = "Demand" }}
[[version]]
from = 2020-01-01
act = "act"
source = "source"
charges = [{charges}]
"""
FLAT = (
    '{ code = "energy", kind = "energy", rate_per_kwh = 1, when = { class = ["home"] } }, '
    '{ code = "energy", kind = "energy", rate_per_kwh = 2, unless = { class = ["home"] } }'
)
LONG = '{ code = "energy", kind = "energy", rate_per_kwh = 1 }'
NET = (
    '{ code = "energy", kind = "energy", rate_per_kwh = 1 }, '
    '{ code = "net", kind = "net_metering", keep_kwh = 0, expiry_months = 60, '
    'credits = [{ code = "net", rate_per_kwh = 1 }] }'
)


REGIME = "regime = { cycle_days = { most = 33 }, source = 'source' }\n"


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


NOW_S = at("2026-11-23T14:07:00")


@dataclass
class Town:
    """Ana takes 400 W all the time since 1 August; Bruno lives beside her, and nothing is read."""

    services: Services
    place: str
    customer: str
    other: str
    last_wh: int

    def append(self, time_s, import_wh):
        row = ReadingBatch(
            *(
                np.array([x], kind)
                for x, kind in (
                    (1, np.int32),
                    (time_s, np.int64),
                    (import_wh, np.int64),
                    (0, np.int64),
                )
            )
        )
        self.services.readings.append(row, now_s=NOW_S)

    def ask(self, method, url, body=None, **headers):
        async def ask():
            transport = httpx.ASGITransport(create_app(self.services))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
                names = {name.replace("_", "-"): value for name, value in headers.items()}
                return await http.request(method, url, json=body, headers=names)

        return asyncio.run(ask())

    def get(self, url, **headers):
        answer = self.ask("GET", url, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, body, status=200, **headers):
        answer = self.ask("PUT", f"/v1/usage-points/{self.place}", body, **headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def bill(self, month):
        (item,) = self.get(f"/v1/invoices?month={month}&customer={self.customer}")["items"]
        return item

    def total(self, month):
        return self.bill(month)["total"]


def register(ledger, name, number):
    request = RegistrationRequest(
        uuid=UUID(f"00000000-0000-4000-8000-{number:012}"),
        name=name,
        serial=f"SN-{number}",
        model="sim",
        phases=1,
        interval_s=QUARTER_S,
        digits=0,
        usage_point=None,
        extra={},
        at_s=at("2026-08-01T00:00:00"),
    )
    (meter,) = ledger.register_meters([request])
    return meter


@pytest.fixture
def town(tmp_path):
    ledger = SqlLedger.open(tmp_path / "ledger.db", LedgerDefaults(tariff_code="test/flat"))
    store = DuckReadingStore(tmp_path / "readings")
    ana, bruno = register(ledger, "Ana Luísa", 1), register(ledger, "Bruno", 2)
    times_s = np.arange(at("2026-08-01T00:00:00"), NOW_S + 1, QUARTER_S, dtype=np.int64)
    steps = np.arange(times_s.size, dtype=np.int64)
    rows = ReadingBatch(
        np.full(times_s.size, ana.number, np.int32), times_s, 100 * steps, 0 * steps
    )
    store.append(rows, now_s=NOW_S)
    documents = [
        (
            f"{name}.toml",
            (REGIME if name == "long" else "")
            + TARIFF.format(code=f"test/{name}", charges=charges),
        )
        for name, charges in (("flat", FLAT), ("long", LONG), ("net", NET))
    ]
    services = Services(
        readings=store,
        ledger=ledger,
        tariffs=TariffBook.load(documents),
        hub=EventHub(),
        clock=lambda: float(NOW_S),
        version="1.2.3",
        zone=ZONE,
    )
    clients = ledger.client_of_meters([ana.number, bruno.number])
    first = clients[ana.number]
    yield Town(
        services,
        str(first.usage_point_uuid),
        str(first.customer_uuid),
        str(clients[bruno.number].usage_point_uuid),
        int(100 * steps[-1]),
    )
    store.close()
    ledger.close()


KWH = Decimal("9.6")  # of a day


def test_a_class_changes_the_bill_of_the_running_cycle_and_no_other(town):
    assert town.total("2026-10") == str(31 * 2 * KWH) + "0"
    before = Decimal(town.total("2026-11"))
    answer = town.put({"attributes": {"class": "home"}, "author": "op", "reason": "a visit"})
    assert (answer["from"], answer["billed_from"], answer["is_new"]) == (
        "2026-11-01",
        "2026-11-01",
        True,
    )
    assert Decimal(town.total("2026-11")) == before / 2
    assert town.total("2026-10") == str(31 * 2 * KWH) + "0"


def test_saying_it_again_records_nothing(town):
    body = {"attributes": {"class": "home"}, "contracted_kw": 3.5, "from": "2026-10-01"}
    assert town.put(body)["is_new"]
    assert not town.put(body)["is_new"]
    assert len(town.get(f"/v1/usage-points/{town.place}/terms")["items"]) == 1


def test_a_tariff_said_within_a_cycle_is_billed_from_the_next_cycle(town):
    answer = town.put({"tariff": "test/net", "from": "2026-10-02"})
    assert answer["billed_from"] == "2026-11-01"
    assert [town.bill(month)["tariff"] for month in ("2026-10", "2026-11")] == [
        "test/flat",
        "test/net",
    ]


def test_lists_show_the_tariff_and_billing_day_of_today(town):
    town.put({"tariff": "test/net", "billing_day": 10, "from": "2026-11-20"})
    town.put({"tariff": "test/flat", "from": "2026-12-24"})
    customer = next(
        item for item in town.get("/v1/customers")["items"] if item["id"] == town.customer
    )
    assert customer["tariff"] == "test/net"
    (meter,) = town.get("/v1/meters?meter=SN-1")["items"]
    assert (meter["usage_point"]["tariff"], meter["usage_point"]["billing_day"]) == ("test/net", 10)


def test_a_billing_day_that_moves_leaves_no_day_out(town):
    town.put({"billing_day": 15, "from": "2026-09-01"})
    bills = [town.bill(month) for month in ("2026-08", "2026-09", "2026-10")]
    assert [(bill["start"][:10], bill["end"][:10]) for bill in bills] == [
        ("2026-08-01", "2026-09-01"),
        ("2026-09-01", "2026-10-15"),
        ("2026-10-15", "2026-11-15"),
    ]
    days = sum(Decimal(str(bill["import_kwh"])) for bill in bills) / KWH
    assert days == 31 + 44 + 31


def test_what_a_long_cycle_leaves_is_billed_with_the_next(town):
    """Of 44 days 33 are billed, so that the next bill has 11 days more."""
    town.put({"tariff": "test/long", "billing_day": 15, "from": "2026-09-01"})
    assert [Decimal(town.total(month)) / KWH for month in ("2026-09", "2026-10")] == [33, 31 + 11]


def test_a_balance_is_taken_off_and_what_is_left_goes_on(town):
    bank = [{"born": "2026-08-01", "kwh": 500}]
    town.put({"tariff": "test/net", "from": "2026-09-01", "balance": {"credits": bank}})
    # 288, 297.6 and what runs in November are used; 500 − 288 = 212 are left for October.
    assert [town.total(month) for month in ("2026-09", "2026-10")] == ["0.00", "85.60"]
    assert Decimal(town.total("2026-11")) == Decimal(str(town.bill("2026-11")["import_kwh"]))
    assert town.bill("2026-08")["tariff"] == "test/flat"


def test_a_stated_limit_judges_readings_alike_in_bills_and_profiles(town):
    """3 kWh in five minutes, 36 kW, may flow over an unknown connection, not over one of 6 kW."""
    town.append(at("2026-11-23T14:05:00"), town.last_wh + 3000)

    def energies():
        (meter,) = town.get("/v1/meters?meter=SN-1")["items"]
        url = f"/v1/meters/{meter['id']}/load-profile?start=2026-11-01&end=2026-11-23&resolution="
        profiles = (town.get(url + resolution)["import_kwh"] for resolution in ("5m", "1h", "1mo"))
        return {town.bill("2026-11")["import_kwh"], meter["month_kwh"], *profiles}

    (believed,) = energies()
    town.put({"limit_w": 6000})
    (doubted,) = energies()
    assert round(believed - doubted, 3) == 3
    town.put({"limit_w": 60_000, "from": "2026-11-02"})
    assert energies() == {believed}


def test_all_that_is_wrong_is_said_at_once_in_both_languages(town):
    body = {"tariff": "test/flap", "billing_day": 28, "balance": {}, "from": "2026-11-02"}
    problem = town.put(body, 422)
    assert [each["parameter"] for each in problem["errors"]] == ["tariff", "billing_day", "balance"]
    assert "near it: test/flat" in problem["errors"][0]["detail"]
    assert "parecidas: test/flat" in town.put(body, 422, accept_language="pt")["detail"]
    assert town.get(f"/v1/usage-points/{town.place}/terms")["items"] == []


def test_a_class_that_the_tariff_has_no_prices_for_is_refused(town):
    problem = town.put({"attributes": {"class": "castle"}}, 422)
    assert problem["errors"][0]["parameter"] == "attributes"
    assert "has no prices for class 'castle', only for home, shop" in problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"author": "op"},
        {"billing_day": 32},
        {"billing_day": "5"},
        {"attributes": {"Class": "x"}},
        {"attributes": {"class": ""}},
        {"attributes": {"class": "a\0b"}},
        {"contracted_kw": -1},
        {"contracted_kw": "NaN"},
        {"limit_w": 1.5},
        {"alert_sensitivity_pct": 9},
        {"alert_sensitivity_pct": 401},
        {"has_generation": 1},
        {"has_generation": "perhaps"},
        {"master": "ana"},
        {"master": "00000000-0000-4000-8000-00000000ffff"},
        {"from": "2026-02-30", "tariff": "test/net"},
        {"from": 20260201, "tariff": "test/net"},
        {"from": "1815-01-01", "tariff": "test/net"},
        {"tariff": "test/net", "colour": "blue"},
    ],
)
def test_what_is_no_change_is_refused(town, body):
    town.put(body, 422)
    assert town.get(f"/v1/usage-points/{town.place}/terms")["items"] == []


def test_who_is_not_there_gets_404(town):
    nobody = "00000000-0000-4000-8000-00000000ffff"
    for url in (f"/v1/usage-points/{nobody}", f"/v1/usage-points/{nobody}/terms"):
        assert town.ask("GET", url).status_code == 404
    answer = town.ask("PUT", f"/v1/customers/{nobody}", {"language": "pt"}, accept_language="pt")
    assert (answer.status_code, "Não há cliente" in answer.text) == (404, True)


def test_a_page_of_another_site_changes_nothing(town):
    town.put({"tariff": "test/net"}, 403, sec_fetch_site="cross-site")


def test_a_day_is_shown_as_it_was_and_will_be(town):
    town.put({"is_vacant": True, "address": ["Rua A, 1"], "from": "2026-12-24"})
    url = f"/v1/usage-points/{town.place}"
    today, later = town.get(url), town.get(f"{url}?day=2026-12-24")
    assert (today["is_vacant"], later["is_vacant"]) == (False, True)
    assert (later["address"], later["cycle"]["month"]) == (["Rua A, 1"], "2026-12")
    assert town.ask("GET", f"{url}?day=0001-01-01").status_code == 422


def test_facts_for_alerts_are_said_shown_and_taken_back_and_change_no_bill(town):
    before, told = town.bill("2026-11"), []
    object.__setattr__(town.services, "on_terms", told.append)
    body = {"alert_sensitivity_pct": 200, "has_generation": False, "master": town.other.upper()}
    shown = town.put(body)["usage_point"]
    assert {name: shown[name] for name in body} == body | {"master": town.other}
    assert not town.put(body)["is_new"]
    assert told == [1]
    nothing = {"has_generation": "unknown", "master": ""}
    shown = town.put(nothing)["usage_point"]
    assert {name: shown[name] for name in nothing} == nothing
    assert town.bill("2026-11") == before


def test_masters_form_no_ring_on_any_day(town):
    assert "under itself" in str(town.put({"master": town.place}, 422))
    town.put({"master": town.other, "from": "2026-12-01"})
    other = f"/v1/usage-points/{town.other}"
    refused = town.ask("PUT", other, {"master": town.place}, accept_language="pt")
    assert refused.status_code == 422
    assert "círculo" in refused.text
    assert "2026-12-01" in refused.text
    town.put({"master": "", "from": "2026-12-01"})
    assert town.ask("PUT", other, {"master": town.place}).status_code == 200


def test_lists_are_filtered_and_paged(town):
    town.put({"tariff": "test/net", "attributes": {"class": "home"}})
    for query in ("tariff=test/net", "attribute=class=home", "customer=ana", "meter=SN-1"):
        (item,) = town.get(f"/v1/usage-points?{query}")["items"]
        assert item["id"] == town.place
    first = town.get("/v1/usage-points?limit=1")
    second = town.get(f"/v1/usage-points?limit=1&cursor={first['next_cursor']}")
    ids = [page["items"][0]["id"] for page in (first, second)]
    assert ids == [town.place, town.other]
    assert second["next_cursor"] is None


def test_what_was_said_is_listed_in_its_order(town):
    town.put({"tariff": "test/net", "from": "2026-12-01", "author": "ana", "reason": "why"})
    town.put({"limit_w": 9000, "from": "2026-10-01"})
    url = f"/v1/usage-points/{town.place}/terms"
    first = town.get(f"{url}?limit=1")
    second = town.get(f"{url}?limit=1&cursor={first['next_cursor']}")
    assert first["items"][0] == {
        "kind": "terms",
        "from": "2026-12-01",
        "recorded_at": "2026-11-23T14:07:00-03:00",
        "author": "ana",
        "reason": "why",
        "change": {"tariff": "test/net"},
    }
    assert second["items"][0]["change"] == {"limit_w": 9000}
    rows = list(csv.DictReader(io.StringIO(town.ask("GET", url, accept="text/csv").text)))
    assert [(row["from"], row["change"]) for row in rows] == [
        ("2026-12-01", "tariff=test/net"),
        ("2026-10-01", "limit_w=9000"),
    ]


def test_details_of_a_customer_are_kept_and_dated(town):
    url = f"/v1/customers/{town.customer}"
    body = {"tax_id": "123", "email": "ana@example.org", "language": "pt", "address": ["Rua A"]}
    assert town.ask("PUT", url, body | {"from": "2026-11-20"}).json() == {
        "id": town.customer,
        "name": "Ana Luísa",
        **body,
    }
    assert town.get(f"{url}?day=2026-11-19")["tax_id"] == ""
    assert town.get(url)["language"] == "pt"
    answer = town.ask("PUT", url, {"email": "ana at home"})
    assert (answer.status_code, "ana@example.org" in answer.text) == (422, True)
    (entry,) = [e for e in town.services.ledger.audit(limit=100) if e.action == "customer_set"]
    assert entry.details["change"]["email"] == "ana@example.org"


def test_the_tariffs_of_the_server_are_listed(town):
    page = town.get("/v1/tariffs?limit=1")
    assert page["items"] == [
        {
            "code": "test/flat",
            "name": "Test",
            "currency": "BRL",
            "first_day": "2020-01-01",
            "last_day": None,
        }
    ]
    page = town.get(f"/v1/tariffs?limit=1&cursor={page['next_cursor']}")
    assert (page["items"][0]["code"], bool(page["next_cursor"])) == ("test/long", True)
    assert [item["code"] for item in town.get("/v1/tariffs?code=NET")["items"]] == ["test/net"]


@pytest.mark.parametrize("body", [UsagePointChange, CustomerChange])
def test_what_a_field_accepts_is_said_in_portuguese_too(body):
    schema = body.model_json_schema()
    texts = [field["description"] for field in schema["properties"].values()]
    assert [text for text in [*texts, schema["description"]] if said(text, "pt") == text] == []
