"""What people do with alerts, and how alerts reach them: what the API is asked, and answers."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from decimal import Decimal
from typing import Annotated, Literal, Self, get_args
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from quilowatt.client.models import Model
from quilowatt.client.models_edits import Author, Instant, Reason
from quilowatt.limits import CHANNEL_URL_SIZE_MAX, NAME_SIZE_MAX, REASON_SIZE_MAX

__all__ = [
    "ALERT_KINDS",
    "Acknowledge",
    "AlertAction",
    "AlertKind",
    "Budget",
    "BudgetOrder",
    "Channel",
    "ChannelOrder",
    "ChannelRemoval",
    "ChannelTested",
    "CycleForecast",
    "ForecastRange",
    "ForecastScore",
    "Mute",
    "MuteOrder",
    "Notice",
    "NoticeAttempt",
    "NoticeStateName",
    "Snooze",
]

MONEY_MAX = Decimal(1_000_000_000)
"""Beyond any bill. [kWh or currency]"""

NoticeStateName = Literal["waiting", "sent", "dead", "withdrawn"]


AlertKind = Literal[
    "abrupt_increase",
    "lasting_increase",
    "lasting_decrease",
    "possible_tampering",
    "night_load",
    "stuck_register",
    "flat_line",
    "vacant_consumption",
    "no_communication",
    "clock_wrong",
    "unexpected_export",
    "capacity_nearly_reached",
    "sum_mismatch",
    "budget_energy_forecast",
    "budget_energy_80",
    "budget_energy_100",
    "budget_money_forecast",
    "budget_money_80",
    "budget_money_100",
]
"""Kinds of alert; `quilowatt.alert.signal` says what each means."""

ALERT_KINDS = ", ".join(get_args(AlertKind))
"""All of them, for saying what is accepted."""


def _body(accepted: str) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"description": accepted})


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no such time zone") from error
    return name


Note = Annotated[
    str,
    Field(max_length=REASON_SIZE_MAX, description=f"a note, at most {REASON_SIZE_MAX} characters"),
]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Figure = Annotated[Decimal, Field(gt=0, le=MONEY_MAX, decimal_places=3)]
ZoneName = Annotated[str, AfterValidator(_zone), Field(max_length=64)]


class Acknowledge(BaseModel):
    """Somebody takes note of an alert."""

    model_config = _body("a JSON object with author, and maybe note")

    author: Author
    note: Note = ""


class Snooze(BaseModel):
    """An alert is put off."""

    model_config = _body("a JSON object with until and author, and maybe note")

    until: Instant = Field(description="RFC 3339 with offset; one that is over ends a snooze")
    author: Author
    note: Note = ""


class MuteOrder(BaseModel):
    """Alerts of a kind are not to be told, or to be told again."""

    model_config = _body("a JSON object with is_muted, author and reason, and maybe kind and until")

    kind: AlertKind | None = Field(
        None, description=f"one of {ALERT_KINDS}; every kind if left out"
    )
    is_muted: bool = Field(description="true (tell nothing) or false (tell again)", strict=True)
    until: Instant | None = Field(
        None, description="RFC 3339 with offset: when the mute ends; never if left out"
    )
    author: Author
    reason: Reason


class Mute(Model):
    """A decision about telling alerts, as it is kept."""

    id: int
    usage_point: UUID | None
    customer: UUID | None
    kind: str | None = Field(description="Null: every kind.")
    is_muted: bool
    is_in_force: bool = Field(description="Silences something now.")
    until: datetime | None
    author: str
    reason: str
    made_at: datetime


class AlertAction(Model):
    """Something that a person did with an alert."""

    id: int
    kind: Literal["acknowledge", "snooze"]
    until: datetime | None
    author: str
    note: str
    made_at: datetime


class BudgetOrder(BaseModel):
    """A limit for each billing cycle of a usage point, or its end."""

    model_config = _body("a JSON object with limit (null ends the budget) and author")

    limit: Figure | None = Field(
        description="kWh or money above 0, at most three decimals; null ends the budget"
    )
    author: Author


class Budget(Model):
    """A budget, and how the running cycle stands against it."""

    usage_point: UUID
    measure: Literal["energy", "money"]
    limit: Decimal | None = Field(description="[kWh or currency]; null: it was ended.")
    currency: str | None
    author: str
    since: datetime
    cycle_start: datetime | None
    cycle_end: datetime | None
    used: Decimal | None = Field(description="In the running cycle so far. [kWh or currency]")
    expected: Decimal | None = Field(description="At its end. [kWh or currency]")
    low: Decimal | None = Field(description="Lower end of the range. [kWh or currency]")
    high: Decimal | None = Field(description="Upper end of the range. [kWh or currency]")


class ChannelOrder(BaseModel):
    """A way for alerts to reach somebody."""

    model_config = _body(
        "a JSON object with name, url and author, and maybe customer, secret, language, timezone, "
        "quiet_start, quiet_end, digest_hour, severity_min, kinds, tells_end"
    )

    name: str = Field(
        min_length=1,
        max_length=NAME_SIZE_MAX,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description=f"what to call it, 1 to {NAME_SIZE_MAX} characters in a line",
    )
    url: str = Field(
        min_length=1,
        max_length=CHANNEL_URL_SIZE_MAX,
        description="https://… for a webhook, or one of Apprise: mailto://, tgram://, ntfy://, …",
    )
    author: Author
    customer: UUID | None = Field(
        None, description="UUID of the customer whose alerts it tells; everyone's if left out"
    )
    secret: str | None = Field(
        None,
        min_length=16,
        max_length=NAME_SIZE_MAX,
        description="signs a webhook, 16 to 200 characters; one is made if left out",
    )
    language: Literal["en", "pt"] | None = Field(
        None, description="en or pt; the customer's if left out, else that of the request"
    )
    timezone: ZoneName | None = Field(
        None, description="IANA name, such as America/Bahia; the customer's if left out"
    )
    quiet_start: ClockTime | None = Field(
        None, description="HH:MM, with quiet_end: from then on only what is critical is sent"
    )
    quiet_end: ClockTime | None = Field(
        None, description="HH:MM, with quiet_start: until then only what is critical is sent"
    )
    digest_hour: Annotated[int, Field(ge=0, le=23, strict=True)] | None = Field(
        None, description="0 to 23: one message a day at this hour; at once if left out"
    )
    severity_min: Literal["info", "warning", "critical"] = Field(
        "info", description="info, warning or critical: what matters less is not sent"
    )
    kinds: list[AlertKind] = Field(
        [],
        max_length=50,
        description=f"kinds of alert, at most 50 of {ALERT_KINDS}; every kind if left out",
    )
    tells_end: bool = Field(
        default=False, strict=True, description="true: the end of an episode is told too"
    )

    @model_validator(mode="after")
    def _quiet_hours_are_a_pair(self) -> Self:
        if (self.quiet_start is None) != (self.quiet_end is None):
            raise ValueError("quiet_start and quiet_end belong together")
        return self


class ChannelRemoval(BaseModel):
    """A channel is to be used no more."""

    model_config = _body("a JSON object with author")

    author: Author


class Channel(Model):
    """A channel, without its secrets."""

    id: UUID
    name: str
    url: str = Field(description="Masked: the rest is secret.")
    secret: str | None = Field(
        description="Signs a webhook; shown once, when the channel is made, and null after."
    )
    customer: UUID | None = Field(description="Null: it is the operator's.")
    language: Literal["en", "pt"]
    timezone: str
    quiet_start: str | None
    quiet_end: str | None
    digest_hour: int | None
    severity_min: Literal["info", "warning", "critical"]
    kinds: list[str]
    tells_end: bool
    author: str
    added_at: datetime
    removed_at: datetime | None


class ChannelTested(Model):
    """How a test message went."""

    is_sent: bool
    detail: str


class NoticeAttempt(Model):
    """One try to send a notice."""

    at: datetime
    is_sent: bool
    detail: str = Field(description="What the other side said, without secrets.")


class Notice(Model):
    """What a channel is told about an alert, and how far it has come."""

    id: int
    channel: UUID
    channel_name: str
    alert: int
    phase: Literal["opened", "closed"]
    state: NoticeStateName
    planned_at: datetime
    next_at: datetime | None = Field(description="Not before; null where it no longer waits.")
    attempts: list[NoticeAttempt]


class ForecastRange(Model):
    """A figure of a cycle's end, and where four of five cycles end."""

    expected: Decimal
    low: Decimal
    high: Decimal


class ForecastScore(Model):
    """How good the forecasts of this usage point were in cycles that are over."""

    forecasts: int = Field(description="Forecasts, one a day, whose cycle is over.")
    cycles: int
    error_share: float = Field(description="Mean absolute error of the energy: 0.1 is 10 %.")
    bias_share: float = Field(description="Above 0: too much was expected.")
    in_range: float = Field(description="Share of forecasts whose range held; 0.8 is meant.")


class CycleForecast(Model):
    """What the running cycle of a usage point is expected to come to."""

    usage_point: UUID
    cycle_start: datetime
    cycle_end: datetime
    known_until: datetime | None = Field(description="The forecast begins here.")
    measured_kwh: float | None
    energy_kwh: ForecastRange | None = Field(description="Null: too little is known yet.")
    money: ForecastRange | None = Field(description="Null: the tariff can't price it.")
    currency: str | None
    notes: list[str] = Field(description="What was assumed, or why something is missing.")
    track_record: ForecastScore | None = Field(description="Null until a cycle is over.")
