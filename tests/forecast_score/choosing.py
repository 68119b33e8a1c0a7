"""Takes the range's table from the half of the households that choices are made on."""

import numpy as np

from forecast_score.households import DAY_S, HOUR_S, UTC
from quilowatt.alert import Cycle, forecast
from quilowatt.alert.forecast_range import COVERAGE, KNOWN_DAYS, range_ends

HALF = 0
"""Of the households; the figures come from the other."""

BILLING_DAYS = range(1, 29, 3)
ISSUE_DAYS = (3, 10, 20)
LEAST_WH_PER_DAY = 200
"""Below this nobody lives there. [Wh/d]"""


def table(homes):
    """Give (known days, cases, low, high) for each column."""
    found = []
    for known_d in KNOWN_DAYS:
        errors = np.concatenate(list(_errors(homes, round(24 * known_d))))
        ends = np.quantile(errors, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
        found.append((known_d, errors.size, *ends.round(2).tolist()))
    return found


def _errors(homes, known_h):
    """Yield errors in units of unsteadiness, of meters that began so many hours ago."""
    for billing_day in BILLING_DAYS:
        for number, (start, end) in enumerate(homes.cycles(billing_day)):
            for issue_day in ISSUE_DAYS:
                # Of less than a day, any part of the day may be known.
                now_h = 24 * (start + issue_day) + (number * 5 % 12 + 12 if known_h < 24 else 0)
                if now_h >= known_h and now_h < 24 * end:
                    yield _case_errors(homes, known_h, (now_h, end))


def _case_errors(homes, known_h, when):
    now_h, end = when
    first_h = now_h - known_h
    first, today = -(-first_h // 24), now_h // 24
    history = homes.history(now_h, first_h)
    cycle = Cycle(homes.start_s + HOUR_S * now_h, homes.start_s + DAY_S * end, UTC, homes.holidays)
    found = forecast(history, np.zeros(len(history), np.int64), cycle)
    is_part = known_h < 24
    rest_wh = homes.hour_wh[:, now_h : 24 * (today + 1)].sum(axis=1) if is_part else 0
    actual_wh = rest_wh + homes.energy_wh(today + is_part, end)
    is_wanted = homes.known(min(first, today), end) & found.is_known
    is_wanted &= (homes.hour_wh[:, first_h : 24 * (today + 1)] >= 0).all(axis=1) | (not is_part)
    is_wanted &= found.total_wh > LEAST_WH_PER_DAY * (end - now_h / 24)
    unit_wh = (found.high_wh - found.total_wh) / range_ends(np.array([known_h / 24]))[1]
    return ((actual_wh - found.total_wh) / np.maximum(unit_wh, 1))[is_wanted]
