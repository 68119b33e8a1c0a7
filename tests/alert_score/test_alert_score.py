"""What the alerts must keep on real homes; `python -m alert_score` says more.

A bounded form: one event of each kind for each home of the half that was not chosen by.
"""

import pytest

from alert_score import field
from alert_score.events import TIMES, cases, control
from alert_score.homes import LONDON, homes
from alert_score.report import comparison, silence_line, table
from alert_score.scoring import OURS, scores_of_baselines, scores_of_ours

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LONDON.exists(), reason="the London households are not at hand"),
]

JUDGED = ("lasting_increase", "stuck_register", "flat_line")
MAD = "median + 4 MAD, two days"


@pytest.fixture(scope="module")
def judged():
    return homes("judgement")


@pytest.fixture(scope="module")
def found(judged):
    controls = [control(home) for home in judged]
    by_kind = {kind: cases(kind, judged, 1) for kind in JUDGED}
    every = [*scores_of_ours(controls, by_kind), *scores_of_baselines(controls, by_kind)]
    return {(score.kind, score.method): score for score in every}


def test_the_halves_share_no_home(judged):
    assert not {home.number for home in judged} & {home.number for home in homes("choice")}


def test_events_are_what_they_are_called(judged):
    for case in cases("lasting_increase", judged, 1):
        least, most = TIMES["lasting_increase"]
        assert least <= case.event.size <= most
        untouched = control(next(home for home in judged if home.number == case.home)).energy_wh
        changed = case.energy_wh != untouched[: case.energy_wh.size]
        assert changed[case.slots].any()
        assert not changed[: case.slots.start].any()
        assert not changed[case.slots.stop :].any()


def test_lasting_increases_beat_the_median_rule_and_cry_wolf_less(found):
    score, plain = found["lasting_increase", OURS], found["lasting_increase", MAD]
    assert score.recall >= plain.recall
    assert score.delay_h <= 36
    assert score.false_per_year <= 0.5
    assert score.alarms_per_year < plain.alarms_per_year


@pytest.mark.parametrize("kind", ["stuck_register", "flat_line"])
def test_stuck_and_flat_lines_are_found_and_seldom_imagined(found, kind):
    score = found[kind, OURS]
    assert score.recall >= 0.95
    assert score.alarms_per_year <= 0.1


def test_silences_are_exact(judged):
    due, told = field.silences(judged)
    assert len(due) > 100
    assert told == due


def test_an_outage_is_one_alert(judged):
    count, signals = field.outage(judged)
    assert [(signal.phase, signal.meters) for signal in signals] == [
        ("opened", count),
        ("closed", count),
    ]


def test_the_tables_have_a_row_for_each_score(found):
    ours = [score for (_, method), score in found.items() if method == OURS]
    assert len(table(ours).splitlines()) == len(ours) + 2
    assert len(comparison(list(found.values())).splitlines()) == len(found) + 2
    assert "1 missed, 0 false" in silence_line({1, 2}, {2})
