"""Exact amounts: conversions and the rounding rules that a tariff may name.

Rates and products are fractions, which are never rounded; money appears as a decimal only where
a rule says so. No float anywhere.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = [
    "ROUNDING_RULES",
    "decimal_text",
    "exact_product",
    "kwh",
    "round_exact",
    "round_product",
    "scaled_decimal",
]

ROUNDING_RULES: Final = ("half_even", "half_up")
"""ABNT NBR 5891 rounds a half to the even neighbour; most bills round it away from zero."""

WH_PER_KWH_EXPONENT: Final = -3

DECIMAL_RULES: Final = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP}
EXACT: Final = Context(prec=100, traps=[InvalidOperation])
"""Products of two factors of 40 digits fit, so that only the last step rounds. [digits]"""


def kwh(energy_wh: int) -> Decimal:
    """Energy in kilowatt-hours, exactly.

    Parameters
    ----------
    energy_wh : int
        Energy. [Wh]

    Returns
    -------
    Decimal
        The same energy with three decimals. [kWh]

    Examples
    --------
    >>> kwh(150_000), kwh(-1)
    (Decimal('150.000'), Decimal('-0.001'))
    """
    return scaled_decimal(int(energy_wh), WH_PER_KWH_EXPONENT)


def round_exact(value: Fraction | Decimal | int, places: int, rule: str) -> Decimal:
    """Round an exact value once, by a named rule.

    Parameters
    ----------
    value : Fraction, Decimal or int
        What to round; unit of the caller's choice, which the result keeps. [-]
    places : int
        Decimals that stay. [digits]
    rule : str
        ``"half_even"`` or ``"half_up"`` (a half goes away from zero).

    Returns
    -------
    Decimal
        With exactly `places` decimals.

    Examples
    --------
    >>> from fractions import Fraction
    >>> round_exact(Fraction(1, 8), 2, "half_even"), round_exact(Fraction(1, 8), 2, "half_up")
    (Decimal('0.12'), Decimal('0.13'))
    """
    assert rule in ROUNDING_RULES, rule
    # In plain integers: every line of every bill comes through here.
    numerator, denominator = value.as_integer_ratio()
    magnitude, rest = divmod(abs(numerator) * 10**places, denominator)
    is_up = 2 * rest > denominator
    if 2 * rest == denominator:
        is_up = rule == "half_up" or magnitude % 2 == 1
    magnitude += is_up
    return scaled_decimal(magnitude if numerator >= 0 else -magnitude, -places)


def exact_product(value: Decimal, factor: Decimal) -> Decimal:
    """Multiply two decimals of at most 40 digits each without rounding [-].

    Examples
    --------
    >>> exact_product(Decimal("123456.123456789012"), Decimal("1.123456789012"))
    Decimal('138697.620042633237153483936144')
    """
    return EXACT.multiply(value, factor)


def round_product(value: Decimal, share: Decimal, places: int, rule: str) -> Decimal:
    """Multiply two decimals exactly and round once: the quick way to a tax.

    Parameters
    ----------
    value, share : Decimal
        Of at most 40 digits each; the result has the unit of `value`. [-]
    places : int
        Decimals that stay. [digits]
    rule : str
        As for `round_exact`.

    Examples
    --------
    >>> round_product(Decimal("948.50"), Decimal("0.18"), 2, "half_up")
    Decimal('170.73')
    """
    unit = Decimal((0, (1,), -places))
    return EXACT.multiply(value, share).quantize(unit, DECIMAL_RULES[rule], EXACT)


def decimal_text(value: Decimal) -> str:
    """Write a decimal without exponent and without zeros at the end that say nothing.

    Examples
    --------
    >>> decimal_text(Decimal("0.620080")), decimal_text(Decimal("1E+2"))
    ('0.62008', '100')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled_decimal(digits: int, exponent: int) -> Decimal:
    """Return ``digits · 10**exponent`` [-] without any context's precision.

    Examples
    --------
    >>> scaled_decimal(-1250, -3)
    Decimal('-1.250')
    """
    sign = 1 if digits < 0 else 0
    return Decimal((sign, tuple(map(int, str(abs(digits)))), exponent))
