"""What alerts say, in both languages."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from quilowatt.alert.cause import GOING_ON, OVER, Told, cause, cost_in_words, hours_in_words
from quilowatt.alert.cost import AlertCost, CostBasis
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


SURGE = replace(RISE, kind="abrupt_increase")


def cost(per_day, so_far, per_week=None):
    amounts = [None if each is None else Decimal(each) for each in (per_day, per_week, so_far)]
    return AlertCost(CostBasis(SINCE_S, SINCE_S, 1, 1, 0), "BRL", *amounts)


def test_what_it_costs_comes_last_in_both_languages():
    priced = replace(RISE, cost=cost("1.3714", "2.06", "9.60"))
    said = cause(priced, ZONE, "en")
    assert said == f"{cause(RISE, ZONE, 'en')} It costs about R$9.60 a week; R$2.10 so far."
    assert cause(priced, ZONE, "pt").endswith(
        "Custa cerca de R$\xa09,60 por semana; até agora, R$\xa02,10."
    )


@pytest.mark.parametrize(
    ("told", "money", "said"),
    [
        (RISE, cost("12.34", "30", "86.38"), "It costs about R$12 a day; R$30 so far."),
        (RISE, cost("0.00", "0.00", "0.00"), "As things stand it adds nothing to the bill."),
        (replace(RISE, is_over=True), cost("1", "14.71", "7"), "It cost about R$15."),
        (replace(RISE, is_over=True), cost("1", "0", "7"), "It added nothing to the bill."),
        (SURGE, replace(cost(None, "0.347"), per_hour=Decimal("6.45")),
         "It costs about R$6.50 an hour; R$0.35 so far."),
        (SURGE, replace(cost(None, "0.00"), per_hour=Decimal("6.45")),
         "It costs about R$6.50 an hour."),
        (SURGE, replace(cost(None, "0.00"), per_hour=Decimal("0.00")),
         "As things stand it adds nothing to the bill."),
        (replace(RISE, kind="vacant_consumption"), cost("0.5", None, "3.5"),
         "It costs about R$3.50 a week."),
        (replace(RISE, kind="possible_tampering"), cost("4", None, "28"),
         "What is not measured is worth about R$28 a week."),
        (replace(RISE, kind="vacant_consumption", is_over=True), cost("4", None, "28"), ""),
        (RISE, AlertCost(CostBasis(0, 0, 1, 1, 0)), ""),
        (RISE, None, ""),
    ],
)  # fmt: skip
def test_money_is_told_by_kind_and_size(told, money, said):
    assert cost_in_words(replace(told, cost=money), "en") == said


def test_hours_that_are_not_known_are_not_told():
    assert "more than usual:" in cause(replace(RISE, hours=0), ZONE, "en")


@pytest.mark.parametrize(
    ("hours", "en", "pt"),
    [
        (0b00000011, "at night", "à noite"),
        (0b00111100, "by day", "de dia"),
        (0b01000001, "from 0 to 3 and from 18 to 21", "das 0 às 3 h e das 18 às 21 h"),
        (0b10000000, "from 21 to 24", "das 21 às 24 h"),
        (0b11000101, "from 6 to 9 and from 18 to 3", "das 6 às 9 h e das 18 às 3 h"),
        (
            0b01010100,
            "from 6 to 9, from 12 to 15 and from 18 to 21",
            "das 6 às 9 h, das 12 às 15 h e das 18 às 21 h",
        ),
    ],
)
def test_hours_have_names(hours, en, pt):
    assert (hours_in_words(hours).en, hours_in_words(hours).pt) == (en, pt)


def test_a_night_load_that_is_over_says_how_much_it_was():
    told = replace(RISE, kind="night_load", is_over=True)
    assert "about 400 W more from 24 Nov 2026 14:00" in cause(told, ZONE, "en")
    assert "cerca de 400 W a mais de 24/11/2026 14:00" in cause(told, ZONE, "pt")


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
