"""A zone made of the offsets in a proof tells the same local times as the zone itself."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from quilowatt.billing.days import Holiday
from quilowatt.billing.proof_calendar import holiday_dates, offsets_between, zone_of_offsets
from quilowatt.core.calendar import date_start_s

START_S, END_S = 1_577_836_800, 1_798_761_600
ZONES = ("UTC", "Europe/Lisbon", "America/Bahia", "Australia/Lord_Howe", "Africa/Casablanca")


@pytest.mark.parametrize("name", ZONES)
def test_local_times_and_starts_of_days_are_the_same(name):
    zone = ZoneInfo(name)
    made = zone_of_offsets(name, offsets_between(zone, START_S, END_S))
    for time_s in range(START_S, END_S, 10_799):
        true = datetime.fromtimestamp(time_s, zone)
        shown = datetime.fromtimestamp(time_s, made)
        assert (shown.replace(tzinfo=None), shown.utcoffset()) == (
            true.replace(tzinfo=None),
            true.utcoffset(),
        )
    day = date(2020, 1, 2)
    while day < date(2026, 12, 30):
        assert date_start_s(day, made) == date_start_s(day, zone)
        day += timedelta(days=1)


def test_wall_times_that_are_skipped_or_come_twice_are_read_alike():
    zone = ZoneInfo("Europe/Lisbon")
    made = zone_of_offsets("Europe/Lisbon", offsets_between(zone, START_S, END_S))
    for hour in range(-30, 30):
        for month, day in ((3, 29), (10, 25)):
            offsets = {
                (
                    datetime(2026, month, day, 1, 30, tzinfo=each) + timedelta(minutes=20 * hour)
                ).utcoffset()
                for each in (made, zone)
            }
            assert len(offsets) == 1


def test_before_the_first_offset_it_holds_too():
    made = zone_of_offsets("x", ((1000, 3600), (2000, 7200)))
    assert datetime.fromtimestamp(0, made).utcoffset() == timedelta(hours=1)
    assert datetime.fromtimestamp(10**10, made).utcoffset() == timedelta(hours=2)


def test_holidays_are_dates_of_the_period_alone():
    calendars = {"b": [Holiday(5, 1), Holiday(0, 0, easter_offset=1)], "a": []}
    dates = holiday_dates(calendars, date(2026, 4, 6), date(2026, 5, 1))
    assert dates == {"a": [], "b": ["2026-04-06", "2026-05-01"]}
