"""Bills, invoices and billing runs in the API: what is asked, and what is answered."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - pydantic reads the annotations
from decimal import Decimal  # noqa: TC003 - pydantic reads the annotations
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from quilowatt.client.models import CustomerName, Model, Quality
from quilowatt.limits import NAME_SIZE_MAX

__all__ = [
    "BillingRun",
    "BillingRunRequest",
    "Invoice",
    "InvoiceDetails",
    "InvoiceLine",
    "InvoiceQuality",
    "InvoiceState",
    "InvoiceTax",
    "LineInterval",
    "LineIntervals",
    "RunFinding",
    "RunState",
]

InvoiceState = Literal["running", "unissued", "issued", "paid", "overdue", "replaced"]
RunState = Literal["running", "finished", "interrupted", "rehearsed"]

MONTH_PATTERN = r"^(19[89]\d|[2-9]\d{3})-(0[1-9]|1[0-2])$"


class InvoiceLine(Model):
    """One priced line of a bill."""

    code: str
    description: str
    start: datetime
    end: datetime
    quantity: Decimal
    unit: str
    rate_before_tax: Decimal
    rate: Decimal = Field(description="What one unit costs, taxes included.")
    amount: Decimal
    formula: str


class InvoiceTax(Model):
    """A tax that lies inside the total; it adds nothing to it."""

    code: str
    description: str
    rate: Decimal = Field(description="Share of the base: 0.18 is 18 %.")
    base: Decimal
    amount: Decimal


class InvoiceQuality(Model):
    """How well the energy of a cycle is known, by quarter-hours."""

    measured_s: int
    estimated_s: int
    revised_s: int
    missing_s: int
    estimated_kwh: float
    issues: dict[str, int] = Field(
        description="How often each rule for odd readings was followed, by its name."
    )


class Invoice(Model):
    """The bill of a usage point for one month: running along, or issued."""

    number: str | None = Field(None, description="Null until it is issued.")
    kind: Literal["invoice", "credit_note"] = "invoice"
    customer: CustomerName
    usage_point: UUID
    meter: UUID | None
    month: str = Field(description="YYYY-MM")
    start: datetime
    end: datetime
    state: InvoiceState = Field(
        description="`running` while the month goes on, `unissued` when it has ended; then "
        "`issued`, `overdue`, `paid`, or `replaced` by a later one."
    )
    tariff: str
    currency: str | None
    import_kwh: float | None = Field(description="Null when nothing is known of the month.")
    export_kwh: float | None = None
    total: Decimal | None
    issued_at: datetime | None = None
    due: date | None = Field(description="Null until an invoice is issued.")
    replaces: str | None = Field(None, description="Number of the invoice that it takes back.")
    replaced_by: str | None = Field(None, description="Number of the one that took it back.")
    quality: InvoiceQuality | None = None
    lines: list[InvoiceLine]
    taxes: list[InvoiceTax]
    notes: list[str] = Field(description="What one must know about it, or why there is no total.")


class Party(Model):
    """Who issues an invoice, or who pays it."""

    name: str
    tax_id: str
    address: list[str]
    contact: str = ""


class InvoiceMeter(Model):
    """What a meter showed in its part of the cycle."""

    id: UUID
    serial: str
    start: datetime
    end: datetime
    first_time: datetime | None = Field(description="Of the last reading not after the start.")
    last_time: datetime | None = Field(description="Of the last reading not after the end.")
    first_import_kwh: float
    last_import_kwh: float
    first_export_kwh: float
    last_export_kwh: float
    import_kwh: float = Field(description="What is counted of it, without estimates.")
    export_kwh: float


class InvoiceLink(Model):
    """A link in the hash chain of a meter's readings."""

    meter: UUID
    start: datetime
    end: datetime
    readings: int
    previous: str
    head: str


class InvoicePast(Model):
    """A cycle before."""

    month: str
    days: int
    import_kwh: float
    export_kwh: float
    total: Decimal | None


class InvoiceCode(Model):
    """A way to pay."""

    kind: str
    reference: str
    name: str
    copy_text: str = Field(description="What to copy or type.")
    qr: str
    bars: str


class InvoiceCredit(Model):
    """Energy given to the grid and not yet taken back."""

    born: date
    energy_kwh: float
    period: str = Field("", description="Period of use in which it was given, if meters tell.")


class InvoiceDetails(Invoice):
    """An issued invoice, whole."""

    reason: str = Field(description="Why it replaces or takes back another; else empty.")
    as_of: datetime = Field(description="Readings that came later don't count.")
    issuer: Party
    customer_details: Party
    address: list[str]
    timezone: str
    attributes: dict[str, str]
    meters: list[InvoiceMeter]
    history: list[InvoicePast]
    codes: list[InvoiceCode]
    links: list[InvoiceLink]
    credits: list[InvoiceCredit] = Field(description="Bank of energy after the cycle.")
    lapsed_kwh: float
    demand_w: dict[str, int]
    tariff_digest: str
    digest: str = Field(description="SHA-256 of the canonical document, in hex.")


class LineInterval(Model):
    """An interval behind a line."""

    start: datetime
    end: datetime
    energy_kwh: float
    counted_kwh: Decimal | None = Field(
        description="How much of it the line prices; null where it prices no energy."
    )
    quality: Quality


class LineIntervals(Model):
    """What lies behind a line; what is counted sums to its quantity."""

    line: InvoiceLine
    is_same: bool = Field(
        description="Whether the bill comes out the same when it is computed again."
    )
    intervals: list[LineInterval]


class RunFinding(Model):
    """Something about a usage point that a person must look at."""

    kind: str
    message: str
    customer: str
    usage_point: UUID
    serial: str
    is_issued: bool = Field(description="False where it kept the invoice from being issued.")


class BillingRun(Model):
    """A run that issues the invoices of a month."""

    id: int | None = Field(description="Null of a rehearsal.")
    month: str
    customer: str | None
    usage_point: UUID | None
    tariff: str | None
    state: RunState
    as_of: datetime = Field(description="Readings that came later don't count.")
    started_at: datetime
    finished_at: datetime | None
    total: int = Field(description="Usage points that are meant.")
    done: int
    issued: int
    sums: dict[str, Decimal] = Field({}, description="Of a rehearsal: totals by currency.")
    failure: str
    findings: list[RunFinding] = Field([], description="What needs a person.")


class BillingRunRequest(BaseModel):
    """Which invoices to issue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    month: str = Field(pattern=MONTH_PATTERN, description="YYYY-MM")
    customer: Annotated[str, Field(min_length=1, max_length=NAME_SIZE_MAX)] | None = Field(
        None, description="a customer's UUID or part of the name"
    )
    usage_point: UUID | None = Field(None, description="a usage point's UUID")
    tariff: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="a tariff's code"
    )
    dry_run: bool = Field(default=False, description="true computes, and writes nothing")
