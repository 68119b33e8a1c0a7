"""What the API answers under `/v1`, as types: the one description that server and client share.

Energy is in kWh with three exact decimals, power in whole watts, money a decimal string, a time
RFC 3339 with the offset of the place where the meter hangs. `None` says "not known", never zero.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from quilowatt.limits import INTERVAL_S_MAX

__all__ = [
    "Alert",
    "AlertBudget",
    "AlertEvent",
    "CommandSent",
    "Customer",
    "CustomerName",
    "Event",
    "Interval",
    "InvoiceEvent",
    "LoadProfile",
    "Meter",
    "MeterCommand",
    "MeterIssue",
    "MeterStateName",
    "Page",
    "Period",
    "Problem",
    "ProfileIssue",
    "Quality",
    "Reading",
    "ReadingEvent",
    "ResolutionName",
    "UsagePoint",
    "WrongParameter",
]

Item = TypeVar("Item")

Quality = Literal["measured", "estimated", "revised", "missing"]
MeterStateName = Literal["active", "blocked", "never_heard"]
ResolutionName = Literal["5m", "15m", "30m", "1h", "1d", "1mo"]


class Model(BaseModel):
    """Base of every answer: frozen, and tolerant of fields that a newer server adds."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(Model, Generic[Item]):
    """Some of a list, and where the rest begins."""

    items: list[Item]
    next_cursor: str | None = Field(
        description="Give it back as `cursor` for the next page; null on the last one."
    )


class Reading(Model):
    """What the dial of a meter showed at one instant."""

    time: datetime
    import_kwh: float = Field(description="Register of energy taken from the grid, A+. [kWh]")
    export_kwh: float = Field(description="Register of energy given to the grid, A−. [kWh]")
    is_revised: bool = Field(
        default=False, description="True where other values were sent for this time before."
    )


class CustomerName(Model):
    """Who pays."""

    id: UUID
    name: str


class UsagePoint(Model):
    """The place that is billed."""

    id: UUID
    timezone: str = Field(description="IANA name of the zone whose days are billed.")
    tariff: str = Field(description="Code of the tariff.")
    billing_day: int


class Period(Model):
    """The consumption of the period that was asked for."""

    start: datetime
    end: datetime
    import_kwh: float | None


class Consumption(Model):
    """What is known of a meter now."""

    last_reading: Reading | None
    power_w: int | None = Field(
        description="Mean power taken up to the last reading: since the one before it, or over the "
        "last 20 Wh (two minutes at most) of a meter that reports often. [W]"
    )
    today_kwh: float | None = Field(description="Taken since local midnight. [kWh]")
    month_kwh: float | None = Field(description="Taken since the local month began. [kWh]")


class Customer(Consumption):
    """A customer at one usage point; who has two is listed twice."""

    id: UUID
    name: str
    usage_point: UUID
    timezone: str
    tariff: str
    meter: UUID
    serial: str
    period: Period | None = Field(description="Present when `start` or `end` was given.")


class Meter(Consumption):
    """A meter at the usage point where it is installed."""

    id: UUID
    serial: str
    model: str
    phases: int
    interval_s: int = Field(description="Time between two readings. [s]")
    digits: int = Field(description="The Wh register wraps at 10^digits; 0 = never.")
    state: MeterStateName = Field(
        default="active",
        description="`blocked`: an operator shut it out. `never_heard`: it registered, but no "
        "reading of it ever came and it isn't connected; a meter that did not get the answer to "
        "its registration registers again and leaves such an entry behind.",
    )
    is_connected: bool = Field(
        default=False, description="Logged in by TCP now; one that uses UDP never is."
    )
    registered_at: datetime
    customer: CustomerName
    usage_point: UsagePoint


class Interval(Model):
    """The energy of one interval [start, end)."""

    start: datetime
    end: datetime
    import_kwh: float | None
    export_kwh: float | None
    power_w: int | None = Field(description="Mean power taken over the interval. [W]")
    quality: Quality = Field(
        description="`missing`: part of it was not read; the numbers are null where none of it was."
    )


class ProfileIssue(Model):
    """A place where the registers did not simply rise, and what was made of it."""

    time: datetime
    kind: str
    message: str


class MeterIssue(Model):
    """A decision about the readings of a meter, or how they came; the bill stands on it."""

    time: datetime = Field(description="Of the reading that shows it.")
    start: datetime = Field(description="From here on something was in doubt…")
    end: datetime = Field(description="…until here.")
    kind: str = Field(description="The rule that was followed.")
    direction: str = Field(description="Whose register: `import` or `export`.")
    before_kwh: float = Field(description="The register before. [kWh]")
    after_kwh: float = Field(description="The register at that reading. [kWh]")
    counted_kwh: float = Field(description="What is counted from start to end. [kWh]")
    message: str


class LoadProfile(Model):
    """The energy of a meter by interval; the intervals sum to the difference of the registers."""

    meter: UUID
    timezone: str
    resolution: ResolutionName
    start: datetime
    end: datetime
    import_kwh: float
    export_kwh: float
    intervals: list[Interval]
    issues: list[ProfileIssue]


class AlertBudget(Model):
    """How a cycle stood against its budget when this was last told."""

    limit: Decimal = Field(description="[kWh or currency]")
    used: Decimal | None
    expected: Decimal | None
    low: Decimal | None
    high: Decimal | None
    currency: str | None = Field(description="Null: the limit is in kWh.")


class Alert(Model):
    """One episode in which a meter did something unusual."""

    id: int
    kind: str
    severity: str
    customer: CustomerName
    meter: UUID
    began_at: datetime = Field(description="When it began, in the readings.")
    raised_at: datetime = Field(description="When it was noticed.")
    updated_at: datetime = Field(description="When it was last seen, in the readings.")
    closed_at: datetime | None
    is_open: bool
    power_w: int = Field(description="Highest mean power seen in it so far. [W]")
    usual_power_w: int = Field(
        description="The most that is usual here at this time of the day: the highest mean power "
        "of a quarter of an hour (on a meter's first day, of a minute) that was no episode. [W]"
    )
    excess_kwh: float = Field(description="Energy above that power since it began. [kWh]")
    power_change_w: int | None = Field(
        None, description="How far above the usual; below it, negative. Null: no such kind. [W]"
    )
    energy_per_day_kwh: float | None = Field(
        None, description="More a day, if it lasts; less, negative. Null: not known. [kWh/d]"
    )
    cost_per_hour: Decimal | None = Field(
        None, description="What an abrupt increase adds to the bill an hour. [currency]"
    )
    cost_per_day: Decimal | None = Field(
        None,
        description="What that adds to the bill a day, by the customer's tariff; of "
        "possible_tampering, what is not billed. Null: not known, or no such kind. [currency]",
    )
    cost_per_week: Decimal | None = Field(None, description="The same for a week. [currency]")
    cost_so_far: Decimal | None = Field(
        None, description="What it has added since it began. [currency]"
    )
    currency: str | None = Field(None, description="ISO 4217; null: there is no cost.")
    budget: AlertBudget | None = Field(None, description="Of an alert about a budget.")
    is_acknowledged: bool = Field(default=False, description="Somebody took note of it.")
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    note: str | None = Field(None, description="Of whoever took note.")
    snoozed_until: datetime | None = Field(None, description="Put off until then; null if not.")
    is_muted: bool = Field(default=False, description="Its kind is not told here now.")
    message: str = Field(description="All of it in a sentence, in the language that was asked for.")


class ReadingEvent(Model):
    """A reading was committed; the newest of its meter in that commit."""

    kind: Literal["reading"] = "reading"
    meter: UUID
    reading: Reading
    power_w: int | None


class AlertEvent(Model):
    """An alert was opened, changed or closed, or somebody took note of it or put it off."""

    kind: Literal["alert"] = "alert"
    phase: Literal["opened", "updated", "closed", "acknowledged", "snoozed"]
    alert: Alert


class InvoiceEvent(Model):
    """An invoice was issued."""

    kind: Literal["invoice"] = "invoice"
    number: str
    customer: CustomerName
    usage_point: UUID
    month: str = Field(description="YYYY-MM")
    currency: str
    total: Decimal
    due: date


Event = ReadingEvent | AlertEvent | InvoiceEvent


class MeterCommand(BaseModel):
    """What a connected meter is to do."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"description": "a JSON object with interval_s or relay, or both"},
    )

    interval_s: Annotated[int, Field(ge=1, le=INTERVAL_S_MAX, strict=True)] | None = Field(
        None, description=f"a whole number of seconds from 1 to {INTERVAL_S_MAX}"
    )
    relay: Literal["on", "off"] | None = Field(
        None, description="on (the load is connected) or off (disconnected)"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.interval_s is None and self.relay is None:
            raise ValueError("it says nothing")
        return self


class CommandSent(Model):
    """What a connected meter was told."""

    meter: UUID
    sent: list[str] = Field(description="Lines of the meter protocol, such as `SET relay off`.")


class WrongParameter(Model):
    """One wrong parameter and what is accepted in its place."""

    parameter: str
    detail: str


class Problem(Model):
    """An error, in the form of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[WrongParameter] = []
