"""Real households: a year of energy by day and by hour.

Choices are made on one half of those of London (even places in the sorted list); figures come
from the other half, and from homes with panels in California.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from pyarrow import parquet

from quilowatt.alert import GAP_WH, History
from quilowatt.core.calendar import date_start_s

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
TRIAL = DATA / "lcl_100_households_halfhourly_2013.parquet"
"""Low Carbon London, 2013: UK Power Networks, London Datastore; CC BY 4.0."""

SUNNY = DATA / "citylearn2022_17_homes_hourly.parquet"
"""17 homes in California, hourly from 1 August 2016: CityLearn 2022; MIT."""

PANEL_KW = 3
"""What each of them is given on its roof. [kW]"""

UTC = ZoneInfo("UTC")
"""The trial's stamps are standard time all year."""

DAYS = 365
HOURS = 24 * DAYS
DAY_S = 86_400
HOUR_S = 3600
LATE_DAYS = 28
"""Days whose hours are given to a forecast. [d]"""

KNOWN_SHARE = 22 / 24
"""A day of which fewer hours are known is a gap; else the mean stands for the others. [-]"""

HOLIDAYS = frozenset(
    date(2013, month, day)
    for month, day in [(1, 1), (3, 29), (4, 1), (5, 6), (5, 27), (8, 26), (12, 25), (12, 26)]
)
"""Bank holidays of England and Wales. Source: gov.uk/bank-holidays."""


@dataclass(frozen=True)
class Households:
    """`day_wh` (n, 365) and `hour_wh` (n, 8760) [Wh]; `GAP_WH` where they aren't known."""

    day_wh: np.ndarray
    hour_wh: np.ndarray
    first_day: date = date(2013, 1, 1)
    holidays: frozenset = HOLIDAYS

    @property
    def start_s(self):
        return date_start_s(self.first_day, UTC)

    def cycles(self, billing_day=1):
        """List the whole cycles of the year as (first day, day after the last), from 0."""
        dates = [self.first_day + timedelta(days=day) for day in range(DAYS + 1)]
        starts = [number for number, day in enumerate(dates) if day.day == billing_day]
        return list(pairwise(starts))

    def month(self, day):
        """Say which month a day lies in, from 1."""
        return (self.first_day + timedelta(days=day)).month

    def rows(self, which):
        return replace(self, day_wh=self.day_wh[which], hour_wh=self.hour_wh[which])

    def half(self, which):
        """Households at even (0) or odd (1) places."""
        return self.rows(slice(which, None, 2))

    def history(self, now_h, first_h=0):
        """Give what is known at an hour of the year, of meters that began at another."""
        today = now_h // 24
        first = min(-(-first_h // 24), today)
        late_h = max(first_h, 24 * (today - LATE_DAYS))
        return History(
            self.start_s + DAY_S * np.arange(first, today + 1),
            self.day_wh[:, first:today],
            self.start_s + HOUR_S * np.arange(late_h, now_h + 1),
            self.hour_wh[:, late_h:now_h],
        )

    def known(self, first, last):
        """Say whose days are all known, from the first to before the last."""
        return (self.day_wh[:, first:last] >= 0).all(axis=1)

    def knows_hours(self, first, last):
        """Say whose hours of some days are all known."""
        return (self.hour_wh[:, 24 * first : 24 * last] >= 0).all(axis=1)

    def energy_wh(self, first, last):
        """Add up days; a gap counts as nothing [Wh]."""
        return np.maximum(self.day_wh[:, first:last], 0).sum(axis=1)


def households():
    """Read those of London."""
    table = parquet.read_table(TRIAL)
    names, row = np.unique(np.array(table["lclid"].to_pylist()), return_inverse=True)
    start_s = date_start_s(Households.first_day, UTC)
    slot = (table["tstp"].cast("timestamp[s]").cast("int64").to_numpy() - start_s) // 1800
    half_wh = np.full((names.size, 2 * HOURS), np.nan)
    is_inside = (slot >= 0) & (slot < 2 * HOURS)
    half_wh[row[is_inside], slot[is_inside]] = table["kwh"].to_numpy()[is_inside] * 1000
    hour_wh = half_wh.reshape(-1, HOURS, 2).sum(axis=2)
    by_day = hour_wh.reshape(-1, DAYS, 24)
    share = 1 - np.isnan(by_day).mean(axis=2)
    day_wh = np.nansum(by_day, axis=2) / np.maximum(share, KNOWN_SHARE)
    is_known = share >= KNOWN_SHARE - 1e-9
    return Households(_whole(np.where(is_known, day_wh, np.nan)), _whole(hour_wh))


def sunny_homes():
    """Read those of California: (taken from the grid, given to it), each with panels."""
    table = parquet.read_table(SUNNY)
    load_wh = table["non_shiftable_load"].to_numpy().reshape(-1, HOURS) * 1000
    sun_wh = table["solar_generation"].to_numpy().reshape(-1, HOURS) * PANEL_KW
    taken_wh = _whole(np.maximum(load_wh - sun_wh, 0))
    given_wh = _whole(np.maximum(sun_wh - load_wh, 0))
    return tuple(
        Households(
            hour_wh.reshape(-1, DAYS, 24).sum(axis=2), hour_wh, date(2016, 8, 1), frozenset()
        )
        for hour_wh in (taken_wh, given_wh)
    )


def _whole(energy_wh):
    return np.where(np.isnan(energy_wh), GAP_WH, np.rint(np.nan_to_num(energy_wh))).astype(np.int64)
