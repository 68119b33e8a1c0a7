"""Edits of readings in the API: what is asked, and what is answered."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID  # noqa: TC003 - pydantic reads the annotations

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from quilowatt.client.models import Model
from quilowatt.limits import NAME_SIZE_MAX, REASON_SIZE_MAX, REGISTER_WH_MAX

__all__ = ["LeaveOut", "ManualReading", "MeterEdit", "Restore"]

REGISTER_KWH_MAX = Decimal(REGISTER_WH_MAX).scaleb(-3)
"""Highest register of the protocol. [kWh]"""

YEAR_MIN, YEAR_MAX = 1971, 9990
"""Far from where seconds become negative and calendars end. [a]"""


RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _written_out(moment: object) -> object:
    """Take only what names day, time and offset: pydantic would read 2026 as seconds of 1970."""
    is_written = isinstance(moment, str) and RFC3339.fullmatch(moment)
    if not is_written and not isinstance(moment, datetime):
        raise ValueError("must be written like 2026-11-01T08:00:00-03:00")
    return moment


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None or not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise ValueError("without an offset nobody knows which instant it is")
    return moment.replace(microsecond=0)


Instant = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(_with_offset)]
RegisterKwh = Annotated[Decimal, Field(ge=0, le=REGISTER_KWH_MAX, decimal_places=3)]
Author = Annotated[
    str,
    Field(
        min_length=1,
        max_length=NAME_SIZE_MAX,
        pattern=r"\S",
        description=f"who decides, 1 to {NAME_SIZE_MAX} characters",
    ),
]
Reason = Annotated[
    str,
    Field(
        min_length=1,
        max_length=REASON_SIZE_MAX,
        pattern=r"\S",
        description=f"why, 1 to {REASON_SIZE_MAX} characters",
    ),
]


class ManualReading(BaseModel):
    """A register that a person read, or corrects."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "description": "a JSON object with time, import_kwh, author and reason, and maybe "
            "export_kwh"
        },
    )

    time: Instant = Field(description="RFC 3339 with offset, not in the future")
    import_kwh: RegisterKwh = Field(
        description="register A+ in kWh, at most three decimals, 0 to 9007199254740.991"
    )
    export_kwh: RegisterKwh | None = Field(
        None,
        description="register A− in kWh, at most three decimals; what it showed before if left out",
    )
    author: Author
    reason: Reason


class Period(BaseModel):
    """A period of readings that a person decides about."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"description": "a JSON object with start, end, author and reason"},
    )

    start: Instant = Field(description="RFC 3339 with offset: the first instant")
    end: Instant = Field(description="RFC 3339 with offset, after the start: no longer in it")
    author: Author
    reason: Reason


class LeaveOut(Period):
    """Readings that shall not count."""


class Restore(Period):
    """Readings that shall count again."""


class MeterEdit(Model):
    """A decision of a person about a meter's readings, as it is kept."""

    id: int
    meter: UUID
    kind: Literal["reading", "leave_out", "restore"]
    start: datetime
    end: datetime = Field(description="Not in it; a manual reading takes one second.")
    import_kwh: float | None = Field(description="Register of a manual reading. [kWh]")
    export_kwh: float | None
    author: str
    reason: str
    made_at: datetime
    notes: list[str] = Field(
        [], description="What the load profile makes of a manual reading, if it is odd."
    )
