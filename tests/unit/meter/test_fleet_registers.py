"""When a fleet reads its registers, and that a reading computed again is the same."""

import numpy as np
import pytest

from quilowatt.meter.fleet_registers import (
    HISTORY_PAGE,
    LIVE_PAGE,
    PAGES_KEPT,
    Registers,
    Schedule,
    Surge,
)
from quilowatt.meter.lines import encode_readings
from quilowatt.wire import Reading

NOW_S = 1_790_000_123
SCHEDULE = Schedule.starting(NOW_S, history_s=10 * 86400, profile_interval_s=900, interval_s=5)


def readings(registers, indices):
    found = []
    for index in indices:
        page = registers.page(index)
        column = index - page.start
        found.append((int(page.time_s[column]), *page.import_wh[:, column].tolist()))
    return found


def test_times_rise_from_history_into_live():
    times = [SCHEDULE.time_s(k) for k in range(SCHEDULE.history_count + 100)]
    assert times == sorted(set(times))
    assert times[0] >= NOW_S - 10 * 86400
    assert times[SCHEDULE.history_count - 1] <= NOW_S < times[SCHEDULE.history_count]
    assert np.diff(times[-100:]).tolist() == [5] * 99
    for index, time_s in enumerate(times):
        assert SCHEDULE.index_after(time_s) == index + 1
        assert SCHEDULE.index_after(time_s - 1) == index


@pytest.mark.parametrize("history_s", [0, 1, 899, 900, 901])
def test_there_is_always_a_first_register(history_s):
    schedule = Schedule.starting(NOW_S, history_s=history_s, profile_interval_s=900, interval_s=60)
    assert schedule.history_count >= 1
    assert schedule.time_s(0) <= NOW_S < schedule.time_s(schedule.history_count)


def test_a_fleet_that_comes_back_keeps_its_origin():
    later = Schedule.starting(
        NOW_S + 5000,
        history_s=0,
        profile_interval_s=900,
        interval_s=5,
        origin_s=SCHEDULE.origin_s,
    )
    assert [later.time_s(k) for k in range(900)] == [SCHEDULE.time_s(k) for k in range(900)]


def test_registers_rise_and_are_the_same_in_any_order():
    meters = np.arange(5, dtype=np.int64)
    count = SCHEDULE.history_count + 3 * LIVE_PAGE
    forward = readings(Registers(7, meters, SCHEDULE), range(count))
    columns = np.array(forward)
    assert (np.diff(columns, axis=0) >= 0).all()
    assert (columns[-1, 1:] > columns[0, 1:] + 10_000).all()
    steps = [0, 5, count - 1, HISTORY_PAGE, 1, SCHEDULE.history_count, HISTORY_PAGE - 1, 700]
    assert readings(Registers(7, meters, SCHEDULE), steps) == [forward[k] for k in steps]


def test_a_meter_alone_is_as_in_its_group():
    together = readings(Registers(7, np.arange(5, dtype=np.int64), SCHEDULE), [0, 300])
    alone = readings(Registers(7, np.array([3]), SCHEDULE), [0, 300])
    assert [(t, row[3]) for t, *row in together] == alone


def test_few_pages_are_kept():
    registers = Registers(7, np.arange(2, dtype=np.int64), SCHEDULE)
    readings(registers, range(0, 5000, LIVE_PAGE))
    assert len(registers._pages) == PAGES_KEPT


def test_a_surge_adds_its_energy_to_one_meter():
    start_s = SCHEDULE.time_s(SCHEDULE.history_count + 10)
    surge = Surge(meter=1, power_w=7200, start_s=start_s, duration_s=50)
    indices = [SCHEDULE.history_count + k for k in (10, 15, 20, 40)]
    meters = np.arange(3, dtype=np.int64)
    plain = np.array(readings(Registers(7, meters, SCHEDULE), indices))
    surged = np.array(readings(Registers(7, meters, SCHEDULE, surge), indices))
    assert (surged - plain)[:, 2].tolist() == [0, 50, 100, 100]
    assert (surged - plain)[:, [0, 1, 3]].any() == False  # noqa: E712 an array's truth


def test_lines_as_the_wire_writes_them():
    rows = [Reading(1767225600 + n, n, 2**53 - 1 - n) for n in range(3)]
    columns = np.array([(r.time_s, r.import_wh, r.export_wh) for r in rows])
    assert encode_readings(*columns.T) == b"".join(r.encode() for r in rows)
    assert encode_readings(*columns[:0].T) == b""
