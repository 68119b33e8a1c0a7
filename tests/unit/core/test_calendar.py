from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.core.calendar import (
    Resolution,
    date_start_s,
    day_start_s,
    days_between,
    interval_edges_s,
    local_date,
    month_bounds_s,
    month_of,
    month_start_s,
    next_day_start_s,
)

BAHIA = ZoneInfo("America/Bahia")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Bahia", date(2026, 10, 25), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # the clock jumped at midnight itself
        ("America/Sao_Paulo", date(2018, 2, 17), 25),  # and fell back to 23:00
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kathmandu", date(2026, 10, 25), 24),
    ],
)
def test_a_local_day_has_the_hours_it_has(zone, day, hours):
    start_s = date_start_s(day, ZoneInfo(zone))
    edges_s = interval_edges_s(start_s, start_s + 1, Resolution.DAY, ZoneInfo(zone))
    assert np.diff(edges_s).tolist() == [hours * 3600]
    assert local_date(start_s, ZoneInfo(zone)) == day
    assert local_date(start_s - 1, ZoneInfo(zone)) < day
    assert day_start_s(int(edges_s[1]) - 1, ZoneInfo(zone)) == start_s
    assert next_day_start_s(start_s, ZoneInfo(zone)) == edges_s[1]


def test_hours_of_a_short_day_are_hours_of_the_clock():
    start_s = date_start_s(date(2026, 3, 29), BERLIN)
    edges_s = interval_edges_s(start_s, start_s + 1, Resolution.DAY, BERLIN)
    hours_s = interval_edges_s(int(edges_s[0]), int(edges_s[1]), Resolution.HOUR, BERLIN)
    assert np.diff(hours_s).tolist() == [3600] * 23
    assert (hours_s % 3600 == 0).all()


def test_a_skipped_date_has_no_interval():
    apia = ZoneInfo("Pacific/Apia")  # there was no 2011-12-30 in Samoa
    edges_s = interval_edges_s(*month_bounds_s("2011-12", apia), Resolution.DAY, apia)
    assert np.diff(edges_s).tolist() == [86400] * 30


def test_months_and_cycles():
    start_s, end_s = month_bounds_s("2026-10", BAHIA)
    assert (local_date(start_s, BAHIA), local_date(end_s, BAHIA)) == (
        date(2026, 10, 1),
        date(2026, 11, 1),
    )
    assert days_between(start_s, end_s, BAHIA) == 31
    assert month_of(start_s, BAHIA) == "2026-10"
    assert month_of(start_s - 1, BAHIA) == "2026-09"
    assert month_start_s(end_s - 1, BAHIA) == start_s
    edges_s = interval_edges_s(start_s, end_s + 1, Resolution.MONTH, BAHIA)
    assert edges_s.tolist() == [start_s, end_s, month_bounds_s("2026-11", BAHIA)[1]]


def test_a_cycle_from_the_31st_uses_the_last_day_of_short_months():
    start_s, end_s = month_bounds_s("2026-01", BAHIA, billing_day=31)
    assert local_date(start_s, BAHIA) == date(2026, 1, 31)
    assert local_date(end_s, BAHIA) == date(2026, 2, 28)
    assert month_of(start_s, BAHIA, billing_day=31) == "2026-01"
    assert month_of(end_s - 1, BAHIA, billing_day=31) == "2026-01"
    assert month_of(end_s, BAHIA, billing_day=31) == "2026-02"


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "26-10", "2026-10-01", "", "٢٠٢٦-10"])
def test_a_month_is_written_one_way(month):
    with pytest.raises(ValueError, match="YYYY-MM"):
        month_bounds_s(month, BAHIA)


def test_an_empty_period_on_an_edge_has_no_interval():
    assert interval_edges_s(900, 900, Resolution.QUARTER_HOUR, ZoneInfo("UTC")).tolist() == [900]
    assert interval_edges_s(901, 901, Resolution.QUARTER_HOUR, ZoneInfo("UTC")).tolist() == [
        900,
        1800,
    ]
