"""The hundred London homes, and the two halves: one to choose by, one to judge by."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyarrow import parquet

LONDON = Path(__file__).parents[2] / "../shared/data/lcl_100_households_halfhourly_2013.parquet"

SLOT_S = 1800
SLOTS_PER_DAY = 48
HALVES = {"choice": 0, "judgement": 1}
SEED = 2013


@dataclass(frozen=True, slots=True)
class Home:
    """A year of one home.

    `energy_wh` by half-hour; `is_read` says where it was read. Elsewhere the register went on as
    on the home's median day.
    """

    number: int
    start_s: int
    energy_wh: np.ndarray
    is_read: np.ndarray

    @property
    def years(self):
        """Household-years that were read."""
        return self.is_read.sum() / (365 * SLOTS_PER_DAY)


def homes(half):
    """Homes of one half of a fixed drawing, in order."""
    every = _all_homes()
    drawn = np.random.default_rng(SEED).permutation(len(every))
    return [every[number] for number in sorted(drawn[HALVES[half] :: 2])]


def _all_homes():
    table = parquet.read_table(LONDON)
    names, home = np.unique(table["lclid"].cast("string").to_numpy(), return_inverse=True)
    time_s = table["tstp"].to_numpy().astype("datetime64[s]").astype(np.int64)
    start_s = int(time_s.min())
    slot = (time_s - start_s) // SLOT_S
    count = 365 * SLOTS_PER_DAY
    energy_wh = np.zeros((names.size, count), np.int64)
    is_read = np.zeros((names.size, count), bool)
    is_ours = slot < count
    at = home[is_ours], slot[is_ours]
    energy_wh[at] = np.round(table["kwh"].to_numpy()[is_ours] * 1000).astype(np.int64)
    is_read[at] = True
    for wh, known in zip(energy_wh, is_read, strict=True):
        wh[~known] = np.resize(_median_day(wh, known), count)[~known]
    return [Home(n, start_s, energy_wh[n], is_read[n]) for n in range(names.size)]


def _median_day(energy_wh, is_read):
    by_day = np.ma.masked_array(energy_wh, ~is_read).reshape(-1, SLOTS_PER_DAY)
    return np.ma.median(by_day, axis=0).filled(0).astype(np.int64)
