"""The laws of a load profile, whatever the registers and however they arrived."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quilowatt.core.batch import ReadingBatch
from quilowatt.core.calendar import Resolution, interval_edges_s
from quilowatt.limits import REGISTER_WH_MAX
from quilowatt.profile import energies_wh, energy_between, load_profile, sort_readings

BERLIN = ZoneInfo("Europe/Berlin")
START_S = 1_774_700_000  # a day before the clocks of Berlin go forward

instants = st.one_of(st.integers(0, 5_000), st.integers(0, 2**40 - 1))
registers = st.one_of(st.integers(0, 10_000), st.integers(0, REGISTER_WH_MAX))


@st.composite
def rising_readings(draw, time_s=instants):
    """Readings of one meter whose register never falls, each instant once."""
    times = sorted(draw(st.sets(time_s, min_size=2, max_size=20)))
    values = sorted(draw(st.lists(registers, min_size=len(times), max_size=len(times))))
    return list(zip(times, values, strict=True))


any_readings = st.lists(st.tuples(instants, registers), max_size=20, unique_by=lambda row: row[0])
edge_lists = st.sets(instants, min_size=2, max_size=12).map(sorted)


def columns(rows, meter=3):
    time_s, import_wh = np.array(rows, np.int64).reshape(-1, 2).T
    zeros = np.zeros_like(time_s)
    return sort_readings(
        ReadingBatch(np.full(len(rows), meter, np.int32), time_s, import_wh, zeros)
    )


def profile(rows, edges_s, digits=0):
    return load_profile(columns(rows), np.array(edges_s, np.int64), digits=digits, interval_s=900)


@given(any_readings, edge_lists, st.sampled_from([0, 4, 6]), st.data())
def test_any_order_and_any_repetition_give_the_same_profile(rows, edges_s, digits, data):
    again = data.draw(st.lists(st.sampled_from(rows), max_size=10)) if rows else []
    shuffled = data.draw(st.permutations(rows + again))
    one, other = profile(rows, edges_s, digits), profile(shuffled, edges_s, digits)
    assert one.import_wh.tolist() == other.import_wh.tolist()
    assert one.quality.tolist() == other.quality.tolist()
    assert one.issues == other.issues


@given(rising_readings(), edge_lists)
def test_the_sum_is_the_difference_of_the_registers(rows, edges_s):
    (first_s, first_wh), (last_s, last_wh) = rows[0], rows[-1]
    whole = [first_s, *(edge_s for edge_s in edges_s if first_s < edge_s < last_s), last_s]
    energy = profile(rows, whole)
    assert sum(energy.import_wh.tolist()) == last_wh - first_wh
    assert not energy.issues


@given(any_readings, edge_lists, st.sampled_from([0, 4, 6]))
def test_energy_never_runs_backwards_and_periods_add_up(rows, edges_s, digits):
    energy_wh = profile(rows, edges_s, digits).import_wh.tolist()
    assert min(energy_wh) >= 0
    parts = [energy_between(columns(rows), a, b, digits).import_wh for a, b in pairwise(edges_s)]
    assert parts == energy_wh
    total = energy_between(columns(rows), edges_s[0], edges_s[-1], digits).import_wh
    assert sum(energy_wh) == total


@given(rising_readings(), edge_lists)
def test_equals_exact_interpolation(rows, edges_s):
    def energy_until(edge_s):
        if edge_s <= rows[0][0]:
            return 0
        for (t0, v0), (t1, v1) in pairwise(rows):
            if t0 <= edge_s < t1:
                return v0 - rows[0][1] + (v1 - v0) * (edge_s - t0) // (t1 - t0)
        return rows[-1][1] - rows[0][1]

    expected = [energy_until(b) - energy_until(a) for a, b in pairwise(edges_s)]
    assert profile(rows, edges_s).import_wh.tolist() == expected


@given(rising_readings(st.integers(START_S, START_S + 4 * 86400)))
def test_resampling_keeps_the_sum_over_a_change_of_clock(rows):
    days_s = interval_edges_s(START_S, START_S + 4 * 86400, Resolution.DAY, BERLIN)
    daily_wh = profile(rows, days_s).import_wh
    for name in ("1h", "30m", "15m", "5m"):
        edges_s = interval_edges_s(int(days_s[0]), int(days_s[-1]), Resolution(name), BERLIN)
        fine_wh = profile(rows, edges_s).import_wh
        into_days = np.searchsorted(edges_s, days_s[:-1])
        assert np.add.reduceat(fine_wh, into_days).tolist() == daily_wh.tolist()


@given(rising_readings(), st.integers(4, 15), st.data())
def test_a_dial_that_goes_round_loses_nothing(rows, digits, data):
    wrap_wh = 10**digits
    shift = data.draw(st.integers(0, wrap_wh - 1))
    steps = [min(b - a, wrap_wh // 2 - 1) for (_, a), (_, b) in pairwise(rows)]
    true_wh = np.cumsum([shift, *steps])
    dial = [(time_s, int(v) % wrap_wh) for (time_s, _), v in zip(rows, true_wh, strict=True)]
    energy = energy_between(columns(dial), rows[0][0], rows[-1][0], digits)
    assert energy.import_wh == sum(steps)


@given(st.lists(any_readings, min_size=1, max_size=5), edge_lists, st.data())
def test_many_meters_at_once_are_each_meter_alone(meters, edges_s, data):
    numbers = data.draw(st.permutations(range(len(meters))))
    digits = data.draw(
        st.lists(st.sampled_from([0, 4]), min_size=len(meters), max_size=len(meters))
    )
    facts = [(number, *row) for number, rows in enumerate(meters) for row in rows]
    meter, time_s, import_wh = np.array(facts, np.int64).reshape(-1, 3).T
    batch = ReadingBatch(meter.astype(np.int32), time_s, import_wh, np.zeros_like(time_s))
    together = energies_wh(
        sort_readings(batch),
        np.array(edges_s, np.int64),
        np.array(numbers, np.int32),
        np.array([digits[number] for number in numbers], np.int64),
    )
    alone = [profile(meters[n], edges_s, digits[n]).import_wh.tolist() for n in numbers]
    assert together.tolist() == alone
