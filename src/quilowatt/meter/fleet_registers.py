"""When a fleet's meters read their registers, and what those show: computed, never stored.

A register at an instant follows from the seed, the meter and the origin alone, so a reading that
must be sent again is computed again, and ten thousand meters need no memory of what they sent.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.meter.household import Households

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GROUP_SIZE", "Page", "Registers", "Schedule", "Surge"]

GROUP_SIZE: Final = 256
"""Meters that are computed together: arrays long enough to be quick, short enough to stay small."""

HISTORY_PAGE: Final = 256
"""Readings of each meter computed at once while history is sent."""

LIVE_PAGE: Final = 32
"""The same for live readings: a page of all meters at once must not delay them."""

PAGES_KEPT: Final = 4
"""Pages of a group in memory: its meters keep about the same pace. 2 MB a group."""

BASES_KEPT: Final = 64
"""Registers remembered at starts of pages, so that few are integrated from the origin."""

OFFSET_WH_MAX: Final = 40_000_000
"""No meter of a fleet is new: each starts somewhere below 40 MWh, some ten years of use. [Wh]"""

HOUR_WS: Final = 3600
"""A watt-hour. [W·s]"""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The instants of a fleet's readings: history at one interval, then live at another.

    Parameters
    ----------
    origin_s : int
        The first reading. [s since 1970-01-01 UTC]
    profile_interval_s : int
        Between readings of history. [s]
    history_count : int
        Readings of history, the first included; at least one. [1]
    live_start_s : int
        Live readings follow this by whole live intervals. [s since 1970-01-01 UTC]
    live_interval_s : int
        Between live readings. [s]

    Examples
    --------
    >>> schedule = Schedule.starting(10_000, history_s=2000, profile_interval_s=900, interval_s=5)
    >>> [schedule.time_s(k) for k in range(5)]
    [8100, 9000, 9900, 10005, 10010]
    >>> schedule.index_after(9900)
    3
    """

    origin_s: int
    profile_interval_s: int
    history_count: int
    live_start_s: int
    live_interval_s: int

    @classmethod
    def starting(
        cls,
        now_s: int,
        *,
        history_s: int,
        profile_interval_s: int,
        interval_s: int,
        origin_s: int | None = None,
    ) -> Schedule:
        """Plan a fleet that starts now, with an origin [s UTC] when it had one before."""
        if origin_s is None:
            first_s = now_s - history_s
            origin_s = first_s + -first_s % profile_interval_s
        origin_s = min(origin_s, now_s - now_s % profile_interval_s)
        count = (now_s - origin_s) // profile_interval_s + 1
        return cls(origin_s, profile_interval_s, count, now_s - now_s % interval_s, interval_s)

    def time_s(self, index: int) -> int:
        """When a reading is due, by its number. [s UTC]."""
        if index < self.history_count:
            return self.origin_s + index * self.profile_interval_s
        live = index - self.history_count + 1
        return self.live_start_s + live * self.live_interval_s

    def index_after(self, time_s: int) -> int:
        """Count the readings not later than an instant [s UTC]: the number of the next one."""
        if time_s < self.origin_s:
            return 0
        last_s = self.time_s(self.history_count - 1)
        if time_s < self.live_start_s + self.live_interval_s:
            return (min(time_s, last_s) - self.origin_s) // self.profile_interval_s + 1
        live = (time_s - self.live_start_s) // self.live_interval_s
        return self.history_count + live

    def page_of(self, index: int) -> tuple[int, int]:
        """First and last-but-one reading of the page that holds a reading."""
        if index < self.history_count:
            start = index - index % HISTORY_PAGE
            return start, min(start + HISTORY_PAGE, self.history_count)
        live = index - self.history_count
        start = index - live % LIVE_PAGE
        return start, start + LIVE_PAGE


@dataclass(frozen=True, slots=True)
class Surge:
    """An abrupt increase at one meter: more power [W] from an instant [s UTC] for a while [s]."""

    meter: int
    power_w: int
    start_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some readings of a group of meters.

    Parameters
    ----------
    start : int
        Number of the first reading. [1]
    time_s : ndarray of int64, shape (k,)
        Instants. [s since 1970-01-01 UTC]
    import_wh : ndarray of int64, shape (n, k)
        Registers. [Wh]
    """

    start: int
    time_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]


class Registers:
    """The registers of one group of meters at the instants of a schedule.

    Parameters
    ----------
    seed : int
        Names the town.
    meters : ndarray of int64, shape (n,)
        Which homes of it.
    schedule : Schedule
        When they are read.
    surge : Surge or None
        An abrupt increase, if its meter is one of these.
    """

    def __init__(
        self,
        seed: int,
        meters: NDArray[np.int64],
        schedule: Schedule,
        surge: Surge | None = None,
    ) -> None:
        self._homes = Households(seed, meters)
        self._meters = meters
        self._schedule = schedule
        self._surge = surge
        self._offset_wh = meters * 7_368_787 % OFFSET_WH_MAX
        self._pages: OrderedDict[int, Page] = OrderedDict()
        self._bases: OrderedDict[int, NDArray[np.int64]] = OrderedDict()

    def page(self, index: int) -> Page:
        """Answer the page that holds a reading, by its number."""
        start, end = self._schedule.page_of(index)
        page = self._pages.get(start)
        if page is None:
            page = self._pages[start] = self._compute(start, end)
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(start)
        return page

    def import_wh_at(self, time_s: int) -> NDArray[np.int64]:
        """Compute the registers at any instant [s UTC], one of each meter. [Wh]."""
        energy_ws = self._base_ws(time_s)[:, None].copy()
        self._add_surge(energy_ws, np.array([time_s], np.int64))
        wh: NDArray[np.int64] = energy_ws[:, 0] // HOUR_WS + self._offset_wh
        return wh

    def _compute(self, start: int, end: int) -> Page:
        schedule = self._schedule
        start_s, interval_s = schedule.time_s(start), self._interval_s(start)
        used_ws = self._homes.energy_ws(start_s, interval_s, end - start)
        np.cumsum(used_ws, axis=1, out=used_ws)
        base_ws = self._base_ws(start_s)
        used_ws += base_ws[:, None]
        self._remember_base(start_s + interval_s * (end - start), used_ws[:, -1].copy())
        energy_ws = np.concatenate([base_ws[:, None], used_ws[:, :-1]], axis=1)
        time_s = start_s + interval_s * np.arange(end - start, dtype=np.int64)
        self._add_surge(energy_ws, time_s)
        return Page(start, time_s, energy_ws // HOUR_WS + self._offset_wh[:, None])

    def _interval_s(self, index: int) -> int:
        schedule = self._schedule
        is_history = index < schedule.history_count
        return schedule.profile_interval_s if is_history else schedule.live_interval_s

    def _base_ws(self, time_s: int) -> NDArray[np.int64]:
        """Energy of each home since the origin. [W·s]."""
        base_ws = self._bases.get(time_s)
        if base_ws is not None:
            return base_ws
        since_s = time_s - self._schedule.origin_s
        if since_s == 0:
            return np.zeros(self._meters.size, np.int64)
        return self._homes.energy_ws(self._schedule.origin_s, since_s, 1)[:, 0]

    def _remember_base(self, time_s: int, base_ws: NDArray[np.int64]) -> None:
        self._bases[time_s] = base_ws
        if len(self._bases) > BASES_KEPT:
            self._bases.popitem(last=False)

    def _add_surge(self, energy_ws: NDArray[np.int64], time_s: NDArray[np.int64]) -> None:
        surge = self._surge
        if surge is not None:
            lasted_s = np.clip(time_s - surge.start_s, 0, surge.duration_s)
            energy_ws[self._meters == surge.meter] += lasted_s * surge.power_w
