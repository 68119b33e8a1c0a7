"""The hot layer in memory: the readings of one journal, visible the moment they are durable.

Columns of fixed capacity that only grow: a reader takes views of the first `size` rows and never
sees them change, so that questions need no lock and no copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingBatch

__all__ = ["FactColumns", "HotTable", "sort_key"]

TIME_BITS = 40
"""Of a sort key: times up to the year 36,812; the meter number stands above them."""


@dataclass(frozen=True, slots=True)
class FactColumns:
    """Facts in any order: every reading that was ever accepted, with its commit.

    Parameters
    ----------
    meter : ndarray of int32, shape (n,)
        Dense meter number.
    time_s : ndarray of int64, shape (n,)
        [s since 1970-01-01 UTC]
    import_wh, export_wh : ndarray of int64, shape (n,)
        [Wh]
    commit : ndarray of int64, shape (n,)
        [µs]
    """

    meter: NDArray[np.int32]
    time_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    commit: NDArray[np.int64]

    def __len__(self) -> int:
        return self.meter.size

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> FactColumns:
        """Rows by index, mask or slice; a slice gives views."""
        return FactColumns(
            self.meter[rows],
            self.time_s[rows],
            self.import_wh[rows],
            self.export_wh[rows],
            self.commit[rows],
        )

    @classmethod
    def join(cls, parts: list[FactColumns]) -> FactColumns:
        """Put parts one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.meter for part in parts]),
            np.concatenate([part.time_s for part in parts]),
            np.concatenate([part.import_wh for part in parts]),
            np.concatenate([part.export_wh for part in parts]),
            np.concatenate([part.commit for part in parts]),
        )


class HotTable:
    """Readings of one journal.

    Parameters
    ----------
    capacity : int
        Rows it can take.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        time_s, import_wh, export_wh, commit = (np.empty(capacity, np.int64) for _ in range(4))
        meter = np.empty(capacity, np.int32)
        self._columns = FactColumns(meter, time_s, import_wh, export_wh, commit)

    def append(self, batch: ReadingBatch, commits: NDArray[np.int64]) -> None:
        """Add rows; they are visible when `size` has moved on. [µs]"""
        first, last = self.size, self.size + len(batch)
        assert last <= self.capacity
        self._columns.meter[first:last] = batch.meter
        self._columns.time_s[first:last] = batch.time_s
        self._columns.import_wh[first:last] = batch.import_wh
        self._columns.export_wh[first:last] = batch.export_wh
        self._columns.commit[first:last] = commits
        self.size = last

    def facts(self) -> FactColumns:
        """All rows so far, as views."""
        return self._columns.take(slice(self.size))

    def select(
        self, meters: NDArray[np.int32], start_s: int, end_s: int, commit_max: int
    ) -> FactColumns:
        """Rows of some meters in [start, end) up to a commit. [s], [µs]"""
        facts = self.facts()
        is_in = (facts.time_s >= start_s) & (facts.time_s < end_s)
        rows = np.flatnonzero(is_in)
        if rows.size and facts.commit[-1] > commit_max:
            rows = rows[facts.commit[rows] <= commit_max]
        if rows.size:
            rows = rows[_is_among(facts.meter[rows], meters)]
        return facts.take(rows)


def sort_key(meter: NDArray[np.int32], time_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """One integer that sorts by meter, then time. [s]"""
    return (meter.astype(np.int64) << TIME_BITS) | time_s


def _is_among(values: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.bool_]:
    highest = int(values.max())
    table = np.zeros(highest + 1, np.bool_)
    table[wanted[wanted <= highest]] = True
    is_among: NDArray[np.bool_] = table[values]
    return is_among
