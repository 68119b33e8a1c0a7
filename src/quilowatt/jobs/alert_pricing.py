"""What the energy of alerts costs: a billing cycle rated with it and without it.

Pure. So tiers, hours, taxes, flags, minimum charges and credits count as on the bill; no average
price is ever multiplied. The cycle without it is what was expected of the cycle in which an episode
began, as of that instant. Called by `alert_costs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.cost import AlertCost
from quilowatt.billing import Usage, rate_many
from quilowatt.core.money import round_exact
from quilowatt.errors import BillingError
from quilowatt.jobs.forecast import carried_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.alert.cost import CostBasis
    from quilowatt.billing import Tariff, UsagePoint

__all__ = ["price_costs"]

PARTS: Final = 8
PART_S: Final = 10_800
"""The day's parts, as alerts name them. [1], [s]"""

ALL_DAY: Final = 2**PARTS - 1
WEEK_D: Final = 7


def price_costs(
    tariff: Tariff,
    usage: Usage,
    zone: ZoneInfo,
    points: Sequence[UsagePoint],
    bases: Sequence[CostBasis],
) -> list[AlertCost]:
    """Price the energy of n alerts.

    A day of it is priced as a whole cycle of such days, so that the figure does not depend on the
    day on which it is worked out. What there is so far is put where it came; what came after the
    end of the cycle is priced like a day of it, or like what came before the end.

    Parameters
    ----------
    tariff : Tariff
        Rates and taxes.
    usage : Usage
        Each alert's cycle without that energy, by the hour.
    zone : ZoneInfo
        Where the days begin.
    points : sequence of UsagePoint, length n
        What else the bills depend on.
    bases : sequence of CostBasis, length n
        What each alert says; all began in the cycle.

    Returns
    -------
    list of AlertCost
        Without money where the tariff can't price the cycle.
    """
    start_s, end_s = int(usage.edges_s[0]), int(usage.edges_s[-1])
    lasting, _ = carried_on(tariff, start_s, end_s, zone)
    calendar = [_active_s(usage.edges_s, basis.hours, zone) for basis in bases]
    days_wh = [
        _cycle_of_days(usage.import_wh[row], basis, active_s)
        for row, (basis, active_s) in enumerate(zip(bases, calendar, strict=True))
    ]
    sums_wh = [
        _so_far(usage.edges_s, basis, active_s)
        for basis, active_s in zip(bases, calendar, strict=True)
    ]
    added = _added(lasting, usage, zone, points, (days_wh, sums_wh))
    return [
        _cost(tariff, basis, day, so_far) for basis, day, so_far in zip(bases, *added, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Added:
    """What some energy adds to a bill: [Wh], [currency]."""

    energy_wh: int
    amount: Fraction

    @property
    def per_wh(self) -> Fraction:
        """The margin [currency/Wh]."""
        return self.amount / self.energy_wh


def _cost(tariff: Tariff, basis: CostBasis, day: _Added | None, so_far: _Added | None) -> AlertCost:
    """Make money of what was added: rounded here and nowhere before."""
    margin = next((each.per_wh for each in (day, so_far) if each is not None), None)
    if margin is None:
        return AlertCost(basis)

    def money(amount: Fraction) -> Decimal:
        return round_exact(amount, tariff.rounding.places, tariff.rounding.rule)

    a_day = None if day is None else day.per_wh * abs(basis.per_day_wh)
    in_all = None
    if basis.excess_wh:
        put = so_far or _Added(0, Fraction(0))
        in_all = put.amount + (basis.excess_wh - put.energy_wh) * margin
    return AlertCost(
        basis,
        tariff.currency,
        per_day=None if a_day is None else money(a_day),
        per_week=None if a_day is None else money(a_day * WEEK_D),
        so_far=None if in_all is None else money(in_all),
        per_hour=money(margin * basis.more_w) if basis.more_w else None,
    )


def _cycle_of_days(
    usual_wh: NDArray[np.int64], basis: CostBasis, active_s: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Let a cycle have the energy of a day on each of its days, at its hours [Wh]."""
    day_active_s = PART_S * (basis.hours or ALL_DAY).bit_count()
    total_wh = abs(basis.per_day_wh) * int(active_s.sum()) // day_active_s
    if basis.per_day_wh >= 0:
        return _shared(total_wh, active_s)
    # What is not measured is a share of all that flows.
    return -_shared(min(total_wh, int(usual_wh.sum())), usual_wh)


def _so_far(
    edges_s: NDArray[np.int64], basis: CostBasis, active_s: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Put the energy so far where it came: its part of this cycle [Wh]."""
    end_s = int(edges_s[-1])
    until_s = max(min(basis.until_s, end_s), basis.since_s + 1)
    within_s = np.minimum(edges_s[1:], until_s) - np.maximum(edges_s[:-1], basis.since_s)
    within_s = np.maximum(within_s, 0)
    at_its_hours_s = np.where(active_s > 0, within_s, 0)
    lasted_s = max(basis.until_s - basis.since_s, 1)
    total_wh = basis.excess_wh * (until_s - basis.since_s) // lasted_s
    return _shared(total_wh, at_its_hours_s if at_its_hours_s.any() else within_s)


def _shared(total_wh: int, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Share out whole energy by weights, none lost [Wh]."""
    running = np.cumsum(weights)
    if not running[-1]:
        return np.zeros_like(weights)
    # Python's integers: a year's energy times a cycle's seconds is beyond int64.
    upto = [0, *(total_wh * int(weight) // int(running[-1]) for weight in running)]
    upto_wh = np.array(upto, np.int64)
    return upto_wh[1:] - upto_wh[:-1]


def _active_s(edges_s: NDArray[np.int64], hours: int, zone: ZoneInfo) -> NDArray[np.int64]:
    """Tell which intervals lie in some parts of the day: their length, else nothing [s]."""
    moment = datetime.fromtimestamp(int(edges_s[0]), UTC).astimezone(zone)
    offset = (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())
    # Parts of the day do not move with the clocks.
    part = (edges_s[:-1] + int(offset.total_seconds())) // PART_S % PARTS
    is_active = ((hours or ALL_DAY) >> part) & 1
    active_s: NDArray[np.int64] = np.diff(edges_s) * is_active
    return active_s


def _added(
    tariff: Tariff,
    usage: Usage,
    zone: ZoneInfo,
    points: Sequence[UsagePoint],
    extras: tuple[Sequence[NDArray[np.int64]], ...],
) -> list[list[_Added | None]]:
    """Rate all cycles without and with each kind of extra energy, all in one go."""
    count = len(points)
    cases = [(row, extra) for some in extras for row, extra in enumerate(some) if extra.any()]
    rows = [*range(count), *(row for row, _ in cases)]
    more_wh = np.zeros((len(rows), usage.edges_s.size - 1), np.int64)
    for number, (_, extra) in enumerate(cases, count):
        more_wh[number] = extra
    whole = Usage(usage.edges_s, usage.import_wh[rows] + more_wh, usage.export_wh[rows])
    totals = iter(_totals(tariff, whole, zone, [points[row] for row in rows]))
    usual = [next(totals) for _ in range(count)]

    def added(row: int, extra: NDArray[np.int64]) -> _Added | None:
        if not extra.any():
            return None
        total, before = next(totals), usual[row]
        if total is None or before is None:
            return None
        energy_wh = int(extra.sum())
        # What is not measured takes off the bill what it is worth.
        sign = 1 if energy_wh > 0 else -1
        return _Added(sign * energy_wh, sign * (total - before))

    return [[added(row, extra) for row, extra in enumerate(some)] for some in extras]


def _totals(
    tariff: Tariff, usage: Usage, zone: ZoneInfo, points: Sequence[UsagePoint]
) -> list[Fraction | None]:
    """Rate cycles, exactly; None for one that the tariff can't price [currency]."""
    try:
        return [Fraction(bill.total_unrounded) for bill in rate_many(tariff, usage, zone, points)]
    except BillingError:
        if len(points) == 1:
            return [None]
    found = []
    for row in range(len(points)):
        found += _totals(tariff, usage.rows(row, row + 1), zone, points[row : row + 1])
    return found
