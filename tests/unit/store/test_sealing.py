"""Flushing and sealing: what moves, when, and how much room it takes."""

from __future__ import annotations

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from harness.sealed_facts import (
    DAY_S,
    FOREVER_S,
    METERS,
    START_S,
    Fact,
    batch_of,
    day,
    facts_in,
    facts_on_disk,
)
from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreFull
from quilowatt.store import DuckReadingStore, readings_duckdb, seal, sealing


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
