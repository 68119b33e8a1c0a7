"""Periods, bars of a profile, and a meter moved on by a reading."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from quilowatt.client import Reading, ReadingEvent
from quilowatt.tui.series import (
    after_reading,
    chart_note,
    day_bars,
    day_period,
    month_bars,
    month_period,
    peak_of,
)


def profile_of(feed, now, zone, resolution):
    start, end = (day_period if resolution == "1h" else month_period)(now.timestamp(), zone)
    return asyncio.run(
        feed.load_profile(feed.meter_id(0), start=start, end=end, resolution=resolution)
    )


def test_day_is_24_whole_hours_of_which_the_last_runs(now, zone):
    start, end = day_period(now.timestamp(), zone)
    assert (start.isoformat(), end.isoformat()) == (
        "2026-11-22T15:00:00-03:00",
        "2026-11-23T15:00:00-03:00",
    )


def test_hours_begin_where_the_zone_says():
    start, _ = day_period(
        datetime(2026, 1, 1, 12, 10, tzinfo=UTC).timestamp(), ZoneInfo("Asia/Kolkata")
    )
    assert (start.hour, start.minute) == (18, 0)


def test_month_is_30_local_days_over_a_change_of_clocks():
    zone = ZoneInfo("Europe/London")
    start, end = month_period(datetime(2026, 4, 10, 9, tzinfo=UTC).timestamp(), zone)
    assert (start.isoformat(), end.isoformat()) == (
        "2026-03-12T00:00:00+00:00",
        "2026-04-11T00:00:00+01:00",
    )


def test_bars_of_the_day(feed, now, zone, words):
    profile = profile_of(feed, now, zone, "1h")
    bars = day_bars(profile, now_s=now.timestamp(), zone=zone, words=words)
    assert len(bars) == 24
    assert [bar.label for bar in bars if bar.label][:3] == ["15:00", "18:00", "21:00"]
    assert bars[2].value is None
    assert bars[5].is_estimated
    assert [bar.is_partial for bar in bars].count(True) == 1
    assert bars[-1].label == words("bar_now")


def test_bars_of_the_month(feed, now, zone, portuguese):
    profile = profile_of(feed, now, zone, "1d")
    bars = month_bars(profile, now_s=now.timestamp(), zone=zone, words=portuguese)
    assert len(bars) == 30
    assert [bar.label for bar in bars if bar.label] == [
        "25/10", "30/10", "01/11", "05/11", "10/11", "15/11", "20/11", "hoje",
    ]  # fmt: skip


def test_intervals_that_have_not_begun_are_not_drawn(feed, now, zone, english):
    profile = profile_of(feed, now, zone, "1h")
    earlier_s = (now - timedelta(hours=5)).timestamp()
    assert len(day_bars(profile, now_s=earlier_s, zone=zone, words=english)) == 19


def test_note_tells_sum_peak_and_marks(feed, now, zone, english):
    profile = profile_of(feed, now, zone, "1h")
    bars = day_bars(profile, now_s=now.timestamp(), zone=zone, words=english)
    assert chart_note(profile, bars, zone=zone, words=english) == (
        "sum 26.2 · peak 2.00 (22:00) · grey: estimated · ▒ so far"
    )


def test_no_consumption_has_no_peak_and_no_note(feed, now, zone, english):
    feed.is_young = True
    profile = profile_of(feed, now, zone, "1d")
    assert peak_of(profile, zone=zone, words=english) is None
    assert chart_note(profile, [], zone=zone, words=english) == ""


@pytest.mark.parametrize(
    ("seconds", "import_kwh", "today_kwh", "power_w"),
    [
        (10, 1000.5, 8.921, 900),  # newer: what was consumed since is added
        (-10, 1000.5, 8.421, 1240),  # late: changes nothing
        (10, 3.0, 8.421, 900),  # register went back: adds nothing
    ],
)
def test_reading_moves_a_meter_on(feed, now, seconds, import_kwh, today_kwh, power_w):
    meter = asyncio.run(feed.meter(feed.meter_id(0)))
    time = now + timedelta(seconds=seconds)
    reading = Reading(time=time, import_kwh=import_kwh, export_kwh=0)
    moved = after_reading(meter, ReadingEvent(meter=meter.id, reading=reading, power_w=900))
    assert (moved.today_kwh, moved.power_w) == (today_kwh, power_w)


def test_first_reading_leaves_unknown_sums_unknown(feed, now):
    feed.is_young = True
    meter = asyncio.run(feed.meter(feed.meter_id(0)))
    reading = Reading(time=now, import_kwh=5, export_kwh=0)
    moved = after_reading(meter, ReadingEvent(meter=meter.id, reading=reading, power_w=None))
    assert (moved.today_kwh, moved.last_reading) == (None, reading)
