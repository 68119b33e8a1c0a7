"""Abrupt increases: what must be noticed and what must not, told as the power of one home."""

import io
from pathlib import Path

import numpy as np
import pytest

from quilowatt.alert import ABRUPT_INCREASE, DetectorState, detect
from quilowatt.core.batch import ReadingBatch
from quilowatt.meter.household import Households

START_S = 1_786_924_800  # midnight UTC
DAY_S = 86_400
LONDON = Path(__file__).parents[3] / "../shared/data/lcl_100_households_halfhourly_2013.parquet"


class Home:
    """One meter: draw power for a while, read at an interval, and hear the signals."""

    def __init__(self, meter=5, start_s=START_S):
        self.meter, self.time_s, self.energy_ws = meter, start_s, 0
        self.state = DetectorState.empty()
        self.signals = []
        self.readings = []

    def draw(self, power_w, duration_s, interval_s):
        count = duration_s // interval_s
        time_s = self.time_s + interval_s * np.arange(1, count + 1)
        energy_ws = self.energy_ws + power_w * interval_s * np.arange(1, count + 1)
        self.time_s, self.energy_ws = int(time_s[-1]), int(energy_ws[-1])
        return self.read(time_s, energy_ws // 3600)

    def read(self, time_s, import_wh):
        meter = np.full(time_s.size, self.meter, np.int32)
        batch = ReadingBatch(meter, time_s, import_wh, np.zeros_like(import_wh))
        self.state, signals = detect(self.state, batch)
        signals = [signal for signal in signals if signal.kind == ABRUPT_INCREASE]
        self.signals += signals
        return [signal.phase for signal in signals]

    def live_with_showers(self, days):
        """Days of quarter hours at 500 W, with a shower of 5.5 kW for 8 min morning and evening."""
        for _ in range(days):
            for power_w, hours in [(500, 9), (3433, 0.25), (500, 12.75), (3433, 0.25), (500, 1.75)]:
                self.draw(power_w, int(hours * 3600), 900)

    @property
    def opened(self):
        return [signal for signal in self.signals if signal.phase == "opened"]


@pytest.mark.parametrize(("power_w", "within_s"), [(7500, 60), (8500, 60), (9500, 40)])
def test_far_above_anything_usual_is_noticed_within_a_minute(power_w, within_s):
    home = Home()
    home.live_with_showers(40)
    home.draw(500, 600, 5)
    jump_s = home.time_s
    home.draw(power_w, 120, 5)
    (signal,) = home.opened
    assert signal.kind == ABRUPT_INCREASE
    assert jump_s < signal.at_s <= jump_s + within_s
    assert jump_s - 20 <= signal.since_s <= jump_s
    assert abs(signal.power_w - power_w) <= 0.2 * power_w
    assert signal.usual_power_w < 4000


def test_a_little_above_a_shower_is_noticed_when_it_lasts():
    home = Home()
    home.live_with_showers(40)
    home.draw(500, 600, 5)
    jump_s = home.time_s
    home.draw(6500, 1800, 5)
    (signal,) = home.opened
    assert signal.at_s - jump_s < 1200


def test_the_shower_of_every_day_is_no_alert():
    home = Home()
    home.live_with_showers(40)
    for _ in range(2):
        home.draw(500, 9 * 3600, 5)
        home.draw(6000, 480, 5)
        home.draw(500, 13 * 3600, 5)
        home.draw(6000, 480, 5)
        home.draw(500, DAY_S - 22 * 3600 - 960, 5)
    assert home.signals == []


def test_the_first_reading_of_several_kilowatts_is_enough():
    home = Home()
    home.draw(500, 3 * DAY_S, 900)
    assert home.draw(4000, 900, 900) == ["opened"]
    (signal,) = home.opened
    assert (signal.at_s, signal.since_s) == (home.time_s, home.time_s - 900)
    assert (signal.power_w, signal.usual_power_w, signal.excess_wh) == (4000, 500, 875)


@pytest.mark.parametrize("interval_s", [1, 2, 5, 10])
def test_a_meter_two_minutes_old_is_watched_already(interval_s):
    home = Home()
    home.draw(400, 120, interval_s)
    jump_s = home.time_s
    home.draw(5400, 60, interval_s)
    (signal,) = home.opened
    assert 20 <= signal.at_s - jump_s <= 60


def test_a_young_meter_has_a_higher_bar():
    home = Home()
    home.draw(400, 120, 5)
    home.draw(1300, 1800, 5)
    home.draw(400, 60, 5)
    home.draw(6000, 10, 5)
    home.draw(400, 600, 5)
    assert home.signals == []


def test_the_first_day_of_quarter_hours_is_for_learning():
    home = Home()
    home.draw(100, 8 * 3600, 900)
    home.draw(4000, 900, 900)
    home.draw(100, 8 * 3600, 900)
    assert home.signals == []


def test_an_episode_is_told_once_and_ends_by_itself():
    home = Home()
    home.draw(500, 10 * DAY_S, 900)
    assert home.draw(6000, 600, 5) == ["opened"]
    growing = home.draw(6000, 5 * 3600, 5)
    assert set(growing) == {"updated"}
    assert 2 <= len(growing) <= 6
    assert home.draw(500, 600, 5) == []
    assert home.draw(500, 600, 5) == ["closed"]
    closed = home.signals[-1]
    assert abs(closed.power_w - 6000) <= 60
    assert abs(closed.excess_wh - 5500 * 18_600 // 3600) <= 500
    assert closed.since_s == home.opened[0].since_s
    assert home.draw(500, DAY_S, 900) == []
    assert home.draw(6000, 900, 900) == ["opened"], "another day, another episode"


def test_twice_the_power_in_an_episode_is_an_update():
    home = Home()
    home.draw(500, 10 * DAY_S, 900)
    home.draw(5000, 120, 5)
    assert home.draw(12_000, 120, 5) == ["updated"]
    assert home.signals[-1].power_w > 11_000


def test_what_goes_on_for_days_becomes_usual():
    home = Home()
    home.draw(500, 10 * DAY_S, 900)
    phases = home.draw(6000, 4 * DAY_S, 900)
    assert (phases[0], phases[-1]) == ("opened", "closed")
    assert home.draw(500, DAY_S, 900) == []
    assert home.draw(6000, DAY_S, 900) == []


def test_old_and_repeated_readings_change_nothing():
    home = Home()
    home.draw(500, 3 * DAY_S, 900)
    before = home.state.fields.copy()
    time_s = np.array([home.time_s, home.time_s - 900, START_S])
    home.read(time_s, np.array([10**9, 10**9, 10**9]))
    assert home.signals == []
    assert (home.state.fields == before).all()


def test_a_register_that_falls_starts_anew():
    home = Home()
    home.draw(500, 3 * DAY_S, 900)
    home.energy_ws = 0
    assert home.draw(500, DAY_S, 900) == []
    assert home.draw(5000, 900, 900) == ["opened"]


def test_readings_beyond_reason_do_no_harm():
    home = Home()
    home.draw(500, 10 * DAY_S, 900)
    time_s = np.array([home.time_s + 1000, 2**39, 2**40 - 1, 2**40 - 1])
    home.read(time_s, np.array([2**53 - 1, 2**53 - 1, 0, 2**53 - 1]))
    assert home.signals[0].phase == "opened"
    assert all(signal.excess_wh >= 0 for signal in home.signals)


def test_a_snapshot_goes_on_where_it_was():
    home = Home(meter=100)
    home.draw(500, 8 * DAY_S, 900)
    file = io.BytesIO()
    np.savez(file, **home.state.to_arrays())
    file.seek(0)
    with np.load(file) as arrays:
        home.state = DetectorState.from_arrays(arrays)
    assert home.draw(5000, 900, 900) == ["opened"]
    newer = home.state.to_arrays() | {"format": np.array([3])}
    with pytest.raises(ValueError, match="format 3, this one reads 2"):
        DetectorState.from_arrays(newer)


def batch_of(energy_wh, start_s, interval_s, before_wh):
    """All meters read at the same instants, as a head-end gets them."""
    meters, count = energy_wh.shape
    import_wh = before_wh[:, None] + np.cumsum(energy_wh, axis=1)
    time_s = start_s + interval_s * np.arange(1, count + 1)
    batch = ReadingBatch(
        np.tile(np.arange(meters, dtype=np.int32), count),
        np.repeat(time_s, meters),
        import_wh.T.ravel(),
        np.zeros(meters * count, np.int64),
    )
    return batch, import_wh[:, -1]


def test_ordinary_homes_are_left_in_peace_and_a_fault_is_not():
    homes = Households(7, np.arange(20))
    history_wh = homes.energy_wh(START_S, 900, 40 * 96)
    batch, before_wh = batch_of(history_wh, START_S, 900, np.zeros(20, np.int64))
    state, _ = detect(DetectorState.empty(), batch)
    start_s = START_S + 40 * DAY_S
    live_wh = homes.energy_wh(start_s, 10, DAY_S // 10)
    batch, before_wh = batch_of(live_wh, start_s, 10, before_wh)
    state, signals = detect(state, batch)
    assert len([signal for signal in signals if signal.phase == "opened"]) <= 1
    start_s += DAY_S
    live_wh = homes.energy_wh(start_s, 10, 30)
    live_wh[3, 12:] += 25  # 9 kW after two minutes
    state, signals = detect(state, batch_of(live_wh, start_s, 10, before_wh)[0])
    (signal,) = [signal for signal in signals if signal.phase == "opened"]
    assert signal.meter == 3
    assert signal.at_s <= start_s + 120 + 60


def is_of_every_third(names):
    """Say which rows belong to every third home: the score looks at all of them."""
    return np.unique(names, return_inverse=True)[1] % 3 == 0


@pytest.mark.slow
@pytest.mark.skipif(not LONDON.exists(), reason="the London households are not at hand")
def test_real_homes_hear_little():
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(LONDON)
    table = table.take(np.flatnonzero(is_of_every_third(table["lclid"].cast("string").to_numpy())))
    names, meter = np.unique(table["lclid"].cast("string").to_numpy(), return_inverse=True)
    time_s = table["tstp"].to_numpy().astype("datetime64[s]").astype(np.int64)
    energy_wh = np.round(np.nan_to_num(table["kwh"].to_numpy()) * 1000).astype(np.int64)
    by_meter = np.lexsort((time_s, meter))
    meter, time_s = meter[by_meter].astype(np.int32), time_s[by_meter]
    import_wh = np.cumsum(energy_wh[by_meter])  # each meter's register just starts higher
    batch = ReadingBatch(meter, time_s, import_wh, np.zeros_like(import_wh))
    batch = batch.take(time_s < time_s.min() + 180 * DAY_S)
    _, signals = detect(DetectorState.empty(), batch)
    settled_s = time_s.min() + 30 * DAY_S
    signals = [s for s in signals if s.kind == ABRUPT_INCREASE]
    opened = [s for s in signals if s.phase == "opened" and s.at_s > settled_s]
    assert len(opened) / names.size / 5 < 0.15, "alerts per household and month"
