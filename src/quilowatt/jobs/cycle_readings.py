"""The readings that a block of cycles is billed by, and what they leave in doubt.

Most meters only rise: the rows beside the edges tell all. The others are read whole, with what
surrounds the cycle, because what is odd about them is judged by more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from quilowatt.core import ReadingColumns
from quilowatt.profile import (
    CONTEXT_S,
    Connection,
    Doubts,
    find_doubts,
    meters_with_more_to_read,
    power_limit_w,
)
from quilowatt.profile.typical import HOLE_MIN_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.store import ReadingStore

__all__ = [
    "LOWEST_W",
    "CycleMeters",
    "CycleReadings",
    "ReadingSource",
    "StoreReadings",
    "join_columns",
    "take_columns",
    "uncovered",
    "with_whole",
]

TIME_BITS: Final = 40
"""Instants are below 2**40 s, so meter and time make one sortable int64."""

LOWEST_W: Final = power_limit_w(1)
"""Steps beyond the limit of any connection for which none was stated are beyond this. [W]"""


@dataclass(frozen=True, slots=True)
class CycleMeters:
    """The meters of a block of cycles.

    Parameters
    ----------
    numbers : ndarray of int32, shape (n,)
        Rising.
    intervals_s : ndarray of int64, shape (n,)
        How often each is expected to report. [s]
    is_exchanged : ndarray of bool, shape (n,)
        True for those that were at their place for only a part of the cycle.
    lowest_w : int
        No connection of these meters has a lower limit. [W]
    is_ended : bool
        True when the cycle is over: what lacks at its ends will be estimated.
    """

    numbers: NDArray[np.int32]
    intervals_s: NDArray[np.int64]
    is_exchanged: NDArray[np.bool_]
    lowest_w: int
    is_ended: bool


@dataclass(frozen=True, slots=True)
class CycleReadings:
    """What was read.

    Parameters
    ----------
    columns : ReadingColumns
        Rows that tell the energies between the edges, with a neighbour on each side.
    whole : ndarray of int32, shape (m,)
        Rising: meters whose rows are all here, with `CONTEXT_S` before and after the cycle.
    doubts : Doubts
        Gaps and revisions of the others.
    """

    columns: ReadingColumns
    whole: NDArray[np.int32]
    doubts: Doubts


class ReadingSource(Protocol):
    """Where the readings of cycles come from."""

    def cycle(self, meters: CycleMeters, edges_s: NDArray[np.int64]) -> CycleReadings:
        """Read a block of meters between some edges [s since 1970-01-01 UTC]."""
        ...


class StoreReadings:
    """Reads a store as of a commit, every row of the cycle.

    Parameters
    ----------
    store : ReadingStore
        Whom to ask.
    as_of : int
        Only facts up to this commit. [µs since 1970-01-01 UTC]
    """

    def __init__(self, store: ReadingStore, as_of: int) -> None:
        self._store = store
        self._as_of = as_of

    def cycle(self, meters: CycleMeters, edges_s: NDArray[np.int64]) -> CycleReadings:
        """Read a block of meters; see `ReadingSource` [s since 1970-01-01 UTC]."""
        start_s, end_s = int(edges_s[0]), int(edges_s[-1])
        columns = self._read(meters.numbers, start_s, end_s)
        limit = Connection(meters.lowest_w)
        odd = meters_with_more_to_read(columns, edges_s, limit)
        is_odd = np.isin(meters.numbers, odd)
        is_odd |= meters.is_exchanged
        if meters.is_ended:
            is_odd |= uncovered(columns, meters.numbers, (start_s, end_s))
        doubts = find_doubts(columns, meters.numbers, meters.intervals_s)
        # What an invoice says of holes must be what its load profile says, in every detail.
        is_odd |= np.isin(meters.numbers, doubts.meter[doubts.end_s - doubts.start_s > HOLE_MIN_S])
        odd = meters.numbers[is_odd]
        if odd.size:
            around = self._read(odd, max(start_s - CONTEXT_S, 0), end_s + CONTEXT_S)
            columns = with_whole(columns, around)
        return CycleReadings(columns, odd, doubts)

    def _read(self, numbers: NDArray[np.int32], start_s: int, end_s: int) -> ReadingColumns:
        return self._store.readings(
            numbers, start_s, end_s, as_of=self._as_of, with_neighbours=True
        )


def uncovered(
    columns: ReadingColumns, meters: NDArray[np.int32], period_s: tuple[int, int]
) -> NDArray[np.bool_]:
    """Say of which meters the readings don't reach over both ends of a period.

    Parameters
    ----------
    columns : ReadingColumns
        By meter and time.
    meters : ndarray of int32, shape (n,)
        Which meters.
    period_s : tuple of int
        Half-open. [s since 1970-01-01 UTC]
    """
    lacks = np.ones(meters.size, np.bool_)
    first = np.searchsorted(columns.meter, meters, side="left")
    last = np.searchsorted(columns.meter, meters, side="right") - 1
    has = np.flatnonzero(last >= first)
    starts_late = columns.time_s[first[has]] > period_s[0]
    lacks[has] = starts_late | (columns.time_s[last[has]] < period_s[1])
    return lacks


def take_columns(
    columns: ReadingColumns, rows: NDArray[np.bool_] | NDArray[np.intp]
) -> ReadingColumns:
    """Rows of some columns, by mask or index."""
    return ReadingColumns(
        columns.meter[rows],
        columns.time_s[rows],
        columns.import_wh[rows],
        columns.export_wh[rows],
        columns.commit[rows],
        columns.is_revised[rows],
    )


def with_whole(columns: ReadingColumns, whole: ReadingColumns) -> ReadingColumns:
    """Put the rows of some meters that were read whole in place of those that are there."""
    if not len(whole):
        return columns
    return join_columns([take_columns(columns, ~np.isin(columns.meter, whole.meter)), whole])


def join_columns(parts: list[ReadingColumns]) -> ReadingColumns:
    """Put the rows of several columns in the order of meter and time."""
    if len(parts) == 1:
        return parts[0]
    columns = ReadingColumns(
        np.concatenate([part.meter for part in parts]),
        np.concatenate([part.time_s for part in parts]),
        np.concatenate([part.import_wh for part in parts]),
        np.concatenate([part.export_wh for part in parts]),
        np.concatenate([part.commit for part in parts]),
        np.concatenate([part.is_revised for part in parts]),
    )
    keys = (columns.meter.astype(np.int64) << TIME_BITS) | columns.time_s
    return take_columns(columns, np.argsort(keys, kind="stable"))
