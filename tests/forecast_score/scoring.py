"""Forecasts of real households beside two plain ones, in energy and in money."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forecast_score.households import DAY_S, HOLIDAYS, ROOT, START_S, UTC, cycles
from quilowatt.alert import Cycle, forecast
from quilowatt.billing import NOBODY, Usage, rate_many
from quilowatt.jobs.forecast import price_forecast
from quilowatt.jobs.tariff_files import read_tariff

ISSUE_DAYS = (3, 10, 20)
"""Forecasts are made when so many days of the cycle are over. [d]"""

TARIFFS = ("tiers", "time-of-use")
"""Examples that come with quilowatt."""


@dataclass(frozen=True)
class Scores:
    """Outcomes and forecasts of one issue day, as arrays over cycles of households.

    `actual`, `expected`, `low` and `high` in Wh or money; the plain forecasts `last` (same as last
    month) and `so_far` (mean per day so far), NaN where there is none; `cycle` from 0.
    """

    issue_day: int
    cycle: np.ndarray
    actual: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    last: np.ndarray
    so_far: np.ndarray

    @property
    def error(self):
        return np.abs(self.expected - self.actual).mean()

    @property
    def last_error(self):
        return np.abs(self.last - self.actual).mean()

    @property
    def so_far_error(self):
        return np.abs(self.so_far - self.actual).mean()

    @property
    def gain(self):
        """By which share the error is smaller than that of the better plain forecast."""
        return 1 - self.error / np.fmin(self.last_error, self.so_far_error)

    @property
    def coverage(self):
        return ((self.low <= self.actual) & (self.actual <= self.high)).mean()

    @property
    def width(self):
        """Width of the range as a share of the total."""
        return (self.high - self.low).sum() / self.actual.sum()

    def where(self, is_wanted):
        parts = {name: getattr(self, name)[is_wanted] for name in list(self.__slots_())}
        return replace(self, **parts)

    @staticmethod
    def __slots_():
        return ("cycle", "actual", "expected", "low", "high", "last", "so_far")


def together(many):
    """Join the scores of several issue days."""
    joined = {name: np.concatenate([getattr(each, name) for each in many]) for name in ARRAYS}
    return Scores(0, **joined)


ARRAYS = ("cycle", "actual", "expected", "low", "high", "last", "so_far")
