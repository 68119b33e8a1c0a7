"""The tables of dated terms: of usage points, of customers, and the balances that were set.

Every row is a fact with the local day from which it holds; none is ever changed. Nothing but
`terms_sql` reads this.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, String, Table, Text

from quilowatt.store.schema import WIDE_ID, metadata

__all__ = ["AUTHOR_SIZE_MAX", "customer_details", "usage_point_balances", "usage_point_terms"]

AUTHOR_SIZE_MAX = 100
"""As long as an actor of `audit`. [chars]"""


def _facts(name: str, subject: str, target: str, what: str) -> Table:
    return Table(
        name,
        metadata,
        Column("id", WIDE_ID, primary_key=True, autoincrement=False),
        Column(subject, ForeignKey(target), nullable=False),
        Column("from_day", Date, nullable=False),
        Column("recorded_at_s", BigInteger, nullable=False),
        Column("author", String(AUTHOR_SIZE_MAX), nullable=False),
        Column("reason", Text, nullable=False),
        Column(what, Text, nullable=False, comment="JSON"),
        Index(f"ix_{name}_{subject}", subject, "from_day", "id"),
    )


usage_point_terms = _facts("usage_point_terms", "usage_point_id", "usage_points.id", "change")
usage_point_balances = _facts(
    "usage_point_balances", "usage_point_id", "usage_points.id", "balance"
)
customer_details = _facts("customer_details", "customer_id", "customers.id", "change")
