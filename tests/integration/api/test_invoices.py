"""Bills and invoices by API: how they stand, what they say, and what is behind their lines."""

import asyncio
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import httpx
import pytest

from harness.billed import ISSUER, Town, at
from harness.waiting import until
from quilowatt.api import EventHub, Services, create_app
from quilowatt.api.events import InvoiceNews
from quilowatt.api.seed_items import Fatura
from quilowatt.client import Client, calls_invoices
from quilowatt.client.models_invoices import (
    BillingRun,
    BillingRunRequest,
    Invoice,
    InvoiceDetails,
    LineIntervals,
)
from quilowatt.jobs.proof import read_proof, verify
from quilowatt.store import RunChoice

UTC = ZoneInfo("UTC")


class Office:
    """A town with an API that stays."""

    def __init__(self, town, **changes):
        self.town = town
        self.services = Services(
            **{
                "readings": town.readings,
                "ledger": town.ledger,
                "tariffs": town.tariffs,
                "hub": EventHub(),
                "clock": lambda: float(town.now_s),
                "version": "1",
                "zone": UTC,
                "issuer": ISSUER,
                **changes,
            }
        )
        self.app = create_app(self.services)

    def ask(self, method, url, body=None, **headers):
        async def ask():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
                return await http.request(method, url, json=body, headers=headers)

        return asyncio.run(ask())

    def get(self, url, **headers):
        return self.ask("GET", url, **headers)

    def items(self, url):
        return self.get(url).json()["items"]

    def run(self, month="2026-10", **asked):
        answer = self.ask("POST", "/v1/billing-runs", {"month": month, **asked})
        assert answer.status_code == 202, answer.text
        run_id = answer.json()["id"]
        until(lambda: self.services.billing_desk.running_id is None, "the end of a run")
        return self.get(f"/v1/billing-runs/{run_id}").json()


@pytest.fixture
def town(tmp_path):
    with Town(tmp_path) as town:
        for number in (1, 2, 3):
            home = town.home(number)
            town.steady(home, "2026-09-30T00:00:00", "2026-11-03T08:00:00", 100 * number)
        yield town


@pytest.fixture
def office(town):
    office = Office(town)
    yield office
    office.services.billing_desk.close()


def test_a_run_is_asked_for_and_watched(office):
    run = BillingRun.model_validate(office.run())
    assert (run.state, run.total, run.done, run.issued) == ("finished", 3, 3, 3)
    assert run.findings == []
    assert [each["id"] for each in office.items("/v1/billing-runs")] == [run.id]
    again = office.run()
    assert again["issued"] == 0


def test_the_same_key_is_the_same_run(office):
    first, second = (
        office.ask("POST", "/v1/billing-runs", {"month": "2026-10"}, **{"Idempotency-Key": "k"})
        for _ in range(2)
    )
    until(lambda: office.services.billing_desk.running_id is None, "the end of a run")
    assert first.json()["id"] == second.json()["id"]
    assert len(office.items("/v1/billing-runs")) == 1


def test_a_dry_run_by_api_writes_nothing(office, town):
    before = town.rows(), town.rows("billing_runs")
    body = {"month": "2026-10", "dry_run": True}
    found = BillingRun.model_validate(office.ask("POST", "/v1/billing-runs", body).json())
    assert (found.id, found.state, found.issued) == (None, "rehearsed", 3)
    assert (town.rows(), town.rows("billing_runs")) == before
    office.run()
    assert found.sums == {"EUR": sum(invoice.total for invoice in town.issued())}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"month": "2026-11"}, "has not ended"),
        ({"month": "2026-10", "customer": "nobody"}, "no usage point"),
    ],
)
def test_a_run_that_can_not_be_says_why(office, asked, words):
    answer = office.ask("POST", "/v1/billing-runs", asked)
    assert answer.status_code == 409
    assert words in answer.text


def test_without_an_issuer_an_example_is_shown(town, tmp_path):
    office = Office(town, issuer=tmp_path / "issuer.toml")
    answer = office.ask("POST", "/v1/billing-runs", {"month": "2026-10"})
    assert answer.status_code == 409
    assert "Condomínio Jardim" in json.loads(answer.text)["detail"]
    (tmp_path / "issuer.toml").write_text('name = "Solar Farm"')
    office.run()
    number = town.issued()[0].number
    assert office.get(f"/v1/invoices/{number}").json()["issuer"]["name"] == "Solar Farm"


def test_a_page_of_another_site_issues_nothing(office, town):
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = office.ask("POST", "/v1/billing-runs", {"month": "2026-10"}, **headers)
    assert answer.status_code == 403
    assert town.issued() == []


def test_running_bills_and_invoices_are_one_list(office):
    assert [item["state"] for item in office.items("/v1/invoices")] == ["running"] * 3
    assert {item["state"] for item in office.items("/v1/invoices?month=2026-10")} == {"unissued"}
    office.run(customer="Home 2")
    listed = [Invoice.model_validate(item) for item in office.items("/v1/invoices?month=2026-10")]
    assert [(item.state, item.number) for item in listed] == [
        ("unissued", None),
        ("issued", "2026-000001"),
        ("unissued", None),
    ]
    assert listed[1].due == date(2026, 11, 17)
    assert [item["customer"]["name"] for item in office.items("/v1/invoices?state=issued")] == [
        "Home 2"
    ]
    assert len(office.items("/v1/invoices?state=unissued&month=2026-10")) == 2
    assert office.items("/v1/invoices?state=issued&customer=Home 1") == []


def test_what_is_unissued_is_what_will_be_issued(office):
    before = office.items("/v1/invoices?month=2026-10")
    office.run()
    after = office.items("/v1/invoices?month=2026-10")
    for unissued, issued in zip(before, after, strict=True):
        for key in ("total", "lines", "taxes", "quality", "import_kwh"):
            assert unissued[key] == issued[key]


def test_an_invoice_that_is_late_is_overdue(office, town):
    office.run()
    town.now_s = at("2026-11-18T00:00:00")
    assert {item["state"] for item in office.items("/v1/invoices?month=2026-10")} == {"overdue"}
    assert len(office.items("/v1/invoices?state=overdue")) == 3
    assert office.items("/v1/invoices?state=issued") == []


def test_pages_of_invoices_follow_one_another(office):
    office.run()
    first = office.get("/v1/invoices?state=issued&limit=2").json()
    second = office.get(f"/v1/invoices?state=issued&limit=2&cursor={first['next_cursor']}").json()
    numbers = [item["number"] for page in (first, second) for item in page["items"]]
    assert numbers == ["2026-000003", "2026-000002", "2026-000001"]
    assert second["next_cursor"] is None


def test_faturas_say_it_in_portuguese(office):
    office.run()
    (fatura,) = office.items("/faturas?mes=2026-10&cliente=Home 1")
    assert Fatura.model_validate(fatura).situacao == "emitida"
    assert (fatura["numero"], fatura["vencimento"]) == ("2026-000001", "2026-11-17")
    assert fatura["qualidade"]["medido_s"] == 31 * 86_400
    assert [item["numero"] for item in office.items("/faturas?situacao=emitida")] == [
        "2026-000003",
        "2026-000002",
        "2026-000001",
    ]


def test_an_invoice_is_shown_whole(office, town):
    office.run()
    (row, *_) = town.issued()
    found = InvoiceDetails.model_validate(office.get("/v1/invoices/2026-000001").json())
    assert found.digest == row.digest
    assert found.meters[0].import_kwh == 31 * 96 * 0.1
    assert found.links[0].readings == 31 * 96
    assert (
        office.get("/v1/invoices/2026-000001/record").content
        == (town.ledger.invoices.documents_of([row.id])[row.id])
    )
    assert office.get("/v1/invoices/2026-000009").status_code == 404


def test_an_invoice_is_printed_and_proved(office):
    office.run()
    printed = office.get("/v1/invoices/2026-000001/pdf", **{"Accept-Language": "pt"})
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    proof = read_proof(office.get("/v1/invoices/2026-000001/proof").content)
    assert verify(proof).is_proved
    assert proof.invoice.number == "2026-000001"


def test_the_intervals_behind_a_line_sum_to_its_quantity(office):
    office.run()
    lines = office.get("/v1/invoices/2026-000001").json()["lines"]
    assert len(lines) == 3
    for place, line in enumerate(lines, 1):
        answer = office.get(f"/v1/invoices/2026-000001/lines/{place}/intervals")
        found = LineIntervals.model_validate(answer.json())
        assert found.is_same
        assert found.line.code == line["code"]
        assert sum(each.counted_kwh for each in found.intervals) == Decimal(line["quantity"])
    peak = office.get("/v1/invoices/2026-000001/lines/1/intervals").json()["intervals"]
    hours = {interval["start"][11:16] for interval in peak}
    assert (min(hours), max(hours)) == ("17:30", "20:15")
    assert office.get("/v1/invoices/2026-000001/lines/4/intervals").status_code == 404


def test_the_bill_that_runs_can_be_opened_too(office):
    client = office.items("/v1/customers?name=Home 2")[0]
    bill = office.get(f"/v1/usage-points/{client['usage_point']}/bill").json()
    assert (bill["state"], bill["month"]) == ("running", "2026-11")
    assert bill["quality"]["measured_s"] == 2 * 86_400 + 8 * 3600
    for place, line in enumerate(bill["lines"], 1):
        url = f"/v1/usage-points/{client['usage_point']}/bill/lines/{place}/intervals"
        found = LineIntervals.model_validate(office.get(url).json())
        assert sum(each.counted_kwh for each in found.intervals) == Decimal(line["quantity"])
    nobody = "00000000-0000-4000-8000-00000000ffff"
    assert office.get(f"/v1/usage-points/{nobody}/bill").status_code == 404


def test_what_was_issued_is_told_to_those_who_want_it(office, town):
    hub = office.services.hub
    everyone, one, none = (
        hub.subscribe(),
        hub.subscribe(meters=[2], kinds=["invoice"]),
        hub.subscribe(kinds=["alert"]),
    )
    meters = {place: frozenset({place}) for place in (1, 2, 3)}
    told = []
    desk_services = replace(office.services, on_issued=told.append)
    desk_services.billing_desk.start("2026-10", RunChoice())
    until(lambda: desk_services.billing_desk.running_id is None, "the end of a run")
    hub.publish(InvoiceNews(tuple(told[0]), meters))
    heard = [subscription.take()[1] for subscription in (everyone, one, none)]
    counts = [[len(news.invoices) for news in each] for each in heard]
    assert counts == [[3], [1], []]
    assert town.issued()[0] == told[0][0]


def test_the_client_speaks_of_invoices(office):
    office.run()

    def answer(request):
        url = str(request.url).removeprefix("http://test")
        found = office.ask(request.method, url, json.loads(request.content or b"null"))
        return httpx.Response(found.status_code, content=found.content)

    transport = httpx.MockTransport(answer)
    with Client("http://test", transport=transport) as client:
        assert client.ask(calls_invoices.invoice("2026-000001")).number == "2026-000001"
        assert client.ask(calls_invoices.line_intervals("2026-000001", 1)).is_same
        asked = BillingRunRequest(month="2026-10", dry_run=True)
        assert client.ask(calls_invoices.start_run(asked)).issued == 0
        assert client.ask(calls_invoices.billing_runs()).items[0].state == "finished"
        run_id = client.ask(calls_invoices.billing_runs()).items[0].id
        assert client.ask(calls_invoices.billing_run(run_id)).issued == 3
        place = client.invoices(customer="Home 1").items[0].usage_point
        assert client.ask(calls_invoices.running_bill(place)).state == "running"
        assert client.ask(calls_invoices.bill_intervals(place, 1)).intervals
