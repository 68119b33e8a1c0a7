"""A plausible home, the same each time, whichever way it is asked."""

import numpy as np
import pytest

from quilowatt.meter.habits import chance, home_keys, warmth_pct, weekend
from quilowatt.meter.household import Household, Households

DAY_S = 86_400
MONDAY_S = 20_500 * DAY_S + 3 * 3600  # 2026-02-16 00:00 in Bahia
PINNED_WH = [3286, 2906, 2601, 649, 649, 649, 2276, 1827]
TOWN = Households(11, np.arange(200))


def by_hour_w(days, first_day_s=MONDAY_S):
    """Mean power of the town by local hour of day. [W]"""
    energy_wh = TOWN.energy_wh(first_day_s, 3600, 24 * days)
    return energy_wh.reshape(-1, days, 24).mean(axis=(0, 1))


def test_the_start_is_a_local_monday():
    day = (MONDAY_S - 3 * 3600) // DAY_S
    assert weekend(np.arange(day, day + 7)).tolist() == [False] * 5 + [True] * 2


def test_same_seed_same_home_for_ever():
    energy_wh = Households(7, np.array([3])).energy_wh(MONDAY_S, 3 * 3600, 8)
    assert energy_wh.tolist() == [PINNED_WH]


def test_homes_and_towns_differ():
    months_wh = TOWN.energy_wh(MONDAY_S, 30 * DAY_S, 1)
    other_wh = Households(12, np.arange(200)).energy_wh(MONDAY_S, 30 * DAY_S, 1)
    assert len(np.unique(months_wh)) > 190
    assert (months_wh != other_wh).sum() > 190


def test_a_day_alone_is_the_day_in_its_month():
    month = TOWN.energy_ws(MONDAY_S, 900, 96 * 20)
    alone = TOWN.energy_ws(MONDAY_S + 17 * DAY_S, 900, 96)
    assert np.array_equal(month[:, 17 * 96 : 18 * 96], alone)


def test_a_home_alone_is_the_home_in_its_town():
    alone = Households(11, np.array([123])).energy_ws(MONDAY_S, 900, 96)
    assert np.array_equal(TOWN.energy_ws(MONDAY_S, 900, 96)[123], alone[0])


def test_blocks_of_homes_change_nothing(monkeypatch):
    whole = TOWN.energy_ws(MONDAY_S, 3600, 24)
    monkeypatch.setattr("quilowatt.meter.household.CELLS_MAX", 1000)
    assert np.array_equal(TOWN.energy_ws(MONDAY_S, 3600, 24), whole)


def test_live_power_adds_up_to_the_fleets_energy():
    home = Household(11, 123)
    start_s = MONDAY_S + 18 * 3600 + 7
    lived_ws = sum(home.power_w(start_s + second) for second in range(5000))
    assert lived_ws == TOWN.energy_ws(start_s, 5000, 1)[123, 0]
    assert home.power_w(start_s) == TOWN.power_w(start_s)[123]


def test_asking_backwards_in_time_is_fine():
    home = Household(11, 123)
    later = home.power_w(MONDAY_S + DAY_S)
    home.power_w(MONDAY_S)
    assert home.power_w(MONDAY_S + DAY_S) == later


@pytest.mark.parametrize("interval_s", [7, 60, 777, 900, 86_400])
def test_watt_hours_add_up_at_any_interval(interval_s):
    count = DAY_S // interval_s + 1
    homes = Households(11, np.arange(3))
    energy_wh = homes.energy_wh(MONDAY_S, interval_s, count)
    exact_ws = homes.energy_ws(MONDAY_S, interval_s * count, 1)[:, 0]
    assert np.array_equal(energy_wh.sum(axis=1), exact_ws // 3600)
    assert (energy_wh >= 0).all()


def test_a_plausible_size():
    daily_kwh = TOWN.energy_wh(MONDAY_S, 30 * DAY_S, 1)[:, 0] / 30_000
    assert 5 < np.median(daily_kwh) < 13
    assert daily_kwh.min() > 1
    assert daily_kwh.max() < 30
    assert np.percentile(daily_kwh, 95) > 1.5 * np.percentile(daily_kwh, 5)


def test_a_plausible_day():
    hours_w = by_hour_w(28)
    evening, afternoon = hours_w[18:22].mean(), hours_w[13:17].mean()
    assert evening > 2 * afternoon
    assert hours_w[6:8].mean() > 1.5 * hours_w[3:5].mean()
    assert hours_w.min() > 100, "base load and fridge never rest"


def test_weekends_begin_later():
    weekdays_w, weekend_w = by_hour_w(5), by_hour_w(2, MONDAY_S + 5 * DAY_S)
    assert weekdays_w[6] > 1.5 * weekend_w[6]
    assert weekend_w[9] > 1.2 * weekdays_w[9]


def test_someone_showers_for_some_minutes():
    power_w = Households(11, np.arange(40)).energy_ws(MONDAY_S, 60, 24 * 60) // 60
    showers_min = (power_w > 5500).sum(axis=1)
    assert (showers_min > 0).mean() > 0.8
    assert showers_min.max() < 100
    assert power_w.max() < 11_000, "never two at a time"


def test_the_fridge_cycles():
    home = Household(11, 5)
    night_w = np.array([home.power_w(MONDAY_S + 2 * 3600 + second) for second in range(7200)])
    assert len(np.unique(night_w)) >= 2
    assert 2 <= (np.diff(night_w) != 0).sum() <= 12


def test_local_time_is_given():
    here = Households(11, np.arange(50), utc_offset_s=-3 * 3600)
    there = Households(11, np.arange(50), utc_offset_s=9 * 3600)
    here_w = here.energy_wh(MONDAY_S + 20 * 3600, 3600, 1).mean()
    there_w = there.energy_wh(MONDAY_S + 20 * 3600, 3600, 1).mean()
    assert here_w > 1.3 * there_w, "20:00 in Bahia is 08:00 in Tokyo"


def test_summer_is_warm():
    january, july = 20_500 - 32, 20_500 + 150  # the 15th, the 16th
    assert warmth_pct(np.array([january]))[0] > 95
    assert warmth_pct(np.array([july]))[0] < 30


def test_chance_is_even():
    bits = chance(home_keys(1, np.arange(300)), np.arange(300, dtype=np.int64), 5)
    fields = np.stack([bits >> np.uint64(shift) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48)])
    assert np.abs(fields.mean(axis=(1, 2)) - 32_767.5).max() < 250
    assert len(np.unique(bits)) == bits.size
