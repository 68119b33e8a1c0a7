"""Laws of the calendar: edges cover the period, and coarse edges are edges of the fine."""

from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quilowatt.core.calendar import Resolution, interval_edges_s, month_bounds_s, month_of

ZONES = [
    "America/Bahia",
    "America/Sao_Paulo",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Havana",
    "UTC",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.integers(1_200_000_000, 1_900_000_000)


@given(instants, st.integers(0, 40 * 86400), st.sampled_from(Resolution), zones)
def test_edges_cover_the_period_tightly(start_s, length_s, resolution, zone):
    end_s = start_s + length_s
    edges_s = interval_edges_s(start_s, end_s, resolution, zone)
    assert edges_s.dtype == np.int64
    assert edges_s[0] <= start_s
    assert edges_s[-1] >= end_s
    assert (np.diff(edges_s) > 0).all()
    if edges_s.size > 2:
        assert edges_s[1] > start_s
        assert edges_s[-2] < end_s


@given(instants, st.integers(1, 10 * 86400), zones)
def test_coarser_edges_are_edges_of_the_finer(start_s, length_s, zone):
    months_s = interval_edges_s(start_s, start_s + length_s, Resolution.MONTH, zone)
    coarse_s = months_s
    for resolution in ("1d", "1h", "30m", "15m", "5m"):
        fine_s = interval_edges_s(int(months_s[0]), int(months_s[-1]), Resolution(resolution), zone)
        assert np.isin(coarse_s, fine_s).all()
        coarse_s = fine_s


@given(instants, st.integers(1, 31), zones)
def test_an_instant_lies_in_the_cycle_that_bears_its_name(time_s, billing_day, zone):
    name = month_of(time_s, zone, billing_day=billing_day)
    start_s, end_s = month_bounds_s(name, zone, billing_day=billing_day)
    assert start_s <= time_s < end_s
