"""The table of edits: what people decided about readings, each decision a fact of its own."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from quilowatt.limits import NAME_SIZE_MAX
from quilowatt.store.schema import metadata

__all__ = ["edits"]

edits = Table(
    "edits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("meter_number", ForeignKey("meters.number"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("start_s", BigInteger, nullable=False),
    Column("end_s", BigInteger, nullable=False),
    Column("import_wh", BigInteger),
    Column("export_wh", BigInteger),
    Column("author", String(NAME_SIZE_MAX), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False, unique=True),
    Column("idempotency_key", String(NAME_SIZE_MAX), unique=True),
    CheckConstraint("kind IN ('reading', 'leave_out', 'restore')", "kind"),
    CheckConstraint("end_s > start_s", "order"),
    CheckConstraint("(kind = 'reading') = (import_wh IS NOT NULL)", "registers"),
    Index("ix_edits_meter", "meter_number", "id"),
)
