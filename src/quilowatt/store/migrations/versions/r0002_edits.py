"""Edits of readings: manual readings, readings left out and restored, with author and reason."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "edits",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("meter_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.Column("end_s", sa.BigInteger(), nullable=False),
        sa.Column("import_wh", sa.BigInteger(), nullable=True),
        sa.Column("export_wh", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(kind = 'reading') = (import_wh IS NOT NULL)", name=op.f("ck_edits_registers")),
        sa.CheckConstraint("end_s > start_s", name=op.f("ck_edits_order")),
        sa.CheckConstraint("kind IN ('reading', 'leave_out', 'restore')", name=op.f("ck_edits_kind")),
        sa.ForeignKeyConstraint(["meter_number"], ["meters.number"], name=op.f("fk_edits_meter_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edits")),
        sa.UniqueConstraint("at_us", name=op.f("uq_edits_at_us")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_edits_idempotency_key")),
    )
    op.create_index(op.f("ix_edits_meter"), "edits", ["meter_number", "id"], unique=False)
    counters = sa.table("counters", sa.column("name"), sa.column("last_id"))
    op.bulk_insert(counters, [{"name": "edits", "last_id": 0}])
