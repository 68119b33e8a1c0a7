"""Sums written out so that a person with a calculator can redo them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quilowatt.core.money import decimal_text

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["amount_formula", "tax_formula"]


def amount_formula(
    quantity: Decimal, rate: Decimal, layers: list[dict[str, Decimal]], amount: Decimal
) -> str:
    """Write the sum behind an amount.

    Parameters
    ----------
    quantity : Decimal
        Energy. [kWh]
    rate : Decimal
        Price before tax. [currency/kWh]
    layers : list of dict of str to Decimal
        Rates of the taxes inside the price, outermost layer first. [-]
    amount : Decimal
        The rounded result. [currency]

    Examples
    --------
    >>> from decimal import Decimal
    >>> layers = [{"icms": Decimal("0.18")}, {"pis": Decimal("0.01"), "cofins": Decimal("0.04")}]
    >>> amount_formula(Decimal("100.000"), Decimal("0.5"), layers, Decimal("64.18"))
    '100 kWh × 0.5 ÷ ((1 − 0.18) × (1 − 0.01 − 0.04)) = 64.18'
    """
    text = f"{decimal_text(quantity)} kWh × {_signed(rate)}"
    shares = ["(1" + "".join(f" − {decimal_text(r)}" for r in x.values()) + ")" for x in layers]
    if len(shares) > 1:
        text += f" ÷ ({' × '.join(shares)})"
    elif shares:
        text += f" ÷ {shares[0]}"
    return f"{text} = {_plain(amount)}"


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
    text = decimal_text(rate)
    return f"(−{text[1:]})" if text.startswith("-") else text
