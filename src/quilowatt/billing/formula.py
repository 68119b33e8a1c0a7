"""Sums written out so that a person with a calculator can redo them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.core.money import decimal_text, scaled_decimal

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

__all__ = ["amount_formula", "exact_text", "tax_formula", "tax_text"]

PLACES_MAX: Final = 12
"""A quantity of more decimals is written as a ratio. [digits]"""


def tax_text(layers: list[dict[str, Decimal]]) -> str:
    """Write what a price is divided by to put the taxes inside it.

    Parameters
    ----------
    layers : list of dict of str to Decimal
        Rates of the taxes inside the price, outermost layer first. [-]

    Examples
    --------
    >>> from decimal import Decimal
    >>> tax_text([{"icms": Decimal("0.18")}, {"pis": Decimal("0.01"), "cofins": Decimal("0.04")}])
    ' ÷ ((1 − 0.18) × (1 − 0.01 − 0.04))'
    """
    shares = ["(1" + "".join(f" − {decimal_text(r)}" for r in x.values()) + ")" for x in layers]
    if len(shares) > 1:
        return f" ÷ ({' × '.join(shares)})"
    return f" ÷ {shares[0]}" if shares else ""


def amount_formula(quantity: str, rate: Decimal, taxes: str, amount: Decimal) -> str:
    """Write the sum behind an amount.

    Parameters
    ----------
    quantity : str
        With its unit; empty where the rate is the amount before tax.
    rate : Decimal
        Price before tax. [currency/unit]
    taxes : str
        As `tax_text` writes them.
    amount : Decimal
        The rounded result. [currency]

    Examples
    --------
    >>> from decimal import Decimal
    >>> amount_formula("100 kWh", Decimal("0.5"), " ÷ (1 − 0.2)", Decimal("62.50"))
    '100 kWh × 0.5 ÷ (1 − 0.2) = 62.50'
    """
    factor = f"{quantity} × " if quantity else ""
    return f"{factor}{_signed(rate)}{taxes} = {_plain(amount)}"


def exact_text(value: Fraction) -> str:
    """Write a quantity exactly, as a decimal or else as a ratio.

    Examples
    --------
    >>> from fractions import Fraction
    >>> exact_text(Fraction(1, 8)), exact_text(Fraction(100)), exact_text(Fraction(-1, 3))
    ('0.125', '100', '(−1)/3')
    """
    scaled = value * 10**PLACES_MAX
    if scaled.denominator == 1:
        return _signed_text(decimal_text(scaled_decimal(scaled.numerator, -PLACES_MAX)))
    return f"{_signed_text(str(value.numerator))}/{value.denominator}"


def tax_formula(base: Decimal, rate: Decimal, amount: Decimal) -> str:
    """Write the sum behind a contained tax.

    Parameters
    ----------
    base, amount : Decimal
        What the tax is a share of, and the share. [currency]
    rate : Decimal
        The share. [-]

    Examples
    --------
    >>> from decimal import Decimal
    >>> tax_formula(Decimal("948.50"), Decimal("0.18"), Decimal("170.73"))
    '948.50 × 0.18 = 170.73'
    """
    return f"{_plain(base)} × {decimal_text(rate)} = {_plain(amount)}"


def _plain(amount: Decimal) -> str:
    """Keep the zeros of money: 948.50, never 948.5."""
    return f"{amount:f}".replace("-", "−")


def _signed(rate: Decimal) -> str:
    return _signed_text(decimal_text(rate))


def _signed_text(text: str) -> str:
    return f"(−{text[1:]})" if text.startswith("-") else text
