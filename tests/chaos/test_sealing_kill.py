"""The store of readings against kill -9 while it commits, flushes and seals at once.

`QUILOWATT_CHAOS_ROUNDS` asks for more rounds, `QUILOWATT_CHAOS_SEED` for those of an earlier run.
"""

from __future__ import annotations

import itertools
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from quilowatt.core.batch import ReadingBatch, ReadingColumns
from quilowatt.store import DuckReadingStore, seal

ROUNDS = int(os.environ.get("QUILOWATT_CHAOS_ROUNDS", "10"))
SEED = int(os.environ.get("QUILOWATT_CHAOS_SEED", secrets.randbits(32)))

COMMITS_MAX = 100
"""A round ends after at most so many commits: the store then flushed and sealed a few times."""

ROWS = 200
"""Readings of a hot table: ten batches."""

START_S = 1_767_225_600
MINUTES = 100 * 1440
"""The readings of a hundred days come in an order in which every month is late all the time."""

NOW_S = START_S + 120 * 86400
METERS = 20
REVISES = 5
"""Each batch revises a reading of the one so many before it."""


def instant_s(number: int) -> int:
    return START_S + 60 * (7919 * number % MINUTES)


def batch_of(number: int) -> ReadingBatch:
    meter = np.arange(METERS, dtype=np.int32)
    time_s = np.full(METERS, instant_s(number))
    import_wh = 1000 * number + meter.astype(np.int64)
    if number >= REVISES:
        meter = np.append(meter, np.int32(number % METERS))
        time_s = np.append(time_s, instant_s(number - REVISES))
        import_wh = np.append(import_wh, 1000 * number + 999)
    return ReadingBatch(meter, time_s, import_wh, import_wh // 3)


def facts_of(batches: int) -> list[np.ndarray]:
    """Give meter, time and registers of all facts of the first batches, as a store tells them."""
    parts = [batch_of(number) for number in range(batches)]
    columns = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("meter", "time_s", "import_wh", "export_wh")
    ]
    order = np.lexsort((columns[2], columns[1], columns[0]))  # a revision is greater
    return [column[order] for column in columns]


def told_by(columns: ReadingColumns) -> list[np.ndarray]:
    return [columns.meter, columns.time_s, columns.import_wh, columns.export_wh]


def commit_and_seal_until_killed(directory: Path, first: int) -> None:
    """Say each batch's number once it is committed; move readings about meanwhile."""
    store, now_s = DuckReadingStore(directory, hot_rows_max=ROWS), NOW_S + first

    def move() -> None:
        while True:
            store.wait_for_full_table(0.005)
            seal(store, now_s=now_s)

    threading.Thread(target=move, daemon=True).start()
    for number in itertools.count(first):
        now_s = NOW_S + number
        store.append(batch_of(number), now_s=now_s)
        os.write(sys.stdout.fileno(), b"%d\n" % number)


def breed(directory: Path) -> None:
    """Fork a child for each batch that a line asks for to go on from; say how it ended.

    So the imports, which take longer than a round, are made once.
    """
    for line in sys.stdin:
        child = os.fork()
        if not child:
            commit_and_seal_until_killed(directory, int(line))
        os.write(sys.stdout.fileno(), b"child %d\n" % child)
        _, status = os.waitpid(child, 0)
        os.write(sys.stdout.fileno(), b"ended %d\n" % os.waitstatus_to_exitcode(status))


def run_and_kill(breeder: subprocess.Popen, batches: int, commits: int) -> int:
    """Let a child go on from a batch and kill it after some commits; give how many there are."""
    child = 0
    breeder.stdin.write(b"%d\n" % batches)
    for line in breeder.stdout:
        word, _, number = line.partition(b" ")
        if word == b"ended":
            assert int(number) == -signal.SIGKILL
            return batches
        if word == b"child":
            child = int(number)
        else:
            assert int(line) == batches
            batches, commits = batches + 1, commits - 1
        if child and commits <= 0:
            os.kill(child, signal.SIGKILL)
            child = 0
    raise AssertionError("the child's parent ended")


@pytest.fixture
def breeder(tmp_path):
    with subprocess.Popen(
        [sys.executable, __file__, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as breeder:
        yield breeder


@pytest.mark.chaos
@pytest.mark.slow
def test_every_commit_that_was_reported_survives_kill_9_exactly_once(tmp_path, breeder):
    print(f"QUILOWATT_CHAOS_SEED={SEED}")  # noqa: T201 - for who wants the same again
    chance, batches, generations = random.Random(SEED), 0, 0
    meters = np.arange(METERS, dtype=np.int32)
    for _ in range(ROUNDS):
        batches = run_and_kill(breeder, batches, chance.randint(1, COMMITS_MAX))
        store = DuckReadingStore(tmp_path, hot_rows_max=ROWS)
        told = told_by(store.facts(meters, 0, 2**38))
        latest = store.latest(meters)
        generations = store._view.manifest.generation
        store.close()
        in_flight = len(told[0]) - len(facts_of(batches)[0])
        assert in_flight in (0, len(batch_of(batches))), "a batch is there whole or not at all"
        wanted = facts_of(batches + (in_flight > 0))
        assert all(map(np.array_equal, told, wanted))
        assert (latest.time_s == wanted[1].max()).all()
        assert (latest.first_time_s == START_S).all()
    assert generations > ROUNDS, "it flushed and sealed between the kills"


if __name__ == "__main__":
    breed(Path(sys.argv[1]))
