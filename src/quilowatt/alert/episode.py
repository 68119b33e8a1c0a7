"""The life of an episode: opened once, updated when it grows a lot, closed when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.signal import ABRUPT_INCREASE, Phase
from quilowatt.alert.signals import Numbers
from quilowatt.alert.state import ENERGY_STEP_MAX_WH, TIME_STEP_MAX_S, WS_PER_WH, Field
from quilowatt.alert.usual import forget_part, learn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.signals import Signals
    from quilowatt.alert.state import Lanes

__all__ = ["follow_episodes", "open_episodes"]

CALM_S: Final = 900
"""Back to usual for this long, and the episode is over. [s]"""

NEAR_USUAL_PCT: Final = 105
"""Up to this share of the usual is back to usual, whatever the episode was. [%]"""

UPDATE_STEP_WS: Final = 1000 * 3600
"""An update is worth at least one more kilowatt-hour… [W·s]"""

UPDATE_FACTOR: Final = 2
"""…and that the excess has doubled since the latest signal."""

POWER_UPDATE_PCT: Final = 150
"""Or that the power has grown to this share of what was said. [%]"""

EXCESS_MAX_WS: Final = 2**60
"""Twice this still fits; no home gets there. [W·s]"""


def open_episodes(lanes: Lanes, where: NDArray[np.intp], signals: Signals) -> None:
    """Open an episode in some lanes.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Lanes whose excess reached its limit. [1]
    signals : Signals
        Takes one signal for each.
    """
    since_s, since_wh = lanes.fields[[Field.ONSET_TIME, Field.ONSET_IMPORT]][:, where]
    window_s, window_wh = lanes.fields[[Field.SLOW_TIME, Field.SLOW_IMPORT]][:, where]
    # A long excess began with its window, although the quick bar saw nothing.
    is_quick = lanes.fields[Field.QUICK, where] >= lanes.fields[Field.QUICK_LIMIT, where]
    since_wh = np.where(is_quick, since_wh, np.minimum(since_wh, window_wh))
    since_s = np.where(is_quick, since_s, np.minimum(since_s, window_s))
    lasted_s = np.clip(lanes.fields[Field.TIME, where] - since_s, 1, TIME_STEP_MAX_S)
    energy_wh = np.minimum(lanes.fields[Field.IMPORT, where] - since_wh, ENERGY_STEP_MAX_WH)
    energy_ws = energy_wh * WS_PER_WH
    power_w = np.maximum(energy_ws // lasted_s, lanes.fields[Field.HELD_FAST, where])
    excess_ws = np.maximum(energy_ws - lanes.fields[Field.USUAL, where] * lasted_s, 0)
    lanes.fields[Field.IS_OPEN, where] = 1
    lanes.fields[Field.SINCE, where] = since_s
    lanes.fields[Field.OPENED_USUAL, where] = lanes.fields[Field.USUAL, where]
    lanes.fields[Field.POWER, where] = power_w
    lanes.fields[Field.EXCESS, where] = excess_ws
    lanes.fields[Field.BUSY_TIME, where] = lanes.fields[Field.TIME, where]
    _say(lanes, where, Phase.OPENED, signals)


def follow_episodes(
    lanes: Lanes,
    where: NDArray[np.intp],
    step: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    signals: Signals,
) -> None:
    """Go on with the open episodes of some lanes.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Lanes with an open episode. [1]
    step : three ndarrays of int64, shape (n,)
        Time [s] and energy [W·s] since the reading before, and the mean power of the window of a
        minute that just ended, or -1. [W]
    signals : Signals
        Takes the updates and the ends.
    """
    step_s, step_ws, fast_w = (part[where] for part in step)
    more_ws = step_ws - lanes.fields[Field.OPENED_USUAL, where] * step_s
    excess_ws = np.clip(lanes.fields[Field.EXCESS, where] + more_ws, 0, EXCESS_MAX_WS)
    lanes.fields[Field.EXCESS, where] = excess_ws
    power_w = np.maximum(lanes.fields[Field.POWER, where], fast_w)
    # What goes on for days becomes usual itself, so the usual of now decides.
    usual_w = lanes.fields[Field.USUAL, where]
    busy_w = np.maximum((usual_w + power_w) // 2, usual_w * NEAR_USUAL_PCT // 100)
    is_busy = fast_w > busy_w
    time_s = lanes.fields[Field.TIME, where]
    lanes.fields[Field.POWER, where] = power_w
    lanes.fields[Field.BUSY_TIME, where] = np.where(
        is_busy, time_s, lanes.fields[Field.BUSY_TIME, where]
    )
    is_over = time_s - lanes.fields[Field.BUSY_TIME, where] >= CALM_S
    # A window that is still running may be busy: judge only by one that has ended.
    is_over &= fast_w >= 0
    has_grown = excess_ws >= lanes.fields[Field.NEXT_EXCESS, where]
    has_grown |= power_w * 100 >= lanes.fields[Field.SAID_POWER, where] * POWER_UPDATE_PCT
    _say(lanes, where[has_grown & ~is_over], Phase.UPDATED, signals)
    if is_over.any():
        _close(lanes, where[is_over], signals)


def _say(lanes: Lanes, where: NDArray[np.intp], phase: Phase, signals: Signals) -> None:
    excess_ws = lanes.fields[Field.EXCESS, where]
    lanes.fields[Field.SAID_POWER, where] = lanes.fields[Field.POWER, where]
    lanes.fields[Field.NEXT_EXCESS, where] = np.maximum(
        excess_ws * UPDATE_FACTOR, excess_ws + UPDATE_STEP_WS
    )
    _tell(lanes, where, phase, signals)


def _tell(lanes: Lanes, where: NDArray[np.intp], phase: Phase, signals: Signals) -> None:
    at_s, since_s, power_w, usual_w, excess_ws = lanes.fields[
        [Field.TIME, Field.SINCE, Field.POWER, Field.OPENED_USUAL, Field.EXCESS]
    ][:, where]
    numbers = Numbers(at_s, since_s, power_w, usual_w, excess_ws // WS_PER_WH)
    signals.tell(ABRUPT_INCREASE, phase, lanes, where, numbers)


def _close(lanes: Lanes, where: NDArray[np.intp], signals: Signals) -> None:
    _tell(lanes, where, Phase.CLOSED, signals)
    for field in (Field.IS_OPEN, Field.QUICK, Field.LATEST_SLOW):
        lanes.fields[field, where] = 0
    held_w = lanes.fields[Field.HELD_FAST, where], lanes.fields[Field.HELD_SLOW, where]
    learn(lanes, where, held_w, is_usual=False)
    # What happened twice in a day is no surprise the third time.
    before_w = lanes.fields[Field.EPISODE_FAST, where], lanes.fields[Field.EPISODE_SLOW, where]
    twice_w = np.minimum(held_w[0], before_w[0]), np.minimum(held_w[1], before_w[1])
    learn(lanes, where, twice_w, is_usual=True)
    lanes.fields[Field.EPISODE_FAST, where] = np.maximum(held_w[0], before_w[0])
    lanes.fields[Field.EPISODE_SLOW, where] = np.maximum(held_w[1], before_w[1])
    lanes.fields[Field.HELD_FAST, where] = 0
    lanes.fields[Field.HELD_SLOW, where] = 0
    forget_part(lanes, where)
