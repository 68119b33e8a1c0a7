"""Rules of a tariff that are no prices: dates, late payment, corrections, cycles too long."""

import json
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from harness.tariffs import FLAT, TOU, UTC, amounts, document, hours, schedule, tariff_of
from quilowatt.billing import Item, Text, UsagePoint, load_tariff, rate
from quilowatt.billing.regime import (
    Regime,
    due_date,
    effective_due_date,
    instalments,
    late_base,
    late_charges,
    may_correct,
)
from quilowatt.billing.tariff import Rounding
from quilowatt.errors import TariffError
from quilowatt.jobs.tariff_files import read_tariff

ROOT = Path(__file__).parents[3]
BRAZIL = read_tariff(ROOT / "tariffs/br/b1/coelba.toml").regime
CENTS = Rounding("half_even", 2)
PEAK = {"period": "peak", "from": "17:00", "to": "20:00"}


def test_absent_rules_are_harmless():
    regime = tariff_of([FLAT]).regime
    assert (regime.missing, regime.most_days, regime.fine_share) == ("nothing", 0, 0)
    assert may_correct(regime, 500, Decimal(1))
    assert instalments(regime, 3) == 3


def test_brazil_has_its_rules_in_every_tariff():
    assert (BRAZIL.missing, BRAZIL.missing_cycles) == ("mean_of_cycles", 12)
    assert (BRAZIL.least_days, BRAZIL.most_days) == (27, 33)
    assert (BRAZIL.collect_cycles, BRAZIL.refund_cycles, BRAZIL.refund_factor) == (3, 60, 2)
    assert instalments(BRAZIL, 3) == 6
    assert read_tariff(ROOT / "tariffs/br/b1/cemig-d.toml").regime == BRAZIL


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        ("2026-11-23", "2026-11-30"),  # Monday to Monday
        ("2026-11-27", "2026-12-04"),  # Friday
        ("2026-11-28", "2026-12-04"),  # Saturday
        ("2026-11-19", "2026-11-27"),  # the 20th is a holiday
        ("2026-02-12", "2026-02-20"),  # Carnival Tuesday is one, Monday isn't
    ],
)
def test_five_business_days(issued, due):
    assert due_date(BRAZIL, date.fromisoformat(issued)) == date.fromisoformat(due)


def test_public_bodies_have_ten():
    public = UsagePoint({"class": "public_power"})
    assert due_date(BRAZIL, date(2026, 11, 23), public) == date(2026, 12, 7)


def test_a_due_date_on_a_holiday_may_be_paid_after_it():
    assert effective_due_date(BRAZIL, date(2026, 11, 28)) == date(2026, 11, 30)
    assert effective_due_date(BRAZIL, date(2026, 12, 25)) == date(2026, 12, 28)
    assert effective_due_date(BRAZIL, date(2026, 11, 24)) == date(2026, 11, 24)


def test_late_payment_costs_fine_interest_and_index():
    due, paid = date(2026, 11, 10), date(2026, 12, 25)
    late = late_charges(BRAZIL, Decimal("219.14"), (due, paid), CENTS, Decimal("1.0056"))
    assert late.days_late == 45
    assert [str(x) for x in (late.fine, late.interest, late.indexation)] == ["4.38", "3.29", "1.23"]


def test_paying_on_the_next_business_day_costs_nothing():
    saturday = date(2026, 11, 28)
    on_time = late_charges(BRAZIL, Decimal(100), (saturday, date(2026, 11, 30)), CENTS)
    assert (on_time.days_late, on_time.fine, on_time.interest) == (0, 0, 0)
    late = late_charges(BRAZIL, Decimal(100), (saturday, date(2026, 12, 1)), CENTS)
    assert (late.days_late, late.fine, str(late.interest)) == (3, 2, "0.10")


def test_a_bill_that_pays_out_is_never_late():
    days = date(2026, 11, 10), date(2026, 12, 10)
    assert late_charges(BRAZIL, Decimal(-5), days, CENTS).fine == 0


def test_contributions_and_earlier_fines_are_not_in_the_base():
    items = (
        Item("cosip", Text("CIP", "CIP"), Decimal("8.63")),
        Item("multa", Text("Multa", "Fine"), Decimal("2.00")),
        Item("bonus", Text("Bônus", "Bonus"), Decimal("-1.00")),
    )
    bill = rate(tariff_of([FLAT]), hours("2026-01-01", [1000] * 24), UTC, UsagePoint(items=items))
    assert late_base(BRAZIL, bill) == Decimal("3.80")


@pytest.mark.parametrize(
    ("age", "difference", "may"),
    [(3, 1, True), (4, 1, False), (60, -1, True), (61, -1, False), (1, 0, False)],
)
def test_what_may_still_be_put_right(age, difference, may):
    assert may_correct(BRAZIL, age, Decimal(difference)) is may


LONG = {"regime": {"cycle_days": {"least": 27, "most": 33}}}


def test_a_cycle_of_40_days_bills_33_of_them():
    bill = rate(tariff_of([FLAT], **LONG), hours("2026-01-01", [100] * 24 * 40), UTC)
    assert amounts(bill) == {"energy": "15.84"}  # 96 kWh · 33/40 · 0.20
    assert bill.energy_wh == 96_000
    assert bill.deferred_wh == 16_800
    assert bill.notes[-1].en == (
        "Energy billed in this cycle: 96 kWh × 33 ÷ 40 = 79.2 kWh. Left for the next: 16.8 kWh."
    )
    assert bill.notes[-1].pt == (
        "Energia faturada neste ciclo: 96 kWh × 33 ÷ 40 = 79,2 kWh. Para o próximo ficam 16,8 kWh."
    )


def test_a_cycle_of_33_days_bills_all():
    bill = rate(tariff_of([FLAT], **LONG), hours("2026-01-01", [100] * 24 * 33), UTC)
    assert (bill.deferred_wh, bill.notes) == (0, ())
    assert bill.lines[0].quantity == Decimal("79.2")


def test_what_was_left_comes_with_the_next_cycle():
    point = UsagePoint(carried_wh=16_800)
    bill = rate(tariff_of([FLAT], **LONG), hours("2026-02-10", [100] * 24 * 30), UTC, point)
    assert amounts(bill) == {"energy": "17.76"}  # 72 + 16.8 kWh
    assert bill.deferred_wh == 0
    assert "(72 kWh + 16.8 kWh) = 88.8 kWh" in bill.notes[0].en


def test_what_was_left_waits_where_nothing_is_used():
    point = UsagePoint(carried_wh=5)
    bill = rate(tariff_of([FLAT], **LONG), hours("2026-02-10", [0] * 24), UTC, point)
    assert (bill.total, bill.deferred_wh) == (0, 5)


SERIES = {"x": {"from": "2026-01-01T00:00:00Z", "step_minutes": 1440, "prices": ["0.5"] * 70}}
TIERS = [{"up_to_kwh": 1, "rate_per_kwh": "0.1"}, {"rate_per_kwh": "0.3"}]


@pytest.mark.parametrize(
    "charge",
    [
        FLAT,
        TOU,
        {"code": "energy", "kind": "series", "series": "x"},
        {"code": "energy", "kind": "tiered", "per": "day",
         "tiers": [TIERS[0] | {"up_to_kwh": 3}, TIERS[1]]},
        {"code": "energy", "kind": "tiered", "per": "month", "schedule": "s",
         "combine": "chronological", "tiers": [
             {"up_to_kwh": 50, "rates": {"peak": "0.4", "rest": "0.1"}},
             {"rates": {"peak": "0.5", "rest": "0.2"}}]},
    ],
)  # fmt: skip
def test_each_kind_of_energy_bills_33_of_66_days_like_half_the_energy(charge):
    changes = {
        "schedule": schedule(PEAK),
        "series": SERIES | {"x": SERIES["x"] | {"prices": ["0.5"] * 70}},
    }
    limited, free = tariff_of([charge], **changes, **LONG), tariff_of([charge], **changes)
    whole = rate(limited, hours("2026-01-01", [200, 100] * 12 * 66), UTC)
    half = rate(free, hours("2026-01-01", [100, 50] * 12 * 66), UTC)
    assert [(x.code, x.quantity, x.amount) for x in whole.lines] == [
        (x.code, x.quantity, x.amount) for x in half.lines
    ]


def test_demand_fixed_charges_and_export_are_not_cut():
    charges = [
        {"code": "demand", "kind": "demand", "rate_per_kw": 1, "window_minutes": 60},
        {"code": "fixed", "kind": "fixed", "per": "day", "rate": 1},
        {"code": "feed", "kind": "energy", "flow": "export", "rate_per_kwh": "-0.1"},
    ]
    usage = hours("2026-01-01", [100] * 24 * 40, export_wh=[100] * 24 * 40)
    bill = rate(tariff_of(charges, **LONG), usage, UTC)
    assert amounts(bill) == {"demand": "0.10", "fixed": "40.00", "feed": "-9.60"}


@pytest.mark.parametrize(
    ("regime", "problem"),
    [
        ({"missing": {"rule": "guess"}}, 'regime.missing.rule: is "guess", must be one of'),
        ({"missing": {"rule": "mean_of_cycles"}}, "regime.missing.cycles: is not there"),
        ({"missing": {"rule": "nothing", "cycles": 2}}, "goes with mean_of_cycles only"),
        ({"cycle_days": {"least": 40, "most": 33}}, "is 40 days, more than the most of 33 days"),
        ({"holidays": "x"}, "there is no calendar 'x'"),
        ({"rest_days": ["saturday"]}, "'saturday' is no weekday"),
        ({"rest_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, "no day is left"),
        ({"late": {"fine": 2}}, "regime.late.fine: is 2, must be a number"),
        ({"correction": {"refund_factor": 0}}, "must be a whole number from 1 to 24"),
        ({"due": {"business_days": 5, "when": {}}}, "regime.due.when: unknown key"),
        ({"dues": {}}, "unknown key; is 'due' meant?"),
    ],
)
def test_a_problem_of_a_regime_is_named(regime, problem):
    with pytest.raises(TariffError) as caught:
        tariff_of([FLAT], regime=regime)
    assert any(problem in line for line in caught.value.problems), caught.value.problems
    validator = pytest.importorskip("jsonschema_rs").validator_for(
        json.loads((ROOT / "tariffs/schema/tariff-2.schema.json").read_text())
    )
    is_seen_by_schema = not re.search(r"no calendar|more than the most", problem)
    assert validator.is_valid(document([FLAT], regime=regime)) is not is_seen_by_schema


def test_a_document_s_own_rules_go_before_included_ones():
    text = (ROOT / "tariffs/br/b1/coelba.toml").read_text()
    shared = {"../shared/brazil.toml": (ROOT / "tariffs/br/shared/brazil.toml").read_text()}
    own = load_tariff(text + "\n[regime]\nlate = { fine = 0.01 }\n", "own", shared).regime
    assert (own.fine_share, own.monthly_interest) == (Decimal("0.01"), Decimal("0.01"))
    assert own.collect_cycles == 3


def test_interest_of_a_month_of_other_length():
    regime = Regime(monthly_interest=Decimal("0.03"), interest_month_days=31)
    days = date(2026, 1, 5), date(2026, 2, 5)
    late = late_charges(regime, Decimal(1000), days, CENTS, Fraction(99, 100))
    assert (str(late.interest), str(late.indexation)) == ("30.00", "-10.00")
