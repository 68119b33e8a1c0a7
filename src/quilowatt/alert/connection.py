"""Holds each meter against what is known of its usage point: capacity, vacancy, generation.

Where nothing is told of a usage point, only a meter that begins to feed in after weeks without
doing so is noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.columns import take_columns
from quilowatt.alert.facts import SENSITIVITY_PCT
from quilowatt.alert.rings import unpacked
from quilowatt.alert.signal import (
    CAPACITY_NEARLY_REACHED,
    UNEXPECTED_EXPORT,
    VACANT_CONSUMPTION,
    Phase,
)
from quilowatt.alert.signals import Numbers
from quilowatt.alert.state import PART_S, PARTS, WS_PER_WH, Field, Ring, Standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.signals import Signals
    from quilowatt.alert.state import Lanes

__all__ = ["look_at_capacity", "look_at_parts"]

DAY_S: Final = 86_400
PERCENT: Final = 100

CAPACITY_PCT: Final = 90
"""A quarter of an hour at this share of the connection is near enough. [%]"""

CAPACITY_BACK_PCT: Final = 60
"""Over after three hours of less than this. [%]"""

VACANT_WH: Final = 1500
"""What a day may take where nobody lives: a router, a freezer and a lamp, 60 W. [Wh/d]"""

EXPORT_MIN_WH: Final = 50
"""Less may be a meter's creep. [Wh]"""

DAYS_MIN: Final = 14
"""Of a meter of which nobody told: so long without feeding in, and it has no generation. [d]"""

FEEDS_IN: Final = -1
"""Stands for the register of a meter that feeds in by right. [Wh]"""


def look_at_capacity(
    lanes: Lanes, window: tuple[NDArray[np.int64], NDArray[np.int64]], signals: Signals
) -> None:
    """See whether the connection is nearly full.

    Parameters
    ----------
    lanes : Lanes
        Meters with the reading that may have ended a window; changed in place.
    window : pair of ndarray of int64, shape (n,)
        Mean power of a quarter of an hour that ended, −1 where none did [W], and its length [s].
    signals : Signals
        Takes what begins.
    """
    if not lanes.facts.capacity_w.any():
        return  # nobody told of any
    power_w, lasted_s = window
    limit_w = lanes.facts.capacity_w * CAPACITY_PCT * SENSITIVITY_PCT
    limit_w //= lanes.facts.sensitivity_pct * PERCENT
    is_full = (limit_w > 0) & (power_w >= limit_w)
    opens = np.flatnonzero(is_full & (lanes.standing[Standing.CAPACITY_SINCE] == 0))
    if opens.size:
        time_s = lanes.fields[Field.TIME, opens]
        lanes.standing[Standing.CAPACITY_SINCE, opens] = time_s - lasted_s[opens]
        numbers = Numbers(
            time_s, time_s - lasted_s[opens], power_w[opens], lanes.facts.capacity_w[opens]
        )
        signals.tell(CAPACITY_NEARLY_REACHED, Phase.OPENED, lanes, opens, numbers)


def look_at_parts(
    lanes: Lanes,
    where: NDArray[np.intp],
    export_wh: NDArray[np.int64],
    steps: NDArray[np.int64],
    signals: Signals,
) -> None:
    """See, at the end of a part of the day, what does not belong to a usage point.

    Parameters
    ----------
    lanes : Lanes
        Meters that are in another part of the day than before; changed in place.
    where : ndarray of intp, shape (k,)
        Which lanes. [1]
    export_wh : ndarray of int64, shape (k,)
        Their export registers. [Wh]
    steps : ndarray of int64, shape (k,)
        How many parts have ended.
    signals : Signals
        Takes what begins and ends.
    """
    part_no = lanes.standing[Standing.PART_NO, where]
    edge_s = part_no * PART_S - lanes.facts.offset_s[where]
    parts_wh = unpacked(take_columns(lanes.rings[Ring.PARTS][:PARTS], lanes.meters[where]))
    _end_capacity(lanes, where, edge_s, parts_wh[0], signals)
    day_wh = np.where((parts_wh >= 0).all(axis=0), parts_wh.sum(axis=0), -1)
    _look_at_vacancy(lanes, where, edge_s, day_wh, signals)
    is_day_over = part_no // PARTS > (part_no - steps) // PARTS
    _look_at_export(lanes, where, edge_s, (export_wh, is_day_over), signals)


def _end_capacity(
    lanes: Lanes,
    where: NDArray[np.intp],
    edge_s: NDArray[np.int64],
    part_wh: NDArray[np.int64],
    signals: Signals,
) -> None:
    since_s = lanes.standing[Standing.CAPACITY_SINCE, where]
    power_w = part_wh * WS_PER_WH // PART_S
    capacity_w = lanes.facts.capacity_w[where]
    is_calm = (part_wh >= 0) & (power_w * PERCENT < capacity_w * CAPACITY_BACK_PCT)
    ends = np.flatnonzero((since_s > 0) & (is_calm | (capacity_w == 0)))
    if ends.size:
        numbers = Numbers(edge_s[ends], since_s[ends], power_w[ends], capacity_w[ends])
        signals.tell(CAPACITY_NEARLY_REACHED, Phase.CLOSED, lanes, where[ends], numbers)
        lanes.standing[Standing.CAPACITY_SINCE, where[ends]] = 0


def _look_at_vacancy(
    lanes: Lanes,
    where: NDArray[np.intp],
    edge_s: NDArray[np.int64],
    day_wh: NDArray[np.int64],
    signals: Signals,
) -> None:
    """Tell of a day that takes more than an empty home may."""
    is_vacant = lanes.facts.is_vacant[where]
    since_s = lanes.standing[Standing.VACANT_SINCE, where]
    if not (is_vacant | (since_s > 0)).any():
        return
    may_wh = VACANT_WH * SENSITIVITY_PCT // lanes.facts.sensitivity_pct[where]
    is_too_much = is_vacant & (day_wh > may_wh)
    opens = np.flatnonzero(is_too_much & (since_s == 0))
    ends = np.flatnonzero((since_s > 0) & ~is_too_much & ((day_wh >= 0) | ~is_vacant))
    lanes.standing[Standing.VACANT_SINCE, where[opens]] = edge_s[opens] - DAY_S
    usual_w = may_wh * WS_PER_WH // DAY_S
    for rows, phase in ((opens, Phase.OPENED), (ends, Phase.CLOSED)):
        more_wh = np.maximum(day_wh[rows] - may_wh[rows], 0)
        numbers = Numbers(
            edge_s[rows],
            lanes.standing[Standing.VACANT_SINCE, where[rows]],
            np.maximum(day_wh[rows], 0) * WS_PER_WH // DAY_S,
            usual_w[rows],
            more_wh,
            more_wh,
        )
        signals.tell(VACANT_CONSUMPTION, phase, lanes, where[rows], numbers)
    lanes.standing[Standing.VACANT_SINCE, where[ends]] = 0


def _look_at_export(
    lanes: Lanes,
    where: NDArray[np.intp],
    edge_s: NDArray[np.int64],
    export: tuple[NDArray[np.int64], NDArray[np.bool_]],
    signals: Signals,
) -> None:
    """Tell of energy that is fed in where it can't be; over after a day without any."""
    export_wh, is_day_over = export
    known_wh = lanes.standing[Standing.EXPORT_WH, where]
    since_s = lanes.standing[Standing.EXPORT_SINCE, where]
    is_told = lanes.facts.is_export_known[where]
    fed_wh = export_wh - known_wh
    feeds_in = fed_wh >= EXPORT_MIN_WH
    is_learning = ~is_told & (lanes.fields[Field.DAYS, where] < DAYS_MIN)
    # Who feeds in from the first days on has a generator, unless somebody knows better.
    has_generation = np.where(
        is_told, lanes.facts.may_export[where], (known_wh == FEEDS_IN) | (is_learning & feeds_in)
    )
    opens = np.flatnonzero(feeds_in & ~has_generation & (since_s == 0) & (known_wh >= 0))
    ends = np.flatnonzero((since_s > 0) & (has_generation | (is_day_over & (fed_wh <= 0))))
    lanes.standing[Standing.EXPORT_SINCE, where[opens]] = edge_s[opens] - PART_S
    for rows, phase in ((opens, Phase.OPENED), (ends, Phase.CLOSED)):
        numbers = Numbers(
            edge_s[rows],
            lanes.standing[Standing.EXPORT_SINCE, where[rows]],
            excess_wh=np.maximum(fed_wh[rows], 0),
        )
        signals.tell(UNEXPECTED_EXPORT, phase, lanes, where[rows], numbers)
    lanes.standing[Standing.EXPORT_SINCE, where[ends]] = 0
    goes_on = is_day_over | (export_wh < known_wh) | (known_wh < 0)
    kept_wh = np.where(goes_on, export_wh, known_wh)
    lanes.standing[Standing.EXPORT_WH, where] = np.where(has_generation, FEEDS_IN, kept_wh)
