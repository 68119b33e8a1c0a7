"""Surplus energy of one usage point that others receive: by percentage, or in order of priority.

Pure sums in whole watt-hours; what is shared out is what was there. With periods of use each
period is shared by itself. (In Brazil: REN ANEEL 1.000/2021 art. 655-H.)
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from quilowatt.billing.formula import exact_text
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

__all__ = ["share_by_percentage", "share_by_priority"]


def share_by_percentage(
    surplus_wh: int, shares: Mapping[str, Decimal | Fraction], *, rest: str
) -> dict[str, int]:
    """Share out a surplus by fixed shares.

    Parameters
    ----------
    surplus_wh : int
        Given to the grid and not used where it was made. [Wh]
    shares : mapping of str to Decimal or Fraction
        By usage point; together at most 1. [-]
    rest : str
        Who keeps what no share names, usually the one who made it.

    Returns
    -------
    dict of str to int
        What each receives; their sum is the surplus. Parts of a watt-hour go to those who lose
        most by rounding down, the first named first. [Wh]

    Raises
    ------
    BillingError
        If a share is negative, or they are more than the whole.

    Examples
    --------
    >>> share_by_percentage(100, {"a": Fraction(1, 3), "b": Fraction(1, 3)}, rest="own")
    {'a': 34, 'b': 33, 'own': 33}
    """
    assert surplus_wh >= 0
    exact = {name: Fraction(share) * surplus_wh for name, share in shares.items()}
    total = sum((Fraction(share) for share in shares.values()), Fraction(0))
    if total > 1 or any(share < 0 for share in shares.values()):
        percent = f"{exact_text(total * 100)} %"
        raise BillingError(
            f"shares of the surplus sum to {percent}; each must be at least 0, all at most 100 %",
            f"os percentuais do excedente somam {percent}; "
            "cada um deve ser no mínimo 0, todos no máximo 100 %",
        )
    exact[rest] = exact.get(rest, Fraction(0)) + (1 - total) * surplus_wh
    return _whole(exact, surplus_wh)


def share_by_priority(
    surplus_wh: int, limits_wh: Sequence[tuple[str, int]], *, rest: str
) -> dict[str, int]:
    """Give a surplus to usage points in an order, each up to a limit.

    Parameters
    ----------
    surplus_wh : int
        Given to the grid and not used where it was made. [Wh]
    limits_wh : sequence of (str, int)
        By priority: usage point, and how much its own bill can compensate in the cycle. [Wh]
    rest : str
        Who receives what is left, as credit.

    Returns
    -------
    dict of str to int
        What each receives; their sum is the surplus. [Wh]

    Examples
    --------
    >>> share_by_priority(100, [("a", 70), ("b", 70), ("c", 70)], rest="a")
    {'a': 70, 'b': 30, 'c': 0}
    >>> share_by_priority(100, [("a", 30)], rest="a")
    {'a': 100}
    """
    assert surplus_wh >= 0
    received: dict[str, int] = {}
    left_wh = surplus_wh
    for name, limit_wh in limits_wh:
        taken_wh = min(max(limit_wh, 0), left_wh)
        received[name] = received.get(name, 0) + taken_wh
        left_wh -= taken_wh
    if left_wh:
        received[rest] = received.get(rest, 0) + left_wh
    return received


def _whole(exact: Mapping[str, Fraction], total_wh: int) -> dict[str, int]:
    """Round to whole watt-hours by largest remainders."""
    found = {name: int(wh) for name, wh in exact.items()}
    missing = total_wh - sum(found.values())
    by_remainder = sorted(exact, key=lambda name: found[name] - exact[name])
    for name in by_remainder[:missing]:
        found[name] += 1
    return found
