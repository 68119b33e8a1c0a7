"""One history of a usage point, whatever meters hung there."""

import numpy as np

from quilowatt.profile import Energy, IssueKind, Quality, Stay, usage_point_profile

EDGES_S = np.arange(0, 8 * 3600 + 1, 3600)
AT_S = 4 * 3600 + 1800


def steady(columns, start_s, end_s, first_wh, meter, step_s=900):
    times_s = range(start_s, end_s + 1, step_s)
    rows = [(time_s, first_wh + (time_s - start_s) // 9, time_s // 90) for time_s in times_s]
    return columns(rows, meter=meter)


def stays(columns, begins_wh, **declared):
    old = steady(columns, 0, declared.pop("old_until_s", AT_S), 77_000, 1)
    new = steady(columns, declared.pop("new_from_s", AT_S), 8 * 3600, begins_wh, 2)
    return [
        Stay(old, 0, AT_S, digits=0, interval_s=900, last_wh=declared.get("last_wh")),
        Stay(new, AT_S, 2**38, digits=0, interval_s=900, first_wh=declared.get("first_wh")),
    ]


def test_a_new_and_a_used_meter_make_no_difference(columns):
    for first_wh in (0, 8_123_456):
        profile = usage_point_profile(stays(columns, first_wh), EDGES_S)
        assert profile.import_wh.tolist() == [400] * 8
        assert profile.export_wh.tolist() == [40] * 8
        assert (profile.quality == Quality.MEASURED).all()
        (issue,) = profile.issues
        assert issue.kind == IssueKind.EXCHANGE
        assert (issue.before_wh, issue.after_wh) == (77_000 + 1800, first_wh)
        assert "78.800 kWh" in issue.text("en")


def test_registers_that_were_written_down_are_readings(columns):
    half = {"old_until_s": AT_S - 900, "new_from_s": AT_S + 900}
    silent = usage_point_profile(stays(columns, 100, **half), EDGES_S)
    assert silent.import_wh.sum() == 3200 - 200
    assert silent.quality[4] == Quality.MISSING
    written = {"last_wh": Energy(78_800, 180), "first_wh": Energy(0, 180)}
    told = usage_point_profile(stays(columns, 100, **half, **written), EDGES_S)
    assert told.import_wh.tolist() == [400] * 8
    assert (told.quality == Quality.MEASURED).all()


def test_what_a_meter_did_elsewhere_does_not_count(columns):
    old = steady(columns, 0, 8 * 3600, 77_000, 1)
    new = steady(columns, 0, 8 * 3600, 0, 2)
    two = [
        Stay(old, 0, AT_S, digits=0, interval_s=900),
        Stay(new, AT_S, 2**38, digits=0, interval_s=900),
    ]
    assert usage_point_profile(two, EDGES_S).import_wh.tolist() == [400] * 8


def test_time_without_a_meter_is_missing(columns):
    only = [Stay(steady(columns, 0, AT_S, 0, 1), 0, AT_S, digits=0, interval_s=900)]
    profile = usage_point_profile(only, EDGES_S)
    assert profile.import_wh.tolist() == [400] * 4 + [200, 0, 0, 0]
    assert profile.quality.tolist() == [Quality.MEASURED] * 4 + [Quality.MISSING] * 4
    assert profile.known_s == (0, AT_S)
    nobody = usage_point_profile([], EDGES_S)
    assert (nobody.quality == Quality.MISSING).all()
    assert nobody.known_s == (0, 0)
