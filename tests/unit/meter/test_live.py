"""A person's changes lie over the household's power, and all of it is counted."""

import pytest

from quilowatt.meter.appliances import find_appliance
from quilowatt.meter.live import LiveMeter
from quilowatt.meter.load import Load
from quilowatt.meter.register import Register

NOON_S = 1_790_000_000
SHOWER = find_appliance("shower")
KETTLE = find_appliance("kettle")


class QuietHome:
    """Draws 300 W, and 1,000 W from ten minutes past noon on."""

    def power_w(self, time_s):
        return 300 if time_s < NOON_S + 600 else 1000


class Clock:
    def __init__(self):
        self.now_s = NOON_S + 0.4

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def meter(clock):
    return LiveMeter(Load(QuietHome()), Register(), clock)


def test_the_household_is_counted_across_its_changes(meter, clock):
    clock.now_s += 1200
    moment = meter.moment()
    assert moment.energy_ws == 600 * 300 + 600 * 1000
    assert moment.time_s == NOON_S + 1200
    assert moment.power_w == 1000


def test_each_change_is_counted_from_its_second(meter, clock):
    meter.change(500)
    clock.now_s += 10
    meter.switch(SHOWER, is_on=True)
    clock.now_s += 10
    meter.switch(SHOWER, is_on=False)
    meter.change(-500)
    clock.now_s += 10
    assert meter.moment().energy_ws == 10 * 800 + 10 * 6300 + 10 * 300


def test_how_often_it_is_asked_changes_nothing(meter, clock):
    for _ in range(70):
        clock.now_s += 0.3
        meter.moment()
    assert meter.moment().energy_ws == 300 * int(0.4 + 70 * 0.3)


def test_lowering_stops_at_zero(meter):
    went_all_the_way, moment = meter.change(-500)
    assert not went_all_the_way
    assert moment.power_w == 0
    went_all_the_way, moment = meter.change(200)
    assert went_all_the_way
    assert moment.power_w == 200, "raised from zero, not from what was asked in vain"


def test_lowering_to_zero_exactly_is_no_stop(meter):
    assert meter.change(-300)[0]


def test_raising_stops_at_the_bound(meter):
    went_all_the_way, moment = meter.change(100_000)
    assert not went_all_the_way
    assert moment.power_w == 100_000
    assert meter.switch(SHOWER, is_on=True)[1].power_w == 100_000


def test_a_held_power_ignores_the_household(meter, clock):
    meter.switch(SHOWER, is_on=True)
    moment = meter.hold(1200)
    assert moment.power_w == 1200
    assert moment.parts.appliances == ()
    clock.now_s += 900
    assert meter.moment().energy_ws == 900 * 1200
    assert meter.change(500)[1].power_w == 1700
    assert meter.switch(KETTLE, is_on=True)[1].power_w == 3500
    assert meter.release().power_w == 1000


def test_an_appliance_is_on_once(meter):
    assert meter.switch(KETTLE, is_on=True)[0]
    assert not meter.switch(KETTLE, is_on=True)[0]
    assert meter.switch(KETTLE, is_on=False)[0]
    assert not meter.switch(KETTLE, is_on=False)[0]


def test_all_off_counts(meter):
    meter.switch(KETTLE, is_on=True)
    meter.switch(SHOWER, is_on=True)
    assert meter.switch_all_off()[0] == 2
    assert meter.switch_all_off()[0] == 0


def test_the_relay_stops_the_flow_not_the_wishes(meter, clock):
    assert meter.set_relay(is_on=False)
    assert not meter.set_relay(is_on=False)
    clock.now_s += 60
    moment = meter.switch(KETTLE, is_on=True)[1]
    assert (moment.power_w, moment.parts.total_w, moment.energy_ws) == (0, 2100, 0)
    assert meter.set_relay(is_on=True)
    clock.now_s += 60
    assert meter.moment().energy_ws == 60 * 2100


@pytest.mark.parametrize("step_s", [-3600, 3601, 10**9])
def test_a_clock_that_is_set_is_no_consumption(meter, clock, step_s):
    clock.now_s += step_s
    assert meter.moment().energy_ws == 0
    clock.now_s += 10
    assert meter.moment().energy_ws > 0
