"""How energy falls into marginal tiers, alone or together with periods of use."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from quilowatt.billing.charges import Step

__all__ = ["chronological", "limits_wh", "per_period", "proportional", "tier_of"]

WH_PER_KWH = 1000


def limits_wh(steps: Sequence[Step], factor: Fraction) -> list[Fraction | None]:
    """Upper ends of tiers, times a factor such as a number of days [Wh]."""
    return [
        None if step.limit_kwh is None else Fraction(step.limit_kwh) * WH_PER_KWH * factor
        for step in steps
    ]


def per_period(
    limits: Sequence[Fraction | None], energy_wh: Sequence[Fraction | int]
) -> list[list[Fraction]]:
    """Fill tiers for each period by itself.

    Returns
    -------
    list of list of Fraction
        Energy by tier and period. [Wh]
    """
    return [
        [_between(Fraction(wh), lower, upper) for wh in energy_wh]
        for lower, upper in pairwise([Fraction(0), *limits])
    ]


def proportional(
    limits: Sequence[Fraction | None], energy_wh: Sequence[Fraction | int]
) -> list[list[Fraction]]:
    """Fill tiers with the whole; every tier has the same mix of periods."""
    total = Fraction(sum(energy_wh))
    filled = per_period(limits, [total])
    if not total:
        return [[Fraction(0)] * len(energy_wh) for _ in filled]
    return [[tier[0] * wh / total for wh in energy_wh] for tier in filled]


def chronological(
    limits: Sequence[Fraction | None],
    energy_wh: NDArray[np.int64],
    periods: NDArray[np.int64],
    count: int,
) -> list[list[Fraction]]:
    """Fill tiers as energy is used, interval by interval.

    Parameters
    ----------
    limits : sequence
        Upper ends; a part of a watt-hour is left out. [Wh]
    energy_wh, periods : ndarray of int64, shape (k,)
        Energy [Wh] and index of the period of each interval.
    count : int
        How many periods there are.
    """
    after = np.cumsum(energy_wh)
    before = after - energy_wh
    top = int(after[-1]) if after.size else 0
    table = []
    for lower, upper in pairwise([Fraction(0), *limits]):
        low = min(int(lower or 0), top)
        high = top if upper is None else min(int(upper), top)
        part_wh = np.clip(after, low, high) - np.clip(before, low, high)
        table.append([Fraction(int(part_wh[periods == p].sum())) for p in range(count)])
    return table


def tier_of(steps: Sequence[Step], energy_kwh: Fraction | Decimal) -> Step | None:
    """Return the tier that a whole amount of energy falls into; its limit belongs to it."""
    fits = (s for s in steps if s.limit_kwh is None or energy_kwh <= s.limit_kwh)
    return next(fits, None)


def _between(wh: Fraction, lower: Fraction | None, upper: Fraction | None) -> Fraction:
    assert lower is not None, "only the last tier is without limit"
    top = wh if upper is None else min(wh, upper)
    return max(top - lower, Fraction(0))
