"""Months of truth for several kinds of home: the energy of every quarter of an hour, seeded."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.core.calendar import Resolution, interval_edges_s, month_bounds_s
from quilowatt.meter.household import Households

QUARTER_S = 900
DAY_S = 86_400
HISTORY_D = 28
"""What is read before the month, from which a typical day is learned. [d]"""

FUTURE_D = 3
"""What is read after it. [d]"""

TOWN = 20_261


@dataclass(frozen=True)
class Home:
    """A kind of home: a household of the town, what it adds, and where it is."""

    name: str
    number: int
    zone: str = "America/Bahia"
    month: str = "2026-08"
    panel_w: int = 0
    base_w: int = 0
    first_wh: int = 4_711_000

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Truth:
    """What a home really took and gave.

    `time_s` are the quarters' edges; `import_wh` and `export_wh` the registers there.
    """

    home: Home
    start_s: int
    end_s: int
    time_s: np.ndarray
    import_wh: np.ndarray
    export_wh: np.ndarray

    @property
    def zone(self):
        return ZoneInfo(self.home.zone)

    @property
    def midnights_s(self):
        return interval_edges_s(self.start_s, self.end_s, Resolution.DAY, self.zone)

    def in_month(self, edges_s, register="import"):
        """Energy between edges on quarters [Wh]."""
        register_wh = self.import_wh if register == "import" else self.export_wh
        return np.diff(register_wh[np.searchsorted(self.time_s, edges_s)])


HOMES = (
    Home("one person", number=11),
    Home("family of five", number=27),
    Home("family with solar panels", number=5, panel_w=4_000),
    Home("corner shop", number=8, base_w=900),
)

SUMMER_HOMES = (
    Home("clocks go forward (23 h)", number=3, zone="Europe/Lisbon", month="2026-03"),
    Home("clocks go back (25 h)", number=27, zone="Europe/Lisbon", month="2026-10"),
)


def many_homes(count):
    """The first home's kind, lived in by so many others of the town."""
    return [replace(HOMES[0], name=f"home {number}", number=number) for number in range(count)]


def truth_of(home):
    """Integrate a home over its month, the weeks before and the days after."""
    zone = ZoneInfo(home.zone)
    start_s, end_s = month_bounds_s(home.month, zone)
    first_s, last_s = start_s - HISTORY_D * DAY_S, end_s + FUTURE_D * DAY_S
    count = (last_s - first_s) // QUARTER_S
    offset_s = int(start_s - date_start_s_utc(home.month))
    town = Households(TOWN, np.array([home.number]), utc_offset_s=-offset_s)
    taken_wh = town.energy_wh(first_s, QUARTER_S, count)[0]
    time_s = first_s + QUARTER_S * np.arange(count + 1, dtype=np.int64)
    taken_wh = taken_wh + home.base_w // 4
    sun_wh = solar_wh(home, time_s[:-1], -offset_s)
    import_wh = np.maximum(taken_wh - sun_wh, 0)
    export_wh = np.maximum(sun_wh - taken_wh, 0)
    return Truth(
        home,
        start_s,
        end_s,
        time_s,
        np.append(0, np.cumsum(import_wh)) + home.first_wh,
        np.append(0, np.cumsum(export_wh)),
    )


def date_start_s_utc(month):
    """First instant of a month in UTC, to tell a zone's offset by [s]."""
    return month_bounds_s(month, ZoneInfo("UTC"))[0]


def solar_wh(home, time_s, offset_s):
    """What the panels give: a bell from 6 to 18 h, lower on cloudy days. [Wh a quarter]"""
    local_s = time_s + offset_s
    hour = local_s % DAY_S / 3600
    bell = np.maximum(np.sin((hour - 6) * np.pi / 12), 0)
    cloud = 0.4 + 0.6 * ((local_s // DAY_S * 7919) % 11) / 10
    return (home.panel_w / 4 * bell * cloud).astype(np.int64)
