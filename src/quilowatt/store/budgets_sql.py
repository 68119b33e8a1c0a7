"""`BudgetBook` by SQL statements, in the ledger's database."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from quilowatt.store.budgets import Budget, BudgetBook, BudgetMeasure
from quilowatt.store.ledger_steps import chunks, keep_last_ids
from quilowatt.store.schema_notices import budgets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Select

    from quilowatt.store.ledger_access import LedgerAccess

__all__ = ["SqlBudgets"]


class SqlBudgets(BudgetBook):
    """Budgets in a ledger.

    Parameters
    ----------
    access : LedgerAccess
        Transactions on its database.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def set(
        self,
        usage_point_id: int,
        measure: BudgetMeasure,
        limit: Decimal | None,
        *,
        author: str,
        at_s: int,
    ) -> Budget:
        """Keep a budget; see `BudgetBook.set`."""
        of_it = (budgets.c.usage_point_id == usage_point_id, budgets.c.measure == measure)
        newest = select(budgets).where(*of_it).order_by(budgets.c.id.desc()).limit(1)
        with self._access.writing() as (connection, ids):
            for before in _budgets(connection, newest):
                if before.limit == limit:
                    return before
            kept = Budget(ids["budgets"] + 1, usage_point_id, measure, limit, author, at_s)
            row = {
                "id": kept.id,
                "usage_point_id": usage_point_id,
                "measure": measure,
                "limit_text": None if limit is None else str(limit),
                "author": author,
                "at_s": at_s,
            }
            connection.execute(insert(budgets), [row])
            keep_last_ids(connection, ids, ids | {"budgets": kept.id})
        return kept

    def history(self, usage_point_id: int) -> list[Budget]:
        """List budgets; see `BudgetBook.history`."""
        asked = select(budgets).where(budgets.c.usage_point_id == usage_point_id)
        with self._access.reading() as connection:
            return _budgets(connection, asked.order_by(budgets.c.id))

    def in_force(self, usage_point_ids: Iterable[int] | None = None) -> list[Budget]:
        """List budgets that hold; see `BudgetBook.in_force`."""
        newest = select(func.max(budgets.c.id)).group_by(
            budgets.c.usage_point_id, budgets.c.measure
        )
        holds = select(budgets).where(budgets.c.id.in_(newest), budgets.c.limit_text.is_not(None))
        with self._access.reading() as connection:
            if usage_point_ids is None:
                return _budgets(connection, holds.order_by(budgets.c.id))
            found = [
                budget
                for some in chunks(int(key) for key in usage_point_ids)
                for budget in _budgets(connection, holds.where(budgets.c.usage_point_id.in_(some)))
            ]
        return sorted(found, key=lambda budget: budget.id)


def _budgets(connection: Connection, asked: Select[Any]) -> list[Budget]:
    return [
        Budget(
            row.id,
            row.usage_point_id,
            row.measure,
            None if row.limit_text is None else Decimal(row.limit_text),
            row.author,
            row.at_s,
        )
        for row in connection.execute(asked)
    ]
