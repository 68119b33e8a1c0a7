"""Sealing: closed days move from recent segments into the sealed segment of their month.

Runs in a background thread beside commits and questions, which never wait for it. New files come
first, then the manifest, then the old files go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.limits import SEAL_BLOCK_ROWS, SEGMENT_ROWS_MAX
from quilowatt.store.hot import FactColumns
from quilowatt.store.segments import COMMITS_PER_S, Segment, distinct_facts, write_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from quilowatt.store.readings_duckdb import DuckReadingStore, View

__all__ = ["closed_before_s", "seal"]

DAY_S: Final = 86400

MONTH_AND_MORE_S: Final = 31 * DAY_S
"""From the first of a month this leads into the next one. [s]"""

CLOSING_DELAY_S: Final = 3600
"""A day is closed an hour after its end: most of what comes late is there by then. [s]"""

SETTLING_S: Final = 2
"""Facts younger than this stay recent: their commits, rounded up, would lie in the future. [s]"""

WORTH_REWRITING: Final = 64
"""A sealed month is rewritten when new facts are at least this part of it, or once a day."""


def closed_before_s(now_s: float) -> int:
    """Give the end of the last closed UTC day. [s]

    Examples
    --------
    >>> closed_before_s(2 * 86400 + 3599), closed_before_s(2 * 86400 + 3600)
    (86400, 172800)
    """
    return int(now_s - CLOSING_DELAY_S) // DAY_S * DAY_S


def seal(store: DuckReadingStore, *, now_s: float, is_thorough: bool = True) -> int:
    """Seal what lies in closed days; give the number of facts that moved.

    Parameters
    ----------
    store : DuckReadingStore
        Its journal is closed first if it holds anything of a closed day.
    now_s : float
        [s since 1970-01-01 UTC]
    is_thorough : bool
        Also rewrite large months for a few late facts.

    Raises
    ------
    StoreFull
        No room. Everything is as it was.
    """
    with store.moving():
        closed_s = closed_before_s(now_s)
        while store.flush():
            pass
        commit_max = store.settle(int(now_s - SETTLING_S) * COMMITS_PER_S)
        _close_journals(store, closed_s)
        return _seal(store, closed_s, commit_max, is_thorough=is_thorough)


def _seal(store: DuckReadingStore, closed_s: int, commit_max: int, *, is_thorough: bool) -> int:
    with store.new_files() as generation, store.pinned() as view:
        recent = tuple(part for part in view.manifest.segments if not part.month)
        plan = _Sealing(store, view, generation, recent, {}, commit_max)
        plan.choose_months(closed_s, is_thorough=is_thorough)
        if not plan.months and len(recent) <= 1:
            return 0
        sealed, replaced = plan.seal_months()
        kept = [part for part in view.manifest.segments if part.month and part not in replaced]
        manifest = replace(
            view.manifest,
            generation=generation,
            commit=max([view.manifest.commit, *(part.commit_max for part in sealed)]),
            segments=(*kept, *sealed, *plan.write_rest()),
        )
        store.publish(manifest)
    return sum(part.rows for part in sealed) - sum(part.rows for part in replaced)


def _close_journals(store: DuckReadingStore, closed_s: int) -> None:
    with store.pinned() as view:
        times = [layer.table.facts().time_s for layer in view.hot]
        has_closed = any(time_s.size and int(time_s.min()) < closed_s for time_s in times)
    if has_closed:
        store.begin_journal()
    while store.flush():
        pass


@dataclass(frozen=True, slots=True)
class _Sealing:
    """One run: what it reads, and from when to when it seals each month. [s], [µs]"""

    store: DuckReadingStore
    view: View
    generation: int
    recent: tuple[Segment, ...]
    months: dict[str, tuple[int, int]]
    commit_max: int

    def choose_months(self, closed_s: int, *, is_thorough: bool) -> None:
        month, first_s = _month_of(min((part.time_s_min for part in self.recent), default=closed_s))
        while first_s < closed_s:
            following, next_s = _month_of(first_s + MONTH_AND_MORE_S)
            sealed = self._sealed_in(month)  # beyond what is closed, if the clock went back
            last_s = max((part.time_s_max for part in sealed), default=0)
            period = (first_s, min(next_s, max(closed_s, last_s + 1)))
            new = sum(
                self.store.queries.count(part, *period, self.commit_max)
                for part in self.recent
                if part.overlaps(*period)
            )
            old = sum(part.rows for part in sealed)
            if new and (is_thorough or new * WORTH_REWRITING >= old):
                self.months[month] = period
            month, first_s = following, next_s

    def seal_months(self) -> tuple[list[Segment], list[Segment]]:
        """Write each month's new segment; give the new ones and those that they replace."""
        sealed, replaced = [], []
        for month, period in self.months.items():
            smallest = min(self._sealed_in(month), key=lambda part: part.rows, default=None)
            joined = [smallest] if smallest and smallest.rows <= SEGMENT_ROWS_MAX else []
            name = f"sealed-{month}-{self.generation:08}.parquet"
            blocks = self._month_blocks(period, joined)
            segment = write_segment(self.store.directory, name, month, blocks)
            assert segment, "there are new facts in it"
            sealed.append(segment)
            replaced += joined
        return sealed, replaced

    def write_rest(self) -> list[Segment]:
        """Put what is not sealed yet into one recent segment."""
        if not self.recent:
            return []
        blocks = (
            facts.take(~self._is_sealed(facts)) for facts in self._blocks(self.recent, (0, 2**39))
        )
        name = f"recent-{self.generation:08}.parquet"
        segment = write_segment(self.store.directory, name, "", blocks)
        return [segment] if segment else []

    def _sealed_in(self, month: str) -> list[Segment]:
        return [part for part in self.view.manifest.segments if part.month == month]

    def _month_blocks(
        self, period: tuple[int, int], joined: list[Segment]
    ) -> Iterator[FactColumns]:
        sources = (*joined, *(part for part in self.recent if part.overlaps(*period)))
        for facts in self._blocks(sources, period):
            yield facts.take(facts.commit <= self.commit_max)

    def _is_sealed(self, facts: FactColumns) -> NDArray[np.bool_]:
        is_sealed = np.zeros(len(facts), np.bool_)
        for start_s, end_s in self.months.values():
            is_sealed |= (facts.time_s >= start_s) & (facts.time_s < end_s)
        return is_sealed & (facts.commit <= self.commit_max)

    def _blocks(
        self, sources: tuple[Segment, ...], period: tuple[int, int]
    ) -> Iterator[FactColumns]:
        """Read distinct facts in blocks of meters, each a bounded number of rows."""
        first = min(part.meter_min for part in sources)
        last = max(part.meter_max for part in sources)
        rows = sum(part.rows for part in sources)
        step = max(1, (last - first + 1) * SEAL_BLOCK_ROWS // max(rows, SEAL_BLOCK_ROWS))
        for meter in range(first, last + 1, step):
            meters = (meter, min(meter + step - 1, last))
            parts = self.store.queries.facts(list(sources), None, *period, meter_range=meters)
            if parts:
                yield distinct_facts(FactColumns.join(parts))


def _month_of(time_s: int) -> tuple[str, int]:
    """Name the UTC month of an instant and give its first one. [s]"""
    moment = datetime.fromtimestamp(time_s, UTC)
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return f"{first:%Y-%m}", int(first.timestamp())
