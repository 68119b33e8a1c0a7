"""What every `TermsBook` must do, whatever keeps it.

An implementation joins by a line in `LEDGERS`: a function that opens the ledger of a directory,
whose `terms` is the book. `QUILOWATT_TEST_LEDGER_URL` adds the database of that URL, whose schema
``public`` is emptied before each test.
"""

import os
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from quilowatt.store import (
    Balance,
    CustomerDetails,
    DetailsChange,
    LedgerDefaults,
    RegistrationRequest,
    SqlLedger,
    Statement,
    Terms,
    TermsChange,
)

DEFAULTS = LedgerDefaults(timezone="America/Manaus", tariff_code="br/test-b1", billing_day=5)
NOW_S = 1_760_000_000
NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)
REGISTERED = Terms("br/test-b1", 5)
URL = os.environ.get("QUILOWATT_TEST_LEDGER_URL")


def open_sqlite(directory):
    return SqlLedger.open(directory / "ledger.sqlite", DEFAULTS)


def open_url(_directory):
    return SqlLedger.open(URL, DEFAULTS)


LEDGERS = {"sqlite": open_sqlite} | ({"url": open_url} if URL else {})


@pytest.fixture(params=LEDGERS)
def open_ledger(request, tmp_path):
    if request.param == "url":
        engine = create_engine(URL)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    opened = []

    def open_one():
        opened.append(LEDGERS[request.param](tmp_path))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger):
    ledger = open_ledger()
    requests = [
        RegistrationRequest(
            uuid=UUID(int=0xA0000000000040008000000000000000 + number),
            name=f"Customer {number}",
            serial="",
            model="",
            phases=2,
            interval_s=900,
            digits=0,
            usage_point=None,
            extra={},
            at_s=NOW_S,
        )
        for number in range(1, 4)
    ]
    ledger.register_meters(requests)
    return ledger


@pytest.fixture
def book(ledger):
    return ledger.terms


def said(day, **changes):
    return replace(Statement(day, NOW_S, "ana", "because"), **changes)


def on(book, day, key=1, **asked):
    return book.on([key], day, **asked)[key]


def test_without_facts_what_registration_gave_holds(book):
    assert on(book, NOVEMBER) == REGISTERED
    history = book.histories([1])[1]
    assert (history.timezone, history.phases, history.created_at_s) == ("America/Manaus", 2, NOW_S)
    assert (history.facts, history.billing_days()) == ((), ((date.min, 5),))


def test_a_change_holds_from_its_day_on_and_leaves_the_rest(book):
    change = TermsChange(tariff_code="br/other", attributes={"class": "social"})
    fact = book.set_terms(1, change, said(DECEMBER))
    assert on(book, DECEMBER - timedelta(days=1)) == REGISTERED
    after = replace(REGISTERED, tariff_code="br/other", attributes={"class": "social"})
    assert on(book, DECEMBER) == on(book, JANUARY) == after
    assert on(book, JANUARY, key=2) == REGISTERED
    assert (fact.from_day, fact.author, fact.reason) == (DECEMBER, "ana", "because")
    assert book.histories([1])[1].facts == (fact,)


def test_everything_that_is_said_comes_back(book, open_ledger):
    change = TermsChange(
        tariff_code="x",
        billing_day=31,
        attributes={"class": "rural ☀", "scee": "gd1"},
        contracted_kw=Decimal("12.345"),
        limit_w=9000,
        address=("Rua A, 1", "Salvador"),
        is_vacant=True,
        alert_sensitivity_pct=200,
        has_generation=False,
        master="2ae00bfe-92ec-4533-b1fa-40e11244945f",
    )
    book.set_terms(1, change, said(NOVEMBER))
    wanted = Terms(
        "x",
        31,
        {"class": "rural ☀", "scee": "gd1"},
        Decimal("12.345"),
        9000,
        ("Rua A, 1", "Salvador"),
        True,
        200,
        False,
        "2ae00bfe-92ec-4533-b1fa-40e11244945f",
    )
    assert on(book, NOVEMBER) == on(open_ledger().terms, NOVEMBER) == wanted


def test_an_attribute_is_taken_away_alone(book):
    book.set_terms(1, TermsChange(attributes={"class": "a", "scee": "b"}), said(NOVEMBER))
    book.set_terms(1, TermsChange(attributes={"class": None}), said(DECEMBER))
    assert on(book, NOVEMBER).attributes == {"class": "a", "scee": "b"}
    assert on(book, DECEMBER).attributes == {"scee": "b"}


def test_what_was_said_of_a_later_day_survives_what_is_said_of_an_earlier_one(book):
    book.set_terms(1, TermsChange(tariff_code="later"), said(JANUARY))
    book.set_terms(1, TermsChange(tariff_code="early", limit_w=5000), said(NOVEMBER))
    codes = [on(book, day).tariff_code for day in (NOVEMBER, DECEMBER, JANUARY)]
    assert codes == ["early", "early", "later"]
    assert on(book, JANUARY).limit_w == 5000


def test_of_one_day_the_last_word_counts(book):
    book.set_terms(1, TermsChange(billing_day=7), said(NOVEMBER))
    book.set_terms(1, TermsChange(billing_day=9), said(NOVEMBER))
    assert on(book, NOVEMBER).billing_day == 9
    assert book.histories([1])[1].billing_days() == ((date.min, 5), (NOVEMBER, 9))


def test_saying_the_same_again_records_nothing(book, ledger):
    change = TermsChange(tariff_code="x", attributes={"class": "social"})
    assert book.set_terms(1, change, said(NOVEMBER)) is not None
    entries = ledger.audit(limit=100)
    assert book.set_terms(1, change, said(NOVEMBER, at_s=NOW_S + 9)) is None
    assert book.set_terms(1, TermsChange(tariff_code="x"), said(DECEMBER)) is None
    assert book.set_terms(1, TermsChange(attributes={"none": None}), said(DECEMBER)) is None
    assert ledger.audit(limit=100) == entries


def test_what_was_known_earlier_can_be_asked_for(book):
    book.set_terms(1, TermsChange(tariff_code="first"), said(NOVEMBER, at_s=NOW_S))
    book.set_terms(1, TermsChange(tariff_code="second"), said(NOVEMBER, at_s=NOW_S + 10))
    assert on(book, NOVEMBER, as_of_s=NOW_S - 1) == REGISTERED
    assert on(book, NOVEMBER, as_of_s=NOW_S + 9).tariff_code == "first"
    assert on(book, NOVEMBER, as_of_s=NOW_S + 10).tariff_code == "second"


def test_a_clock_that_goes_back_changes_nothing_that_was_known(book):
    book.set_terms(1, TermsChange(tariff_code="first"), said(NOVEMBER, at_s=NOW_S))
    fact = book.set_terms(1, TermsChange(tariff_code="second"), said(NOVEMBER, at_s=NOW_S - 999))
    assert fact.recorded_at_s == NOW_S
    assert on(book, NOVEMBER, as_of_s=NOW_S - 1) == REGISTERED


def test_unknown_usage_points_are_left_out(book):
    assert set(book.histories([3, 99, 1])) == {1, 3}
    assert book.histories([]) == book.on([99], NOVEMBER) == book.balances([99]) == {}


def test_a_limit_is_the_highest_that_was_ever_stated(book):
    assert book.limits_w([1, 2, 3]) == {}
    book.set_terms(1, TermsChange(limit_w=12_000), said(NOVEMBER))
    book.set_terms(1, TermsChange(limit_w=9_000), said(DECEMBER))
    book.set_terms(2, TermsChange(limit_w=99_000), said(NOVEMBER))
    book.set_terms(2, TermsChange(limit_w=10_000), said(NOVEMBER, at_s=NOW_S + 5))
    book.set_terms(3, TermsChange(limit_w=7_000), said(NOVEMBER))
    book.set_terms(3, TermsChange(limit_w=0), said(NOVEMBER))
    assert book.limits_w([1, 2, 3]) == {1: 12_000, 2: 10_000}
    assert book.limits_w([2], as_of_s=NOW_S) == {2: 99_000}


def test_who_ever_had_a_master_is_named(book):
    assert book.with_master() == []
    book.set_terms(3, TermsChange(master="x"), said(NOVEMBER))
    book.set_terms(1, TermsChange(master="x"), said(JANUARY))
    book.set_terms(1, TermsChange(master="", attributes={"class": "master"}), said(JANUARY))
    book.set_terms(2, TermsChange(attributes={"class": "master"}), said(NOVEMBER))
    assert book.with_master() == [1, 3]
    assert on(book, JANUARY).master == ""


def test_balances_come_back_by_day_and_the_last_word_counts(book):
    first = Balance(NOVEMBER, ((date(2026, 9, 1), 500_000, "peak"),), {"demand": (3000, 2500)}, 7)
    wrong = Balance(DECEMBER, ((date(2026, 9, 1), 1, ""),))
    right = Balance(DECEMBER, ((date(2026, 9, 1), 2, ""), (date(2026, 10, 1), 3, "")))
    book.set_balance(1, wrong, said(DECEMBER))
    book.set_balance(1, right, said(DECEMBER, at_s=NOW_S + 1))
    assert book.set_balance(1, first, said(NOVEMBER, at_s=NOW_S + 2)) is not None
    assert book.set_balance(1, first, said(NOVEMBER, at_s=NOW_S + 3)) is None
    assert [fact.balance for fact in book.balances([1, 2])[1]] == [first, right]
    assert [fact.balance for fact in book.balances([1], as_of_s=NOW_S)[1]] == [wrong]


def test_details_of_a_customer_are_dated_too(book):
    book.set_details(1, DetailsChange(tax_id="123", language="pt"), said(NOVEMBER))
    fact = book.set_details(1, DetailsChange(email="a@b.example", tax_id=""), said(DECEMBER))
    assert book.details([1, 2], NOVEMBER) == {
        1: CustomerDetails(tax_id="123", language="pt"),
        2: CustomerDetails(),
    }
    after = CustomerDetails(email="a@b.example", language="pt")
    assert book.details([1], DECEMBER) == {1: after}
    assert book.details([1], DECEMBER, as_of_s=NOW_S - 1) == {1: CustomerDetails()}
    assert book.set_details(1, DetailsChange(language="pt"), said(JANUARY)) is None
    assert book.details_facts(1)[-1] == fact


def test_the_audit_tells_what_was_said(book, ledger):
    book.set_terms(2, TermsChange(tariff_code="x"), said(NOVEMBER))
    book.set_balance(2, Balance(NOVEMBER), said(NOVEMBER))
    book.set_details(2, DetailsChange(email="a@b.example"), said(NOVEMBER))
    terms, balance, details = ledger.audit(limit=100)[-3:]
    assert (terms.action, terms.actor, terms.usage_point_id) == ("terms_set", "ana", 2)
    assert terms.details["change"] == {"tariff_code": "x"}
    assert terms.details["reason"] == "because"
    assert (balance.action, details.action) == ("balance_set", "customer_set")
    assert details.details["customer_id"] == "2"


def test_many_usage_points_are_one_question(book):
    """More than fit into one statement of SQLite, too."""
    book.set_terms(3, TermsChange(tariff_code="x"), said(NOVEMBER))
    found = book.on(range(1, 70_000), NOVEMBER)
    assert [terms.tariff_code for terms in found.values()] == ["br/test-b1", "br/test-b1", "x"]
