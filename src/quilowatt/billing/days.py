"""Kinds of days and hours: holidays by rule, and schedules that name the period of each instant.

A holiday is a date of every year or a distance from Easter, from one year to another. A schedule
is a list of windows; the first that fits an instant names its period. Local time throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from quilowatt.core.calendar import date_start_s, easter, local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

__all__ = ["DAY_NAMES", "HOLIDAY", "Holiday", "Schedule", "Window"]

DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY: Final = "holiday"
"""The kind of day that replaces the weekday on a holiday."""

DAY_S: Final = 86_400
QUARTER_S: Final = 900
"""Every zone's clock is put forward or back at a multiple of this. [s]"""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of every year.

    Parameters
    ----------
    month, day : int
        The date; 0 for one that moves with Easter.
    easter_offset : int
        Days after Easter Sunday, negative before it. [d]
    first_year, last_year : int
        Both inclusive.

    Examples
    --------
    >>> Holiday(0, 0, easter_offset=-47).falls_on(date(2026, 2, 17))
    True
    """

    month: int
    day: int
    easter_offset: int = 0
    first_year: int = date.min.year
    last_year: int = date.max.year

    def falls_on(self, day: date) -> bool:
        """Say whether the holiday is on a local date."""
        if not self.first_year <= day.year <= self.last_year:
            return False
        if self.month:
            return (self.month, self.day) == (day.month, day.day)
        return day == easter(day.year) + timedelta(days=self.easter_offset)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of some days.

    Parameters
    ----------
    period : str
        Name of the period.
    start_s, end_s : int
        Time on the wall, half-open; an end not after the start goes on past midnight, each
        part on its own day. [s since 00:00]
    days : frozenset of str
        Of `DAY_NAMES` and `HOLIDAY`.
    months : frozenset of int
        1 to 12.
    season : tuple of (int, int), or None
        First and last (month, day), inclusive; may go across new year.
    first_day, last_day : date
        Validity, inclusive.
    """

    period: str
    start_s: int
    end_s: int
    days: frozenset[str]
    months: frozenset[int]
    season: tuple[tuple[int, int], tuple[int, int]] | None = None
    first_day: date = date.min
    last_day: date = date.max

    def is_on(self, day: date, kind: str) -> bool:
        """Say whether the window exists on a date that counts as some kind of day."""
        return (
            kind in self.days
            and day.month in self.months
            and self.first_day <= day <= self.last_day
            and (self.season is None or _within(self.season, (day.month, day.day)))
        )

    def has(self, second: int) -> bool:
        """Say whether a time on the wall lies in it [s since 00:00]."""
        if self.start_s < self.end_s:
            return self.start_s <= second < self.end_s
        return second >= self.start_s or second < self.end_s


@dataclass(frozen=True, slots=True)
class Schedule:
    """Names the period of each instant.

    Parameters
    ----------
    default : str
        Period where no window fits.
    windows : tuple of Window
        The first that fits counts.
    holidays : tuple of Holiday
        On these the day counts as `HOLIDAY` instead of its weekday.
    """

    default: str
    windows: tuple[Window, ...]
    holidays: tuple[Holiday, ...]

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of all periods, windows' first, in the order of the document."""
        return tuple(dict.fromkeys([*(w.period for w in self.windows), self.default]))

    def kind(self, day: date) -> str:
        """Name the kind of a local date."""
        if any(holiday.falls_on(day) for holiday in self.holidays):
            return HOLIDAY
        return DAY_NAMES[day.weekday()]

    def periods_at(self, times_s: Iterable[int], zone: ZoneInfo) -> Iterator[int]:
        """Yield the index in `periods` of each instant [s since 1970-01-01 UTC]."""
        names = self.periods
        last_day: date | None = None
        windows: tuple[Window, ...] = ()
        for time_s in times_s:
            local = datetime.fromtimestamp(time_s, zone)
            day = local.date()
            if day != last_day:
                last_day, windows = day, self._windows(day)
            second = local.hour * 3600 + local.minute * 60 + local.second
            period = next((w.period for w in windows if w.has(second)), self.default)
            yield names.index(period)

    def cuts_s(self, start_s: int, end_s: int, zone: ZoneInfo) -> set[int]:
        """Instants at which the period may change, also outside the period by a day."""
        seconds = {0} | {s % DAY_S for w in self.windows for s in (w.start_s, w.end_s)}
        cuts_s: set[int] = set()
        day, last = local_date(start_s, zone), local_date(end_s, zone)
        while day <= last:
            first_s, next_s = date_start_s(day, zone), date_start_s(day + timedelta(days=1), zone)
            if next_s - first_s == DAY_S:
                cuts_s |= {first_s + second for second in seconds}
            else:
                # The clock changes today: every quarter of an hour may be a window's edge.
                cuts_s |= set(range(first_s, next_s, QUARTER_S))
                # An hour that comes twice has each of them twice.
                cuts_s |= {_instant_s(day, s, zone, fold) for s in seconds for fold in (0, 1)}
            day += timedelta(days=1)
        return cuts_s

    def _windows(self, day: date) -> tuple[Window, ...]:
        kind = self.kind(day)
        return tuple(window for window in self.windows if window.is_on(day, kind))


def _within(season: tuple[tuple[int, int], tuple[int, int]], day: tuple[int, int]) -> bool:
    first, last = season
    return first <= day <= last if first <= last else day >= first or day <= last


def _instant_s(day: date, second: int, zone: ZoneInfo, fold: int) -> int:
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(seconds=second)
    wall = wall.replace(fold=fold)
    return int((wall - datetime.fromtimestamp(0, UTC)).total_seconds())
