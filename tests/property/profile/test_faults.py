"""Laws of a profile of readings that went wrong, and of the two ways to compute one."""

from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quilowatt.core.batch import ReadingBatch
from quilowatt.core.calendar import Resolution, interval_edges_s
from quilowatt.profile import (
    Connection,
    Stay,
    energies_wh,
    load_profile,
    power_limit_w,
    sort_readings,
    usage_point_profile,
)

BAHIA = ZoneInfo("America/Bahia")
HOME = Connection(power_limit_w(1), BAHIA)
START_S = 1_785_553_200
QUARTERS = 6 * 96
seeds = st.integers(0, 2**32 - 1)


def meter_readings(seed):
    """Six days of a home's registers, bent by faults of all kinds."""
    rng = np.random.default_rng(seed)
    time_s = START_S + 900 * np.arange(QUARTERS, dtype=np.int64)
    day = 200 + 150 * np.sin(np.arange(QUARTERS) * 2 * np.pi / 96)
    import_wh = np.cumsum(rng.poisson(day)).astype(np.int64) + int(rng.integers(0, 10**7))
    if rng.random() < 0.4:
        import_wh %= 10**6
    for _ in range(rng.integers(0, 4)):
        at = int(rng.integers(0, QUARTERS))
        import_wh[at : at + rng.integers(1, 4)] = rng.choice([0, 5, 10**9])
    if rng.random() < 0.3:
        at = int(rng.integers(1, QUARTERS))
        import_wh[at:] -= import_wh[at - 1]
    keep = rng.random(QUARTERS) > rng.choice([0.0, 0.0, 0.1])
    for _ in range(rng.integers(0, 3)):
        at = int(rng.integers(0, QUARTERS))
        keep[at : at + rng.integers(1, 100)] = False
    if rng.random() < 0.3:
        at = int(rng.integers(0, QUARTERS))
        time_s[at : at + 40] += int(rng.choice([300, 1200]))
    return time_s[keep], np.maximum(import_wh[keep], 0)


def columns_of(seeds_):
    parts = [meter_readings(seed) for seed in seeds_]
    meter = np.repeat(np.arange(len(parts)), [len(times) for times, _ in parts])
    time_s = np.concatenate([times for times, _ in parts])
    import_wh = np.concatenate([values for _, values in parts])
    batch = ReadingBatch(meter.astype(np.int32), time_s, import_wh, np.zeros_like(time_s))
    return sort_readings(batch)


def edges(resolution):
    return interval_edges_s(START_S, START_S + QUARTERS * 900, Resolution(resolution), BAHIA)


@settings(deadline=None)
@given(st.lists(seeds, min_size=1, max_size=5), st.sampled_from([0, 6]))
def test_many_meters_at_once_are_each_meter_alone_whatever_went_wrong(seeds_, digits):
    columns = columns_of(seeds_)
    meters = np.arange(len(seeds_), dtype=np.int32)
    edges_s = edges("1h")
    together = energies_wh(columns, edges_s, meters, np.full(meters.size, digits), connections=HOME)
    for meter in meters.tolist():
        alone = load_profile(
            columns.of(meter), edges_s, digits=digits, interval_s=900, connection=HOME
        )
        assert together[meter].tolist() == alone.import_wh.tolist()


@settings(deadline=None)
@given(seeds)
def test_resolutions_agree_whatever_went_wrong(seed):
    columns = columns_of([seed])
    days_s = edges("1d")
    daily = load_profile(columns, days_s, digits=0, interval_s=900, connection=HOME)
    for resolution in ("15m", "1h"):
        edges_s = edges(resolution)
        fine = load_profile(columns, edges_s, digits=0, interval_s=900, connection=HOME)
        assert fine.import_wh.min() >= 0
        into_days = np.searchsorted(edges_s, days_s[:-1])
        assert np.add.reduceat(fine.import_wh, into_days).tolist() == daily.import_wh.tolist()


@settings(deadline=None)
@given(seeds)
def test_every_step_that_was_decided_is_listed_with_its_energy(seed):
    columns = columns_of([seed])
    edges_s = edges("15m")
    profile = load_profile(columns, edges_s, digits=0, interval_s=900, connection=HOME)
    plain_wh = np.diff(columns.import_wh)
    is_plain = (plain_wh >= 0).all() and (plain_wh <= 40_000).all()
    if not is_plain:
        assert profile.issues
    for issue in profile.issues:
        assert issue.energy_wh >= 0
        assert issue.start_s <= issue.at_s <= issue.end_s
        assert issue.text("en") != issue.text("pt")


@settings(deadline=None)
@given(seeds, st.integers(0, QUARTERS))
def test_a_meter_that_is_taken_off_and_hung_up_again_is_the_same_meter(seed, quarter):
    columns = columns_of([seed])
    edges_s, at_s = edges("1h"), START_S + 900 * quarter
    whole = load_profile(columns, edges_s, digits=0, interval_s=900, connection=HOME)
    stays = [
        Stay(columns, 0, at_s, digits=0, interval_s=900),
        Stay(columns, at_s, 2**38, digits=0, interval_s=900),
    ]
    parts = usage_point_profile(stays, edges_s, connection=HOME)
    assert parts.import_wh.sum() == whole.import_wh.sum()
    inside = (edges_s[:-1] >= at_s) | (edges_s[1:] <= at_s)
    assert np.abs(parts.import_wh - whole.import_wh)[inside].max(initial=0) <= 1
