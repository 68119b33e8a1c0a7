"""Budgets: what a usage point may take or cost in a billing cycle, as facts with an author.

A budget holds from its instant on until another one of the same measure follows; one without a
limit ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

__all__ = ["Budget", "BudgetBook", "BudgetMeasure"]

BudgetMeasure = Literal["energy", "money"]


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit for each billing cycle of a usage point.

    Parameters
    ----------
    id : int
        Rising.
    usage_point_id : int
        Where.
    measure : {'energy', 'money'}
        What is limited.
    limit : Decimal or None
        Above 0; None says that there is no limit any more. [kWh, or currency of the bill]
    author : str
        Who set it.
    at_s : int
        From when on it holds. [s since 1970-01-01 UTC]
    """

    id: int
    usage_point_id: int
    measure: BudgetMeasure
    limit: Decimal | None
    author: str
    at_s: int


class BudgetBook(Protocol):
    """Keeps budgets; safe to call from any thread.

    Every method may raise `StoreFull`, `StoreBusy` or `StoreCorrupt`.
    """

    def set(
        self,
        usage_point_id: int,
        measure: BudgetMeasure,
        limit: Decimal | None,
        *,
        author: str,
        at_s: int,
    ) -> Budget:
        """Keep a budget from now on; one that changes nothing is the one that was kept."""
        ...

    def history(self, usage_point_id: int) -> list[Budget]:
        """List all budgets of a usage point, oldest first."""
        ...

    def in_force(self, usage_point_ids: Iterable[int] | None = None) -> list[Budget]:
        """List the budgets that hold, of these usage points or of all, by id."""
        ...
