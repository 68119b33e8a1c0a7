"""Forecasts of real households beside two plain ones, in energy and in money."""

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np

from forecast_score.households import DAY_S, DAYS, HOUR_S, ROOT, UTC
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


def energy_scores(homes, billing_days=(1,)):
    """Score all cycles after the first."""
    return join(
        _energy(homes, before, cycle, issue_day)
        for billing_day in billing_days
        for before, cycle in pairwise(homes.cycles(billing_day))
        for issue_day in ISSUE_DAYS
    )


def _energy(homes, before, cycle, issue_day):
    (last_start, start), (_, end) = before, cycle
    now = start + issue_day
    made = _made(homes, now, end, LIFETIME, start)
    rows = homes.known(last_start, end)
    parts = (
        homes.energy_wh(start, end),
        made.total_wh,
        made.low_wh,
        made.high_wh,
        homes.energy_wh(last_start, start),
        homes.energy_wh(start, now) * (end - start) / issue_day,
    )
    return _scores(issue_day, homes.month(start), [part[rows] / 1000 for part in parts])


def first_cycle_scores(homes):
    """Score meters that were installed at the start of the cycle, in every cycle of the year."""
    return join(
        _first_cycle(homes, issue_day, number)
        for number in range(len(homes.cycles()))
        for issue_day in (1, *ISSUE_DAYS)
    )


def _first_cycle(homes, issue_day, number):
    start, end = homes.cycles()[number]
    made = _made(homes, start + issue_day, end, issue_day, start)
    rows = homes.known(start, end)
    so_far_wh = homes.energy_wh(start, start + issue_day) * (end - start) / issue_day
    nothing = np.full(len(so_far_wh), np.nan)
    totals = (homes.energy_wh(start, end), made.total_wh, made.low_wh, made.high_wh)
    parts = [part[rows] / 1000 for part in (*totals, nothing, so_far_wh)]
    return _scores(issue_day, homes.month(start), parts)


def money_scores(homes, tariff, given=None, billing_days=(1,), step=1):
    """Score the bills of every cycle after the first, or of every second, third and so on.

    The plain forecasts are rated by the same tariff. `given` is what the same homes give to the
    grid.
    """
    return join(
        _money((homes, given), tariff, cycles, issue_day)
        for billing_day in billing_days
        for cycles in list(pairwise(homes.cycles(billing_day)))[::step]
        for issue_day in ISSUE_DAYS
    )


def _money(both, tariff, cycles, issue_day):
    homes, (last_start, start), (_, end) = both[0], *cycles
    now, hours = start + issue_day, 24 * (end - start)
    wanted = homes.known(last_start, end) & homes.knows_hours(last_start, end)
    flows = [each and each.rows(wanted) for each in both]
    made = [each and _made(each, now, end, LIFETIME, start) for each in flows]
    measured = _usage(flows, (start, now), start, 24 * issue_day)
    priced = price_forecast(tariff, measured, Coming(*made), UTC, [NOBODY] * wanted.sum())
    ends = [(float(p.bill.total), float(p.low), float(p.high)) for p in priced]
    actual, last, so_far = (
        _totals(tariff, _usage(flows, days, start, hours))
        for days in ((start, end), (last_start, start), (start, now))
    )
    return _scores(issue_day, homes.month(start), [actual, *np.array(ends).T, last, so_far])


def tariff_of_2013(name):
    """Read an example that comes with quilowatt, as if in force in 2013 already."""
    text = (ROOT / "tariffs" / "examples" / f"{name}.toml").read_text("utf-8")
    return load_tariff(text.replace("from = 2020-01-01", "from = 2013-01-01"), name)


def _made(homes, now, end, known_d, start):
    history = homes.history(24 * now, 24 * max(now - known_d, 0))
    instants_s = (homes.start_s + DAY_S * day for day in (now, end))
    cycle = Cycle(*instants_s, UTC, homes.holidays)
    return forecast(history, homes.energy_wh(start, now), cycle)


def _scores(issue_day, month, parts):
    count = len(parts[0])
    return Scores(np.full(count, issue_day), np.full(count, month), *parts)


def _usage(flows, days, start, hours):
    """Repeat the hours of some days until they are so many, or leave the last ones out."""
    homes = flows[0]
    edges_s = homes.start_s + DAY_S * start + HOUR_S * np.arange(hours + 1)
    part = slice(24 * days[0], 24 * days[1])
    taken_wh, given_wh = (
        np.zeros((len(homes.hour_wh), hours), np.int64)
        if each is None
        else np.resize(each.hour_wh[:, part].T, (hours, len(homes.hour_wh))).T
        for each in flows
    )
    return Usage(edges_s, taken_wh, given_wh)


def _totals(tariff, usage):
    bills = rate_many(tariff, usage, UTC, [NOBODY] * len(usage.import_wh))
    return np.array([float(bill.total) for bill in bills])
