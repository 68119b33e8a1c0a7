"""`/clientes`, `/faturas` and `/alertas` over a real store: numbers that one can check by hand."""

from decimal import Decimal

import pytest

from quilowatt.api.seed_items import Alerta, Cliente, Fatura
from quilowatt.billing import TariffBook
from quilowatt.client import Page


def items(answer, model):
    assert answer.status == 200, answer.text
    Page[model].model_validate_json(answer.content)
    return answer.json["items"]


def clientes(world, query=""):
    return items(world.get("/clientes" + query), Cliente)


def test_every_client_is_listed_with_the_last_reading_and_consumption(world):
    ana, bruno, carla = clientes(world)
    assert ana == {
        "id": world.customers["ana"],
        "nome": "Ana Luísa",
        "medidor": world.meters["ana"],
        "unidade_consumidora": ana["unidade_consumidora"],
        "data": "2026-11-23",
        "hora": "14:00:00",
        "consumo_kwh": 5514.4,  # 5000 kWh, and 53 days and 14 hours of 0.4 kW
        "potencia_w": 400,
        "consumo_hoje_kwh": 5.6,
        "consumo_mes_kwh": 216.8,
    }
    assert (bruno["medidor"], bruno["consumo_kwh"]) == (world.meters["bruno_new"], 251.7)
    assert carla["nome"] == "Carla"
    empty = ("data", "hora", "consumo_kwh", "potencia_w", "consumo_hoje_kwh", "consumo_mes_kwh")
    assert [carla[name] for name in empty] == [None] * 6


def test_an_exchange_of_meters_does_not_break_the_month(world):
    (bruno,) = clientes(world, "?nome=bruno")
    assert bruno["consumo_mes_kwh"] == 433.6
    (bruno,) = clientes(world, "?nome=bruno&inicio=2026-11-10&fim=2026-11-10")
    assert bruno["consumo_periodo_kwh"] == 19.2
    (bruno,) = clientes(world, "?nome=bruno&inicio=2026-10-01&fim=2026-10-31")
    assert bruno["consumo_periodo_kwh"] == 595.2


@pytest.mark.parametrize(
    ("query", "kwh"),
    [
        ("inicio=2026-11-01&fim=2026-11-02", 48 * 0.4),
        ("inicio=2026-11-01T00:00:00-03:00&fim=2026-11-01T01:00:00-03:00", 0.4),
        ("inicio=2026-11-01T00:07:30-03:00&fim=2026-11-01T00:15:00-03:00", 0.05),
        ("inicio=2026-11-23", 5.6),
        ("fim=2026-10-01", 9.6),
        ("inicio=2026-11-23&fim=2026-12-31", 5.6),
        ("inicio=2026-09-01&fim=2026-09-30", None),
        ("inicio=2027-09-01&fim=2027-09-30", None),
    ],
)
def test_the_consumption_of_a_period(world, query, kwh):
    ana = clientes(world, "?nome=ana&" + query)[0]
    assert ana["consumo_periodo_kwh"] == (None if kwh is None else pytest.approx(kwh, abs=1e-9))


def test_the_period_is_said_in_local_time(world):
    (ana,) = clientes(world, "?nome=ana&inicio=2026-11-01&fim=2026-11-02")
    assert (ana["inicio"], ana["fim"]) == (
        "2026-11-01T00:00:00-03:00",
        "2026-11-03T00:00:00-03:00",
    )


def test_clients_are_found_by_id_name_and_meter(world):
    def names(query):
        return [item["nome"] for item in clientes(world, query)]

    assert names(f"?id={world.customers['carla']}") == ["Carla"]
    assert names("?nome=LUISA") == ["Ana Luísa"]
    assert names("?medidor=SN-3") == ["Carla"]
    assert names(f"?medidor={world.meters['bruno']}") == ["Bruno =São João"]
    assert names("?nome=ninguem") == []
    assert names(f"?id={world.meters['ana']}") == []


def test_pages_follow_each_other_and_hold_everyone_once(world):
    names, url = [], "/clientes?limite=1"
    for _ in range(3):
        answer = world.get(url)
        names += [item["nome"] for item in items(answer, Cliente)]
        if answer.json["next_cursor"] is None:
            break
        link = answer.headers["link"]
        assert link == f'</clientes?limite=1&cursor={answer.json["next_cursor"]}>; rel="next"'
        url = link[1 : link.index(">")]
    assert names == ["Ana Luísa", "Bruno =São João", "Carla"]
    assert "link" not in answer.headers


def test_a_list_is_csv_when_asked(world):
    answer = world.get("/clientes", headers={"Accept": "text/csv"})
    lines = answer.text.splitlines()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert lines[0].startswith("id,nome,medidor,unidade_consumidora,data,hora,consumo_kwh,")
    assert ",Carla," in lines[3]


def faturas(world, query=""):
    return items(world.get("/faturas" + query), Fatura)


def test_the_current_month_runs(world):
    ana, bruno, carla = faturas(world)
    assert (ana["mes"], ana["situacao"], ana["moeda"]) == ("2026-11", "em_andamento", "BRL")
    assert (ana["inicio"], ana["fim"]) == ("2026-11-01T00:00:00-03:00", "2026-12-01T00:00:00-03:00")
    assert ana["consumo_kwh"] == 216.8
    assert ana["vencimento"] is None
    assert Decimal(ana["total"]) == sum(Decimal(line["valor"]) for line in ana["linhas"])
    for line in ana["linhas"]:
        assert line["quantidade"] == "216.800"
        exact = Decimal(line["quantidade"]) * Decimal(line["tarifa_com_tributos"])
        assert abs(exact - Decimal(line["valor"])) < Decimal("0.0051")
        assert line["formula"].startswith("216.8 kWh × ")
    assert bruno["consumo_kwh"] == 433.6
    assert (carla["consumo_kwh"], carla["total"], carla["linhas"]) == (None, None, [])
    assert carla["observacoes"] == ["Nada foi lido neste mês."]


def test_a_past_month_waits_to_be_issued(world):
    (ana,) = faturas(world, "?cliente=ana&mes=2026-10")
    assert (ana["situacao"], ana["consumo_kwh"]) == ("a_emitir", pytest.approx(31 * 9.6))


def test_a_month_before_the_first_reading_has_no_total(world):
    (ana,) = faturas(world, "?cliente=ana&mes=2026-09")
    assert (ana["consumo_kwh"], ana["total"]) == (None, None)


def test_a_tariff_that_is_not_there_leaves_the_consumption_and_says_why(world):
    answer = world.get("/faturas?cliente=ana", tariffs=TariffBook([]))
    (ana,) = items(answer, Fatura)
    assert (ana["consumo_kwh"], ana["total"]) == (216.8, None)
    assert ana["observacoes"] == ["Sem cálculo: não há tarifa 'br/coelba-b1'; as que há: nenhuma"]


def test_invoices_are_found_by_customer_meter_and_state(world):
    def names(query):
        return [item["nome"] for item in faturas(world, query)]

    assert names(f"?cliente={world.customers['ana']}") == ["Ana Luísa"]
    assert names("?cliente=carla") == ["Carla"]
    assert names("?medidor=SN-1") == ["Ana Luísa"]
    assert names("?situacao=a_emitir") == []
    assert len(names("?situacao=a_emitir&mes=2026-10")) == 3


def test_alerts_are_found_by_the_name_of_the_customer_too(world):
    by_name = alertas(world, "?cliente=LUISA")
    assert [item["nome"] for item in by_name] == ["Ana Luísa"]
    assert by_name == alertas(world, f"?cliente={world.customers['ana']}")
    assert alertas(world, "?cliente=carla") == []
    in_english = world.get("/v1/alerts?customer=luisa").json["items"]
    assert [item["id"] for item in in_english] == [by_name[0]["id"]]


def alertas(world, query=""):
    return items(world.get("/alertas" + query), Alerta)


def test_alerts_come_newest_first_and_say_what_happened(world):
    bruno, ana = alertas(world)
    assert (bruno["aberto"], bruno["fim"]) == (True, None)
    assert ana["inicio"] == "2026-11-20T18:00:00-03:00"
    assert ana["fim"] == "2026-11-20T20:00:00-03:00"
    assert (ana["tipo"], ana["gravidade"]) == ("aumento_abrupto", "aviso")
    assert (ana["potencia_w"], ana["potencia_usual_w"], ana["excesso_kwh"]) == (5800, 400, 5.4)
    assert ana["mensagem"].startswith(
        "Aumento abrupto do consumo, já encerrado: até cerca de 5,8 kW"
    )
    assert ana["nome"] == "Ana Luísa"


def test_alerts_are_found_by_everything(world):
    def count(query):
        return len(alertas(world, query))

    assert count(f"?cliente={world.customers['ana']}") == 1
    assert count(f"?cliente={world.customers['carla']}") == 0
    assert count("?medidor=SN-4") == 1
    assert count("?tipo=aumento_abrupto") == 2
    assert count("?aberto=true") == 1
    assert count("?aberto=false") == 1
    assert count("?inicio=2026-11-23") == 1
    assert count("?fim=2026-11-20") == 1
    assert count("?fim=2026-11-19") == 0


def test_alerts_come_in_pages(world):
    first = world.get("/alertas?limite=1")
    second = world.get(f"/alertas?limite=1&cursor={first.json['next_cursor']}")
    ids = [item["id"] for item in items(first, Alerta) + items(second, Alerta)]
    assert len(set(ids)) == 2
    assert second.json["next_cursor"] is None
