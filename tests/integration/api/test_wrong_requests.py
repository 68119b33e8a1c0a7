"""What must be refused: every route names its wrong parameters, in its own language."""

from uuid import UUID

import pytest

from quilowatt.client.models import Problem
from quilowatt.errors import StoreError

NOBODY = UUID(int=0)

WRONG = [
    ("/clientes", "limite=0", "limite", "de 1 a 1000"),
    ("/clientes", "limite=1001", "limite", "de 1 a 1000"),
    ("/clientes", "limite=dez", "limite", "de 1 a 1000"),
    ("/clientes", "id=ana", "id", "o UUID de um cliente"),
    ("/clientes", "nome=", "nome", "parte do nome"),
    ("/clientes", "inicio=ontem", "inicio", "uma data (2026-11-01"),
    ("/clientes", "fim=2026-13-01", "fim", "inclui esse dia"),
    ("/clientes", "inicio=2026-11-02&fim=2026-11-01", "fim", "depois do início"),
    ("/clientes", "cursor=AAAA", "cursor", "página anterior"),
    ("/clientes", "limit=5", "limit", "aceitos: cursor, limite, id"),
    ("/faturas", "mes=2026-13", "mes", "AAAA-MM"),
    ("/faturas", "mes=11/2026", "mes", "AAAA-MM"),
    ("/faturas", "mes=2026-12", "mes", "até o mês corrente"),
    ("/faturas", "situacao=quitada", "situacao", "em_andamento"),
    ("/faturas", "inicio=2026-11-01", "inicio", "não há esse parâmetro"),
    ("/alertas", "cliente=", "cliente", "o UUID ou parte do nome"),
    ("/clientes", "limite=5&limite=6", "limite", "dado 2 vezes; aceito uma vez: um número"),
    ("/alertas", "cliente=a&cliente=b&cliente=c", "cliente", "dado 3 vezes"),
    ("/v1/customers", "limit=5&limit=5", "limit", "given 2 times; accepted once: a whole number"),
    ("/v1/invoices", "month=2026-10&month=2026-11", "month", "given 2 times"),
    ("/v1/meters/{ana}/load-profile", "resolution=1h&resolution=1d", "resolution", "given 2 times"),
    ("/alertas", "aberto=talvez", "aberto", "true (continua)"),
    ("/alertas", "tipo=abrupt_increase", "tipo", "aumento_abrupto"),
    ("/v1/customers", "limit=0", "limit", "from 1 to 1000"),
    ("/v1/customers", "start=2026-11-01T00:00:00", "start", "RFC 3339"),
    ("/v1/customers", "end=x&start=y", "end", "that day included"),
    ("/v1/meters", "customer=1", "customer", "a customer's UUID"),
    ("/v1/meters", "name=Ana", "name", "there is no such parameter"),
    ("/v1/meters/x", "", "id", "a meter's UUID"),
    ("/v1/meters/{ana}", "a=1", "a", "accepted: id"),
    ("/v1/meters/{ana}/load-profile", "resolution=7m", "resolution", "one of 5m, 15m"),
    ("/v1/meters/{ana}/load-profile", "start=2026-11-23&end=2026-11-01", "end", "after the start"),
    ("/v1/meters/{ana}/load-profile", "start=2026-11-24", "start", "today if left out"),
    ("/v1/meters/{ana}/load-profile", "start=1971-01-01&resolution=15m", "start", "today"),
    ("/v1/meters/{ana}/load-profile", "start=1971-01-01&end=9990-12-31&resolution=1d", "end", "At"),
    ("/v1/meters/{ana}/readings", "limit=50001", "limit", "from 1 to 50000"),
    ("/v1/meters/{ana}/readings", "cursor=x", "cursor", "the page before"),
    ("/v1/invoices", "month=2027-01", "month", "not after the current month"),
    ("/v1/invoices", "state=settled", "state", "running"),
    ("/v1/alerts", "kind=flood", "kind", "abrupt_increase"),
    ("/v1/alerts", "is_open=2", "is_open", "true (goes on)"),
    ("/v1/events", "kind=weather", "kind", "reading, alert or invoice"),
    ("/v1/events", "meter=x", "meter", "a meter's UUID"),
    ("/healthz", "a=1", "a", "accepted: none"),
    ("/metrics", "a=1", "a", "accepted: none"),
]


@pytest.mark.parametrize(("path", "query", "name", "accepted"), WRONG)
def test_a_wrong_parameter_is_named_with_what_is_accepted(world, path, query, name, accepted):
    answer = world.get(f"{path.format(ana=world.meters['ana'])}?{query}")
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    found = Problem.model_validate_json(answer.content)
    assert name in {error.parameter for error in found.errors}
    assert accepted in next(error.detail for error in found.errors if error.parameter == name)
    assert name in found.detail
    assert found.type == "/docs#wrong-parameter"
    is_portuguese = not path.startswith(("/v1", "/healthz", "/metrics"))
    assert found.title == ("Parâmetro errado" if is_portuguese else "Wrong parameter")


def test_all_wrong_parameters_are_named_at_once(world):
    answer = world.get("/clientes?limite=0&inicio=x&foo=1")
    names = [error["parameter"] for error in answer.json["errors"]]
    assert names == ["limite", "inicio", "foo"]


def test_a_cursor_serves_only_the_question_that_it_came_from(world):
    cursor = world.get("/clientes?limite=1").json["next_cursor"]
    assert world.get(f"/clientes?limite=2&cursor={cursor}").status == 200
    assert world.get(f"/clientes?limite=1&nome=a&cursor={cursor}").status == 422
    assert world.get(f"/faturas?limite=1&cursor={cursor}").status == 422
    assert world.get(f"/clientes?limite=1&cursor={cursor[:-1]}!").status == 422


@pytest.mark.parametrize("path", ["", "/load-profile", "/readings"])
def test_an_unknown_meter_is_not_found(world, path):
    answer = world.get(f"/v1/meters/{NOBODY}{path}")
    assert (answer.status, answer.json["type"]) == (404, "/docs#not-found")
    assert str(NOBODY) in answer.json["detail"]


def test_events_of_an_unknown_meter_are_not_found(world):
    assert world.get(f"/v1/events?meter={NOBODY}").status == 404


def test_an_unknown_route_is_not_found(world):
    answer = world.get("/v1/nothing")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/clientes", "/v1/meters"])
def test_a_format_that_is_not_there_is_refused(world, path):
    answer = world.get(path, headers={"Accept": "application/vnd.apache.parquet"})
    assert (answer.status, answer.json["type"]) == (406, "/docs#not-acceptable")


GUARDED = ["/clientes", "/faturas", "/alertas", "/v1/customers", "/v1/events", "/metrics", "/nix"]


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    "credentials", [None, "Bearer wrong", "Bearer ", "Basic secret", "secret", "Bearer segredö"]
)
def test_without_the_token_nothing_is_shown(world, path, credentials):
    headers = {} if credentials is None else {"Authorization": credentials.encode("latin-1")}
    answer = world.get(path, headers=headers, api_token="secret")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="quilowatt"'
    assert answer.json["type"] == "/docs#unauthorized"


@pytest.mark.parametrize("credentials", ["Bearer segredo-ção", "bearer  segredo-ção "])
def test_with_the_token_everything_is_shown(world, credentials):
    headers = {"Authorization": credentials.encode()}
    assert world.get("/clientes", headers=headers, api_token="segredo-ção").status == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/docs", "/openapi.json"])
def test_what_tells_nothing_about_anyone_is_open(world, path):
    assert world.get(path, api_token="secret").status == 200


class BrokenReadings:
    def __getattr__(self, _name):
        raise StoreError("the disk is gone")


def test_a_store_that_fails_is_said_and_not_hidden(world):
    answer = world.get("/clientes", readings=BrokenReadings())
    assert (answer.status, answer.json["type"]) == (503, "/docs#not-now")
    assert "the disk is gone" in answer.json["detail"]
