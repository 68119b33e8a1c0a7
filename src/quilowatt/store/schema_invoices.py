"""The tables of issued invoices and of the runs that issue them; part of the ledger's schema.

Rows of invoices, lines, links, balances and documents are only ever added. What becomes of an
invoice is derived from later rows. Only runs change, while they go on.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from quilowatt.store.schema import WIDE_ID, metadata

__all__ = [
    "billing_run_findings",
    "billing_runs",
    "documents",
    "invoice_balances",
    "invoice_documents",
    "invoice_lines",
    "invoice_links",
    "invoice_series",
    "invoices",
]

DIGEST_SIZE = 64
"""SHA-256 in hex. [chars]"""

AMOUNT_SIZE = 40
"""An exact decimal as text: databases disagree on what a number is. [chars]"""

documents = Table(
    "documents",
    metadata,
    Column("digest", String(DIGEST_SIZE), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("body", LargeBinary, nullable=False),
    comment="What invoices refer to, such as tariffs, by the SHA-256 of the body (kept deflated).",
)

invoice_series = Table(
    "invoice_series",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("last_position", Integer, nullable=False),
    comment="The last number given out in each series; numbers have no gaps.",
)

billing_runs = Table(
    "billing_runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("idempotency_key", String(200), unique=True),
    Column("month", String(7), nullable=False, index=True),
    Column("choice", Text, nullable=False, comment="JSON: which usage points are meant"),
    Column("as_of", BigInteger, nullable=False),
    Column("started_at_s", BigInteger, nullable=False),
    Column("finished_at_s", BigInteger),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("issued", Integer, nullable=False),
    Column("failure", Text, nullable=False, comment="Why it stopped; empty if it didn't"),
)

billing_run_findings = Table(
    "billing_run_findings",
    metadata,
    Column("run_id", ForeignKey("billing_runs.id"), primary_key=True),
    Column("usage_point_id", ForeignKey("usage_points.id"), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("details", Text, nullable=False, comment="JSON"),
)

invoices = Table(
    "invoices",
    metadata,
    Column("id", WIDE_ID, primary_key=True, autoincrement=False),
    Column("number", String(60), nullable=False, unique=True),
    Column("series", ForeignKey("invoice_series.name"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("usage_point_id", ForeignKey("usage_points.id"), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("month", String(7), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("replaces_id", ForeignKey("invoices.id"), index=True),
    Column("run_id", ForeignKey("billing_runs.id")),
    Column("start_s", BigInteger, nullable=False),
    Column("end_s", BigInteger, nullable=False),
    Column("issued_at_s", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("due", Date, nullable=False),
    Column("currency", String(10), nullable=False),
    Column("total", String(AMOUNT_SIZE), nullable=False),
    Column("import_wh", BigInteger, nullable=False),
    Column("export_wh", BigInteger, nullable=False),
    Column("estimated_s", BigInteger, nullable=False),
    Column("missing_s", BigInteger, nullable=False),
    Column("estimated_wh", BigInteger, nullable=False),
    Column("tariff_code", String(100), nullable=False),
    Column("tariff_digest", ForeignKey("documents.digest"), nullable=False),
    Column("digest", String(DIGEST_SIZE), nullable=False),
    CheckConstraint("kind IN ('invoice', 'credit_note')", "kind"),
    CheckConstraint("end_s > start_s", "order"),
    UniqueConstraint("series", "position"),
    UniqueConstraint("usage_point_id", "month", "kind", "generation"),
    Index("ix_invoices_customer", "customer_id", "id"),
    Index("ix_invoices_month", "month", "id"),
    Index("ix_invoices_usage_point", "usage_point_id", "end_s"),
)

invoice_documents = Table(
    "invoice_documents",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False, comment="Canonical JSON, deflated"),
)

invoice_lines = Table(
    "invoice_lines",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("code", String(200), nullable=False),
    Column("start_s", BigInteger, nullable=False),
    Column("end_s", BigInteger, nullable=False),
    Column("quantity", String(AMOUNT_SIZE), nullable=False),
    Column("unit", String(20), nullable=False),
    Column("rate", String(AMOUNT_SIZE), nullable=False),
    Column("amount", String(AMOUNT_SIZE), nullable=False),
)

invoice_balances = Table(
    "invoice_balances",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True, autoincrement=False),
    Column("credits", Text, nullable=False, comment="JSON: [[born, Wh, period], …], oldest first"),
    Column("demands", Text, nullable=False, comment="JSON: {charge: [W, …]}, latest first"),
    Column("carried_wh", BigInteger, nullable=False),
    comment="What the next cycle begins with.",
)

invoice_links = Table(
    "invoice_links",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("meter_number", ForeignKey("meters.number"), nullable=False),
    Column("start_s", BigInteger, nullable=False),
    Column("end_s", BigInteger, nullable=False),
    Column("readings", Integer, nullable=False),
    Column("previous", String(DIGEST_SIZE), nullable=False),
    Column("head", String(DIGEST_SIZE), nullable=False),
    Column("digits", Integer, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Index("ix_invoice_links_meter", "meter_number", "end_s"),
    comment="The hash chain of each meter's readings, one link a cycle.",
)
