"""A meter of a fleet that the head-end has told something: its own instants, its own relay.

Until then its readings follow from the fleet's schedule alone. They are still computed, never
stored: what was sent once is computed the same again. Orders end with the fleet's process.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quilowatt.meter.fleet_registers import Registers, Schedule

__all__ = ["OrderedMeter"]


class OrderedMeter:
    """The readings of one meter under orders.

    Parameters
    ----------
    schedule : Schedule
        The fleet's, which holds until an order comes.
    registers_of : callable
        Gives this meter's registers, alone, at the instants of a schedule.
    """

    def __init__(self, schedule: Schedule, registers_of: Callable[[Schedule], Registers]) -> None:
        self._registers_of = registers_of
        self._stretches = [(0, schedule, registers_of(schedule))]
        self._cuts: list[_Cut] = []

    def set_interval(self, interval_s: int, now_s: int) -> None:
        """Read this often after now: at multiples of the interval. [s], [s UTC]."""
        start = self.index_after(now_s)
        before = self._stretches[-1][1]
        after = replace(
            before,
            history_count=start,
            live_start_s=now_s - now_s % interval_s,
            live_interval_s=interval_s,
        )
        self._stretches.append((start, after, self._registers_of(after)))

    def set_relay(self, now_s: int, *, is_on: bool) -> None:
        """Connect or disconnect the load now [s UTC]; saying it twice changes nothing."""
        is_cut = bool(self._cuts) and self._cuts[-1].until_s is None
        if is_on is not is_cut:
            return
        now_wh = self._uncut_wh(now_s)
        if is_on:
            self._cuts[-1].end(now_s, now_wh)
        else:
            self._cuts.append(_Cut(now_s, now_wh))

    def index_after(self, time_s: int) -> int:
        """Count the readings not later than an instant. [s UTC]."""
        most: float = inf
        for start, schedule, _ in reversed(self._stretches[1:]):
            if time_s >= schedule.time_s(start):
                return int(min(schedule.index_after(time_s), most))
            most = start
        return int(min(self._stretches[0][1].index_after(time_s), most))

    def readings(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Compute times [s UTC] and registers [Wh] from one number up to another, or fewer."""
        row = max(n for n, stretch in enumerate(self._stretches) if stretch[0] <= start)
        if row + 1 < len(self._stretches):
            end = min(end, self._stretches[row + 1][0])
        page = self._stretches[row][2].page(start)
        columns = slice(start - page.start, min(end - page.start, page.time_s.size))
        time_s = page.time_s[columns]
        import_wh = page.import_wh[0, columns].copy()
        for cut in self._cuts:
            import_wh -= cut.missing_wh(time_s, page.import_wh[0, columns])
        return time_s, import_wh

    def _uncut_wh(self, time_s: int) -> int:
        return int(self._stretches[0][2].import_wh_at(time_s)[0])


class _Cut:
    """A time without supply: from an instant [s UTC] and register [Wh] to another, if it ended."""

    def __init__(self, since_s: int, since_wh: int) -> None:
        self._since_s, self._since_wh = since_s, since_wh
        self.until_s: int | None = None
        self._missing_wh = 0

    def end(self, until_s: int, until_wh: int) -> None:
        self.until_s, self._missing_wh = until_s, until_wh - self._since_wh

    def missing_wh(
        self, time_s: NDArray[np.int64], uncut_wh: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Tell what each register [Wh] at these instants [s UTC] shows less for it."""
        so_far_wh = np.where(time_s > self._since_s, uncut_wh - self._since_wh, 0)
        if self.until_s is None:
            return so_far_wh
        return np.where(time_s >= self.until_s, self._missing_wh, so_far_wh)
