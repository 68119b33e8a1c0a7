"""The seed's routes `/clientes`, `/faturas` and `/alertas`, in Portuguese."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from quilowatt.api.alert_view import alert_views
from quilowatt.api.consumption import Asked, client_states
from quilowatt.api.formats import CSV, page_response
from quilowatt.api.lists import (
    alerts_page,
    bills_page,
    clients_page,
    named_or_identified,
    services_of,
)
from quilowatt.api.questions import (
    AlertasQuestion,
    ClientesQuestion,
    FaturasQuestion,
    period_of,
)
from quilowatt.api.seed_items import (
    KINDS,
    SITUACOES,
    Alerta,
    Cliente,
    Fatura,
    alerta_item,
    cliente_item,
    fatura_item,
)
from quilowatt.api.tongue import tongue_of
from quilowatt.client.models import Page
from quilowatt.store import AlertFilter, ClientFilter

__all__ = ["router"]

router = APIRouter(tags=["em português"])

LISTA: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {}}}}
STATE_OF: Final = {situacao: state for state, situacao in SITUACOES.items()}
KIND_OF: Final = {tipo: kind for kind, tipo in KINDS.items()}


@router.get("/clientes", response_model=Page[Cliente], responses=LISTA)
def clientes(request: Request, question: Annotated[ClientesQuestion, Query()]) -> Response:
    """Lista os clientes com data, hora e consumo da última leitura, o consumo de hoje e o do mês.

    Com `inicio` ou `fim`, também o consumo desse período.
    """
    services = services_of(request)
    start, end = period_of(question, "inicio", "fim")
    which = ClientFilter(
        id=str(question.id) if question.id else None, name=question.nome, meter=question.medidor
    )
    clients, cursor = clients_page(services.ledger, which, question)
    asked = Asked(start, end) if start or end else None
    states = client_states(services, clients, asked)
    return page_response(request, Cliente, [cliente_item(state) for state in states], cursor)


@router.get("/faturas", response_model=Page[Fatura], responses=LISTA)
def faturas(request: Request, question: Annotated[FaturasQuestion, Query()]) -> Response:
    """Lista as faturas de um mês com as linhas que as compõem; a do mês corrente vai andando.

    Com `situacao` `emitida`, `paga`, `vencida` ou `substituida` e sem `mes`, as de todos os meses,
    a mais nova primeiro. Com `em_andamento` ou `a_emitir`, uma página pode ter menos que `limite`
    embora haja outras.
    """
    services = services_of(request)
    which = named_or_identified(question.cliente, question.medidor)
    state = STATE_OF[question.situacao] if question.situacao else None
    bills, cursor = bills_page(services, which, question, ("mes", question.mes), state)
    tongue = tongue_of(request.scope)
    items = [fatura_item(bill, tongue) for bill in bills]
    return page_response(request, Fatura, items, cursor)


@router.get("/alertas", response_model=Page[Alerta], responses=LISTA)
def alertas(request: Request, question: Annotated[AlertasQuestion, Query()]) -> Response:
    """Lista os alertas, o mais novo primeiro; um período escolhe os que o tocam."""
    services = services_of(request)
    start, end = period_of(question, "inicio", "fim")
    who = named_or_identified(question.cliente, question.medidor)
    which = AlertFilter(
        customer=who.id,
        name=who.name,
        meter=who.meter,
        kind=KIND_OF[question.tipo] if question.tipo else None,
        start_s=start.start_s(services.zone) if start else None,
        end_s=end.end_s(services.zone) if end else None,
        is_open=question.aberto,
        is_acknowledged=question.ciente,
        is_snoozed=question.adiado,
        now_s=services.now_s(),
    )
    records, cursor = alerts_page(services.ledger, which, question)
    views = alert_views(services.ledger, records, services.zone, now_s=services.now_s())
    items = [alerta_item(view, tongue_of(request.scope)) for view in views]
    return page_response(request, Alerta, items, cursor)
