"""Finds registers that stand still, and meters that show the same energy again and again.

Both are held against what the meter itself has done: a cabin stands still for weeks, an empty
flat draws the same few watts all night. What is usual fades by half in three months.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.facts import SENSITIVITY_PCT
from quilowatt.alert.signal import FLAT_LINE, STUCK_REGISTER, Phase
from quilowatt.alert.signals import Numbers
from quilowatt.alert.state import TIME_STEP_MAX_S, WS_PER_WH, Field, Standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.signals import Signals
    from quilowatt.alert.state import Lanes

__all__ = ["fade", "look_for_flat_lines", "look_for_stuck_registers"]

LEAST_S: Final = 6 * 3600
"""Less than a night without anything new is nothing. [s]"""

TIMES: Final = 3
"""Three times the longest that is usual is not."""

LEARN_MAX_S: Final = 2 * 86_400
"""An episode teaches no more than this: who stood still for a week shall be told of again. [s]"""

DAY_S: Final = 86_400

DAYS_MIN: Final = 14
"""What began in a meter's first two weeks is its way: a pump that always runs, a cabin. [d]"""

GAP_MAX_S: Final = 3 * 3600
"""What happened in a longer silence is not known: the meter may have been without power. [s]"""

FLAT_MIN_WH: Final = 10
"""Windows with less are told apart too coarsely by a register of whole Wh. [Wh]"""

FADE_PER_DAY: Final = (127, 128)


def fade(lanes: Lanes, where: NDArray[np.intp]) -> None:
    """Let what is usual fade by a day.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Lanes whose day has ended. [1]
    """
    for row in (Standing.STILL_MAX, Standing.RUN_MAX):
        usual_s = lanes.standing[row, where]
        lanes.standing[row, where] = usual_s * FADE_PER_DAY[0] // FADE_PER_DAY[1]


def look_for_stuck_registers(
    lanes: Lanes, time_s: NDArray[np.int64], import_wh: NDArray[np.int64], signals: Signals
) -> None:
    """See whether registers move.

    Parameters
    ----------
    lanes : Lanes
        Meters with their reading before this one; changed in place.
    time_s, import_wh : ndarray of int64, shape (n,)
        This reading of each. [s since 1970-01-01 UTC], [Wh]
    signals : Signals
        Takes what begins and ends.
    """
    standing, before_s = lanes.standing, lanes.fields[Field.TIME]
    moves = import_wh > lanes.fields[Field.IMPORT]
    is_unseen = (time_s == before_s) | (time_s - before_s > GAP_MAX_S)
    is_stuck = standing[Standing.STUCK_SINCE] > 0
    limit_s = _limit_s(lanes, Standing.STILL_MAX)
    still_s = time_s - standing[Standing.MOVED_TIME]
    ends = np.flatnonzero(is_stuck & moves)
    if ends.size:
        _tell(lanes, ends, (STUCK_REGISTER, Standing.STUCK_SINCE), Phase.CLOSED, time_s, signals)
    stood_s = np.minimum(before_s - standing[Standing.MOVED_TIME], np.maximum(limit_s, LEARN_MAX_S))
    is_longer = (
        moves & (stood_s > standing[Standing.STILL_MAX]) & (standing[Standing.MOVED_TIME] > 0)
    )
    standing[Standing.STILL_MAX] = np.where(is_longer, stood_s, standing[Standing.STILL_MAX])
    anew = moves | (is_unseen & ~is_stuck)
    standing[Standing.MOVED_TIME] = np.where(anew, time_s, standing[Standing.MOVED_TIME])
    where = np.flatnonzero(~anew & ~is_stuck & (still_s >= limit_s))
    where = where[_is_settled(lanes, Standing.MOVED_TIME, where)]
    if where.size:
        standing[Standing.STUCK_SINCE, where] = standing[Standing.MOVED_TIME, where]
        _tell(lanes, where, (STUCK_REGISTER, Standing.STUCK_SINCE), Phase.OPENED, time_s, signals)


def look_for_flat_lines(
    lanes: Lanes,
    window: tuple[NDArray[np.int64], NDArray[np.int64]],
    signals: Signals,
) -> None:
    """See whether windows of a quarter of an hour and more differ.

    Parameters
    ----------
    lanes : Lanes
        Meters with the reading that may have ended a window; changed in place.
    window : pair of ndarray of int64, shape (n,)
        Energy of the window that ended, −1 where none did [Wh], and its length [s].
    signals : Signals
        Takes what begins and ends.
    """
    energy_wh, lasted_s = window
    ended = np.flatnonzero(energy_wh >= 0)
    if not ended.size:
        return
    # Mostly the windows of all lanes end together: views then, no copies.
    these = slice(None) if ended.size == energy_wh.size else ended
    energy_wh, lasted_s = energy_wh[these], np.minimum(lasted_s[these], TIME_STEP_MAX_S)
    time_s = lanes.fields[Field.TIME]
    began_s, run_s, run_wh, usual_s, since_s = (
        lanes.standing[row, these]
        for row in (
            Standing.RUN_TIME,
            Standing.RUN_S,
            Standing.RUN_WH,
            Standing.RUN_MAX,
            Standing.FLAT_SINCE,
        )
    )
    # A steady power shows in whole Wh as two neighbours in turn.
    differs = np.abs(energy_wh * run_s - run_wh * lasted_s) > np.maximum(run_s, lasted_s)
    differs |= (energy_wh < FLAT_MIN_WH) | (run_s == 0)
    limit_s = _limit_s(lanes, Standing.RUN_MAX)[these]
    ends = ended[differs & (since_s > 0)]
    if ends.size:
        _tell(lanes, ends, (FLAT_LINE, Standing.FLAT_SINCE), Phase.CLOSED, time_s, signals)
    ran_s = np.minimum(time_s[these] - lasted_s - began_s, np.maximum(limit_s, LEARN_MAX_S))
    is_longer = differs & (run_s > 0) & (ran_s > usual_s)
    lanes.standing[Standing.RUN_MAX, these] = np.where(is_longer, ran_s, usual_s)
    began_s = np.where(differs, time_s[these] - lasted_s, began_s)
    lanes.standing[Standing.RUN_TIME, these] = began_s
    lanes.standing[Standing.RUN_S, these] = np.where(
        differs, lasted_s * (energy_wh >= FLAT_MIN_WH), run_s
    )
    lanes.standing[Standing.RUN_WH, these] = np.where(differs, energy_wh, run_wh)
    begins = ~differs & (since_s == 0) & (time_s[these] - began_s >= limit_s)
    where = ended[begins]
    where = where[_is_settled(lanes, Standing.RUN_TIME, where)]
    if where.size:
        lanes.standing[Standing.FLAT_SINCE, where] = lanes.standing[Standing.RUN_TIME, where]
        _tell(lanes, where, (FLAT_LINE, Standing.FLAT_SINCE), Phase.OPENED, time_s, signals)


def _is_settled(lanes: Lanes, began: Standing, where: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Say whether meters were known already when something began."""
    known_day = lanes.fields[Field.DAY, where] - lanes.fields[Field.DAYS, where]
    began_day = lanes.standing[began, where] // DAY_S
    is_settled: NDArray[np.bool_] = began_day >= known_day + DAYS_MIN
    return is_settled


def _limit_s(lanes: Lanes, usual: Standing) -> NDArray[np.int64]:
    limit_s: NDArray[np.int64] = np.maximum(LEAST_S, TIMES * lanes.standing[usual])
    sensitivity_pct = lanes.facts.sensitivity_pct
    if (sensitivity_pct == SENSITIVITY_PCT).all():
        return limit_s  # as with most meters: a division is dear
    return limit_s * SENSITIVITY_PCT // sensitivity_pct


def _tell(
    lanes: Lanes,
    where: NDArray[np.intp],
    episode: tuple[str, Standing],
    phase: Phase,
    time_s: NDArray[np.int64],
    signals: Signals,
) -> None:
    kind, since = episode
    since_s = lanes.standing[since, where]
    power_w: NDArray[np.int64] | int = 0
    if kind == FLAT_LINE:
        run_wh, run_s = lanes.standing[[Standing.RUN_WH, Standing.RUN_S]][:, where]
        power_w = run_wh * WS_PER_WH // np.maximum(run_s, 1)
    signals.tell(kind, phase, lanes, where, Numbers(time_s[where], since_s, power_w))
    if phase is Phase.CLOSED:
        lanes.standing[since, where] = 0
