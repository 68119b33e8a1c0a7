"""The power that homes draw, second by second: one home live, or thousands over months.

Both faces evaluate the same drawn events, so they agree to the watt-second. Power is a step
function of whole seconds and whole watts; nothing here is a float and nothing is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.meter.habits import (
    HABITS,
    RESIDENTS_MAX,
    chance,
    home_keys,
    warmth_pct,
    weekend,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.meter.habits import Habit

__all__ = ["UTC_OFFSET_S", "Household", "Households"]

UTC_OFFSET_S: Final = -3 * 3600
"""Local time less UTC where nothing else is said: Brasília, without summer time since 2019. [s]"""

DAY_S: Final = 86_400
HOUR_WS: Final = 3600
"""A watt-hour. [W·s]"""

CELLS_MAX: Final = 2_000_000
"""Homes × intervals worked on at once: arrays of 16 MB stay near the cache."""

AWAY_BLOCK_D: Final = 4
AWAY_PCT: Final = 3
"""Of such blocks of days, so many find nobody at home."""

RESIDENTS_PCT: Final = (15, 43, 68, 88, 100)
"""Homes with at most 1, 2, … residents, roughly as IBGE's PNAD Contínua counts them. [%]"""

BASE_W: Final = (25, 110)
"""Standby, router, pilot lights: always on. [W]"""

FRIDGE_W: Final = (90, 170)
FRIDGE_PERIOD_S: Final = (2100, 3900)
FRIDGE_DUTY_PCT: Final = (32, 48)

TRAIT_STREAM: Final = 1 << 32
"""Traits draw from here up, habits below: the two never meet."""

AWAY_STREAM: Final = 1 << 31


@dataclass(frozen=True, slots=True)
class _Events:
    """Uses of appliances: row i is a use in home `home[i]` from `start_s[i]` until `end_s[i]`."""

    home: NDArray[np.intp]
    start_s: NDArray[np.int64]
    end_s: NDArray[np.int64]
    power_w: NDArray[np.int64]


class Households:
    """Many homes of one seeded town.

    Parameters
    ----------
    seed : int
        Names the town: the same seed gives the same homes for ever. [1]
    meters : ndarray of int64, shape (n,)
        Which homes of it, by any number of the caller's. [1]
    utc_offset_s : int
        Local time less UTC: evenings are local. [s]

    Examples
    --------
    >>> town = Households(7, np.arange(3))
    >>> town.energy_wh(1_790_000_000, 900, 96).shape
    (3, 96)
    """

    def __init__(
        self, seed: int, meters: NDArray[np.int64], *, utc_offset_s: int = UTC_OFFSET_S
    ) -> None:
        self.utc_offset_s = utc_offset_s
        self._keys = home_keys(seed, meters)
        share = self._trait(0) % 100
        self.residents = np.searchsorted(RESIDENTS_PCT, share, side="right") + 1
        self.base_w = self._between(1, BASE_W) + 12 * self.residents
        self.fridge_w = self._between(2, FRIDGE_W)
        self._fridge_period_s = self._between(3, FRIDGE_PERIOD_S)
        self._fridge_on_s = self._fridge_period_s * self._between(4, FRIDGE_DUTY_PCT) // 100
        self._fridge_phase_s = self._trait(5) % self._fridge_period_s
        self._first_turn = self._trait(6) % RESIDENTS_MAX
        self._habit_w = [self._between(16 + n, habit.power_w) for n, habit in enumerate(HABITS)]
        self._owns = [self._trait(64 + n) % 100 < habit.homes_pct for n, habit in enumerate(HABITS)]

    def energy_ws(self, start_s: int, interval_s: int, count: int) -> NDArray[np.int64]:
        """Integrate the power over equal intervals, exactly.

        Parameters
        ----------
        start_s : int
            Where the first interval begins. [s since 1970-01-01 UTC]
        interval_s : int
            Length of each. [s]
        count : int
            How many. [1]

        Returns
        -------
        ndarray of int64, shape (n, count)
            Energy of each home and interval. [W·s]
        """
        assert interval_s > 0
        assert count > 0
        homes = self._keys.size
        energy_ws = np.empty((homes, count), np.int64)
        block = max(1, CELLS_MAX // (count + 1))
        for first in range(0, homes, block):
            rows = np.arange(first, min(first + block, homes))
            energy_ws[rows] = self._energy_block_ws(rows, start_s, interval_s, count)
        return energy_ws

    def energy_wh(self, start_s: int, interval_s: int, count: int) -> NDArray[np.int64]:
        """Integrate the power over equal intervals, to whole watt-hours that add up exactly.

        The remainder of each interval goes into the next, as in a register, so that the sum over
        any first k intervals is the exact energy rounded down. [Wh]
        """
        energy = self.energy_ws(start_s, interval_s, count)
        np.cumsum(energy, axis=1, out=energy)
        energy //= HOUR_WS
        energy[:, 1:] -= energy[:, :-1].copy()
        return energy

    def power_w(self, time_s: int) -> NDArray[np.int64]:
        """Tell the power of each home in the second that begins at an instant.

        Parameters
        ----------
        time_s : int
            The instant. [s since 1970-01-01 UTC]

        Returns
        -------
        ndarray of int64, shape (n,)
            [W]
        """
        return self.energy_ws(time_s, 1, 1)[:, 0]

    def _energy_block_ws(
        self, rows: NDArray[np.intp], start_s: int, interval_s: int, count: int
    ) -> NDArray[np.int64]:
        """Lay every event on the grid by its two ends, then sum along time.

        An event adds its power to the level of all later intervals when it starts and takes it
        away when it ends; only the two intervals where that happens are partly filled.
        """
        end_s = start_s + interval_s * count
        events = self._events(rows, start_s, end_s)
        times_s = np.concatenate([events.start_s, events.end_s]).clip(start_s, end_s) - start_s
        steps_w = np.concatenate([events.power_w, -events.power_w])
        interval = times_s // interval_s
        cell = np.tile(events.home, 2) * (count + 2) + interval
        partial_ws = steps_w * ((interval + 1) * interval_s - times_s)
        shape = rows.size, count + 2
        cells = rows.size * (count + 2)
        # Sums in float64 are exact here: whole numbers far below 2**53.
        energy_ws = np.bincount(cell, partial_ws, cells).astype(np.int64).reshape(shape)
        level_w = np.bincount(cell + 1, steps_w, cells + 1)[:cells].astype(np.int64)
        energy_ws += np.cumsum(level_w.reshape(shape), axis=1) * interval_s
        edges_s = start_s + interval_s * np.arange(count + 1, dtype=np.int64)
        always_ws = np.diff(self._always_ws(rows, edges_s), axis=1)
        return energy_ws[:, :count] + always_ws

    def _always_ws(self, rows: NDArray[np.intp], times_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """Energy of base load and fridge since some fixed instant. [W·s]."""
        period_s, on_s = self._fridge_period_s[rows, None], self._fridge_on_s[rows, None]
        cycles, rest_s = np.divmod(times_s[None, :] + self._fridge_phase_s[rows, None], period_s)
        fridge_s = cycles * on_s + np.minimum(rest_s, on_s)
        energy_ws: NDArray[np.int64] = fridge_s * self.fridge_w[rows, None]
        return energy_ws + self.base_w[rows, None] * times_s

    def _events(self, rows: NDArray[np.intp], start_s: int, end_s: int) -> _Events:
        """Draw all uses of appliances that may touch a period; none lasts beyond a day."""
        first_day = (start_s + self.utc_offset_s) // DAY_S - 1
        last_day = (end_s - 1 + self.utc_offset_s) // DAY_S
        days = np.arange(first_day, last_day + 1, dtype=np.int64)
        parts = [
            self._uses(rows, days, number, slot)
            for number, habit in enumerate(HABITS)
            for slot in range(habit.slots)
        ]
        events = _Events(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        is_near = (events.end_s > start_s) & (events.start_s < end_s)
        return _Events(
            events.home[is_near],
            events.start_s[is_near],
            events.end_s[is_near],
            events.power_w[is_near],
        )

    def _uses(
        self, rows: NDArray[np.intp], days: NDArray[np.int64], number: int, slot: int
    ) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Draw one habit: sixteen bits for whether, two times sixteen for when, and how long."""
        habit = HABITS[number]
        bits = chance(self._keys[rows], days, number * RESIDENTS_MAX + slot)
        happens = (bits & 0xFFFF).astype(np.int64) * 100 < _likely_pct(habit, days) << 16
        happens &= self._has(rows, number, slot)[:, None] & ~self._is_away(rows, days)
        home, day = np.nonzero(happens)
        bits = bits[home, day]
        when = (bits >> 16 & 0xFFFF).astype(np.int64) + (bits >> 32 & 0xFFFF).astype(np.int64)
        shortest_s, longest_s = (int(minutes * 60) for minutes in habit.minutes)
        lasts_s = shortest_s + ((bits >> 48).astype(np.int64) * (longest_s - shortest_s) >> 16)
        turn = (slot + self._first_turn[rows[home]]) % habit.slots
        begins_s = _begins_s(habit, weekend(days)[day], turn, when, longest_s)
        start_s = days[day] * DAY_S - self.utc_offset_s + begins_s
        power_w = self._habit_w[number][rows[home]]
        return home, start_s, start_s + lasts_s, power_w

    def _has(self, rows: NDArray[np.intp], number: int, slot: int) -> NDArray[np.bool_]:
        """Which homes have the appliance, and a resident for this slot."""
        habit = HABITS[number]
        owns: NDArray[np.bool_] = self._owns[number][rows]
        return owns & (self.residents[rows] > slot) if habit.is_personal else owns

    def _is_away(self, rows: NDArray[np.intp], days: NDArray[np.int64]) -> NDArray[np.bool_]:
        draws = chance(self._keys[rows], days // AWAY_BLOCK_D, AWAY_STREAM)
        is_away: NDArray[np.bool_] = draws % 100 < AWAY_PCT
        return is_away

    def _trait(self, number: int) -> NDArray[np.int64]:
        """Thirty-two random bits that a home keeps for ever."""
        draws = chance(self._keys, np.zeros(1, np.int64), TRAIT_STREAM + number)
        return (draws[:, 0] >> 32).astype(np.int64)

    def _between(self, number: int, bounds: tuple[int, int]) -> NDArray[np.int64]:
        least, greatest = bounds
        return least + self._trait(number) % (greatest - least + 1)


class Household:
    """One home of the town, asked second by second.

    Parameters
    ----------
    seed : int
        Names the town. [1]
    meter : int
        Names the home in it. [1]
    utc_offset_s : int
        Local time less UTC. [s]

    Examples
    --------
    >>> home = Household(7)
    >>> home.power_w(1_790_000_000) == Household(7).power_w(1_790_000_000)
    True
    """

    def __init__(self, seed: int, meter: int = 0, *, utc_offset_s: int = UTC_OFFSET_S) -> None:
        self._homes = Households(seed, np.array([meter], np.int64), utc_offset_s=utc_offset_s)
        self._hour = -1
        self._hour_w: list[int] = []

    def power_w(self, time_s: int) -> int:
        """Tell the power in the second that begins at an instant [W].

        Parameters
        ----------
        time_s : int
            The instant. [s since 1970-01-01 UTC]
        """
        hour, second = divmod(time_s, 3600)
        if hour != self._hour:
            self._hour_w = self._homes.energy_ws(hour * 3600, 1, 3600)[0].tolist()
            self._hour = hour
        return self._hour_w[second]


def _likely_pct(habit: Habit, days: NDArray[np.int64]) -> NDArray[np.int64]:
    likely = np.where(weekend(days), habit.weekend_pct, habit.weekday_pct)
    return likely * warmth_pct(days) // 100 if habit.is_seasonal else likely


def _begins_s(
    habit: Habit,
    is_weekend: NDArray[np.bool_],
    turn: NDArray[np.int64],
    when: NDArray[np.int64],
    longest_s: int,
) -> NDArray[np.int64]:
    """Place a use in its turn of the habit's window, most often in the middle. [s of the day]."""
    windows_s = np.array([habit.weekday_h, habit.weekend_h]) * 3600
    first_s, last_s = windows_s.astype(np.int64)[is_weekend.astype(np.intp)].T
    width_s = (last_s - first_s) // habit.slots
    if habit.is_personal:
        first_s = first_s + turn * width_s
        width_s = width_s - longest_s
    begins_s: NDArray[np.int64] = first_s + (width_s * when >> 17)
    return begins_s
