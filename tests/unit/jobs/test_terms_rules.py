"""Which changes of terms are refused, and what the refusal tells a person to do."""

from datetime import date

import pytest

from quilowatt.billing import Credit, UsagePoint
from quilowatt.jobs.billed_places import carried_on, usage_point_of
from quilowatt.jobs.terms_rules import billed_from, near_codes, refusals
from quilowatt.store import Balance, Terms, TermsChange, TermsHistory

CREATED_S = 1_767_236_400  # 2026-01-01T00:00:00-03:00
HISTORY = TermsHistory(1, "America/Bahia", 1, CREATED_S, Terms("br/b1/coelba", 1))
CODES = ("br/b1/celpe", "br/b1/coelba", "br/coelba-b1", "gb/agile")
NOVEMBER = date(2026, 11, 1)


def refused(change, day=NOVEMBER, history=HISTORY, balance=None):
    return [(name, phrase.en) for name, phrase in refusals(history, change, day, CODES, balance)]


def test_what_can_be_is_not_refused():
    change = TermsChange(tariff_code="gb/agile", billing_day=15, attributes={"class": "social"})
    assert refused(change) == []
    assert refused(TermsChange(), balance=Balance(NOVEMBER, ((NOVEMBER, 1, ""),))) == []


def test_a_tariff_that_is_not_there_is_refused_with_those_near_it():
    ((name, text),) = refused(TermsChange(tariff_code="br/b1/coelb"))
    assert name == "tariff"
    assert "near it: br/b1/coelba" in text
    ((_, text),) = refused(TermsChange(tariff_code="{x}"))
    assert text == "there is no tariff “(x)”; /v1/tariffs lists those that the server has"
    assert near_codes("", CODES) == []


@pytest.mark.parametrize(
    ("before", "new", "day", "days"),
    [
        (1, 31, NOVEMBER, 60),  # 1 November to 31 December
        (28, 1, date(2026, 11, 28), 3),  # 28 November to 1 December
        (1, 19, NOVEMBER, 48),
    ],
)
def test_a_cycle_too_long_or_too_short_is_refused(before, new, day, days):
    history = TermsHistory(1, "America/Bahia", 1, CREATED_S, Terms("br/b1/coelba", before))
    ((name, text),) = refused(TermsChange(billing_day=new), day, history)
    assert name == "billing_day"
    assert f"would have {days} days; one has 15 to 47: move the day in two steps" in text


@pytest.mark.parametrize(("before", "new"), [(1, 18), (28, 13), (31, 16)])
def test_a_cycle_of_15_to_47_days_is_not(before, new):
    history = TermsHistory(1, "America/Bahia", 1, CREATED_S, Terms("br/b1/coelba", before))
    assert refused(TermsChange(billing_day=new), date(2026, 11, before if before < 31 else 30),
                   history) == []  # fmt: skip


def test_a_billing_day_may_move_far_before_the_usage_point_was_there():
    assert refused(TermsChange(billing_day=28), date(2025, 6, 1)) == []


def test_one_irregular_cycle_does_not_stand_in_the_way_of_other_changes():
    history = HISTORY.with_change(TermsChange(billing_day=31), NOVEMBER)
    assert refused(TermsChange(tariff_code="gb/agile"), date(2026, 12, 1), history) == []


def test_a_balance_is_that_of_the_first_day_of_a_cycle():
    day = date(2026, 11, 2)
    ((name, text),) = refused(TermsChange(), day, balance=Balance(day))
    assert name == "balance"
    assert "2026-11-01 or 2026-12-01, not 2026-11-02" in text
    late = Balance(NOVEMBER, ((day, 1, ""),))
    ((_, text),) = refused(TermsChange(), balance=late)
    assert "credits of 2026-11-02 were given after 2026-11-01" in text


def test_a_day_too_far_away_is_a_typing_error():
    ((name, text),) = refused(TermsChange(tariff_code="gb/agile"), date(2926, 11, 1))
    assert (name, text) == ("from", "2926-11-01 is not between 1990-01-01 and 2199-12-31")


@pytest.mark.parametrize(("day", "wanted"), [(1, "2026-11-01"), (2, "2026-12-01")])
def test_terms_are_billed_from_a_cycle_s_first_day_on(day, wanted):
    assert str(billed_from(HISTORY, date(2026, 11, day))) == wanted


def test_a_usage_point_has_its_balance_and_corrects_the_meter_s_phases():
    balance = Balance(NOVEMBER, ((date(2026, 9, 1), 7, "peak"),), {"demand": (5,)})
    point = usage_point_of(1, Terms("x", 1, {"phases": "3"}), balance)
    assert point.attributes == {"phases": "3"}
    assert point.credits == (Credit(date(2026, 9, 1), 7, "peak"),)
    assert point.past_demand_w == {"demand": (5,)}


def test_without_a_bill_a_bank_stays_as_it_was():
    before = UsagePoint(credits=(Credit(NOVEMBER, 7),), past_demand_w={"demand": (5,)})
    after = carried_on(UsagePoint({"class": "x"}), before, None, is_settling=True)
    assert (after.credits, after.past_demand_w) == (before.credits, before.past_demand_w)
    assert after.attributes == {"class": "x"}


def test_without_a_balance_only_the_energy_of_a_long_cycle_goes_on():
    before = UsagePoint(credits=(Credit(NOVEMBER, 7),), carried_wh=9)
    assert carried_on(UsagePoint(), before, None, is_settling=False) == UsagePoint(carried_wh=9)
