"""Dated terms of usage points, their opening balances, and details of customers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WIDE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    ("usage_point_terms", "usage_point_id", "usage_points.id", "change"),
    ("usage_point_balances", "usage_point_id", "usage_points.id", "balance"),
    ("customer_details", "customer_id", "customers.id", "change"),
)


def upgrade() -> None:
    """Make the three tables and their counters."""
    for name, subject, target, what in TABLES:
        op.create_table(
            name,
            sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
            sa.Column(subject, sa.Integer(), nullable=False),
            sa.Column("from_day", sa.Date(), nullable=False),
            sa.Column("recorded_at_s", sa.BigInteger(), nullable=False),
            sa.Column("author", sa.String(length=100), nullable=False),
            sa.Column("reason", sa.Text(), nullable=False),
            sa.Column(what, sa.Text(), nullable=False, comment="JSON"),
            sa.ForeignKeyConstraint([subject], [target], name=op.f(f"fk_{name}_{subject}")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        )
        op.create_index(f"ix_{name}_{subject}", name, [subject, "from_day", "id"], unique=False)
    counters = sa.table("counters", sa.column("name"), sa.column("last_id"))
    op.bulk_insert(counters, [{"name": table[0], "last_id": 0} for table in TABLES])
