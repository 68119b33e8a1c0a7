from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.alert import GAP_WH, Cycle, History, forecast
from quilowatt.alert.track_record import TrackRecord, join, note, score, score_by_meter, settle

DAY_S = 86_400
ROWS = """
meter  start  expected    low    high  actual
    7      0    210000 190000  240000  200000
    7     30    180000 170000  200000  210000
    9      0     50000  45000   60000   50000
    9     30     70000  60000   80000      -1
"""


def record():
    _, *lines = ROWS.strip().splitlines()
    meter, start, expected, low, high, actual = np.array(
        [line.split() for line in lines], np.int64
    ).T
    start_s = start * DAY_S
    return TrackRecord(
        meter, start_s, start_s + 30 * DAY_S, start_s + 10 * DAY_S, expected, low, high, actual
    )


def test_bias_error_and_coverage_of_all():
    found = score(record())
    assert (found.count, found.bias_wh, found.error_wh) == (3, -6_667, 13_333)
    assert (found.actual_wh, found.covered) == (153_333, 2)
    assert round(found.error_share, 3) == 0.087


def test_each_meter_has_its_own_score():
    found = score_by_meter(record())
    assert sorted(found) == [7, 9]
    assert (found[7].count, found[7].bias_wh, found[7].covered) == (2, -10_000, 1)
    assert (found[9].count, found[9].error_wh, found[9].coverage) == (1, 0, 1)


def test_a_cycle_that_has_not_ended_has_no_score():
    running = record().rows(np.array([False, False, False, True]))
    assert score(running) is None
    assert score_by_meter(running) == {}


def test_a_cycle_is_settled_by_meter_and_start():
    settled = settle(record(), {(9, 30 * DAY_S): 65_000, (7, 90 * DAY_S): 1})
    assert settled.actual_wh.tolist() == [200_000, 210_000, 50_000, 65_000]
    assert score_by_meter(settled)[9].count == 2


def test_a_forecast_is_noted_unless_nothing_is_known():
    midnights_s = DAY_S * np.arange(11)
    days_wh = np.array([[10_000] * 10, [GAP_WH] * 10])
    history = History(midnights_s, days_wh, midnights_s[-1:], np.zeros((2, 0), np.int64))
    made = forecast(history, np.array([100_000, 0]), Cycle(10 * DAY_S, 30 * DAY_S, ZoneInfo("UTC")))
    noted = note(made, np.array([7, 9]), cycle_start_s=0)
    assert noted.meter.tolist() == [7]
    assert (noted.issued_s[0], noted.cycle_end_s[0]) == (10 * DAY_S, 30 * DAY_S)
    assert (noted.expected_wh[0], noted.actual_wh[0]) == (300_000, GAP_WH)
    assert len(join([noted, record()])) == 5


def test_a_home_that_used_nothing_has_no_share_of_error():
    row = [1, 0, 30 * DAY_S, 10 * DAY_S, 0, 0, 0, 0]
    assert score(TrackRecord(*(np.array([value]) for value in row))).error_share == 0
