"""Net metering of one cycle: what is used, given and kept, and what the bank takes off.

Called by `rating` before any charge is priced; the bank itself is in `bank`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from quilowatt.billing.bank import Budget, offset_limit_wh, settle, settle_by_period
from quilowatt.billing.charges import NetMetering
from quilowatt.core.calendar import local_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quilowatt.billing.bank import Settlement
    from quilowatt.billing.pricing import Cycle

__all__ = ["compensate"]

WH_PER_KWH: Final = 1000


def compensate(cycle: Cycle, net: NetMetering) -> Settlement:
    """Take energy off a cycle, and note in it how much of each period."""
    keep_wh = cycle.least_wh
    if net.keep_kwh is not None:
        keep_wh = Fraction(net.keep_kwh) * WH_PER_KWH * cycle.multiple(net.times)
    end = local_date(cycle.plan.segments[-1].end_s, cycle.plan.zone)
    if net.schedule:
        budget = _budget(cycle, net, keep_wh)
        given_wh = _by_period(cycle, net, "export")
        settled = settle_by_period(cycle.point.credits, given_wh, budget, end, net)
    else:
        limit_wh = offset_limit_wh(cycle.total_wh("import"), keep_wh, *_worth(cycle, net))
        given = cycle.measured_wh("export")
        settled = settle(cycle.point.credits, given, limit_wh, end, net)
    cycle.offsets_wh = settled.offsets_wh
    above_wh = max(int(cycle.total_wh("import") - keep_wh), 0)
    cycle.within_wh = min(above_wh, cycle.offset_wh)
    return settled


def _worth(cycle: Cycle, net: NetMetering) -> tuple[Fraction | None, Fraction]:
    """Price of energy that counts towards what is kept, and worth of a credit, over the cycle."""
    if net.keep_value_per_kwh is None:
        return None, Fraction(0)
    value, worth = Fraction(0), Fraction(0)
    for share, own in _over_time(cycle, net):
        value += Fraction(own.keep_value_per_kwh or 0) * share
        rates = (r for c in own.credits if c.part != "beyond" for r in c.rates.values())
        worth += sum(map(Fraction, rates), Fraction(0)) * share
    return value, worth


def _budget(cycle: Cycle, net: NetMetering, keep_wh: Fraction) -> Budget:
    """Room of a cycle with periods: what was used at its prices less what is kept at its own."""
    needs_wh = _by_period(cycle, net, "import")
    if net.keep_value_per_kwh is None:
        room = (sum(needs_wh.values()) - keep_wh) / WH_PER_KWH
        return Budget(room, dict.fromkeys(net.exchange, Fraction(1)), needs_wh)
    room, worths = Fraction(0), dict.fromkeys(net.exchange, Fraction(0))
    for share, own in _over_time(cycle, net):
        room -= Fraction(own.keep_value_per_kwh or 0) * keep_wh * share
        room += sum(
            (Fraction(own.values.get(p, 0)) * wh * share for p, wh in needs_wh.items()), Fraction(0)
        )
        for credit in own.credits:
            for period, rate in credit.rates.items():
                worths[period] += Fraction(rate) * share
    return Budget(room / WH_PER_KWH, worths, needs_wh)


def _over_time(cycle: Cycle, net: NetMetering) -> Iterator[tuple[Fraction, NetMetering]]:
    """Yield the net metering of each segment with its share of the cycle; the last's by default."""
    for segment in cycle.plan.segments:
        found = (c for c in segment.terms.version.charges if isinstance(c, NetMetering))
        fits = (c for c in found if c.condition.holds(cycle.point) and c.schedule == net.schedule)
        yield segment.share, next(fits, net)


def _by_period(cycle: Cycle, net: NetMetering, flow: str) -> dict[str, int]:
    """Energy of the cycle by period, a part of a watt-hour left out [Wh]."""
    grid = f"schedule {net.schedule}"
    totals = [cycle.grouped_wh(flow, grid, segment) for segment in cycle.plan.segments]
    names = cycle.plan.grids[grid].names
    return {name: int(sum(row[i] for row in totals)) for i, name in enumerate(names)}
