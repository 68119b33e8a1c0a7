"""Net metering by period, its exchange and what is kept; limits that families multiply."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from harness.tariffs import FLAT, UTC, amounts, document, hours, quantities, schedule, tariff_of
from quilowatt.billing import Credit, UsagePoint, rate
from quilowatt.billing.sharing import share_by_percentage, share_by_priority
from quilowatt.errors import BillingError, TariffError

SCHEMA = Path(__file__).parents[3] / "tariffs/schema/tariff-2.schema.json"
PEAK = {"period": "peak", "from": "18:00", "to": "21:00"}
PRICES = {"peak": "0.8", "rest": "0.4"}
TOU = {"code": "energy", "kind": "time_of_use", "schedule": "s", "rates": PRICES}
NET = {
    "code": "net", "kind": "net_metering", "schedule": "s", "other": "rest",
    "exchange": {"peak": "0.5", "rest": "0.25"},
    "credits": [{"code": "credit", "rates": PRICES}],
}  # fmt: skip
JAN_6 = date(2026, 1, 6)


def at_hours(**energy_wh):
    """A day's energy by hour: h19=1000."""
    return [energy_wh.get(f"h{hour}", 0) for hour in range(24)]


def bill_of(net, import_wh, export_wh, bank=(), charges=()):
    tariff = tariff_of([TOU, NET | net, *charges], schedule=schedule(PEAK))
    usage = hours("2026-01-05", import_wh, export_wh=export_wh)
    return rate(tariff, usage, UTC, UsagePoint(credits=tuple(bank)))


def offsets(bill):
    return {code: kwh for code, kwh in quantities(bill).items() if code.startswith("credit")}


def test_each_period_is_served_by_itself_first():
    bill = bill_of({}, at_hours(h10=5000, h19=2000), at_hours(h12=4000, h20=1500))
    assert offsets(bill) == {"credit.rest": 4, "credit.peak": 1.5}
    assert bill.total == Decimal("0.80")
    assert bill.credits == ()


def test_surplus_goes_to_another_period_by_the_exchange():
    """6 kWh off-peak are left; 2 kWh of peak take 4 of them."""
    bill = bill_of({}, at_hours(h10=1000, h19=2000), at_hours(h12=7000))
    assert offsets(bill) == {"credit.rest": 1, "credit.peak": 2}
    assert bill.credits == (Credit(JAN_6, 2000, "rest"),)


def test_peak_is_worth_twice_off_peak():
    bill = bill_of({}, at_hours(h10=9000), at_hours(h19=2000))
    assert offsets(bill) == {"credit.rest": 4}


def test_parts_of_a_watt_hour_are_never_made():
    """A watt-hour at two thirds of the worth buys none; of four, three buy two."""
    exchange = {"exchange": {"peak": "0.3", "rest": "0.2"}}
    bill = bill_of(exchange, at_hours(h19=1000), at_hours(h12=1))
    assert (offsets(bill), bill.credits) == ({}, (Credit(JAN_6, 1, "rest"),))
    bill = bill_of(exchange, at_hours(h19=1000), at_hours(h12=4))
    assert (offsets(bill), bill.credits) == (
        {"credit.peak": 0.002},
        (Credit(JAN_6, 1, "rest"),),
    )


def test_old_credits_first_and_those_without_period_are_off_peak():
    old = [Credit(date(2025, 12, 6), 500, "peak"), Credit(date(2025, 11, 6), 700)]
    bill = bill_of({}, at_hours(h10=600, h19=800), at_hours(h20=1000), old)
    assert offsets(bill) == {"credit.peak": 0.8, "credit.rest": 0.6}
    assert bill.credits == (Credit(date(2025, 11, 6), 100, "rest"), Credit(JAN_6, 700, "peak"))


def test_compensation_stops_where_the_least_amount_is_reached():
    """10 kWh · 0.4 + 5 · 0.8 = 8; 3 kWh at 0.5 stay, so 6.50 go: 5 of peak, then 6.25 kWh."""
    keep = {"keep_kwh": 3, "keep_value_per_kwh": "0.5", "values": PRICES}
    bill = bill_of(keep, at_hours(h10=10_000, h19=5000), at_hours(h12=20_000, h19=5000))
    assert offsets(bill) == {"credit.rest": 6.25, "credit.peak": 5}
    assert bill.total == Decimal("1.50")
    bill = bill_of(keep, at_hours(h10=3000), at_hours(h12=9000))
    assert offsets(bill) == {}


def test_the_least_amount_of_energy_that_is_not_billed_as_energy():
    least = [
        {"code": "least", "kind": "minimum_energy", "kwh": 30, "billed": False},
        {"code": "floor", "kind": "minimum", "of": ["energy", "credit"],
         "amount": "minimum_energy", "rate_per_kwh": "0.5"},
    ]  # fmt: skip
    keep = {"keep_kwh": "minimum", "keep_value_per_kwh": "0.5", "values": PRICES}
    bill = bill_of(keep, at_hours(h10=40_000), at_hours(h12=60_000), charges=least)
    assert amounts(bill) == {
        "energy.peak": "0.00", "energy.rest": "16.00", "credit.rest": "-1.00",
    }  # fmt: skip
    assert bill.total == 15
    bill = bill_of(keep, at_hours(h10=4000), at_hours(h12=60_000), charges=least)
    assert amounts(bill)["floor"] == "13.40"
    assert bill.total == 15


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"exchange": {"peak": 1}}, "exchange is about ['peak'], the schedule has the periods"),
        ({"exchange": {"peak": 0, "rest": 1}}, "exchange.peak: must be above 0"),
        ({"other": "noon"}, "other is 'noon', the schedule has the periods"),
        ({"schedule": "t"}, "there is no [schedule.t]"),
        ({"keep_value_per_kwh": 1, "values": {"peak": 1}}, "values is about ['peak']"),
        ({"credits": [{"code": "credit", "rates": {"x": 1}}]}, "credit is about ['x']"),
        ({"whole_kwh": True}, "can't go with a schedule"),
    ],
)
def test_a_problem_is_named(changes, problem):
    with pytest.raises(TariffError) as caught:
        tariff_of([TOU, NET | changes], schedule=schedule(PEAK))
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def test_the_schema_knows_net_metering_by_period():
    validator = pytest.importorskip("jsonschema_rs").validator_for(json.loads(SCHEMA.read_text()))
    validator.validate(document([TOU, NET], schedule=schedule(PEAK)))
    assert not validator.is_valid(document([NET | {"exchange": {"peak": "x"}}]))
    flat = {"code": "net", "kind": "net_metering", "times": "families"}
    less = [{"component": "Fio B", "rate_per_kwh": "0.2", "share": "0.6"}]
    credit = {"code": "credit", "rate_per_kwh": "0.5", "less": less, "part": "within"}
    validator.validate(document([flat | {"credits": [credit]}]))
    assert not validator.is_valid(document([flat | {"credits": [{"code": "credit"}]}]))


def test_components_are_taken_off_a_credit():
    less = [
        {"component": "Fio B", "rate_per_kwh": "0.20", "share": "0.6"},
        {"component": "TFSEE", "rate_per_kwh": "0.01", "share": 1},
    ]
    credit = {"code": "credit", "rate_per_kwh": "0.5", "less": less}
    net = {"code": "net", "kind": "net_metering", "credits": [credit]}
    usage = hours("2026-01-05", [1000] * 10, export_wh=[1000] * 10)
    bill = rate(tariff_of([FLAT, net]), usage, UTC)
    assert bill.lines[1].formula == "10 kWh × (−0.37) = −3.70"


def test_credits_within_and_beyond_what_was_used_above_the_least():
    lines = [
        {"code": "credit", "rate_per_kwh": "0.15", "part": "within"},
        {"code": "feed", "rate_per_kwh": "0.20", "part": "beyond"},
    ]
    net = {
        "code": "net", "kind": "net_metering", "keep_kwh": 4, "keep_value_per_kwh": "0.20",
        "whole_kwh": True, "credits": lines,
    }  # fmt: skip
    usage = hours("2026-01-05", [1000] * 20, export_wh=[2000] * 20)
    bill = rate(tariff_of([FLAT, net]), usage, UTC)
    assert quantities(bill) == {"energy": 20, "credit": 16, "feed": 4}
    assert bill.credits == (Credit(date(2026, 1, 5), 20_000),)


def test_families_multiply_limits():
    off = {"code": "off", "kind": "discount", "of": ["energy"], "times": "families",
           "tiers": [{"up_to_kwh": 10, "share": 1}, {"share": 0}]}  # fmt: skip
    usage, tariff = hours("2026-01-05", [1000] * 24), tariff_of([FLAT, off])
    assert rate(tariff, usage, UTC).total == Decimal("2.80")
    assert rate(tariff, usage, UTC, UsagePoint({"families": "2"})).total == Decimal("0.80")
    assert rate(tariff, usage, UTC, UsagePoint({"families": "3"})).total == 0
    for wrong in ("two", "0", "-1", "1.5", "10001"):
        with pytest.raises(BillingError, match="attribute families is"):
            rate(tariff, usage, UTC, UsagePoint({"families": wrong}))


def test_surplus_by_percentage_and_by_priority():
    shares = {"b": Decimal("0.125"), "c": Decimal("0.333")}
    assert share_by_percentage(1001, shares, rest="a") == {"b": 125, "c": 333, "a": 543}
    assert share_by_percentage(10, {"a": Fraction(1)}, rest="a") == {"a": 10}
    assert share_by_priority(10, [("b", 4), ("c", -1), ("b", 1)], rest="a") == {
        "b": 5, "c": 0, "a": 5,
    }  # fmt: skip
    with pytest.raises(BillingError, match=r"sum to 100.5 %"):
        share_by_percentage(10, {"a": Decimal("0.5"), "b": Decimal("0.505")}, rest="a")
    with pytest.raises(BillingError, match="at least 0"):
        share_by_percentage(10, {"a": Decimal("-0.1"), "b": Decimal("0.5")}, rest="a")
