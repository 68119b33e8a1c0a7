"""Figures and words as the reader's language has them; strangers' texts made harmless."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from quilowatt.billing.paper.phrases import ISSUE_WORDS
from quilowatt.billing.paper.writing import PIECE_SIZE, WORD_SIZE_MAX, Writer, harmless
from quilowatt.profile.issues import IssueKind

ZONE = ZoneInfo("America/Bahia")
PT, EN = Writer("pt", ZONE, "BRL"), Writer("en", ZONE, "BRL")


def test_every_rule_for_odd_readings_has_words():
    assert {kind.value for kind in IssueKind} <= ISSUE_WORDS.keys()


def test_a_rule_without_words_is_said_by_its_name():
    assert PT.issue("glitch", 3) == "3 × valores fora da sequência, desconsiderados"
    assert EN.issue("of_tomorrow", 1) == "1 × of tomorrow"


@pytest.mark.parametrize(
    ("value", "pt", "en"),
    [
        ("0.34291403", "0,34291403", "0.34291403"),
        ("0.50000000", "0,50", "0.50"),
        ("2", "2,00", "2.00"),
        ("-1234.5", "−1.234,50", "−1,234.50"),
        ("0.000000001", "0,000000001", "0.000000001"),
    ],
)
def test_rates_keep_every_decimal_that_says_something(value, pt, en):
    assert (PT.rate(Decimal(value)), EN.rate(Decimal(value))) == (pt, en)


def test_amounts_keep_the_decimals_of_their_currency():
    assert PT.amount(Decimal("1234.50")) == "1.234,50"
    assert Writer("en", ZONE, "JPY").amount(Decimal(1234)) == "1,234"


def test_money_carries_a_true_minus():
    assert EN.money(Decimal("-12.00")) == "−R$12.00"
    assert PT.money(Decimal("-12.00")) == "−R$\xa012,00"


def test_a_period_names_its_last_day_and_counts_both():
    start_s, end_s = 1778554800, 1781146800
    assert PT.period(start_s, end_s) == "12/05/2026 a 10/06/2026 (30 dias)"
    assert EN.period(start_s, end_s) == "12 May 2026 to 10 Jun 2026 (30 days)"
    assert EN.period(start_s, start_s) == "12 May 2026 to 12 May 2026 (1 days)"


def test_formulas_are_written_with_the_reader_s_decimals():
    assert PT.formula("1.5 kWh × 0.25 = 0.38") == "1,5 kWh × 0,25 = 0,38"
    assert EN.formula("1.5 kWh × 0.25 = 0.38") == "1.5 kWh × 0.25 = 0.38"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ana\u202e Almeida", "Ana Almeida"),
        ("Ana\x00\x1b[31m", "Ana [31m"),
        (" Ana \n\t Almeida ", "Ana Almeida"),
        ("\ud800", ""),
        ("#panic() $x$ *b* ]", "#panic() $x$ *b* ]"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_is_invisible_or_turns_text_round_is_left_out(text, shown):
    assert harmless(text) == shown


def test_long_words_may_break_and_doing_it_twice_changes_nothing():
    long = "x" * (WORD_SIZE_MAX + 1)
    pieces = harmless(long).split("\u200b")
    assert "".join(pieces) == long
    assert max(map(len, pieces)) == PIECE_SIZE
    assert harmless(harmless(long)) == harmless(long)
    assert harmless("x" * WORD_SIZE_MAX) == "x" * WORD_SIZE_MAX
