"""A master against its submeters, day by day."""

import numpy as np
import pytest

from quilowatt.alert.balance import BalanceState, check_sums

START_S = 1_786_924_800
DAY_S = 86_400
MASTER = np.array([7], np.int32)


def told(days):
    """Signals of days given as (master, submeters) in Wh."""
    state, signals = BalanceState.empty(1), []
    for number, (master_wh, parts_wh) in enumerate(days, 1):
        day_wh = np.array([master_wh]), np.array([parts_wh])
        state, found = check_sums(state, MASTER, day_wh, START_S + number * DAY_S)
        signals += found
    return signals


USUAL = [(100_000 + 500 * (day % 3), 97_000) for day in range(20)]


def test_the_lamp_in_the_stairs_is_usual():
    assert told(USUAL) == []


def test_a_tap_is_told_after_two_days():
    signal, *later = told([*USUAL, *[(110_000, 97_000)] * 5])
    assert [each.phase for each in later] == ["updated"] * 3
    assert later[-1].excess_wh == pytest.approx(5 * signal.excess_per_day_wh, rel=0.01)
    assert signal.power_w - signal.usual_power_w == pytest.approx(400, rel=0.1)
    assert (signal.kind, signal.phase, signal.meter) == ("sum_mismatch", "opened", 7)
    assert signal.at_s - START_S == 22 * DAY_S
    assert signal.since_s - START_S == 20 * DAY_S
    assert 9000 < signal.excess_per_day_wh < 11_000


def test_one_odd_day_is_none():
    assert told([*USUAL, (110_000, 97_000), *USUAL]) == []


def test_a_day_that_is_not_known_says_nothing():
    assert told([*USUAL, (110_000, -1), (110_000, 97_000), (0, 0), *USUAL]) == []


def test_submeters_above_their_master_are_impossible_from_the_first_day_on():
    (signal,) = told([(100_000, 105_000)] * 2)
    assert "updated" in {each.phase for each in told([(100_000, 105_000)] * 40)}
    assert signal.excess_wh < 0


def test_it_ends_when_the_sums_agree():
    signals = told([*USUAL, *[(110_000, 97_000)] * 60, *USUAL])
    assert [each.phase for each in signals if each.phase != "updated"] == ["opened", "closed"]


def test_a_third_that_is_there_from_the_first_day_is_told_once_and_then_usual():
    stairs = [(100_000, 67_000)] * 20
    phases = [(each.phase, (each.at_s - START_S) // DAY_S) for each in told(stairs)]
    assert (phases[0], phases[-1]) == (("opened", 2), ("closed", 8))
    assert [each.phase for each in told([*stairs, *[(110_000, 67_000)] * 2])][-1] == "opened"


def test_less_that_lacks_becomes_usual():
    signals = told([*[(100_000, 85_000)] * 20, *[(90_000, 85_000)] * 40])
    assert [each.phase for each in signals if each.phase != "updated"] == ["opened", "closed"]
