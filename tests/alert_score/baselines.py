"""What people use who have no detectors: three rules on the energy of a day.

Each looks at whole days (UTC) when they are over, and speaks once until a day is back within its
bounds.
"""

import numpy as np

from alert_score.homes import SLOTS_PER_DAY

DAY_S = 86_400
SIGMA_MAD = 1.4826
"""The usual factor: for a normal distribution the two are the same."""

HISTORY_DAYS = 42
HISTORY_MIN = 21
FIXED_HIGH_WH = 25_000
FIXED_LOW_WH = 2500
"""One pair for all homes; the best on the half that is for choosing. [Wh]"""


def fixed_threshold(day_wh, _history):
    """The same bounds for every home."""
    return day_wh > FIXED_HIGH_WH, day_wh < FIXED_LOW_WH


def three_sigma(day_wh, history):
    """Mean and standard deviation of the last weeks."""
    mean, sigma = history.mean(), history.std()
    return day_wh > mean + 3 * sigma, day_wh < mean - 3 * sigma


def median_and_mad(day_wh, history):
    """Median and median absolute deviation of the last weeks, in the scale of a sigma."""
    median = np.median(history)
    mad = SIGMA_MAD * np.median(np.abs(history - median))
    return day_wh > median + 4 * mad, day_wh < median - 4 * mad


RULES = {
    "fixed threshold": (fixed_threshold, 1),
    "three sigma": (three_sigma, 1),
    "median + 4 MAD, two days": (median_and_mad, 2),
}
"""Rule, and on how many days running it must hold."""


def alarms(name, case):
    """When a rule speaks of one meter: (at_s, is_high)."""
    rule, running = RULES[name]
    skipped = -case.start_s % DAY_S // (DAY_S // SLOTS_PER_DAY)
    days = (case.energy_wh.size - skipped) // SLOTS_PER_DAY
    part = slice(skipped, skipped + days * SLOTS_PER_DAY)
    day_wh = case.energy_wh[part].reshape(-1, SLOTS_PER_DAY).sum(axis=1)
    is_known = case.is_read[part].reshape(-1, SLOTS_PER_DAY).mean(axis=1) > 0.5
    first_s = case.start_s + skipped * (DAY_S // SLOTS_PER_DAY)
    outside = np.zeros((2, days), bool)
    for day in np.flatnonzero(is_known):
        first = max(0, day - HISTORY_DAYS)
        history = day_wh[first:day][is_known[first:day]]
        if history.size >= HISTORY_MIN:
            outside[:, day] = rule(day_wh[day], history)
    found = []
    for is_high, is_out in zip((True, False), outside, strict=True):
        holds = is_out.copy()
        for earlier in range(1, running):
            holds[earlier:] &= is_out[:-earlier]
        # Once an episode: until a day is within its bounds again.
        is_open = False
        for day in range(days):
            if holds[day] and not is_open:
                found.append((first_s + (day + 1) * DAY_S, is_high))
                is_open = True
            is_open &= is_out[day]
    return found
