"""Two plain tariffs for the scoreboard, in exact fractions: one price, and three by the hour."""

from datetime import datetime
from fractions import Fraction

import numpy as np

from quilowatt.core.calendar import Resolution, interval_edges_s
from quilowatt.core.money import round_exact

FLAT = Fraction("1.1042")
"""[R$/kWh]"""

OFF_PEAK, SHOULDER, PEAK = (Fraction(price) for price in ("0.8871", "1.3046", "2.0517"))
"""As Brazil's white tariff orders them: nights and weekends, an hour on either side, 18 to 21 h."""

PRICES = (OFF_PEAK, SHOULDER, PEAK)


def hours_of(truth):
    """Edges of the month's hours [s], which are the edges of prices too."""
    return interval_edges_s(truth.start_s, truth.end_s, Resolution.HOUR, truth.zone)


def price_kinds(times_s, zone):
    """Which of `PRICES` holds at these instants."""
    hours, inverse = np.unique(np.asarray(times_s) // 3600, return_inverse=True)
    return np.array([_kind(hour * 3600, zone) for hour in hours.tolist()], np.int64)[inverse]


def flat_money(energy_wh):
    """Price a month's energy [Wh] at one price."""
    return money(Fraction(int(energy_wh), 1000) * FLAT)


def time_of_use_money(energy_wh, kinds):
    """Price energies [Wh] by the price that holds for each; each line is rounded once."""
    lines_wh = [int(np.asarray(energy_wh)[kinds == kind].sum()) for kind in range(len(PRICES))]
    return sum(
        money(Fraction(wh, 1000) * price) for wh, price in zip(lines_wh, PRICES, strict=True)
    )


def money(amount):
    return round_exact(amount, 2, "half_even")


def _kind(time_s, zone):
    local = datetime.fromtimestamp(time_s, zone)
    if local.weekday() >= 5:
        return 0
    return {17: 1, 18: 2, 19: 2, 20: 2, 21: 1}.get(local.hour, 0)
