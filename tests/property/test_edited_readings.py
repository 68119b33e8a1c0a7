"""Edited readings answer what a store would that never held what was left out."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quilowatt.core import ReadingBatch
from quilowatt.store import DuckReadingStore, Edit, EditedReadings, EditRequest

SPAN_S = 40
NOW_S = 1000.0
SETTINGS = settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip

times = st.sets(st.integers(1, SPAN_S), min_size=1, max_size=20)
decisions = st.lists(
    st.tuples(
        st.sampled_from(["leave_out", "restore"]), st.integers(1, SPAN_S), st.integers(1, 15)
    ),
    max_size=5,
)


def batch(meter, times_s):
    time_s = np.array(sorted(times_s), np.int64)
    return ReadingBatch(np.full(time_s.size, meter, np.int32), time_s, time_s * 10, time_s)


def edit(number, decision):
    kind, start_s, length_s = decision
    asked = EditRequest(1, kind, start_s, start_s + length_s, None, None, "a", "r")
    return Edit(number, asked, int(NOW_S * 1e6) + number)


def left(times_s, made):
    counting = set(times_s)
    for kind, start_s, length_s in made:
        inside = {time_s for time_s in times_s if start_s <= time_s < start_s + length_s}
        counting = counting - inside if kind == "leave_out" else counting | inside
    return counting


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("meter", "time_s", "import_wh", "export_wh")
    )


@SETTINGS
@given(
    own=times, others=times, made=decisions, start=st.integers(0, SPAN_S), size=st.integers(1, 20)
)
def test_as_if_the_readings_had_never_come(tmp_path_factory, own, others, made, start, size):
    edits = [edit(number, each) for number, each in enumerate(made, 1)]
    whole = DuckReadingStore(tmp_path_factory.mktemp("whole"))
    lacking = DuckReadingStore(tmp_path_factory.mktemp("lacking"))
    counting = left(own, made)
    for store, times_s in ((whole, own), (lacking, counting)):
        if times_s:
            store.append(batch(1, times_s), now_s=NOW_S)
        store.append(batch(2, others), now_s=NOW_S)
    edited, meters = EditedReadings(whole, edits), np.array([1, 2], np.int32)
    for with_neighbours in (False, True):
        asked = {"with_neighbours": with_neighbours}
        found = edited.readings(meters, start, start + size, **asked)
        assert same(found, lacking.readings(meters, start, start + size, **asked))
    ours, theirs = edited.latest(meters), lacking.latest(meters)
    if counting:
        for name in ("first_time_s", "time_s", "import_wh", "export_wh", "previous_time_s"):
            assert getattr(ours, name).tolist() == getattr(theirs, name).tolist(), name
    scanned = list(edited.scan(start, start + size))
    expected = list(lacking.scan(start, start + size))
    assert sum(map(len, scanned)) == sum(map(len, expected))
    assert all(same(a, b) for a, b in zip(scanned, expected, strict=True))
    whole.close()
    lacking.close()


def test_questions_as_of_before_a_decision_do_not_know_it(tmp_path):
    store = DuckReadingStore(tmp_path)
    store.append(batch(1, {10, 20, 30}), now_s=100.0)
    decided = Edit(1, EditRequest(1, "leave_out", 20, 21, None, None, "a", "r"), 200_500_000)
    edited, meter = EditedReadings(store, [decided]), np.array([1], np.int32)
    assert edited.readings(meter, 0, 99).time_s.tolist() == [10, 30]
    assert edited.readings(meter, 0, 99, as_of=200_000_000).time_s.tolist() == [10, 20, 30]
    assert edited.readings(meter, 0, 99, as_of=201_000_000).time_s.tolist() == [10, 30]
    store.close()
