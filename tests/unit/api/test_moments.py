"""Times in requests and answers: what is read, what is refused, what is written."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.api.moments import local_text, local_texts, parse_moment

BAHIA = ZoneInfo("America/Bahia")
LISBON = ZoneInfo("Europe/Lisbon")


def seconds(text):
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00+00:00"),
        ("2026-11-01t00:00:00z", "2026-11-01T00:00:00+00:00"),
        ("2026-11-01T00:00:00-03:00", "2026-11-01T03:00:00+00:00"),
        ("2026-11-01T00:00:00.75Z", "2026-11-01T00:00:00+00:00"),
        ("2026-11-01T01:00:00 01:00", "2026-11-01T00:00:00+00:00"),
    ],
)
def test_reads_rfc_3339_even_with_a_plus_that_the_url_lost(text, instant):
    assert parse_moment(text).time_s == seconds(instant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "hoje",
        "2026-11",
        "2026-02-30",
        "20261101",
        "2026-W45-1",
        "2026-11-01T00:00:00",
        "2026-11-01 00:00:00Z",
        "2026-11-01T24:00:00Z",
        "2026-11-01T23:59:60Z",
        "0001-01-01",
        "1970-01-01T00:00:00Z",
        "9999-12-31",
        "²⁰²⁶-11-01",
        "2026-11-01T00:00:00+99:00",
    ],
)
def test_refuses_what_is_neither_a_date_nor_a_time_with_offset(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the answer to it is tested with the routes
        parse_moment(text)


def test_a_date_is_the_whole_local_day():
    day = parse_moment("2026-11-01")
    assert day.day == date(2026, 11, 1)
    assert day.start_s(BAHIA) == seconds("2026-11-01T00:00:00-03:00")
    assert day.end_s(BAHIA) == seconds("2026-11-02T00:00:00-03:00")


def test_a_day_on_which_the_clock_is_set_back_has_25_hours():
    day = parse_moment("2026-10-25")
    assert day.end_s(LISBON) - day.start_s(LISBON) == 25 * 3600


def test_many_times_are_written_as_one_is_also_across_changes_of_the_clock():
    times_s = np.arange(
        seconds("2026-03-28T00:00:00+00:00"), seconds("2026-10-27T00:00:00+00:00"), 4567
    )
    for zone in (BAHIA, LISBON, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")):
        assert local_texts(times_s, zone) == [local_text(int(t), zone) for t in times_s]


def test_no_times_are_no_texts():
    assert local_texts(np.empty(0, np.int64), BAHIA) == []
