"""The tables of money received, and of the references that payments carry back; only added to."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
)

from quilowatt.limits import NAME_SIZE_MAX
from quilowatt.store.schema import WIDE_ID, metadata

__all__ = ["REFERENCE_SIZE", "invoice_references", "payment_matches", "payments"]

REFERENCE_SIZE = 200
"""Longer than any code that a person types or a bank reports. [chars]"""

AMOUNT_SIZE = 40
"""An exact decimal as text: databases disagree on what a number is. [chars]"""

invoice_references = Table(
    "invoice_references",
    metadata,
    Column("reference", String(REFERENCE_SIZE), primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False, index=True),
    comment="What a payment may carry to name an invoice, without spaces and signs.",
)

payments = Table(
    "payments",
    metadata,
    Column("id", WIDE_ID, primary_key=True, autoincrement=False),
    Column("external_id", String(REFERENCE_SIZE), nullable=False, unique=True),
    Column("received", Date, nullable=False),
    Column("amount", String(AMOUNT_SIZE), nullable=False),
    Column("currency", String(10), nullable=False),
    Column("reference", String(REFERENCE_SIZE), nullable=False),
    Column("payer", String(NAME_SIZE_MAX), nullable=False),
    Column("source", String(NAME_SIZE_MAX), nullable=False),
    Column("author", String(NAME_SIZE_MAX), nullable=False),
    Column("at_s", BigInteger, nullable=False),
)

payment_matches = Table(
    "payment_matches",
    metadata,
    Column("id", WIDE_ID, primary_key=True, autoincrement=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("invoice_id", ForeignKey("invoices.id")),
    Column("author", String(NAME_SIZE_MAX), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_s", BigInteger, nullable=False),
    Index("ix_payment_matches_payment", "payment_id", "id"),
    Index("ix_payment_matches_customer", "customer_id", "id"),
    comment="Whose a payment is; the last row of a payment counts.",
)
