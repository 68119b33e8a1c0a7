"""Finds that what runs all night has risen: a pump, a heater left on, a failing refrigerator.

The lowest quarter of an hour between midnight and six, local standard time, shows what runs
through. Two nights in a row above nearly all of the last four weeks are a new night load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.facts import SENSITIVITY_PCT
from quilowatt.alert.rings import median_code, packed, pushed, ranked, unpacked
from quilowatt.alert.signal import NIGHT_LOAD, Phase
from quilowatt.alert.signals import Numbers
from quilowatt.alert.state import PART_S, Ring, Standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.signals import Signals
    from quilowatt.alert.state import Lanes

__all__ = ["NIGHT_S", "close_nights", "end_night", "note_window"]

NIGHT_S: Final = 2 * PART_S
"""From midnight on. [s]"""

NIGHT_HOURS: Final = 0b11
"""The parts of the day that it takes. [bits]"""

DAY_S: Final = 86_400
PERCENT: Final = 100

NIGHTS_MIN: Final = 14
"""Before so many nights are known, none is unusual."""

RANK: Final = 3
"""Two odd nights in four weeks say nothing about the others."""

RISE_PCT: Final = 130
RISE_W: Final = 70
"""Two nights must lie so far above the third highest. [%], [W]"""

BACK_SHARE: Final = (2, 5)
BACK_W: Final = 30
"""Over where a night is back to two fifths of the way from the median to that, and 30 W. [W]"""

USUAL_AFTER_S: Final = 14 * DAY_S
"""What lasts two weeks is usual. [s]"""

FALL_NIGHTS: Final = 3
FALL_PCT: Final = 80
"""Three nights below this share of the second lowest are low. [%]"""

WINDOW_MAX_S: Final = 3 * 3600
"""A longer window hides what runs through. [s]"""


def note_window(
    lanes: Lanes,
    time_s: NDArray[np.int64],
    power_w: NDArray[np.int64],
    lasted_s: NDArray[np.int64],
) -> None:
    """Note the mean power of windows that end in the night.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    time_s : ndarray of int64, shape (n,)
        End of the window. [s since 1970-01-01 UTC]
    power_w : ndarray of int64, shape (n,)
        Its mean power, −1 where none ends. [W]
    lasted_s : ndarray of int64, shape (n,)
        Its length. [s]
    """
    # The window that ends with the night comes after the night has been judged.
    of_day_s = (time_s + lanes.facts.offset_s) % DAY_S
    counts = (of_day_s > 0) & (of_day_s < NIGHT_S) & (power_w >= 0) & (lasted_s <= WINDOW_MAX_S)
    if not counts.any():
        return
    lowest_w = lanes.standing[Standing.LOWEST_W]
    is_lower = counts & ((lowest_w < 0) | (power_w < lowest_w))
    lanes.standing[Standing.LOWEST_W] = np.where(is_lower, power_w, lowest_w)


def end_night(
    lanes: Lanes,
    where: NDArray[np.intp],
    rings: NDArray[np.int16],
    number: NDArray[np.int64],
    signals: Signals,
) -> None:
    """Judge the night that has just ended in some lanes.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Lanes. [1]
    rings : ndarray of int16, shape (Ring.SIZE, k)
        Of these lanes; changed in place.
    number : ndarray of int64, shape (k,)
        Number of the part that ended.
    signals : Signals
        Takes what begins and ends.
    """
    lowest_w = lanes.standing[Standing.LOWEST_W, where]
    lanes.standing[Standing.LOWEST_W, where] = -1
    nights = rings[Ring.NIGHTS]
    nights[:] = np.where(lowest_w < 0, nights, pushed(nights, packed(lowest_w)))
    rings[Ring.NIGHT_IS_LOW] = _is_low(nights)
    edge_s = (number + 1) * PART_S - lanes.facts.offset_s[where]
    past = nights[2:]
    high_w = unpacked(ranked(past, RANK, least=NIGHTS_MIN, is_highest=True))
    median_w = unpacked(median_code(past, least=NIGHTS_MIN))
    back_w = median_w + (high_w - median_w) * BACK_SHARE[0] // BACK_SHARE[1] + BACK_W
    since_s = lanes.standing[Standing.NIGHT_SINCE, where]
    is_over = (since_s > 0) & (lowest_w >= 0) & (lowest_w < back_w)
    is_over |= (since_s > 0) & (edge_s - since_s >= USUAL_AFTER_S)
    close_nights(lanes, where[is_over], edge_s[is_over], signals)

    two_w = unpacked(nights[:2].min(axis=0))
    ease_pct = lanes.facts.sensitivity_pct[where]
    more_w = high_w * (RISE_PCT - PERCENT) // PERCENT + RISE_W
    is_new = (two_w - high_w) * ease_pct > more_w * SENSITIVITY_PCT
    # A day that has risen as a whole is told as such.
    is_new &= (since_s == 0) & (high_w >= 0) & (lanes.standing[Standing.LEVEL_SINCE, where] == 0)
    opens = np.flatnonzero(is_new & (lowest_w >= 0))
    lanes.standing[Standing.NIGHT_SINCE, where[opens]] = edge_s[opens] - DAY_S - NIGHT_S
    lanes.standing[Standing.NIGHT_USUAL, where[opens]] = median_w[opens]
    _tell(lanes, where[opens], Phase.OPENED, (edge_s[opens], two_w[opens]), signals)


def close_nights(
    lanes: Lanes, where: NDArray[np.intp], edge_s: NDArray[np.int64], signals: Signals
) -> None:
    """End the episodes of those lanes that have one.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Lanes. [1]
    edge_s : ndarray of int64, shape (k,)
        When. [s since 1970-01-01 UTC]
    signals : Signals
        Takes the ends.
    """
    opened = np.flatnonzero(lanes.standing[Standing.NIGHT_SINCE, where] > 0)
    # This part has not been put back yet: the newest is the latest night of the episode.
    latest = lanes.rings[Ring.NIGHTS.start, lanes.meters[where[opened]]]
    _tell(lanes, where[opened], Phase.CLOSED, (edge_s[opened], unpacked(latest)), signals)
    lanes.standing[Standing.NIGHT_SINCE, where[opened]] = 0


def _is_low(nights: NDArray[np.int16]) -> NDArray[np.int16]:
    """Say where the last nights all lie below those before."""
    latest_w = unpacked(nights[:FALL_NIGHTS].max(axis=0))
    low_w = unpacked(ranked(nights[FALL_NIGHTS:], 2, least=NIGHTS_MIN, is_highest=False))
    is_low = (nights[:FALL_NIGHTS] >= 0).all(axis=0) & (latest_w * PERCENT < low_w * FALL_PCT)
    return is_low.astype(np.int16)


def _tell(
    lanes: Lanes,
    where: NDArray[np.intp],
    phase: Phase,
    shown: tuple[NDArray[np.int64], NDArray[np.int64]],
    signals: Signals,
) -> None:
    if not where.size:
        return
    edge_s, power_w = shown
    since_s, usual_w = lanes.standing[[Standing.NIGHT_SINCE, Standing.NIGHT_USUAL]][:, where]
    more_w = power_w - usual_w
    nights = (edge_s - since_s + DAY_S - 1) // DAY_S
    per_day_wh = more_w * NIGHT_S // 3600
    numbers = Numbers(
        edge_s, since_s, power_w, usual_w, per_day_wh * nights, per_day_wh, NIGHT_HOURS
    )
    signals.tell(NIGHT_LOAD, phase, lanes, where, numbers)
