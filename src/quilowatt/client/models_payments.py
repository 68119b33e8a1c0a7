"""Payments and accounts in the API: what is asked, and what is answered."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from quilowatt.client.models import CustomerName, Model
from quilowatt.limits import NAME_SIZE_MAX, REASON_SIZE_MAX

__all__ = [
    "AccountEntry",
    "AccountStatement",
    "InvoiceStanding",
    "Payment",
    "PaymentAssignment",
    "PaymentReceived",
    "PaymentsImported",
]

AMOUNT_BELOW = Decimal(10) ** 12
YEAR_MIN, YEAR_MAX = 1971, 9990

Day = Annotated[date, Field(ge=date(YEAR_MIN, 1, 1), le=date(YEAR_MAX, 12, 31))]
Name = Annotated[
    str, Field(min_length=1, max_length=NAME_SIZE_MAX, pattern=r"^[^\x00]*\S[^\x00]*$")
]
MaybeName = Annotated[str, Field(max_length=NAME_SIZE_MAX, pattern=r"^[^\x00]*$")]
Amount = Annotated[Decimal, Field(gt=-AMOUNT_BELOW, lt=AMOUNT_BELOW, decimal_places=2)]


class PaymentReceived(BaseModel):
    """Money that came in."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "description": "a JSON object with received, amount and author, and maybe invoice, "
            "customer, reference, payer, currency"
        },
    )

    received: Day = Field(description="a date, YYYY-MM-DD")
    amount: Amount = Field(
        description="money, at most two decimals, not 0; negative for a payment taken back"
    )
    author: Name = Field(description="who records it, 1 to 200 characters")
    invoice: Name | None = Field(None, description="number of the invoice that it pays")
    customer: UUID | None = Field(
        None, description="UUID of the customer, where no invoice is named"
    )
    reference: MaybeName = Field("", description="what it carries: a Pix txid, a collection line")
    payer: MaybeName = Field("", description="who paid, as the bank says")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        "BRL", description="three capitals, ISO 4217"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.amount:
            raise ValueError("nothing was paid")
        return self


class PaymentAssignment(BaseModel):
    """Whose a payment is."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "description": "a JSON object with author, reason, and invoice or customer"
        },
    )

    author: Name = Field(description="who decides, 1 to 200 characters")
    reason: Annotated[
        str,
        Field(
            min_length=1,
            max_length=REASON_SIZE_MAX,
            pattern=r"^[^\x00]*\S[^\x00]*$",
            description=f"why, 1 to {REASON_SIZE_MAX} characters",
        ),
    ]
    invoice: Name | None = Field(None, description="number of the invoice that it pays")
    customer: UUID | None = Field(
        None, description="UUID of the customer, where no invoice is named"
    )

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if (self.invoice is None) == (self.customer is None):
            raise ValueError("an invoice or a customer, not both")
        return self


class Payment(Model):
    """A payment as it is kept."""

    id: int
    external_id: str = Field(description="The name that the bank or the caller gave it.")
    received: date
    amount: Decimal
    currency: str
    reference: str
    payer: str
    source: str
    author: str
    recorded_at: datetime
    customer: UUID | None = Field(description="Null while nobody knows whose it is.")
    invoice: str | None = Field(description="The invoice that it names, if any.")


class PaymentsImported(Model):
    """What became of a file of payments."""

    recorded: int = Field(description="New ones. [1]")
    known: int = Field(description="Recorded before: left alone. [1]")
    unmatched: list[Payment] = Field(description="New ones that a person must assign.")


class InvoiceStanding(Model):
    """How an invoice stands in an account."""

    number: str
    state: Literal["open", "overdue", "paid", "replaced", "credited"]
    due: date
    total: Decimal
    paid: Decimal
    left: Decimal


class AccountEntry(Model):
    """A line of a statement of account."""

    day: date
    kind: Literal["invoice", "credit_note", "payment", "refund"]
    reference: str
    amount: Decimal = Field(description="What it adds to the debt.")
    balance: Decimal = Field(description="The debt after it; negative for a credit.")


class AccountStatement(Model):
    """What a customer was billed, what was paid, and what is open."""

    customer: CustomerName
    currency: str
    day: date
    balance: Decimal = Field(description="The debt; negative for a credit.")
    surplus: Decimal = Field(description="Paid too much; the next invoice gives it back.")
    late: dict[str, Decimal] = Field(
        description="What late payment costs, by kind; the next invoice bills it."
    )
    invoices: list[InvoiceStanding]
    entries: list[AccountEntry]
