"""Silences and clocks: the same calls give the same signals, however they are cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quilowatt.alert.clock import ClockState, compare
from quilowatt.alert.silence import SilenceState, hear, listen

START_S = 1_795_000_000

calls = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 4000), st.sampled_from([5, -600, 4000, 40_000])),
    min_size=1,
    max_size=60,
)


def columns(made):
    meters = np.array([meter for meter, _, _ in made], np.int32)
    arrived_s = START_S + np.cumsum([step_s for _, step_s, _ in made])
    return meters, arrived_s, arrived_s - np.array([lag_s for _, _, lag_s in made])


@given(calls, st.data())
def test_clocks_in_one_batch_or_many(made, data):
    meters, arrived_s, time_s = columns(made)
    cuts = sorted(data.draw(st.lists(st.integers(0, meters.size), max_size=6)))
    interval_s = np.full(7, 900)
    _, whole = compare(ClockState.empty(), meters, (time_s, arrived_s), interval_s)
    state, parts = ClockState.empty(), []
    for rows in np.split(np.arange(meters.size), cuts):
        state, found = compare(state, meters[rows], (time_s[rows], arrived_s[rows]), interval_s)
        parts += found
    assert parts == whole


@given(calls, st.data())
def test_silences_in_one_batch_or_many(made, data):
    meters, arrived_s, _ = columns(made)
    cuts = sorted(data.draw(st.lists(st.integers(0, meters.size), max_size=6)))
    end_s = int(arrived_s[-1]) + 3000
    interval_s = np.full(7, 900)
    state, whole = hear(SilenceState.empty(), meters, arrived_s)
    _, whole_silent = listen(state, end_s, interval_s)
    state = SilenceState.empty()
    for rows in np.split(np.arange(meters.size), cuts):
        state, _ = hear(state, meters[rows], arrived_s[rows])
    assert listen(state, end_s, interval_s)[1] == whole_silent
    assert whole == []


@given(calls)
def test_a_silence_is_opened_and_closed_in_turn(made):
    meters, arrived_s, _ = columns(made)
    state, open_meters, interval_s = SilenceState.empty(), set(), np.full(7, 300)
    for meter, at_s in zip(meters, arrived_s, strict=True):
        state, back = hear(state, np.array([meter]), np.array([at_s]))
        state, silent = listen(state, int(at_s), interval_s)
        for signal in [*back, *silent]:
            if signal.phase == "updated":
                continue
            episode = signal.meter, signal.meters
            assert (signal.phase == "opened") is (episode not in open_meters)
            open_meters ^= {episode}
