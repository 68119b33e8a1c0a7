"""What people do with alerts: handling, mutes, budgets, channels, and the outbox of notices."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WIDE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BOOKS = ("alert_actions", "mutes", "budgets", "channels", "notices", "notice_attempts")


def upgrade() -> None:
    """Make the tables, and room for what an episode has besides power."""
    op.add_column("alerts", sa.Column("details", sa.Text(), nullable=True, comment="JSON"))
    _handling()
    _budgets()
    _channels()
    _notices()
    _forecasts()
    counters = sa.table("counters", sa.column("name"), sa.column("last_id"))
    op.bulk_insert(counters, [{"name": name, "last_id": 0} for name in BOOKS])
    # Alerts that are there already were never to be told by a channel.
    op.execute(
        "INSERT INTO marks (name, value) "
        "SELECT 'alerts_planned', last_id FROM counters WHERE name = 'alerts'"
    )


def _handling() -> None:
    op.create_table(
        "alert_actions",
        sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("alert_id", WIDE_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("until_s", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('acknowledge', 'snooze')", name=op.f("ck_alert_actions_kind")),
        sa.CheckConstraint("(kind = 'snooze') = (until_s IS NOT NULL)", name=op.f("ck_alert_actions_until")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_actions_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_actions")),
    )
    op.create_index("ix_alert_actions_alert", "alert_actions", ["alert_id", "id"])
    op.create_table(
        "mutes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("usage_point_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=True, comment="NULL: every kind"),
        sa.Column("is_muted", sa.Integer(), nullable=False),
        sa.Column("until_s", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(usage_point_id IS NULL) <> (customer_id IS NULL)", name=op.f("ck_mutes_scope")),
        sa.CheckConstraint("is_muted IN (0, 1)", name=op.f("ck_mutes_is_muted")),
        sa.ForeignKeyConstraint(["usage_point_id"], ["usage_points.id"], name=op.f("fk_mutes_usage_point_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_mutes_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
    )
    op.create_index(op.f("ix_mutes_usage_point_id"), "mutes", ["usage_point_id"])
    op.create_index(op.f("ix_mutes_customer_id"), "mutes", ["customer_id"])


def _budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("usage_point_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("limit_text", sa.String(length=40), nullable=True, comment="Decimal: kWh or money; NULL ends it"),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("measure IN ('energy', 'money')", name=op.f("ck_budgets_measure")),
        sa.ForeignKeyConstraint(["usage_point_id"], ["usage_points.id"], name=op.f("fk_budgets_usage_point_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
    )
    op.create_index("ix_budgets_usage_point", "budgets", ["usage_point_id", "id"])


def _channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True, comment="NULL: the operator's"),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False, comment="Holds secrets"),
        sa.Column("secret", sa.String(length=200), nullable=False, comment="Signs webhooks"),
        sa.Column("terms", sa.Text(), nullable=False, comment="JSON: language, quiet hours, digest, filters"),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_channels_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("uuid", name=op.f("uq_channels_uuid")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_channels_idempotency_key")),
    )
    op.create_index(op.f("ix_channels_customer_id"), "channels", ["customer_id"])
    op.create_table(
        "channel_removals",
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_removals_channel_id")),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channel_removals")),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", WIDE_ID, nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("planned_s", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_s", sa.BigInteger(), nullable=False, comment="Not before"),
        sa.CheckConstraint("phase IN ('opened', 'closed')", name=op.f("ck_notices_phase")),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead', 'withdrawn')", name=op.f("ck_notices_state")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_notices_channel_id")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_notices_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("channel_id", "alert_id", "phase", name=op.f("uq_notices_channel_id_alert_id_phase")),
    )
    op.create_index(op.f("ix_notices_alert_id"), "notices", ["alert_id"])
    op.create_index("ix_notices_state", "notices", ["state", "next_s"])
    op.create_table(
        "notice_attempts",
        sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("notice_id", WIDE_ID, nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("is_sent", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("is_sent IN (0, 1)", name=op.f("ck_notice_attempts_is_sent")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_attempts_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_attempts")),
    )
    op.create_index(op.f("ix_notice_attempts_notice_id"), "notice_attempts", ["notice_id"])
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
        comment="How far a job has come.",
    )


def _forecasts() -> None:
    op.create_table(
        "forecasts",
        sa.Column("usage_point_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("meter_number", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("cycle_start_s", sa.BigInteger(), nullable=False),
        sa.Column("cycle_end_s", sa.BigInteger(), nullable=False),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.Column("expected_wh", sa.BigInteger(), nullable=False),
        sa.Column("low_wh", sa.BigInteger(), nullable=False),
        sa.Column("high_wh", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.String(length=40), nullable=True),
        sa.Column("low", sa.String(length=40), nullable=True),
        sa.Column("high", sa.String(length=40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.ForeignKeyConstraint(["usage_point_id"], ["usage_points.id"], name=op.f("fk_forecasts_usage_point_id")),
        sa.ForeignKeyConstraint(["meter_number"], ["meters.number"], name=op.f("fk_forecasts_meter_number")),
        sa.PrimaryKeyConstraint("usage_point_id", "day", name=op.f("pk_forecasts")),
    )
    op.create_index("ix_forecasts_cycle", "forecasts", ["cycle_end_s", "usage_point_id"])
    op.create_table(
        "cycle_outcomes",
        sa.Column("usage_point_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cycle_start_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("energy_wh", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.String(length=40), nullable=True),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["usage_point_id"], ["usage_points.id"], name=op.f("fk_cycle_outcomes_usage_point_id")),
        sa.PrimaryKeyConstraint("usage_point_id", "cycle_start_s", name=op.f("pk_cycle_outcomes")),
    )
