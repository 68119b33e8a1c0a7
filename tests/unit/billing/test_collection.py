"""Collection codes: the published ones, and what is said about wrong ones."""

from datetime import date
from decimal import Decimal

import pytest

from quilowatt.billing.brazil.collection import (
    Collection,
    barcode,
    energy_collection,
    free_field,
    line,
    read_collection,
)
from quilowatt.errors import BillingError

ENERGY = "83640000001-1 33120138000-2 81288462711-6 08013618155-1"
PUBLISHED = {
    ENERGY: (3, 6, Decimal("133.12"), "0138"),
    "84670000001-7 43590024020-9 02405000243-5 84221010811-9": (4, 6, Decimal("143.59"), "0024"),
    "85600000004-7 74710009180-6 52300003507-2 48680031252-3": (5, 6, Decimal("474.71"), "0009"),
    "85890000460-9 52460179160-5 60759305086-5 83148300001-0": (5, 8, Decimal("46052.46"), "0179"),
}
"""Codes of taxes and bills in the tests of public validators."""

ALTERED = "85890000464-1 52460179160-5 60759305086-5 83148300001-0"
"""A block changed together with its own digit: only the general digit tells."""

DUE = date(2026, 11, 20)


def problems(code):
    found, wrong = read_collection(code)
    assert found is None
    return [each.en for each in wrong]


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_read_and_written_again(code):
    found, wrong = read_collection(code)
    assert wrong == ()
    assert (found.segment, found.kind, found.amount, found.company) == PUBLISHED[code]
    assert line(found) == code
    assert read_collection(barcode(found)) == (found, ())


def test_the_bars_of_the_published_energy_bill():
    found, _ = read_collection(ENERGY)
    assert barcode(found) == "83640000001331201380008128846271108013618155"
    assert found.due_date is None
    assert found.number == ""


def test_a_block_changed_with_its_own_digit_is_found_by_the_general_digit():
    assert problems(ALTERED) == ["general check digit (position 4): 9, expected 8"]


def test_every_wrong_digit_is_named_in_both_languages():
    _, wrong = read_collection("83650000001-1 33120138000-3 81288462711-6 08013618155-9")
    assert [each.en for each in wrong] == [
        "check digit of block 1: 1, expected 0",
        "check digit of block 2: 3, expected 2",
        "check digit of block 4: 9, expected 1",
        "general check digit (position 4): 5, expected 4",
    ]
    assert wrong[0].pt == "dígito do bloco 1: 1, devia ser 0"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "code: 0 characters, expected 44 or 48 digits"),
        (ENERGY[:-1], "code: 47 characters"),
        ("x" * 44, "code: 44 characters ('x'), expected 44 or 48 digits"),
        ("٨" * 44, "code: 44 characters ('٨')"),
        ("9" + ENERGY[1:], "product: 9, expected 8, for collection"),
        ("835" + ENERGY[3:], "value id: 5, expected 6 to 9"),
        ("88" + ENERGY[2:], "segment: 8, expected 1 to 7 or 9"),
    ],
)
def test_what_is_no_collection_code_is_said(code, words):
    assert any(words in each for each in problems(code))


def test_due_date_and_invoice_number_come_back():
    found = energy_collection(Decimal("133.12"), "0138", due=DUE, invoice_number="2026-000123")
    again, _ = read_collection(line(found))
    assert (again.amount, again.due_date, again.number) == (
        Decimal("133.12"),
        DUE,
        "2026000123",
    )


def test_a_date_that_does_not_exist_is_none():
    found = Collection(3, 6, 100, "0138", "20260230" + "0" * 17)
    assert found.due_date is None


@pytest.mark.parametrize(
    ("amount", "company", "number", "words"),
    [
        ("1.005", "0138", "1", "value: 1.005, expected ≥ 0, two decimals"),
        ("-1", "0138", "1", "value: -1"),
        ("NaN", "0138", "1", "value: NaN"),
        ("1000000000", "0138", "1", "value: 100000000000, expected up to 11 digits"),
        ("1", "138", "1", "company: '138', expected 4 digits"),
        ("1", "0138", "A-1", "invoice number: 'A-1', expected at most 17 digits"),
        ("1", "0138", "1" * 18, "expected at most 17 digits"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_limit(amount, company, number, words):
    with pytest.raises(BillingError) as caught:
        energy_collection(Decimal(amount), company, due=DUE, invoice_number=number)
    assert words in caught.value.en


def test_segment_six_names_its_company_by_cnpj():
    found = Collection(6, 9, 5, "06981180", "1" * 21)
    assert read_collection(line(found)) == (found, ())
    assert found.amount is None
    with pytest.raises(BillingError, match="company: '0698', expected 8 digits"):
        barcode(Collection(6, 9, 5, "0698", "1" * 25))


def test_a_free_field_is_25_digits():
    assert free_field(DUE, "1") == "20261120" + "0" * 16 + "1"
