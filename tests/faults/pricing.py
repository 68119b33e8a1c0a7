"""Bills of the scoreboard: by the product's own rating, and true ones by a plain sum beside it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np

from quilowatt.billing import Usage, rate
from quilowatt.core.calendar import Resolution, interval_edges_s
from quilowatt.core.money import round_exact
from quilowatt.jobs.tariff_files import read_tariff

HERE = Path(__file__).parent
FLAT_TARIFF = read_tariff(HERE / "flat.toml")
TIME_OF_USE_TARIFF = read_tariff(HERE / "time-of-use.toml")

FLAT = Fraction("1.1042")
OFF_PEAK, SHOULDER, PEAK = (Fraction(price) for price in ("0.8871", "1.3046", "2.0517"))
"""What the documents say, once more, for the plain sum. [R$/kWh]"""


@dataclass(frozen=True)
class Money:
    """A month under both tariffs. [R$]"""

    flat: Decimal
    time_of_use: Decimal


def hours_of(truth):
    """Edges of the month's hours [s], which are the edges of prices too."""
    return interval_edges_s(truth.start_s, truth.end_s, Resolution.HOUR, truth.zone)


def in_hours(times_s, energy_wh, edges_s):
    """Add up energies [Wh] by the hour that their instants lie in."""
    hour = np.searchsorted(edges_s, times_s, side="right") - 1
    sums_wh = np.zeros(edges_s.size - 1, np.int64)
    np.add.at(sums_wh, hour, energy_wh)
    return sums_wh


def billed(energy_wh, edges_s, zone):
    """Rate a month's hours as a server does."""
    usage = Usage.of_one(edges_s, energy_wh)
    return Money(rate(FLAT_TARIFF, usage, zone).total, rate(TIME_OF_USE_TARIFF, usage, zone).total)


def plain_sum(energy_wh, edges_s, zone):
    """Price a month's hours one after the other, without anything of `quilowatt.billing`."""
    lines_wh = {OFF_PEAK: 0, SHOULDER: 0, PEAK: 0}
    for start_s, wh in zip(edges_s[:-1].tolist(), energy_wh.tolist(), strict=True):
        lines_wh[_price(start_s, zone)] += wh
    lines = [cents(Fraction(wh, 1000) * price) for price, wh in lines_wh.items()]
    return Money(cents(Fraction(int(energy_wh.sum()), 1000) * FLAT), sum(lines))


def cents(amount):
    return round_exact(amount, 2, "half_even")


def _price(time_s, zone):
    local = datetime.fromtimestamp(time_s, zone)
    if local.weekday() >= 5:
        return OFF_PEAK
    return {17: SHOULDER, 18: PEAK, 19: PEAK, 20: PEAK, 21: SHOULDER}.get(local.hour, OFF_PEAK)
