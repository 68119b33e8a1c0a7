"""What is usual for a meter: the highest mean power of its past, by part of the day.

Two windows are kept: a quarter of an hour, which any interval meter shows, and a minute, which
live readings show too. What happened without being an episode is usual, and so is what happened
on two days; the memory fades by half in three months. From it follow two bars: the quick one,
above which excess counts at once, leaves room for short bursts that a quarter of an hour hides;
the lasting one is for the mean of a quarter of an hour. Of a meter's first day only its minutes
count, with higher bars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.columns import take_columns
from quilowatt.alert.facts import SENSITIVITY_PCT
from quilowatt.alert.state import PART_S, PARTS, Field, Past

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.state import Lanes

__all__ = ["BAR_UNKNOWN_W", "DAY_S", "forget_part", "learn", "refresh", "roll_day"]

DAY_S: Final = 86_400

BAR_UNKNOWN_W: Final = 2**31 - 1
"""Nothing exceeds a bar of 2 GW: nothing is known yet. [W]"""

DAYS_MATURE: Final = 7
"""Weekends differ: after a week the parts of the day mean something. [d]"""

LIVE_DAYS_MATURE: Final = 14
"""After so many days of minutes their bursts are known. [d]"""

PERCENT: Final = 100

MARGIN_W: Final = 1000
"""Less than one more heating appliance is nothing to warn about. [W]"""

LASTING_MARGIN_W: Final = 2500
"""Nor is one for a quarter of an hour: people cook. Of 100 real London homes this
leaves one alert in nine months each; 1000 W left one in three. [W]"""

BURST_W: Final = 3000
"""A shower of 5.5 kW for 7 min is this far above the quarter of an hour that it lies in. [W]"""

YOUNG_PCT: Final = 300
FAST_PCT: Final = 120
"""The quick bar as a share of the highest minute: on the first day, and after it."""

GROWING_LASTING_PCT: Final = 150
LASTING_PCT: Final = 140
"""The lasting bar as a share of the highest quarter of an hour: in the first week, after it."""

ANY_PART_PCT: Final = 60
"""What is usual at some time of the day is so far usual at any other."""

YOUNG_HOLD_S: Final = 40
QUICK_HOLD_S: Final = 8
"""Twice the quick bar opens an episode after this long. [s]"""

FADE_BITS: Final = 16
FADE_DAYS_MAX: Final = 400
FADE_PER_DAY: Final = (127, 128)


def _fading() -> NDArray[np.int64]:
    """Tabulate what is left of a memory after so many days, in 2**-16."""
    left = [1 << FADE_BITS]
    for _ in range(FADE_DAYS_MAX):
        left.append(left[-1] * FADE_PER_DAY[0] // FADE_PER_DAY[1])
    return np.array(left, np.int64)


FADING: Final = _fading()


def refresh(lanes: Lanes, where: NDArray[np.intp], part: NDArray[np.int64]) -> None:
    """Compute what is usual, and the bars, for a part of the day.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Which lanes. [1]
    part : ndarray of int64, shape (k,)
        The part of the day that each is in. [1]
    """
    fields, ease_pct = lanes.fields, lanes.facts.sensitivity_pct[where]
    days = fields[Field.DAYS, where]
    is_young, is_mature = days == 0, days >= DAYS_MATURE
    today_w, *past_w = (
        take_columns(lanes.past[first : first + 2], lanes.meters[where])
        for first in (Past.TODAY_FAST, Past.CLEAN_FAST, Past.SECOND_FAST)
    )
    known_w = np.maximum(np.maximum(*past_w), today_w).astype(np.int64)
    fast_w, slow_w = (_usual_w(each_w, part, is_mature) for each_w in known_w)
    # On the first day a quarter of an hour says nothing: the night knows no evening.
    usual_w = np.where(is_young, fast_w, slow_w)
    is_known = usual_w > 0
    burst_w = np.where(fields[Field.LIVE_DAYS, where] < LIVE_DAYS_MATURE, slow_w + BURST_W, 0)
    known_w = np.maximum(burst_w, np.maximum(fast_w * FAST_PCT // PERCENT, fast_w + MARGIN_W))
    quick_w = np.where(is_young, fast_w * YOUNG_PCT // PERCENT, known_w)
    quick_w = np.maximum(quick_w, usual_w + MARGIN_W)
    quick_w = _bar_w(_eased(quick_w, usual_w, ease_pct), usual_w, is_known)
    lasting_w = slow_w * np.where(is_mature, LASTING_PCT, GROWING_LASTING_PCT) // PERCENT
    lasting_w = np.maximum(lasting_w, usual_w + LASTING_MARGIN_W)
    lasting_w = _bar_w(_eased(lasting_w, usual_w, ease_pct), usual_w, is_known & ~is_young)
    here = np.arange(where.size)
    for field, values in (
        (Field.PART, part),
        (Field.USUAL, usual_w),
        (Field.USUAL_FAST, fast_w),
        (Field.QUICK_BAR, quick_w),
        (Field.QUICK_LIMIT, quick_w * np.where(is_young, YOUNG_HOLD_S, QUICK_HOLD_S)),
        (Field.LASTING_BAR, lasting_w),
        (Field.SEEN_FAST, today_w[0, part, here]),
        (Field.SEEN_SLOW, today_w[1, part, here]),
    ):
        fields[field, where] = values


def forget_part(lanes: Lanes, where: NDArray[np.intp]) -> None:
    """Make the bars of some lanes be computed before they are next used."""
    lanes.fields[Field.PART, where] = -1


def learn(
    lanes: Lanes,
    where: NDArray[np.intp],
    powers_w: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    is_usual: bool,
) -> None:
    """Note the highest fast and slow windows of some lanes in the part of their latest reading.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Which lanes. [1]
    powers_w : pair of ndarray of int64, shape (k,)
        Mean power of the fast and of the slow window. [W]
    is_usual : bool
        True if they count as usual from now on; else only once another day has shown the same.
    """
    meters = lanes.meters[where]
    part = (lanes.fields[Field.TIME, where] - 1) // PART_S % PARTS
    kinds = [(Past.WHOLE_FAST, Past.WHOLE_SLOW)]
    if is_usual:
        kinds.append((Past.TODAY_FAST, Past.TODAY_SLOW))
    for pair in kinds:
        for kind, power_w in zip(pair, powers_w, strict=True):
            known_w = lanes.past[kind, part, meters]
            lanes.past[kind, part, meters] = np.maximum(known_w, power_w)


def roll_day(lanes: Lanes, where: NDArray[np.intp], day: NDArray[np.int64]) -> None:
    """End the day of some meters: its highest windows become part of their past.

    Parameters
    ----------
    lanes : Lanes
        Meters; changed in place.
    where : ndarray of intp, shape (k,)
        Lanes whose latest reading is of an earlier day. [1]
    day : ndarray of int64, shape (k,)
        The new day. [d since 1970-01-01]
    """
    held_w = lanes.fields[Field.HELD_FAST, where], lanes.fields[Field.HELD_SLOW, where]
    learn(lanes, where, held_w, is_usual=False)
    meters = lanes.meters[where]
    left = FADING[np.minimum(day - lanes.fields[Field.DAY, where], FADE_DAYS_MAX)]
    past = lanes.past
    is_live = past[Past.WHOLE_FAST][:, meters].any(axis=0)
    for today in (Past.TODAY_FAST, Past.TODAY_SLOW):
        clean_w, first_w, second_w = (
            past[today + offset][:, meters] * left >> FADE_BITS
            for offset in (Past.CLEAN_FAST, Past.FIRST_FAST, Past.SECOND_FAST)
        )
        whole_w = past[today + Past.WHOLE_FAST][:, meters]
        past[today + Past.CLEAN_FAST][:, meters] = np.maximum(clean_w, past[today][:, meters])
        past[today + Past.SECOND_FAST][:, meters] = np.maximum(
            second_w, np.minimum(first_w, whole_w)
        )
        past[today + Past.FIRST_FAST][:, meters] = np.maximum(first_w, whole_w)
    past[: Past.CLEAN_FAST, :, meters] = 0
    lanes.fields[Field.EPISODE_FAST, where] = 0
    lanes.fields[Field.EPISODE_SLOW, where] = 0
    lanes.fields[Field.DAYS, where] += 1
    lanes.fields[Field.LIVE_DAYS, where] += is_live
    lanes.fields[Field.DAY, where] = day
    forget_part(lanes, where)


def _usual_w(
    known_w: NDArray[np.int64], part: NDArray[np.int64], is_mature: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Tell from the highest windows of all parts what is usual in a part of the day. [W]."""
    whole_day_w: NDArray[np.int64] = known_w.max(axis=0)
    here = np.arange(part.size)
    # A habit may begin somewhat earlier or later than it ever did.
    near_w = np.maximum(known_w[part - 1, here], known_w[part, here])
    near_w = np.maximum(near_w, known_w[(part + 1) % PARTS, here])
    by_part_w = np.maximum(near_w, whole_day_w * ANY_PART_PCT // PERCENT)
    return np.where(is_mature, by_part_w, whole_day_w)


def _eased(
    bar_w: NDArray[np.int64], usual_w: NDArray[np.int64], sensitivity_pct: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Bring a bar nearer to the usual for a sensitive usage point. [W]."""
    above_w: NDArray[np.int64] = usual_w + (bar_w - usual_w) * SENSITIVITY_PCT // sensitivity_pct
    return above_w


def _bar_w(
    share_w: NDArray[np.int64], least_w: NDArray[np.int64], is_known: NDArray[np.bool_]
) -> NDArray[np.int64]:
    bar_w = np.minimum(np.maximum(share_w, least_w), BAR_UNKNOWN_W)
    return np.where(is_known, bar_w, BAR_UNKNOWN_W)
