"""Flushing and sealing: what moves, when, and what a failure at any step leaves."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreFull
from quilowatt.store import DuckReadingStore, readings_duckdb, seal, sealing
from quilowatt.store.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

START_S = 1_767_225_600
"""2026-01-01 00:00 UTC."""

DAY_S = 86400
FOREVER_S = 2**38
METERS = np.arange(8, dtype=np.int32)

Fact = tuple[int, int, int]
"""Meter, time [s], import [Wh]."""


def batch_of(*facts: Fact) -> ReadingBatch:
    meter, time_s, import_wh = (np.array(column, np.int64) for column in zip(*facts, strict=True))
    return ReadingBatch(meter.astype(np.int32), time_s, import_wh, import_wh * 0)


def day(number: int, *, meter: int = 1, wh: int = 5) -> Fact:
    return meter, START_S + number * DAY_S, wh


def facts_in(store: DuckReadingStore) -> list[Fact]:
    """Every fact, as often as it is told."""
    facts = store.facts(METERS, 0, FOREVER_S)
    return list(
        zip(facts.meter.tolist(), facts.time_s.tolist(), facts.import_wh.tolist(), strict=True)
    )


def facts_on_disk(directory: Path, pattern: str = "*.parquet") -> list[Fact]:
    """Every row of every segment, read by another program than DuckDB."""
    tables = [pq.read_table(path).to_pydict() for path in sorted(directory.glob(pattern))]
    return sorted(
        fact
        for table in tables
        for fact in zip(table["meter"], table["time_s"], table["import_wh"], strict=True)
    )


@pytest.fixture
def store(tmp_path):
    store = DuckReadingStore(tmp_path, hot_rows_max=4)
    yield store
    store.close()


# --- what moves, and when -------------------------------------------------------------------


def test_closed_days_are_sealed_by_month_and_open_ones_stay_recent(store, tmp_path):
    store.append(batch_of(day(0), day(30), day(31), day(40)), now_s=START_S + 40 * DAY_S)
    moved = seal(store, now_s=START_S + 40.5 * DAY_S)
    assert moved == 3
    assert facts_on_disk(tmp_path, "sealed-2026-01-*") == [day(0), day(30)]
    assert facts_on_disk(tmp_path, "sealed-2026-02-*") == [day(31)]
    assert facts_on_disk(tmp_path, "recent-*") == [day(40)]
    assert store.figures().hot_readings == 0


@pytest.mark.parametrize(("hour", "sealed"), [(0.9, 0), (1.1, 1)])
def test_a_day_is_closed_an_hour_after_its_end(store, hour, sealed):
    store.append(batch_of(day(0)), now_s=START_S + 60)
    assert seal(store, now_s=START_S + DAY_S + hour * 3600) == sealed


def test_nothing_to_do_does_nothing(store, tmp_path):
    assert seal(store, now_s=START_S) == 0
    store.append(batch_of(day(0)), now_s=START_S)
    assert seal(store, now_s=START_S + 60) == 0
    assert facts_on_disk(tmp_path) == []
    seal(store, now_s=START_S + 2 * DAY_S)
    files = {path.name for path in tmp_path.iterdir()}
    assert seal(store, now_s=START_S + 3 * DAY_S) == 0
    assert {path.name for path in tmp_path.iterdir()} == files


def test_recent_segments_become_one(store, tmp_path):
    for number in range(6):
        store.append(batch_of(day(9, meter=number)), now_s=START_S)
        store.begin_journal()
        store.flush()
    assert store.figures().segments == 6
    seal(store, now_s=START_S + 9 * DAY_S)
    assert store.figures().segments == len(list(tmp_path.glob("*.parquet"))) == 1
    assert facts_on_disk(tmp_path) == [day(9, meter=number) for number in range(6)]


def test_late_facts_join_the_next_generation_of_their_month(store, tmp_path):
    now_s = START_S + 70 * DAY_S
    store.append(batch_of(day(0), day(2), day(33)), now_s=now_s)
    seal(store, now_s=now_s + 10)
    [february] = tmp_path.glob("sealed-2026-02-*")
    store.append(batch_of(day(1), day(2, wh=6), day(0)), now_s=now_s + 20)
    assert facts_in(store) == [day(0), day(1), day(2), day(2, wh=6), day(33)]
    assert seal(store, now_s=now_s + 30) == 2
    assert facts_on_disk(tmp_path, "sealed-2026-01-*") == [day(0), day(1), day(2), day(2, wh=6)]
    assert february.exists()
    assert len(list(tmp_path.glob("*.parquet"))) == 2
    assert facts_in(store) == [day(0), day(1), day(2), day(2, wh=6), day(33)]


def test_facts_of_the_last_seconds_wait(store, tmp_path):
    """Their commits are not rounded up past what comes next in the same second."""
    now_s = START_S + 40 * DAY_S + 0.5
    store.append(batch_of(day(0)), now_s=now_s - 10)
    store.append(batch_of(day(1)), now_s=now_s)
    assert seal(store, now_s=now_s + 0.1) == 1
    store.append(batch_of(day(1, wh=6)), now_s=now_s + 0.2)
    assert facts_in(store) == [day(0), day(1), day(1, wh=6)]
    assert seal(store, now_s=now_s + 9) == 2
    assert facts_in(store) == facts_on_disk(tmp_path) == [day(0), day(1), day(1, wh=6)]


def test_a_large_month_waits_for_a_thorough_run_before_a_few_late_facts_rewrite_it(store, tmp_path):
    now_s = START_S + 40 * DAY_S
    for hour in range(25):
        facts = [(meter, START_S + 3600 * hour, 7) for meter in range(4)]
        store.append(batch_of(*facts), now_s=now_s)
        store.flush()
    assert seal(store, now_s=now_s + 10) == 100
    store.append(batch_of(day(20)), now_s=now_s + 20)
    assert seal(store, now_s=now_s + 30, is_thorough=False) == 0
    assert facts_on_disk(tmp_path, "recent-*") == [day(20)]
    assert len(facts_in(store)) == 101
    assert seal(store, now_s=now_s + 30) == 1
    assert len(facts_in(store)) == len(facts_on_disk(tmp_path)) == 101


def test_a_month_beyond_the_bound_gets_a_second_part(store, tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "SEGMENT_ROWS_MAX", 2)
    now_s, told = START_S + 40 * DAY_S, []
    for number in (3, 1, 2, 0):
        now_s += 10
        facts = [day(number, wh=wh) for wh in (5, 6, 7)]
        store.append(batch_of(*facts), now_s=now_s)
        seal(store, now_s=now_s + 5)
        told += facts
        assert facts_in(store) == sorted(told)
    assert len(list(tmp_path.glob("sealed-2026-01-*"))) == 4
    store.append(batch_of(day(3), day(3, wh=7), day(3, wh=7)), now_s=now_s + 100)
    before = facts_in(store)
    assert len(before) == 14, "an older value returned, then it was revised"
    seal(store, now_s=now_s + 110)
    assert facts_in(store) == before


def test_small_blocks_write_the_same_segment(tmp_path, monkeypatch):
    digests = set()
    for rows in (1, 7, 10**6):
        monkeypatch.setattr(sealing, "SEAL_BLOCK_ROWS", rows)
        store = DuckReadingStore(tmp_path / str(rows), hot_rows_max=100)
        for number in range(9):
            facts = [day(number, meter=meter, wh=3 * number) for meter in (0, 2, 7)]
            store.append(batch_of(*facts), now_s=START_S)
        seal(store, now_s=START_S + 40 * DAY_S)
        store.close()
        digests.add(str(facts_on_disk(tmp_path / str(rows), "sealed-*")))
    assert len(digests) == 1


def test_any_tool_reads_a_segment(store, tmp_path):
    store.append(batch_of(day(1), day(0, wh=3)), now_s=START_S + 7.25)
    store.append(batch_of(day(1, wh=9)), now_s=START_S + 8.5)
    seal(store, now_s=START_S + 40 * DAY_S)
    [path] = tmp_path.glob("sealed-*")
    table = pq.read_table(path)
    assert table.schema.metadata[b"quilowatt.format"] == b"1"
    assert table.to_pydict() == {
        "meter": [1, 1, 1],
        "time_s": [START_S, START_S + DAY_S, START_S + DAY_S],
        "import_wh": [3, 5, 9],
        "export_wh": [0, 0, 0],
        "commit_s": [START_S + 8, START_S + 8, START_S + 9],
        "commit_back_us": [0, 750_000, 500_000],
    }


def test_no_sealed_fact_is_lost_when_the_clock_went_back(store):
    """Sealing again, a week earlier by the clock, must not forget the days since."""
    facts = [day(number) for number in range(1, 12)]
    for fact in facts:
        store.append(batch_of(fact), now_s=START_S + 10 * DAY_S)
        store.flush()
    assert seal(store, now_s=START_S + 20 * DAY_S) == 11  # by a clock that is wrong
    for now_s in (START_S + 11 * DAY_S, START_S + 12 * DAY_S, START_S + 21 * DAY_S):
        facts.append(day(0, wh=int(now_s)))
        store.append(batch_of(facts[-1]), now_s=now_s)
        assert seal(store, now_s=now_s + 7200) == 1
        assert facts_in(store) == sorted(facts)


# --- room in memory -------------------------------------------------------------------------


def fill_hot_tables(store: DuckReadingStore) -> list[Fact]:
    facts = [day(number) for number in range(4 * readings_duckdb.HOT_TABLES_MAX)]
    for first in range(0, len(facts), 4):
        store.append(batch_of(*facts[first : first + 4]), now_s=START_S)
    return facts


def test_a_commit_beyond_the_bound_is_refused_whole_and_possible_after_a_flush(store, monkeypatch):
    monkeypatch.setattr(readings_duckdb, "FLUSH_WAIT_S", 0)
    facts = fill_hot_tables(store)
    with pytest.raises(StoreFull, match="does not keep up"):
        store.append(batch_of(day(99), day(98)), now_s=START_S)
    assert facts_in(store) == facts
    assert store.wait_for_full_table(0)
    assert store.flush()
    store.append(batch_of(day(98), day(99)), now_s=START_S)
    assert facts_in(store) == [*facts, day(98), day(99)]


def test_a_commit_waits_for_room_and_goes_on(store):
    facts = fill_hot_tables(store)
    with ThreadPoolExecutor(1) as pool:
        commit = pool.submit(store.append, batch_of(day(99)), now_s=START_S)
        assert store.flush()
        commit.result(timeout=20)
    assert facts_in(store) == [*facts, day(99)]


def test_sealing_does_not_wait_for_the_room_that_only_it_can_make(store, monkeypatch):
    monkeypatch.setattr(readings_duckdb, "FLUSH_WAIT_S", 0)
    facts = fill_hot_tables(store)
    assert seal(store, now_s=START_S + 60 * DAY_S) == len(facts)
    assert facts_in(store) == facts


def test_a_batch_larger_than_a_table_is_one_commit_in_several_journals(store):
    facts = [day(number) for number in range(11)]
    commit = store.append(batch_of(*facts), now_s=START_S)
    assert commit.is_fresh.all()
    assert facts_in(store) == facts
    assert set(store.facts(METERS, 0, FOREVER_S).commit.tolist()) == {commit.number}


def test_two_threads_that_flush_and_seal_lose_nothing(store):
    facts = fill_hot_tables(store)
    together = threading.Barrier(4)

    def move(number: int) -> None:
        together.wait()
        if number % 2:
            seal(store, now_s=START_S + 60 * DAY_S)
        while store.flush():
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(move, range(4)))
    assert facts_in(store) == facts


# --- files that a question still reads ------------------------------------------------------


def test_a_question_keeps_its_files_until_it_ends(store, tmp_path):
    now_s = START_S + 40 * DAY_S
    store.append(batch_of(day(0)), now_s=now_s)
    seal(store, now_s=now_s + 10)
    [first] = tmp_path.glob("sealed-*")
    with store.pinned():
        with store.pinned():
            store.append(batch_of(day(1)), now_s=now_s + 20)
            seal(store, now_s=now_s + 30)
            assert len(list(tmp_path.glob("sealed-*"))) == 2
        assert first.exists()
    assert not first.exists()
    assert len(list(tmp_path.glob("sealed-*"))) == 1


def test_a_file_that_cannot_be_removed_troubles_nobody(store, tmp_path, monkeypatch):
    now_s = START_S + 40 * DAY_S
    store.append(batch_of(day(0)), now_s=now_s)
    seal(store, now_s=now_s + 10)
    store.append(batch_of(day(1)), now_s=now_s + 20)

    unlink = Path.unlink

    def refuse(path, missing_ok=False):
        if path.suffix == ".tmp":
            return unlink(path, missing_ok)
        raise PermissionError(errno.EPERM, "not permitted", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with store.pinned():
            seal(store, now_s=now_s + 30)
    assert facts_in(store) == [day(0), day(1)]
    store.close()
    again = DuckReadingStore(tmp_path)
    assert facts_in(again) == facts_on_disk(tmp_path) == [day(0), day(1)]
    again.close()


# --- failures at every step -----------------------------------------------------------------


class Crash(BaseException):
    """The process ends here: nobody tidies up."""


class Saboteur:
    """Stands before every change to the disk; the n-th fails, and after a crash so do all others.

    It remembers which files were synced, because after a power cut the others are empty.
    """

    STEPS = (
        (Path, "rename"),
        (Path, "unlink"),
        (os, "fsync"),
        (os, "fdatasync"),
        (os, "ftruncate"),
        (pq.ParquetWriter, "write_table"),
    )

    def __init__(self, patch: pytest.MonkeyPatch, fails_at: int, failure: BaseException) -> None:
        self.steps, self.fails_at, self.failure = 0, fails_at, failure
        self.synced: set[int] = set()
        for owner, name in self.STEPS:
            patch.setattr(owner, name, self._guard(name, getattr(owner, name)))

    @property
    def has_struck(self) -> bool:
        return self.steps > self.fails_at

    def _guard(self, name: str, change: Callable) -> Callable:
        def guarded(subject, *args, **keywords):
            is_over = isinstance(self.failure, Crash) and self.has_struck
            self.steps += not is_over
            if is_over or self.steps - 1 == self.fails_at:
                raise self.failure
            if name in ("fsync", "fdatasync"):
                self.synced.add(os.fstat(subject).st_ino)
            return change(subject, *args, **keywords)

        return guarded


@pytest.fixture(scope="module")
def before_sealing(tmp_path_factory):
    """A directory with sealed months, recent segments and journals, and all of its facts."""
    directory = tmp_path_factory.mktemp("before") / "readings"
    store = DuckReadingStore(directory, hot_rows_max=4)
    now_s = START_S + 70 * DAY_S
    store.append(batch_of(day(0), day(1), day(40)), now_s=now_s)
    seal(store, now_s=now_s + 10)
    store.append(batch_of(day(1, wh=6), day(2), day(69), day(70)), now_s=now_s + 20)
    store.append(batch_of(day(3), day(41), day(0), day(70, meter=2)), now_s=now_s + 21)
    store.flush()
    store.append(batch_of(day(3, wh=8), day(40, wh=1), day(70, wh=3)), now_s=now_s + 22)
    facts = facts_in(store)
    store.close()
    assert len(facts) == 13
    return directory, facts


def move_everything(store: DuckReadingStore) -> None:
    store.flush()
    store.begin_journal()
    seal(store, now_s=START_S + 70.5 * DAY_S)


def listed_in(directory: Path) -> set[str]:
    return {segment.name for segment in read_manifest(directory).segments}


def reopened(directory: Path) -> tuple[list[Fact], list[Fact]]:
    """Give the facts of a directory as a store tells them, before and after it moves them."""
    store = DuckReadingStore(directory, hot_rows_max=4)
    try:
        first = facts_in(store)
        move_everything(store)
        return first, facts_in(store)
    finally:
        store.close()


@pytest.mark.slow
def test_a_crash_at_any_step_loses_and_doubles_nothing(before_sealing, tmp_path, monkeypatch):
    source, facts = before_sealing
    for step in range(1000):
        directory, killed, cut = (tmp_path / f"{step}-{name}" for name in ("at", "killed", "cut"))
        shutil.copytree(source, directory)
        old = {path.stat().st_ino for path in directory.iterdir()}
        store = DuckReadingStore(directory, hot_rows_max=4)
        with monkeypatch.context() as patch:
            saboteur = Saboteur(patch, step, Crash())
            with contextlib.suppress(Crash):
                move_everything(store)
        shutil.copytree(directory, killed)
        shutil.copytree(directory, cut)
        for path in directory.iterdir():
            if path.stat().st_ino not in old | saboteur.synced:
                os.truncate(cut / path.name, 0)
        store.close()
        for left in (killed, cut):
            assert reopened(left) == (facts, facts), (step, left)
            assert len(facts_on_disk(left)) == len(facts), (step, left)
        if not saboteur.has_struck:
            break
    assert step > 20, "there are that many steps at least"


@pytest.mark.slow
def test_a_failure_at_any_step_is_got_over(before_sealing, tmp_path, monkeypatch):
    source, facts = before_sealing
    facts_later = [*facts[:-1], day(71), facts[-1]]
    for step in range(1000):
        directory, left = tmp_path / f"{step}", tmp_path / f"{step}-left"
        shutil.copytree(source, directory)
        store = DuckReadingStore(directory, hot_rows_max=4)
        code = (errno.ENOSPC, errno.EIO)[step % 2]
        with monkeypatch.context() as patch:
            saboteur = Saboteur(patch, step, OSError(code, os.strerror(code)))
            with contextlib.suppress(OSError, StoreFull):
                move_everything(store)
        assert facts_in(store) == facts, step
        store.append(batch_of(day(71)), now_s=START_S + 71 * DAY_S)
        shutil.copytree(directory, left)
        assert reopened(left)[0] == facts_later, step
        move_everything(store)
        assert facts_in(store) == facts_later, step
        store.close()
        assert listed_in(directory) <= {path.name for path in directory.iterdir()}, step
        if not saboteur.has_struck:
            break
    assert step > 20, "there are that many steps at least"


FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreFull
from quilowatt.store import DuckReadingStore, seal

def bound(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

directory = Path(sys.argv[1])
store = DuckReadingStore(directory)
meters = np.arange(int(sys.argv[2]), dtype=np.int32) * int(sys.argv[3])
time_s = meters + np.int64(1_767_225_600)
noise = np.random.default_rng(1).integers(0, 2**40, meters.size)
batch = ReadingBatch(meters, time_s, noise, noise)
store.append(batch, now_s=1_767_225_600)
store.begin_journal()
files = {path.name for path in directory.iterdir()}
bound(50_000)
for move in (store.flush, lambda: seal(store, now_s=1_867_225_600)) * 2:
    try:
        move()
        raise SystemExit("the disk was full, and it was not said")
    except StoreFull as error:
        assert "no room for " in str(error), error
    assert {path.name for path in directory.iterdir()} == files, list(directory.iterdir())
    assert len(store.readings(meters, 0, 2**38)) == meters.size
bound(resource.RLIM_INFINITY)
store.flush()
files = {path.name for path in directory.iterdir()}
bound(20_000)
try:
    seal(store, now_s=1_867_225_600)
    raise SystemExit("the disk was full, and it was not said")
except StoreFull as error:
    assert "no room for " in str(error), error
assert {path.name for path in directory.iterdir()} == files, list(directory.iterdir())
bound(resource.RLIM_INFINITY)
assert seal(store, now_s=1_867_225_600) == meters.size
store.close()
store = DuckReadingStore(directory)
print(len(store.readings(meters, 0, 2**38)))
"""


@pytest.mark.parametrize(("meters", "apart"), [(20_000, 1), (3000, 10)], ids=["segment", "latest"])
def test_a_full_disk_leaves_everything_as_it_was_and_is_got_over(tmp_path, meters, apart):
    """Under a limit on the size of files the kernel writes a part, then refuses, as a disk does."""
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), str(meters), str(apart)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (child.returncode, child.stdout, child.stderr) == (0, f"{meters}\n", "")


# --- room on disk ---------------------------------------------------------------------------


def bytes_per_reading(directory: Path, batches: list[ReadingBatch], now_s: float) -> float:
    store = DuckReadingStore(directory)
    for batch in batches:
        store.append(batch, now_s=now_s)
    sealed = seal(store, now_s=now_s + 40 * DAY_S)
    figures = store.figures()
    store.close()
    assert sealed == figures.segment_readings == sum(map(len, batches))
    return figures.size_bytes / sealed


def test_a_sealed_reading_costs_little_more_than_its_entropy(tmp_path):
    """Quarter-hourly energies that follow an exponential law of mean 80 Wh: 0.97 B of entropy."""
    rng = np.random.default_rng(20260101)
    quarters, meters = 30 * 96, 100
    import_wh = np.cumsum(rng.exponential(80, (quarters, meters)).astype(np.int64), axis=0)
    time_s = START_S + 900 * np.arange(1, quarters + 1)
    batches = [
        ReadingBatch(
            np.tile(np.arange(meters, dtype=np.int32), 96),
            np.repeat(time_s[first : first + 96], meters),
            import_wh[first : first + 96].ravel(),
            np.zeros(96 * meters, np.int64),
        )
        for first in range(0, quarters, 96)
    ]
    assert bytes_per_reading(tmp_path, batches, START_S + 30 * DAY_S) < 1.3


REAL = Path(__file__).parents[4] / "shared/data/lcl_100_households_halfhourly_2013.parquet"


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL.name} (see docs) is not here")
def test_a_real_reading_costs_little_more_than_its_entropy(tmp_path):
    """A hundred London households of 2013, half-hourly: 1.05 B of entropy."""
    table = pq.read_table(REAL)
    meter = table["lclid"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int32)
    time_s = table["tstp"].to_numpy().astype("datetime64[s]").astype(np.int64)
    energy_wh = np.round(table["kwh"].to_numpy(zero_copy_only=False) * 1000)
    energy_wh = np.nan_to_num(energy_wh).astype(np.int64)
    order = np.lexsort((time_s, meter))
    meter, time_s = meter[order], time_s[order]
    import_wh = np.cumsum(energy_wh[order])
    distinct = np.append((np.diff(meter) != 0) | (np.diff(time_s) != 0), [True])
    batch = ReadingBatch(meter, time_s, import_wh, import_wh * 0).take(distinct)
    by_time = np.argsort(batch.time_s, kind="stable")
    batches = [batch.take(rows) for rows in np.array_split(by_time, 50)]
    assert bytes_per_reading(tmp_path, batches, int(time_s.max())) < 1.3
