"""Laws of the forecast, for any history."""

from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quilowatt.alert import GAP_WH, Cycle, History, forecast

DAY_S, HOUR_S = 86_400, 3600
TODAY_S = 400 * DAY_S
UTC = ZoneInfo("UTC")


@st.composite
def cases(draw):
    seed = draw(st.integers(0, 2**32 - 1))
    meters, days = draw(st.integers(1, 9)), draw(st.integers(0, 120))
    hours = draw(st.integers(0, 72))
    chance = np.random.default_rng(seed)
    scale_wh = chance.integers(0, 10 ** chance.integers(1, 8, (meters, 1)))
    gaps = draw(st.sampled_from([0, 0.1, 0.9]))
    history = History(
        TODAY_S - DAY_S * np.arange(days, -1, -1),
        _energies(chance, (meters, days), scale_wh, gaps),
        TODAY_S - HOUR_S * np.arange(hours, -1, -1),
        _energies(chance, (meters, hours), scale_wh // 24, gaps),
    )
    now_s = TODAY_S + draw(st.integers(0, DAY_S - 1))
    end_s = TODAY_S + DAY_S * draw(st.integers(1, 31))
    measured_wh = chance.integers(0, 10**6, meters)
    return history, measured_wh, Cycle(now_s, end_s, UTC)


def _energies(chance, shape, scale_wh, gaps):
    energy_wh = chance.integers(0, scale_wh + 1, shape)
    return np.where(chance.random(shape) < gaps, GAP_WH, energy_wh)


@given(cases())
def test_totals_are_sums_and_lie_in_their_range(case):
    found = forecast(*case)
    assert found.expected_wh.min(initial=0) >= 0
    assert (found.total_wh == found.measured_wh + found.expected_wh.sum(axis=1)).all()
    assert (found.measured_wh <= found.low_wh).all()
    assert (found.low_wh <= found.total_wh).all()
    assert (found.total_wh <= found.high_wh).all()
    assert (np.diff(found.edges_s) > 0).all()
    assert (found.edges_s[0], found.edges_s[-1]) == (case[2].now_s, case[2].end_s)


@given(cases())
def test_intervals_for_an_end_of_the_range_add_up_to_it(case):
    found = forecast(*case)
    for end_wh in (found.low_wh, found.total_wh, found.high_wh):
        intervals_wh = found.intervals_for(end_wh)
        assert intervals_wh.min(initial=0) >= 0
        assert (intervals_wh.sum(axis=1) + found.measured_wh == end_wh).all()


@given(cases())
@settings(max_examples=50)
def test_a_meter_alone_gets_the_forecast_that_it_gets_among_others(case):
    history, measured_wh, cycle = case
    found = forecast(history, measured_wh, cycle)
    for row in range(len(history)):
        alone = forecast(history.rows([row]), measured_wh[[row]], cycle)
        assert alone.expected_wh[0].tolist() == found.expected_wh[row].tolist()
        assert (alone.low_wh[0], alone.high_wh[0]) == (found.low_wh[row], found.high_wh[row])


def test_blocks_of_meters_do_not_show():
    chance = np.random.default_rng(1)
    days_wh = chance.integers(0, 20_000, (1025, 60))
    midnights_s = TODAY_S - DAY_S * np.arange(60, -1, -1)
    history = History(midnights_s, days_wh, midnights_s[-1:], np.zeros((1025, 0), np.int64))
    nothing, cycle = np.zeros(1025, np.int64), Cycle(TODAY_S, TODAY_S + 9 * DAY_S, UTC)
    found = forecast(history, nothing, cycle)
    for row in (0, 511, 512, 1024):
        alone = forecast(history.rows([row]), nothing[:1], cycle)
        assert alone.expected_wh[0].tolist() == found.expected_wh[row].tolist()
        assert alone.high_wh[0] == found.high_wh[row]


@given(cases())
@settings(max_examples=50)
def test_days_before_the_first_known_one_change_nothing(case):
    history, measured_wh, cycle = case
    earlier = history.day_edges_s[0] - DAY_S * np.arange(5, 0, -1)
    longer = History(
        np.concatenate([earlier, history.day_edges_s]),
        np.concatenate([np.full((len(history), 5), GAP_WH), history.day_wh], axis=1),
        history.hour_edges_s,
        history.hour_wh,
    )
    before, after = (forecast(each, measured_wh, cycle) for each in (history, longer))
    assert np.abs(before.total_wh - after.total_wh).max() <= 1
    assert np.abs(before.high_wh - after.high_wh).max() <= 2
