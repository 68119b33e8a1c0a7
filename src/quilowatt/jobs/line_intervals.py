"""The intervals behind a line of a bill: which they are, and how much of each the line prices.

Shares are exact: they are cut at thousandths of a watt-hour by their running total, so that they
sum to the line's quantity.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.billing.charges import (
    CalendarCharge,
    DemandCharge,
    Discount,
    EnergyCharge,
    SeriesCharge,
    TieredCharge,
)
from quilowatt.billing.plan import make_plan
from quilowatt.core.money import scaled_decimal

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.billing import Tariff
    from quilowatt.billing.bill import BillLine
    from quilowatt.billing.charges import Charge
    from quilowatt.billing.plan import Plan
    from quilowatt.profile import LoadProfile

__all__ = ["LineInterval", "line_intervals"]

QUANTITY_PLACES: Final = 6
"""Decimals of a line's quantity, at most. [digits]"""

HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class LineInterval:
    """An interval behind a line.

    Parameters
    ----------
    start_s, end_s : int
        Half-open. [s since 1970-01-01 UTC]
    energy_wh : int
        All of its energy, in the direction that the line prices. [Wh]
    quality : int
        Code of `profile.Quality`.
    counted : Decimal or None
        How much of it the line prices; None where the line prices no energy. [kWh]
    """

    start_s: int
    end_s: int
    energy_wh: int
    quality: int
    counted: Decimal | None


def line_intervals(
    tariff: Tariff, zone: ZoneInfo, profile: LoadProfile, line: BillLine
) -> list[LineInterval]:
    """Find the intervals behind a line.

    Parameters
    ----------
    tariff : Tariff
        What the bill is priced by.
    zone : ZoneInfo
        Where its days begin.
    profile : LoadProfile
        Of the whole cycle, by quarter-hours and the tariff's cuts.
    line : BillLine
        Of its bill.

    Returns
    -------
    list of LineInterval
        Empty where a line prices no energy at all: fixed charges, contributions, credits.
    """
    edges_s = np.append(profile.start_s, profile.end_s[-1])
    plan = make_plan(tariff, edges_s, zone)
    charge = _charge(plan, line)
    if charge is None:
        return []
    flow = getattr(charge, "flow", "import")
    energy_wh = profile.import_wh if flow == "import" else profile.export_wh
    if isinstance(charge, DemandCharge):
        return _listed(profile, energy_wh, _peak(plan, charge, line, energy_wh), None)
    rows = _rows(plan, charge, line)
    rows = rows[energy_wh[rows] != 0]
    return _listed(profile, energy_wh, rows, _shares(energy_wh[rows], line.quantity))


def _charge(plan: Plan, line: BillLine) -> Charge | None:
    """Find the charge that a line comes from, if it prices energy or power."""
    code = line.code.partition(".")[0]
    for segment in plan.segments:
        if segment.start_s == line.start_s:
            for charge in segment.terms.version.charges:
                if charge.code == code and isinstance(charge, PRICE_ENERGY):
                    return charge
    return None


def _rows(plan: Plan, charge: Charge, line: BillLine) -> NDArray[np.intp]:
    """Index the intervals of a line's part of the cycle that have its period or label."""
    starts_s = plan.edges_s[:-1]
    is_behind = (starts_s >= line.start_s) & (starts_s < line.end_s)
    if plan.tariff.change != "consumption":
        # The energy of the whole cycle is shared out by days.
        is_behind = np.ones_like(is_behind)
    parts = line.code.split(".")[1:]
    grid = None
    if isinstance(charge, TieredCharge) and charge.schedule:
        grid = plan.grids[f"schedule {charge.schedule}"]
    elif isinstance(charge, CalendarCharge):
        grid = plan.grids[f"table {charge.table}"]
    if grid is not None and parts:
        wanted = [i for i, name in enumerate(grid.names) if name.split(" ")[0] == parts[0]]
        is_matching = np.isin(grid.index, wanted)
        # A label by days alone prices energy of all hours.
        is_behind &= is_matching if (is_behind & is_matching).any() else True
    return np.flatnonzero(is_behind)


def _peak(
    plan: Plan, charge: DemandCharge, line: BillLine, energy_wh: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Index the intervals of the window in which the most was used."""
    segment = next(part for part in plan.segments if part.start_s == line.start_s)
    peak_wh = plan.peak_wh(energy_wh, segment, charge)
    starts, is_wanted = plan.windows[segment.first, charge]
    sums_wh = np.add.reduceat(energy_wh[segment.first : segment.last], starts)
    window = int(np.flatnonzero(is_wanted & (sums_wh == peak_wh))[0]) if is_wanted.any() else -1
    if window < 0:
        return np.zeros(0, np.intp)
    bounds = [*starts.tolist(), segment.last - segment.first]
    return np.arange(bounds[window], bounds[window + 1]) + segment.first


def _shares(energy_wh: NDArray[np.int64], quantity: Decimal) -> list[Decimal]:
    """Cut a quantity in proportion to energies, by the running total."""
    total_wh = int(energy_wh.sum())
    if not total_wh:
        return [Decimal(0)] * energy_wh.size
    per_wh = Fraction(quantity) / total_wh
    shares, so_far, before = [], 0, 0
    for wh in energy_wh.tolist():
        so_far += wh
        upto = int(per_wh * so_far * 10**QUANTITY_PLACES)
        shares.append(scaled_decimal(upto - before, -QUANTITY_PLACES))
        before = upto
    return shares


def _listed(
    profile: LoadProfile,
    energy_wh: NDArray[np.int64],
    rows: NDArray[np.intp],
    shares: list[Decimal] | None,
) -> list[LineInterval]:
    counted: list[Decimal | None] = [None] * rows.size
    if shares is not None:
        counted = list(shares)
    found = zip(
        profile.start_s[rows].tolist(),
        profile.end_s[rows].tolist(),
        energy_wh[rows].tolist(),
        profile.quality[rows].tolist(),
        counted,
        strict=True,
    )
    return [LineInterval(*each) for each in found]


PRICE_ENERGY: Final = (
    CalendarCharge,
    DemandCharge,
    Discount,
    EnergyCharge,
    SeriesCharge,
    TieredCharge,
)
"""Charges whose lines have intervals behind them."""
