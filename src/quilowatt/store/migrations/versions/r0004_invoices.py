"""Issued invoices, their documents, lines, links and balances, and the runs that issue them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WIDE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTED = ("invoices", "billing_runs")


def upgrade() -> None:
    """Make the tables, and count their rows from now on."""
    op.create_table(
        "billing_runs",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column(
            "choice", sa.Text(), nullable=False, comment="JSON: which usage points are meant"
        ),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("started_at_s", sa.BigInteger(), nullable=False),
        sa.Column("finished_at_s", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column(
            "failure", sa.Text(), nullable=False, comment="Why it stopped; empty if it didn't"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_runs")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_billing_runs_idempotency_key")),
    )
    op.create_index(op.f("ix_billing_runs_month"), "billing_runs", ["month"], unique=False)
    op.create_table(
        "documents",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_documents")),
        comment="What invoices refer to, such as tariffs, by the SHA-256 of the body (kept deflated).",
    )
    op.create_table(
        "invoice_series",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_invoice_series")),
        comment="The last number given out in each series; numbers have no gaps.",
    )
    op.create_table(
        "billing_run_findings",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("usage_point_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("details", sa.Text(), nullable=False, comment="JSON"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["billing_runs.id"], name=op.f("fk_billing_run_findings_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["usage_point_id"],
            ["usage_points.id"],
            name=op.f("fk_billing_run_findings_usage_point_id"),
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "usage_point_id", "kind", name=op.f("pk_billing_run_findings")
        ),
    )
    op.create_table(
        "invoices",
        sa.Column("id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("usage_point_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("replaces_id", WIDE_ID, nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.Column("end_s", sa.BigInteger(), nullable=False),
        sa.Column("issued_at_s", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("total", sa.String(length=40), nullable=False),
        sa.Column("import_wh", sa.BigInteger(), nullable=False),
        sa.Column("export_wh", sa.BigInteger(), nullable=False),
        sa.Column("estimated_s", sa.BigInteger(), nullable=False),
        sa.Column("missing_s", sa.BigInteger(), nullable=False),
        sa.Column("estimated_wh", sa.BigInteger(), nullable=False),
        sa.Column("tariff_code", sa.String(length=100), nullable=False),
        sa.Column("tariff_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("end_s > start_s", name=op.f("ck_invoices_order")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_invoices_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["invoices.id"], name=op.f("fk_invoices_replaces_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["billing_runs.id"], name=op.f("fk_invoices_run_id")),
        sa.ForeignKeyConstraint(
            ["series"], ["invoice_series.name"], name=op.f("fk_invoices_series")
        ),
        sa.ForeignKeyConstraint(
            ["tariff_digest"], ["documents.digest"], name=op.f("fk_invoices_tariff_digest")
        ),
        sa.ForeignKeyConstraint(
            ["usage_point_id"], ["usage_points.id"], name=op.f("fk_invoices_usage_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        sa.UniqueConstraint("series", "position", name=op.f("uq_invoices_series_position")),
        sa.UniqueConstraint(
            "usage_point_id",
            "month",
            "kind",
            "generation",
            name=op.f("uq_invoices_usage_point_id_month_kind_generation"),
        ),
    )
    op.create_index("ix_invoices_customer", "invoices", ["customer_id", "id"], unique=False)
    op.create_index("ix_invoices_month", "invoices", ["month", "id"], unique=False)
    op.create_index(op.f("ix_invoices_replaces_id"), "invoices", ["replaces_id"], unique=False)
    op.create_index(
        "ix_invoices_usage_point", "invoices", ["usage_point_id", "end_s"], unique=False
    )
    op.create_table(
        "invoice_balances",
        sa.Column("invoice_id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column(
            "credits", sa.Text(), nullable=False, comment="JSON: [[born, Wh, period], …], oldest first"
        ),
        sa.Column(
            "demands", sa.Text(), nullable=False, comment="JSON: {charge: [W, …]}, latest first"
        ),
        sa.Column("carried_wh", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_balances_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_balances")),
        comment="What the next cycle begins with.",
    )
    op.create_table(
        "invoice_documents",
        sa.Column("invoice_id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="Canonical JSON, deflated"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_documents_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_documents")),
    )
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.Column("end_s", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("rate", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "position", name=op.f("pk_invoice_lines")),
    )
    op.create_table(
        "invoice_links",
        sa.Column("invoice_id", WIDE_ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("meter_number", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.Column("end_s", sa.BigInteger(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_links_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["meter_number"], ["meters.number"], name=op.f("fk_invoice_links_meter_number")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "position", name=op.f("pk_invoice_links")),
        comment="The hash chain of each meter's readings, one link a cycle.",
    )
    op.create_index(
        "ix_invoice_links_meter", "invoice_links", ["meter_number", "end_s"], unique=False
    )
    counters = sa.table("counters", sa.column("name"), sa.column("last_id"))
    op.bulk_insert(counters, [{"name": name, "last_id": 0} for name in COUNTED])
