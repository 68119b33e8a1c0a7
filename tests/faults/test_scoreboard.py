"""What the scoreboard must show: nothing lost wherever the information exists, nothing silent."""

import statistics
from pathlib import Path

import numpy as np
import pytest

from faults.faults import ESTIMATED, EXACT, hole
from faults.homes import HOMES, SUMMER_HOMES, many_homes, truth_of
from faults.pricing import billed, hours_of, plain_sum
from faults.report import table
from faults.scoreboard import scores

LISTED = {
    "three zeros": {"glitch"},
    "spikes of 5 MWh": {"spike"},
    "rollover": {"rollover"},
    "rollover, digits unknown": {"rollover_inferred"},
    "exchange, new meter": {"exchange"},
    "exchange, used meter": {"exchange"},
    "reset without notice": {"reset"},
    "clock 20 min fast, then right": {"clock_step"},
    "5 days lost": {"hole"},
    "one reading a day": {"hole"},
    "all together": {"clock_step", "exchange", "glitch", "hole", "reset", "rollover", "spike"},
}
"""Issues that each fault must leave, and no others."""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    directory = tmp_path_factory.mktemp("faults") / "readings"
    every = scores(HOMES + SUMMER_HOMES, truth_of, EXACT | ESTIMATED, directory)
    return list(every)


def ours(found, fault):
    return [score for score in found if score.system == "quilowatt" and score.fault == fault]


@pytest.mark.parametrize("fault", EXACT)
def test_nothing_is_lost_where_the_information_exists(found, fault):
    for score in ours(found, fault):
        assert (score.energy_wh, score.export_wh) == (0, 0), score
        assert (score.flat, score.time_of_use) == (0, 0), score


@pytest.mark.parametrize("fault", ESTIMATED)
def test_energy_is_exact_where_only_its_hours_are_unknown(found, fault):
    for score in ours(found, fault):
        assert (score.energy_wh, score.export_wh, score.flat) == (0, 0, 0), score


@pytest.mark.parametrize("fault", EXACT | ESTIMATED)
def test_every_fault_is_listed_and_no_other(found, fault):
    for score in ours(found, fault):
        assert score.kinds == LISTED.get(fault, set()), score


def test_the_hours_of_a_hole_cost_at_most_1_5_percent_in_the_median(tmp_path):
    found = list(scores(many_homes(20), truth_of, {"hole": hole()}, tmp_path / "readings"))
    shares = [float(score.share) for score in ours(found, "hole")]
    assert statistics.median(shares) <= 0.015
    assert max(shares) <= 0.03
    naive = [float(score.share) for score in found if score.system == "Home Assistant"]
    assert statistics.median(naive) >= 3 * statistics.median(shares)


def test_a_clean_month_is_right_in_every_system(found):
    for score in found:
        if score.fault == "clean":
            assert (score.energy_wh, score.time_of_use) == (0, 0), score


def test_the_page_shows_the_scoreboard_as_it_is(found):
    page = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
    assert table(found) in page


@pytest.mark.parametrize("home", HOMES + SUMMER_HOMES, ids=str)
def test_the_product_bills_the_truth_as_a_plain_sum_does(home):
    truth = truth_of(home)
    edges_s = hours_of(truth)
    true_wh = truth.in_month(edges_s)
    money = billed(true_wh, edges_s, truth.zone)
    assert money == plain_sum(true_wh, edges_s, truth.zone)
    assert money.time_of_use > 0
    moved_wh = np.roll(true_wh, 12)
    assert billed(moved_wh, edges_s, truth.zone).flat == money.flat
    assert billed(moved_wh, edges_s, truth.zone).time_of_use != money.time_of_use
