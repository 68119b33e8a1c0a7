from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.alert import GAP_WH, Cycle, History, empty_history, forecast
from quilowatt.core.calendar import Resolution, date_start_s, interval_edges_s

UTC = ZoneInfo("UTC")
LISBON = ZoneInfo("Europe/Lisbon")
MONDAY = date(2026, 6, 1)
DAY_S = 86_400


def history_of(day_wh, today=MONDAY, zone=UTC, hour_wh=()):
    """Days (and hours) of one meter that end where today begins."""
    today_s = date_start_s(today, zone)
    days = [today - timedelta(days=n) for n in range(len(day_wh), -1, -1)]
    return History(
        np.array([date_start_s(day, zone) for day in days], np.int64),
        np.array([day_wh], np.int64).reshape(1, -1),
        today_s - 3600 * np.arange(len(hour_wh), -1, -1),
        np.array([hour_wh], np.int64).reshape(1, -1),
    )


def made(history, days=14, measured_wh=0, zone=UTC, *, after_s=0, holidays=()):
    today_s = int(history.day_edges_s[-1])
    end = date.fromordinal(MONDAY.toordinal() + days)
    cycle = Cycle(today_s + after_s, date_start_s(end, zone), zone, holidays)
    return forecast(history, np.array([measured_wh]), cycle)


def by_day(found, days):
    return found.expected_wh.reshape(days, 24).sum(axis=1)


def test_a_steady_meter_goes_on():
    found = made(history_of([10_000] * 30), measured_wh=4_000)
    assert found.total_wh.tolist() == [4_000 + 140_000]
    assert by_day(found, 14).tolist() == [10_000] * 14


def test_weekends_are_learned():
    week = [8_000] * 5 + [15_000] * 2
    expected_wh = by_day(made(history_of(week * 8)), 14)
    assert expected_wh[5:7].min() > 1.4 * expected_wh[:5].max()
    assert expected_wh.sum() == pytest.approx(2 * sum(week), rel=0.01)


def test_a_holiday_is_like_a_sunday():
    history = history_of([8_000, 8_000, 8_000, 8_000, 8_000, 15_000, 15_000] * 8)
    plain = by_day(made(history), 14)
    with_holiday = by_day(made(history, holidays={MONDAY + timedelta(days=2)}), 14)
    assert with_holiday[2] == pytest.approx(plain[6], rel=0.01)
    assert np.delete(with_holiday - plain, 2).tolist() == pytest.approx([0] * 13, abs=1)


def test_a_new_level_is_followed_within_the_week():
    found = made(history_of([10_000] * 60 + [20_000] * 7))
    assert 14 * 14_000 < found.total_wh[0] < 14 * 20_000


def test_two_high_days_are_odd_and_the_third_makes_them_a_new_level():
    two, three = (
        made(history_of([7_000] * 60 + [17_000] * days)).expected_wh.sum() / 14 for days in (2, 3)
    )
    assert two < 8_500
    assert 14_000 < three < 17_000


@pytest.mark.parametrize("known_days", [43, 60, 300])
def test_once_followed_a_new_level_is_not_lost_again(known_days):
    levels_wh = [
        made(history_of([7_000] * known_days + [17_000] * days)).expected_wh.sum() / 14
        for days in range(3, 40)
    ]
    assert min(levels_wh) > 14_000
    assert max(levels_wh) < 18_000


def test_an_ordinary_day_ends_what_was_no_new_level():
    expected_wh = made(history_of([7_000] * 60 + [17_000] * 4 + [7_000])).expected_wh.sum()
    assert expected_wh < 14 * 9_000


def test_one_absurd_day_in_a_new_level_moves_little():
    days = [7_000] * 60 + [17_000] * 5
    absurd = [*days[:-2], 1_000_000, 17_000]
    totals = [int(made(history_of(each)).total_wh[0]) for each in (days, absurd)]
    assert totals[1] < 1.15 * totals[0]


def test_an_empty_home_that_is_moved_into_is_followed():
    assert made(history_of([0] * 60 + [9_000] * 3)).total_wh[0] > 14 * 7_500


def test_a_gap_does_not_end_a_new_level():
    days = [7_000] * 60 + [17_000] * 2
    found = made(history_of([*days, GAP_WH, 17_000]))
    assert found.expected_wh.sum() > 14 * 14_000


def test_one_odd_day_moves_little():
    calm, odd = ([10_000] * 60 for _ in range(2))
    odd[-3] = 1_000_000
    totals = [int(made(history_of(days)).total_wh[0]) for days in (calm, odd)]
    assert totals[1] < 1.3 * totals[0]


def test_a_year_tells_the_season():
    autumn = date(2026, 10, 1)
    days = [autumn - timedelta(days=n) for n in range(400, 0, -1)]
    swing = [
        10_000 + 5_000 * np.cos((day.toordinal() - 734_894) / 365.25 * 2 * np.pi) for day in days
    ]
    history = history_of(swing, today=autumn)
    cycle = Cycle(int(history.day_edges_s[-1]), date_start_s(date(2026, 11, 1), UTC), UTC)
    total_wh = int(forecast(history, np.array([0]), cycle).total_wh[0])
    assert total_wh > 1.05 * 31 * swing[-1]


def test_days_that_are_not_known_count_for_nothing():
    whole = [9_000, 12_000] * 20
    gaps = [GAP_WH] * 5 + whole
    assert made(history_of(gaps)).total_wh.tolist() == made(history_of(whole)).total_wh.tolist()


def test_nothing_known_is_said_so():
    found = made(empty_history(1, date_start_s(MONDAY, UTC)), measured_wh=700)
    assert not found.is_known[0]
    assert (found.total_wh[0], found.low_wh[0], found.high_wh[0]) == (700, 700, 700)
    gaps = made(history_of([GAP_WH] * 5, hour_wh=[GAP_WH] * 48))
    assert not gaps.is_known[0]


def test_a_quarter_of_a_day_is_a_beginning_and_less_is_not():
    assert not made(history_of([GAP_WH], hour_wh=[500] * 5)).is_known[0]
    found = made(history_of([GAP_WH], hour_wh=[500] * 6))
    assert found.is_known[0]
    assert found.total_wh.tolist() == [14 * 24 * 500]
    older = made(history_of([12_000] * 2))
    assert (found.high_wh - found.low_wh)[0] > (older.high_wh - older.low_wh)[0]


def test_the_hours_of_the_day_are_the_meter_s_own():
    evening = [100] * 18 + [2_000] * 4 + [100] * 2
    expected_wh = made(history_of([sum(evening)] * 28, hour_wh=evening * 28)).expected_wh[0]
    hours_wh = expected_wh.reshape(14, 24)
    assert hours_wh[0, 18:22].min() > 15 * hours_wh[0, :18].max()
    assert hours_wh[0].sum() == pytest.approx(sum(evening), abs=24)


def test_today_is_expected_from_now_on():
    history = history_of([24_000] * 28, hour_wh=[1_000] * 24 * 28)
    found = made(history, days=1, measured_wh=12_500, after_s=12 * 3600 + 1800)
    assert found.edges_s[0] == date_start_s(MONDAY, UTC) + 12 * 3600 + 1800
    assert found.expected_wh.tolist() == [[500, *[1_000] * 11]]
    assert found.total_wh.tolist() == [24_000]


@pytest.mark.parametrize(
    ("today", "end", "hours"), [(date(2026, 3, 28), 3, 71), (date(2026, 10, 24), 3, 73)]
)
def test_days_of_23_and_25_hours_are_covered(today, end, hours):
    history = history_of([24_000] * 60, today=today, zone=LISBON)
    last_s = date_start_s(today + timedelta(days=end), LISBON)
    found = forecast(history, np.array([0]), Cycle(int(history.day_edges_s[-1]), last_s, LISBON))
    assert found.edges_s.size == hours + 1
    assert (
        found.edges_s.tolist()
        == interval_edges_s(int(history.day_edges_s[-1]), last_s, Resolution.HOUR, LISBON).tolist()
    )
    assert found.total_wh[0] == pytest.approx(hours * 1_000, rel=0.02)


def test_the_range_narrows_as_the_meter_and_the_cycle_go_on():
    uneven = [8_000, 14_000, 9_000, 12_000, 7_000, 13_000, 10_000] * 8
    widths = [
        int((found.high_wh - found.low_wh)[0])
        for found in (
            made(history_of(uneven[:n]), days) for n, days in ((1, 14), (14, 14), (56, 14), (56, 3))
        )
    ]
    assert widths == sorted(widths, reverse=True)


def test_an_empty_home_may_be_come_back_to():
    found = made(history_of([10_000] * 50 + [0] * 40))
    assert found.total_wh[0] < 14 * 1_000
    assert found.high_wh[0] > 3 * found.total_wh[0]
    assert found.intervals_for(found.high_wh).sum() == found.high_wh[0]


def test_intervals_of_a_home_where_nothing_is_expected_follow_the_clock():
    found = made(history_of([0] * 50))
    assert found.total_wh.tolist() == found.high_wh.tolist() == [0]
    assert found.intervals_for(np.array([336])).tolist() == [[1] * 336]


def test_no_meters_are_no_trouble():
    found = forecast(empty_history(0, 0), np.zeros(0, np.int64), Cycle(0, DAY_S, UTC))
    assert len(found) == 0
    assert found.expected_wh.shape == (0, 24)


def test_a_history_that_ends_on_another_day_is_a_bug():
    with pytest.raises(AssertionError):
        made(history_of([10_000] * 5), after_s=DAY_S)
    with pytest.raises(AssertionError):
        Cycle(DAY_S, DAY_S, UTC)
