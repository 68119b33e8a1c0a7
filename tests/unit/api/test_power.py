"""The mean power now, from registers that count whole watt-hours."""

from dataclasses import dataclass

import numpy as np
import pytest

from quilowatt.api.power import WINDOW_S, mean_powers_w
from quilowatt.core import ReadingBatch
from quilowatt.profile import sort_readings
from quilowatt.store import Latest


@dataclass
class Place:
    meter_number: int
    digits: int = 0


def readings(times_s, import_wh, meter=1):
    times_s = np.array(times_s, np.int64)
    return sort_readings(
        ReadingBatch(
            np.full(times_s.size, meter, np.int32),
            times_s,
            np.array(import_wh, np.int64),
            np.zeros(times_s.size, np.int64),
        )
    )


def latest(columns):
    def last(column, place):
        return np.array([column[-place] if len(columns) >= place else 0], np.int64)

    return Latest(
        first_time_s=columns.time_s[:1],
        time_s=last(columns.time_s, 1),
        import_wh=last(columns.import_wh, 1),
        export_wh=last(columns.export_wh, 1),
        previous_time_s=last(columns.time_s, 2),
        previous_import_wh=last(columns.import_wh, 2),
        late_count=np.zeros(1, np.int64),
    )


def power_w(times_s, import_wh, digits=0, *, seen=True):
    columns = readings(times_s, import_wh)
    recent = columns if seen else readings([], [])
    (result,) = mean_powers_w(latest(columns), [Place(1, digits)], recent)
    return result


def steady(power, step_s, count):
    times_s = [1_000_000 + step_s * step for step in range(count)]
    return times_s, [power * step_s * step // 3600 for step in range(count)]


@pytest.mark.parametrize(
    ("times_s", "import_wh", "expected"),
    [
        ([900, 1800], [0, 100], 400),
        ([900, 1800, 2700], [0, 100, 100], 0),
        ([900], [100], None),
        ([], [], None),
        ([900, 1800], [100, 50], None),
    ],
)
def test_the_last_two_readings_of_an_ordinary_meter_count(times_s, import_wh, expected):
    assert power_w(times_s, import_wh) == expected


def test_a_dial_that_went_round_is_no_fall():
    assert power_w([900, 1800], [99_950, 50], digits=5) == 400


@pytest.mark.parametrize("power", [60, 300, 1000, 5500, 12_000])
@pytest.mark.parametrize("step_s", [1, 2, 5, 10, 30])
def test_a_meter_that_reports_often_shows_what_is_taken(power, step_s):
    shown = power_w(*steady(power, step_s, 400))
    one_wh_w = 3600 / WINDOW_S
    assert shown == pytest.approx(power, abs=max(one_wh_w, power * 0.06))


def test_a_load_that_is_switched_on_shows_within_seconds():
    times_s, before = steady(300, 2, 200)
    steps = [before[-1] + 5800 * 2 * step // 3600 for step in range(1, 8)]
    later_s = [times_s[-1] + 2 * step for step in range(1, 8)]
    assert power_w(times_s + later_s, before + steps) == pytest.approx(5800, rel=0.08)


def test_a_load_that_is_switched_off_is_gone_after_two_minutes():
    times_s, import_wh = steady(5000, 5, 100)
    quiet = [times_s[-1] + 5 * step for step in range(1, 26)]
    assert power_w(times_s + quiet, import_wh + [import_wh[-1]] * 25) == 0


def test_without_recent_readings_the_last_two_count():
    assert power_w([900, 902], [100, 101], seen=False) == 1800


def test_a_register_that_fell_just_now_is_not_judged_over_a_window():
    assert power_w([900, 902, 904], [100, 50, 51]) == 1800


def test_each_meter_has_its_own_power():
    first, second = readings([900, 1800], [0, 100]), readings([900, 905], [7, 7], meter=2)
    both = Latest(
        *(
            np.concatenate([getattr(latest(part), name) for part in (first, second)])
            for name in Latest.__slots__
        )
    )
    assert mean_powers_w(both, [Place(1), Place(2)], second) == [400, 0]
