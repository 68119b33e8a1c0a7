from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quilowatt.core.money import decimal_text, kwh, round_exact


@pytest.mark.parametrize(
    ("value", "half_even", "half_up"),
    [
        ("0.005", "0.00", "0.01"),
        ("0.015", "0.02", "0.02"),
        ("-0.005", "0.00", "-0.01"),
        ("-0.025", "-0.02", "-0.03"),
        ("2.675", "2.68", "2.68"),
        ("0.0049999999999999999999999999999999999", "0.00", "0.00"),
    ],
)
def test_rules(value, half_even, half_up):
    assert round_exact(Decimal(value), 2, "half_even") == Decimal(half_even)
    assert round_exact(Decimal(value), 2, "half_up") == Decimal(half_up)


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 6))
def test_agrees_with_the_decimal_module(value, places):
    unit = Decimal(1).scaleb(-places)
    assert round_exact(value, places, "half_even") == value.quantize(unit, ROUND_HALF_EVEN)
    assert round_exact(value, places, "half_up") == value.quantize(unit, ROUND_HALF_UP)


@given(st.integers(-(2**63), 2**63 - 1))
def test_kwh_is_exact(energy_wh):
    assert Fraction(kwh(energy_wh)) == Fraction(energy_wh, 1000)


def test_text_has_no_exponent():
    assert decimal_text(Decimal("0E-8")) == "0"
    assert decimal_text(Decimal("123.4500")) == "123.45"
