"""What alerts say, in both languages."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from quilowatt.alert.cause import GOING_ON, OVER, Told, cause, hours_in_words
from quilowatt.alert.signal import SEVERITY, AlertSignal

ZONE = ZoneInfo("America/Bahia")
SINCE_S = 1_795_539_600  # Tuesday, 24 November 2026, 14:00 in Bahia
RISE = Told("lasting_increase", SINCE_S, SINCE_S + 129_600, False, 900, 500, 14_400, hours=255)


def test_a_rise_says_since_when_how_much_and_at_which_hours():
    assert cause(RISE, ZONE, "en") == (
        "Since Tuesday 14:00 about 400 W more than usual, day and night: 9.6 kWh more a day, where "
        "a usual day has 12.0 kWh. 14.400 kWh more so far."
    )
    assert cause(RISE, ZONE, "pt") == (
        "Desde terça-feira 14:00, cerca de 400 W acima do habitual, dia e noite: 9,6 kWh a mais "
        "por dia, onde um dia habitual tem 12,0 kWh. Até agora, 14,400 kWh a mais."
    )


def test_after_a_week_the_date_is_named():
    assert "24 Nov 2026 14:00" in cause(replace(RISE, latest_s=SINCE_S + 10 * 86_400), ZONE, "en")


def test_what_a_day_is_worth_is_a_number_to_multiply():
    assert RISE.per_day_wh == 9600


def test_hours_that_are_not_known_are_not_told():
    assert "more than usual:" in cause(replace(RISE, hours=0), ZONE, "en")


@pytest.mark.parametrize(
    ("hours", "en", "pt"),
    [
        (0b00000011, "at night", "à noite"),
        (0b00111100, "by day", "de dia"),
        (0b01000001, "from 0 to 3 and from 18 to 21", "das 0 às 3 h e das 18 às 21 h"),
        (0b10000000, "from 21 to 24", "das 21 às 24 h"),
    ],
)
def test_hours_have_names(hours, en, pt):
    assert (hours_in_words(hours).en, hours_in_words(hours).pt) == (en, pt)


def test_an_outage_says_how_many():
    told = Told("no_communication", SINCE_S, SINCE_S + 3600, False, 0, 0, 0, meters=60)
    assert cause(told, ZONE, "en").startswith("No reading has come from 60 meters since Tuesday")


def test_a_clock_says_by_how_much():
    told = Told("clock_wrong", SINCE_S, SINCE_S + 3600, False, 0, 0, 0, offset_s=-1200)
    assert "clock is wrong, 20 min behind." in cause(told, ZONE, "en")
    assert "está errado, 20 min atrasado." in cause(told, ZONE, "pt")


@pytest.mark.parametrize("kind", SEVERITY)
@pytest.mark.parametrize("phase", ["opened", "closed"])
def test_every_kind_has_words(kind, phase):
    signal = AlertSignal(3, kind, phase, SINCE_S + 7200, SINCE_S, 900, 500, 800)
    english, portuguese = (cause(Told.by(signal), ZONE, tongue) for tongue in ("en", "pt"))
    assert english != portuguese
    assert "{" not in english + portuguese
    assert len(english) > 40


def test_the_tables_know_the_same_kinds():
    assert set(GOING_ON) == set(OVER) == set(SEVERITY)
