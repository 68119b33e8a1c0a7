"""The shape of a meter's day: which share of its energy each hour takes.

Working days and free days (Saturdays, Sundays, holidays) have a shape each, held back towards the
shape of all days, and that towards a flat one. Called by `forecast`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["HOURS", "day_shapes", "wall_hours"]

HOURS: Final = 24
GROUPS: Final = 2
SATURDAY: Final = 5

FLAT_PRIOR_D: Final = 1
GROUP_PRIOR_D: Final = 6
"""Days' worth of belief in a flat day, and in the shape of all days. [d]"""

TINY: Final = 1e-9


def wall_hours(
    starts_s: NDArray[np.int64], zone: ZoneInfo, holidays: Collection[date]
) -> NDArray[np.int64]:
    """Return the hour of the day of each instant: 0 to 23 on working days, 24 to 47 on free ones.

    Parameters
    ----------
    starts_s : ndarray of int64, shape (k,)
        Instants. [s since 1970-01-01 UTC]
    zone : ZoneInfo
        Whose wall clock.
    holidays : collection of date
        Free days besides Saturdays and Sundays.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> wall_hours(np.array([3600, 2 * 86_400 + 7200]), ZoneInfo("UTC"), ())
    array([ 1, 26])
    """
    walls = [datetime.fromtimestamp(time_s, zone) for time_s in starts_s.tolist()]
    free = frozenset(holidays)
    hours = [
        wall.hour + HOURS * (wall.weekday() >= SATURDAY or wall.date() in free) for wall in walls
    ]
    return np.array(hours, np.int64)


def day_shapes(hour_wh: NDArray[np.int64], hours: NDArray[np.int64]) -> NDArray[np.float64]:
    """Learn the share of a day that each hour takes.

    Parameters
    ----------
    hour_wh : ndarray of int64, shape (n, h)
        Energy of hours of late; negative where it is not known. [Wh]
    hours : ndarray of int64, shape (h,)
        Which hours they are, as `wall_hours` numbers them.

    Returns
    -------
    ndarray of float64, shape (n, 48)
        By the same numbers; the hours of a working day and those of a free day each add up to 1.
        Flat for a meter of which no hour is known. [-]
    """
    is_hour = (hours[:, None] == np.arange(GROUPS * HOURS)).astype(np.float64)
    is_known = hour_wh >= 0
    shape = (hour_wh.shape[0], GROUPS, HOURS)
    energy_wh = (np.where(is_known, hour_wh, 0) @ is_hour).reshape(shape)
    count = (is_known @ is_hour).reshape(shape)
    mean_wh = energy_wh.sum(axis=(1, 2)) / np.maximum(count.sum(axis=(1, 2)), 1) + TINY
    every_wh = energy_wh.sum(axis=1) + FLAT_PRIOR_D * mean_wh[:, None]
    every_wh /= count.sum(axis=1) + FLAT_PRIOR_D
    group_wh = (energy_wh + GROUP_PRIOR_D * every_wh[:, None]) / (count + GROUP_PRIOR_D)
    shares: NDArray[np.float64] = group_wh / group_wh.sum(axis=2, keepdims=True)
    return shares.reshape(-1, GROUPS * HOURS)
