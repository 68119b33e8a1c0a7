"""Each rule with its bounds: what it recognises, and what it must leave alone."""

import numpy as np
import pytest

from quilowatt.profile import (
    Connection,
    IssueKind,
    Quality,
    load_profile,
    power_limit_w,
)

HOME = Connection(power_limit_w(1))


def profile_of(columns, rows, *, digits=0, connection=HOME):
    readings = columns(rows)
    edges_s = readings.time_s
    return load_profile(readings, edges_s, digits=digits, interval_s=900, connection=connection)


def bent(rows, changes):
    """Put other registers at some rows."""
    return [(time_s, changes.get(n, wh)) for n, (time_s, wh) in enumerate(rows)]


def kinds_of(profile):
    return [issue.kind for issue in profile.issues]


@pytest.mark.parametrize(
    ("count", "value"), [(1, 0), (3, 0), (8, 0), (8, 17), (1, 499_000), (4, 499_000)]
)
def test_a_few_low_values_are_left_out(columns, steady, count, value):
    rows = bent(steady(60), {30 + n: value for n in range(count)})
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 59
    assert kinds_of(profile) == [IssueKind.GLITCH]
    assert profile.issues[0].energy_wh == 250 * (count + 1)
    assert (profile.quality[29 : 30 + count] == Quality.ESTIMATED).all()
    assert (profile.quality[:29] == Quality.MEASURED).all()


@pytest.mark.parametrize("count", [1, 3, 8])
def test_a_few_impossible_values_are_spikes(columns, steady, count):
    rows = bent(steady(60), {30 + n: 9_000_000 + n for n in range(count)})
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 59
    assert kinds_of(profile) == [IssueKind.SPIKE]


def test_without_a_limit_up_to_four_are_left_out(columns, steady):
    rows = bent(steady(60), dict.fromkeys(range(30, 34), 0))
    profile = profile_of(columns, rows, connection=Connection())
    assert profile.import_wh.sum() == 250 * 59
    assert kinds_of(profile) == [IssueKind.GLITCH]


def test_zeros_here_and_there(columns, steady):
    profile = profile_of(columns, bent(steady(60), dict.fromkeys((12, 14, 40), 0)))
    assert profile.import_wh.sum() == 250 * 59
    assert set(kinds_of(profile)) == {IssueKind.GLITCH}


def test_a_zero_as_the_last_word_waits_for_the_next(columns, steady):
    rows = bent(steady(60), {59: 0})
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 58
    assert profile.quality[-1] == Quality.MISSING
    profile = profile_of(columns, [*rows, (54_000, 515_000)])
    assert profile.import_wh.sum() == 250 * 60


def test_a_rise_that_the_connection_can_carry_is_no_spike(columns, steady):
    rows = [(time_s, wh + 12_000 * (n >= 30)) for n, (time_s, wh) in enumerate(steady(60))]
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 59 + 12_000
    assert not profile.issues


def test_a_rise_beyond_the_connection_that_stays_counts_nothing(columns, steady):
    rows = [(time_s, wh + 5_000_000 * (n >= 30)) for n, (time_s, wh) in enumerate(steady(60))]
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 58
    assert kinds_of(profile) == [IssueKind.REGISTER_JUMP]
    assert profile.quality[29] == Quality.ESTIMATED


@pytest.mark.parametrize(("row", "rise_wh"), [(30, 20_000), (30, 45_000), (58, 45_000)])
def test_a_rise_a_little_beyond_the_connection_that_stays_is_energy(columns, steady, row, rise_wh):
    rows = [(time_s, wh + rise_wh * (n >= row)) for n, (time_s, wh) in enumerate(steady(60))]
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 59 + rise_wh
    # Whether one more reading is doubted or the limit: the energy counts, and it is listed.
    assert len(profile.issues) == 1
    assert IssueKind.REGISTER_JUMP not in kinds_of(profile)


def test_a_limit_that_is_exceeded_all_the_time_is_not_believed(columns):
    rows = [(900 * n, 100_000 * n) for n in range(50)]
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 100_000 * 49
    assert kinds_of(profile) == [IssueKind.LIMIT_EXCEEDED]


def test_a_reset_counts_what_the_register_shows_since(columns, steady):
    rows = steady(30) + [(900 * n, 250 * (n - 29)) for n in range(30, 60)]
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 59
    assert kinds_of(profile) == [IssueKind.RESET]
    assert profile.quality[29] == Quality.ESTIMATED
    assert (profile.quality == Quality.MEASURED).sum() == 58


@pytest.mark.parametrize("put_back_wh", [2_500, 200_000])
def test_a_register_that_was_put_back_counts_nothing_for_the_step(columns, steady, put_back_wh):
    rows = [(time_s, wh - put_back_wh * (n >= 30)) for n, (time_s, wh) in enumerate(steady(60))]
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 58
    assert kinds_of(profile) == [IssueKind.REGISTER_DROP]


@pytest.mark.parametrize("digits", [6, 7, 9])
@pytest.mark.parametrize("told", [True, False])
def test_a_dial_goes_round(columns, steady, digits, told):
    rows = [
        (time_s, wh % 10**digits) for time_s, wh in steady(60, first_wh=10**digits - 250 * 20 - 1)
    ]
    profile = profile_of(columns, rows, digits=digits if told else 0)
    assert profile.import_wh.sum() == 250 * 59
    assert kinds_of(profile) == [IssueKind.ROLLOVER if told else IssueKind.ROLLOVER_INFERRED]
    assert (profile.quality == Quality.MEASURED).all()


def test_a_fall_from_elsewhere_than_a_power_of_ten_is_no_rollover(columns, steady):
    rows = steady(30, first_wh=9_900_000) + [(900 * n, 250 * (n - 29)) for n in range(30, 60)]
    assert kinds_of(profile_of(columns, rows)) == [IssueKind.RESET]


def test_zeros_near_the_wrap_are_no_rollover(columns, steady):
    rows = bent(steady(60, first_wh=9_980_000), {30: 0, 31: 0})
    for digits in (0, 7):
        profile = profile_of(columns, rows, digits=digits)
        assert profile.import_wh.sum() == 250 * 59
        assert kinds_of(profile) == [IssueKind.GLITCH]


@pytest.mark.parametrize("shift_s", [-700, -60, 60, 300, 1200, 4000, 7_500])
def test_a_clock_that_was_off_is_put_right(columns, shift_s):
    rng = np.random.default_rng(3)
    true = [(900 * n, int(wh)) for n, wh in enumerate(np.cumsum(rng.integers(1, 900, 400)))]
    seen = [(t + shift_s * (100 <= n < 200), wh) for n, (t, wh) in enumerate(true)]
    edges_s = np.arange(0, 400 * 900, 900)
    expected = load_profile(columns(true), edges_s, digits=0, interval_s=900, connection=HOME)
    profile = load_profile(columns(seen), edges_s, digits=0, interval_s=900, connection=HOME)
    assert profile.import_wh.tolist() == expected.import_wh.tolist()
    assert kinds_of(profile) == [IssueKind.CLOCK_STEP]
    assert (profile.quality[100:198] == Quality.ESTIMATED).all()
    assert (profile.quality[202:-1] == Quality.MEASURED).all()


def test_readings_off_the_pace_without_a_gap_to_fill_stay_where_they_are(columns, steady):
    rows = steady(60) + [(900 * n + 300, 500_000 + 250 * n + 83) for n in range(20, 30)]
    profile = profile_of(columns, rows)
    assert profile.import_wh.sum() == 250 * 59
    assert not profile.issues


def test_every_issue_is_told_in_both_languages(columns, steady):
    profile = profile_of(columns, bent(steady(60), {30: 0}))
    (issue,) = profile.issues
    assert issue.text("en").startswith("Values out of line (0.000 kWh after 507.250 kWh)")
    assert issue.text("pt").startswith(
        "Valores fora da sequência (0,000 kWh depois de 507,250 kWh)"
    )
