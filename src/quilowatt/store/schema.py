"""The tables of the ledger, for SQLite and PostgreSQL alike.

`migrations/` brings a database to this shape; a test holds the two together. Nothing but
`ledger_sql` and its parts reads this.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from quilowatt.limits import NAME_SIZE_MAX

__all__ = [
    "alerts",
    "audit",
    "counters",
    "customers",
    "installations",
    "metadata",
    "meters",
    "usage_points",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

WIDE_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite keeps rows by an INTEGER key at no cost; another type would be a second index."""

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("last_id", BigInteger, nullable=False),
    comment="The last id given out, by table: ids are dense, so this is the number of rows too.",
)

customers = Table(
    "customers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("uuid", Uuid, nullable=False, unique=True),
    Column("name", String(NAME_SIZE_MAX), nullable=False),
    Column("folded_name", Text, nullable=False),
    Column("created_at_s", BigInteger, nullable=False),
)

usage_points = Table(
    "usage_points",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("uuid", Uuid, nullable=False, unique=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("timezone", String(64), nullable=False),
    Column("tariff_code", String(100), nullable=False),
    Column("phases", Integer, nullable=False),
    Column("billing_day", Integer, nullable=False),
    Column("created_at_s", BigInteger, nullable=False),
    CheckConstraint("phases BETWEEN 1 AND 3", "phases"),
    CheckConstraint("billing_day BETWEEN 1 AND 31", "billing_day"),
)

meters = Table(
    "meters",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("uuid", Uuid, nullable=False, unique=True),
    Column("serial", String(NAME_SIZE_MAX), nullable=False, index=True),
    Column("model", String(NAME_SIZE_MAX), nullable=False),
    Column("phases", Integer, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("digits", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("extra", Text, nullable=False, comment="JSON"),
    Column("registered_at_s", BigInteger, nullable=False),
    CheckConstraint("interval_s > 0", "interval"),
    CheckConstraint("digits >= 0", "digits"),
    CheckConstraint("state IN ('active', 'blocked')", "state"),
)

installations = Table(
    "installations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("meter_number", ForeignKey("meters.number"), nullable=False),
    Column("usage_point_id", ForeignKey("usage_points.id"), nullable=False),
    Column("start_s", BigInteger, nullable=False),
    Column("end_s", BigInteger),
    CheckConstraint("end_s >= start_s", "order"),
    Index("ix_installations_meter", "meter_number", "id"),
    Index("ix_installations_usage_point", "usage_point_id", "id"),
    Index(
        "uq_installations_open_meter",
        "meter_number",
        unique=True,
        sqlite_where=text("end_s IS NULL"),
        postgresql_where=text("end_s IS NULL"),
    ),
    Index(
        "uq_installations_open_usage_point",
        "usage_point_id",
        unique=True,
        sqlite_where=text("end_s IS NULL"),
        postgresql_where=text("end_s IS NULL"),
    ),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", WIDE_ID, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("meter_number", ForeignKey("meters.number"), nullable=False),
    Column("usage_point_id", ForeignKey("usage_points.id"), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("opened_at_s", BigInteger, nullable=False),
    Column("raised_at_s", BigInteger, nullable=False),
    Column("updated_at_s", BigInteger, nullable=False),
    Column("closed_at_s", BigInteger),
    Column("power_w", BigInteger, nullable=False),
    Column("usual_power_w", BigInteger, nullable=False),
    Column("excess_wh", BigInteger, nullable=False),
    Column("details", Text, comment="JSON"),
    UniqueConstraint("meter_number", "kind", "opened_at_s"),
    Index("ix_alerts_customer", "customer_id", "id"),
    Index(
        "uq_alerts_open",
        "meter_number",
        "kind",
        unique=True,
        sqlite_where=text("closed_at_s IS NULL"),
        postgresql_where=text("closed_at_s IS NULL"),
    ),
)

audit = Table(
    "audit",
    metadata,
    Column("id", WIDE_ID, primary_key=True, autoincrement=False),
    Column("at_s", BigInteger, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(40), nullable=False),
    Column("meter_number", ForeignKey("meters.number"), index=True),
    Column("usage_point_id", ForeignKey("usage_points.id")),
    Column("details", Text, nullable=False, comment="JSON"),
)
