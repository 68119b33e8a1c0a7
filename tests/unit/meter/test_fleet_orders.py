"""A meter of a fleet obeys: other instants, and no energy while the load is disconnected."""

import asyncio
import itertools

import numpy as np
import pytest

from quilowatt.meter import fleet_engine
from quilowatt.meter.fleet import Fleet, FleetOptions
from quilowatt.meter.fleet_orders import OrderedMeter
from quilowatt.meter.fleet_registers import Registers, Schedule

NOW_S = 1_790_000_000
SCHEDULE = Schedule.starting(NOW_S, history_s=7200, profile_interval_s=900, interval_s=60)


def registers_of(schedule):
    return Registers(1, np.array([2], np.int64), schedule)


def plain(times_s):
    """What the register shows at these instants when nobody orders anything."""
    return [int(registers_of(SCHEDULE).import_wh_at(time_s)[0]) for time_s in times_s]


@pytest.fixture
def meter():
    return OrderedMeter(SCHEDULE, registers_of)


def readings(meter, until_s):
    """All readings until an instant, by number, however they are asked for."""
    found, count = [], meter.index_after(until_s)
    while len(found) < count:
        time_s, import_wh = meter.readings(len(found), count)
        assert len(time_s)
        found += zip(time_s.tolist(), import_wh.tolist(), strict=True)
    assert [meter.index_after(time_s) for time_s, _ in found] == list(range(1, count + 1))
    return found


def test_without_an_order_nothing_differs(meter):
    found = readings(meter, NOW_S + 600)
    assert [time_s for time_s, _ in found] == [SCHEDULE.time_s(k) for k in range(len(found))]
    assert [wh for _, wh in found] == plain([time_s for time_s, _ in found])


@pytest.mark.parametrize("interval_s", [1, 7, 60, 900, 86400])
def test_it_reads_as_often_as_it_is_told_and_history_stays(meter, interval_s):
    before = readings(meter, NOW_S + 130)
    meter.set_interval(interval_s, NOW_S + 130)
    after = readings(meter, NOW_S + 130 + 3 * interval_s)
    assert after[: len(before)] == before
    new = [time_s for time_s, _ in after[len(before) :]]
    assert new
    assert new[0] > NOW_S + 130
    assert all(time_s % interval_s == 0 for time_s in new)
    assert {b - a for a, b in itertools.pairwise(new)} <= {interval_s}
    assert [wh for _, wh in after] == plain([time_s for time_s, _ in after])


def test_orders_may_follow_each_other_at_once(meter):
    meter.set_interval(900, NOW_S)
    meter.set_interval(5, NOW_S)
    meter.set_interval(10, NOW_S + 12)
    times = [time_s for time_s, _ in readings(meter, NOW_S + 40) if time_s > NOW_S]
    assert times == [NOW_S + k for k in (5, 10, 20, 30, 40)]


def test_no_energy_flows_while_the_load_is_disconnected(meter):
    meter.set_interval(30, NOW_S)
    meter.set_relay(NOW_S + 600, is_on=False)
    meter.set_relay(NOW_S + 610, is_on=False)
    cut = dict(readings(meter, NOW_S + 7200))
    at_cut, at_return, at_end = plain([NOW_S + 600, NOW_S + 3600, NOW_S + 7200])
    assert at_cut < at_return < at_end, "this home always takes something"
    assert {wh for time_s, wh in cut.items() if time_s >= NOW_S + 600} == {at_cut}
    meter.set_relay(NOW_S + 3600, is_on=True)
    meter.set_relay(NOW_S + 3610, is_on=True)
    found = dict(readings(meter, NOW_S + 7200))
    assert found[NOW_S + 3600 - 3600 % 30 - NOW_S % 30] == at_cut
    last_s = max(found)
    assert found[last_s] == plain([last_s])[0] - (at_return - at_cut)
    values = [wh for _, wh in sorted(found.items())]
    assert values == sorted(values)


@pytest.mark.asyncio
@pytest.mark.timeout(30)
async def test_a_running_fleet_obeys_the_head_end(head_end, monkeypatch):
    monkeypatch.setattr(fleet_engine, "WATCH_S", 0.005)
    monkeypatch.setattr(fleet_engine, "PACE_S", 0.001)
    now = [NOW_S]
    options = FleetOptions("127.0.0.1", head_end.port, meters=1, history_s=900, interval_s=900)
    stop = asyncio.Event()
    fleet = Fleet(options, now_s=lambda: now[0], chance=lambda: 0.5)
    running = asyncio.create_task(fleet.run(stop))

    async def until(condition):
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 the fleet has no event for it
                await asyncio.sleep(0.001)

    await until(lambda: len(head_end.readings) and len(head_end.times()) == 1)
    head_end.say(b"SET interval 10\nSET relay off\n")
    await until(lambda: fleet._ordered)
    now[0] = NOW_S + 30
    await until(lambda: len(head_end.times()) == 4)
    ((_, heard),) = head_end.readings.items()
    assert head_end.times()[1:] == [NOW_S + 10, NOW_S + 20, NOW_S + 30]
    assert len({reading.import_wh for reading in heard[1:]}) == 1
    stop.set()
    report = await running
    assert (report.sent, report.repeated) == (4, 0)
