"""Payments, whose they are, and the references by which they name invoices."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WIDE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and count their rows from now on."""
    op.create_table(
        "invoice_references",
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("invoice_id", WIDE_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_references_invoice_id")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_invoice_references")),
        comment="What a payment may carry to name an invoice, without spaces and signs.",
    )
    op.create_index(
        op.f("ix_invoice_references_invoice_id"), "invoice_references", ["invoice_id"]
    )
    op.create_table(
        "payments",
        sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("received", sa.Date(), nullable=False),
        sa.Column("amount", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("payer", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("external_id", name=op.f("uq_payments_external_id")),
    )
    op.create_table(
        "payment_matches",
        sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("payment_id", WIDE_ID, nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", WIDE_ID, nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_payment_matches_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_payment_matches_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_payment_matches_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_matches")),
        comment="Whose a payment is; the last row of a payment counts.",
    )
    op.create_index(
        "ix_payment_matches_payment", "payment_matches", ["payment_id", "id"], unique=False
    )
    op.create_index(
        "ix_payment_matches_customer", "payment_matches", ["customer_id", "id"], unique=False
    )
    counters = sa.table("counters", sa.column("name"), sa.column("last_id"))
    rows = [{"name": name, "last_id": 0} for name in ("payments", "payment_matches")]
    op.bulk_insert(counters, rows)
