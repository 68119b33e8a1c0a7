"""From energy to a bill: charges, the taxes inside them, and the sum.

Pure and exact: amounts are fractions until each line is rounded once, by the tariff's rule. The
total is the sum of the rounded lines, and each line says how to arrive at it by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from quilowatt.billing.formula import amount_formula, tax_formula
from quilowatt.core.calendar import local_date
from quilowatt.core.money import kwh, round_exact
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from quilowatt.billing.tariff import EnergyCharge, Rounding, Tariff, TaxTable, Terms, Text

__all__ = ["Bill", "BillLine", "ContainedTax", "bill"]

RATE_PLACES: Final = 8
"""Decimals of a shown price after tax: what distributors print. [digits]"""

UNROUNDED_PLACES: Final = 6
"""Decimals of the total before rounding, which may have infinitely many. [digits]"""

WH_PER_KWH: Final = 1000

AMOUNT_MAX: Final = 10**20
"""A line beyond this is no money, and sums of such lines may not fit 28 digits. [currency]"""


@dataclass(frozen=True, slots=True)
class ContainedTax:
    """A tax that lies inside an amount; it adds nothing to the total.

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
        Energy. [kWh]
    unit : str
        Of the quantity.
    rate_before_tax, rate : Decimal
        Price without and with the taxes inside; the latter is shown to 8 decimals. [currency/kWh]
    amount : Decimal
        Rounded once. [currency]
    formula : str
        How to compute the amount by hand.
    taxes : tuple of ContainedTax
        Inside the amount.
    act : str
        The act that set the rate.
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
        Energy billed. [Wh]
    lines : tuple of BillLine
        By time, then in the order of the tariff.
    taxes : tuple of ContainedTax
        Sums over the lines, by code and rate.
    net : Decimal
        Total less the taxes inside it. [currency]
    total : Decimal
        Sum of the rounded lines. [currency]
    total_unrounded : Decimal
        The same without rounding each line, to 6 decimals. [currency]
    notes : tuple of Text
        What the customer must know about the rates.
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


def bill(tariff: Tariff, edges_s: Sequence[int], energy_wh: Sequence[int], zone: ZoneInfo) -> Bill:
    """Price the energy of a period.

    Parameters
    ----------
    tariff : Tariff
        Rates and taxes.
    edges_s : sequence of int, length n + 1
        Start of the period, `Tariff.cuts_s` inside it, and its end. [s since 1970-01-01 UTC]
    energy_wh : sequence of int, length n
        Energy used between one edge and the next. [Wh]
    zone : ZoneInfo
        Where the days of the tariff begin.

    Returns
    -------
    Bill
        One line per charge and part. No energy is a valid bill of zero.

    Raises
    ------
    BillingError
        If the tariff has no version or no taxes in force in some part, or an amount is
        beyond all money.
    """
    assert len(edges_s) == len(energy_wh) + 1 > 1
    assert set(tariff.cuts_s(edges_s[0], edges_s[-1], zone)) <= set(edges_s)
    lines: list[BillLine] = []
    notes: list[Text] = []
    exact = Fraction(0)
    for (start_s, end_s), part_wh in zip(pairwise(edges_s), energy_wh, strict=True):
        terms = tariff.terms(local_date(start_s, zone))
        if terms.taxes is not None and terms.taxes.note is not None:
            notes.append(terms.taxes.note)
        for charge in terms.version.charges:
            line, unrounded = _line(tariff, terms, charge, (start_s, end_s, int(part_wh)))
            lines.append(line)
            exact += unrounded
    return _bill(tariff, (lines, exact, notes), edges_s, sum(map(int, energy_wh)))


def _bill(
    tariff: Tariff,
    priced: tuple[list[BillLine], Fraction, list[Text]],
    edges_s: Sequence[int],
    energy_wh: int,
) -> Bill:
    lines, exact, notes = priced
    zero = Decimal(1).scaleb(-tariff.rounding.places) * 0
    total = sum((line.amount for line in lines), zero)
    taxes = _sums(lines)
    return Bill(
        tariff_code=tariff.code,
        tariff_name=tariff.name,
        currency=tariff.currency,
        start_s=edges_s[0],
        end_s=edges_s[-1],
        energy_wh=energy_wh,
        lines=tuple(lines),
        taxes=taxes,
        net=total - sum((tax.amount for tax in taxes), zero),
        total=total,
        total_unrounded=round_exact(exact, UNROUNDED_PLACES, tariff.rounding.rule),
        notes=tuple(dict.fromkeys(notes)),
    )


def _line(
    tariff: Tariff, terms: Terms, charge: EnergyCharge, part: tuple[int, int, int]
) -> tuple[BillLine, Fraction]:
    start_s, end_s, energy_wh = part
    layers = _layers(charge, terms.taxes)
    price = Fraction(charge.rate) / _kept_share(layers)
    exact = Fraction(energy_wh, WH_PER_KWH) * price
    if abs(exact) > AMOUNT_MAX:
        raise BillingError(
            f"{charge.code} of {energy_wh} Wh costs more than {AMOUNT_MAX} {tariff.currency}",
            f"{charge.code} de {energy_wh} Wh custa mais que {AMOUNT_MAX} {tariff.currency}",
        )
    amount = round_exact(exact, tariff.rounding.places, tariff.rounding.rule)
    quantity = kwh(energy_wh)
    line = BillLine(
        code=charge.code,
        name=tariff.names[charge.code],
        start_s=start_s,
        end_s=end_s,
        quantity=quantity,
        unit="kWh",
        rate_before_tax=charge.rate,
        rate=round_exact(price, RATE_PLACES, tariff.rounding.rule),
        amount=amount,
        formula=amount_formula(quantity, charge.rate, layers, amount),
        taxes=_contained(tariff, layers, amount),
        act=terms.version.act,
    )
    return line, exact


def _layers(charge: EnergyCharge, taxes: TaxTable | None) -> list[dict[str, Decimal]]:
    """Rates of the taxes on a charge, outermost layer first."""
    if taxes is None:
        return []
    layers = [
        {code: taxes.rates[code] for code in layer if charge.taxes is None or code in charge.taxes}
        for layer in taxes.layers
    ]
    return [layer for layer in layers if layer]


def _kept_share(layers: list[dict[str, Decimal]]) -> Fraction:
    """Share of the price that is left when all taxes are taken out of it."""
    share = Fraction(1)
    for layer in layers:
        share *= 1 - sum(map(Fraction, layer.values()), Fraction(0))
    return share


def _contained(
    tariff: Tariff, layers: list[dict[str, Decimal]], amount: Decimal
) -> tuple[ContainedTax, ...]:
    """Take the taxes out of a rounded amount, layer by layer."""
    taxes: list[ContainedTax] = []
    base = amount
    for layer in layers:
        found = [
            _contained_tax(tariff.names[code], (code, rate), base, tariff.rounding)
            for code, rate in layer.items()
        ]
        taxes += found
        base -= sum((tax.amount for tax in found), Decimal(0))
    return tuple(taxes)


def _contained_tax(
    name: Text, tax: tuple[str, Decimal], base: Decimal, rounding: Rounding
) -> ContainedTax:
    code, rate = tax
    amount = round_exact(Fraction(base) * Fraction(rate), rounding.places, rounding.rule)
    return ContainedTax(code, name, rate, base, amount, tax_formula(base, rate, amount))


def _sums(lines: list[BillLine]) -> tuple[ContainedTax, ...]:
    """Add the taxes of all lines, by code and rate, in the order of appearance."""
    sums: dict[tuple[str, Decimal], ContainedTax] = {}
    for tax in (tax for line in lines for tax in line.taxes):
        key = (tax.code, tax.rate)
        so_far = sums.get(key)
        base, amount = (so_far.base, so_far.amount) if so_far else (Decimal(0), Decimal(0))
        sums[key] = ContainedTax(
            tax.code, tax.name, tax.rate, base + tax.base, amount + tax.amount, ""
        )
    return tuple(sums.values())
