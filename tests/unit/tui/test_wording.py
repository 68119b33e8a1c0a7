"""Figures, ages and alerts in both languages."""

from datetime import timedelta
from uuid import UUID

import pytest

from quilowatt.client import CustomerName, Meter, Reading, UsagePoint
from quilowatt.tui.figures import big_text, big_width
from quilowatt.tui.wording import (
    age,
    alert_kind,
    alert_sentence,
    energy_figure,
    is_stale,
    moment,
    power_figure,
)

METER = UUID(int=1)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "1 h"), (90_000, "1 d")],
)
def test_age(seconds, text, words):
    assert age(seconds, words) == text


def test_abrupt_increase_in_words(make_alert, zone, english, portuguese):
    alert = make_alert(METER, "Ana")
    assert alert_sentence(alert, zone, english) == (
        "Consumption jumped to about 6.2 kW at 14:31: 9.5 times the most that is usual here "
        "(650 W)."
    )
    assert alert_sentence(alert, zone, portuguese) == (
        "O consumo saltou para cerca de 6,2 kW às 14:31: 9,5 vezes o máximo habitual aqui (650 W)."
    )


def test_increase_from_nothing_names_no_factor(make_alert, zone, english):
    alert = make_alert(METER, "Ana", usual_power_w=0)
    assert alert_sentence(alert, zone, english).endswith("usually there is next to none here.")


def test_unknown_kind_is_told_by_the_server(make_alert, zone, english):
    alert = make_alert(METER, "Ana", kind="clock_wrong", message="Its clock is wrong.")
    assert alert_sentence(alert, zone, english) == "Its clock is wrong."
    assert alert_kind("clock_wrong", english) == "Clock wrong"


def test_what_is_not_known_is_a_dash(words):
    assert power_figure(None, words) == ("–", "W")
    assert energy_figure(None, words) == "–"
    assert big_text("–") == ("   ", "▀▀▀", "   ")


def test_moment_names_the_day_only_when_it_is_another(now, zone, english):
    now_s = now.timestamp()
    assert moment(now, now_s=now_s, zone=zone, words=english) == "14:32:07"
    yesterday = now - timedelta(days=1)
    assert moment(yesterday, now_s=now_s, zone=zone, words=english) == "22 Nov 14:32"
    last_year = now.replace(year=2025)
    assert moment(last_year, now_s=now_s, zone=zone, words=english) == "23 Nov 2025 14:32"


@pytest.mark.parametrize(("silent_s", "expected"), [(0, False), (240, False), (241, True)])
def test_silent_meter(silent_s, expected, now):
    meter = Meter(
        id=METER,
        serial="",
        model="",
        phases=1,
        interval_s=60,
        digits=0,
        registered_at=now,
        customer=CustomerName(id=METER, name="Ana"),
        usage_point=UsagePoint(id=METER, timezone="UTC", tariff="b1", billing_day=1),
        last_reading=Reading(time=now, import_kwh=1, export_kwh=0),
        power_w=1,
        today_kwh=1,
        month_kwh=1,
    )
    assert is_stale(meter, now.timestamp() + silent_s) is expected
    assert not is_stale(meter.model_copy(update={"last_reading": None}), 0)


def test_figures_without_a_glyph_are_refused():
    assert big_text("12 a") is None
    assert big_width("12 a") == 0
    assert big_text("") is None


def test_every_glyph_is_as_wide_in_each_row():
    rows = big_text("0123456789.,-–")
    assert len({len(row) for row in rows}) == 1
