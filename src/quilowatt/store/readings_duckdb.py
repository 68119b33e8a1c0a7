"""The embedded store of readings: journal and memory for what is new, Parquet for the rest.

A commit is appended to a journal, synced, then shown in the hot table. A full hot table becomes a
recent segment, and closed days move from there to the sealed segments of their months. Each of
these steps makes new files first, then replaces the manifest, then lets go of the old files, so
that a crash between any two of them loses nothing and doubles nothing.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreCorrupt, StoreError, StoreFull
from quilowatt.limits import HOT_ROWS_MAX, HOT_TABLES_MAX
from quilowatt.store.durable import FULL, sync_directory
from quilowatt.store.facts import (
    as_readings,
    commits_of,
    counted,
    is_revised,
    join_batches,
    no_facts,
)
from quilowatt.store.hot import FactColumns, HotTable
from quilowatt.store.journal import Journal, read_journal
from quilowatt.store.latest import LatestTable
from quilowatt.store.manifest import Manifest, read_manifest, write_manifest
from quilowatt.store.neighbours import trim_to_neighbours, without_neighbours
from quilowatt.store.queries import SegmentQueries
from quilowatt.store.reading_ahead import read_ahead
from quilowatt.store.readings import Commit, Latest, StoreFigures
from quilowatt.store.segments import COMMITS_PER_S, distinct_facts, write_segment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns

__all__ = ["DuckReadingStore", "HotLayer", "View"]

FLUSH_WAIT_S: Final = 30
"""How long a commit waits for room in memory before it is refused. [s]"""

NEIGHBOUR_PADS_S: Final = (2 * 3600, 36 * 3600, 40 * 86400, 2**39)
"""How far a neighbour is looked for, in steps: nearly always within two hours. [s]"""

FILES: Final = (
    "recent-{}.parquet",
    "sealed-*-{}.parquet",
    "latest-{}.npy",
    "recent-{}.parquet.tmp",
    "sealed-*-{}.parquet.tmp",
    "latest-{}.npy.tmp",
)
"""Names of the files of a generation, for `Path.glob`."""

ALL_TIME: Final = 2**39
ALL_COMMITS: Final = 2**62


@dataclass(frozen=True, slots=True)
class HotLayer:
    """A journal and its readings in memory."""

    number: int
    journal: Journal
    table: HotTable


@dataclass(slots=True)
class View:
    """All layers at one moment. Whoever asks holds one view from beginning to end.

    Parameters
    ----------
    manifest : Manifest
        The segments.
    hot : tuple of HotLayer
        Those that are not in a segment, oldest first; the last one takes the commits.
    pins : int
        Questions that still use this view: the files it names are kept until they end.
    obsolete : list of Path
        Files to remove when this view and all before it are let go.
    """

    manifest: Manifest
    hot: tuple[HotLayer, ...]
    pins: int = 0
    obsolete: list[Path] = field(default_factory=list)


class DuckReadingStore:
    """A `ReadingStore` in one directory.

    Parameters
    ----------
    directory : Path
        Made if absent. One process at a time.
    hot_rows_max : int
        Readings of one journal; smaller values are for tests.
    """

    def __init__(self, directory: Path, *, hot_rows_max: int = HOT_ROWS_MAX) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        sync_directory(directory.parent)
        self.directory = directory
        self._hot_rows_max = hot_rows_max
        self._latest = LatestTable()
        self._queries = SegmentQueries(directory)
        self._moving = threading.RLock()
        self._appending = threading.Lock()
        self._changed = threading.Condition()
        manifest = read_manifest(directory)
        if not manifest.generation:
            write_manifest(directory, manifest)
        self._commit = manifest.commit
        self._generation = manifest.generation
        self._remove_strays(manifest)
        if manifest.latest:
            self._latest.load(directory / manifest.latest)
        hot = self._open_journals(manifest.first_journal)
        self._view = View(manifest, hot)
        self._views = [self._view]

    # --- commits ---------------------------------------------------------------------------

    def append(self, batch: ReadingBatch, *, now_s: float) -> Commit:
        """Make the batch durable and visible; see `ReadingStore.append`."""
        assert len(batch)
        with self._appending:
            first = max(self._commit + 1, int(now_s * COMMITS_PER_S))
            is_fresh = np.zeros(len(batch), np.bool_)
            batch, commits, kept = commits_of(batch, first)
            is_kept_fresh = np.empty(len(batch), np.bool_)
            for start in range(0, len(batch), self._hot_rows_max):
                rows = slice(start, start + self._hot_rows_max)
                is_kept_fresh[rows] = self._append_part(batch.take(rows), commits[rows])
        is_fresh[kept] = is_kept_fresh
        return Commit(int(commits[-1]), is_fresh)

    def _append_part(self, batch: ReadingBatch, commits: NDArray[np.int64]) -> NDArray[np.bool_]:
        layer = self._view.hot[-1]
        if layer.table.size + len(batch) > layer.table.capacity:
            self._wait_for_room()
            self._rotate()
            layer = self._view.hot[-1]
        layer.journal.append(batch, commits)
        layer.table.append(batch, commits)
        self._commit = int(commits[-1])
        return self._latest.update(batch)

    def _wait_for_room(self) -> None:
        with self._changed:
            has_room = self._changed.wait_for(
                lambda: len(self._view.hot) < HOT_TABLES_MAX, FLUSH_WAIT_S
            )
        if not has_room:
            raise StoreFull("the disk does not keep up: readings in memory reached their bound")

    def _rotate(self) -> None:
        """Begin a new journal; the full one waits to become a segment."""
        with self._changed:
            try:
                layer = self._new_layer(self._view.hot[-1].number + 1)
            except OSError as error:
                if error.errno in FULL:
                    raise StoreFull(f"no room for a journal: {error}") from error
                raise
            self._replace_view(self._view.manifest, (*self._view.hot, layer), [])

    # --- questions -------------------------------------------------------------------------

    def latest(self, meters: NDArray[np.int32]) -> Latest:
        """Answer from memory; see `ReadingStore.latest`."""
        return self._latest.take(np.asarray(meters, np.int32))

    def readings(
        self,
        meters: NDArray[np.int32],
        start_s: int,
        end_s: int,
        *,
        as_of: int | None = None,
        with_neighbours: bool = False,
    ) -> ReadingColumns:
        """Give the counted reading of every instant; see `ReadingStore.readings`."""
        meters = np.asarray(meters, np.int32)
        if not with_neighbours:
            return counted(self._facts(meters, start_s, end_s, as_of))
        latest = self.latest(meters)
        before = np.where(latest.first_time_s < start_s, latest.first_time_s, 0)
        after = latest.time_s >= end_s
        pad_done = NEIGHBOUR_PADS_S[0]
        parts = [counted(self._facts(meters, start_s - pad_done, end_s + pad_done, as_of))]
        for pad in NEIGHBOUR_PADS_S[1:]:
            before, after = without_neighbours(meters, parts, (start_s, end_s), (before, after))
            for lacking, start, end in (
                (meters[before > 0], start_s - pad, start_s - pad_done),
                (meters[after], end_s + pad_done, end_s + pad),
            ):
                parts.append(counted(self._facts(lacking, start, end, as_of)))
            pad_done = pad
        return trim_to_neighbours(parts, start_s, end_s)

    def facts(
        self, meters: NDArray[np.int32], start_s: int, end_s: int, *, as_of: int | None = None
    ) -> ReadingColumns:
        """Give every fact; see `ReadingStore.facts`."""
        facts = self._facts(np.asarray(meters, np.int32), start_s, end_s, as_of)
        return as_readings(facts, is_revised(facts))

    def scan(
        self, start_s: int, end_s: int, *, meters_per_block: int = 4096
    ) -> Iterator[ReadingColumns]:
        """Go through all meters in blocks; see `ReadingStore.scan`."""
        meters = self._latest.meters_that_spoke()
        firsts = range(0, meters.size, meters_per_block)
        blocks = (meters[first : first + meters_per_block] for first in firsts)
        yield from read_ahead(
            blocks, lambda block: self.readings(block, start_s, end_s, with_neighbours=True)
        )

    def arrivals(self, commit: int) -> tuple[ReadingBatch, int]:
        """Give the next facts after a commit; see `ReadingStore.arrivals`."""
        with self.pinned() as view:
            segments = [part for part in view.manifest.segments if part.commit_max > commit]
            tables = [layer.table.facts() for layer in view.hot if layer.table.size]
            tables = [facts for facts in tables if facts.commit[-1] > commit]
            ranges = [(part.commit_min, part.commit_max) for part in segments]
            ranges += [(int(facts.commit[0]), int(facts.commit[-1])) for facts in tables]
            if not ranges:
                return ReadingBatch.empty(), commit
            upto = min(ranges)[1]
            segments = [part for part in segments if part.commit_min <= upto]
            parts = self._queries.facts(segments, None, 0, ALL_TIME, commits=(commit, upto))
            parts += [
                facts.take((facts.commit > commit) & (facts.commit <= upto)) for facts in tables
            ]
        facts = distinct_facts(FactColumns.join(parts))
        batch = ReadingBatch(facts.meter, facts.time_s, facts.import_wh, facts.export_wh)
        return batch, upto

    def commit_at(self, time_s: float) -> int:
        """Name the newest commit that *as of* a moment includes; see `ReadingStore`."""
        return int(time_s) * COMMITS_PER_S

    def figures(self) -> StoreFigures:
        """Tell how the store fares."""
        view = self._view
        return StoreFigures(
            commit=self._commit,
            hot_readings=sum(layer.table.size for layer in view.hot),
            segment_readings=sum(segment.rows for segment in view.manifest.segments),
            segments=len(view.manifest.segments),
            size_bytes=sum(segment.size_bytes for segment in view.manifest.segments)
            + sum(layer.journal.size for layer in view.hot),
        )

    def meters_that_spoke(self) -> NDArray[np.int32]:
        """Numbers of all meters with a reading, rising."""
        return self._latest.meters_that_spoke()

    def close(self) -> None:
        """Let go of files and threads."""
        with self._moving, self._appending, self._changed:
            for layer in self._view.hot:
                layer.journal.close()
            self._queries.close()

    def _facts(
        self, meters: NDArray[np.int32], start_s: int, end_s: int, as_of: int | None
    ) -> FactColumns:
        if not meters.size or end_s <= start_s:
            return no_facts()
        commit_max = ALL_COMMITS if as_of is None else as_of // COMMITS_PER_S * COMMITS_PER_S
        with self.pinned() as view:
            segments = [part for part in view.manifest.segments if part.commit_min <= commit_max]
            parts = self._queries.facts(segments, meters, start_s, end_s)
            if as_of is not None:
                parts = [part.take(part.commit <= commit_max) for part in parts]
            parts += [
                layer.table.select(meters, start_s, end_s, commit_max)
                for layer in view.hot
                if layer.table.size
            ]
        return distinct_facts(FactColumns.join(parts)) if parts else no_facts()

    # --- layers ----------------------------------------------------------------------------

    @contextmanager
    def pinned(self) -> Iterator[View]:
        """Hold the layers of this moment; their files stay until this ends."""
        with self._changed:
            view = self._view
            view.pins += 1
        try:
            yield view
        finally:
            with self._changed:
                view.pins -= 1
                self._remove_obsolete()

    @property
    def queries(self) -> SegmentQueries:
        """Questions to the segments, for sealing."""
        return self._queries

    def wait_for_full_table(self, timeout_s: float) -> bool:
        """Wait until a hot table is full, at most so long; say whether one is. [s]"""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._view.hot) > 1, timeout_s)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Let one thread at a time move readings from layer to layer."""
        with self._moving:
            yield

    @contextmanager
    def new_files(self) -> Iterator[int]:
        """Give the next generation; when this fails, its files are removed again."""
        with self._moving:
            self._generation += 1
            generation = self._generation
            try:
                yield generation
            except (OSError, StoreError):
                self._remove_generation(generation)
                raise

    def settle(self, commit: int) -> int:
        """Make all later commits greater than any sealed one, although that is rounded up.

        Parameters
        ----------
        commit : int
            What may be sealed now, by the clock, which can have gone back. [µs]

        Returns
        -------
        int
            What may be sealed: every fact so far up to this commit, on a whole second. [µs]
        """
        with self._appending:
            sealed = (part.commit_max for part in self._view.manifest.segments if part.month)
            settled = max(min(self._commit, commit), max(sealed, default=0))
            settled = -(-settled // COMMITS_PER_S) * COMMITS_PER_S
            self._commit = max(self._commit, settled)
        return settled

    def begin_journal(self) -> None:
        """Let the next commit begin a new journal, so that this one can become a segment.

        It goes beyond the bound of hot tables by one: the thread that calls this makes the room.
        """
        with self._appending:
            if self._view.hot[-1].table.size:
                self._rotate()

    def flush(self) -> bool:
        """Turn the oldest full hot table into a recent segment; say whether there was one.

        Raises
        ------
        StoreFull
            No room. The journal stays, and nothing is lost.
        """
        with self.moving():
            if len(self._view.hot) < 2:  # noqa: PLR2004 - the last one takes the commits
                return False
            with self.new_files() as generation:
                self._flush(self._view, generation)
        return True

    def _flush(self, view: View, generation: int) -> None:
        layer = view.hot[0]
        facts = distinct_facts(layer.table.facts())
        segment = write_segment(self.directory, f"recent-{generation:08}.parquet", "", [facts])
        latest = f"latest-{generation:08}.npy"
        self._latest.save(self.directory / latest)
        manifest = replace(
            view.manifest,
            generation=generation,
            first_journal=layer.number + 1,
            commit=max(view.manifest.commit, int(layer.table.facts().commit.max(initial=0))),
            latest=latest,
            segments=(*view.manifest.segments, *([segment] if segment else [])),
        )
        self.publish(manifest, flushed=layer)

    def publish(self, manifest: Manifest, *, flushed: HotLayer | None = None) -> None:
        """Make a new manifest the truth, on disk first, then for questions."""
        write_manifest(self.directory, manifest)
        with self._changed:
            old = self._view
            gone = old.manifest.files() - manifest.files()
            obsolete = [self.directory / name for name in gone]
            hot = old.hot
            if flushed is not None:
                assert hot[0] is flushed
                hot = hot[1:]
                flushed.journal.close()
                obsolete.append(flushed.journal.path)
            self._replace_view(manifest, hot, obsolete)

    def _replace_view(
        self, manifest: Manifest, hot: tuple[HotLayer, ...], obsolete: list[Path]
    ) -> None:
        self._view.obsolete += obsolete
        self._view = View(manifest, hot)
        self._views.append(self._view)
        self._remove_obsolete()
        self._changed.notify_all()

    def _remove_obsolete(self) -> None:
        while len(self._views) > 1 and not self._views[0].pins:
            for path in self._views.pop(0).obsolete:
                with suppress(OSError):  # else on opening
                    path.unlink(missing_ok=True)

    def _remove_generation(self, generation: int) -> None:
        """Remove what a failure left, unless it came after the manifest was replaced."""
        with suppress(OSError, StoreError):
            listed = read_manifest(self.directory).files() | self._view.manifest.files()
            for pattern in FILES:
                for path in self.directory.glob(pattern.format(f"{generation:08}")):
                    if path.name not in listed:
                        path.unlink()

    # --- opening ---------------------------------------------------------------------------

    def _open_journals(self, first: int) -> tuple[HotLayer, ...]:
        numbers = sorted(number for number in self._journal_numbers() if number >= first)
        if numbers or self._generation:
            for number in range(first, max(numbers, default=first) + 1):
                if number not in numbers:
                    path = self._journal_path(number)
                    raise StoreCorrupt(f"{path} is missing: restore it from a backup")
        layers = [self._load_layer(number) for number in numbers]
        if not layers or layers[-1].table.size >= layers[-1].table.capacity:
            layers.append(self._new_layer(numbers[-1] + 1 if numbers else first))
        return tuple(layers)

    def _journal_numbers(self) -> list[int]:
        return [int(path.stem.partition("-")[2]) for path in self.directory.glob("journal-*.qwj")]

    def _load_layer(self, number: int) -> HotLayer:
        path, size = self._journal_path(number), 0
        batches, commits = [], []
        for commits_of_batch, batch, end in read_journal(path):
            batches.append(batch)
            commits.append(commits_of_batch)
            size, self._commit = end, max(self._commit, int(commits_of_batch[-1]))
        rows = sum(map(len, batches))
        table = HotTable(max(rows, self._hot_rows_max))
        if rows:
            batch = join_batches(batches)
            table.append(batch, np.concatenate(commits))
            self._latest.update(batch)
        return HotLayer(number, Journal(path, size=size), table)

    def _new_layer(self, number: int) -> HotLayer:
        journal = Journal(self._journal_path(number))
        sync_directory(self.directory)
        return HotLayer(number, journal, HotTable(self._hot_rows_max))

    def _journal_path(self, number: int) -> Path:
        return self.directory / f"journal-{number:08}.qwj"

    def _remove_strays(self, manifest: Manifest) -> None:
        """Remove what a crash left: files that no manifest lists, journals already in segments."""
        listed = manifest.files()
        for pattern in (*FILES, "manifest.json{}.tmp"):
            for path in self.directory.glob(pattern.format("*")):
                if path.name not in listed:
                    path.unlink()
        for number in self._journal_numbers():
            if number < manifest.first_journal:
                self._journal_path(number).unlink()
