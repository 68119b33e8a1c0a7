"""The register's laws: cutting time changes nothing, and the sum is exact."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from quilowatt.meter.register import Register

powers = st.integers(0, 100_000)
pieces = st.lists(st.tuples(powers, st.integers(0, 100_000)), max_size=50)


def total_ws(parts, energy_ws=0):
    register = Register(energy_ws)
    for power_w, duration_s in parts:
        register.add(power_w, duration_s)
    return register.energy_ws


@given(powers, st.lists(st.integers(0, 10_000), max_size=30))
def test_splitting_time_changes_nothing(power_w, durations_s):
    whole = total_ws([(power_w, sum(durations_s))])
    assert total_ws([(power_w, duration_s) for duration_s in durations_s]) == whole


@given(pieces, st.integers(0, 50))
def test_a_restart_changes_nothing(parts, where):
    assert total_ws(parts[where:], total_ws(parts[:where])) == total_ws(parts)


@given(pieces)
def test_the_sum_is_exact(parts):
    exact_wh = sum((Fraction(power_w * s, 3600) for power_w, s in parts), Fraction(0))
    register = Register(total_ws(parts))
    assert register.energy_wh == exact_wh.__floor__()


@given(pieces, st.integers(1, 16))
def test_wrapping_loses_only_whole_turns(parts, digits):
    energy_ws = total_ws(parts)
    assert (energy_ws // 3600 - Register(energy_ws, digits).energy_wh) % 10**digits == 0


@given(pieces)
def test_never_runs_backwards(parts):
    register, seen_wh = Register(), [0]
    for power_w, duration_s in parts:
        register.add(power_w, duration_s)
        seen_wh.append(register.energy_wh)
    assert seen_wh == sorted(seen_wh)
