"""What a bill is: priced lines, the taxes in them, and the sum. `rating` makes bills."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quilowatt.billing.point import Credit
    from quilowatt.billing.tariff import Text

__all__ = ["Bill", "BillLine", "ContainedTax"]


@dataclass(frozen=True, slots=True)
class ContainedTax:
    """A tax within an amount: inside the price, or the whole of a line that adds it on top.

    Parameters
    ----------
    code : str
        Stable name of the tax.
    name : Text
        Words for it.
    rate : Decimal
        Share of the base; 0.18 is 18 %. [-]
    base, amount : Decimal
        What it is a share of, and the share, rounded. [currency]
    formula : str
        How to compute it by hand; empty for a sum over lines.
    """

    code: str
    name: Text
    rate: Decimal
    base: Decimal
    amount: Decimal
    formula: str


@dataclass(frozen=True, slots=True)
class BillLine:
    """One priced line.

    Parameters
    ----------
    code : str
        Stable name of the charge.
    name : Text
        Words for it.
    start_s, end_s : int
        Part of the period that it prices. [s since 1970-01-01 UTC]
    quantity : Decimal
        How much is priced; energy that is no whole Wh is shown to 6 decimals. [unit]
    unit : str
        Of the quantity.
    rate_before_tax, rate : Decimal
        Price without and with the taxes inside; the latter is shown to 8 decimals. [currency/unit]
    amount : Decimal
        Rounded once. [currency]
    formula : str
        How to compute the amount by hand.
    taxes : tuple of ContainedTax
        Inside the amount.
    act : str
        The act that set the rate.
    days : Decimal
        How long the label that it is about held in its part of the period; 0 without a label. [d]
    """

    code: str
    name: Text
    start_s: int
    end_s: int
    quantity: Decimal
    unit: str
    rate_before_tax: Decimal
    rate: Decimal
    amount: Decimal
    formula: str
    taxes: tuple[ContainedTax, ...]
    act: str
    days: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a period costs.

    Parameters
    ----------
    tariff_code : str
        The tariff that it follows.
    tariff_name : Text
        What people call it.
    currency : str
        ISO 4217 code.
    start_s, end_s : int
        Half-open period. [s since 1970-01-01 UTC]
    energy_wh : int
        Energy taken from the grid. [Wh]
    lines : tuple of BillLine
        By time, then in the order of the tariff.
    taxes : tuple of ContainedTax
        Sums over the lines, by code and rate.
    net : Decimal
        Total less the taxes in it. [currency]
    total : Decimal
        Sum of the rounded lines. [currency]
    total_unrounded : Decimal
        The same without rounding each line, to 6 decimals. [currency]
    notes : tuple of Text
        What the customer must know about the rates.
    export_wh : int
        Energy given to the grid. [Wh]
    credits : tuple of Credit
        Bank of energy after the cycle, oldest first.
    lapsed_wh : int
        Credits that were lost by age in this cycle. [Wh]
    demand_w : mapping of str to int
        Highest mean power that each demand charge saw, rounded up, by its code. [W]
    deferred_wh : int
        Used, but billed with the next cycle because this one was too long; the usage point's
        `carried_wh` then. [Wh]
    """

    tariff_code: str
    tariff_name: Text
    currency: str
    start_s: int
    end_s: int
    energy_wh: int
    lines: tuple[BillLine, ...]
    taxes: tuple[ContainedTax, ...]
    net: Decimal
    total: Decimal
    total_unrounded: Decimal
    notes: tuple[Text, ...]
    export_wh: int = 0
    credits: tuple[Credit, ...] = ()
    lapsed_wh: int = 0
    demand_w: Mapping[str, int] = field(default_factory=dict)
    deferred_wh: int = 0
