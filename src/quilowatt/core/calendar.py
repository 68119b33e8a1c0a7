"""Local time: days, months, and the edges of intervals.

Everything else in the project counts UTC seconds; only here does a time zone matter. A local
day has 23, 24 or 25 hours (or 24.5: Lord Howe Island), and a coarser edge is always an edge of
every finer resolution too, so that sums agree.
"""

from __future__ import annotations

import enum
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = [
    "Resolution",
    "cycles_s",
    "date_start_s",
    "day_start_s",
    "days_between",
    "easter",
    "interval_edges_s",
    "local_date",
    "minute_of_day",
    "month_bounds_s",
    "month_of",
    "month_start_s",
    "next_clock_time_s",
    "next_day_start_s",
]

MONTH: Final = re.compile(r"([1-9]\d{3})-(0[1-9]|1[0-2])", re.ASCII)
MONTHS_IN_YEAR: Final = 12
DAY_MAX: Final = 31

TIME_S_MAX: Final = 253_370_764_800
"""9999-01-01: the calendar of Python ends with that year. [s]"""


class Resolution(enum.Enum):
    """How long the intervals of a load profile are.

    Examples
    --------
    >>> Resolution("15m").seconds, Resolution("1mo").seconds
    (900, None)
    """

    FIVE_MINUTES = "5m"
    QUARTER_HOUR = "15m"
    HALF_HOUR = "30m"
    HOUR = "1h"
    DAY = "1d"
    MONTH = "1mo"

    @property
    def seconds(self) -> int | None:
        """Length within a day [s], or None where the calendar decides."""
        return _SECONDS.get(self)


_SECONDS: Final = {
    Resolution.FIVE_MINUTES: 300,
    Resolution.QUARTER_HOUR: 900,
    Resolution.HALF_HOUR: 1800,
    Resolution.HOUR: 3600,
}


def interval_edges_s(
    start_s: int, end_s: int, resolution: Resolution, zone: ZoneInfo
) -> NDArray[np.int64]:
    """Cut a period into intervals of one resolution.

    Intervals within a day count from local midnight, which for every zone whose offset is a
    multiple of the resolution means: at multiples of it since 1970 UTC.

    Parameters
    ----------
    start_s, end_s : int
        The period; it is widened to whole intervals. [s since 1970-01-01 UTC]
    resolution : Resolution
        Length of the intervals.
    zone : ZoneInfo
        Where the days and months begin.

    Returns
    -------
    ndarray of int64, shape (n + 1,)
        Strictly rising edges of the n intervals; a single edge if the period is empty
        and lies on one. [s since 1970-01-01 UTC]

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> interval_edges_s(1000, 2000, Resolution.QUARTER_HOUR, ZoneInfo("UTC"))
    array([ 900, 1800, 2700])
    """
    assert 0 <= start_s <= end_s <= TIME_S_MAX
    if resolution is Resolution.MONTH:
        return _month_edges_s(start_s, end_s, zone)
    days_s = _day_edges_s(start_s, end_s, zone)
    step_s = resolution.seconds
    if step_s is None:
        return days_s
    within = [np.arange(a, b, step_s) for a, b in pairwise(days_s)]
    edges_s = np.concatenate([*within, days_s[-1:]])
    first = int(np.searchsorted(edges_s, start_s, side="right")) - 1
    last = int(np.searchsorted(edges_s, end_s, side="left"))
    return edges_s[first : last + 1]


def local_date(time_s: int, zone: ZoneInfo) -> date:
    """Date on the wall at an instant [s since 1970-01-01 UTC]."""
    return datetime.fromtimestamp(time_s, zone).date()


def date_start_s(day: date, zone: ZoneInfo) -> int:
    """First instant of a local date [s since 1970-01-01 UTC].

    Where midnight is skipped (the clock jumps to 01:00), the day begins at the jump.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return int((midnight - datetime.fromtimestamp(0, UTC)).total_seconds())


def day_start_s(time_s: int, zone: ZoneInfo) -> int:
    """Start of the local day that an instant lies in [s since 1970-01-01 UTC]."""
    return date_start_s(local_date(time_s, zone), zone)


def next_day_start_s(time_s: int, zone: ZoneInfo) -> int:
    """End of the local day that an instant lies in [s since 1970-01-01 UTC]."""
    return date_start_s(local_date(time_s, zone) + timedelta(days=1), zone)


def minute_of_day(time_s: int, zone: ZoneInfo) -> int:
    """Minutes that the wall clock shows past midnight, 0 to 1439 [min]."""
    wall = datetime.fromtimestamp(time_s, UTC).astimezone(zone)
    return wall.hour * 60 + wall.minute


def next_clock_time_s(time_s: int, minute: int, zone: ZoneInfo) -> int:
    """Next instant, after this one, at which the wall clock shows a time of day.

    A time that the clock jumps over in spring comes an hour later; one that comes twice in autumn
    counts the first time.

    Parameters
    ----------
    time_s : int
        Where to start. [s since 1970-01-01 UTC]
    minute : int
        The time of day, 0 to 1439. [min since local midnight]
    zone : ZoneInfo
        Whose wall clock.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> [next_clock_time_s(now_s, 7 * 60, ZoneInfo("UTC")) // 3600 for now_s in (0, 7 * 3600)]
    [7, 31]
    """
    day = local_date(time_s, zone)
    for days in range(3):
        wall = datetime.combine(day + timedelta(days=days), datetime.min.time(), zone)
        found_s = int(wall.replace(hour=minute // 60, minute=minute % 60).timestamp())
        if found_s > time_s:
            return found_s
    raise AssertionError("every day has every time, or one that stands for it")


def days_between(start_s: int, end_s: int, zone: ZoneInfo) -> int:
    """Local days from one instant's date to the other's [d].

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> bahia = ZoneInfo("America/Bahia")
    >>> days_between(*month_bounds_s("2026-02", bahia), bahia)
    28
    """
    return (local_date(end_s, zone) - local_date(start_s, zone)).days


def month_of(time_s: int, zone: ZoneInfo, *, billing_day: int = 1) -> str:
    """Name, such as ``"2026-10"``, of the cycle that an instant lies in.

    A cycle is named by the month in which it begins; with billing day 1 it is that month.
    """
    day = local_date(time_s, zone)
    if day < _cycle_start(day.year, day.month, billing_day):
        day = day.replace(day=1) - timedelta(days=1)
    return f"{day.year:04}-{day.month:02}"


def month_start_s(time_s: int, zone: ZoneInfo) -> int:
    """Start of the local month that an instant lies in [s since 1970-01-01 UTC]."""
    return date_start_s(local_date(time_s, zone).replace(day=1), zone)


def month_bounds_s(month: str, zone: ZoneInfo, *, billing_day: int = 1) -> tuple[int, int]:
    """Start and end of a month, or of the billing cycle that begins in it.

    Parameters
    ----------
    month : str
        ``YYYY-MM``.
    zone : ZoneInfo
        Where the days begin.
    billing_day : int
        Day of the month on which cycles begin, 1 to 31; a shorter month uses its last. [d]

    Returns
    -------
    tuple of int
        Half-open [start, end). [s since 1970-01-01 UTC]

    Raises
    ------
    ValueError
        If `month` is not written ``YYYY-MM``.
    """
    found = MONTH.fullmatch(month)
    if found is None:
        raise ValueError(f"month {month!r} is not written YYYY-MM, like 2026-10")
    year, number = int(found[1]), int(found[2])
    start = _cycle_start(year, number, billing_day)
    end = _cycle_start(*_next_month(year, number), billing_day)
    return date_start_s(start, zone), date_start_s(end, zone)


def cycles_s(
    start_s: int, end_s: int, zone: ZoneInfo, *, billing_day: int = 1
) -> list[tuple[int, int]]:
    """Split a period at the billing day of each month.

    Parameters
    ----------
    start_s, end_s : int
        Half-open period; its first and last cycle may be cut short. [s since 1970-01-01 UTC]
    zone : ZoneInfo
        Where the days begin.
    billing_day : int
        Day of the month on which cycles begin, 1 to 31; a shorter month uses its last. [d]

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> cycles_s(0, 60 * 86400, ZoneInfo("UTC"))
    [(0, 2678400), (2678400, 5097600), (5097600, 5184000)]
    """
    cycles = []
    while start_s < end_s:
        month = month_of(start_s, zone, billing_day=billing_day)
        cycle_end_s = min(month_bounds_s(month, zone, billing_day=billing_day)[1], end_s)
        cycles.append((start_s, cycle_end_s))
        start_s = cycle_end_s
    return cycles


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar.

    Source: the anonymous algorithm of Nature, 20 April 1876, as given by Meeus, *Astronomical
    Algorithms*, chapter 8.

    Examples
    --------
    >>> easter(2024), easter(2026)
    (datetime.date(2024, 3, 31), datetime.date(2026, 4, 5))
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, leaps_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - correction + 15) % 30
    quarter, quarter_rest = divmod(of_century, 4)
    weekday = (32 + 2 * leaps_rest + 2 * quarter - epact - quarter_rest) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _next_month(year: int, month: int) -> tuple[int, int]:
    return (year, month + 1) if month < MONTHS_IN_YEAR else (year + 1, 1)


def _cycle_start(year: int, month: int, billing_day: int) -> date:
    assert 1 <= billing_day <= DAY_MAX
    last = date(*_next_month(year, month), 1) - timedelta(days=1)
    return last.replace(day=min(billing_day, last.day))


def _day_edges_s(start_s: int, end_s: int, zone: ZoneInfo) -> NDArray[np.int64]:
    first = local_date(start_s, zone)
    count = (local_date(end_s, zone) - first).days + 2
    days_s = [date_start_s(first + timedelta(days=i), zone) for i in range(count)]
    return _covering(days_s, end_s)


def _month_edges_s(start_s: int, end_s: int, zone: ZoneInfo) -> NDArray[np.int64]:
    first, last = local_date(start_s, zone), local_date(end_s, zone)
    ordinals = range(
        first.year * MONTHS_IN_YEAR + first.month - 1, last.year * MONTHS_IN_YEAR + last.month + 1
    )
    months_s = [
        date_start_s(date(i // MONTHS_IN_YEAR, i % MONTHS_IN_YEAR + 1, 1), zone) for i in ordinals
    ]
    return _covering(months_s, end_s)


def _covering(edges_s: list[int], end_s: int) -> NDArray[np.int64]:
    """Keep the edges up to the first at or after the end; a skipped date has no length."""
    edges = np.unique(np.array(edges_s, np.int64))
    return edges[: int(np.searchsorted(edges, end_s, side="left")) + 1]
