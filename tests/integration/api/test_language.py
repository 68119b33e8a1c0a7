"""Texts in the language of the reader: Portuguese or English, on every route."""

import asyncio
from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from quilowatt.api import AlertNews, EventHub
from quilowatt.api import stream as stream_module
from quilowatt.billing import TariffBook
from quilowatt.client import AsyncClient
from quilowatt.errors import ApiError
from quilowatt.store import AlertFilter

PT, EN = {"Accept-Language": "pt-BR,pt;q=0.9,en;q=0.8"}, {"Accept-Language": "en-GB, pt;q=0.5"}


def invoice(world, headers=None, **changes):
    (found,) = world.get("/v1/invoices?customer=ana", headers=headers, **changes).json["items"]
    return found


def test_bill_lines_and_taxes_are_named_in_the_language_of_the_reader(world):
    assert invoice(world)["lines"][0]["description"].startswith("Consumption")
    assert invoice(world, EN)["lines"][0]["description"].startswith("Consumption")
    found = invoice(world, PT)
    (fatura,) = world.get("/faturas?cliente=ana").json["items"]
    assert [line["description"] for line in found["lines"]] == [
        linha["descricao"] for linha in fatura["linhas"]
    ]
    assert found["notes"] == fatura["observacoes"]
    (in_english,) = world.get("/faturas?cliente=ana", headers=EN).json["items"]
    assert in_english["linhas"][0]["descricao"].startswith("Consumption")


def test_why_there_is_no_bill_is_told_in_one_language(world):
    nothing = TariffBook([])
    assert invoice(world, tariffs=nothing)["notes"] == ["no tariff 'br/coelba-b1'; there are none"]
    assert invoice(world, PT, tariffs=nothing)["notes"] == [
        "Sem cálculo: não há tarifa 'br/coelba-b1'; as que há: nenhuma"
    ]
    old = world.get("/v1/invoices?customer=ana&month=1999-01", headers=PT).json["items"]
    assert old[0]["notes"] == ["Nada foi lido neste mês."]


def test_alerts_speak_the_language_of_the_reader(world):
    path = "/v1/alerts?is_open=true"
    assert world.get(path).json["items"][0]["message"].startswith("Abrupt increase")
    assert world.get(path, headers=PT).json["items"][0]["message"].startswith("Aumento abrupto")
    answer = world.get("/alertas", headers=EN)
    assert answer.json["items"][0]["mensagem"].startswith("Abrupt increase")
    assert answer.headers["content-language"] == "en"
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/v1/customers?limit=0", "limit: recebido “0”; aceito: um número inteiro de 1 a 1000"),
        ("/v1/customers?cursor=x", "aceito: o next_cursor da página anterior"),
        ("/v1/meters?foo=1", "não há esse parâmetro"),
        (f"/v1/meters/{UUID(int=0)}", f"Não há medidor {UUID(int=0)}."),
        ("/v1/meters/x", "aceito: o UUID de um medidor"),
        ("/v1/nothing", "Não há nada em /v1/nothing."),
    ],
)
def test_errors_speak_the_language_of_the_reader(world, path, text):
    answer = world.get(path, headers=PT)
    assert text in answer.json["detail"]
    assert answer.headers["content-language"] == "pt-BR"


def test_what_is_missing_is_told_in_the_language_of_the_reader(world):
    assert world.get("/v1/meters", headers=PT, api_token="x").json["title"] == "Token necessário"
    assert world.get("/clientes", headers=EN, api_token="x").json["title"] == "Token required"
    answer = world.get("/v1/meters", headers={**PT, "Accept": "image/png"})
    assert "disponíveis: application/json" in answer.json["detail"]


@pytest.mark.parametrize(
    ("wish", "tongue"),
    [
        ("", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("pt", "pt"),
        ("PT-br", "pt"),
        ("en;q=0.3, pt;q=0.4", "pt"),
        ("pt, en", "en"),  # both the same: the route's own
        ("pt;q=x", "en"),
        ("pt;q=0", "en"),
        (";;q=,,=", "en"),
        ("pt;q=0.5, " * 1000, "pt"),
    ],
)
def test_a_wish_is_understood_or_the_route_decides(world, wish, tongue):
    answer = world.get("/v1/nothing", headers={"Accept-Language": wish})
    assert answer.headers["content-language"] == {"pt": "pt-BR", "en": "en"}[tongue]


@pytest.mark.asyncio
async def test_the_client_asks_in_its_language(world):
    transport = httpx.ASGITransport(world.app())
    async with AsyncClient("http://test", language="pt", transport=transport) as api:
        (found,) = (await api.invoices(customer="ana")).items
        assert found.lines[0].description.startswith("Consumo")
        with pytest.raises(ApiError, match="Parâmetro errado"):
            await api.customers(limit=0)


def test_the_stream_tells_alerts_in_the_language_of_the_listener(world):
    services = replace(world.services, hub=EventHub())
    (record,) = services.ledger.alerts(AlertFilter(is_open=True), limit=1)

    async def first_alert():
        stream = stream_module._stream(services, (), ("alert",), "pt")
        await anext(stream)
        services.hub.publish(AlertNews("opened", record))
        text = await anext(stream)
        await stream.aclose()
        return text.decode()

    assert "Aumento abrupto do consumo" in asyncio.run(first_alert())
