"""Cycles that are too long: whatever their lengths, all energy is billed in the end, once."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from harness.tariffs import UTC, tariff_of
from quilowatt.billing import Usage, UsagePoint, rate

DAY_S = 86_400
START_S = 1_577_836_800
PRICE = {"code": "energy", "kind": "energy", "rate_per_kwh": "1"}
LIMITED = tariff_of([PRICE], regime={"cycle_days": {"most": 33}})
FREE = tariff_of([PRICE])

cycles = st.tuples(st.integers(1, 90), st.integers(1, 10**6))


def billed_wh(bill):
    return bill.lines[0].quantity * 1000


@given(st.lists(cycles, min_size=1, max_size=6))
def test_what_is_billed_and_left_is_what_was_used(found):
    start_s, point = START_S, UsagePoint()
    billed, used = Decimal(0), 0
    for days, energy_wh in found:
        end_s = start_s + days * DAY_S
        bill = rate(LIMITED, Usage.of_one([start_s, end_s], [energy_wh]), UTC, point)
        billed, used = billed + billed_wh(bill), used + energy_wh
        expected = Fraction(energy_wh + point.carried_wh) * min(Fraction(33, days), Fraction(1))
        assert abs(Fraction(billed_wh(bill)) - expected) <= Fraction(1, 1000)
        start_s, point = end_s, UsagePoint(carried_wh=bill.deferred_wh)
    # What is left is rounded to whole watt-hours, by half of one at most in each cycle.
    assert abs(billed + point.carried_wh - used) <= Decimal("0.502") * len(found)


@given(st.integers(1, 33), st.integers(0, 10**6))
def test_a_cycle_that_is_not_too_long_is_priced_as_ever(days, energy_wh):
    usage = Usage.of_one([START_S, START_S + days * DAY_S], [energy_wh])
    assert rate(LIMITED, usage, UTC) == rate(FREE, usage, UTC)
