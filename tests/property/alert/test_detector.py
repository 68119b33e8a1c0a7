"""The same readings give the same signals, however they are cut into batches."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.alert_street import HOUR, ordinary_wh, since, street_batch
from quilowatt.alert import DetectorState, detect
from quilowatt.core.batch import ReadingBatch

START_S = 1_786_924_800

powers = st.sampled_from([0, 100, 500, 3000, 6000, 20_000])
intervals = st.sampled_from([1, 5, 30, 60, 900, 1800, 90_000])
runs = st.lists(st.tuples(powers, intervals, st.integers(1, 30)), min_size=1, max_size=12)


def registers(spans):
    """Times and registers of one meter that draws each power for so many intervals."""
    powers_w, steps_s, counts = np.array(spans, np.int64).T
    step_s = np.repeat(steps_s, counts)
    energy_ws = np.cumsum(np.repeat(powers_w, counts) * step_s)
    return START_S + np.cumsum(step_s), energy_ws // 3600


@st.composite
def batches(draw):
    """Some meters' readings, mixed as they arrive, now and then late, doubled or nonsense."""
    columns = [registers(spans) for spans in draw(st.lists(runs, min_size=1, max_size=4))]
    meter = np.repeat(np.arange(len(columns)), [time_s.size for time_s, _ in columns])
    time_s = np.concatenate([times for times, _ in columns])
    import_wh = np.concatenate([values for _, values in columns])
    order = np.argsort(time_s, kind="stable")
    odd = draw(st.lists(st.integers(0, order.size - 1), max_size=5))
    order = np.concatenate([order, np.array(odd, np.intp)])
    wild = draw(st.lists(st.integers(0, order.size - 1), max_size=2))
    import_wh = import_wh[order]
    import_wh[wild] = draw(st.integers(0, 2**53 - 1))
    return ReadingBatch(
        meter[order].astype(np.int32), time_s[order], import_wh, np.zeros(order.size, np.int64)
    )


def run(batch, cuts):
    state, signals = DetectorState.empty(), []
    for rows in np.split(np.arange(len(batch)), cuts):
        state, found = detect(state, batch.take(rows))
        signals += found
    return state, signals


@settings(max_examples=25, deadline=None)
@given(batches(), st.data())
def test_one_batch_or_many(batch, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(batch)), max_size=8)))
    whole_state, whole = run(batch, [])
    parts_state, parts = run(batch, cuts)
    assert parts == whole
    for name, array in whole_state.to_arrays().items():
        assert (parts_state.to_arrays()[name] == array).all(), name


@settings(max_examples=40, deadline=None)
@given(batches())
def test_meters_do_not_meet(batch):
    _, together = run(batch, [])
    for meter in np.unique(batch.meter):
        _, alone = run(batch.take(batch.meter == meter), [])
        assert alone == [signal for signal in together if signal.meter == meter]


@settings(max_examples=40, deadline=None)
@given(batches())
def test_episodes_open_grow_and_close_in_this_order(batch):
    _, signals = run(batch, [])
    opened = set()
    for signal in signals:
        episode = signal.meter, signal.kind
        assert signal.since_s <= signal.at_s
        assert (signal.phase == "opened") is (episode not in opened)
        opened ^= {episode} if signal.phase != "updated" else set()


@settings(max_examples=40, deadline=None)
@given(batches())
def test_a_batch_twice_is_once(batch):
    state, _ = run(batch, [])
    before = {name: array.copy() for name, array in state.to_arrays().items()}
    state, signals = detect(state, batch)
    assert signals == []
    for name, array in state.to_arrays().items():
        assert (array == before[name]).all(), name


@settings(max_examples=40, deadline=None)
@given(runs.map(lambda spans: [(500, step_s, count) for _, step_s, count in spans]))
def test_a_steady_load_is_silent(spans):
    time_s, import_wh = registers(spans)
    batch = ReadingBatch(
        np.zeros(time_s.size, np.int32), time_s, import_wh, np.zeros_like(import_wh)
    )
    assert run(batch, [])[1] == []


STREET = [
    ordinary_wh(0) * np.where(since(0, 14), 3, 1),
    np.where(since(0, 10), 0, ordinary_wh(1)),
    np.where(since(0, 10), 251, ordinary_wh(2)),
    np.where(since(0, 10), np.round(ordinary_wh(3) * 0.4), ordinary_wh(3)).astype(np.int64),
    ordinary_wh(4) + 150 * (since(0) & (HOUR < 6)),
]
STREET_BATCH = street_batch(STREET)
STREET_KINDS = {
    "lasting_increase",
    "stuck_register",
    "flat_line",
    "lasting_decrease",
    "possible_tampering",
    "night_load",
}


@settings(max_examples=2, deadline=None)
@given(st.lists(st.integers(0, len(STREET_BATCH)), max_size=30), st.data())
def test_what_lasts_is_the_same_in_one_batch_or_many(cuts, data):
    lost = data.draw(st.sets(st.integers(0, len(STREET_BATCH) - 1), max_size=50))
    batch = STREET_BATCH.take(np.setdiff1d(np.arange(len(STREET_BATCH)), list(lost)))
    whole_state, whole = run(batch, [])
    parts_state, parts = run(batch, sorted(cuts))
    assert parts == whole
    assert {signal.kind for signal in whole} >= STREET_KINDS
    for name, array in whole_state.to_arrays().items():
        assert (parts_state.to_arrays()[name] == array).all(), name
