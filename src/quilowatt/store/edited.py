"""A store of readings as people's edits leave it: what was left out does not count.

Everything that asks about consumption (profiles, bills, lists) asks here; commits go straight to
the store behind it. What a person read is a reading like any other, kept in that store; what was
left out is known here, as of every commit.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.store.neighbours import take_rows, trim_to_neighbours
from quilowatt.store.readings import Commit, Latest, ReadingStore, StoreFigures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingBatch, ReadingColumns
    from quilowatt.store.edits import Edit

__all__ = ["EditedReadings"]

PADS_S: Final = (86_400, 40 * 86_400, 2**39)
"""How far beyond a period a counted neighbour is looked for, step by step. [s]"""

COMMITS_PER_S: Final = 1_000_000
"""A commit is numbered by its time in µs; as-of questions are on whole seconds."""


class EditedReadings(ReadingStore):
    """`ReadingStore` without the readings that were left out.

    Parameters
    ----------
    store : ReadingStore
        Keeps every reading.
    edits : iterable of Edit
        All decisions so far, by rising id.
    """

    def __init__(self, store: ReadingStore, edits: Iterable[Edit] = ()) -> None:
        self._store = store
        self._changing = threading.Lock()
        self._edits: dict[int, tuple[Edit, ...]] = {}
        for edit in edits:
            self.heed(edit)

    def heed(self, edit: Edit) -> None:
        """Take a new decision into account; a repeated one changes nothing."""
        number = edit.asked.meter_number
        with self._changing:
            known = self._edits.get(number, ())
            if all(edit.id != other.id for other in known):
                self._edits[number] = (*known, edit)

    def append(self, batch: ReadingBatch, *, now_s: float) -> Commit:
        """Make the batch durable and visible; see `ReadingStore.append`."""
        return self._store.append(batch, now_s=now_s)

    def latest(self, meters: NDArray[np.int32]) -> Latest:
        """Answer the last readings that count; an edit counts as something that came late."""
        latest = self._store.latest(meters)
        rows = [row for row, meter in enumerate(meters.tolist()) if meter in self._edits]
        if not rows:
            return latest
        late_count = latest.late_count.copy()
        columns = {name: getattr(latest, name).copy() for name in LAST}
        for row in rows:
            number = int(meters[row])
            late_count[row] += len(self._edits[number])
            self._correct(columns, row, number)
        return replace(latest, late_count=late_count, **columns)

    def readings(
        self,
        meters: NDArray[np.int32],
        start_s: int,
        end_s: int,
        *,
        as_of: int | None = None,
        with_neighbours: bool = False,
    ) -> ReadingColumns:
        """Give the readings that count; see `ReadingStore.readings`."""
        meters = np.asarray(meters, np.int32)
        edited = self._with_gaps(meters, as_of)
        if not edited:
            return self._store.readings(
                meters, start_s, end_s, as_of=as_of, with_neighbours=with_neighbours
            )
        plain = meters[~np.isin(meters, list(edited))]
        parts = [
            self._store.readings(
                plain, start_s, end_s, as_of=as_of, with_neighbours=with_neighbours
            )
        ]
        for number, gaps in edited.items():
            pads_s = PADS_S if with_neighbours else ()
            parts.append(self._without(number, gaps, (start_s, end_s), as_of, pads_s))
        return trim_to_neighbours(parts, start_s, end_s)

    def facts(
        self, meters: NDArray[np.int32], start_s: int, end_s: int, *, as_of: int | None = None
    ) -> ReadingColumns:
        """Give every fact, also what was left out; see `ReadingStore.facts`."""
        return self._store.facts(meters, start_s, end_s, as_of=as_of)

    def scan(
        self, start_s: int, end_s: int, *, meters_per_block: int = 4096
    ) -> Iterator[ReadingColumns]:
        """Go through all meters in blocks; see `ReadingStore.scan`."""
        for block in self._store.scan(start_s, end_s, meters_per_block=meters_per_block):
            present = np.unique(block.meter)
            edited = np.array(sorted(self._with_gaps(present, None)), np.int32)
            if not edited.size:
                yield block
                continue
            mended = self.readings(edited, start_s, end_s, with_neighbours=True)
            plain = take_rows(block, ~np.isin(block.meter, edited))
            yield trim_to_neighbours([plain, mended], start_s, end_s)

    def arrivals(self, commit: int) -> tuple[ReadingBatch, int]:
        """Give the next facts after a commit; see `ReadingStore.arrivals`."""
        return self._store.arrivals(commit)

    def commit_at(self, time_s: float) -> int:
        """Name the newest commit that *as of* a moment includes; see `ReadingStore`."""
        return self._store.commit_at(time_s)

    def figures(self) -> StoreFigures:
        """Tell how the store fares."""
        return self._store.figures()

    def close(self) -> None:
        """Let go of the store behind it."""
        self._store.close()

    def _with_gaps(
        self, meters: NDArray[np.int32], as_of: int | None
    ) -> dict[int, list[tuple[int, int]]]:
        """Periods that don't count, of the meters that have any."""
        if not self._edits:
            return {}
        concerned = set(meters.tolist()).intersection(self._edits)
        found = {number: _gaps(self._edits[number], as_of) for number in sorted(concerned)}
        return {number: gaps for number, gaps in found.items() if gaps}

    def _without(
        self,
        number: int,
        gaps: list[tuple[int, int]],
        period: tuple[int, int],
        as_of: int | None,
        pads_s: tuple[int, ...],
    ) -> ReadingColumns:
        """Read one meter, further around the period until a neighbour counts on either side."""
        meter = np.array([number], np.int32)
        start_s, end_s = period
        *first, last = pads_s or (0,)
        for pad_s in first:
            counted = self._counted(meter, gaps, (start_s - pad_s, end_s + pad_s), as_of)
            if (counted.time_s < start_s).any() and (counted.time_s >= end_s).any():
                return counted
        return self._counted(meter, gaps, (start_s - last, end_s + last), as_of)

    def _counted(
        self,
        meter: NDArray[np.int32],
        gaps: list[tuple[int, int]],
        period: tuple[int, int],
        as_of: int | None,
    ) -> ReadingColumns:
        start_s, end_s = period
        found = self._store.readings(meter, max(start_s, 0), end_s, as_of=as_of)
        return take_rows(found, ~_is_in(found.time_s, gaps))

    def _correct(self, columns: dict[str, NDArray[np.int64]], row: int, number: int) -> None:
        """Replace the last and last but one reading of a meter, where they don't count."""
        gaps = _gaps(self._edits[number], None)
        times_s = np.array([columns[name][row] for name in LAST_TIMES], np.int64)
        if not gaps or not _is_in(times_s, gaps).any():
            return
        counted = self._without(number, gaps, (0, 2**39), None, ())
        last = counted.time_s.size - 1
        places = {"first_time_s": 0, "time_s": last, "previous_time_s": last - 1}
        for name in LAST:
            columns[name][row] = 0
        for name, place in places.items():
            if 0 <= place <= last:
                columns[name][row] = counted.time_s[place]
        if last >= 0:
            columns["import_wh"][row] = counted.import_wh[last]
            columns["export_wh"][row] = counted.export_wh[last]
        if last >= 1:
            columns["previous_import_wh"][row] = counted.import_wh[last - 1]


LAST: Final = (
    "first_time_s",
    "time_s",
    "import_wh",
    "export_wh",
    "previous_time_s",
    "previous_import_wh",
)
LAST_TIMES: Final = ("first_time_s", "time_s", "previous_time_s")
"""Columns of `Latest`."""


def _gaps(edits: tuple[Edit, ...], as_of: int | None) -> list[tuple[int, int]]:
    """Disjoint periods that don't count, after all decisions up to a commit, in their order."""
    upto = None if as_of is None else as_of // COMMITS_PER_S * COMMITS_PER_S
    gaps: list[tuple[int, int]] = []
    for edit in edits:
        asked = edit.asked
        if upto is not None and edit.at_us > upto:
            continue
        if asked.kind == "leave_out":
            gaps = [*_cut(gaps, asked.start_s, asked.end_s), (asked.start_s, asked.end_s)]
        else:
            # A register that was read after its instant was left out counts: so it was meant.
            gaps = _cut(gaps, asked.start_s, asked.end_s)
    return sorted(gaps)


def _cut(gaps: list[tuple[int, int]], start_s: int, end_s: int) -> list[tuple[int, int]]:
    """Take a period out of some others."""
    pieces = [
        piece
        for first_s, last_s in gaps
        for piece in ((first_s, min(last_s, start_s)), (max(first_s, end_s), last_s))
    ]
    return [piece for piece in pieces if piece[0] < piece[1]]


def _is_in(times_s: NDArray[np.int64], gaps: list[tuple[int, int]]) -> NDArray[np.bool_]:
    edges_s = np.array(gaps, np.int64).ravel()
    is_in: NDArray[np.bool_] = np.searchsorted(edges_s, times_s, side="right") % 2 == 1
    return is_in
