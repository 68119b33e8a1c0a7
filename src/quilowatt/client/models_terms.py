"""Usage points with their dated terms, customers' details and tariffs, as the API speaks of them.

What is sent is strict, what is answered is tolerant of fields that a newer server adds.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from quilowatt.client.models import CustomerName, Model

__all__ = [
    "BalanceSet",
    "CreditSet",
    "CustomerChange",
    "CustomerRecord",
    "Cycle",
    "TariffRecord",
    "TermsEntry",
    "UsagePointChange",
    "UsagePointChanged",
    "UsagePointRecord",
]

DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
ATTRIBUTES_MAX: Final = 50
LINES_MAX: Final = 10
CREDITS_MAX: Final = 120
DEMANDS_MAX: Final = 60
KW_BELOW: Final = 10**7
KWH_BELOW: Final = 10**9
LIMIT_W_MAX: Final = 10**9
SENSITIVITY_PCT_MIN: Final = 10
SENSITIVITY_PCT_MAX: Final = 400


def _checked_day(text: str) -> str:
    if not DAY.fullmatch(text):
        raise ValueError("not written YYYY-MM-DD")
    date.fromisoformat(text)
    return text


DayText = Annotated[
    str,
    AfterValidator(_checked_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]

# A NUL is the one character that not every database can keep.
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
EmptyOrText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Author = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Code = Annotated[str, Field(pattern=r"^[^\x00]{1,100}$")]
Lines = Annotated[list[Text], Field(max_length=LINES_MAX)]
Kilowatts = Annotated[Decimal, Field(ge=0, lt=KW_BELOW, decimal_places=3)]
KilowattHours = Annotated[Decimal, Field(ge=0, lt=KWH_BELOW, decimal_places=3)]


class Sent(BaseModel):
    """Base of what is sent: a field that isn't known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CreditSet(Sent):
    """Energy given to the grid and not yet taken back."""

    born: DayText = Field(description="End of the cycle in which it was given.")
    kwh: KilowattHours = Field(description="What is left of it. [kWh]")
    period: EmptyOrText = Field(
        "", description="Period of use in which it was given; empty where there are none."
    )


class BalanceSet(Sent):
    """With what a running settlement starts."""

    credits: list[CreditSet] = Field([], max_length=CREDITS_MAX, description="Bank of energy.")
    carried_kwh: KilowattHours = Field(
        Decimal(0), description="Used in a cycle that was too long, and billed with this one. [kWh]"
    )
    past_demand_kw: dict[Code, Annotated[list[Kilowatts], Field(max_length=DEMANDS_MAX)]] = Field(
        {}, description="By code of the charge: highest demand of earlier cycles, latest first."
    )


class UsagePointChange(Sent):
    """What holds at a usage point from a day on; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        json_schema_extra={
            "description": "a JSON object with at least one of tariff, billing_day, attributes, "
            "contracted_kw, limit_w, address, is_vacant, alert_sensitivity_pct, has_generation, "
            "master, balance"
        },
    )

    tariff: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")] | None = (
        Field(None, description="the code of a tariff that the server has; see /v1/tariffs")
    )
    billing_day: Annotated[int, Field(ge=1, le=31, strict=True)] | Literal["last"] | None = Field(
        None, description='a whole number from 1 to 31, or "last": the day on which cycles begin'
    )
    attributes: Annotated[dict[Key, Text | None], Field(max_length=ATTRIBUTES_MAX)] = Field(
        {}, description='an object of texts, like {"class": "social"}; null takes one away'
    )
    contracted_kw: Kilowatts | None = Field(
        None, description="a number of kW with at most 3 decimals; 0 for none"
    )
    limit_w: Annotated[int, Field(ge=0, le=LIMIT_W_MAX, strict=True)] | None = Field(
        None, description="whole watts that the connection can carry; 0 for unknown"
    )
    address: Lines | None = Field(None, description="a list of at most 10 lines")
    is_vacant: Annotated[bool, Field(strict=True)] | None = Field(
        None, description="true (nobody lives there) or false"
    )
    alert_sensitivity_pct: (
        Annotated[int, Field(ge=SENSITIVITY_PCT_MIN, le=SENSITIVITY_PCT_MAX, strict=True)] | None
    ) = Field(
        None,
        description="a whole number from 10 to 400: 100 as alerts were scored, 200 halves what "
        "must be exceeded",
    )
    has_generation: Annotated[bool, Field(strict=True)] | Literal["unknown"] | None = Field(
        None, description='true (energy may be fed in there), false or "unknown"'
    )
    master: UUID | Literal[""] | None = Field(
        None,
        description="the UUID of the usage point whose meter measures this one too; empty takes "
        "it away",
    )
    balance: BalanceSet | None = Field(
        None, description="an object with credits and past_demand_kw, as on the first day"
    )
    from_day: DayText | None = Field(
        None,
        alias="from",
        description="a local date (2026-11-01); the first day of the running cycle if left out",
    )
    author: Author = Field("operator", description="who says so, at most 100 characters")
    reason: Reason = Field("", description="why, at most 1000 characters")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"from_day", "author", "reason"}:
            raise ValueError("it says nothing")
        return self


class CustomerChange(Sent):
    """What is known of a customer from a day on; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        json_schema_extra={
            "description": "a JSON object with at least one of tax_id, email, language, address"
        },
    )

    tax_id: EmptyOrText | None = Field(
        None, description="the number with the tax authority; empty takes it away"
    )
    email: EmptyOrText | None = Field(
        None, description="an address like ana@example.org; empty takes it away"
    )
    language: Literal["pt", "en", ""] | None = Field(
        None, description="pt or en; empty takes it away"
    )
    address: Lines | None = Field(None, description="a list of at most 10 lines")
    from_day: DayText | None = Field(
        None, alias="from", description="a local date (2026-11-01); today if left out"
    )
    author: Author = Field("operator", description="who says so, at most 100 characters")
    reason: Reason = Field("", description="why, at most 1000 characters")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"from_day", "author", "reason"}:
            raise ValueError("it says nothing")
        return self


class Cycle(Model):
    """A billing cycle [start, end), in local days."""

    month: str = Field(description="YYYY-MM, in which it begins.")
    start: date
    end: date
    tariff: str = Field(description="What the whole cycle is billed by.")


class UsagePointRecord(Model):
    """A usage point with what holds there on a day."""

    id: UUID
    customer: CustomerName
    meter: UUID
    serial: str
    timezone: str
    phases: int
    tariff: str
    billing_day: int = Field(description="31 is the last day of every month.")
    attributes: dict[str, str] = Field(description="What tariffs ask for, such as `class`.")
    contracted_kw: Decimal = Field(description="Power agreed on; 0 for none. [kW]")
    limit_w: int = Field(description="What the connection can carry; 0 for unknown. [W]")
    address: list[str]
    is_vacant: bool
    alert_sensitivity_pct: int = Field(
        100, description="100 as alerts were scored; 200 halves what must be exceeded. [%]"
    )
    has_generation: bool | Literal["unknown"] = Field(
        "unknown", description="Whether energy may be fed in there."
    )
    master: UUID | Literal[""] = Field(
        "", description="The usage point whose meter measures this one too; empty for none."
    )
    cycle: Cycle = Field(description="The cycle that the day lies in.")


class UsagePointChanged(Model):
    """What a change has led to."""

    usage_point: UsagePointRecord = Field(description="With what holds on the first day.")
    from_day: date = Field(alias="from", description="First local day on which it holds.")
    billed_from: date = Field(description="First day of the first cycle that is billed by it.")
    is_new: bool = Field(description="False when all of it was so already: nothing was recorded.")


class TermsEntry(Model):
    """A fact about a usage point, as it was recorded."""

    kind: Literal["terms", "balance"]
    from_day: date = Field(alias="from")
    recorded_at: datetime
    author: str
    reason: str
    change: dict[str, Any] = Field(description="The fields of a PUT that were said.")


class CustomerRecord(Model):
    """A customer with what is known on a day."""

    id: UUID
    name: str
    tax_id: str
    email: str
    language: str
    address: list[str]


class TariffRecord(Model):
    """A tariff that the server has."""

    code: str
    name: str
    currency: str
    first_day: date = Field(description="It has prices from this day on…")
    last_day: date | None = Field(description="…until this day; null when no end is set.")
