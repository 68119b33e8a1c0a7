"""Alerts handled, budgets set, channels added, by REST: on a real ledger and real readings."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from harness.receivers import web_receiver
from quilowatt.api import EventHub, channel_routes
from quilowatt.client import AsyncClient, calls_alerts
from quilowatt.client.models_alerts import Acknowledge, BudgetOrder, ChannelOrder
from quilowatt.jobs.notifier import Notifier
from quilowatt.store import LedgerDefaults, SqlLedger
from quilowatt.store.readings_duckdb import DuckReadingStore

from .conftest import NOW_S, fill

LATER = "2026-11-24T08:00:00-03:00"


@pytest.fixture
def house(world, tmp_path):
    """The world of the other tests, but one's own: what is decided stays in it."""
    ledger = SqlLedger.open(tmp_path / "ledger.db", LedgerDefaults())
    store = DuckReadingStore(tmp_path / "readings")
    meters = fill(ledger, store)
    clients = ledger.client_of_meters(meter.number for meter in meters.values())
    customers = {name: str(clients[m.number].customer_uuid) for name, m in meters.items()}
    told = []
    notifier = Notifier(ledger, lambda: float(NOW_S), lambda alert, _: {"message": alert.kind})
    services = replace(
        world.services,
        readings=store,
        ledger=ledger,
        hub=EventHub(),
        notifier=notifier,
        on_alert=lambda phase, record: told.append((phase, record.id)),
    )
    yield replace(world, services=services, customers=customers), told
    notifier.close()
    store.close()
    ledger.close()


def place_of(house, customer):
    (item,) = house.get(f"/v1/customers?id={house.customers[customer]}").json["items"]
    return item["usage_point"]


def put(house, path, body, **more):
    return house.ask("PUT", path, body, **more)


def test_an_alert_is_acknowledged_with_a_name_and_a_note(house):
    house, told = house
    answer = house.post("/v1/alerts/2/acknowledge", {"author": "Bia", "note": "the oven"})
    assert answer.status == 200, answer.text
    assert answer.json["is_acknowledged"] is True
    assert answer.json["acknowledged_by"] == "Bia"
    assert answer.json["note"] == "the oven"
    assert told == [("acknowledged", 2)]
    ids = [a["id"] for a in house.get("/v1/alerts?is_acknowledged=true").json["items"]]
    assert ids == [2]
    (alerta,) = house.get("/alertas?ciente=true").json["items"]
    assert (alerta["ciente"], alerta["ciente_por"]) == (True, "Bia")
    (action,) = house.get("/v1/alerts/2/actions").json["items"]
    assert (action["kind"], action["author"]) == ("acknowledge", "Bia")


def test_one_alert_can_be_asked_for(house):
    house, _ = house
    (listed,) = (a for a in house.get("/v1/alerts").json["items"] if a["id"] == 2)
    assert house.get("/v1/alerts/2").json == listed
    assert house.get("/v1/alerts/99").status == 404


def test_an_alert_is_snoozed_until_an_instant_and_comes_back(house):
    house, told = house
    answer = house.post("/v1/alerts/2/snooze", {"author": "Bia", "until": LATER})
    assert answer.json["snoozed_until"] == LATER
    assert told == [("snoozed", 2)]
    assert [a["id"] for a in house.get("/v1/alerts?is_snoozed=true").json["items"]] == [2]
    later = {"clock": lambda: float(NOW_S + 86_400)}
    assert house.get("/v1/alerts?is_snoozed=true", **later).json["items"] == []
    shown = house.get("/v1/alerts?is_snoozed=false", **later).json["items"]
    assert [a["snoozed_until"] for a in shown] == [None, None]


def test_what_is_not_there_or_not_right_is_refused(house):
    house, told = house
    body = {"author": "Bia"}
    assert house.post("/v1/alerts/99/acknowledge", body).status == 404
    assert house.post("/v1/alerts/2/acknowledge", {}).status == 422
    assert house.post("/v1/alerts/2/snooze", body).status == 422
    other = house.post("/v1/alerts/2/acknowledge", body, headers={"Sec-Fetch-Site": "cross-site"})
    assert (other.status, told) == (403, [])
    said = house.post("/v1/alerts/99/acknowledge", body, headers={"Accept-Language": "pt"})
    assert said.json["detail"] == "Não há alerta 99."


def test_a_kind_is_muted_at_a_place_and_told_again(house):
    house, _ = house
    place = place_of(house, "ana")
    order = {"kind": "abrupt_increase", "is_muted": True, "author": "Ana", "reason": "sauna"}
    kept = put(house, f"/v1/usage-points/{place}/mutes", order)
    assert (kept.status, kept.json["is_in_force"]) == (200, True)
    alerts = {a["id"]: a["is_muted"] for a in house.get("/v1/alerts").json["items"]}
    assert alerts == {1: True, 2: False}
    put(house, f"/v1/usage-points/{place}/mutes", {**order, "is_muted": False})
    (newest,) = house.get(f"/v1/usage-points/{place}/mutes").json["items"]
    assert newest["is_muted"] is False
    assert not house.get("/v1/alerts").json["items"][1]["is_muted"]


def test_a_customer_s_mute_of_every_kind_holds_until_its_end(house):
    house, _ = house
    path = f"/v1/customers/{house.customers['bruno']}/mutes"
    order = {"is_muted": True, "until": LATER, "author": "Bruno", "reason": "away"}
    assert put(house, path, order).json["until"] == LATER
    assert house.get("/v1/alerts").json["items"][0]["is_muted"] is True
    later = {"clock": lambda: float(NOW_S + 86_400)}
    assert house.get("/v1/alerts", **later).json["items"][0]["is_muted"] is False
    (mute,) = house.get(path, **later).json["items"]
    assert mute["is_in_force"] is False


def test_a_budget_tells_what_is_used_and_what_is_expected(house):
    house, _ = house
    place = place_of(house, "ana")
    path = f"/v1/usage-points/{place}/budgets"
    answer = put(house, f"{path}/energy", {"limit": "250", "author": "Ana"})
    assert answer.status == 200, answer.text
    assert answer.json["limit"] == "250"
    # 400 W since the first: 22 days, 14 hours and 0 or 7 minutes of a month of thirty days.
    assert Decimal(answer.json["used"]) == Decimal("216.800")
    assert abs(Decimal(answer.json["expected"]) - 288) < 3
    put(house, f"{path}/money", {"limit": "300.50", "author": "Ana"})
    energy, money = house.get(path).json["items"]
    assert (energy["measure"], money["measure"], money["currency"]) == ("energy", "money", "BRL")
    assert Decimal(money["used"]) < Decimal(money["expected"]) <= Decimal(money["high"])
    put(house, f"{path}/energy", {"limit": None, "author": "Ana"})
    assert [b["measure"] for b in house.get(path).json["items"]] == ["money"]


@pytest.mark.parametrize("limit", ["0", "-1", "1.2345", "much"])
def test_a_budget_that_cannot_be_is_refused(house, limit):
    house, _ = house
    path = f"/v1/usage-points/{place_of(house, 'ana')}/budgets/energy"
    answer = put(house, path, {"limit": limit, "author": "Ana"})
    assert (answer.status, "limit" in answer.text) == (422, True)


def test_a_forecast_has_a_range_and_says_from_when_it_is(house):
    house, _ = house
    found = house.get(f"/v1/usage-points/{place_of(house, 'ana')}/forecast").json
    assert found["known_until"] == "2026-11-23T14:00:00-03:00"
    assert found["measured_kwh"] == 216.8
    energy = {name: Decimal(text) for name, text in found["energy_kwh"].items()}
    assert energy["low"] <= energy["expected"] <= energy["high"]
    assert abs(energy["expected"] - 288) < 3
    assert Decimal(found["money"]["low"]) <= Decimal(found["money"]["expected"])
    assert (found["currency"], found["track_record"]) == ("BRL", None)


def test_of_a_meter_that_never_spoke_nothing_is_expected(house):
    house, _ = house
    found = house.get(f"/v1/usage-points/{place_of(house, 'carla')}/forecast").json
    assert (found["energy_kwh"], found["money"], found["known_until"]) == (None, None, None)


CHANNEL = {"name": "hook", "url": "https://example.org/T0KEN", "author": "Ana"}


def test_a_channel_shows_its_secret_once_and_its_token_never(house):
    house, _ = house
    made = house.post("/v1/channels", CHANNEL)
    assert made.status == 201, made.text
    assert len(made.json["secret"]) >= 32
    assert made.json["url"] == "https://example.org/****"
    (shown,) = house.get("/v1/channels").json["items"]
    assert shown == made.json | {"secret": None}
    assert house.get(f"/v1/channels/{shown['id']}").json == shown
    gone = house.post(f"/v1/channels/{shown['id']}/remove", {"author": "Bia"})
    assert gone.json["removed_at"] is not None
    assert house.get("/v1/channels").json["items"] == []
    assert "T0KEN" not in made.text + gone.text


def test_the_same_key_is_the_same_channel_and_does_not_show_its_secret_again(house):
    house, _ = house
    key = {"Idempotency-Key": "k1"}
    first = house.post("/v1/channels", CHANNEL, headers=key).json
    again = house.post("/v1/channels", CHANNEL, headers=key).json
    assert again == first | {"secret": None}
    assert len(house.get("/v1/channels").json["items"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"url": "nonsense://T0KEN"},
        {"url": "https://"},
        {"url": "T0KEN"},
        {"quiet_start": "22:00"},
        {"quiet_start": "22:00", "quiet_end": "24:00"},
        {"timezone": "Mars/Olympus"},
        {"digest_hour": 24},
        {"secret": "short"},
        {"kinds": ["surge"]},
        {"name": "a\nBcc: eve@example.org"},
        {"name": " "},
    ],
)
def test_a_channel_that_cannot_be_is_refused_without_its_token(house, change):
    house, _ = house
    answer = house.post("/v1/channels", {**CHANNEL, **change})
    assert answer.status == 422
    assert "T0KEN" not in answer.json["detail"]
    assert house.get("/v1/channels").json["items"] == []


def test_a_channel_that_was_added_is_found_again_by_its_key_when_no_more_fit(house, monkeypatch):
    house, _ = house
    monkeypatch.setattr(channel_routes, "CHANNELS_MAX", 1)
    key = {"Idempotency-Key": "the last one"}
    first = house.post("/v1/channels", CHANNEL, headers=key).json
    again = house.post("/v1/channels", CHANNEL, headers=key)
    assert (again.status, again.json["id"]) == (201, first["id"])
    assert house.post("/v1/channels", CHANNEL).status == 422


def test_a_channel_of_a_customer_takes_the_customer_s_zone(house):
    house, _ = house
    body = {**CHANNEL, "customer": house.customers["ana"], "url": "ntfy://ana-alerts"}
    made = house.post("/v1/channels", body).json
    assert (made["timezone"], made["secret"]) == ("America/Bahia", None)
    assert made["url"] == "ntfy://****"
    of_bruno = house.get(f"/v1/channels?customer={house.customers['bruno']}")
    assert of_bruno.json["items"] == []


def test_a_channel_speaks_the_customer_s_language_else_that_of_who_asks(house):
    house, _ = house
    ana = house.customers["ana"]
    body = {**CHANNEL, "customer": ana, "url": "ntfy://ana-alerts", "language": None}
    portuguese = {"accept-language": "pt-BR"}
    assert house.post("/v1/channels", body, headers=portuguese).json["language"] == "pt"
    assert house.ask("PUT", f"/v1/customers/{ana}", {"language": "pt"}).status == 200
    assert house.post("/v1/channels", body).json["language"] == "pt"
    assert house.post("/v1/channels", {**body, "language": "en"}).json["language"] == "en"
    assert house.post("/v1/channels", {**body, "customer": None}).json["language"] == "en"


def test_a_test_message_and_notices_with_their_attempts(house):
    house, _ = house
    with web_receiver() as hooks:
        made = house.post("/v1/channels", {**CHANNEL, "url": hooks.url}).json
        path = f"/v1/channels/{made['id']}"
        assert house.post(f"{path}/test").json == {"is_sent": True, "detail": "HTTP 200 OK"}
        hooks.script[:] = [503]
        house.services.notifier.turn()
    (notice, *_) = house.get(f"/v1/notices?channel={made['id']}").json["items"]
    assert (notice["state"], notice["phase"]) == ("waiting", "opened")
    assert notice["attempts"][0]["detail"] == "HTTP 503 Service Unavailable"
    assert notice["channel_name"] == "hook"
    same = house.get(f"/v1/notices?alert={notice['alert']}").json["items"]
    assert {each["alert"] for each in same} == {notice["alert"]}
    assert house.get("/v1/notices?alert=99").json["items"] == []
    assert house.get("/v1/notices?state=dead").json["items"] == []
    assert house.post(f"/v1/notices/{notice['id']}/retry").status == 404


@pytest.mark.asyncio
async def test_by_the_typed_client(house):
    house, _ = house
    transport = httpx.ASGITransport(house.app())
    place = await asyncio.to_thread(place_of, house, "ana")
    async with AsyncClient("http://test", transport=transport) as api:
        alert = await api.ask(calls_alerts.acknowledge(2, Acknowledge(author="Bia")))
        order = BudgetOrder(limit=Decimal(300), author="Ana")
        budget = await api.ask(calls_alerts.set_budget(place, "energy", order))
        made = await api.ask(calls_alerts.add_channel(ChannelOrder(**CHANNEL)))
        listed = await api.ask(calls_alerts.channels())
        forecast = await api.ask(calls_alerts.forecast(place))
    assert alert.is_acknowledged
    assert budget.limit == 300
    assert [each.id for each in listed.items] == [made.id]
    assert forecast.energy_kwh is not None
