"""What people do at home that draws power: a table, and the chance that decides each day.

`household` turns this into power. A day is drawn by hashing (seed, home, day, habit), not from a
running generator, so any day of any home can be drawn alone, in any order, and thousands at once,
with the same outcome. All arithmetic is on integers: the outcome is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HABITS", "RESIDENTS_MAX", "Habit", "chance", "home_keys", "warmth_pct", "weekend"]

RESIDENTS_MAX: Final = 5

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Habit:
    """Something that happens on some days, once, or once a resident.

    Parameters
    ----------
    name : str
        The appliance behind it.
    power_w : tuple of int
        Least and greatest power; each home's appliance has its own. [W]
    weekday_h, weekend_h : tuple of float
        When it may begin: local time of day. [h]
    minutes : tuple of float
        Shortest and longest duration. [min]
    weekday_pct, weekend_pct : int
        How probable it is on such a day (at the height of summer where `is_seasonal`). [%]
    homes_pct : int
        How many homes have the appliance. [%]
    is_personal : bool
        True where each resident does it, one after the other.
    is_seasonal : bool
        True where it follows the heat: a fifth as probable in midwinter.
    """

    name: str
    power_w: tuple[int, int]
    weekday_h: Span
    weekend_h: Span
    minutes: Span
    weekday_pct: int
    weekend_pct: int
    homes_pct: int = 100
    is_personal: bool = False
    is_seasonal: bool = False

    @property
    def slots(self) -> int:
        """How often it may happen in a day."""
        return RESIDENTS_MAX if self.is_personal else 1


HABITS: Final = (
    # Turns of 30 and 48 minutes: one shower at a time, as the wiring of most homes demands.
    Habit("shower", (5500, 5500), (5.5, 8), (7, 11), (5, 10), 55, 40, is_personal=True),
    Habit("shower", (5500, 5500), (18, 22), (17, 22), (5, 11), 75, 75, is_personal=True),
    Habit("lights", (30, 80), (5.2, 6.2), (6, 8), (40, 80), 85, 40),
    Habit("lights", (60, 180), (17.6, 18.4), (17.6, 18.4), (240, 330), 100, 95),
    Habit("kettle", (900, 1800), (5.8, 8), (7.5, 10), (3, 7), 70, 75),
    Habit("microwave", (1100, 1400), (11.5, 13.5), (12, 14), (3, 10), 45, 55, homes_pct=80),
    Habit("air fryer", (1300, 1600), (18.3, 20.3), (18.3, 20.5), (12, 25), 45, 40, homes_pct=60),
    Habit("oven", (1500, 2000), (17.5, 19.5), (11, 13), (20, 50), 8, 28, homes_pct=45),
    Habit("tv", (70, 150), (18.3, 20.5), (18, 20.5), (90, 240), 90, 85),
    Habit("tv", (70, 150), (13, 15), (13, 15.5), (60, 240), 20, 65),
    Habit("computer", (60, 200), (8, 14), (9, 16), (120, 420), 45, 25, homes_pct=70),
    Habit("washing machine", (400, 600), (8, 15), (8, 14), (40, 75), 18, 55, homes_pct=85),
    Habit("iron", (900, 1200), (14, 19), (14, 18), (25, 60), 6, 20),
    Habit(
        "air conditioner", (450, 900), (21, 23.5), (21.5, 24), (240, 480), 80, 80, 35,
        is_seasonal=True,
    ),
    Habit("fan", (60, 90), (20, 23), (20, 23.5), (300, 540), 75, 75, 60, is_seasonal=True),
)  # fmt: skip
"""A home of the Brazilian north-east: no space heating, an electric shower, hot evenings."""

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
MIXING: Final = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
"""SplitMix64: the increment, and the shift and factor of each round of its finaliser."""

SUMMER_DAY: Final = 15
"""The hottest of the year in the south: mid January. [d]"""


def home_keys(seed: int, meters: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Give each home of a seeded town a key of its own.

    Parameters
    ----------
    seed : int
        Names the town. [1]
    meters : ndarray of int64, shape (n,)
        Names the homes in it. [1]
    """
    town = _mixed(np.array([seed % 2**64], np.uint64))
    return _mixed(town + meters.astype(np.uint64) * GOLDEN)


def chance(keys: NDArray[np.uint64], days: NDArray[np.int64], stream: int) -> NDArray[np.uint64]:
    """Draw 64 random bits for every home and day.

    The finaliser is that of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom
    number generators").

    Parameters
    ----------
    keys : ndarray of uint64, shape (n,)
        Of `home_keys`.
    days : ndarray of int64, shape (d,)
        Local days since 1970-01-01. [d]
    stream : int
        What the draw is for, so that two uses don't meet. [1]

    Returns
    -------
    ndarray of uint64, shape (n, d)
    """
    moments = _mixed(days.astype(np.uint64) * GOLDEN + np.uint64(stream))
    return _mixed(keys[:, None] + moments[None, :])


def weekend(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which days are Saturdays and Sundays. [d since 1970-01-01, a Thursday]."""
    is_weekend: NDArray[np.bool_] = (days + 3) % 7 >= 5  # noqa: PLR2004 - Monday is 0
    return is_weekend


def warmth_pct(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tell the season: 100 in mid January, 20 in mid July, straight lines between.

    Parameters
    ----------
    days : ndarray of int64, shape (d,)
        Local days since 1970-01-01. [d]
    """
    since_summer = (days - SUMMER_DAY) * 100 % 36525 // 100
    distance = np.minimum(since_summer, 365 - since_summer)
    return 100 - distance * 80 // 183


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, factor in MIXING:
        bits = (bits ^ (bits >> shift)) * factor
    return bits ^ (bits >> np.uint64(31))
