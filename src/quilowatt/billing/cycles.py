"""Billing cycles of a usage point whose billing day changes: no day is billed twice or left out.

A cycle ends on the billing day that holds on its first day, in the month after the one in which it
began. So what a running cycle was begun with holds until its end, each month begins one cycle, and
a change of the billing day makes one cycle shorter or longer. With a billing day that never
changes these are the cycles of `core.calendar.month_bounds_s`.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from quilowatt.core.calendar import MONTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["changed_cycles", "cycle_days", "cycle_month_of", "next_month_of"]

MONTHS_IN_YEAR = 12


def cycle_days(billing_days: Sequence[tuple[date, int]], month: str) -> tuple[date, date]:
    """Return the first day of the cycle that begins in a month, and of the next cycle.

    Parameters
    ----------
    billing_days : sequence of (date, int)
        From which day on, and on which day of the month cycles begin; rising, the first for all
        time before. 31 is the last day of every month.
    month : str
        ``YYYY-MM``.

    Raises
    ------
    ValueError
        If `month` is not written ``YYYY-MM``.

    Examples
    --------
    >>> days = [(date.min, 1), (date(2026, 11, 5), 10)]
    >>> [str(day) for day in cycle_days(days, "2026-11")]
    ['2026-11-01', '2026-12-01']
    >>> [str(day) for day in cycle_days(days, "2026-12")]
    ['2026-12-01', '2027-01-10']
    """
    found = MONTH.fullmatch(month)
    if found is None:
        raise ValueError(f"month {month!r} is not written YYYY-MM, like 2026-10")
    wanted = _count(date(int(found[1]), int(found[2]), 1))
    start = _start(billing_days, wanted)
    return start, _on(_count(start) + 1, _holding(billing_days, start))


def cycle_month_of(billing_days: Sequence[tuple[date, int]], day: date) -> str:
    """Name the cycle that a day lies in by the month in which it begins.

    Examples
    --------
    >>> cycle_month_of([(date.min, 10)], date(2026, 11, 9))
    '2026-10'
    """
    month = _count(day)
    if day < _start(billing_days, month):
        month -= 1
    return _name(month)


def next_month_of(month: str, count: int = 1) -> str:
    """Name the month that lies so many after one.

    Examples
    --------
    >>> next_month_of("2026-12"), next_month_of("2026-01", -1)
    ('2027-01', '2025-12')
    """
    return _name(_count(date.fromisoformat(f"{month}-01")) + count)


def changed_cycles(
    billing_days: Sequence[tuple[date, int]],
) -> Iterator[tuple[date, date]]:
    """Yield the cycles, as first day and first day of the next, that a change makes irregular."""
    for before, (first, changed_to) in pairwise(billing_days):
        if before[1] == changed_to:
            continue
        # The cycle that ends by the new day begins in the month of the change or the next.
        for month in (_count(first), _count(first) + 1):
            start, end = cycle_days(billing_days, _name(month))
            if _holding(billing_days, start) == changed_to:
                yield start, end
                break


def _start(billing_days: Sequence[tuple[date, int]], month: int) -> date:
    """Walk from the first change, or not at all where there was none before."""
    changes = [first for first, _ in billing_days[1:]]
    if not changes or month <= _count(changes[0]):
        return _on(month, billing_days[0][1])
    at = _count(changes[0])
    start = _on(at, billing_days[0][1])
    while at < month and start < changes[-1]:
        at += 1
        start = _on(at, _holding(billing_days, start))
    return start if at == month else _on(month, billing_days[-1][1])


def _holding(billing_days: Sequence[tuple[date, int]], day: date) -> int:
    return next(number for first, number in reversed(billing_days) if first <= day)


def _count(day: date) -> int:
    """Count months, so that a year's end is nothing special."""
    return day.year * MONTHS_IN_YEAR + day.month - 1


def _name(month: int) -> str:
    return f"{month // MONTHS_IN_YEAR:04}-{month % MONTHS_IN_YEAR + 1:02}"


def _on(month: int, billing_day: int) -> date:
    """Return a day of a month, or its last where the month is shorter."""
    next_first = date((month + 1) // MONTHS_IN_YEAR, (month + 1) % MONTHS_IN_YEAR + 1, 1)
    last = next_first - timedelta(days=1)
    return last.replace(day=min(billing_day, last.day))
