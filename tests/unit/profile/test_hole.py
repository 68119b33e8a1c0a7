"""A hole gets the shape of typical days, keeps its sum, and says so."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.core.calendar import Resolution, interval_edges_s, month_bounds_s
from quilowatt.profile import (
    Connection,
    IssueKind,
    MeanOfCycles,
    NothingTaken,
    Quality,
    TypicalDays,
    estimate_missing,
    load_profile,
)

DAY_S = 86_400
BAHIA = ZoneInfo("America/Bahia")
START_S, END_S = month_bounds_s("2026-08", BAHIA)
HOME = Connection(zone=BAHIA)


def evenings(columns, *, lost=(), until_s=END_S, weekend_wh=1000):
    """Readings of a home that takes 100 Wh a quarter from 18 to 22 h, and 10 Wh else."""
    time_s = np.arange(START_S - 10 * DAY_S, until_s + 1, 900)
    local_s = time_s[:-1] - 3 * 3600
    hour, weekday = local_s % DAY_S // 3600, (local_s // DAY_S + 3) % 7
    step_wh = np.where((hour >= 18) & (hour < 22), 100, 10)
    step_wh = np.where(weekday >= 5, weekend_wh, step_wh)
    register_wh = np.append(0, np.cumsum(step_wh))
    keep = np.ones(time_s.size, np.bool_)
    for first_s, last_s in lost:
        keep &= (time_s < first_s) | (time_s >= last_s)
    return columns(list(zip(time_s[keep].tolist(), register_wh[keep].tolist(), strict=True)))


def hours(readings, connection=HOME):
    edges_s = interval_edges_s(START_S, END_S, Resolution.HOUR, BAHIA)
    return load_profile(readings, edges_s, digits=0, interval_s=900, connection=connection)


def test_a_regular_home_is_guessed_to_the_watt_hour(columns):
    lost = [(START_S + 6 * DAY_S + 5 * 3600, START_S + 11 * DAY_S + 7 * 3600)]
    whole, guessed = hours(evenings(columns)), hours(evenings(columns, lost=lost))
    assert guessed.import_wh.sum() == whole.import_wh.sum()
    assert np.abs(guessed.import_wh - whole.import_wh).max() <= 1
    (issue,) = guessed.issues
    assert issue.kind == IssueKind.HOLE
    assert issue.energy_wh == issue.after_wh - issue.before_wh
    inside = (guessed.start_s >= issue.start_s) & (guessed.end_s <= issue.end_s)
    assert (guessed.quality[inside] == Quality.ESTIMATED).all()
    assert (guessed.quality[~inside][:100] == Quality.MEASURED).all()


def test_the_zone_tells_evenings_and_weekends(columns):
    lost = [(START_S + 6 * DAY_S + 5 * 3600, START_S + 11 * DAY_S + 7 * 3600)]
    whole = hours(evenings(columns))
    elsewhere = hours(evenings(columns, lost=lost), Connection(zone=ZoneInfo("Asia/Tokyo")))
    assert elsewhere.import_wh.sum() == whole.import_wh.sum()
    assert np.abs(elsewhere.import_wh - whole.import_wh).max() > 100


def test_a_short_gap_is_a_straight_line(columns):
    lost = [(START_S + 900, START_S + 7200)]
    guessed = hours(evenings(columns, lost=lost))
    assert not guessed.issues


def test_where_nothing_is_typical_the_line_is_straight(columns):
    edges_s = np.arange(0, 86_401, 3600)
    readings = columns([(0, 0), (86_400, 2400)])
    profile = load_profile(readings, edges_s, digits=0, interval_s=900)
    assert profile.import_wh.tolist() == [100] * 24
    assert (profile.quality == Quality.ESTIMATED).all()
    assert not profile.issues


def test_the_end_stays_missing_without_a_rule(columns):
    profile = hours(evenings(columns, until_s=END_S - 2 * DAY_S))
    assert (profile.quality[-48:] == Quality.MISSING).all()
    assert not profile.import_wh[-48:].any()


@pytest.mark.parametrize(
    ("rule", "end_wh"),
    [
        (NothingTaken(), 0),
        (MeanOfCycles(import_wh=360_000, export_wh=0, days=360), 2000),
        (None, 96 * 1000 + 16 * 100 + 80 * 10),  # a Sunday and a Monday
    ],
)
def test_the_end_by_a_rule(columns, rule, end_wh):
    readings = evenings(columns, until_s=END_S - 2 * DAY_S)
    rule = rule or TypicalDays(readings, digits=0, connection=HOME)
    before = hours(readings)
    profile = estimate_missing(before, rule)
    assert profile.import_wh[:-48].tolist() == before.import_wh[:-48].tolist()
    assert profile.import_wh[-48:].sum() == end_wh
    assert (profile.quality[-48:] == Quality.ESTIMATED).all()
    kinds = [(issue.kind, issue.register, issue.energy_wh) for issue in profile.issues]
    assert kinds == [
        (IssueKind.ENDS_ESTIMATED, "export", 0),
        (IssueKind.ENDS_ESTIMATED, "import", end_wh),
    ]


def test_the_beginning_and_a_month_without_any_reading_by_a_rule(columns):
    rule = MeanOfCycles(import_wh=31_000, export_wh=3100, days=31)
    month = estimate_missing(hours(columns([])), rule)
    assert (month.import_wh.sum(), month.export_wh.sum()) == (31_000, 3100)
    assert (month.quality == Quality.ESTIMATED).all()
    late = hours(columns([(START_S + DAY_S, 5), (END_S, 905)]))
    assert estimate_missing(late, rule).import_wh.sum() == 1900
