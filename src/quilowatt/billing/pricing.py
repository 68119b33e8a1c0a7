"""What each charge of a tariff comes to for one meter in one cycle, before tax.

Each kind of charge has a function from (charge, segment, cycle) to drafts of lines. Charges that
look at the whole cycle (minimum amounts, contributions) speak in its last segment. Amounts are
fractions: nothing is rounded here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from quilowatt.billing import tiers
from quilowatt.billing.charges import (
    CalendarCharge,
    Charge,
    Contribution,
    DemandCharge,
    Discount,
    EnergyCharge,
    FixedCharge,
    MinimumMoney,
    NetMetering,
    SeriesCharge,
    TieredCharge,
)
from quilowatt.core.money import exact_product
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from decimal import Decimal

    import numpy as np
    from numpy.typing import NDArray

    from quilowatt.billing.plan import Plan, Segment, Sums
    from quilowatt.billing.point import UsagePoint

__all__ = ["Cycle", "Draft", "drafts", "first_net_metering"]

WH_PER_KWH: Final = 1000
W_PER_KW: Final = 1000
HOUR_S: Final = 3600
MULTIPLE_MAX: Final = 10_000
"""No usage point stands for more homes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A line before tax and rounding.

    Parameters
    ----------
    code, parts : str, tuple of str
        The charge, and the period, tier or label that it is about.
    quantity, unit : Fraction, str
        How much.
    rate : Decimal or Fraction
        Before tax. [currency/unit]
    taxes : frozenset of str, or None
        Codes of the taxes on it.
    is_sum : bool
        True where the rate is a mean over intervals and no factor of the formula.
    days : Fraction
        How long the label held in the segment; 0 without a label. [d]
    """

    code: str
    parts: tuple[str, ...]
    quantity: Fraction
    unit: str
    rate: Decimal | Fraction
    taxes: frozenset[str] | None
    exact: Fraction
    is_sum: bool = False
    days: Fraction = Fraction(0)


@dataclass(slots=True)
class Cycle:
    """One meter's cycle while it is being priced.

    Parameters
    ----------
    plan, point, sums, row : Plan, UsagePoint, Sums, int
        What is priced, for whom, and the energy of a block of meters of which this is one.
    import_wh, export_wh : ndarray of int64, shape (k,)
        Its intervals. [Wh]
    share : Fraction or None
        Of the energy used, what is billed in this cycle; None for all of it. [-]
    least_wh, extra_wh : Fraction
        The least energy, and what is added so that it is billed. [Wh]
    offsets_wh : dict of str to int
        Taken off by energy given to the grid, by period. [Wh]
    within_wh : int
        Of what is taken off, so much is not more than was used above the least. [Wh]
    spent, taxed : dict of str to Fraction
        What each charge came to so far, before and after tax. [currency]
    demand_w : dict of str to int
        The highest that each demand charge measured, rounded up. [W]
    """

    plan: Plan
    point: UsagePoint
    sums: Sums
    row: int
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    share: Fraction | None = None
    least_wh: Fraction = Fraction(0)
    extra_wh: Fraction = Fraction(0)
    offsets_wh: dict[str, int] = field(default_factory=dict)
    within_wh: int = 0
    spent: dict[str, Fraction] = field(default_factory=dict)
    taxed: dict[str, Fraction] = field(default_factory=dict)
    demand_w: dict[str, int] = field(default_factory=dict)

    @property
    def days(self) -> Fraction:
        """How long the cycle is [d]."""
        return self.plan.days_of_cycle

    @property
    def offset_wh(self) -> int:
        """Taken off by energy given to the grid, in all periods [Wh]."""
        return sum(self.offsets_wh.values())

    def measured_wh(self, flow: str) -> int:
        """Energy of the cycle as it was measured [Wh]."""
        return sum(sum(groups) for groups in self.sums[flow, ""][self.row])

    def total_wh(self, flow: str) -> Fraction | int:
        """Energy of the cycle that is billed in it [Wh]."""
        total_wh = self.measured_wh(flow)
        return total_wh if self.share is None else total_wh * self.billed_share(flow)

    def billed_share(self, flow: str) -> Fraction | int:
        """Share of a flow that is billed in this cycle [-]."""
        return self.share if self.share is not None and flow == "import" else 1

    def multiple(self, attribute: str) -> int:
        """Return the number by which an attribute of the usage point multiplies limits.

        Raises
        ------
        BillingError
            If it is no whole number from 1 to `MULTIPLE_MAX`.
        """
        text = self.point.attributes.get(attribute, "1") if attribute else "1"
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MULTIPLE_MAX):
            wanted = f"1-{MULTIPLE_MAX}"
            raise BillingError(
                f"attribute {attribute} is {text!r}, must be a whole number, {wanted}",
                f"o atributo {attribute} é {text!r}, deve ser um número inteiro, {wanted}",
            )
        return int(text)

    def grouped_wh(self, flow: str, grid: str, segment: Segment) -> list[Fraction | int]:
        """Energy of a segment by group, shared out as the tariff says [Wh]."""
        by_segment = self.sums[flow, grid][self.row]
        share = self.billed_share(flow)
        if self.plan.tariff.change == "consumption" or len(by_segment) == 1:
            found = by_segment[self.plan.segments.index(segment)]
            return list(found) if share == 1 else [wh * share for wh in found]
        return [sum(column) * segment.share * share for column in zip(*by_segment, strict=True)]

    def billed_wh(self, flow: str, segment: Segment) -> Fraction:
        """Energy of a segment with what is missing to the least [Wh]."""
        extra_wh = self.extra_wh * segment.share if flow == "import" else 0
        return Fraction(self.grouped_wh(flow, "", segment)[0]) + extra_wh

    def is_last(self, segment: Segment) -> bool:
        """Say whether no segment comes after."""
        return segment is self.plan.segments[-1]

    def energies(self, flow: str) -> NDArray[np.int64]:
        """Intervals of a flow [Wh]."""
        return self.import_wh if flow == "import" else self.export_wh


def drafts(charge: Charge, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    """Yield the lines of a charge in a segment; none where it doesn't concern the usage point."""
    if not charge.condition.holds(cycle.point):
        return
    price = PRICES.get(type(charge))
    if price is not None:
        yield from price(charge, segment, cycle)


def _draft(
    charge: Charge, parts: tuple[str, ...], quantity: Fraction, unit: str, rate: Decimal
) -> Draft:
    return Draft(charge.code, parts, quantity, unit, rate, charge.taxes, quantity * Fraction(rate))


def _energy(charge: EnergyCharge, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    quantity = cycle.billed_wh(charge.flow, segment) / WH_PER_KWH
    yield _draft(charge, (), quantity, "kWh", charge.rate)


def _tiered(charge: TieredCharge, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    grid = f"schedule {charge.schedule}" if charge.schedule else ""
    names = cycle.plan.grids[grid].names
    for number, step in enumerate(_filled(charge, grid, segment, cycle)):
        for period, wh in zip(names, step, strict=True):
            parts: tuple[str, ...] = (period,) if period else ()
            if len(charge.steps) > 1:
                parts += (f"tier{number + 1}",)
            if number and not wh:
                continue
            rate = charge.steps[number].rates[period]
            yield _draft(charge, parts, wh / WH_PER_KWH, "kWh", rate)


def _filled(
    charge: TieredCharge, grid: str, segment: Segment, cycle: Cycle
) -> list[list[Fraction]]:
    """Energy by tier and period [Wh]."""
    if charge.per == "day":
        return _filled_by_day(charge, grid, segment, cycle)
    of_cycle = segment.days if charge.per == "days" else segment.share
    limits = tiers.limits_wh(charge.steps, of_cycle * cycle.multiple(charge.times))
    if charge.combine == "chronological":
        return _in_order(charge, limits, slice(segment.first, segment.last), (grid, cycle))
    energy_wh = cycle.grouped_wh(charge.flow, grid, segment)
    if not charge.schedule:
        energy_wh = [cycle.billed_wh(charge.flow, segment)]
    fill = tiers.per_period if charge.combine == "per_period" else tiers.proportional
    return fill(limits, energy_wh)


def _filled_by_day(
    charge: TieredCharge, grid: str, segment: Segment, cycle: Cycle
) -> list[list[Fraction]]:
    limits = tiers.limits_wh(charge.steps, Fraction(cycle.multiple(charge.times)))
    share = cycle.billed_share(charge.flow)
    names = cycle.plan.grids[grid].names
    result = [[Fraction(0)] * len(names) for _ in limits]
    for part in cycle.plan.days(segment):
        if charge.combine == "chronological":
            filled = _in_order(charge, limits, part, (grid, cycle))
        else:
            index = cycle.plan.grids[grid].index[part]
            used = cycle.energies(charge.flow)[part]
            energy_wh = [int(used[index == p].sum()) * share for p in range(len(names))]
            fill = tiers.per_period if charge.combine == "per_period" else tiers.proportional
            filled = fill(limits, energy_wh)
        result = [
            [a + b for a, b in zip(x, y, strict=True)] for x, y in zip(result, filled, strict=True)
        ]
    return result


def _in_order(
    charge: TieredCharge,
    limits: list[Fraction | None],
    part: slice,
    where: tuple[str, Cycle],
) -> list[list[Fraction]]:
    name, cycle = where
    grid = cycle.plan.grids[name]
    used = cycle.energies(charge.flow)[part]
    share = cycle.billed_share(charge.flow)
    # Filling a share of the energy is filling all of it into limits that are as much wider.
    wider = [None if limit is None else limit / share for limit in limits]
    filled = tiers.chronological(wider, used, grid.index[part], len(grid.names))
    return filled if share == 1 else [[wh * share for wh in tier] for tier in filled]


def _series(charge: SeriesCharge, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    energy_wh = cycle.energies(charge.flow)
    share = cycle.billed_share(charge.flow)
    exact = cycle.plan.series_amount(energy_wh, segment, charge) * share
    quantity = Fraction(int(energy_wh[segment.first : segment.last].sum()), WH_PER_KWH) * share
    mean = exact / quantity if quantity else Fraction(0)
    yield Draft(charge.code, (), quantity, "kWh", mean, charge.taxes, exact, is_sum=True)


def _calendar(charge: CalendarCharge, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    """Share the energy that pays among the labels: by use, or by days where nothing was used."""
    table = cycle.plan.tariff.tables[charge.table]
    names = cycle.plan.grids[f"table {charge.table}"].names
    free_wh = Fraction(charge.free_kwh) * WH_PER_KWH * cycle.multiple(charge.times)
    less_wh = (free_wh + cycle.offset_wh) * segment.share
    paying = max(cycle.billed_wh("import", segment) - less_wh, Fraction(0)) / WH_PER_KWH
    days = cycle.plan.label_days(charge.table, segment)
    weights: list[Fraction | int] = list(days)
    if cycle.plan.tariff.change == "consumption":
        used = cycle.grouped_wh("import", f"table {charge.table}", segment)
        weights = used if any(used) else weights
    whole = sum(weights)
    for name, weight, held in zip(names, weights, days, strict=True):
        label, price = name.split(" ")
        if weight and price != "0":
            rate = next(p[label] for _, p in table.prices if label in p and str(p[label]) == price)
            quantity = paying * weight / whole
            yield replace(_draft(charge, (label,), quantity, "kWh", rate), days=held)


def _demand(charge: DemandCharge, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    peak_wh = cycle.plan.peak_wh(cycle.import_wh, segment, charge)
    measured_w = Fraction(peak_wh * HOUR_S, charge.window_s)
    highest_w = max(
        cycle.demand_w.get(charge.code, 0), -(-measured_w.numerator // measured_w.denominator)
    )
    cycle.demand_w[charge.code] = highest_w
    past = cycle.point.past_demand_w.get(charge.code, ())
    past_w = max(past[: charge.look_back], default=0)
    power_kw = max(
        measured_w / W_PER_KW,
        Fraction(past_w, W_PER_KW) * Fraction(charge.share),
        Fraction(charge.least_kw),
    )
    yield _draft(charge, (), power_kw * segment.share, "kW", charge.rate)


def _fixed(charge: FixedCharge, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    if charge.per == "day":
        yield _draft(charge, (), segment.days, "d", charge.rate)
    elif charge.per == "kw":
        power = Fraction(cycle.point.contracted_kw) * segment.share
        yield _draft(charge, (), power, "kW", charge.rate)
    else:
        yield _draft(charge, (), segment.share, "month", charge.rate)


def _minimum(charge: MinimumMoney, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    if not cycle.is_last(segment) or cycle.days < charge.least_days:
        return
    spent = sum((cycle.spent.get(code, Fraction(0)) for code in charge.of), Fraction(0))
    least = Fraction(charge.rate) * cycle.least_wh / WH_PER_KWH
    missing = (least if charge.least is None else Fraction(charge.least)) - spent
    if missing > 0:
        taxes = charge.taxes
        yield Draft(charge.code, (), Fraction(1), "", missing, taxes, missing)


def _discount(charge: Discount, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    billed = cycle.billed_wh("import", segment)
    limits = tiers.limits_wh(charge.steps, segment.share * cycle.multiple(charge.times))
    filled = tiers.per_period(limits, [billed])
    found = (c for c in segment.terms.version.charges if c.code in charge.of)
    for of in found:
        if not isinstance(of, EnergyCharge) or not of.condition.holds(cycle.point):
            continue
        for number, (step, (wh,)) in enumerate(zip(charge.steps, filled, strict=True)):
            if wh and step.rates[""]:
                parts = (of.code,) + ((f"tier{number + 1}",) if len(charge.steps) > 1 else ())
                rate = exact_product(-of.rate, step.rates[""])
                yield _draft(charge, parts, wh / WH_PER_KWH, "kWh", rate)


def first_net_metering(charges: Sequence[Charge], point: UsagePoint) -> NetMetering | None:
    """Return the net metering that counts for a usage point: the first that concerns it."""
    found = (c for c in charges if isinstance(c, NetMetering) and c.condition.holds(point))
    return next(found, None)


def _net_metering(charge: NetMetering, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    # Credits are worth something once, also where two charges would take them.
    if charge is not first_net_metering(segment.terms.version.charges, cycle.point):
        return
    parts_wh = {"within": cycle.within_wh, "beyond": cycle.offset_wh - cycle.within_wh}
    for credit in charge.credits:
        for period in charge.exchange or credit.rates:
            rate = credit.rates[period]
            wh = parts_wh.get(credit.part, cycle.offsets_wh.get(period, 0))
            quantity = Fraction(wh, WH_PER_KWH) * segment.share
            worth = quantity * -Fraction(rate)
            if wh:
                parts = (period,) if period else ()
                yield Draft(credit.code, parts, quantity, "kWh", -rate, credit.taxes, worth)


def _contribution(charge: Contribution, segment: Segment, cycle: Cycle) -> Iterator[Draft]:
    if not cycle.is_last(segment):
        return
    step = tiers.tier_of(charge.steps, Fraction(cycle.total_wh("import"), WH_PER_KWH))
    if step is None:
        return
    amount = Fraction(step.rates[""]) * Fraction(charge.reference)
    if charge.cap_share is not None:
        kept = sum((cycle.taxed.get(code, Fraction(0)) for code in charge.cap_of), Fraction(0))
        kept -= sum(
            (
                cycle.taxed.get(f"{code} {tax}", Fraction(0))
                for code in charge.cap_of
                for tax in sorted(charge.cap_without)
            ),
            Fraction(0),
        )
        # Credits can make the base negative; a cap takes all away, it gives nothing.
        amount = min(amount, max(kept, Fraction(0)) * Fraction(charge.cap_share))
    if amount:
        yield Draft(charge.code, (), Fraction(1), "", amount, charge.taxes, amount)


PRICES: Final[dict[type, Callable[..., Iterator[Draft]]]] = {
    EnergyCharge: _energy,
    TieredCharge: _tiered,
    SeriesCharge: _series,
    CalendarCharge: _calendar,
    DemandCharge: _demand,
    FixedCharge: _fixed,
    MinimumMoney: _minimum,
    Discount: _discount,
    NetMetering: _net_metering,
    Contribution: _contribution,
}
"""`MinimumEnergy` makes no line: `rating` asks it before all others."""
