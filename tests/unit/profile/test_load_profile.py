"""A person can follow every number here with pencil and paper."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.core.batch import ReadingBatch
from quilowatt.core.calendar import Resolution, interval_edges_s, month_bounds_s
from quilowatt.profile import (
    Energy,
    IssueKind,
    Quality,
    energies_wh,
    energy_between,
    load_profile,
    sort_readings,
)


def readings_of(*rows, meter=7):
    """(time, import) or (time, import, export), in the order of arrival."""
    rows = [(*row, 0)[:3] for row in rows]
    time_s, import_wh, export_wh = np.array(rows, np.int64).reshape(-1, 3).T
    return sort_readings(
        ReadingBatch(np.full(len(rows), meter, np.int32), time_s, import_wh, export_wh)
    )


def profile_of(*rows, edges_s, digits=0, interval_s=900):
    return load_profile(
        readings_of(*rows), np.array(edges_s, np.int64), digits=digits, interval_s=interval_s
    )


M, E, R, X = Quality.MEASURED, Quality.ESTIMATED, Quality.REVISED, Quality.MISSING


@pytest.mark.parametrize(
    ("name", "rows", "import_wh", "quality", "kinds"),
    [
        ("plain", [(0, 100), (900, 250), (1800, 250)], [150, 0, 0], [M, M, X], []),
        ("late, reordered", [(1800, 250), (0, 100), (900, 250)], [150, 0, 0], [M, M, X], []),
        ("repeated", [(0, 100), (900, 250), (0, 100), (900, 250)], [150, 0, 0], [M, X, X], []),
        ("revised", [(0, 1), (900, 9), (1800, 12), (900, 5)], [4, 7, 0], [R, R, X], []),
        ("gap", [(0, 0), (2700, 100)], [33, 33, 34], [E, E, E], []),
        ("between", [(0, 0), (600, 60), (1200, 90), (2700, 90)], [75, 15, 0], [M, E, E], []),
        ("nothing", [], [0, 0, 0], [X, X, X], []),
        ("one reading", [(0, 5)], [0, 0, 0], [X, X, X], []),
        (
            "wraps at 10**4",
            [(0, 9990), (900, 5), (1800, 9), (2700, 10)],
            [15, 4, 1],
            [M, M, M],
            [IssueKind.ROLLOVER],
        ),
        (
            "a zero",
            [(0, 500), (900, 510), (1800, 0), (2700, 530)],
            [10, 10, 10],
            [M, E, E],
            [IssueKind.GLITCH],
        ),
        (
            "a spike",
            [(0, 500), (900, 9999), (1800, 520), (2700, 530)],
            [10, 10, 10],
            [E, E, M],
            [IssueKind.GLITCH],
        ),
        (
            "starts anew",
            [(0, 500), (900, 510), (1800, 3), (2700, 8)],
            [10, 0, 5],
            [M, E, M],
            [IssueKind.REGISTER_DROP],
        ),
    ],
)
def test_registers_to_intervals(name, rows, import_wh, quality, kinds):
    profile = profile_of(*rows, edges_s=[0, 900, 1800, 2700], digits=4)
    assert profile.import_wh.tolist() == import_wh
    assert profile.quality.tolist() == quality
    assert [issue.kind for issue in profile.issues] == kinds


def test_an_issue_says_what_was_seen():
    (issue,) = profile_of((0, 500), (900, 3), (1800, 8), edges_s=[0, 1800]).issues
    assert (issue.at_s, issue.register) == (900, "import")
    assert (issue.before_wh, issue.after_wh) == (500, 3)


def test_both_directions():
    profile = profile_of((0, 5, 100), (900, 5, 180), (1800, 25, 180), edges_s=[0, 900, 1800])
    assert profile.import_wh.tolist() == [0, 20]
    assert profile.export_wh.tolist() == [80, 0]
    readings = readings_of((0, 5, 100), (900, 5, 180), (1800, 25, 180))
    assert energy_between(readings, 450, 1800, 0) == Energy(20, 40)
    assert energies_wh(
        readings, np.array([0, 900]), np.array([7], np.int32), np.array([0]), register="export"
    ).tolist() == [[80]]


@pytest.mark.parametrize(("month", "hours"), [("2026-03", 31 * 24 - 1), ("2026-10", 31 * 24 + 1)])
def test_a_steady_kilowatt_is_one_kwh_an_hour_on_every_day_of_the_year(month, hours):
    berlin = ZoneInfo("Europe/Berlin")
    start_s, end_s = month_bounds_s(month, berlin)
    time_s = np.arange(start_s, end_s + 1, 900)
    readings = readings_of(*zip(time_s.tolist(), range(0, 250 * time_s.size, 250), strict=True))
    for resolution, count in [("1h", hours), ("1d", 31), ("1mo", 1)]:
        edges_s = interval_edges_s(start_s, end_s, Resolution(resolution), berlin)
        profile = load_profile(readings, edges_s, digits=0, interval_s=900)
        assert len(profile) == count
        assert profile.import_wh.sum() == hours * 1000
        assert (profile.quality == Quality.MEASURED).all()
    days = interval_edges_s(start_s, end_s, Resolution.DAY, berlin)
    daily_wh = load_profile(readings, days, digits=0, interval_s=900).import_wh
    assert sorted(set(daily_wh.tolist()) - {24_000}) == [(hours - 30 * 24) * 1000]


def test_a_list_of_meters_keeps_its_order_and_its_strangers():
    batch = ReadingBatch(
        np.array([9, 2, 9, 2, 5, 5], np.int32),
        np.array([0, 0, 900, 900, 0, 900]),
        np.array([10, 0, 30, 7, 90, 8]),
        np.zeros(6, np.int64),
    )
    energy_wh = energies_wh(
        sort_readings(batch),
        np.array([0, 450, 900]),
        np.array([9, 4, 2, 5], np.int32),
        np.array([0, 0, 0, 2]),
    )
    assert energy_wh.tolist() == [[10, 10], [0, 0], [3, 4], [9, 9]]
