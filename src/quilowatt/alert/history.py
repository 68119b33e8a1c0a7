"""What is known of the past when a forecast is made: energy by local day, and by hour lately.

Filled from load profiles by a job or a test; nothing here fetches anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.core.calendar import Resolution, interval_edges_s, local_date

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["GAP_WH", "History", "day_kinds", "days_of", "empty_history"]

GAP_WH: Final = -1
"""Stands for a day or an hour whose energy is not wholly known. [Wh]"""

SUNDAY: Final = 6


@dataclass(frozen=True, slots=True)
class History:
    """Energy of n meters in one direction, until an instant that is the same for all.

    Parameters
    ----------
    day_edges_s : ndarray of int64, shape (d + 1,)
        Local midnights; the last is the start of today. [s since 1970-01-01 UTC]
    day_wh : ndarray of int64, shape (n, d)
        Energy of each whole day; `GAP_WH` where it is not known. [Wh]
    hour_edges_s : ndarray of int64, shape (h + 1,)
        Edges of the hours of late, on the wall's hours; a day of them tells the shape of a day,
        four weeks tell it well. [s since 1970-01-01 UTC]
    hour_wh : ndarray of int64, shape (n, h)
        Energy of each; `GAP_WH` where it is not known. [Wh]
    """

    day_edges_s: NDArray[np.int64]
    day_wh: NDArray[np.int64]
    hour_edges_s: NDArray[np.int64]
    hour_wh: NDArray[np.int64]

    def __post_init__(self) -> None:
        assert self.day_wh.shape == (len(self), self.day_edges_s.size - 1)
        assert self.hour_wh.shape == (len(self), self.hour_edges_s.size - 1)

    def __len__(self) -> int:
        return len(self.day_wh)

    def rows(self, which: slice | Sequence[int]) -> History:
        """Return some of the meters."""
        return History(self.day_edges_s, self.day_wh[which], self.hour_edges_s, self.hour_wh[which])


def empty_history(meters: int, today_s: int) -> History:
    """Return the history of meters of which nothing is known.

    Parameters
    ----------
    meters : int
        How many.
    today_s : int
        Start of today. [s since 1970-01-01 UTC]
    """
    edges_s, nothing_wh = np.array([today_s], np.int64), np.zeros((meters, 0), np.int64)
    return History(edges_s, nothing_wh, edges_s, nothing_wh)


def days_of(start_s: int, end_s: int, zone: ZoneInfo) -> list[date]:
    """List the local dates that a period touches [s since 1970-01-01 UTC].

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> days_of(0, 86_401, ZoneInfo("UTC"))
    [datetime.date(1970, 1, 1), datetime.date(1970, 1, 2)]
    """
    if start_s == end_s:
        return []
    edges_s = interval_edges_s(start_s, end_s, Resolution.DAY, zone).tolist()
    return [local_date(first_s, zone) for first_s, _ in pairwise(edges_s)]


def day_kinds(days: Collection[date], holidays: Collection[date] = ()) -> NDArray[np.int64]:
    """Return the kind of each day: its weekday from Monday, 0; a holiday is like a Sunday, 6.

    Examples
    --------
    >>> from datetime import date
    >>> day_kinds([date(2026, 12, 24), date(2026, 12, 25)], {date(2026, 12, 25)})
    array([3, 6])
    """
    free = frozenset(holidays)
    return np.array([SUNDAY if day in free else day.weekday() for day in days], np.int64)
