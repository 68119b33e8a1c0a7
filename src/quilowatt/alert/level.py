"""Finds that a meter's level has shifted: more or less energy a day than the last weeks know.

A lasting increase is judged over windows of 30, 36, 48 and 72 hours, the shorter with the higher
bar, against the second highest three days of the last weeks: one odd evening is no increase, and
what the home has done before isn't either. A decrease is judged alike. One that takes the night's
lowest power along with the evening's highest is possible tampering: people who leave keep their
refrigerator running.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.facts import SENSITIVITY_PCT
from quilowatt.alert.night import close_nights
from quilowatt.alert.rings import packed, unpacked
from quilowatt.alert.signal import LASTING_DECREASE, LASTING_INCREASE, POSSIBLE_TAMPERING, Phase
from quilowatt.alert.signals import Numbers
from quilowatt.alert.state import PART_S, PARTS, WS_PER_WH, Ring, Standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.signals import Signals
    from quilowatt.alert.state import Lanes

__all__ = ["look_at_levels"]

KINDS: Final = (LASTING_INCREASE, LASTING_DECREASE, POSSIBLE_TAMPERING)
UP, DOWN, TAMPERED = range(3)

PERCENT: Final = 100
DAY_S: Final = 86_400

WINDOWS_PCT: Final[dict[int, int]] = {24: 155, 16: 170, 12: 195, 10: 215}
"""Parts in a window, and what its mean must be of the second highest three days. [%]"""

MEDIAN_PCT: Final[dict[int, int]] = {24: 185, 16: 200}
"""…and what one of these must be of the median day. [%]"""

LATEST_PCT: Final = 170
"""The last 24 hours must show it still. [% of the median day]"""

MORE_MIN_WH: Final = 2500
"""Less than this in 24 hours is not worth a word. [Wh]"""

DOWN_LOW_PCT: Final = 60
DOWN_MEDIAN_PCT: Final = 50
"""A decrease: three days below this share of the second lowest three, and of the median. [%]"""

TAMPERED_LOW_PCT: Final = 90
TAMPERED_MEDIAN_PCT: Final = 70
"""The same for one that takes the nights along. [%]"""

DOWN_MEDIAN_MIN_WH: Final = 2000
"""A home that takes less has nobody in it: it can't fall. [Wh]"""

BACK_UP_PCT: Final = 85
BACK_DOWN_PCT: Final = 115
BACK_PARTS: Final = 12
"""Within these shares of the day before, over so many parts, an episode is over. [%], [1]"""

USUAL_AFTER_S: Final = np.array([14, 14, 60]) * 86_400
"""What lasts so long is the new level, by kind. [s]"""

HOURS_SHARE: Final = 4
"""A part of the day belongs to it if it has a fourth of what the strongest has. [1]"""


@dataclass(frozen=True, slots=True)
class Level:
    """The last three days of some lanes, and what they are held against.

    Parameters
    ----------
    edge_s : ndarray of int64, shape (k,)
        End of the latest part. [s since 1970-01-01 UTC]
    first_part : ndarray of int64, shape (k,)
        Which part of the day that is: 0 is from midnight to three.
    parts_wh : ndarray of int64, shape (24, k)
        Energy of the parts, the newest first; −1 = unknown. [Wh]
    typical : ndarray of int16, shape (8, k)
        What each part of the day usually has, in codes of `rings`.
    median_wh, high_wh, low_wh : ndarray of int64, shape (k,)
        Of the last weeks; −1 = unknown. [Wh/d]
    """

    edge_s: NDArray[np.int64]
    first_part: NDArray[np.int64]
    parts_wh: NDArray[np.int64]
    typical: NDArray[np.int16]
    median_wh: NDArray[np.int64]
    high_wh: NDArray[np.int64]
    low_wh: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        rings: NDArray[np.int16],
        parts_wh: NDArray[np.int64],
        edge_s: NDArray[np.int64],
        number: NDArray[np.int64],
    ) -> Level:
        """Read it from the rings, but for the energy of the parts, which is known already."""
        return cls(
            edge_s,
            number % PARTS,
            parts_wh,
            rings[Ring.TYPICAL],
            unpacked(rings[Ring.MEDIAN]),
            unpacked(rings[Ring.HIGH]),
            unpacked(rings[Ring.LOW]),
        )

    def take(self, rows: NDArray[np.intp]) -> Level:
        """Return some of the lanes."""
        return Level(
            self.edge_s[rows],
            self.first_part[rows],
            self.parts_wh[:, rows],
            self.typical[:, rows],
            self.median_wh[rows],
            self.high_wh[rows],
            self.low_wh[rows],
        )

    def typical_wh(self) -> NDArray[np.int64]:
        """Say what each of the parts usually has; −1 = unknown, shape (24, k). [Wh]."""
        age = np.arange(self.parts_wh.shape[0])[:, np.newaxis]
        codes = np.take_along_axis(self.typical, (self.first_part - age) % PARTS, axis=0)
        return unpacked(codes)

    def day_wh(self, parts: int) -> NDArray[np.int64]:
        """Mean energy of a day over so many parts; −1 where one is unknown. [Wh/d]."""
        window = self.parts_wh[:parts]
        mean: NDArray[np.int64] = window.sum(axis=0) * PARTS // parts
        return np.where((window >= 0).all(axis=0), mean, -1)


def look_at_levels(
    lanes: Lanes,
    where: NDArray[np.intp],
    rings: NDArray[np.int16],
    part: tuple[NDArray[np.int64], NDArray[np.int64]],
    signals: Signals,
) -> None:
    """Judge the level of some lanes at the end of a part.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Lanes whose part has ended. [1]
    rings : ndarray of int16, shape (Ring.SIZE, k)
        Of these lanes.
    part : pair of ndarray of int64, shape (k,) and (24, k)
        Number of the part that ended, and the energy of it and those before. [Wh]
    signals : Signals
        Takes what begins, goes on and ends.
    """
    number, parts_wh = part
    edge_s = (number + 1) * PART_S - lanes.facts.offset_s[where]
    level = Level.of(rings, parts_wh, edge_s, number)
    is_open = lanes.standing[Standing.LEVEL_SINCE, where] > 0
    opened = np.flatnonzero(is_open)
    if opened.size:
        is_rise = lanes.standing[Standing.LEVEL_KIND, where[opened]] == UP
        _remember(rings, opened[is_rise], level)
        _follow(lanes, where[opened], level.take(opened), signals)
    kind = _kind(
        level,
        lanes.facts.sensitivity_pct[where],
        is_night_low=rings[Ring.NIGHT_IS_LOW] == 1,
    )
    known = np.where(is_open, lanes.standing[Standing.LEVEL_KIND, where], -1)
    turns = np.flatnonzero((known == DOWN) & (kind == TAMPERED))
    turns = turns[lanes.standing[Standing.LEVEL_SINCE, where[turns]] > 0]
    if turns.size:
        _turn(lanes, where[turns], level.take(turns), signals)
    # An episode that ended at this edge is not begun again at once.
    opens = np.flatnonzero((kind >= 0) & ~is_open)
    if opens.size:
        _open(lanes, where[opens], level.take(opens), kind[opens], signals)


def _remember(rings: NDArray[np.int16], rises: NDArray[np.intp], level: Level) -> None:
    """Keep the level of an open increase: it is no news a second time."""
    told = packed(level.day_wh(3 * PARTS))[rises]
    rings[Ring.TOLD, rises] = np.maximum(rings[Ring.TOLD, rises], told)


def _kind(
    level: Level,
    sensitivity_pct: NDArray[np.int64],
    *,
    is_night_low: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Say which kind of shift the lanes show; −1 for none."""
    is_known = (level.median_wh >= 0) & (level.high_wh >= 0) & (level.low_wh >= 0)

    def bar(pct: int) -> NDArray[np.int64]:
        return PERCENT + (pct - PERCENT) * SENSITIVITY_PCT // sensitivity_pct

    latest_wh = level.day_wh(PARTS)
    is_high = np.zeros(latest_wh.size, np.bool_)
    for parts, pct in WINDOWS_PCT.items():
        is_high |= level.day_wh(parts) * PERCENT > bar(pct) * level.high_wh
    is_above = np.zeros(latest_wh.size, np.bool_)
    for parts, pct in MEDIAN_PCT.items():
        is_above |= level.day_wh(parts) * PERCENT > bar(pct) * level.median_wh
    is_high &= is_above & (latest_wh * PERCENT > bar(LATEST_PCT) * level.median_wh)
    is_high &= (latest_wh - level.median_wh) * sensitivity_pct >= MORE_MIN_WH * SENSITIVITY_PCT

    three_wh = level.day_wh(3 * PARTS)
    is_lived_in = (three_wh >= 0) & (level.median_wh >= DOWN_MEDIAN_MIN_WH)
    is_down, is_tampered = (
        is_lived_in
        & (three_wh * PERCENT < bar(low_pct) * level.low_wh)
        & (three_wh * PERCENT < bar(median_pct) * level.median_wh)
        for low_pct, median_pct in (
            (DOWN_LOW_PCT, DOWN_MEDIAN_PCT),
            (TAMPERED_LOW_PCT, TAMPERED_MEDIAN_PCT),
        )
    )
    kind = np.select([is_high, is_tampered & is_night_low, is_down], [UP, TAMPERED, DOWN], -1)
    return np.where(is_known, kind, -1)


def _open(
    lanes: Lanes,
    where: NDArray[np.intp],
    level: Level,
    kind: NDArray[np.int64],
    signals: Signals,
) -> None:
    lasted = _onset(level)
    since_s = level.edge_s - lasted * PART_S
    age = np.arange(level.parts_wh.shape[0])[:, np.newaxis]
    energy_wh = np.where(age < lasted, np.maximum(level.parts_wh, 0), 0).sum(axis=0)
    for row, values in (
        (Standing.LEVEL_SINCE, since_s),
        (Standing.LEVEL_KIND, kind),
        (Standing.LEVEL_USUAL, level.median_wh),
        (Standing.LEVEL_EXCESS, energy_wh - level.median_wh * lasted // PARTS),
    ):
        lanes.standing[row, where] = values
    close_nights(lanes, where[kind == UP], level.edge_s[kind == UP], signals)
    _tell(lanes, where, Phase.OPENED, level, signals)


def _turn(lanes: Lanes, where: NDArray[np.intp], level: Level, signals: Signals) -> None:
    """Call a decrease possible tampering: the nights have shown it by now."""
    _tell(lanes, where, Phase.CLOSED, level, signals)
    lanes.standing[Standing.LEVEL_KIND, where] = TAMPERED
    _tell(lanes, where, Phase.OPENED, level, signals)


def _onset(level: Level) -> NDArray[np.int64]:
    """Find how many parts ago the level shifted: where the sum of what deviates is greatest.

    Each part is held against the middle between its typical energy and the same with all that
    was added or taken of late (maximum likelihood for a shift of known size; Page 1954).
    """
    typical_wh = level.typical_wh()
    is_known = (level.parts_wh >= 0) & (typical_wh >= 0)
    shift_wh = (level.day_wh(PARTS) - level.median_wh) // PARTS
    beyond_wh = (level.parts_wh - typical_wh - shift_wh // 2) * np.sign(shift_wh)
    total_wh = np.cumsum(np.where(is_known, beyond_wh, 0), axis=0)
    parts: NDArray[np.int64] = np.argmax(total_wh, axis=0) + 1
    return np.maximum(parts, PARTS // 2)


def _follow(lanes: Lanes, where: NDArray[np.intp], level: Level, signals: Signals) -> None:
    """Add the latest part to open episodes, and end those that are over or have become usual."""
    usual_wh = lanes.standing[Standing.LEVEL_USUAL, where]
    part_wh = level.parts_wh[0]
    more_wh = np.where(part_wh < 0, 0, part_wh - usual_wh // PARTS)
    lanes.standing[Standing.LEVEL_EXCESS, where] += more_wh
    lasted_s = level.edge_s - lanes.standing[Standing.LEVEL_SINCE, where]
    latest_wh = level.day_wh(BACK_PARTS)
    kind = lanes.standing[Standing.LEVEL_KIND, where]
    back_pct = np.where(kind == UP, BACK_DOWN_PCT, BACK_UP_PCT)
    # Of a rising season the usual of now is told, of a fall that of then.
    base_wh = np.where(kind == UP, np.maximum(usual_wh, level.median_wh), usual_wh)
    deviates = np.sign(latest_wh * PERCENT - back_pct * base_wh)
    is_over = (latest_wh >= 0) & (deviates != np.where(kind == UP, 1, -1))
    is_over |= lasted_s >= USUAL_AFTER_S[kind]
    lasted = lasted_s // PART_S
    # After one day, two, four, eight …
    is_news = (lasted >= PARTS) & (lasted & (lasted - 1) == 0) & ~is_over
    _tell(lanes, where[is_news], Phase.UPDATED, level.take(np.flatnonzero(is_news)), signals)
    _tell(lanes, where[is_over], Phase.CLOSED, level.take(np.flatnonzero(is_over)), signals)
    lanes.standing[Standing.LEVEL_SINCE, where[is_over]] = 0


def _tell(
    lanes: Lanes, where: NDArray[np.intp], phase: Phase, level: Level, signals: Signals
) -> None:
    since_s, kind, usual_wh, excess_wh = lanes.standing[
        [Standing.LEVEL_SINCE, Standing.LEVEL_KIND, Standing.LEVEL_USUAL, Standing.LEVEL_EXCESS]
    ][:, where]
    lasted_s = np.maximum(level.edge_s - since_s, 1)
    per_day_wh = excess_wh * DAY_S // lasted_s
    usual_w = usual_wh * WS_PER_WH // DAY_S
    power_w = np.maximum((usual_wh + per_day_wh) * WS_PER_WH // DAY_S, 0)
    hours = _hours(level)
    for number, name in enumerate(KINDS):
        these = np.flatnonzero(kind == number)
        if these.size:
            numbers = Numbers(
                level.edge_s[these],
                since_s[these],
                power_w[these],
                usual_w[these],
                excess_wh[these],
                per_day_wh[these],
                hours[these],
            )
            signals.tell(name, phase, lanes, where[these], numbers)


def _hours(level: Level) -> NDArray[np.int64]:
    """Say in which parts of the day the last one deviated. [bits]."""
    parts_wh, typical_wh = level.parts_wh[:PARTS], level.typical_wh()[:PARTS]
    is_known = (parts_wh >= 0) & (typical_wh >= 0)
    beyond_wh = np.where(is_known, parts_wh - typical_wh, 0)
    beyond_wh = np.maximum(beyond_wh * np.sign(beyond_wh.sum(axis=0)), 0)
    is_part = (beyond_wh * HOURS_SHARE >= beyond_wh.max(axis=0)) & (beyond_wh > 0)
    part = (level.first_part - np.arange(PARTS)[:, np.newaxis]) % PARTS
    hours: NDArray[np.int64] = (is_part.astype(np.int64) << part).sum(axis=0)
    return hours
