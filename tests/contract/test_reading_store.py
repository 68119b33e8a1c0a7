"""What every `ReadingStore` must do, wherever in it the readings lie; see `harness.houses`."""

from __future__ import annotations

import numpy as np
import pytest

from harness.houses import (
    DAY_S,
    FOREVER_S,
    NOW_S,
    START_S,
    at,
    numbers,
    plain,
    rows_of,
)
from quilowatt.limits import REGISTER_WH_MAX

# --- nothing at all -------------------------------------------------------------------------


def test_an_empty_store_answers(house):
    house.settle()
    for columns in (
        house.store.readings(numbers(1, 2), 0, FOREVER_S),
        house.store.readings(numbers(1, 2), 0, FOREVER_S, with_neighbours=True),
        house.store.facts(numbers(1, 2), 0, FOREVER_S),
    ):
        assert rows_of(columns) == []
        assert columns.meter.dtype == np.int32
        assert columns.is_revised.dtype == np.bool_
        for name in ("time_s", "import_wh", "export_wh", "commit"):
            assert getattr(columns, name).dtype == np.int64, name
    assert list(house.store.scan(0, FOREVER_S)) == []
    assert house.latest(0, 7) == [(0,) * 6] * 2


def test_no_meters_are_asked_for(house):
    house.append(at(0))
    house.settle()
    assert house.all([]) == house.all([], with_neighbours=True) == house.facts([]) == []
    assert house.latest() == []


# --- appending ------------------------------------------------------------------------------


def test_what_was_appended_is_visible_at_once(house):
    for quarter in range(5):
        house.append(at(quarter), at(quarter, meter=2))
        rows = [at(past, meter=meter) for meter in (1, 2) for past in range(quarter + 1)]
        assert house.all([1, 2]) == plain(*rows)
        house.settle()
        assert house.all([1, 2]) == plain(*rows)


def test_what_was_appended_is_there_after_reopening(house):
    house.append(at(0), at(1))
    house.append(at(1, wh=7), at(0, meter=2))
    house.settle()
    facts, latest = house.facts([1, 2]), house.latest(1, 2)
    house.reopen()
    assert house.facts([1, 2]) == facts
    assert len(facts) == 4
    assert house.latest(1, 2) == latest


def test_answers_have_the_types_of_columns(house):
    house.append(at(0))
    house.settle()
    columns = house.store.readings(numbers(1), 0, FOREVER_S)
    assert columns.meter.dtype == np.int32
    assert columns.is_revised.dtype == np.bool_
    for name in ("time_s", "import_wh", "export_wh", "commit"):
        assert getattr(columns, name).dtype == np.int64, name


def test_a_commit_is_numbered_by_its_wall_time_in_microseconds(house):
    assert house.append(at(0), now_s=NOW_S + 0.25).number == int((NOW_S + 0.25) * 1_000_000)


def test_commits_rise_though_the_clock_stands_or_goes_back(house):
    house.settle()
    numbers_given = [
        house.append(at(quarter), now_s=now_s).number
        for quarter, now_s in enumerate([NOW_S, NOW_S, NOW_S - 3600, NOW_S - 7200.5, NOW_S])
    ]
    assert numbers_given == sorted(set(numbers_given))


def test_commits_rise_over_reopening(house):
    first = house.append(at(0), now_s=NOW_S + 500).number
    house.settle()
    house.reopen()
    assert house.append(at(1), now_s=NOW_S).number > first


def test_a_store_keeps_the_whole_range_of_the_protocol(house):
    rows = [(0, 1, 0, 0), (299_999, START_S, REGISTER_WH_MAX, REGISTER_WH_MAX)]
    house.append(*rows)
    house.settle()
    assert house.all([299_999, 0]) == plain(*rows)
    assert house.latest(299_999)[0][:4] == (START_S, START_S, REGISTER_WH_MAX, REGISTER_WH_MAX)


def test_a_register_that_runs_backwards_is_a_fact_like_any_other(house):
    rows = [at(0, wh=500), at(1, wh=20), at(2, wh=30)]
    house.append(*rows)
    house.settle()
    assert house.all([1]) == plain(*rows)


# --- what is fresh --------------------------------------------------------------------------


def test_fresh_is_what_is_later_than_all_before_it(house):
    commit = house.append(at(3), at(1), at(4), at(4, meter=2), at(4, wh=9), at(5), at(2))
    assert commit.is_fresh.tolist() == [True, False, True, True, False, True, False]
    house.settle()
    commit = house.append(at(5), at(5, meter=2), at(0), at(6), at(7, wh=0))
    assert commit.is_fresh.tolist() == [False, True, False, True, True]


def test_fresh_is_told_in_the_order_of_the_batch_that_contradicts_itself(house):
    house.append(at(1), at(1, meter=2))
    house.settle()
    commit = house.append(at(1), at(2), at(2, wh=8), at(2, meter=2), at(1), at(3), at(2, wh=9))
    assert commit.is_fresh.tolist() == [False, True, False, True, False, True, False]


# --- the last two instants ------------------------------------------------------------------


def test_latest_names_first_last_and_last_but_one(house):
    house.append(at(1), at(2), at(9, meter=3))
    house.append(at(4))
    house.settle()
    [one, two, three] = house.latest(1, 2, 3)
    assert one == (at(1)[1], *at(4)[1:], *at(2)[1:3])
    assert two == (0,) * 6
    assert three == (at(9)[1], *at(9, meter=3)[1:], 0, 0)


def test_latest_answers_in_the_order_asked_also_for_unknown_meters(house):
    house.append(at(1), at(1, meter=2))
    house.settle()
    one, two = house.latest(1), house.latest(2)
    assert house.latest(2, 3_000_000, 1, 2) == [*two, (0,) * 6, *one, *two]


def test_a_late_reading_can_be_the_first(house):
    house.append(at(5), at(6))
    house.settle()
    house.append(at(2))
    house.settle()
    assert house.latest(1) == [(at(2)[1], *at(6)[1:], *at(5)[1:3])]


def test_a_late_reading_can_be_the_last_but_one(house):
    house.append(at(9))
    house.settle()
    house.append(at(3))
    house.settle()
    assert house.latest(1) == [(at(3)[1], *at(9)[1:], *at(3)[1:3])]
    house.append(at(7), at(5))
    house.settle()
    assert house.latest(1) == [(at(3)[1], *at(9)[1:], *at(7)[1:3])]


@pytest.mark.parametrize("quarter", [1, 2])
def test_a_revision_of_the_last_two_instants_shows(house, quarter):
    house.append(at(1), at(2))
    house.settle()
    house.append(at(quarter, wh=77))
    house.settle()
    rows = {1: at(1), 2: at(2)} | {quarter: at(quarter, wh=77)}
    assert house.latest(1) == [(at(1)[1], *rows[2][1:], *rows[1][1:3])]


# --- periods --------------------------------------------------------------------------------


def test_a_period_is_half_open(house):
    house.append(*(at(quarter) for quarter in range(10)))
    house.settle()
    start_s, end_s = at(3)[1], at(7)[1]
    assert house.readings(numbers(1), start_s, end_s) == plain(at(3), at(4), at(5), at(6))
    assert house.readings(numbers(1), start_s + 1, end_s + 1) == plain(at(4), at(5), at(6), at(7))
    assert house.readings(numbers(1), start_s, start_s) == []
    assert rows_of(house.store.facts(numbers(1), start_s, end_s)) == plain(
        at(3), at(4), at(5), at(6)
    )


def test_only_the_meters_asked_for_answer_sorted_and_once(house):
    house.append(*(at(quarter, meter=meter) for quarter in (2, 0, 1) for meter in (5, 1, 3, 2)))
    house.settle()
    wanted = [at(quarter, meter=meter) for meter in (1, 3) for quarter in range(3)]
    assert house.all([3, 1, 3, 999_999]) == plain(*wanted)
    assert house.facts([3, 1, 1]) == plain(*wanted)


@pytest.mark.parametrize("count", [1, 2, 199, 200, 201, 1000])
def test_any_number_of_meters_can_be_asked_for(house, count):
    house.append(*(at(0, meter=meter) for meter in range(2100)))
    house.settle()
    house.append(*(at(1, meter=meter) for meter in range(2100)))
    meters = range(7, 7 + 2 * count, 2)
    wanted = [at(quarter, meter=meter) for meter in meters for quarter in (0, 1)]
    assert house.all(list(meters)) == plain(*wanted)


def test_a_period_can_lie_across_months_and_places(house):
    rows = [at(96 * day) for day in range(0, 120, 3)]
    for first in range(0, len(rows), 7):
        house.append(*rows[first : first + 7])
        house.settle()
    assert house.all([1]) == plain(*rows)
    wanted = [row for row in rows if rows[9][1] <= row[1] < rows[31][1]]
    assert house.readings(numbers(1), rows[9][1], rows[31][1]) == plain(*wanted)


# --- neighbours -----------------------------------------------------------------------------

GAPS_S = [60, 7200, 7201, 5 * 3600, 36 * 3600, 3 * DAY_S, 40 * DAY_S, 41 * DAY_S, 300 * DAY_S]


@pytest.mark.parametrize("gap_s", GAPS_S)
def test_neighbours_are_found_however_far_they_are(house, gap_s):
    start_s, end_s = START_S, START_S + 3600
    early = [(1, start_s - gap_s - 60, 10, 0), (1, start_s - gap_s, 11, 0)]
    late = [(1, end_s - 1 + gap_s, 13, 0), (1, end_s + 60 + gap_s, 14, 0)]
    inside = (1, start_s, 12, 0)
    house.append(*early)
    house.settle()
    house.append(*late)
    house.settle()
    house.append(inside)
    found = house.readings(numbers(1), start_s, end_s, with_neighbours=True)
    assert found == plain(early[1], inside, late[0])


def test_each_meter_has_its_own_neighbours(house):
    start_s, end_s = START_S, START_S + 3600
    near = [(1, start_s - 60, 1, 0), (1, end_s, 2, 0)]
    far = [(2, start_s - 90 * DAY_S, 3, 0), (2, end_s + 3 * DAY_S, 4, 0)]
    only_before = [(3, start_s - 4 * 3600, 5, 0)]
    only_after = [(5, end_s + 50 * DAY_S, 6, 0)]
    inside = [(4, start_s + 5, 7, 0)]
    house.append(*near, *inside, *only_after)
    house.settle()
    house.append(*far, *only_before)
    house.settle()
    found = house.readings(numbers(5, 4, 3, 2, 1, 6), start_s, end_s, with_neighbours=True)
    assert found == plain(*near, *far, *only_before, *inside, *only_after)


def test_an_empty_period_has_neighbours(house):
    house.append(at(0), at(1), at(500))
    house.settle()
    between = at(100)[1]
    found = house.readings(numbers(1), between, between, with_neighbours=True)
    assert found == plain(at(1), at(500))
    found = house.readings(numbers(1), at(1)[1], at(1)[1], with_neighbours=True)
    assert found == plain(at(0), at(1))


def test_a_neighbour_counts_as_revised_last(house):
    house.append(at(0), at(100))
    house.settle()
    house.append(at(0, wh=55), at(100, wh=66))
    house.settle()
    found = house.readings(numbers(1), at(40)[1], at(50)[1], with_neighbours=True)
    assert found == [(*at(0, wh=55), True), (*at(100, wh=66), True)]


def test_neighbours_are_those_of_the_moment_asked_for(house):
    house.append(at(0), at(1000))
    before = house.store.commit_at(house.now_s)
    house.settle()
    house.append(at(30), at(30, meter=2), at(70))
    house.settle()
    period = at(40)[1], at(50)[1]
    found = house.readings(numbers(1, 2), *period, with_neighbours=True, as_of=before)
    assert found == plain(at(0), at(1000))
    assert house.readings(numbers(1, 2), *period, with_neighbours=True) == plain(
        at(30), at(70), at(30, meter=2)
    )


# --- what came after ------------------------------------------------------------------------


def arrivals_of(store, commit: int) -> list[tuple[int, ...]]:
    """Follow the store from a commit to its end."""
    rows = []
    while True:
        batch, upto = store.arrivals(commit)
        rows += zip(
            batch.meter.tolist(), batch.time_s.tolist(), batch.import_wh.tolist(), strict=True
        )
        if upto == commit:
            return rows
        assert upto > commit
        commit = upto


def test_whoever_follows_the_store_gets_all_that_came_after(house):
    before = house.append(at(0), at(1), now_s=NOW_S).number
    house.settle()
    house.append(at(2), at(1, wh=9), at(0, meter=2), now_s=NOW_S + 100)
    house.append(at(3), now_s=NOW_S + 200)
    house.settle()
    found = set(arrivals_of(house.store, before))
    wanted = {row[:3] for row in (at(1, wh=9), at(2), at(0, meter=2), at(3))}
    assert wanted <= found <= wanted | {at(0)[:3], at(1)[:3]}


def test_whoever_follows_the_store_from_its_end_gets_nothing(house):
    assert arrivals_of(house.store, 0) == []
    house.append(at(0), now_s=NOW_S)
    house.settle()
    newest = house.store.commit_at(NOW_S + 1)
    assert arrivals_of(house.store, newest) == []


def test_whoever_follows_the_store_sees_each_meter_in_order(house):
    for quarter in range(4):
        house.append(at(quarter), at(quarter, meter=2), now_s=NOW_S + 100 * quarter)
        house.settle()
    rows = arrivals_of(house.store, 0)
    for meter in (1, 2):
        times = [row[1] for row in rows if row[0] == meter]
        assert sorted(set(times)) == list(dict.fromkeys(times))
        assert len(set(times)) == 4


# --- scan -----------------------------------------------------------------------------------


@pytest.mark.parametrize("meters_per_block", [1, 2, 3, 4096])
def test_scan_goes_through_all_meters_in_rising_blocks_with_neighbours(house, meters_per_block):
    meters = [0, 1, 5, 6, 9]
    house.append(*(at(quarter, meter=meter) for meter in meters for quarter in (0, 1, 200)))
    house.settle()
    house.append(*(at(quarter, meter=meter) for meter in meters for quarter in (50, 51, 700)))
    house.settle()
    blocks = list(house.store.scan(at(50)[1], at(60)[1], meters_per_block=meters_per_block))
    assert len(blocks) == -(-len(meters) // meters_per_block)
    wanted = [at(quarter, meter=meter) for meter in meters for quarter in (1, 50, 51, 200)]
    assert [row for block in blocks for row in rows_of(block)] == plain(*wanted)


# --- figures --------------------------------------------------------------------------------


def test_figures_tell_how_much_there_is(house):
    number = house.append(at(0), at(1)).number
    before = house.store.figures()
    assert before.hot_readings + before.segment_readings == 2
    house.settle()
    after = house.store.figures()
    assert after.hot_readings + after.segment_readings == 2
    assert after.commit >= before.commit == number
    assert after.size_bytes > 0
    assert (after.segments > 0) == (after.segment_readings > 0)
