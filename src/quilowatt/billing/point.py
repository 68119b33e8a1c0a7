"""What a bill needs to know about the place that is billed, besides its energy."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from quilowatt.billing.tariff import Text

__all__ = ["NOBODY", "Condition", "Credit", "Item", "UsagePoint"]


@dataclass(frozen=True, slots=True)
class Credit:
    """Energy given to the grid and not yet taken back.

    Parameters
    ----------
    born : date
        End of the cycle in which it was given.
    energy_wh : int
        What is left of it. [Wh]
    period : str
        Period of use in which it was given; empty where meters don't tell.
    """

    born: date
    energy_wh: int
    period: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An amount that someone else has set: a fine, a donation, a refund.

    Parameters
    ----------
    code : str
        Stable name.
    name : Text
        Words for it.
    amount : Decimal
        Untaxed. [currency]
    """

    code: str
    name: Text
    amount: Decimal


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """The place that is billed.

    Parameters
    ----------
    attributes : mapping of str to str
        What conditions ask for, such as ``{"phases": "1", "class": "social"}``.
    contracted_kw : Decimal
        Power agreed on. [kW]
    credits : tuple of Credit
        Bank of energy at the start of the cycle, oldest first.
    past_demand_w : mapping of str to tuple of int
        By code of the charge: highest demand of earlier cycles, latest first. [W]
    items : tuple of Item
        Passed through onto the bill.
    carried_wh : int
        Used in an earlier cycle that was too long, and to be billed now. [Wh]
    """

    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    contracted_kw: Decimal = Decimal(0)
    credits: tuple[Credit, ...] = ()
    past_demand_w: Mapping[str, tuple[int, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    items: tuple[Item, ...] = ()
    carried_wh: int = 0


NOBODY: Final = UsagePoint()
"""A place about which nothing is known."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Whom a charge concerns.

    Parameters
    ----------
    when : tuple of (str, frozenset of str)
        Every attribute named must have one of its values; an absent attribute has none.
    unless : tuple of (str, frozenset of str)
        No attribute named may have one of its values.

    Examples
    --------
    >>> low_income = Condition(when=(("class", frozenset({"social"})),))
    >>> low_income.holds(NOBODY), Condition().holds(NOBODY)
    (False, True)
    """

    when: tuple[tuple[str, frozenset[str]], ...] = ()
    unless: tuple[tuple[str, frozenset[str]], ...] = ()

    def holds(self, point: UsagePoint) -> bool:
        """Say whether a usage point is concerned."""
        has = point.attributes.get
        return all(has(key, "") in values for key, values in self.when) and not any(
            has(key, "") in values for key, values in self.unless
        )
