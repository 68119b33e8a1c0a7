"""Registers of a page of meters, remembered between questions as few rows as tell the same.

Between the edges of a period a register that only rises says nothing that its rows around the edges
don't say: the others are left out. What is odd about a meter is judged by more, so of such a meter
all rows are kept, and those of some weeks around the period. What is remembered is completed by the
readings that came since; a meter of which anything came late is read anew. So a list costs what is
new, not what is old.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.jobs.cycle_readings import (
    LOWEST_W,
    CycleMeters,
    CycleReadings,
    join_columns,
    take_columns,
    uncovered,
    with_whole,
)
from quilowatt.limits import CLOCK_AHEAD_MAX_S, REGISTER_ROWS_MAX
from quilowatt.profile import (
    CELL_S,
    CONTEXT_S,
    Connection,
    Doubts,
    find_doubts,
    meters_with_more_to_read,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quilowatt.core import ReadingColumns
    from quilowatt.store import Latest, ReadingStore

__all__ = ["RegisterMemory", "essential_rows"]

Key = tuple[bytes, bytes, bytes, int]
"""Meters, edges, intervals, and the lowest limit of a question."""

TIME_BITS: Final = 40
"""Instants are below 2**40 s, so meter and time make one sortable int64."""

NO_INTERVALS: Final = np.empty(0, np.int64)
"""Of meters whose doubts nobody asks for."""

TAIL_ROWS: Final = 3
"""The last readings stay: whether one of them is odd is seen when the next ones come."""

TAIL_S: Final = 120
"""So do those of the last two minutes, over which a power is seen. [s]"""


@dataclass(frozen=True, slots=True)
class _Page:
    """What is remembered of some meters.

    Parameters
    ----------
    columns : ReadingColumns
        Essential rows.
    last_s : ndarray of int64, shape (n,)
        Last instant of each meter that is in them, 0 without any. [s since 1970-01-01 UTC]
    late_count : ndarray of int64, shape (n,)
        `Latest.late_count` before they were read. [1]
    is_whole : ndarray of bool, shape (n,)
        True for odd meters: all their readings of the period and around it are here.
    doubts : Doubts
        Gaps and revisions among all rows, where they were asked for.
    """

    columns: ReadingColumns
    last_s: NDArray[np.int64]
    late_count: NDArray[np.int64]
    is_whole: NDArray[np.bool_]
    doubts: Doubts


class RegisterMemory:
    """Answers the readings that the energies between some edges depend on.

    Parameters
    ----------
    store : ReadingStore
        Whom to ask.
    clock : callable
        The wall's time. [s since 1970-01-01 UTC]
    """

    def __init__(self, store: ReadingStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._pages: OrderedDict[Key, _Page] = OrderedDict()
        self._rows = 0
        self._lock = threading.Lock()

    def readings(
        self,
        meters: NDArray[np.int32],
        edges_s: NDArray[np.int64],
        *,
        lowest_w: int = LOWEST_W,
    ) -> ReadingColumns:
        """Return rows from which `profile` computes the same energies as from all.

        Parameters
        ----------
        meters : ndarray of int32, shape (n,)
            Rising dense meter numbers.
        edges_s : ndarray of int64, shape (k,)
            Rising instants between which energies are wanted. [s since 1970-01-01 UTC]
        lowest_w : int
            No connection of these meters has a lower limit. [W]
        """
        everyone = np.zeros(meters.size, np.bool_)
        asked = CycleMeters(meters, NO_INTERVALS, everyone, lowest_w=lowest_w, is_ended=False)
        return self._page(asked, edges_s)[0]

    def cycle(self, meters: CycleMeters, edges_s: NDArray[np.int64]) -> CycleReadings:
        """Return rows for the bills of a cycle; see `jobs.cycle_readings` [s since 1970 UTC]."""
        columns, page = self._page(meters, edges_s)
        return CycleReadings(columns, meters.numbers[page.is_whole], page.doubts)

    def _page(self, asked: CycleMeters, edges_s: NDArray[np.int64]) -> tuple[ReadingColumns, _Page]:
        meters, lowest_w = asked.numbers, asked.lowest_w
        key = (meters.tobytes(), edges_s.tobytes(), asked.intervals_s.tobytes(), lowest_w)
        # Before the readings: what comes late in between makes the page stale, not wrong.
        latest = self._store.latest(meters)
        with self._lock:
            page = self._pages.get(key)
        is_stale = _is_stale(page, latest)
        columns = self._columns(page, is_stale, latest, meters, edges_s)
        doubts = _doubts(page, is_stale, columns, asked)
        is_odd = np.isin(meters, meters_with_more_to_read(columns, edges_s, Connection(lowest_w)))
        is_odd |= asked.is_exchanged
        if asked.is_ended:
            is_odd |= uncovered(columns, meters, (int(edges_s[0]), int(edges_s[-1])))
        is_whole = np.zeros_like(is_odd) if page is None else page.is_whole & ~is_stale
        columns = self._with_context(columns, meters, is_odd & ~is_whole, edges_s)
        rows = essential_rows(columns, edges_s, doubts, lowest_w=lowest_w)
        columns = take_columns(columns, rows | np.isin(columns.meter, meters[is_odd]))
        last_s = _last_s(columns, meters)
        page = _Page(columns, last_s, latest.late_count, is_odd, doubts)
        self._remember(key, page)
        return columns, page

    def _with_context(
        self,
        columns: ReadingColumns,
        meters: NDArray[np.int32],
        is_wanted: NDArray[np.bool_],
        edges_s: NDArray[np.int64],
    ) -> ReadingColumns:
        """Read odd meters whole, with what surrounds the period."""
        if not is_wanted.any():
            return columns
        start_s, end_s = max(int(edges_s[0]) - CONTEXT_S, 0), int(edges_s[-1]) + CONTEXT_S
        odd = meters[is_wanted]
        whole = self._store.readings(odd, start_s, end_s, with_neighbours=True)
        return with_whole(columns, whole)

    def _columns(
        self,
        page: _Page | None,
        is_stale: NDArray[np.bool_],
        latest: Latest,
        meters: NDArray[np.int32],
        edges_s: NDArray[np.int64],
    ) -> ReadingColumns:
        start_s, end_s = int(edges_s[0]), int(edges_s[-1])
        if page is None:
            return self._store.readings(meters, start_s, end_s, with_neighbours=True)
        until_s = end_s + CONTEXT_S * page.is_whole
        is_behind = ~is_stale & (latest.time_s > page.last_s) & (page.last_s < until_s)
        parts = [page.columns]
        if is_stale.any():
            parts = [_of_meters(page.columns, meters[~is_stale])]
            stale = meters[is_stale]
            parts.append(self._store.readings(stale, start_s, end_s, with_neighbours=True))
        if is_behind.any():
            since_s = int(page.last_s[is_behind].min()) + 1
            until = max(int(self._clock()) + CLOCK_AHEAD_MAX_S, since_s) + 1
            new = self._store.readings(meters[is_behind], since_s, until)
            last_s = page.last_s[np.searchsorted(meters, new.meter)]
            parts.append(take_columns(new, new.time_s > last_s))
        return join_columns(parts)

    def _remember(self, key: Key, page: _Page) -> None:
        with self._lock:
            old = self._pages.pop(key, None)
            self._rows += len(page.columns) - (len(old.columns) if old else 0)
            self._pages[key] = page
            while self._rows > REGISTER_ROWS_MAX and len(self._pages) > 1:
                _, dropped = self._pages.popitem(last=False)
                self._rows -= len(dropped.columns)


def essential_rows(
    columns: ReadingColumns,
    edges_s: NDArray[np.int64],
    doubts: Doubts | None = None,
    *,
    lowest_w: int = LOWEST_W,
) -> NDArray[np.bool_]:
    """Say which rows the energies between the edges depend on, now and when more readings come.

    Parameters
    ----------
    columns : ReadingColumns
        Of any meters.
    edges_s : ndarray of int64, shape (k,)
        Rising instants. [s since 1970-01-01 UTC]
    doubts : Doubts, optional
        Spans whose energy will be asked for too, in whole quarter-hours.
    lowest_w : int
        No connection of these meters has a lower limit. [W]

    Returns
    -------
    ndarray of bool, shape (n,)
        True for all rows of a meter with an odd step, or with a hole over an edge: what they mean
        depends on more than their neighbours.
    """
    n = len(columns)
    keep = np.zeros(n, np.bool_)
    if not n:
        return keep
    starts = np.flatnonzero(np.diff(columns.meter, prepend=-1))
    ends = np.append(starts[1:], n)
    keep[starts] = True
    for back in range(1, TAIL_ROWS + 1):
        keep[np.maximum(ends - back, starts)] = True
    sizes = ends - starts
    keep |= columns.time_s >= np.repeat(columns.time_s[ends - 1] - TAIL_S, sizes)
    keys = _keys(columns.meter, columns.time_s)
    wanted = _keys(columns.meter[starts][:, None], edges_s[None, :])
    _keep_neighbours(keep, keys, wanted, (starts[:, None], ends[:, None]))
    if doubts is not None and len(doubts):
        meters = columns.meter[starts]
        known = doubts.take(np.isin(doubts.meter, meters))
        place = np.searchsorted(meters, known.meter)
        bounds = (starts[place], ends[place])
        for edge_s in (known.start_s // CELL_S * CELL_S, -(-known.end_s // CELL_S) * CELL_S):
            _keep_neighbours(keep, keys, _keys(known.meter, edge_s), bounds)
    odd = meters_with_more_to_read(columns, edges_s, Connection(lowest_w))
    keep |= np.isin(columns.meter, odd)
    return keep


def _keep_neighbours(
    keep: NDArray[np.bool_],
    keys: NDArray[np.int64],
    wanted: NDArray[np.int64],
    bounds: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> None:
    """Keep the rows beside some instants, within the rows of their meters."""
    starts, ends = bounds
    after = np.searchsorted(keys, wanted)
    keep[np.minimum(after, ends - 1)] = True
    keep[np.maximum(after - 1, starts)] = True


def _doubts(
    page: _Page | None, is_stale: NDArray[np.bool_], columns: ReadingColumns, asked: CycleMeters
) -> Doubts:
    """Add what new rows leave in doubt to what was found before they came."""
    if not asked.intervals_s.size:
        return Doubts.none()
    if page is None:
        return find_doubts(columns, asked.numbers, asked.intervals_s)
    after_s = np.where(is_stale, -1, page.last_s)
    new = find_doubts(columns, asked.numbers, asked.intervals_s, after_s)
    kept = page.doubts.take(np.isin(page.doubts.meter, asked.numbers[~is_stale]))
    return kept.joined(new)


def _is_stale(page: _Page | None, latest: Latest) -> NDArray[np.bool_]:
    """Say of which meters anything came late since they were read."""
    if page is None:
        return np.zeros(latest.time_s.size, np.bool_)
    is_known = (latest.late_count == page.late_count) & (page.last_s > 0)
    is_stale: NDArray[np.bool_] = ~is_known & (latest.time_s > 0)
    return is_stale


def _keys(meter: NDArray[np.int32], time_s: NDArray[np.int64]) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = (meter.astype(np.int64) << TIME_BITS) | time_s
    return keys


def _last_s(columns: ReadingColumns, meters: NDArray[np.int32]) -> NDArray[np.int64]:
    last = np.searchsorted(columns.meter, meters, side="right") - 1
    if not len(columns):
        return np.zeros(meters.size, np.int64)
    is_there = (last >= 0) & (columns.meter[last] == meters)
    last_s: NDArray[np.int64] = np.where(is_there, columns.time_s[last], 0)
    return last_s


def _of_meters(columns: ReadingColumns, meters: NDArray[np.int32]) -> ReadingColumns:
    return take_columns(columns, np.isin(columns.meter, meters))
