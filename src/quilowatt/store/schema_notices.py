"""The tables of what people do with alerts: handling, mutes, budgets, channels, notices.

Everything but the state of a notice is a fact that is added and never changed; a notice's state
says how far its delivery has come, as an alert's row says how far its episode has.
"""

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
    UniqueConstraint,
    Uuid,
)

from quilowatt.limits import NAME_SIZE_MAX
from quilowatt.store.schema import WIDE_ID, metadata

__all__ = [
    "alert_actions",
    "budgets",
    "channel_removals",
    "channels",
    "marks",
    "mutes",
    "notice_attempts",
    "notices",
]

alert_actions = Table(
    "alert_actions",
    metadata,
    Column("id", WIDE_ID, primary_key=True, autoincrement=False),
    Column("alert_id", ForeignKey("alerts.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("until_s", BigInteger),
    Column("author", String(NAME_SIZE_MAX), nullable=False),
    Column("note", Text, nullable=False),
    Column("at_s", BigInteger, nullable=False),
    CheckConstraint("kind IN ('acknowledge', 'snooze')", "kind"),
    CheckConstraint("(kind = 'snooze') = (until_s IS NOT NULL)", "until"),
    Index("ix_alert_actions_alert", "alert_id", "id"),
)

mutes = Table(
    "mutes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("usage_point_id", ForeignKey("usage_points.id"), index=True),
    Column("customer_id", ForeignKey("customers.id"), index=True),
    Column("kind", String(40), comment="NULL: every kind"),
    Column("is_muted", Integer, nullable=False),
    Column("until_s", BigInteger),
    Column("author", String(NAME_SIZE_MAX), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_s", BigInteger, nullable=False),
    CheckConstraint("(usage_point_id IS NULL) <> (customer_id IS NULL)", "scope"),
    CheckConstraint("is_muted IN (0, 1)", "is_muted"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("usage_point_id", ForeignKey("usage_points.id"), nullable=False),
    Column("measure", String(10), nullable=False),
    Column("limit_text", String(40), comment="Decimal: kWh or money; NULL ends it"),
    Column("author", String(NAME_SIZE_MAX), nullable=False),
    Column("at_s", BigInteger, nullable=False),
    CheckConstraint("measure IN ('energy', 'money')", "measure"),
    Index("ix_budgets_usage_point", "usage_point_id", "id"),
)

channels = Table(
    "channels",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("uuid", Uuid, nullable=False, unique=True),
    Column("customer_id", ForeignKey("customers.id"), index=True, comment="NULL: the operator's"),
    Column("name", String(NAME_SIZE_MAX), nullable=False),
    Column("url", Text, nullable=False, comment="Holds secrets"),
    Column("secret", String(NAME_SIZE_MAX), nullable=False, comment="Signs webhooks"),
    Column("terms", Text, nullable=False, comment="JSON: language, quiet hours, digest, filters"),
    Column("author", String(NAME_SIZE_MAX), nullable=False),
    Column("at_s", BigInteger, nullable=False),
    Column("idempotency_key", String(NAME_SIZE_MAX), unique=True),
)

channel_removals = Table(
    "channel_removals",
    metadata,
    Column("channel_id", ForeignKey("channels.id"), primary_key=True, autoincrement=False),
    Column("author", String(NAME_SIZE_MAX), nullable=False),
    Column("at_s", BigInteger, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", WIDE_ID, primary_key=True, autoincrement=False),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("alert_id", ForeignKey("alerts.id"), nullable=False, index=True),
    Column("phase", String(10), nullable=False),
    Column("planned_s", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_s", BigInteger, nullable=False, comment="Not before"),
    CheckConstraint("phase IN ('opened', 'closed')", "phase"),
    CheckConstraint("state IN ('waiting', 'sent', 'dead', 'withdrawn')", "state"),
    UniqueConstraint("channel_id", "alert_id", "phase"),
    Index("ix_notices_state", "state", "next_s"),
)

notice_attempts = Table(
    "notice_attempts",
    metadata,
    Column("id", WIDE_ID, primary_key=True, autoincrement=False),
    Column("notice_id", ForeignKey("notices.id"), nullable=False, index=True),
    Column("at_s", BigInteger, nullable=False),
    Column("is_sent", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    CheckConstraint("is_sent IN (0, 1)", "is_sent"),
)

marks = Table(
    "marks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
    comment="How far a job has come.",
)
