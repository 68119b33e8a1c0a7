"""What the forecast must keep on real households; `python -m forecast_score` says more."""

import numpy as np
import pytest

from forecast_score import choosing
from forecast_score.__main__ import BILLING_DAYS
from forecast_score.households import SUNNY, TRIAL, households, sunny_homes
from forecast_score.report import energy_table
from forecast_score.scoring import (
    ISSUE_DAYS,
    Scores,
    energy_scores,
    first_cycle_scores,
    money_scores,
    tariff_of_2013,
)
from forecast_score.shifts import shift_scores

COVERED = (0.75, 0.85)

needs_trial = pytest.mark.skipif(not TRIAL.exists(), reason="the trial's readings are not here")


@pytest.fixture(scope="module")
def homes():
    return households().half(1 - choosing.HALF)


@pytest.fixture(scope="module")
def energy(homes):
    return energy_scores(homes)


@needs_trial
def test_the_error_is_15_percent_below_the_better_plain_forecast(energy):
    assert energy.gain() >= 0.15
    assert energy.issued_on(3).gain() >= 0.15


@needs_trial
@pytest.mark.parametrize(("issue_day", "least"), [(10, 0.05), (20, 0.03)])
def test_later_in_the_cycle_it_is_still_below(energy, issue_day, least):
    assert energy.issued_on(issue_day).gain() >= least


@needs_trial
@pytest.mark.parametrize("issue_day", ISSUE_DAYS)
def test_four_of_five_cycles_end_in_the_range(energy, issue_day):
    assert COVERED[0] <= energy.issued_on(issue_day).coverage() <= COVERED[1]


@needs_trial
@pytest.mark.parametrize("issue_day", [1, *ISSUE_DAYS])
def test_new_meters_have_a_range_that_holds_from_their_first_day(homes, issue_day):
    scores = first_cycle_scores(homes).issued_on(issue_day)
    assert COVERED[0] <= scores.coverage() <= COVERED[1]
    assert scores.error() <= 1.01 * scores.error("so_far")


@needs_trial
def test_a_lasting_increase_is_followed_from_its_third_day_on():
    scores = shift_scores(1 - choosing.HALF, per_home=1)
    for days_after, share in ((3, 0.2), (5, 0.15), (8, 0.1)):
        _, total, error, _ = scores.row(days_after)
        assert error <= share * total


@needs_trial
def test_the_range_of_a_bill_by_the_hour_holds(homes):
    scores = money_scores(homes, tariff_of_2013("time-of-use"), step=3)
    assert scores.gain() >= 0.15
    assert COVERED[0] <= scores.coverage() <= COVERED[1]


@pytest.mark.skipif(not SUNNY.exists(), reason="the homes of California are not here")
def test_it_holds_for_homes_with_panels_elsewhere():
    taken, given = sunny_homes()
    for scores in (
        energy_scores(taken, BILLING_DAYS),
        money_scores(taken, tariff_of_2013("net-billing"), given, BILLING_DAYS),
    ):
        assert scores.gain() > 0
        assert COVERED[0] <= scores.coverage() <= COVERED[1]


def test_scores_tell_a_bad_forecast_from_a_good_one():
    actual = np.array([100.0, 100, 200])
    days, months = np.array(ISSUE_DAYS), np.full(3, 2)
    ranges = actual + 10, actual - 5, actual + 20
    scores = Scores(days, months, actual, *ranges, last=actual + 40, so_far=actual - 20)
    assert (scores.error(), scores.gain(), scores.coverage()) == (10, 0.5, 1)
    above = Scores(days, months, actual, actual, actual + 5, actual + 20, actual, actual)
    assert above.coverage() == 0
    shown = energy_table(scores)
    assert "| 3 days | 1 | 100.0 kWh | 40.00 | 20.00 | 10.00 | 50.0% | +10.0 |" in shown
