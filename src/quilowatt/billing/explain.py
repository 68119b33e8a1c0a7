"""Why a bill differs from the one before, split into causes that sum to the difference exactly.

One fact after the other is exchanged, from those of the cycle before to those of this one, and the
cycle is priced again after each: days, consumption, estimates, hours of use, tariff, flags, taxes,
the customer's own facts. What a step changes is its part; so the parts sum to the difference to the
cent, whatever the tariff is. The order is fixed and part of the answer: another would share out
what two causes do together in another way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from quilowatt.billing.rating import rate
from quilowatt.billing.series import PriceSeries
from quilowatt.billing.usage import Usage
from quilowatt.core.calendar import days_between, local_date
from quilowatt.core.money import kwh
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.billing.bill import Bill
    from quilowatt.billing.point import UsagePoint
    from quilowatt.billing.tariff import CalendarTable, Tariff

__all__ = ["CAUSES", "BilledCycle", "Cause", "DifferencePart", "explain_difference"]

Cause = Literal["days", "consumption", "estimates", "hours", "tariff", "flags", "taxes", "customer"]

CAUSES: Final[tuple[Cause, ...]] = (
    "days",
    "consumption",
    "estimates",
    "hours",
    "tariff",
    "flags",
    "taxes",
    "customer",
)
"""In the order in which facts are exchanged."""

FINE: Final = 1_000_000
"""Weights are whole numbers of so many parts of a watt-hour."""

SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class BilledCycle:
    """A cycle with all that its bill was made of.

    Parameters
    ----------
    tariff : Tariff
        What it was priced by.
    usage : Usage
        One meter's, in intervals of an hour or less.
    point : UsagePoint
        What else the bill depends on.
    bill : Bill
        What it came to.
    estimated_wh : int
        Energy of it that was estimated. [Wh]
    """

    tariff: Tariff
    usage: Usage
    point: UsagePoint
    bill: Bill
    estimated_wh: int = 0


@dataclass(frozen=True, slots=True)
class DifferencePart:
    """What one cause does to the total.

    Parameters
    ----------
    cause : str
        One of `CAUSES`.
    amount : Decimal
        Negative where it makes the bill cheaper. [currency]
    before, after : Decimal
        The fact itself: days [d], energy [kWh]; 0 where it is no number.
    """

    cause: Cause
    amount: Decimal
    before: Decimal = Decimal(0)
    after: Decimal = Decimal(0)


def explain_difference(
    before: BilledCycle, after: BilledCycle, zone: ZoneInfo
) -> tuple[DifferencePart, ...]:
    """Split the difference of two bills of one usage point into its causes.

    Parameters
    ----------
    before, after : BilledCycle
        In the same currency; usually neighbours in time.
    zone : ZoneInfo
        Where the days of the tariffs begin.

    Returns
    -------
    tuple of DifferencePart
        One for each cause, in the order of `CAUSES`; the amounts sum to the difference of the
        totals. A step that can't be priced changes nothing, and the next one takes its share.
    """
    assert before.bill.currency == after.bill.currency
    energies_wh = _energies_wh(before, after, zone)
    mixed = _MixedTariffs(before, after, zone)
    shaped = [_shaped(before.usage, after.usage.edges_s, pair, zone) for pair in energies_wh]
    steps: list[tuple[Tariff, Usage, UsagePoint]] = [
        *((mixed.old, usage, before.point) for usage in shaped),
        (mixed.old, after.usage, before.point),
        (mixed.with_rates, after.usage, before.point),
        (mixed.with_flags, after.usage, before.point),
        (after.tariff, after.usage, before.point),
    ]
    totals = [before.bill.total]
    for tariff, usage, point in steps:
        totals.append(_total(tariff, usage, point, zone, totals[-1]))
    totals.append(after.bill.total)
    facts = _facts(before, after, zone)
    return tuple(
        DifferencePart(cause, new - old, *facts.get(cause, ()))
        for cause, (old, new) in zip(CAUSES, pairwise(totals), strict=True)
    )


def _total(
    tariff: Tariff, usage: Usage, point: UsagePoint, zone: ZoneInfo, otherwise: Decimal
) -> Decimal:
    try:
        return rate(tariff, usage, zone, point).total
    except BillingError:
        return otherwise


def _facts(
    before: BilledCycle, after: BilledCycle, zone: ZoneInfo
) -> dict[Cause, tuple[Decimal, Decimal]]:
    sides = (before, after)
    days = [Decimal(days_between(s.bill.start_s, s.bill.end_s, zone)) for s in sides]
    return {
        "days": (days[0], days[1]),
        "consumption": (kwh(before.bill.energy_wh), kwh(after.bill.energy_wh)),
        "estimates": (kwh(before.estimated_wh), kwh(after.estimated_wh)),
    }


def _energies_wh(before: BilledCycle, after: BilledCycle, zone: ZoneInfo) -> list[tuple[int, int]]:
    """Import and export after each of the first three steps [Wh].

    The days of this cycle at the pace of the one before; then what was measured; then what was
    estimated too.
    """
    old_days = max(days_between(before.bill.start_s, before.bill.end_s, zone), 1)
    new_days = days_between(after.bill.start_s, after.bill.end_s, zone)
    old = (before.bill.energy_wh, before.bill.export_wh)
    new = (after.bill.energy_wh, after.bill.export_wh)
    paced = (old[0] * new_days // old_days, old[1] * new_days // old_days)
    estimated_wh = before.estimated_wh * new_days // old_days
    measured_wh = max(new[0] - after.estimated_wh + estimated_wh, 0)
    return [paced, (measured_wh, new[1]), new]


def _shaped(
    model: Usage, edges_s: NDArray[np.int64], energy_wh: tuple[int, int], zone: ZoneInfo
) -> Usage:
    """Spread energies over other days as a cycle has them, by hour of work days and weekends."""
    flows = (
        _spread(model.edges_s, flow[0], edges_s, total_wh, zone)
        for flow, total_wh in zip((model.import_wh, model.export_wh), energy_wh, strict=True)
    )
    return Usage.of_one(edges_s, *flows)


def _spread(
    old_s: NDArray[np.int64],
    old_wh: NDArray[np.int64],
    edges_s: NDArray[np.int64],
    total_wh: int,
    zone: ZoneInfo,
) -> NDArray[np.int64]:
    used: dict[tuple[bool, int], int] = {}
    lasted: dict[tuple[bool, int], int] = {}
    spans = zip(_hours(old_s, zone), np.diff(old_s).tolist(), old_wh.tolist(), strict=True)
    for hour, span_s, wh in spans:
        used[hour] = used.get(hour, 0) + wh
        lasted[hour] = lasted.get(hour, 0) + span_s
    new_spans_s = np.diff(edges_s).tolist()
    weights = [
        used.get(hour, 0) * span_s * FINE // lasted.get(hour, 1)
        for hour, span_s in zip(_hours(edges_s, zone), new_spans_s, strict=True)
    ]
    return _shared(total_wh, weights if any(weights) else new_spans_s)


def _shared(total_wh: int, weights: Sequence[int]) -> NDArray[np.int64]:
    """Share a whole number out by weights; the parts sum to it."""
    whole, so_far, given_wh, parts_wh = sum(weights), 0, 0, []
    for weight in weights:
        so_far += weight
        parts_wh.append(total_wh * so_far // whole - given_wh)
        given_wh += parts_wh[-1]
    return np.array(parts_wh, np.int64)


def _hours(edges_s: NDArray[np.int64], zone: ZoneInfo) -> list[tuple[bool, int]]:
    """Kind of day and hour of the day of each interval's start."""
    starts = (datetime.fromtimestamp(s, zone) for s in edges_s[:-1].tolist())
    return [(start.weekday() >= SATURDAY, start.hour) for start in starts]


class _MixedTariffs:
    """Tariffs for this cycle's days with some of the terms of the cycle before.

    `old` has its charges, flags and taxes; `with_rates` has this cycle's charges with its flags
    and taxes; `with_flags` has this cycle's charges and flags with its taxes.
    """

    def __init__(self, before: BilledCycle, after: BilledCycle, zone: ZoneInfo) -> None:
        shift_s = after.bill.start_s - before.bill.start_s
        last_day = local_date(before.bill.end_s - 1, zone)
        months = _month_pairs(before.bill, after.bill, zone)
        terms = before.tariff.terms(last_day)
        version = replace(terms.version, first_day=date.min, last_day=None)
        taxes = () if terms.taxes is None else (replace(terms.taxes, first_day=date.min),)
        span_s = (before.bill.start_s, before.bill.end_s, after.bill.end_s)
        old_flags = {
            name: _frozen(table, months, last_day) for name, table in before.tariff.tables.items()
        }
        self.old = replace(
            before.tariff,
            versions=(version,),
            taxes=taxes,
            tables=old_flags,
            series={n: _shifted(s, shift_s, span_s) for n, s in before.tariff.series.items()},
        )
        kept_flags = {
            name: old_flags.get(name, table) for name, table in after.tariff.tables.items()
        }
        self.with_flags = replace(after.tariff, taxes=taxes or after.tariff.taxes)
        self.with_rates = replace(self.with_flags, tables=kept_flags)


def _month_pairs(before: Bill, after: Bill, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Months of this cycle, each with the one of the cycle before that stands in for it."""
    old, new = _months(before, zone), _months(after, zone)
    return [(month, old[min(place, len(old) - 1)]) for place, month in enumerate(new)]


def _months(bill: Bill, zone: ZoneInfo) -> list[str]:
    day, last = local_date(bill.start_s, zone), local_date(bill.end_s - 1, zone)
    months = []
    while day <= last:
        months.append(f"{day.year:04}-{day.month:02}")
        day = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return months


def _frozen(table: CalendarTable, months: list[tuple[str, str]], day: date) -> CalendarTable:
    """Give the months of this cycle the labels and prices of those before."""
    named = sorted(table.months)
    labels = {}
    for month, old in months:
        if old not in table.months and table.is_carried_on and named and old > named[-1]:
            labels[month] = table.months[named[-1]]
        elif old in table.months:
            labels[month] = table.months[old]
    past = [prices for first_day, prices in table.prices if first_day <= day]
    return replace(table, months=labels, prices=((date.min, past[-1]),) if past else ())


def _shifted(series: PriceSeries, shift_s: int, span_s: tuple[int, int, int]) -> PriceSeries:
    """Put the prices of the cycle before where this one is; the last one goes on to its end."""
    start_s, old_end_s, end_s = span_s
    kept = [
        (time_s + shift_s, price)
        for time_s, price in zip(series.starts_s, series.prices, strict=True)
        if start_s - shift_s <= time_s < old_end_s
    ]
    if not kept:
        return series
    times_s, prices = zip(*kept, strict=True)
    return PriceSeries(times_s, max(end_s, times_s[-1] + 1), prices)
