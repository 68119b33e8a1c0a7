"""Who is told to be silent, when, and how an outage is told once."""

import numpy as np
import pytest

from quilowatt.alert.silence import SilenceState, hear, listen

NOW_S = 1_795_000_000
INTERVAL_S = 900
LIMIT_S = 2700


def heard(meters, at_s=NOW_S, state=None):
    meters = np.array(meters, np.int32)
    return hear(state or SilenceState.empty(), meters, np.full(meters.size, at_s))


def intervals(count, interval_s=INTERVAL_S):
    return np.full(count, interval_s)


def test_a_meter_is_silent_after_three_intervals_and_told_once():
    state, _ = heard([3])
    state, signals = listen(state, NOW_S + LIMIT_S, intervals(5))
    assert signals == []
    state, (signal,) = listen(state, NOW_S + LIMIT_S + 1, intervals(5))
    assert (signal.kind, signal.phase, signal.meter) == ("no_communication", "opened", 3)
    assert (signal.since_s, signal.at_s) == (NOW_S, NOW_S + LIMIT_S + 1)
    _, signals = listen(state, NOW_S + 10 * LIMIT_S, intervals(5))
    assert signals == []


def test_it_ends_with_the_next_call():
    state, _ = heard([3])
    state, _ = listen(state, NOW_S + 2 * LIMIT_S, intervals(5))
    state, (signal,) = heard([3], NOW_S + 3 * LIMIT_S, state)
    assert (signal.phase, signal.since_s) == ("closed", NOW_S)
    assert signal.at_s == NOW_S + 3 * LIMIT_S


@pytest.mark.parametrize(("interval_s", "limit_s"), [(5, 900), (300, 900), (3600, 10_800)])
def test_each_meter_has_its_own_patience(interval_s, limit_s):
    state, _ = heard([0])
    state, signals = listen(state, NOW_S + limit_s, intervals(1, interval_s))
    assert signals == []
    _, signals = listen(state, NOW_S + limit_s + 1, intervals(1, interval_s))
    assert len(signals) == 1


@pytest.mark.parametrize("interval_s", [0])
def test_who_is_not_expected_is_not_missed(interval_s):
    state, _ = heard([0])
    assert listen(state, NOW_S + 10**6, intervals(1, interval_s))[1] == []


def test_who_was_never_heard_is_not_missed():
    assert listen(SilenceState.empty(9), NOW_S, intervals(9))[1] == []


def test_while_nobody_listened_nobody_was_silent():
    state, _ = heard([0])
    started_s = NOW_S + 10**6
    state, signals = listen(state, started_s + LIMIT_S, intervals(1), watching_since_s=started_s)
    assert signals == []
    _, (signal,) = listen(state, started_s + LIMIT_S + 1, intervals(1), watching_since_s=started_s)
    assert signal.since_s == NOW_S


def spread(state, meters, at_s):
    """Each calls at its own second of the interval."""
    meters = np.asarray(meters, np.int32)
    return hear(state, meters, at_s + meters.astype(np.int64) * INTERVAL_S // 100)


def test_an_outage_is_told_once_and_names_its_size():
    state, _ = spread(SilenceState.empty(), np.arange(100), NOW_S)
    state, _ = spread(state, np.arange(60, 100), NOW_S + INTERVAL_S)
    signals = []
    for late_s in range(0, 3 * LIMIT_S, 60):
        now_s = NOW_S + LIMIT_S + late_s
        state, found = spread(state, np.arange(60, 100), now_s - INTERVAL_S)
        signals += found
        state, found = listen(state, now_s, intervals(100))
        signals += found
    (signal,) = signals
    assert (signal.meters, signal.meter, signal.since_s) == (60, 0, NOW_S)
    assert signal.severity == "critical"


def test_an_outage_ends_when_half_are_back_and_the_others_have_their_time():
    state, _ = heard(np.arange(40))
    state, (outage,) = listen(state, NOW_S + LIMIT_S + 1, intervals(40))
    assert outage.meters == 40
    back_s = NOW_S + 10_000
    state, signals = heard(np.arange(19), back_s, state)
    assert signals == []
    state, (end,) = heard([19], back_s + 10, state)
    assert (end.phase, end.meters, end.since_s) == ("closed", 40, NOW_S)
    state, _ = heard(np.arange(20), back_s + 1000, state)
    state, signals = listen(state, back_s + 10 + LIMIT_S - 1, intervals(40))
    assert signals == []
    state, _ = heard(np.arange(38), back_s + LIMIT_S, state)
    _, signals = listen(state, back_s + LIMIT_S + 11, intervals(40))
    assert [(signal.meter, signal.since_s) for signal in signals] == [(38, NOW_S), (39, NOW_S)]


def test_few_at_once_are_no_outage():
    state, _ = heard(np.arange(4))
    state, _ = hear(state, np.arange(4, 200, dtype=np.int32), np.full(196, NOW_S + LIMIT_S))
    _, signals = listen(state, NOW_S + LIMIT_S + 1, intervals(200))
    assert [signal.meters for signal in signals] == [1, 1, 1, 1]


def test_a_snapshot_goes_on():
    state, _ = heard([3])
    state = SilenceState.from_arrays(state.to_arrays())
    _, signals = listen(state, NOW_S + LIMIT_S + 1, intervals(5))
    assert len(signals) == 1


def test_the_first_meter_of_an_outage_that_never_comes_back_is_told_alone_too():
    state, _ = heard(np.arange(40))
    state, (outage,) = listen(state, NOW_S + LIMIT_S + 1, intervals(40))
    end_s = NOW_S + 10_000
    state, _ = heard(np.arange(1, 40), end_s, state)
    state = SilenceState.from_arrays(state.to_arrays())  # over a restart
    state, _ = heard(np.arange(1, 40), end_s + LIMIT_S, state)
    _, (signal,) = listen(state, end_s + LIMIT_S + 1, intervals(40))
    assert (signal.phase, signal.meter, signal.meters) == ("opened", outage.meter, 1)
    # Its beginning names an episode: that of the outage is taken.
    assert signal.since_s == end_s > outage.since_s


def test_a_clock_that_was_set_back_makes_nobody_deaf():
    state, _ = heard([3], NOW_S + 10**6)
    state, signals = listen(state, NOW_S, intervals(5))
    assert signals == []
    _, (signal,) = listen(state, NOW_S + LIMIT_S + 1, intervals(5))
    assert (signal.meter, signal.since_s) == (3, NOW_S)


def test_the_silence_of_a_meter_that_is_taken_down_ends():
    state, _ = heard([3])
    state, _ = listen(state, NOW_S + 2 * LIMIT_S, intervals(5))
    state, (signal,) = listen(state, NOW_S + 3 * LIMIT_S, intervals(5, 0))
    assert (signal.phase, signal.meter, signal.at_s) == ("closed", 3, NOW_S + 3 * LIMIT_S)
    assert listen(state, NOW_S + 4 * LIMIT_S, intervals(5, 0))[1] == []


def test_an_outage_ends_when_its_meters_are_taken_down():
    state, _ = heard(np.arange(40))
    state, _ = listen(state, NOW_S + LIMIT_S + 1, intervals(40))
    _, (signal,) = listen(state, NOW_S + 2 * LIMIT_S, intervals(40, 0))
    assert (signal.phase, signal.meters) == ("closed", 40)
