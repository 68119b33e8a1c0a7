"""Forecasts of real households beside two plain ones, in energy and in money."""

from dataclasses import dataclass, fields

import numpy as np

from forecast_score.households import (
    DAY_S,
    DAYS,
    HOLIDAYS,
    HOUR_S,
    ROOT,
    START_S,
    UTC,
    cycles,
)
from quilowatt.alert import Cycle, forecast
from quilowatt.billing import NOBODY, Usage, load_tariff, rate_many
from quilowatt.jobs.forecast import Coming, price_forecast

ISSUE_DAYS = (3, 10, 20)
"""Forecasts are made when so many days of the cycle are over. [d]"""

TARIFFS = ("tiers", "time-of-use")
"""Examples that come with quilowatt: monthly and daily tiers; hours, weekdays and holidays."""

LIFETIME = DAYS
"""Of a meter whose history goes back as far as there is any. [d]"""


@dataclass(frozen=True)
class Scores:
    """Forecasts and outcomes, a row each, in kWh or money.

    `issue_day` and `month` (from 1); what came, what was forecast and between what; the plain
    forecasts `last` (same as last month) and `so_far` (mean per day so far).
    """

    issue_day: np.ndarray
    month: np.ndarray
    actual: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    last: np.ndarray
    so_far: np.ndarray

    def rows(self, is_wanted):
        return Scores(*(getattr(self, each.name)[is_wanted] for each in fields(self)))

    def issued_on(self, issue_day):
        return self.rows(self.issue_day == issue_day)

    def error(self, which="expected"):
        """Mean absolute error of a forecast."""
        return np.abs(getattr(self, which) - self.actual).mean()

    def plain_error(self):
        """Give the error of the better plain forecast."""
        return np.fmin(self.error("last"), self.error("so_far"))

    def gain(self):
        """Say by which share the error is below that of the better plain forecast."""
        return 1 - self.error() / self.plain_error()

    def bias(self):
        return (self.expected - self.actual).mean()

    def coverage(self):
        return ((self.low <= self.actual) & (self.actual <= self.high)).mean()

    def width(self):
        """Width of the range as a share of the total."""
        return (self.high - self.low).sum() / self.actual.sum()


def join(many):
    many = list(many)
    names = [each.name for each in fields(Scores)]
    return Scores(*(np.concatenate([getattr(each, name) for each in many]) for name in names))


def energy_scores(homes, known_d=LIFETIME):
    """Score all cycles after January, of meters whose history is at most so long."""
    found = []
    for number, (start, end) in enumerate(cycles()):
        for issue_day in ISSUE_DAYS if number else ():
            now = start + issue_day
            made = _made(homes, now, end, known_d, start)
            last_start = cycles()[number - 1][0]
            rows = homes.known(last_start, end)
            so_far_wh = homes.energy_wh(start, now) * (end - start) / issue_day
            parts = (
                homes.energy_wh(start, end),
                made.total_wh,
                made.low_wh,
                made.high_wh,
                homes.energy_wh(last_start, start),
                so_far_wh,
            )
            found.append(_scores(issue_day, number + 1, [part[rows] / 1000 for part in parts]))
    return join(found)


def first_cycle_scores(homes):
    """Score meters that were installed at the start of the cycle, in every cycle of the year."""
    return join(
        _first_cycle(homes, issue_day, number)
        for number in range(len(cycles()))
        for issue_day in (1, *ISSUE_DAYS)
    )


def _first_cycle(homes, issue_day, number):
    start, end = cycles()[number]
    made = _made(homes, start + issue_day, end, issue_day, start)
    rows = homes.known(start, end)
    so_far_wh = homes.energy_wh(start, start + issue_day) * (end - start) / issue_day
    nothing = np.full(len(so_far_wh), np.nan)
    totals = (homes.energy_wh(start, end), made.total_wh, made.low_wh, made.high_wh)
    parts = [part[rows] / 1000 for part in (*totals, nothing, so_far_wh)]
    return _scores(issue_day, number + 1, parts)


def money_scores(homes, tariff, months):
    """Score the bills of some months; the plain forecasts are rated by the same tariff."""
    found = []
    for month in months:
        start, end = cycles()[month - 1]
        rows = np.flatnonzero(
            homes.known(cycles()[month - 2][0], end) & _has_hours(homes, start, end)
        )
        last_hours = _resized(_hours(homes, cycles()[month - 2], rows), 24 * (end - start))
        actual, last = (
            _totals(tariff, start, wh) for wh in (_hours(homes, (start, end), rows), last_hours)
        )
        for issue_day in ISSUE_DAYS:
            now = start + issue_day
            made = _made(homes, now, end, LIFETIME, start, rows)
            measured = _usage(start, _hours(homes, (start, now), rows))
            priced = price_forecast(tariff, measured, Coming(made), UTC, [NOBODY] * rows.size)
            ends = [(float(p.bill.total), float(p.low), float(p.high)) for p in priced]
            so_far = _resized(measured.import_wh, 24 * (end - start))
            parts = [actual, *np.array(ends).T, last, _totals(tariff, start, so_far)]
            found.append(_scores(issue_day, month, parts))
    return join(found)


def tariff_of_2013(name):
    """Read an example that comes with quilowatt, as if in force in 2013 already."""
    text = (ROOT / "tariffs" / "examples" / f"{name}.toml").read_text("utf-8")
    return load_tariff(text.replace("from = 2020-01-01", "from = 2013-01-01"), name)


def _made(homes, now, end, known_d, start, rows=slice(None)):
    history = homes.rows(rows).history(24 * now, 24 * max(now - known_d, 0))
    cycle = Cycle(START_S + DAY_S * now, START_S + DAY_S * end, UTC, HOLIDAYS)
    return forecast(history, homes.rows(rows).energy_wh(start, now), cycle)


def _scores(issue_day, month, parts):
    count = len(parts[0])
    return Scores(np.full(count, issue_day), np.full(count, month), *parts)


def _hours(homes, days, rows):
    return homes.hour_wh[rows, 24 * days[0] : 24 * days[1]]


def _has_hours(homes, start, end):
    return (homes.hour_wh[:, 24 * start : 24 * end] >= 0).all(axis=1)


def _resized(hour_wh, hours):
    """Repeat hours until they are so many, or leave the last ones out."""
    return np.resize(hour_wh.T, (hours, hour_wh.shape[0])).T


def _usage(start, hour_wh):
    edges_s = START_S + DAY_S * start + HOUR_S * np.arange(hour_wh.shape[1] + 1)
    return Usage(edges_s, hour_wh, np.zeros_like(hour_wh))


def _totals(tariff, start, hour_wh):
    bills = rate_many(tariff, _usage(start, hour_wh), UTC, [NOBODY] * len(hour_wh))
    return np.array([float(bill.total) for bill in bills])
