"""A meter's habit: its level of late, its week, its season, and how unsteady its days are.

Each day's energy is taken as ``level · weekday · season``. Weekday and season are factors about 1,
held back towards it until enough days have shown otherwise; the level follows by exponential
smoothing, and at once where `new_level` finds a new one. Called by `forecast` with blocks of
meters; each row depends on itself alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.new_level import find_new_level

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from quilowatt.alert.new_level import NewLevel

__all__ = ["Habit", "learn_habit"]

KINDS: Final = 7

WEEK_WINDOW_D: Final = 84
WEEK_PRIOR_D: Final = 4
"""The week is learned from twelve weeks; each weekday counts as if four average ones more had
been seen. [d]"""

SEASON_PRIOR: Final = 50
"""Holds the season back: a swing is believed by half when the squares of the season's cosine have
added up to this, after some five months. [1]"""

YEAR_D: Final = 365.25
SEASON_PEAK: Final = 734_894
"""The cosine is highest on 26 January of each year: weather follows the sun by five weeks. In the
south, and wherever summer takes more than winter, the swing learned is negative. [d since 1-1-1]"""

SEASON_FLOOR: Final = 0.3
"""However steep the swing, a season takes at least this share of the mean. [-]"""

DAY_SHARE_MAX: Final = 3
"""A day of more than three times the level before it, or the mean, counts as three times. [-]"""

DAYS_BEFORE_CLIP: Final = 7
"""Until so many days are known nobody can say what is odd. [d]"""

UNSTEADY_HALF_LIFE_D: Final = 56
UNSTEADY_CAP: Final = 2
UNSTEADY_PRIOR_D: Final = 2
UNSTEADY_PRIOR: Final = 0.3
"""Days lie off the level by this share of it, as two days' worth of belief. [-]"""

UNSTEADY_FLOOR: Final = 0.02
"""Nobody's month is known better than this. [-]"""

TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Habit:
    """What `learn_habit` found for n meters, and what follows for f days to come.

    Parameters
    ----------
    known_days : ndarray of int64, shape (n,)
        Days whose energy is known. [d]
    level_wh : ndarray of float64, shape (n,)
        Energy of an average day as of now; 0 if no day is known. [Wh]
    unsteady_wh : ndarray of float64, shape (n,)
        How far a day lies off the level, as a mean. [Wh]
    factors : ndarray of float64, shape (n, f)
        Weekday times season of each day to come. [-]
    """

    known_days: NDArray[np.int64]
    level_wh: NDArray[np.float64]
    unsteady_wh: NDArray[np.float64]
    factors: NDArray[np.float64]


def learn_habit(
    day_wh: NDArray[np.int64],
    dates: list[date],
    kinds: NDArray[np.int64],
    *,
    half_life_d: float,
) -> Habit:
    """Learn the habit of each meter.

    Parameters
    ----------
    day_wh : ndarray of int64, shape (n, d)
        Energy of the days of the past; negative where it is not known. [Wh]
    dates : list of date, length d + f
        Of the past and to come, without a hole.
    kinds : ndarray of int64, shape (d + f,)
        Kind of each, as `day_kinds` numbers them.
    half_life_d : float
        After so many days a day counts half in the level. [d]
    """
    past = day_wh.shape[1]
    ordinals = np.array([day.toordinal() for day in dates], np.float64)
    season = np.cos((ordinals - SEASON_PEAK) * (2 * np.pi / YEAR_D))
    # Days along the first axis: the level is a recursion over them, and sums over them are made
    # day by day, so that a meter's result is the same to the last bit in any company.
    is_known = np.ascontiguousarray((day_wh >= 0).T)
    energy_wh = np.ascontiguousarray(np.where(is_known, day_wh.T, 0), np.float64)
    new = find_new_level(energy_wh, is_known)
    # A new level's days are odd ones for the week and the season: so few tell nothing of these.
    odd_wh = np.minimum(energy_wh, new.odd_from_wh)
    week = _week(odd_wh, is_known, kinds[:past])
    swing = _season(odd_wh / week[kinds[:past]], is_known, season)
    even_wh = new.clip(energy_wh) / (week[kinds[:past]] * swing[:past])
    level_wh = _level(even_wh, is_known, new, half_life_d)
    return Habit(
        known_days=is_known.sum(axis=0),
        level_wh=level_wh,
        unsteady_wh=_unsteady(even_wh, is_known, level_wh),
        factors=(week[kinds[past:]] * swing[past:]).T,
    )


def _week(
    energy_wh: NDArray[np.float64], is_known: NDArray[np.bool_], kinds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Compare the kinds of days, shape (7, n), with a mean of 1 [-]."""
    lately = slice(-WEEK_WINDOW_D, None)
    energy_wh, is_known, kinds = energy_wh[lately], is_known[lately], kinds[lately]
    mean_wh = np.maximum(energy_wh.sum(axis=0) / np.maximum(is_known.sum(axis=0), 1), TINY)
    week = np.ones((KINDS, mean_wh.size))
    for kind in range(KINDS):
        of_kind = kinds == kind
        total_wh = energy_wh[of_kind].sum(axis=0) + WEEK_PRIOR_D * mean_wh
        week[kind] = total_wh / ((is_known[of_kind].sum(axis=0) + WEEK_PRIOR_D) * mean_wh)
    week /= week.mean(axis=0)
    return week


def _season(
    even_wh: NDArray[np.float64], is_known: NDArray[np.bool_], season: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit a swing to the season's cosine, shape (d + f, n), by ridge regression [-]."""
    past = even_wh.shape[0]
    count = np.maximum(is_known.sum(axis=0), 1)
    mean_wh = np.maximum(even_wh.sum(axis=0) / count, TINY)
    share = np.minimum(even_wh / mean_wh, DAY_SHARE_MAX) - 1
    centre = _total(season[:past], is_known) / count
    off = np.where(is_known, season[:past, None] - centre, 0)
    share_mean = np.where(is_known, share, 0).sum(axis=0) / count
    share = np.where(is_known, share - share_mean, 0)
    swing = (off * share).sum(axis=0) / ((off * off).sum(axis=0) + SEASON_PRIOR)
    factors: NDArray[np.float64] = 1 + swing * (season[:, None] - centre)
    return np.maximum(factors, SEASON_FLOOR)


def _total(
    weights: NDArray[np.float64], rows: NDArray[np.float64] | NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Add up weighted rows one after the other, unlike a matrix product."""
    total: NDArray[np.float64] = (weights[:, None] * rows).sum(axis=0)
    return total


def _level(
    even_wh: NDArray[np.float64], is_known: NDArray[np.bool_], new: NewLevel, half_life_d: float
) -> NDArray[np.float64]:
    """Smooth the days exponentially; an odd day counts as three usual ones at most. [Wh]."""
    fade = 0.5 ** (1 / half_life_d)
    meters = even_wh.shape[1]
    total_wh, weight, seen = np.zeros(meters), np.zeros(meters), np.zeros(meters)
    fading = fade * new.keep
    for today_wh, is_today, is_new, fade_today in zip(
        even_wh, is_known, new.is_new, fading, strict=True
    ):
        level_wh = total_wh / np.maximum(weight, TINY)
        is_clipped = (seen > DAYS_BEFORE_CLIP) & ~is_new
        limit_wh = np.where(is_clipped, DAY_SHARE_MAX * level_wh, np.inf)
        total_wh = total_wh * fade_today + np.minimum(today_wh, limit_wh)
        weight = weight * fade_today + is_today
        seen += is_today
    return total_wh / np.maximum(weight, TINY)


def _unsteady(
    even_wh: NDArray[np.float64], is_known: NDArray[np.bool_], level_wh: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean distance of the days from the level now, later days counting more. [Wh]."""
    past = even_wh.shape[0]
    fading = 0.5 ** ((past - 1 - np.arange(past)) / UNSTEADY_HALF_LIFE_D)
    weight = _total(fading, is_known)
    # Who is away has a low level, but may come back to the mean.
    usual_wh = np.maximum(level_wh, _total(fading, even_wh) / np.maximum(weight, TINY))
    off_wh = np.minimum(np.abs(even_wh - level_wh), UNSTEADY_CAP * usual_wh)
    total_wh = _total(fading, np.where(is_known, off_wh, 0))
    believed_wh = total_wh + UNSTEADY_PRIOR_D * UNSTEADY_PRIOR * usual_wh
    unsteady_wh: NDArray[np.float64] = believed_wh / (weight + UNSTEADY_PRIOR_D)
    return unsteady_wh + UNSTEADY_FLOOR * usual_wh
