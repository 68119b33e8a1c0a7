"""Facts as the items of `/clientes`, `/faturas` and `/alertas`: models, writers; in Portuguese."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from quilowatt.api.alert_view import handling_item, size_item
from quilowatt.api.budget_words import BUDGET_TIPOS
from quilowatt.api.formats import kwh
from quilowatt.api.messages import alert_message
from quilowatt.api.moments import local_text
from quilowatt.api.v1_items import kwh_or_none

if TYPE_CHECKING:
    from quilowatt.api.alert_view import AlertView
    from quilowatt.api.bill_views import BillView
    from quilowatt.api.consumption import ClientState
    from quilowatt.billing import Bill
    from quilowatt.billing.invoice import Quality
    from quilowatt.client.models_invoices import InvoiceState
    from quilowatt.core.words import Language

__all__ = [
    "KINDS",
    "SITUACOES",
    "Alerta",
    "Cliente",
    "Fatura",
    "Linha",
    "Qualidade",
    "Situacao",
    "Tributo",
    "alerta_item",
    "cliente_item",
    "fatura_item",
]

KINDS: Final = {
    "abrupt_increase": "aumento_abrupto",
    "lasting_increase": "aumento_duradouro",
    "lasting_decrease": "queda_duradoura",
    "possible_tampering": "possivel_adulteracao",
    "night_load": "carga_noturna",
    "stuck_register": "registrador_parado",
    "flat_line": "consumo_sempre_igual",
    "vacant_consumption": "consumo_em_imovel_vago",
    "no_communication": "sem_comunicacao",
    "clock_wrong": "relogio_errado",
    "unexpected_export": "injecao_inesperada",
    "capacity_nearly_reached": "capacidade_quase_atingida",
    "sum_mismatch": "somas_nao_conferem",
    **BUDGET_TIPOS,
}
"""Kinds of alert, in Portuguese."""

Situacao = Literal["em_andamento", "a_emitir", "emitida", "paga", "vencida", "substituida"]

SITUACOES: Final[dict[InvoiceState, Situacao]] = {
    "running": "em_andamento",
    "unissued": "a_emitir",
    "issued": "emitida",
    "paid": "paga",
    "overdue": "vencida",
    "replaced": "substituida",
}
"""States of bills and invoices, in Portuguese."""

SEVERITIES: Final = {"info": "informacao", "warning": "aviso", "critical": "critico"}


class Cliente(BaseModel):
    """Um cliente em uma unidade consumidora; quem tem duas aparece duas vezes."""

    id: UUID
    nome: str
    medidor: UUID
    unidade_consumidora: UUID
    data: date | None = Field(description="Da última leitura, no lugar do medidor.")
    hora: str | None = Field(
        pattern=r"^\d{2}:\d{2}:\d{2}$", description="Da última leitura, no lugar do medidor."
    )
    consumo_kwh: float | None = Field(description="O que o mostrador do medidor indica. [kWh]")
    potencia_w: int | None = Field(
        description="Média até a última leitura: desde a anterior, ou sobre os últimos 20 Wh (no "
        "máximo dois minutos) de um medidor que fala com frequência. [W]"
    )
    consumo_hoje_kwh: float | None = Field(description="Desde a meia-noite. [kWh]")
    consumo_mes_kwh: float | None = Field(description="Desde o começo do mês. [kWh]")
    inicio: datetime | None = Field(None, description="Só quando `inicio` ou `fim` foi pedido.")
    fim: datetime | None = Field(None, description="Só quando `inicio` ou `fim` foi pedido.")
    consumo_periodo_kwh: float | None = Field(
        None, description="Entre `inicio` e `fim`, quando um deles foi pedido. [kWh]"
    )


class Linha(BaseModel):
    """Uma linha da fatura."""

    codigo: str
    descricao: str
    inicio: datetime
    fim: datetime
    quantidade: Decimal
    unidade: str
    tarifa_sem_tributos: Decimal
    tarifa_com_tributos: Decimal
    valor: Decimal
    formula: str


class Tributo(BaseModel):
    """Um tributo contido no total; nada acrescenta a ele."""

    codigo: str
    descricao: str
    aliquota: Decimal = Field(description="Fração da base: 0.18 é 18 %.")
    base: Decimal
    valor: Decimal


class Qualidade(BaseModel):
    """Quão bem se conhece a energia de um ciclo, por quartos de hora."""

    medido_s: int
    estimado_s: int
    revisado_s: int
    ausente_s: int
    estimado_kwh: float
    ocorrencias: dict[str, int] = Field(
        description="Quantas vezes cada regra para leituras estranhas foi seguida, por seu nome."
    )


class Fatura(BaseModel):
    """A conta de uma unidade consumidora em um mês: em andamento, ou emitida."""

    numero: str | None = Field(None, description="Nulo até que a fatura seja emitida.")
    cliente: UUID
    nome: str
    unidade_consumidora: UUID
    medidor: UUID | None
    mes: str
    inicio: datetime
    fim: datetime
    situacao: Situacao
    tarifa: str
    moeda: str | None
    consumo_kwh: float | None = Field(description="Nulo se nada se sabe do mês. [kWh]")
    injecao_kwh: float | None = None
    emitida_em: datetime | None = None
    substituida_por: str | None = Field(None, description="Número da que a substituiu.")
    qualidade: Qualidade | None = None
    total: Decimal | None
    vencimento: date | None = Field(description="Nulo até que a fatura seja emitida.")
    linhas: list[Linha]
    tributos: list[Tributo]
    observacoes: list[str]


class Alerta(BaseModel):
    """Um episódio em que um medidor saiu do costume."""

    id: int
    tipo: str
    gravidade: str
    cliente: UUID
    nome: str
    medidor: UUID
    inicio: datetime = Field(description="Quando começou, segundo as leituras.")
    percebido_em: datetime
    atualizado_em: datetime
    fim: datetime | None
    aberto: bool
    potencia_w: int = Field(description="A maior potência média vista até agora. [W]")
    potencia_usual_w: int = Field(
        description="O máximo habitual aqui a esta hora: a maior potência média de um quarto de "
        "hora (no primeiro dia do medidor, de um minuto) que não foi episódio. [W]"
    )
    excesso_kwh: float = Field(description="Energia acima dessa potência desde o início. [kWh]")
    variacao_potencia_w: int | None = Field(
        description="Quanto acima do habitual; abaixo, negativo. Nulo se o tipo não o diz. [W]"
    )
    energia_por_dia_kwh: float | None = Field(
        description="A mais por dia, se durar; a menos, negativo. Nulo se não se sabe. [kWh/d]"
    )
    custo_por_hora: Decimal | None = Field(
        description="O que isso acrescenta à fatura por hora, só de um aumento abrupto. [moeda]"
    )
    custo_por_dia: Decimal | None = Field(
        description="O que isso acrescenta à fatura por dia, pela tarifa do cliente; nulo se não "
        "se sabe. [moeda]"
    )
    custo_por_semana: Decimal | None = Field(description="O mesmo por semana. [moeda]")
    custo_ate_agora: Decimal | None = Field(description="O que já acrescentou. [moeda]")
    moeda: str | None = Field(description="ISO 4217; nulo se não se sabe o custo.")
    ciente: bool = Field(description="Alguém já tomou ciência.")
    ciente_por: str | None
    adiado_ate: datetime | None = Field(description="Nulo se não está adiado.")
    silenciado: bool = Field(description="Deste tipo não se avisa aqui agora.")
    mensagem: str = Field(description="Tudo em uma frase, na língua pedida.")


def cliente_item(state: ClientState) -> dict[str, Any]:
    """Write a `Cliente`."""
    client, day, clock = state.client, None, None
    if state.time_s is not None:
        wall = datetime.fromtimestamp(state.time_s, UTC).astimezone(state.zone)
        day, clock = wall.date().isoformat(), wall.strftime("%H:%M:%S")
    item = {
        "id": str(client.customer_uuid),
        "nome": client.name,
        "medidor": str(client.meter_uuid),
        "unidade_consumidora": str(client.usage_point_uuid),
        "data": day,
        "hora": clock,
        "consumo_kwh": None if state.time_s is None else kwh(state.import_wh),
        "potencia_w": state.power_w,
        "consumo_hoje_kwh": kwh_or_none(state.today_wh),
        "consumo_mes_kwh": kwh_or_none(state.month_wh),
    }
    if state.period_s is not None:
        start_s, end_s = state.period_s
        item |= {
            "inicio": local_text(start_s, state.zone),
            "fim": local_text(end_s, state.zone),
            "consumo_periodo_kwh": kwh_or_none(state.period_wh),
        }
    return item


def alerta_item(view: AlertView, tongue: Language) -> dict[str, Any]:
    """Write an `Alerta`."""
    record, zone, closed_at_s = view.record, view.zone, view.record.closed_at_s
    handling, size = handling_item(view), size_item(record)
    return {
        "id": record.id,
        "tipo": KINDS.get(record.kind, record.kind),
        "gravidade": SEVERITIES.get(record.severity, record.severity),
        "cliente": str(record.customer_uuid),
        "nome": record.customer_name,
        "medidor": str(record.meter_uuid),
        "inicio": local_text(record.opened_at_s, zone),
        "percebido_em": local_text(record.raised_at_s, zone),
        "atualizado_em": local_text(record.updated_at_s, zone),
        "fim": None if closed_at_s is None else local_text(closed_at_s, zone),
        "aberto": closed_at_s is None,
        "potencia_w": record.power_w,
        "potencia_usual_w": record.usual_power_w,
        "excesso_kwh": kwh(record.excess_wh),
        "variacao_potencia_w": size["power_change_w"],
        "energia_por_dia_kwh": size["energy_per_day_kwh"],
        "custo_por_hora": size["cost_per_hour"],
        "custo_por_dia": size["cost_per_day"],
        "custo_por_semana": size["cost_per_week"],
        "custo_ate_agora": size["cost_so_far"],
        "moeda": size["currency"],
        "ciente": handling["is_acknowledged"],
        "ciente_por": handling["acknowledged_by"],
        "adiado_ate": handling["snoozed_until"],
        "silenciado": handling["is_muted"],
        "mensagem": alert_message(record, zone, tongue),
    }


def fatura_item(found: BillView, tongue: Language) -> dict[str, Any]:
    """Write a `Fatura`."""
    bill, issued = found.bill, found.issued
    item: dict[str, Any] = {
        "numero": issued.row.number if issued else None,
        "cliente": found.customer_uuid,
        "nome": found.customer_name,
        "unidade_consumidora": found.usage_point_uuid,
        "medidor": found.meter_uuid or None,
        "mes": found.month,
        "inicio": local_text(found.start_s, found.zone),
        "fim": local_text(found.end_s, found.zone),
        "situacao": SITUACOES[found.state],
        "tarifa": found.tariff_code,
        "emitida_em": local_text(issued.row.issued_at_s, found.zone) if issued else None,
        "vencimento": issued.row.due.isoformat() if issued else None,
        "substituida_por": issued.row.replaced_by if issued else None,
        "consumo_kwh": kwh_or_none(found.energy_wh),
        "injecao_kwh": kwh_or_none(found.export_wh),
        "qualidade": _qualidade(found.quality) if found.energy_wh is not None else None,
    }
    if bill is None:
        return item | _sem_calculo(found.note.spoken(tongue))
    return item | _calculada(found, bill, tongue)


def _qualidade(quality: Quality) -> dict[str, Any]:
    return {
        "medido_s": quality.measured_s,
        "estimado_s": quality.estimated_s,
        "revisado_s": quality.revised_s,
        "ausente_s": quality.missing_s,
        "estimado_kwh": kwh(quality.estimated_wh),
        "ocorrencias": dict(quality.issues),
    }


def _calculada(found: BillView, bill: Bill, tongue: Language) -> dict[str, Any]:
    return {
        "moeda": bill.currency,
        "total": str(bill.total),
        "linhas": [
            {
                "codigo": line.code,
                "descricao": line.name.spoken(tongue),
                "inicio": local_text(line.start_s, found.zone),
                "fim": local_text(line.end_s, found.zone),
                "quantidade": str(line.quantity),
                "unidade": line.unit,
                "tarifa_sem_tributos": str(line.rate_before_tax),
                "tarifa_com_tributos": str(line.rate),
                "valor": str(line.amount),
                "formula": line.formula,
            }
            for line in bill.lines
        ],
        "tributos": [
            {
                "codigo": tax.code,
                "descricao": tax.name.spoken(tongue),
                "aliquota": str(tax.rate),
                "base": str(tax.base),
                "valor": str(tax.amount),
            }
            for tax in bill.taxes
        ],
        "observacoes": [note.spoken(tongue) for note in bill.notes],
    }


def _sem_calculo(note: str) -> dict[str, Any]:
    return {
        "moeda": None,
        "total": None,
        "linhas": [],
        "tributos": [],
        "observacoes": [note],
    }
