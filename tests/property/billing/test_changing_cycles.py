"""Cycles of a billing day that changes follow one another without a gap, whatever is said when."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quilowatt.billing.cycles import changed_cycles, cycle_days, cycle_month_of, next_month_of
from quilowatt.core.calendar import date_start_s, month_bounds_s

UTC = ZoneInfo("UTC")
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
BILLING_DAYS = st.integers(1, 31)
MONTHS = [f"{year}-{month:02}" for year in range(2023, 2029) for month in range(1, 13)]


@st.composite
def histories(draw):
    changes = draw(st.lists(st.tuples(DAYS, BILLING_DAYS), max_size=6, unique_by=lambda c: c[0]))
    return [(date.min, draw(BILLING_DAYS)), *sorted(changes)]


@given(histories())
def test_every_cycle_ends_where_the_next_begins(days):
    cycles = [cycle_days(days, month) for month in MONTHS]
    assert all(start < end for start, end in cycles)
    assert all(one[1] == other[0] for one, other in pairwise(cycles))
    assert [start.strftime("%Y-%m") for start, _ in cycles] == MONTHS


@given(histories(), DAYS)
def test_a_day_lies_in_the_cycle_that_is_named_for_it(days, day):
    start, end = cycle_days(days, cycle_month_of(days, day))
    assert start <= day < end


@given(histories(), DAYS, BILLING_DAYS)
def test_a_cycle_that_has_begun_goes_on_as_it_began(days, day, new):
    """What is said from a day on changes no cycle that began before that day."""
    later = [each for each in days if each[0] < day] + [(day, new)]
    earlier = [each for each in days if each[0] < day]
    month = cycle_month_of(earlier, day - timedelta(days=1))
    assert cycle_days(later, month) == cycle_days(earlier, month)


@given(BILLING_DAYS, st.sampled_from(MONTHS))
def test_without_changes_they_are_the_calendar_s(billing_day, month):
    bounds_s = [date_start_s(day, UTC) for day in cycle_days([(date.min, billing_day)], month)]
    assert tuple(bounds_s) == month_bounds_s(month, UTC, billing_day=billing_day)


@given(histories())
def test_only_changed_cycles_are_irregular(days):
    irregular = set(changed_cycles(days))
    for month in MONTHS:
        start, end = cycle_days(days, month)
        if (start, end) not in irregular:
            assert 28 <= (end - start).days <= 31


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        # Said on the first day of a cycle it holds for that cycle, a day later for the next one.
        (date(2026, 11, 1), ["2026-11-01", "2026-12-20", "2027-01-20"]),
        (date(2026, 11, 2), ["2026-11-01", "2026-12-01", "2027-01-20"]),
    ],
)
def test_a_billing_day_moves_at_the_start_of_a_cycle(first, wanted):
    days = [(date.min, 1), (first, 20)]
    starts = [cycle_days(days, month)[0] for month in ("2026-11", "2026-12", "2027-01")]
    assert [str(start) for start in starts] == wanted


def test_a_month_has_its_form():
    with pytest.raises(ValueError, match="YYYY-MM"):
        cycle_days([(date.min, 1)], "2026-13")
    assert next_month_of("2026-01", -13) == "2024-12"
