"""What alerts cost, against sums done by hand: a cycle of 30 days, 10 kWh a day, 4.8 kWh more."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tariffs import FLAT, TOU, UTC, hours, schedule, tariff_of
from quilowatt.alert.cost import AlertCost, CostBasis
from quilowatt.billing import NOBODY, Usage
from quilowatt.jobs.alert_pricing import price_costs

DAYS = 30
DAY_WH = [500, 250, 500, 417, 416, 417] * 4
USAGE = hours("2026-04-01", DAY_WH * DAYS)
START_S, END_S = int(USAGE.edges_s[0]), int(USAGE.edges_s[-1])
DAY_S, HOUR_S = 86_400, 3600
DAY_AND_NIGHT, NIGHT, EVENING = 0b11111111, 0b00000011, 0b01000000
LASTING = CostBasis(START_S + 10 * DAY_S, START_S + 12 * DAY_S, 4800, 9600, DAY_AND_NIGHT)
PEAK = schedule({"period": "peak", "from": "18:00", "to": "21:00"})


def priced(tariff, basis=LASTING, usage=USAGE):
    (cost,) = price_costs(tariff, usage, UTC, [NOBODY], [basis])
    assert (cost.basis, cost.currency) == (basis, "EUR")
    return tuple(None if m is None else str(m) for m in (cost.per_day, cost.per_week, cost.so_far))


def test_a_flat_price_is_the_rate():
    # 4.8 kWh × 0.20 = 0.96, seven times 6.72; 9.6 kWh × 0.20 = 1.92
    assert priced(tariff_of([FLAT])) == ("0.96", "6.72", "1.92")


def test_taxes_inside_the_price_count():
    # 0.20 ÷ (1 − 0.20) = 0.25: 4.8 × 0.25 = 1.20; 9.6 × 0.25 = 2.40
    duty = {"from": "2020-01-01", "inside": [["duty"]], "source": "law", "rates": {"duty": "0.2"}}
    assert priced(tariff_of([FLAT], taxes=[duty])) == ("1.20", "8.40", "2.40")


def test_a_fixed_fee_does_not():
    fee = {"code": "fixed", "kind": "fixed", "per": "month", "rate": 19}
    assert priced(tariff_of([FLAT, fee])) == ("0.96", "6.72", "1.92")


def test_what_crosses_a_tier_is_dearer_above_it():
    # 300 kWh and 144 more: 60 × 0.10 + 84 × 0.50 = 48 in 30 days; the first 9.6 × 0.10 = 0.96
    tiers = [{"up_to_kwh": 360, "rate_per_kwh": "0.10"}, {"rate_per_kwh": "0.50"}]
    charge = {"code": "energy", "kind": "tiered", "per": "month", "tiers": tiers}
    assert priced(tariff_of([charge])) == ("1.60", "11.20", "0.96")


def test_below_the_minimum_charge_it_costs_nothing():
    # 444 kWh × 0.20 = 88.80: below 100 nothing; above 80 by 8.80 in 30 days, 0.2933 a day
    def floor(amount):
        charge = {"code": "floor", "kind": "minimum", "of": ["energy"], "amount": amount}
        return priced(tariff_of([FLAT, charge]))

    assert floor(100) == ("0.00", "0.00", "0.00")
    assert floor(80) == ("0.29", "2.05", "0.00")


@pytest.mark.parametrize(
    ("at", "amounts"),
    [
        (NIGHT, ("0.48", "3.36", "0.96")),  # 4.8 × 0.10
        (EVENING, ("1.92", "13.44", "3.84")),  # 4.8 × 0.40
        (DAY_AND_NIGHT, ("0.66", "4.62", "1.32")),  # 0.6 × 0.40 + 4.2 × 0.10
        (0, ("0.66", "4.62", "1.32")),
    ],
)
def test_hours_have_their_prices(at, amounts):
    assert priced(tariff_of([TOU], schedule=PEAK), replace(LASTING, hours=at)) == amounts


def test_generation_covers_it_first():
    # 400 kWh were given: 444 − 400 = 44 kWh × 0.20 = 8.80 in 30 days; the first 9.6 are covered
    net = {"code": "net", "kind": "net_metering"}
    net["credits"] = [{"code": "credit", "rate_per_kwh": "0.20"}]
    given_wh = np.full((1, 24 * DAYS), 400_000 // (24 * DAYS) + 1)
    sunny = replace(USAGE, export_wh=given_wh)
    assert given_wh.sum() == 400_320
    assert priced(tariff_of([FLAT, net]), usage=sunny)[::2] == ("0.29", "0.00")


def test_an_abrupt_increase_has_its_cost_so_far_at_its_hours():
    # 20:00 to 22:00: an hour of each price, 2.7 × 0.40 + 2.7 × 0.10
    began_s = START_S + 3 * DAY_S + 20 * HOUR_S
    surge = CostBasis(began_s, began_s + 2 * HOUR_S, 0, 5400, 0)
    assert priced(tariff_of([TOU], schedule=PEAK), surge) == (None, None, "1.35")
    assert priced(tariff_of([FLAT]), replace(surge, until_s=began_s)) == (None, None, "1.08")
    # 2.7 kW at 0.20, where a kWh costs that
    by_hour = replace(surge, more_w=2700)
    (cost,) = price_costs(tariff_of([FLAT]), USAGE, UTC, [NOBODY], [by_hour])
    assert str(cost.per_hour) == "0.54"


def test_what_came_after_the_end_of_the_cycle_is_priced_as_the_rest():
    late = replace(LASTING, since_s=END_S - DAY_S, until_s=END_S + DAY_S)
    assert priced(tariff_of([FLAT]), late) == ("0.96", "6.72", "1.92")


def test_what_is_not_measured_is_worth_what_it_would_cost():
    hidden = replace(LASTING, per_day_wh=-4800, excess_wh=0)
    assert priced(tariff_of([FLAT]), hidden) == ("0.96", "6.72", None)


def test_many_at_once_are_as_each_alone():
    tariff = tariff_of([TOU], schedule=PEAK)
    bases = [LASTING, replace(LASTING, hours=NIGHT), replace(LASTING, per_day_wh=0, excess_wh=77)]
    usage = Usage(
        USAGE.edges_s, *(np.repeat(wh, 3, axis=0) for wh in (USAGE.import_wh, USAGE.export_wh))
    )
    alone = [price_costs(tariff, USAGE, UTC, [NOBODY], [basis])[0] for basis in bases]
    assert price_costs(tariff, usage, UTC, [NOBODY] * 3, bases) == alone


def test_what_has_no_price_has_no_money():
    later = tariff_of([FLAT])
    (version,) = later.versions
    later = replace(later, versions=(replace(version, first_day=version.first_day.replace(2030)),))
    assert price_costs(later, USAGE, UTC, [NOBODY], [LASTING]) == [AlertCost(LASTING)]


def test_a_cost_is_kept_as_it_is():
    (cost,) = price_costs(tariff_of([FLAT]), USAGE, UTC, [NOBODY], [LASTING])
    assert AlertCost.from_details({"cost": cost.as_details()}) == cost
    assert AlertCost.from_details({}) is None
    assert cost.per_day == Decimal("0.96")


@settings(max_examples=25)
@given(
    per_day_wh=st.integers(1, 10**7),
    excess_wh=st.integers(1, 10**9),
    at=st.integers(0, 255),
    since_h=st.integers(0, 24 * DAYS - 1),
    lasted_h=st.integers(0, 24 * 60),
)
def test_at_a_flat_price_only_energy_counts(per_day_wh, excess_wh, at, since_h, lasted_h):
    since_s = START_S + since_h * HOUR_S
    basis = CostBasis(since_s, since_s + lasted_h * HOUR_S, per_day_wh, excess_wh, at)
    (cost,) = price_costs(tariff_of([FLAT]), USAGE, UTC, [NOBODY], [basis])
    per_wh = Decimal("0.0002")
    assert abs(cost.per_day - per_day_wh * per_wh) <= Decimal("0.005")
    assert abs(cost.per_week - 7 * per_day_wh * per_wh) <= Decimal("0.005")
    assert abs(cost.so_far - excess_wh * per_wh) <= Decimal("0.005")
