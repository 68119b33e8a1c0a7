"""Corrections, differences and other tariffs in the API: what is asked, and what is answered."""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - pydantic reads the annotations
from typing import Annotated
from uuid import UUID  # noqa: TC003

from pydantic import BaseModel, ConfigDict, Field

from quilowatt.client.models import CustomerName, Model
from quilowatt.limits import NAME_SIZE_MAX, REASON_SIZE_MAX

__all__ = [
    "BillDifference",
    "ComparedCycle",
    "Correction",
    "CorrectionIssued",
    "CorrectionOrder",
    "DifferencePart",
    "TariffPrice",
    "WhatIf",
]

TEXT = r"^[^\x00]*\S[^\x00]*$"


class Correction(Model):
    """An issued invoice that would come out differently now."""

    invoice: str
    customer: CustomerName
    usage_point: UUID
    month: str
    currency: str
    billed: Decimal = Field(description="What the invoice says.")
    now: Decimal = Field(description="What it comes to now.")
    difference: Decimal
    billed_kwh: float
    now_kwh: float
    reason: str = Field(description="What changed since, in words.")
    is_allowed: bool = Field(description="Whether the tariff's regime still allows it.")
    note: str = Field(description="Why not, or how it may be paid; else empty.")


class CorrectionOrder(BaseModel):
    """Who corrects an invoice, and why."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"description": "a JSON object with author and reason"},
    )

    author: Annotated[str, Field(min_length=1, max_length=NAME_SIZE_MAX, pattern=TEXT)] = Field(
        description=f"who decides, 1 to {NAME_SIZE_MAX} characters"
    )
    reason: Annotated[str, Field(min_length=1, max_length=REASON_SIZE_MAX, pattern=TEXT)] = Field(
        description=f"why, 1 to {REASON_SIZE_MAX} characters"
    )


class CorrectionIssued(Model):
    """A credit note and the invoice that takes the place of the old one."""

    corrected: str
    credit_note: str
    replacement: str
    difference: Decimal
    reason: str


class DifferencePart(Model):
    """What one cause does to a bill."""

    cause: str
    amount: Decimal = Field(description="Negative where it makes the bill cheaper.")
    message: str


class BillDifference(Model):
    """Why a bill differs from that of the cycle before; the parts sum to the difference."""

    currency: str
    before: Decimal
    after: Decimal
    difference: Decimal
    parts: list[DifferencePart]


class TariffPrice(Model):
    """What a cycle costs under a tariff."""

    tariff: str
    total: Decimal | None = Field(description="Null where the tariff can't price it.")
    note: str = Field(description="Why it can't; else empty.")


class ComparedCycle(Model):
    """An ended cycle under several tariffs."""

    month: str
    import_kwh: float
    total: Decimal | None = Field(
        description="Under the present tariff, by the readings of now; null where it has no price."
    )
    note: str = Field("", description="Why it has none; else empty.")
    prices: list[TariffPrice]


class WhatIf(Model):
    """The last cycles of a usage point under other tariffs."""

    usage_point: UUID
    tariff: str = Field(description="The present one.")
    currency: str
    total: Decimal | None = Field(
        description="Of all cycles under the present tariff; null where one has no price."
    )
    totals: list[TariffPrice] = Field(description="Of all cycles, under each tariff.")
    cycles: list[ComparedCycle]
