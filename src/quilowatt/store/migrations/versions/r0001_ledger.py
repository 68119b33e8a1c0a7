"""The first shape of the ledger: customers, usage points, meters, installations, alerts, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WIDE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTED = ("customers", "usage_points", "meters", "installations", "alerts", "audit")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
        comment="The last id given out, by table: ids are dense, so this is the number of rows too.",
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("uuid", name=op.f("uq_customers_uuid")),
    )
    op.create_table(
        "meters",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("phases", sa.Integer(), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("extra", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("registered_at_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'blocked')", name=op.f("ck_meters_state")),
        sa.CheckConstraint("digits >= 0", name=op.f("ck_meters_digits")),
        sa.CheckConstraint("interval_s > 0", name=op.f("ck_meters_interval")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_meters")),
        sa.UniqueConstraint("uuid", name=op.f("uq_meters_uuid")),
    )
    op.create_index(op.f("ix_meters_serial"), "meters", ["serial"], unique=False)
    op.create_table(
        "usage_points",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("tariff_code", sa.String(length=100), nullable=False),
        sa.Column("phases", sa.Integer(), nullable=False),
        sa.Column("billing_day", sa.Integer(), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "billing_day BETWEEN 1 AND 31", name=op.f("ck_usage_points_billing_day")
        ),
        sa.CheckConstraint("phases BETWEEN 1 AND 3", name=op.f("ck_usage_points_phases")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_usage_points_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_points")),
        sa.UniqueConstraint("uuid", name=op.f("uq_usage_points_uuid")),
    )
    op.create_index(
        op.f("ix_usage_points_customer_id"), "usage_points", ["customer_id"], unique=False
    )
    op.create_table(
        "alerts",
        sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("meter_number", sa.Integer(), nullable=False),
        sa.Column("usage_point_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("opened_at_s", sa.BigInteger(), nullable=False),
        sa.Column("raised_at_s", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_s", sa.BigInteger(), nullable=False),
        sa.Column("closed_at_s", sa.BigInteger(), nullable=True),
        sa.Column("power_w", sa.BigInteger(), nullable=False),
        sa.Column("usual_power_w", sa.BigInteger(), nullable=False),
        sa.Column("excess_wh", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_alerts_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["meter_number"], ["meters.number"], name=op.f("fk_alerts_meter_number")
        ),
        sa.ForeignKeyConstraint(
            ["usage_point_id"], ["usage_points.id"], name=op.f("fk_alerts_usage_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "meter_number",
            "kind",
            "opened_at_s",
            name=op.f("uq_alerts_meter_number_kind_opened_at_s"),
        ),
    )
    op.create_index("ix_alerts_customer", "alerts", ["customer_id", "id"], unique=False)
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["meter_number", "kind"],
        unique=True,
        sqlite_where=sa.text("closed_at_s IS NULL"),
        postgresql_where=sa.text("closed_at_s IS NULL"),
    )
    op.create_table(
        "audit",
        sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("meter_number", sa.Integer(), nullable=True),
        sa.Column("usage_point_id", sa.Integer(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False, comment="JSON"),
        sa.ForeignKeyConstraint(
            ["meter_number"], ["meters.number"], name=op.f("fk_audit_meter_number")
        ),
        sa.ForeignKeyConstraint(
            ["usage_point_id"], ["usage_points.id"], name=op.f("fk_audit_usage_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_meter_number"), "audit", ["meter_number"], unique=False)
    op.create_table(
        "installations",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("meter_number", sa.Integer(), nullable=False),
        sa.Column("usage_point_id", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.Column("end_s", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("end_s >= start_s", name=op.f("ck_installations_order")),
        sa.ForeignKeyConstraint(
            ["meter_number"], ["meters.number"], name=op.f("fk_installations_meter_number")
        ),
        sa.ForeignKeyConstraint(
            ["usage_point_id"], ["usage_points.id"], name=op.f("fk_installations_usage_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
    )
    op.create_index("ix_installations_meter", "installations", ["meter_number", "id"], unique=False)
    op.create_index(
        "ix_installations_usage_point", "installations", ["usage_point_id", "id"], unique=False
    )
    op.create_index(
        "uq_installations_open_meter",
        "installations",
        ["meter_number"],
        unique=True,
        sqlite_where=sa.text("end_s IS NULL"),
        postgresql_where=sa.text("end_s IS NULL"),
    )
    op.create_index(
        "uq_installations_open_usage_point",
        "installations",
        ["usage_point_id"],
        unique=True,
        sqlite_where=sa.text("end_s IS NULL"),
        postgresql_where=sa.text("end_s IS NULL"),
    )
    counters = sa.table("counters", sa.column("name"), sa.column("last_id"))
    op.bulk_insert(counters, [{"name": name, "last_id": 0} for name in COUNTED])
