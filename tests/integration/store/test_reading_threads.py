"""Questions in threads while commits, flushes and seals go on: no reading is missed or doubled."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from quilowatt.core.batch import ReadingBatch
from quilowatt.store import DuckReadingStore, seal

if TYPE_CHECKING:
    from collections.abc import Callable

START_S = 1_767_225_600
STEP_S = 3600
METERS = np.arange(6, dtype=np.int32)
COMMITS = 400
FOREVER_S = 2**38


def batch_of(number: int) -> ReadingBatch:
    """Give every meter's reading of an hour; its registers follow from the hour."""
    time_s = np.full(METERS.size, START_S + number * STEP_S)
    return ReadingBatch(METERS, time_s, time_s - START_S, (time_s - START_S) // 2)


@pytest.fixture(autouse=True)
def frequent_turns():
    """Let threads take turns far more often than usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


class Course:
    """How far the commits have come, as the thread that makes them knows."""

    def __init__(self, store: DuckReadingStore) -> None:
        self.store = store
        self.committed = 0
        self.is_over = threading.Event()

    def commit(self) -> None:
        for number in range(COMMITS):
            self.store.append(batch_of(number), now_s=START_S + number * STEP_S)
            self.committed = number + 1

    def move(self) -> None:
        while not self.is_over.is_set():
            self.store.wait_for_full_table(0.001)
            seal(self.store, now_s=START_S + self.committed * STEP_S)

    def ask(self, question: Callable[[], tuple[int, int]]) -> int:
        """Ask again and again; the hours told are those committed before, and no gap is there."""
        asked = 0
        while not self.is_over.is_set():
            before = self.committed
            told, after = question()
            assert before <= told <= after, (before, told, after)
            asked += 1
        return asked

    def readings(self) -> tuple[int, int]:
        return self._whole(self.store.readings(METERS, 0, FOREVER_S))

    def facts(self) -> tuple[int, int]:
        return self._whole(self.store.facts(METERS, 0, FOREVER_S))

    def one_meter(self) -> tuple[int, int]:
        columns = self.store.readings(METERS[3:4], 0, FOREVER_S, with_neighbours=True)
        assert (np.diff(columns.time_s) == STEP_S).all()
        return len(columns), self.committed + 1

    def scan(self) -> tuple[int, int]:
        before = self.committed
        blocks = list(self.store.scan(0, FOREVER_S, meters_per_block=METERS.size))
        return self._whole(blocks[0]) if blocks else (before, before)

    def neighbours(self) -> tuple[int, int]:
        """Ask for an hour in the middle: the readings on either side of it are never missed."""
        before = self.committed
        if before > 2:
            at_s = START_S + before // 2 * STEP_S
            columns = self.store.readings(METERS, at_s, at_s + STEP_S, with_neighbours=True)
            wanted = np.tile(at_s + np.array([-STEP_S, 0, STEP_S]), METERS.size)
            assert np.array_equal(columns.time_s, wanted)
            assert np.array_equal(columns.meter, np.repeat(METERS, 3))
        return before, before

    def latest(self) -> tuple[int, int]:
        """A row is of one moment: its parts fit each other."""
        latest = self.store.latest(METERS)
        spoke = latest.time_s > 0
        assert (latest.import_wh == latest.time_s - START_S)[spoke].all()
        assert (latest.export_wh == latest.import_wh // 2)[spoke].all()
        has_two = latest.time_s > START_S
        assert (latest.previous_time_s == latest.time_s - STEP_S)[has_two].all()
        assert (latest.previous_import_wh == latest.import_wh - STEP_S)[has_two].all()
        hours = np.where(spoke, (latest.time_s - START_S) // STEP_S + 1, 0)
        assert np.ptp(hours) <= 0, "a commit shows as a whole"
        return int(hours[0]), self.committed + 1

    def _whole(self, columns) -> tuple[int, int]:
        hours, rest = divmod(len(columns), METERS.size)
        assert rest == 0, "a commit shows as a whole"
        time_s = START_S + STEP_S * np.arange(hours)
        assert np.array_equal(columns.meter, np.repeat(METERS, hours))
        assert np.array_equal(columns.time_s, np.tile(time_s, METERS.size))
        assert np.array_equal(columns.import_wh, np.tile(time_s - START_S, METERS.size))
        assert not columns.is_revised.any()
        return hours, self.committed + 1


@pytest.mark.slow
def test_no_question_sees_a_reading_missing_or_doubled(tmp_path):
    store = DuckReadingStore(tmp_path, hot_rows_max=20 * METERS.size)
    course = Course(store)
    questions = [course.readings, course.facts, course.one_meter, course.scan]
    questions += [course.neighbours, course.latest]
    with ThreadPoolExecutor(len(questions) + 2) as pool:
        asking = [pool.submit(course.ask, question) for question in questions]
        moving = pool.submit(course.move)
        try:
            pool.submit(course.commit).result()
        finally:
            course.is_over.set()
        moving.result()
        assert all(asked.result() > 3 for asked in asking)
    assert course.readings() == (COMMITS, COMMITS + 1)
    seal(store, now_s=START_S + (COMMITS + 48) * STEP_S)
    assert course.facts() == (COMMITS, COMMITS + 1)
    assert len(list(tmp_path.glob("*.parquet"))) == 1
    store.close()
