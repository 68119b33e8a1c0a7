"""The forecast of a billing cycle: energy of each hour to come, and a range of the total.

Called by jobs with the history of many meters at once; each meter's forecast depends on its own
rows alone, so one meter or ten thousand give the same. Pure; it knows no prices: a job rates the
hours that it gives. How good it is: ``docs/forecast.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.day_shape import HOURS, day_shapes, wall_hours
from quilowatt.alert.forecast_range import range_ends, short_term_factor
from quilowatt.alert.habit import learn_habit
from quilowatt.alert.history import day_kinds, days_of
from quilowatt.core.calendar import Resolution, day_start_s, interval_edges_s

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.alert.habit import Habit
    from quilowatt.alert.history import History

__all__ = ["Cycle", "Forecast", "forecast"]

DAY_S: Final = 86_400
HOUR_S: Final = 3600

HALF_LIFE_D: Final = 3.0
HALF_LIFE_PER_DAY: Final = 1 / 8
"""A day counts half in the level after 3 days, and later the longer the time to come. [d, d/d]"""

HOURS_KNOWN_MIN: Final = 6
"""Before a whole day is known, a quarter of one says something. [h]"""

YOUNG_UNSTEADY: Final = 0.32
"""Unsteadiness of a meter without a whole day, as `habit` assumes it. [-]"""

BLOCK_METERS: Final = 512
"""Meters worked on at a time: 3 MB an array of a month of hours. [meters]"""


@dataclass(frozen=True, slots=True)
class Cycle:
    """Where a billing cycle stands.

    Parameters
    ----------
    now_s : int
        Until when the energy is known; for a meter that is silent, its last reading.
        [s since 1970-01-01 UTC]
    end_s : int
        End of the cycle, a local midnight. [s since 1970-01-01 UTC]
    zone : ZoneInfo
        Where the days begin.
    holidays : collection of date
        Of the past and to come; people use energy on them as on a Sunday.
    """

    now_s: int
    end_s: int
    zone: ZoneInfo
    holidays: Collection[date] = ()

    def __post_init__(self) -> None:
        assert self.now_s < self.end_s


@dataclass(frozen=True, slots=True)
class Forecast:
    """What n meters will have used when their cycle ends.

    Parameters
    ----------
    edges_s : ndarray of int64, shape (k + 1,)
        Edges of the intervals to come: now, the hours, the end. [s since 1970-01-01 UTC]
    expected_wh : ndarray of int64, shape (n, k)
        Energy expected in each. [Wh]
    measured_wh : ndarray of int64, shape (n,)
        Energy of the cycle so far. [Wh]
    total_wh : ndarray of int64, shape (n,)
        Energy of the whole cycle: measured and expected. [Wh]
    low_wh, high_wh : ndarray of int64, shape (n,)
        Ends of the range in which four of five cycles end. [Wh]
    is_known : ndarray of bool, shape (n,)
        False for a meter of which not even a quarter of a day is known: nothing is expected of it.
    """

    edges_s: NDArray[np.int64]
    expected_wh: NDArray[np.int64]
    measured_wh: NDArray[np.int64]
    total_wh: NDArray[np.int64]
    low_wh: NDArray[np.int64]
    high_wh: NDArray[np.int64]
    is_known: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.total_wh.size

    def intervals_for(self, total_wh: NDArray[np.int64]) -> NDArray[np.int64]:
        """Scale what is expected of each interval so that the cycle comes to another total.

        Parameters
        ----------
        total_wh : ndarray of int64, shape (n,)
            At least what is measured, such as `low_wh` or `high_wh`. [Wh]

        Returns
        -------
        ndarray of int64, shape (n, k)
            With exactly that sum, less what is measured. [Wh]
        """
        wanted_wh = total_wh - self.measured_wh
        assert wanted_wh.min(initial=0) >= 0
        # Where nothing is expected, what comes nevertheless may come at any time.
        is_nothing = self.total_wh == self.measured_wh
        weights = np.where(is_nothing[:, None], np.diff(self.edges_s), self.expected_wh)
        running = np.cumsum(weights, axis=1)
        return _whole(running * (wanted_wh / running[:, -1])[:, None])


def forecast(history: History, measured_wh: NDArray[np.int64], cycle: Cycle) -> Forecast:
    """Forecast the energy of a cycle of n meters.

    Parameters
    ----------
    history : History
        Of the meters, up to today; it may be empty.
    measured_wh : ndarray of int64, shape (n,)
        Energy of the cycle so far. [Wh]
    cycle : Cycle
        Where it stands.

    Examples
    --------
    Two weeks of 10 kWh a day, and two weeks to go:

    >>> from zoneinfo import ZoneInfo
    >>> from quilowatt.alert.history import History
    >>> midnights_s = np.arange(15) * 86_400
    >>> history = History(
    ...     midnights_s, np.full((1, 14), 10_000), midnights_s[:1], np.zeros((1, 0), np.int64)
    ... )
    >>> found = forecast(
    ...     history, np.array([140_000]), Cycle(14 * 86_400, 28 * 86_400, ZoneInfo("UTC"))
    ... )
    >>> found.total_wh.tolist(), int(found.expected_wh.sum())
    ([280000], 140000)
    >>> bool(found.low_wh[0] < 280_000 < found.high_wh[0])
    True
    """
    assert int(history.day_edges_s[-1]) == day_start_s(cycle.now_s, cycle.zone)
    assert int(history.hour_edges_s[-1]) <= cycle.now_s
    assert measured_wh.shape == (len(history),)
    calendar = _Calendar.of(history, cycle)
    # Sums over a single column would be made in another order: one meter is given company.
    company = history if len(history) != 1 else history.rows([0, 0])
    blocks = [_forecast(company.rows(rows), calendar) for rows in _blocks(len(company))]
    expected_wh, less_wh, more_wh, is_known = (
        np.concatenate([block[i] for block in blocks])[: len(history)] for i in range(4)
    )
    total_wh = measured_wh + expected_wh.sum(axis=1)
    return Forecast(
        edges_s=calendar.edges_s,
        expected_wh=expected_wh,
        measured_wh=measured_wh,
        total_wh=total_wh,
        low_wh=np.maximum(total_wh - less_wh, measured_wh),
        high_wh=total_wh + more_wh,
        is_known=is_known.astype(np.bool_),
    )


@dataclass(frozen=True, slots=True)
class _Calendar:
    """What is the same for all meters: dates, and the day and hour of every interval."""

    dates: list[date]
    kinds: NDArray[np.int64]
    days_left: float
    past_hours: NDArray[np.int64]
    edges_s: NDArray[np.int64]
    day: NDArray[np.int64]
    hour: NDArray[np.int64]
    length_h: NDArray[np.float64]

    @classmethod
    def of(cls, history: History, cycle: Cycle) -> _Calendar:
        first_s, today_s = int(history.day_edges_s[0]), int(history.day_edges_s[-1])
        dates = days_of(first_s, cycle.end_s, cycle.zone)
        edges_s = interval_edges_s(cycle.now_s, cycle.end_s, Resolution.HOUR, cycle.zone)
        edges_s[0] = cycle.now_s
        midnights_s = interval_edges_s(today_s, cycle.end_s, Resolution.DAY, cycle.zone)
        starts_s = history.hour_edges_s[:-1]
        return cls(
            dates=dates,
            kinds=day_kinds(dates, cycle.holidays),
            days_left=(cycle.end_s - cycle.now_s) / DAY_S,
            past_hours=wall_hours(starts_s, cycle.zone, cycle.holidays),
            edges_s=edges_s,
            day=np.searchsorted(midnights_s, edges_s[:-1], side="right").astype(np.int64) - 1,
            hour=wall_hours(edges_s[:-1], cycle.zone, cycle.holidays),
            length_h=np.diff(edges_s) / HOUR_S,
        )


_Block = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.bool_]"]


def _blocks(meters: int) -> list[slice]:
    """Share out meters evenly, so that no block has a single one."""
    count = -(-meters // BLOCK_METERS) or 1
    bounds = [meters * number // count for number in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(bounds)]


def _forecast(history: History, calendar: _Calendar) -> _Block:
    """Return what is expected of each interval, and how much less and more it may be. [Wh]."""
    half_life_d = HALF_LIFE_D + HALF_LIFE_PER_DAY * calendar.days_left
    habit = learn_habit(history.day_wh, calendar.dates, calendar.kinds, half_life_d=half_life_d)
    known_days, level_wh, unsteady_wh = _with_first_hours(habit, history.hour_wh)
    shapes = day_shapes(history.hour_wh, calendar.past_hours)
    shares = habit.factors[:, calendar.day] * shapes[:, calendar.hour] * calendar.length_h
    expected_wh = _whole(np.cumsum(shares, axis=1) * level_wh[:, None])
    spread_wh = unsteady_wh * shares.sum(axis=1) * short_term_factor(calendar.days_left)
    low, high = range_ends(known_days)
    less_wh, more_wh = np.rint(-low * spread_wh), np.rint(high * spread_wh)
    return expected_wh, less_wh.astype(np.int64), more_wh.astype(np.int64), known_days > 0


def _with_first_hours(
    habit: Habit, hour_wh: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Take the level from single hours where no whole day is known [d, Wh, Wh]."""
    is_known = hour_wh >= 0
    count = is_known.sum(axis=1)
    hours_wh = HOURS * np.where(is_known, hour_wh, 0).sum(axis=1) / np.maximum(count, 1)
    is_day = habit.known_days > 0
    is_hours = ~is_day & (count >= HOURS_KNOWN_MIN)
    known_days = np.where(is_hours, np.minimum(count / HOURS, 1), habit.known_days)
    level_wh = np.where(is_hours, hours_wh, habit.level_wh)
    return known_days, level_wh, np.where(is_day, habit.unsteady_wh, YOUNG_UNSTEADY * level_wh)


def _whole(running_wh: NDArray[np.float64]) -> NDArray[np.int64]:
    """Turn running totals into whole energies, none off by more than one [Wh]."""
    whole_wh = np.rint(running_wh).astype(np.int64)
    return np.diff(whole_wh, axis=1, prepend=0)
