"""Forecasts of homes in which people use much more from some day on, and go on so."""

from dataclasses import dataclass

import numpy as np

from alert_score.events import cases
from alert_score.homes import HALVES, SLOT_S, homes
from forecast_score.households import DAY_S, HOLIDAYS, HOUR_S, LATE_DAYS, UTC
from quilowatt.alert import Cycle, History, forecast

KIND = "lasting_increase"
PER_HOME = 3
LASTS_D = (45, 60)
"""Past the end of the cycle. [d]"""

DAYS_AFTER = (3, 5, 8)
"""Forecasts are made so many whole days after it began. [d]"""

DAYS_BEFORE = (4, 12)
CYCLE_D = 30
"""It begins after so many days of a cycle of 30. [d]"""


@dataclass(frozen=True)
class ShiftScores:
    """A row each: days after the shift; what came and what was forecast, in kWh."""

    days_after: np.ndarray
    actual: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def row(self, days_after):
        """Give (cases, mean total, mean absolute error, share in the range)."""
        rows = self.days_after == days_after
        actual, expected = self.actual[rows], self.expected[rows]
        is_in = (self.low[rows] <= actual) & (actual <= self.high[rows])
        return actual.size, actual.mean(), np.abs(expected - actual).mean(), is_in.mean()


def shift_scores(half, per_home=PER_HOME):
    """Score the homes at even (0) or odd (1) places of the sorted list."""
    ours = [home for which in HALVES for home in homes(which) if home.number % 2 == half]
    rows = [row for case in cases(KIND, ours, per_home, LASTS_D) for row in _scores(case)]
    columns = np.array(rows).T
    return ShiftScores(columns[0], *columns[1:] / 1000)


def shift_table(scores):
    head = "| issued after | forecasts | mean total | error | in the range |"
    rows = (
        "| {} days | {} | {:.1f} kWh | {:.1f} | {:.0%} |".format(days, *scores.row(days))
        for days in DAYS_AFTER
    )
    return "\n".join([head, "| --- |" + " ---: |" * 4, *rows])


def _scores(case):
    hours = case.energy_wh.size // 48 * 24
    hour_wh = case.energy_wh[: 2 * hours].reshape(-1, 2).sum(axis=1)
    begins = -(-case.slots.start * SLOT_S // DAY_S)
    for before in DAYS_BEFORE:
        start = begins - before
        if 24 * (start + CYCLE_D) <= min(hours, case.slots.stop // 2):
            for after in DAYS_AFTER:
                yield (after, *_totals(case.start_s, hour_wh, start, begins + after))


def _totals(start_s, hour_wh, start, now):
    day_wh = hour_wh.reshape(-1, 24).sum(axis=1)
    late = now - LATE_DAYS
    history = History(
        start_s + DAY_S * np.arange(now + 1),
        day_wh[None, :now],
        start_s + HOUR_S * np.arange(24 * late, 24 * now + 1),
        hour_wh[None, 24 * late : 24 * now],
    )
    end = start + CYCLE_D
    cycle = Cycle(start_s + DAY_S * now, start_s + DAY_S * end, UTC, HOLIDAYS)
    made = forecast(history, day_wh[None, start:now].sum(axis=1), cycle)
    return day_wh[start:end].sum(), made.total_wh[0], made.low_wh[0], made.high_wh[0]
