"""What every meter said last, in memory: one row of a few integers a meter.

It answers WELCOME, the lists of the API and the question whether a reading is new, so that none of
them touches a disk. It is written beside each Parquet file that the hot layer becomes, and brought
up to date from the journals at start-up.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.errors import StoreCorrupt
from quilowatt.store.durable import write_durably
from quilowatt.store.hot import TIME_BITS
from quilowatt.store.readings import Latest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingBatch

__all__ = ["LatestTable"]

ROW: Final = np.dtype(
    [
        ("first_time_s", "<i8"),
        ("time_s", "<i8"),
        ("import_wh", "<i8"),
        ("export_wh", "<i8"),
        ("previous_time_s", "<i8"),
        ("previous_import_wh", "<i8"),
    ]
)

CAPACITY_MIN: Final = 64


class LatestTable:
    """The last registers of all meters, by meter number."""

    def __init__(self) -> None:
        self._columns = {name: np.zeros(CAPACITY_MIN, np.int64) for name in ROW.names or ()}
        self._late_count = np.zeros(CAPACITY_MIN, np.int64)
        self._run_of = np.zeros(CAPACITY_MIN, np.int64)
        self._changing = threading.Lock()
        self.meters = 0

    def update(self, batch: ReadingBatch) -> NDArray[np.bool_]:
        """Take in a batch in the order of arrival; say which rows are fresh.

        A row is fresh when it is later than everything known of its meter before it.
        """
        with self._changing:
            return self._update(batch)

    def _update(self, batch: ReadingBatch) -> NDArray[np.bool_]:
        self._grow(int(batch.meter.max()) + 1)
        runs = _Runs(batch)
        if self._is_in_order(batch, runs):
            self._take_fresh(batch, runs)
            return np.ones(len(batch), np.bool_)
        is_fresh = self._fresh(batch)
        fresh = batch.take(is_fresh)
        if len(fresh):
            fresh = fresh.take(np.argsort(fresh.meter, kind="stable"))
            self._take_fresh(fresh, _Runs(fresh))
        self._take_late(batch.take(~is_fresh))
        return is_fresh

    def take(self, meters: NDArray[np.int32]) -> Latest:
        """Rows of some meters; zeros for a meter that never spoke."""
        with self._changing:  # else a row half of before and half of after an update
            known = np.minimum(meters, self._run_of.size - 1)
            is_known = meters == known
            columns = self._columns.items()
            return Latest(
                late_count=np.where(is_known, self._late_count[known], 0),
                **{name: np.where(is_known, column[known], 0) for name, column in columns},
            )

    def meters_that_spoke(self) -> NDArray[np.int32]:
        """Numbers of all meters with a reading, rising."""
        return np.flatnonzero(self._columns["time_s"][: self.meters]).astype(np.int32)

    def save(self, path: Path) -> None:
        """Write all rows to a durable file.

        Raises
        ------
        StoreFull
            No room.
        """
        with self._changing:
            rows = self._rows()
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(rows))
        write_durably(path, header.getvalue(), rows.view(np.uint8).data)

    def load(self, path: Path) -> None:
        """Read what `save` wrote.

        Raises
        ------
        StoreCorrupt
            It is something else now.
        """
        try:
            rows = np.load(path, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise StoreCorrupt(f"{path} is damaged ({error}): restore it from a backup") from error
        self._grow(len(rows))
        for name, column in self._columns.items():
            column[: len(rows)] = rows[name]

    def _rows(self) -> NDArray[np.void]:
        rows = np.zeros(self.meters, ROW)
        for name, column in self._columns.items():
            rows[name] = column[: self.meters]
        return rows

    def _grow(self, meters: int) -> None:
        if meters <= self.meters:
            return
        capacity = self._run_of.size
        if meters > capacity:
            more = max(meters, 2 * capacity) - capacity
            self._columns = {
                name: np.concatenate([column, np.zeros(more, np.int64)])
                for name, column in self._columns.items()
            }
            self._late_count = np.concatenate([self._late_count, np.zeros(more, np.int64)])
            self._run_of = np.concatenate([self._run_of, np.zeros(more, np.int64)])
        self.meters = meters

    def _is_in_order(self, batch: ReadingBatch, runs: _Runs) -> bool:
        """Say whether each meter stands in one run, rising, and after what is known of it."""
        rank = np.arange(runs.meter.size)
        self._run_of[runs.meter] = rank
        rises = batch.time_s[1:] > batch.time_s[:-1]
        rises[runs.first[1:] - 1] = True
        return bool(
            (self._run_of[runs.meter] == rank).all()
            and rises.all()
            and (batch.time_s[runs.first] > self._columns["time_s"][runs.meter]).all()
        )

    def _fresh(self, batch: ReadingBatch) -> NDArray[np.bool_]:
        order = np.argsort(batch.meter, kind="stable")
        meter, time_s = batch.meter[order], batch.time_s[order]
        base = meter.astype(np.int64) << TIME_BITS
        first = np.flatnonzero(np.diff(meter, prepend=-1))
        latest = base + self._columns["time_s"][meter]
        highest = np.maximum.accumulate(np.maximum(base + time_s, latest))
        before = np.empty_like(highest)
        before[1:] = highest[:-1]
        before[first] = latest[first]
        is_fresh = np.empty(len(batch), np.bool_)
        is_fresh[order] = base + time_s > before
        return is_fresh

    def _take_fresh(self, batch: ReadingBatch, runs: _Runs) -> None:
        meter, last, columns = runs.meter, runs.last, self._columns
        is_long = last > runs.first
        before = np.where(is_long, last - 1, last)
        for name in ("time_s", "import_wh"):
            column = getattr(batch, name)
            columns[f"previous_{name}"][meter] = np.where(
                is_long, column[before], columns[name][meter]
            )
        is_new = columns["time_s"][meter] == 0
        columns["first_time_s"][meter[is_new]] = batch.time_s[runs.first[is_new]]
        columns["time_s"][meter] = batch.time_s[last]
        columns["import_wh"][meter] = batch.import_wh[last]
        columns["export_wh"][meter] = batch.export_wh[last]

    def _take_late(self, late: ReadingBatch) -> None:
        """Show what is late but the first or last but one instant, or a revision of the last."""
        columns = self._columns
        np.add.at(self._late_count, late.meter, 1)
        np.minimum.at(columns["first_time_s"], late.meter, late.time_s)
        revised = late.take(columns["time_s"][late.meter] == late.time_s)
        columns["import_wh"][revised.meter] = revised.import_wh
        columns["export_wh"][revised.meter] = revised.export_wh
        is_before = late.time_s >= columns["previous_time_s"][late.meter]
        before = late.take(is_before & (late.time_s < columns["time_s"][late.meter]))
        before = before.take(np.lexsort((before.time_s, before.meter)))
        before = before.take(np.diff(before.meter, append=-1) != 0)
        columns["previous_time_s"][before.meter] = before.time_s
        columns["previous_import_wh"][before.meter] = before.import_wh


class _Runs:
    """Where the meter changes in a batch."""

    __slots__ = ("first", "last", "meter")

    def __init__(self, batch: ReadingBatch) -> None:
        changes = np.flatnonzero(batch.meter[1:] != batch.meter[:-1])
        self.first = np.concatenate(([0], changes + 1))
        self.last = np.append(changes, len(batch) - 1)
        self.meter = batch.meter[self.first]
