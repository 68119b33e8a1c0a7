"""What is remembered of registers tells the same as all readings, whatever comes in between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quilowatt.api.registers import RegisterMemory, essential_rows
from quilowatt.core import ReadingBatch, ReadingColumns
from quilowatt.profile import energies_wh, meters_with_more_to_read, sort_readings
from quilowatt.store.readings_duckdb import DuckReadingStore

EDGES_S = np.array([1_000, 2_000, 3_000], np.int64)
METERS = np.array([1, 2, 3], np.int32)
DIGITS = np.array([0, 4, 0], np.int64)


def batch(rows):
    meter, time_s, import_wh, export_wh = np.array(rows, np.int64).reshape(-1, 4).T
    return ReadingBatch(meter.astype(np.int32), time_s, import_wh, export_wh)


def take(columns, rows):
    return ReadingColumns(
        *(getattr(columns, name)[rows] for name in ReadingColumns.__slots__),
    )


def energies(columns, edges_s=EDGES_S):
    return energies_wh(columns, edges_s, METERS, DIGITS).tolist()


readings = st.lists(
    st.tuples(
        st.integers(1, 3), st.integers(1, 4_000), st.integers(0, 9_999), st.integers(0, 50)
    ),
    max_size=60,
)  # fmt: skip
rises = st.lists(
    st.tuples(st.integers(1, 400), st.integers(0, 90)), min_size=1, max_size=40
)  # fmt: skip


def rising(steps, meter=1):
    time_s = np.cumsum([step_s for step_s, _ in steps])
    import_wh = np.cumsum([step_wh for _, step_wh in steps])
    return [(meter, int(t), int(wh), 0) for t, wh in zip(time_s, import_wh, strict=True)]


@given(readings)
def test_essential_rows_tell_the_same_energies(rows):
    columns = sort_readings(batch(rows))
    essential = take(columns, essential_rows(columns, EDGES_S))
    assert energies(essential) == energies(columns)


@given(rises, readings)
def test_they_still_do_when_more_readings_follow(steps, later):
    columns = sort_readings(batch(rising(steps)))
    last_s = int(columns.time_s[-1])
    more = [(meter, last_s + time_s, wh, export) for meter, time_s, wh, export in later]
    essential = take(columns, essential_rows(columns, EDGES_S))
    kept = [
        (int(m), int(t), int(i), int(e))
        for m, t, i, e in zip(
            essential.meter, essential.time_s, essential.import_wh, essential.export_wh, strict=True
        )
    ]
    known, whole = sort_readings(batch(kept + more)), sort_readings(batch(rising(steps) + more))
    # Odd meters are read anew, so they must be known for odd from what is left.
    odd = set(meters_with_more_to_read(known, EDGES_S).tolist())
    assert odd >= set(meters_with_more_to_read(whole, EDGES_S).tolist())
    for meter, of_known, of_whole in zip(METERS, energies(known), energies(whole), strict=True):
        assert meter in odd or of_known == of_whole


def test_a_long_quiet_history_is_few_rows():
    columns = sort_readings(batch([(1, 900 * step, 100 * step, 0) for step in range(1, 2000)]))
    edges_s = np.array([90_000, 900_000, 1_000_000], np.int64)
    assert int(essential_rows(columns, edges_s).sum()) <= 10


class CountingStore:
    """A real store that counts the rows it is asked for."""

    def __init__(self, store):
        self._store = store
        self.rows = 0
        self.questions = 0

    def latest(self, meters):
        return self._store.latest(meters)

    def readings(self, *args, **kwargs):
        columns = self._store.readings(*args, **kwargs)
        self.rows += len(columns)
        self.questions += 1
        return columns

    def append(self, rows):
        self._store.append(batch(rows), now_s=5_000.0)


@pytest.fixture
def store(tmp_path):
    store = DuckReadingStore(tmp_path)
    yield CountingStore(store)
    store.close()


def asked(memory, edges_s=EDGES_S):
    return energies(memory.readings(METERS, edges_s), edges_s)


def truth(store, edges_s=EDGES_S):
    columns = store._store.readings(METERS, 0, 10**9)
    return energies(columns, edges_s)


def history(meter, until_s=2_500):
    return [(meter, time_s, time_s // 2, 0) for time_s in range(100, until_s, 10)]


def test_what_was_read_once_is_not_read_again(store):
    store.append(history(1) + history(2))
    memory = RegisterMemory(store, lambda: 5_000.0)
    assert asked(memory) == truth(store)
    rows, questions = store.rows, store.questions
    assert asked(memory) == truth(store)
    assert (store.rows, store.questions) == (rows, questions)
    store.append([(1, 2_510, 1_300, 0), (2, 2_700, 1_350, 0)])
    assert asked(memory) == truth(store)
    assert store.rows == rows + 2


def test_a_late_or_revised_reading_is_seen_at_once(store):
    store.append(history(1))
    memory = RegisterMemory(store, lambda: 5_000.0)
    before = asked(memory)
    store.append([(1, 2_000, 1_002, 0)])
    assert asked(memory) == truth(store) != before
    store.append([(1, 1_995, 1_001, 0)])
    assert asked(memory) == truth(store)


def test_a_meter_that_begins_to_speak_is_seen_with_its_history(store):
    store.append(history(1))
    memory = RegisterMemory(store, lambda: 5_000.0)
    asked(memory)
    store.append(history(3))
    assert asked(memory) == truth(store)
    assert asked(memory)[2] == [500, 245]


def test_a_meter_that_was_silent_goes_on(store):
    store.append(history(1, 1_500) + history(2))
    memory = RegisterMemory(store, lambda: 5_000.0)
    asked(memory)
    store.append([(1, 2_800, 1_400, 0)])
    assert asked(memory) == truth(store)


def test_other_edges_are_another_question(store):
    store.append(history(1))
    memory = RegisterMemory(store, lambda: 5_000.0)
    asked(memory)
    other = np.array([1_100, 1_234, 2_345], np.int64)
    assert asked(memory, other) == truth(store, other)


def test_a_period_that_is_over_asks_for_nothing_new(store):
    store.append(history(1, 4_000))
    memory = RegisterMemory(store, lambda: 5_000.0)
    asked(memory)
    store.append([(1, 4_500, 2_250, 0)])
    rows = store.rows
    assert asked(memory) == truth(store)
    assert store.rows == rows


def test_memory_is_bounded(store, monkeypatch):
    monkeypatch.setattr("quilowatt.api.registers.REGISTER_ROWS_MAX", 40)
    store.append(history(1) + history(2) + history(3))
    memory = RegisterMemory(store, lambda: 5_000.0)
    for start_s in range(500, 1_500, 100):
        asked(memory, np.array([start_s, 2_000], np.int64))
    assert memory._rows <= 80
    assert memory._rows == sum(len(page.columns) for page in memory._pages.values())


arrivals = st.lists(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4_000)), min_size=1,
                             max_size=12), max_size=8)  # fmt: skip


@given(arrivals, st.randoms(use_true_random=False))
def test_any_order_of_arrival_tells_the_truth(tmp_path_factory, commits, chance):
    # Odd values lie within the period: one further out than its neighbour is not seen from it.
    def fact(meter, t):
        return meter, t, t // 2 + chance.choice((0, 0, 7)) * (1_000 <= t < 3_000), 0

    inner = DuckReadingStore(tmp_path_factory.mktemp("store"))
    try:
        store = CountingStore(inner)
        memory = RegisterMemory(store, lambda: 5_000.0)
        for commit in commits:
            store.append([fact(*row) for row in commit])
            assert asked(memory) == truth(store)
    finally:
        inner.close()
