"""What may be asked: the query parameters of every route, in English and in Portuguese.

The description of a parameter says what is accepted; the OpenAPI document, the page at `/docs` and
the answer to a wrong value all quote it. An unknown parameter is a wrong one.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from quilowatt.api import accepted, accepted_alerts
from quilowatt.api.cursors import make_cursor, read_cursor
from quilowatt.api.moments import Moment, parse_moment
from quilowatt.client.models import MeterStateName, ResolutionName
from quilowatt.client.models_alerts import AlertKind, NoticeStateName
from quilowatt.client.models_invoices import InvoiceState
from quilowatt.errors import ParameterRefused
from quilowatt.limits import LOAD_PROFILE_POINTS_MAX, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "AlertasQuestion",
    "AlertsQuestion",
    "ChannelsQuestion",
    "ClientesQuestion",
    "CustomersQuestion",
    "EditsQuestion",
    "EventsQuestion",
    "FaturasQuestion",
    "InvoicesQuestion",
    "ListQuestion",
    "LoadProfileQuestion",
    "MetersQuestion",
    "NoQuestion",
    "NoticesQuestion",
    "Question",
    "ReadingsQuestion",
    "RunsQuestion",
    "ShortListQuestion",
    "period_of",
]

Item = TypeVar("Item")


NAME_SIZE_MAX = 200
CURSOR_SIZE_MAX = 200


def _checked_moment(text: str) -> str:
    parse_moment(text)
    return text


MomentText = Annotated[
    str,
    AfterValidator(_checked_moment),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]
MonthText = Annotated[str, Field(pattern=r"^(19[89]\d|[2-9]\d{3})-(0[1-9]|1[0-2])$")]
NameText = Annotated[str, Field(min_length=1, max_length=NAME_SIZE_MAX)]
CursorText = Annotated[str, Field(min_length=1, max_length=CURSOR_SIZE_MAX)]
LimitNumber = Annotated[int, Field(ge=1, le=PAGE_LIMIT_MAX)]


class Question(BaseModel):
    """The parameters of one route."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def refusal(self, name: str) -> ParameterRefused:
        """Say that a parameter's value can't be served, and what can."""
        description = type(self).model_fields[name].description
        return ParameterRefused(name, str(getattr(self, name)), description or "")


class NoQuestion(Question):
    """A route without parameters."""


class ListQuestion(Question):
    """A question that is answered in pages."""

    cursor: CursorText | None = Field(None, description=accepted.CURSOR.en)

    @property
    @abstractmethod
    def page_limit(self) -> int:
        """How many items are wanted. [-]."""

    def after(self) -> int | None:
        """Return the key of the last item of the page before.

        Raises
        ------
        RequestRefused
            422, if the cursor was changed or belongs to another question.
        """
        if self.cursor is None:
            return None
        try:
            return read_cursor(self._asked(), self.cursor)
        except ValueError as error:
            raise self.refusal("cursor") from error

    def cursor_after(self, key: int) -> str:
        """Write the cursor of the page that begins after an item."""
        return make_cursor(self._asked(), key)

    def _asked(self) -> dict[str, object]:
        return {"question": type(self).__name__} | self.model_dump(
            exclude={"cursor", "limit", "limite"}
        )


class EnglishList(ListQuestion):
    """Pages in English."""

    limit: LimitNumber = Field(PAGE_LIMIT_DEFAULT, description=accepted.LIMIT.en)

    @property
    def page_limit(self) -> int:
        """How many items are wanted. [-]."""
        return self.limit


class PortugueseList(ListQuestion):
    """Pages in Portuguese."""

    limite: LimitNumber = Field(PAGE_LIMIT_DEFAULT, description=accepted.LIMIT.pt)
    cursor: CursorText | None = Field(None, description=accepted.CURSOR.pt)

    @property
    def page_limit(self) -> int:
        """How many items are wanted. [-]."""
        return self.limite


class CustomersQuestion(EnglishList):
    """Parameters of `/v1/customers`."""

    id: UUID | None = Field(None, description=accepted.CUSTOMER_ID.en)
    name: NameText | None = Field(None, description=accepted.CUSTOMER_NAME.en)
    meter: NameText | None = Field(None, description=accepted.METER.en)
    start: MomentText | None = Field(None, description=accepted.START.en)
    end: MomentText | None = Field(None, description=accepted.END.en)


class ClientesQuestion(PortugueseList):
    """Parameters of `/clientes`."""

    id: UUID | None = Field(None, description=accepted.CUSTOMER_ID.pt)
    nome: NameText | None = Field(None, description=accepted.CUSTOMER_NAME.pt)
    medidor: NameText | None = Field(None, description=accepted.METER.pt)
    inicio: MomentText | None = Field(None, description=accepted.START.pt)
    fim: MomentText | None = Field(None, description=accepted.END.pt)


class MetersQuestion(EnglishList):
    """Parameters of `/v1/meters`."""

    customer: UUID | None = Field(None, description=accepted.CUSTOMER_ID.en)
    meter: NameText | None = Field(None, description=accepted.METER.en)
    state: MeterStateName | None = Field(None, description=accepted.METER_STATE.en)


class LoadProfileQuestion(Question):
    """Parameters of `/v1/meters/{id}/load-profile`."""

    start: MomentText | None = Field(None, description=accepted.START_TODAY.en)
    end: MomentText | None = Field(
        None,
        description=accepted.END_NOW.en,
    )
    resolution: ResolutionName = Field("15m", description=accepted.RESOLUTION.en)


class IssuesQuestion(EnglishList):
    """Parameters of `/v1/meters/{id}/issues`."""

    start: MomentText | None = Field(None, description=accepted.START_MONTH.en)
    end: MomentText | None = Field(None, description=accepted.END_ISSUES.en)


class EditsQuestion(EnglishList):
    """Parameters of `/v1/meters/{id}/edits`."""


class ReadingsQuestion(ListQuestion):
    """Parameters of `/v1/meters/{id}/readings`."""

    start: MomentText | None = Field(None, description=accepted.START.en)
    end: MomentText | None = Field(None, description=accepted.END.en)
    limit: Annotated[int, Field(ge=1, le=LOAD_PROFILE_POINTS_MAX)] = Field(
        PAGE_LIMIT_DEFAULT, description=accepted.LIMIT_READINGS.en
    )

    @property
    def page_limit(self) -> int:
        """How many items are wanted. [-]."""
        return self.limit


class InvoicesQuestion(EnglishList):
    """Parameters of `/v1/invoices`."""

    customer: NameText | None = Field(None, description=accepted.CUSTOMER.en)
    meter: NameText | None = Field(None, description=accepted.METER.en)
    month: MonthText | None = Field(None, description=accepted.MONTH.en)
    state: InvoiceState | None = Field(None, description=accepted.STATE.en)


class FaturasQuestion(PortugueseList):
    """Parameters of `/faturas`."""

    cliente: NameText | None = Field(None, description=accepted.CUSTOMER.pt)
    medidor: NameText | None = Field(None, description=accepted.METER.pt)
    mes: MonthText | None = Field(None, description=accepted.MONTH.pt)
    situacao: (
        Literal["em_andamento", "a_emitir", "emitida", "paga", "vencida", "substituida"] | None
    ) = Field(None, description=accepted.SITUACAO.pt)


class RunsQuestion(EnglishList):
    """Parameters of `/v1/billing-runs`."""


AlertaTipo = Literal[
    "aumento_abrupto",
    "aumento_duradouro",
    "queda_duradoura",
    "possivel_adulteracao",
    "carga_noturna",
    "registrador_parado",
    "consumo_sempre_igual",
    "consumo_em_imovel_vago",
    "sem_comunicacao",
    "relogio_errado",
    "injecao_inesperada",
    "capacidade_quase_atingida",
    "somas_nao_conferem",
    "orcamento_energia_previsto",
    "orcamento_energia_80",
    "orcamento_energia_100",
    "orcamento_valor_previsto",
    "orcamento_valor_80",
    "orcamento_valor_100",
]
"""`AlertKind` in Portuguese; `seed_items.KINDS` pairs them."""


class ShortListQuestion(EnglishList):
    """Parameters of a list that is short enough to be made whole and cut into pages."""

    def page(
        self, found: Sequence[Item], key: Callable[[Item], int]
    ) -> tuple[list[Item], str | None]:
        """Cut a page out of all items, and make the cursor of the next one.

        Parameters
        ----------
        found : sequence
            All items, by rising key.
        key : callable
            An item's key.
        """
        after, limit = self.after() or 0, self.page_limit
        rest = [item for item in found if key(item) > after]
        cursor = self.cursor_after(key(rest[limit - 1])) if len(rest) > limit else None
        return rest[:limit], cursor


class ChannelsQuestion(ShortListQuestion):
    """Parameters of `/v1/channels`."""

    customer: UUID | None = Field(None, description=accepted.CUSTOMER_ID.en)


class NoticesQuestion(EnglishList):
    """Parameters of `/v1/notices`."""

    state: NoticeStateName | None = Field(None, description=accepted_alerts.NOTICE_STATE.en)
    channel: UUID | None = Field(None, description=accepted_alerts.CHANNEL_ID.en)
    alert: Annotated[int, Field(ge=1, le=2**53)] | None = Field(
        None, description=accepted_alerts.ALERT_ID.en
    )


class AlertsQuestion(EnglishList):
    """Parameters of `/v1/alerts`."""

    customer: NameText | None = Field(None, description=accepted.CUSTOMER.en)
    meter: NameText | None = Field(None, description=accepted.METER.en)
    kind: AlertKind | None = Field(None, description=accepted.KIND.en)
    start: MomentText | None = Field(None, description=accepted.START.en)
    end: MomentText | None = Field(None, description=accepted.END.en)
    is_open: bool | None = Field(None, description=accepted.IS_OPEN.en)
    is_acknowledged: bool | None = Field(None, description=accepted_alerts.IS_ACKNOWLEDGED.en)
    is_snoozed: bool | None = Field(None, description=accepted_alerts.IS_SNOOZED.en)


class AlertasQuestion(PortugueseList):
    """Parameters of `/alertas`."""

    cliente: NameText | None = Field(None, description=accepted.CUSTOMER.pt)
    medidor: NameText | None = Field(None, description=accepted.METER.pt)
    tipo: AlertaTipo | None = Field(None, description=accepted.TIPO.pt)
    inicio: MomentText | None = Field(None, description=accepted.START.pt)
    fim: MomentText | None = Field(None, description=accepted.END.pt)
    aberto: bool | None = Field(None, description=accepted.IS_OPEN.pt)
    ciente: bool | None = Field(None, description=accepted_alerts.IS_ACKNOWLEDGED.pt)
    adiado: bool | None = Field(None, description=accepted_alerts.IS_SNOOZED.pt)


class EventsQuestion(Question):
    """Parameters of `/v1/events`."""

    meter: list[UUID] = Field([], max_length=1000, description=accepted.METER_IDS.en)
    kind: list[Literal["reading", "alert", "invoice"]] = Field(
        [], max_length=3, description=accepted.EVENT_KINDS.en
    )


def period_of(question: Question, start: str, end: str) -> tuple[Moment | None, Moment | None]:
    """Read the parameters of these names that bound a period.

    Raises
    ------
    ParameterRefused
        If it ends before it starts.
    """
    first, last = getattr(question, start), getattr(question, end)
    moments = (
        parse_moment(first) if first is not None else None,
        parse_moment(last) if last is not None else None,
    )
    if _is_backwards(*moments):
        raise question.refusal(end)
    return moments


def _is_backwards(start: Moment | None, end: Moment | None) -> bool:
    """Judge only what is so in every zone; where dates and instants mix, the period is empty."""
    if start is None or end is None:
        return False
    if start.day is not None and end.day is not None:
        return end.day < start.day
    return start.day is None and end.day is None and end.time_s < start.time_s
