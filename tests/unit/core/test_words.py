"""The language is chosen as people expect, and figures follow it."""

import doctest
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from quilowatt.core import words
from quilowatt.core.words import Phrase, Words, language

BAHIA = ZoneInfo("America/Bahia")
EVENING_S = 1_793_489_640  # 2026-10-31 23:34 UTC


@pytest.mark.parametrize(
    ("explicit", "environ", "expected"),
    [
        (None, {}, "en"),
        (None, {"LANG": "C.UTF-8"}, "en"),
        (None, {"LANG": "pt_BR.UTF-8"}, "pt"),
        (None, {"LANG": "en_GB.UTF-8", "LC_ALL": "pt_PT"}, "pt"),
        (None, {"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, "en"),
        (None, {"LANG": "pt_BR.UTF-8", "LC_ALL": ""}, "pt"),
        (None, {"LANG": "pt_BR.UTF-8", "LC_MESSAGES": "en_US"}, "en"),
        ("pt-BR", {"LC_ALL": "en_US.UTF-8"}, "pt"),
        ("PT", {}, "pt"),
        ("en", {"LANG": "pt_BR.UTF-8"}, "en"),
        ("fr", {"LANG": "pt_BR.UTF-8"}, "en"),
        ("", {"LANG": "pt_BR.UTF-8"}, "pt"),
    ],
)
def test_language(explicit, environ, expected):
    assert language(explicit, environ) == expected


def test_a_phrase_has_the_same_fields_in_both_languages():
    with pytest.raises(AssertionError, match="fields differ"):
        Phrase("Hello, {name}.", "Olá, {nome}.")


def test_numbers_in_a_phrase_are_written_locally():
    table = {"sent": Phrase("{count} readings sent.", "{count} leituras enviadas.")}
    assert Words("en", table)("sent", count=12345) == "12,345 readings sent."
    assert Words("pt", table)("sent", count=12345) == "12.345 leituras enviadas."


def test_figures():
    speak = Words("pt", {})
    assert speak.energy_kwh(2**53 - 1) == "9.007.199.254.740,991 kWh"
    assert speak.energy_kwh(1500, 1) == "1,5 kWh"
    assert speak.power_w(5500) == "5.500 W"
    assert speak.power(75_000) == "75,0 kW"
    assert speak.money(Decimal("1234.5")) == "R$\xa01.234,50"
    assert speak.money(Decimal("-0.05"), "EUR") == "-€\xa00,05"


def test_times_are_local():
    assert words.format_date_time(EVENING_S, BAHIA, "pt") == "31/10/2026 20:34"
    assert words.format_date_time(EVENING_S, BAHIA, "en") == "31 Oct 2026 20:34"
    assert words.format_time(EVENING_S, BAHIA) == "20:34:00"
    assert words.format_month(EVENING_S, BAHIA, "pt") == "outubro de 2026"
    assert words.format_month(EVENING_S, BAHIA, "en") == "October 2026"


def test_examples():
    assert doctest.testmod(words).failed == 0
