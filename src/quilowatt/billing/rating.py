"""From energy to bills: a tariff laid over intervals, charge by charge, for one meter or many.

Pure and exact. Energy is added up in int64 Wh for whole blocks of meters at once; money is made of
fractions until each line is rounded once, by the tariff's rule. The total is the sum of the
rounded lines.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from quilowatt.billing.bank import Settlement
from quilowatt.billing.bill import Bill, BillLine, ContainedTax
from quilowatt.billing.charges import MinimumEnergy
from quilowatt.billing.formula import exact_text
from quilowatt.billing.lines import LineMaker
from quilowatt.billing.netting import compensate
from quilowatt.billing.plan import make_plan
from quilowatt.billing.point import NOBODY
from quilowatt.billing.pricing import Cycle, drafts, first_net_metering
from quilowatt.billing.tariff import Text
from quilowatt.billing.usage import Usage
from quilowatt.core.money import decimal_text, kwh, round_exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from quilowatt.billing.plan import Segment
    from quilowatt.billing.point import UsagePoint
    from quilowatt.billing.tariff import Tariff, TaxTable

__all__ = ["bill", "rate", "rate_many", "totals"]

UNROUNDED_PLACES: Final = 6
"""Decimals of the total before rounding, which may have infinitely many. [digits]"""

WH_PER_KWH: Final = 1000

BLOCK_METERS: Final = 512
"""Meters added up at a time: 12 MB of a month of quarter-hours. [meters]"""


def bill(tariff: Tariff, edges_s: Sequence[int], energy_wh: Sequence[int], zone: ZoneInfo) -> Bill:
    """Price the energy that one meter took in a period.

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
        No energy is a valid bill.

    Raises
    ------
    BillingError
        If the tariff has no version or no taxes in force in some part, or an amount is
        beyond all money.
    """
    assert len(edges_s) == len(energy_wh) + 1 > 1
    assert set(tariff.cuts_s(edges_s[0], edges_s[-1], zone)) <= set(edges_s)
    return rate(tariff, Usage.of_one(edges_s, energy_wh), zone)


def rate(tariff: Tariff, usage: Usage, zone: ZoneInfo, point: UsagePoint = NOBODY) -> Bill:
    """Price the cycle of one meter; see `rate_many`."""
    (priced,) = rate_many(tariff, usage, zone, [point])
    return priced


def rate_many(
    tariff: Tariff, usage: Usage, zone: ZoneInfo, points: Sequence[UsagePoint]
) -> Iterator[Bill]:
    """Price one cycle of many meters.

    Parameters
    ----------
    tariff : Tariff
        Rates and taxes.
    usage : Usage
        The whole cycle of n meters. An interval that the tariff cuts is shared out by time.
    zone : ZoneInfo
        Where the days of the tariff begin.
    points : sequence of UsagePoint, length n
        What else the bills depend on.

    Yields
    ------
    Bill
        Of each meter, in order.

    Raises
    ------
    BillingError
        If the tariff can't price some part of the cycle, or an amount is beyond all money.
    """
    yield from _bills(tariff, usage, zone, points)


def totals(
    tariff: Tariff, usage: Usage, zone: ZoneInfo, points: Sequence[UsagePoint]
) -> Iterator[Decimal]:
    """Yield what the bills of `rate_many` come to, without making their lines [currency]."""
    for each in _bills(tariff, usage, zone, points, is_bare=True):
        yield each.total


def _bills(
    tariff: Tariff,
    usage: Usage,
    zone: ZoneInfo,
    points: Sequence[UsagePoint],
    *,
    is_bare: bool = False,
) -> Iterator[Bill]:
    assert len(points) == usage.import_wh.shape[0]
    start_s, end_s = int(usage.edges_s[0]), int(usage.edges_s[-1])
    cuts_s = tariff.cuts_s(start_s, end_s, zone)
    plan, maker = None, LineMaker(tariff)
    for first in range(0, len(points), BLOCK_METERS):
        block = usage.rows(first, first + BLOCK_METERS).cut(cuts_s)
        if plan is None:
            plan = make_plan(tariff, block.edges_s, zone)
            # What a charge asks of others includes the taxes in their lines.
            maker = LineMaker(tariff, is_bare=is_bare and not plan.recalled)
        sums = plan.sums(block)
        for row, point in enumerate(points[first : first + BLOCK_METERS]):
            energies = (block.import_wh[row], block.export_wh[row])
            yield _bill(Cycle(plan, point, sums, row, *energies), maker)


def _bill(cycle: Cycle, maker: LineMaker) -> Bill:
    plan, tariff = cycle.plan, cycle.plan.tariff
    tariff.check_serves(cycle.point)
    cycle.share = _billed_share(cycle)
    settled = _prepare(cycle)
    lines: list[BillLine] = []
    exact = Fraction(0)
    used_kwh = Fraction(cycle.total_wh("import"), WH_PER_KWH)
    for segment in plan.segments:
        taxes = segment.terms.taxes
        if taxes is not None:
            taxes = taxes.for_point(cycle.point, used_kwh, cycle.days)
        priced, unrounded = _segment(segment, cycle, maker, taxes)
        lines += priced
        exact += unrounded
    lines += [maker.item(item, plan.segments[-1]) for item in cycle.point.items]
    exact += sum((Fraction(item.amount) for item in cycle.point.items), Fraction(0))
    zero = Decimal(1).scaleb(-tariff.rounding.places) * 0
    total = sum((line.amount for line in lines), zero)
    contained = _sums(lines)
    tables = [segment.terms.taxes for segment in plan.segments]
    notes = [table.note for table in tables if table is not None and table.note is not None]
    deferred_wh, words = _deferral(cycle)
    return Bill(
        tariff_code=tariff.code,
        tariff_name=tariff.name,
        currency=tariff.currency,
        start_s=int(plan.edges_s[0]),
        end_s=int(plan.edges_s[-1]),
        energy_wh=cycle.measured_wh("import"),
        lines=tuple(lines),
        taxes=contained,
        net=total - sum((tax.amount for tax in contained), zero),
        total=total,
        total_unrounded=round_exact(exact, UNROUNDED_PLACES, tariff.rounding.rule),
        notes=tuple(dict.fromkeys([*notes, *words])),
        export_wh=cycle.measured_wh("export"),
        credits=settled.credits,
        lapsed_wh=settled.lapsed_wh,
        demand_w=cycle.demand_w,
        deferred_wh=deferred_wh,
    )


def _segment(
    segment: Segment, cycle: Cycle, maker: LineMaker, taxes: TaxTable | None
) -> tuple[list[BillLine], Fraction]:
    lines: list[BillLine] = []
    exact = Fraction(0)
    bases: dict[str, tuple[Decimal, Fraction]] = {}
    for charge in segment.terms.version.charges:
        for draft in drafts(charge, segment, cycle):
            line, unrounded = maker.line(draft, segment, taxes)
            lines.append(line)
            exact += unrounded
            _remember(cycle, (charge.code, draft.code), draft.exact, line)
            for code in taxes.on_top if taxes else ():
                if draft.taxes is None or code in draft.taxes:
                    base = bases.get(code, (Decimal(0), Fraction(0)))
                    bases[code] = base[0] + line.amount, base[1] + unrounded
    rates = taxes.rates if taxes else {}
    for code in taxes.on_top if taxes else ():
        if code in bases:
            line, unrounded = maker.on_top(code, rates[code], bases[code], segment)
            lines.append(line)
            exact += unrounded
    return lines, exact


def _remember(cycle: Cycle, codes: tuple[str, str], before_tax: Fraction, line: BillLine) -> None:
    """Keep what a charge came to, for charges that depend on it."""
    for code in cycle.plan.recalled.intersection(codes):
        cycle.spent[code] = cycle.spent.get(code, Fraction(0)) + before_tax
        cycle.taxed[code] = cycle.taxed.get(code, Fraction(0)) + Fraction(line.amount)
        for tax in line.taxes:
            key = f"{code} {tax.code}"
            cycle.taxed[key] = cycle.taxed.get(key, Fraction(0)) + Fraction(tax.amount)


def _prepare(cycle: Cycle) -> Settlement:
    """Find the least energy and what the bank takes off, before any charge is priced."""
    charges = [
        charge
        for charge in cycle.plan.segments[-1].terms.version.charges
        if charge.condition.holds(cycle.point)
    ]
    minimum = _minimum(cycle, [c for c in charges if isinstance(c, MinimumEnergy)])
    if minimum is not None:
        cycle.least_wh = Fraction(minimum.least_kwh) * WH_PER_KWH
        if minimum.is_billed:
            cycle.extra_wh = max(cycle.least_wh - cycle.total_wh("import"), Fraction(0))
    net = first_net_metering(charges, cycle.point)
    if net is None:
        return Settlement({}, cycle.point.credits, 0)
    return compensate(cycle, net)


def _minimum(cycle: Cycle, minima: Sequence[MinimumEnergy]) -> MinimumEnergy | None:
    """Return the first that fits, if the cycle is long enough for it."""
    used_kwh = Fraction(cycle.total_wh("import"), WH_PER_KWH)
    for minimum in minima:
        if minimum.up_to_kwh is None or used_kwh <= minimum.up_to_kwh:
            return minimum if cycle.days >= minimum.least_days else None
    return None


def _billed_share(cycle: Cycle) -> Fraction | None:
    """Share of the measured energy to bill: less of a long cycle, more after one; None for all.

    Energy carried over has the mix of hours of the cycle that it is billed in; where nothing was
    used, it is carried on.
    """
    most, carried_wh = cycle.plan.tariff.regime.most_days, cycle.point.carried_wh
    measured_wh = cycle.measured_wh("import")
    is_long = bool(most) and cycle.days > most
    if not measured_wh or not (is_long or carried_wh):
        return None
    share = Fraction(measured_wh + carried_wh, measured_wh)
    return share * most / cycle.days if is_long else share


def _deferral(cycle: Cycle) -> tuple[int, list[Text]]:
    """Return what is billed later [Wh], and the words for it."""
    carried_wh = cycle.point.carried_wh
    if cycle.share is None:
        return carried_wh, []
    measured_wh = cycle.measured_wh("import")
    rule = cycle.plan.tariff.rounding.rule
    later_wh = int(round_exact(measured_wh + carried_wh - cycle.total_wh("import"), 0, rule))
    billed = exact_text(cycle.total_wh("import") / Fraction(WH_PER_KWH))
    sums = [f"{decimal_text(kwh(measured_wh))} kWh"]
    if carried_wh:
        sums = [f"({sums[0]} + {decimal_text(kwh(carried_wh))} kWh)"]
    if cycle.days > (most := cycle.plan.tariff.regime.most_days) > 0:
        sums.append(f"{most} ÷ {exact_text(cycle.days)}")
    formula = f"{' × '.join(sums)} = {billed} kWh"
    left = f"{decimal_text(kwh(later_wh))} kWh"
    pt = [words.replace(".", ",") for words in (formula, left)]
    return later_wh, [
        Text(
            f"Energia faturada neste ciclo: {pt[0]}. Para o próximo ficam {pt[1]}.",
            f"Energy billed in this cycle: {formula}. Left for the next: {left}.",
        )
    ]


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
