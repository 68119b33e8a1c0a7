"""What may be asked: the query parameters of every route, in English and in Portuguese.

The description of a parameter says what is accepted; the OpenAPI document, the page at `/docs` and
the answer to a wrong value all quote it. An unknown parameter is a wrong one.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from quilowatt.api.cursors import make_cursor, read_cursor
from quilowatt.api.moments import Moment, parse_moment
from quilowatt.api.problems import PHRASES
from quilowatt.client.models import InvoiceState, ResolutionName
from quilowatt.core.words import Language, Words
from quilowatt.errors import RequestRefused
from quilowatt.limits import LOAD_PROFILE_POINTS_MAX, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX

__all__ = [
    "AlertasQuestion",
    "AlertsQuestion",
    "ClientesQuestion",
    "CustomersQuestion",
    "EventsQuestion",
    "FaturasQuestion",
    "InvoicesQuestion",
    "ListQuestion",
    "LoadProfileQuestion",
    "MetersQuestion",
    "NoQuestion",
    "Question",
    "ReadingsQuestion",
    "period_of",
]

NAME_SIZE_MAX = 200
CURSOR_SIZE_MAX = 200
WRONG = 422


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

START = "a date (2026-11-01, its local midnight) or RFC 3339 (2026-11-01T00:00:00-03:00)"
END = "a date (that day included) or RFC 3339, after the start"
INICIO = "uma data (2026-11-01, meia-noite local) ou RFC 3339 (2026-11-01T00:00:00-03:00)"
FIM = "uma data (inclui esse dia) ou RFC 3339, depois do início"
CURSOR = "the next_cursor of the page before, with the same filters"
CURSOR_PT = "o next_cursor da página anterior, com os mesmos filtros"
LIMIT = f"a whole number from 1 to {PAGE_LIMIT_MAX}"
LIMITE = f"um número inteiro de 1 a {PAGE_LIMIT_MAX}"


class Question(BaseModel):
    """The parameters of one route."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tongue: ClassVar[Language] = "en"

    def refusal(self, name: str) -> RequestRefused:
        """Say that a parameter's value can't be served, and what can."""
        words = Words(self.tongue, PHRASES)
        got = str(getattr(self, name))[:80]
        text = words("got", got=got, accepted=type(self).model_fields[name].description)
        return RequestRefused(WRONG, words("wrong", what=f"{name}: {text}"), {name: text})


class NoQuestion(Question):
    """A route without parameters."""


class ListQuestion(Question):
    """A question that is answered in pages."""

    cursor: CursorText | None = Field(None, description=CURSOR)

    @property
    def page_limit(self) -> int:
        """How many items are wanted. [-]."""
        raise NotImplementedError

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

    limit: LimitNumber = Field(PAGE_LIMIT_DEFAULT, description=LIMIT)

    @property
    def page_limit(self) -> int:
        """How many items are wanted. [-]."""
        return self.limit


class PortugueseList(ListQuestion):
    """Pages in Portuguese."""

    tongue: ClassVar[Language] = "pt"

    limite: LimitNumber = Field(PAGE_LIMIT_DEFAULT, description=LIMITE)
    cursor: CursorText | None = Field(None, description=CURSOR_PT)

    @property
    def page_limit(self) -> int:
        """How many items are wanted. [-]."""
        return self.limite


class CustomersQuestion(EnglishList):
    """Parameters of `/v1/customers`."""

    id: UUID | None = Field(None, description="a customer's UUID")
    name: NameText | None = Field(None, description="part of a customer's name")
    meter: NameText | None = Field(None, description="a meter's UUID or serial number")
    start: MomentText | None = Field(None, description=START)
    end: MomentText | None = Field(None, description=END)


class ClientesQuestion(PortugueseList):
    """Parameters of `/clientes`."""

    id: UUID | None = Field(None, description="o UUID de um cliente")
    nome: NameText | None = Field(None, description="parte do nome de um cliente")
    medidor: NameText | None = Field(None, description="o UUID ou o número de série de um medidor")
    inicio: MomentText | None = Field(None, description=INICIO)
    fim: MomentText | None = Field(None, description=FIM)


class MetersQuestion(EnglishList):
    """Parameters of `/v1/meters`."""

    customer: UUID | None = Field(None, description="a customer's UUID")
    meter: NameText | None = Field(None, description="a meter's UUID or serial number")


class LoadProfileQuestion(Question):
    """Parameters of `/v1/meters/{id}/load-profile`."""

    start: MomentText | None = Field(None, description=START + "; today if left out")
    end: MomentText | None = Field(
        None,
        description=f"{END}; now if left out. At most {LOAD_PROFILE_POINTS_MAX} intervals",
    )
    resolution: ResolutionName = Field("15m", description="one of 5m, 15m, 30m, 1h, 1d, 1mo")


class ReadingsQuestion(ListQuestion):
    """Parameters of `/v1/meters/{id}/readings`."""

    start: MomentText | None = Field(None, description=START)
    end: MomentText | None = Field(None, description=END)
    limit: Annotated[int, Field(ge=1, le=LOAD_PROFILE_POINTS_MAX)] = Field(
        PAGE_LIMIT_DEFAULT, description=f"a whole number from 1 to {LOAD_PROFILE_POINTS_MAX}"
    )

    @property
    def page_limit(self) -> int:
        """How many items are wanted. [-]."""
        return self.limit


class InvoicesQuestion(EnglishList):
    """Parameters of `/v1/invoices`."""

    customer: NameText | None = Field(None, description="a customer's UUID or part of the name")
    meter: NameText | None = Field(None, description="a meter's UUID or serial number")
    month: MonthText | None = Field(
        None, description="YYYY-MM, not after the current month, which is meant if left out"
    )
    state: InvoiceState | None = Field(
        None, description="running (the month goes on) or unissued (it has ended)"
    )


class FaturasQuestion(PortugueseList):
    """Parameters of `/faturas`."""

    cliente: NameText | None = Field(None, description="o UUID ou parte do nome de um cliente")
    medidor: NameText | None = Field(None, description="o UUID ou o número de série de um medidor")
    mes: MonthText | None = Field(
        None, description="AAAA-MM, até o mês corrente, que vale se nada for dito"
    )
    situacao: Literal["em_andamento", "a_emitir"] | None = Field(
        None, description="em_andamento (o mês ainda corre) ou a_emitir (o mês terminou)"
    )


class AlertsQuestion(EnglishList):
    """Parameters of `/v1/alerts`."""

    customer: UUID | None = Field(None, description="a customer's UUID")
    meter: NameText | None = Field(None, description="a meter's UUID or serial number")
    kind: Literal["abrupt_increase"] | None = Field(None, description="abrupt_increase")
    start: MomentText | None = Field(None, description=START)
    end: MomentText | None = Field(None, description=END)
    is_open: bool | None = Field(None, description="true (goes on) or false (is over)")


class AlertasQuestion(PortugueseList):
    """Parameters of `/alertas`."""

    cliente: UUID | None = Field(None, description="o UUID de um cliente")
    medidor: NameText | None = Field(None, description="o UUID ou o número de série de um medidor")
    tipo: Literal["aumento_abrupto"] | None = Field(None, description="aumento_abrupto")
    inicio: MomentText | None = Field(None, description=INICIO)
    fim: MomentText | None = Field(None, description=FIM)
    aberto: bool | None = Field(None, description="true (continua) ou false (terminou)")


class EventsQuestion(Question):
    """Parameters of `/v1/events`."""

    meter: list[UUID] = Field([], max_length=1000, description="a meter's UUID; may be repeated")
    kind: list[Literal["reading", "alert"]] = Field(
        [], max_length=2, description="reading or alert; may be repeated; both if left out"
    )


def period_of(question: Question, start: str, end: str) -> tuple[Moment | None, Moment | None]:
    """Read the parameters of these names that bound a period.

    Raises
    ------
    RequestRefused
        422, if it ends before it starts.
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
