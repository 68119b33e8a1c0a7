"""Each feature of a tariff in a case that a person can redo."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from harness.tariffs import FLAT, TOU, UTC, amounts, hours, quantities, schedule, tariff_of
from quilowatt.billing import Credit, Item, Text, Usage, UsagePoint, rate, rate_many
from quilowatt.errors import BillingError, TariffError

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
PEAK = {"period": "peak", "from": "17:30", "to": "20:30"}


def test_a_window_that_begins_within_an_interval_takes_its_share():
    bill = rate(tariff_of([TOU], schedule=schedule(PEAK)), hours("2026-01-05", [1000] * 24), UTC)
    assert quantities(bill) == {"energy.peak": 3, "energy.rest": 21}
    assert bill.lines[0].formula == "3 kWh × 0.4 = 1.20"


@pytest.mark.parametrize(
    ("window", "day", "peak"),
    [
        ({"days": WEEKDAYS}, "2026-01-05", 3),
        ({"days": WEEKDAYS}, "2026-01-04", 0),
        ({"days": WEEKDAYS}, "2026-01-06", 0),
        ({"days": ["holiday"]}, "2026-01-06", 3),
        ({"months": [6, 7]}, "2026-01-05", 0),
        ({"months": [1]}, "2026-01-05", 3),
        ({"season": ["11-15", "02-15"]}, "2026-01-05", 3),
        ({"season": ["02-15", "11-15"]}, "2026-01-05", 0),
        ({"since": "2026-01-05"}, "2026-01-05", 3),
        ({"until": "2026-01-04"}, "2026-01-05", 0),
        ({"from": "23:00", "to": "02:00"}, "2026-01-05", 3),
        ({"from": "22:00", "to": "24:00"}, "2026-01-05", 2),
    ],
)
def test_when_a_window_is_on(window, day, peak):
    changes = {
        "schedule": schedule(PEAK | window, holidays="h"),
        "holidays": {"h": [{"date": "01-06"}]},
    }
    bill = rate(tariff_of([TOU], **changes), hours(day, [1000] * 24), UTC)
    assert quantities(bill)["energy.peak"] == peak


@pytest.mark.parametrize(("day", "length", "peak"), [("2026-03-29", 23, 1), ("2026-10-25", 25, 3)])
def test_hours_on_the_wall_when_the_clock_changes(day, length, peak):
    night = {"period": "peak", "from": "00:30", "to": "02:30"}
    usage = hours(day, [1000] * length, LONDON)
    bill = rate(tariff_of([TOU], schedule=schedule(night)), usage, LONDON)
    assert quantities(bill)["energy.peak"] == peak
    assert bill.energy_wh == length * 1000


def test_a_window_off_the_quarters_is_on_twice_in_an_hour_that_comes_twice():
    """01:05 to 01:15 of the day on which London's clocks go back: two times ten minutes."""
    tariff = tariff_of([TOU], schedule=schedule(PEAK | {"from": "01:05", "to": "01:15"}))
    bill = rate(tariff, hours("2026-10-25", [600] * 25, LONDON), LONDON)
    assert quantities(bill)["energy.peak"] == 0.2


def test_tiers_by_day_each_for_itself():
    tiers = [{"up_to_kwh": 10, "rate_per_kwh": "0.1"}, {"rate_per_kwh": "0.3"}]
    charge = {"code": "energy", "kind": "tiered", "tiers": tiers}
    usage = hours("2026-01-01", [1000] * 24 + [0] * 24)
    assert amounts(rate(tariff_of([charge | {"per": "day"}]), usage, UTC)) == {
        "energy.tier1": "1.00",
        "energy.tier2": "4.20",
    }
    assert amounts(rate(tariff_of([charge | {"per": "days"}]), usage, UTC)) == {
        "energy.tier1": "2.00",
        "energy.tier2": "1.20",
    }


@pytest.mark.parametrize(
    ("combine", "expected"),
    [
        ("proportional", [3, 9, 3, 9]),
        ("chronological", [0, 12, 6, 6]),
        ("per_period", [6, 12, 0, 6]),
    ],
)
def test_how_tiers_and_periods_meet(combine, expected):
    rates = {"rates": {"peak": "0.4", "rest": "0.1"}}
    charge = {
        "code": "energy", "kind": "tiered", "per": "month", "schedule": "s", "combine": combine,
        "tiers": [{"up_to_kwh": 12, **rates}, rates],
    }  # fmt: skip
    window = PEAK | {"from": "13:00", "to": "19:00"}
    bill = rate(
        tariff_of([charge], schedule=schedule(window)), hours("2026-01-05", [1000] * 24), UTC
    )
    codes = [f"energy.{period}.tier{n}" for n in (1, 2) for period in ("peak", "rest")]
    assert [quantities(bill).get(code, 0) for code in codes] == expected


def test_demand_looks_back():
    charge = {
        "code": "demand", "kind": "demand", "rate_per_kw": "10", "window_minutes": 60,
        "look_back_cycles": 2, "look_back_share": "0.8",
    }  # fmt: skip
    usage = hours("2026-01-05", [1000, 3000, 2000] + [0] * 21)
    tariff = tariff_of([charge])
    assert amounts(rate(tariff, usage, UTC)) == {"demand": "30.00"}
    before = UsagePoint(past_demand_w={"demand": (1000, 5000, 9000)})
    bill = rate(tariff, usage, UTC, before)
    assert amounts(bill) == {"demand": "40.00"}
    assert bill.demand_w == {"demand": 3000}


def test_a_change_by_days_does_not_change_the_demand():
    """The cycle's highest power is shared out, not that of each part."""
    charge = {"code": "demand", "kind": "demand", "rate_per_kw": "10", "window_minutes": 60}
    versions = [
        {"from": "2020-01-01", "until": "2026-01-05", "charges": [charge]},
        {"from": "2026-01-06", "charges": [charge]},
    ]
    versions = [version | {"act": "act", "source": "source"} for version in versions]
    usage = hours("2026-01-05", [0, 4000] + [1000] * 46)
    by_days = rate(tariff_of([], version=versions, change="days"), usage, UTC)
    assert [line.amount for line in by_days.lines] == [20, 20]
    by_use = rate(tariff_of([], version=versions), usage, UTC)
    assert [line.amount for line in by_use.lines] == [20, 5]


def test_charges_for_different_places_may_share_a_code():
    demand = {"code": "demand", "kind": "demand", "rate_per_kw": "1"}
    live = {"code": "energy", "kind": "series", "series": "x"}
    charges = [
        demand | {"window_minutes": 60, "when": {"class": ["shop"]}},
        demand | {"window_minutes": 30, "when": {"class": ["farm"]}},
        live | {"factor": 2, "when": {"class": ["shop"]}},
        live | {"factor": 3, "when": {"class": ["farm"]}},
    ]
    series = {"x": {"from": "2026-01-05T00:00:00Z", "step_minutes": 60, "prices": [1]}}
    start_s = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
    used = np.array([[4000, 0], [4000, 0]])
    usage = Usage(np.array([start_s, start_s + 1800, start_s + 3600]), used, used * 0)
    places = [UsagePoint(attributes={"class": kind}) for kind in ("shop", "farm")]
    bills = rate_many(tariff_of(charges, series=series), usage, UTC, places)
    assert [amounts(bill) for bill in bills] == [
        {"demand": "4.00", "energy": "8.00"},
        {"demand": "8.00", "energy": "12.00"},
    ]


def test_half_hours_make_the_demand_of_an_hour():
    charge = {"code": "demand", "kind": "demand", "rate_per_kw": "1", "window_minutes": 60}
    start_s = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
    edges_s = start_s + 1800 * np.arange(5)
    bill = rate(tariff_of([charge]), Usage.of_one(edges_s, [0, 900, 100, 600]), UTC)
    assert amounts(bill) == {"demand": "0.90"}


def test_a_cycle_that_is_cut_off_within_a_day_is_shared_out_whole():
    """29 local days, of which one has 23 hours, and half a day: the shares are parts of 29.5."""
    versions = [
        {"from": "2020-01-01", "until": "2026-03-29", "charges": [FLAT]},
        {"from": "2026-03-30", "charges": [FLAT]},
    ]
    versions = [version | {"act": "act", "source": "source"} for version in versions]
    usage = hours("2026-03-01", [1000] * (29 * 24 - 1 + 12), LONDON)
    bill = rate(tariff_of([], version=versions, change="days"), usage, LONDON)
    assert sum(line.quantity for line in bill.lines) == Decimal(bill.energy_wh) / 1000


def test_a_credit_counts_once_where_two_would_take_it():
    net = {"kind": "net_metering", "credits": [{"code": "credit", "rate_per_kwh": 1}]}
    other = net | {"code": "other", "unless": {"class": ["x"]}}
    charges = [FLAT, net | {"code": "net"}, other]
    usage = hours("2026-01-05", [1000], export_wh=[3000])
    bill = rate(tariff_of(charges), usage, UTC)
    assert [(line.code, line.amount) for line in bill.lines] == [
        ("energy", Decimal("0.20")), ("credit", Decimal("-1.00")),
    ]  # fmt: skip


def test_net_metering_takes_old_credits_first_and_lets_them_lapse():
    net = {
        "code": "net", "kind": "net_metering", "expiry_months": 12, "keep_kwh": 5,
        "credits": [{"code": "credit", "rate_per_kwh": "0.2"}],
    }  # fmt: skip
    usage = hours("2026-01-05", [1000] * 24, export_wh=[500] * 24)
    point = UsagePoint(
        credits=(
            Credit(date(2025, 6, 1), 4000),
            Credit(date(2024, 12, 1), 7000),
            Credit(date(2025, 2, 1), 9000),
        )
    )
    bill = rate(tariff_of([FLAT, net]), usage, UTC, point)
    assert amounts(bill) == {"energy": "4.80", "credit": "-3.80"}
    assert bill.credits == (Credit(date(2026, 1, 6), 6000),)
    assert bill.lapsed_wh == 7000


def test_net_billing_pays_export_at_another_price():
    feed = {"code": "feed", "kind": "energy", "flow": "export", "rate_per_kwh": "-0.05"}
    usage = hours("2026-01-05", [1000] * 24, export_wh=[500] * 24)
    assert amounts(rate(tariff_of([FLAT, feed]), usage, UTC)) == {"energy": "4.80", "feed": "-0.60"}


def test_taxes_inside_on_top_and_for_some_only():
    taxes = {
        "from": "2020-01-01", "inside": [["duty"]], "on_top": ["vat"], "source": "law",
        "rates": {"duty": "0.2", "vat": "0.1"},
        "special": [
            {"code": "vat", "rate": 0, "when": {"class": ["school"]}},
            {"code": "duty", "rate": "0.04", "up_to_kwh": 10},
        ],
    }  # fmt: skip
    free = {"code": "fixed", "kind": "fixed", "per": "month", "rate": 1, "taxes": []}
    tariff = tariff_of([FLAT, free], taxes=[taxes])
    bill = rate(tariff, hours("2026-01-05", [1000] * 24), UTC)
    assert amounts(bill) == {"energy": "6.00", "fixed": "1.00", "vat": "0.60"}
    assert bill.net == Decimal("5.80")
    assert bill.lines[0].formula == "24 kWh × 0.2 ÷ (1 − 0.2) = 6.00"
    school = UsagePoint({"class": "school"})
    assert amounts(rate(tariff, hours("2026-01-05", [1000] * 24), UTC, school))["vat"] == "0.00"
    assert amounts(rate(tariff, hours("2026-01-05", [480] * 20), UTC))["energy"] == "2.00"


@pytest.mark.parametrize(
    ("kwh", "amount"), [(24, None), (60, "2.40"), (100, "4.00"), (300, "9.00")]
)
def test_a_contribution_by_bands_with_a_cap(kwh, amount):
    bands = [
        {"up_to_kwh": 50, "amount": 0},
        {"up_to_kwh": 100, "amount": 5},
        {"amount": 9},
    ]
    charge = {
        "code": "lights", "kind": "contribution", "bands": bands,
        "cap": {"share": "0.2", "of": ["energy"]},
    }  # fmt: skip
    bill = rate(tariff_of([FLAT, charge]), hours("2026-01-05", [kwh * 1000]), UTC)
    assert amounts(bill).get("lights") == amount


def test_a_cap_below_nothing_pays_nothing():
    net = {"code": "net", "kind": "net_metering"}
    net["credits"] = [{"code": "credit", "rate_per_kwh": 1}]
    lights = {
        "code": "lights", "kind": "contribution", "bands": [{"amount": 9}],
        "cap": {"share": "0.5", "of": ["energy", "credit"]},
    }  # fmt: skip
    usage = hours("2026-01-05", [1000], export_wh=[3000])
    bill = rate(tariff_of([FLAT, net, lights]), usage, UTC)
    assert amounts(bill) == {"energy": "0.20", "credit": "-1.00"}


def test_taxes_on_top_come_in_the_order_of_the_table():
    table = {"from": "2020-01-01", "on_top": ["vat", "duty"], "source": "law"}
    table["rates"] = {"vat": "0.2", "duty": "0.1"}
    feed = {"code": "feed", "kind": "energy", "rate_per_kwh": 1}
    tariff = tariff_of([FLAT | {"taxes": ["duty"]}, feed], taxes=[table])
    bill = rate(tariff, hours("2026-01-05", [1000]), UTC)
    assert [line.code for line in bill.lines] == ["energy", "feed", "vat", "duty"]


def test_items_of_others_pass_through():
    fine = Item("fine", Text("Multa", "Fine"), Decimal("1.5"))
    bill = rate(tariff_of([FLAT]), hours("2026-01-05", [1000]), UTC, UsagePoint(items=(fine,)))
    assert amounts(bill) == {"energy": "0.20", "fine": "1.50"}
    assert bill.total == Decimal("1.70")


def test_conditions_choose_among_charges():
    charges = [
        FLAT | {"when": {"class": ["farm"]}, "rate_per_kwh": "0.1"},
        FLAT | {"unless": {"class": ["farm"]}},
    ]
    usage = hours("2026-01-05", [1000] * 10)
    tariff = tariff_of(charges)
    assert rate(tariff, usage, UTC).total == 2
    assert rate(tariff, usage, UTC, UsagePoint({"class": "farm"})).total == 1


def test_a_price_beyond_int64_is_still_exact():
    series = {
        "x": {"from": "2026-01-05T00:00:00Z", "step_minutes": 60, "prices": ["999999.123456789"]}
    }
    charge = {"code": "energy", "kind": "series", "series": "x"}
    usage = hours("2026-01-05", [2**50])
    bill = rate(tariff_of([charge], series=series), usage, UTC)
    assert bill.total == round(Decimal(2**50) / 1000 * Decimal("999999.123456789"), 2)


def test_prices_of_many_digits_are_multiplied_exactly():
    """36 digits, more than decimals keep by themselves; the amount lies on half a cent."""
    series = {"x": {"from": "2026-01-05T00:00:00Z", "step_minutes": 60, "prices": ["1"]}}
    charge = {
        "code": "energy", "kind": "series", "series": "x", "factor": "500000.000000000001",
    }  # fmt: skip
    long = series["x"] | {"prices": ["999999.999999999999"]}
    bill = rate(tariff_of([charge], series={"x": long}), hours("2026-01-05", [10**9]), UTC)
    exact = Fraction("999999.999999999999") * Fraction("500000.000000000001") * 10**6
    assert abs(Fraction(bill.total_unrounded) - exact) <= Fraction(1, 2 * 10**6)
    off = {"code": "off", "kind": "discount", "of": ["energy"], "tiers": [{"share": "0.5"}]}
    flat = FLAT | {"rate_per_kwh": "999999.999999999999"}
    off["tiers"] = [{"share": "500000.000000000001"}]
    bill = rate(tariff_of([flat, off]), hours("2026-01-05", [10**9]), UTC)
    assert Fraction(bill.lines[1].rate_before_tax) == -exact / 10**6


def test_a_series_that_ends_is_refused():
    series = {"x": {"from": "2026-01-05T00:00:00Z", "step_minutes": 60, "prices": [1]}}
    charge = {"code": "energy", "kind": "series", "series": "x"}
    with pytest.raises(BillingError, match="has no price at"):
        rate(tariff_of([charge], series=series), hours("2026-01-05", [1, 1]), UTC)


def test_a_series_that_ends_within_an_interval_is_refused():
    series = {"x": {"from": "2026-01-05T00:00:00Z", "step_minutes": 30, "prices": [1]}}
    charge = {"code": "energy", "kind": "series", "series": "x"}
    with pytest.raises(BillingError, match="has no price at"):
        rate(tariff_of([charge], series=series), hours("2026-01-05", [1000]), UTC)


def test_a_month_without_label_is_refused_or_carried_on():
    table = {"months": {"2026-01": "dry"}, "prices": [{"from": "2020-01-01", "rates": {"dry": 1}}]}
    charges = [{"code": "flag", "kind": "surcharge", "table": "t"}]
    usage = hours("2026-02-01", [1000])
    with pytest.raises(BillingError, match="says nothing about 2026-02"):
        rate(tariff_of(charges, table={"t": table}), usage, UTC)
    carried = tariff_of(charges, table={"t": table | {"carry_on": True}})
    assert rate(carried, usage, UTC).total == 1


@pytest.mark.parametrize(
    ("charge", "changes", "problem"),
    [
        (TOU, {}, "there is no [schedule.s]"),
        (TOU | {"rates": {"peak": 1}}, {"schedule": schedule(PEAK)}, "has rates for ['peak'], the"),
        (TOU, {"schedule": schedule(PEAK | {"from": "25:00"})}, 'must be a time like "17:30"'),
        (TOU, {"schedule": schedule(PEAK | {"days": ["monday"]})}, "'monday' is no day"),
        (TOU, {"schedule": schedule(PEAK, holidays="x")}, "there is no calendar 'x'"),
        (TOU, {"schedule": schedule(PEAK | {"season": ["13-01", "02-01"]})}, "a month and day"),
        ({"code": "energy", "kind": "magic"}, {}, 'must be one of "energy", "time_of_use"'),
        ({"code": "energy", "kind": "tiered", "per": "month",
          "tiers": [{"up_to_kwh": 1, "rate_per_kwh": 1}]}, {}, "the last tier must be without"),
        ({"code": "energy", "kind": "series", "series": "x"}, {}, "there is no [series.x]"),
        ({"code": "floor", "kind": "minimum", "amount": 1, "of": ["fed"]}, {}, "comes before it"),
        ({"code": "off", "kind": "discount", "of": ["x"], "tiers": [{"share": 1}]}, {},
         "'x' is no charge of kind energy"),
        ({"code": "demand", "kind": "demand", "rate_per_kw": 1, "window_minutes": 20}, {},
         "is 20, must be 15, 30 or 60"),
        (FLAT | {"when": {"class": "farm"}}, {}, "must be a list of different texts"),
        (FLAT, {"change": "weeks"}, 'must be one of "consumption", "days"'),
        (FLAT, {"timezone": "Mars/Base"}, "no time zone"),
        (FLAT, {"include": ["other.toml"]}, "'other.toml' is not there"),
    ],
)  # fmt: skip
def test_a_problem_is_named(charge, changes, problem):
    with pytest.raises(TariffError) as caught:
        tariff_of([charge], **changes)
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def test_energy_given_to_the_grid_has_no_discount():
    fed = {"code": "feed", "kind": "energy", "rate_per_kwh": "-0.1", "flow": "export"}
    off = {"code": "off", "kind": "discount", "of": ["feed"], "tiers": [{"share": 1}]}
    with pytest.raises(TariffError, match="'feed' is no charge of kind energy"):
        tariff_of([fed, off])


def test_days_and_intervals_do_not_go_together():
    rates = {"rates": {"peak": 1, "rest": 2}}
    charge = {
        "code": "energy", "kind": "tiered", "per": "month", "schedule": "s",
        "combine": "chronological", "tiers": [rates],
    }  # fmt: skip
    with pytest.raises(TariffError, match="needs intervals"):
        tariff_of([charge], change="days", schedule=schedule(PEAK))
