"""Clocks that are ahead, behind, or only slow to be heard."""

import numpy as np

from quilowatt.alert.clock import ClockState, compare

NOW_S = 1_795_000_000
INTERVAL_S = 900


def told(lags_s, state=None, start_s=NOW_S):
    """Readings every interval, each so long before its arrival."""
    lags_s = np.asarray(lags_s)
    arrived_s = start_s + INTERVAL_S * np.arange(lags_s.size)
    meters = np.zeros(lags_s.size, np.int32)
    state = state or ClockState.empty()
    return compare(state, meters, (arrived_s - lags_s, arrived_s), np.array([INTERVAL_S]))


def test_a_reading_from_the_future_is_enough():
    _, (signal,) = told([5, 5, -600, 5])
    assert (signal.kind, signal.offset_s) == ("clock_wrong", 600)
    assert signal.at_s == NOW_S + 2 * INTERVAL_S


def test_a_clock_behind_shows_in_six_hours():
    _, (signal,) = told([3600] * 30)
    assert signal.offset_s == -3600
    assert signal.at_s == NOW_S + 6 * 3600


def test_readings_that_were_kept_are_not_a_slow_clock():
    lags_s = np.tile([20_000, 15_000, 9000, 4000, 5], 40)
    assert told(lags_s)[1] == []


def test_a_beginning_for_an_end_is_no_slow_clock():
    assert told([INTERVAL_S + 20] * 100)[1] == []


def test_a_minute_is_common():
    assert told([-60] * 100)[1] == []


def test_it_ends_when_six_hours_are_right():
    state, _ = told([-600] * 4)
    _, (signal,) = told([5] * 60, state, NOW_S + 3600)
    assert signal.phase == "closed"
    assert signal.since_s == NOW_S
    assert NOW_S + 6 * 3600 <= signal.at_s <= NOW_S + 14 * 3600


def test_a_wrong_clock_is_told_once():
    _, signals = told([-600] * 200)
    assert [signal.phase for signal in signals] == ["opened"]


def test_a_snapshot_goes_on():
    state, _ = told([3600] * 20)
    state = ClockState.from_arrays(state.to_arrays())
    assert len(told([3600] * 20, state, NOW_S + 20 * INTERVAL_S)[1]) == 1
