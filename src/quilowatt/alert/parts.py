"""Cuts each meter's curve at the edges of three-hour parts of its local day, and remembers them.

The register at an edge lies on the straight line between the readings around it. Where they are
more than a day apart, the parts between them are unknown. At each edge the detectors of what
lasts look at the last three days (`level`), and at the end of the night at the nights (`night`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.columns import put_columns, take_columns
from quilowatt.alert.level import look_at_levels
from quilowatt.alert.night import end_night
from quilowatt.alert.rings import CODE_UNKNOWN, median_code, packed, pushed, ranked, unpacked
from quilowatt.alert.state import PART_S, PARTS, Field, Ring, Standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.signals import Signals
    from quilowatt.alert.state import Lanes

__all__ = ["HIGHS_MIN", "enter_parts"]

GAP_MAX_S: Final = 26 * 3600
"""A meter that is read once a day has parts all the same: a quarter of a day is as the next. [s]"""

NIGHT_PARTS: Final = 2
"""The night is from midnight to six."""

BLOCK_PARTS: Final = 24
"""Parts in a block of three days."""

BLOCKS_FRESH: Final = 2
"""This block and the one before may hold what is being judged."""

HIGHS_MIN: Final = 7
"""So many blocks must be known: three weeks, and the one being judged."""

DAYS_MIN: Final = 14
"""…and so many days. [d]"""

TOLD_FADE: Final = 33
"""What was told counts half after a month. [codes/d]"""

TYPICAL_SHARE: Final = 12
"""A typical part follows its like by this part of the way, a day. [1]"""

TYPICAL_STEP_MAX: Final = 1000
"""…and takes nothing for more than twice or less than half of itself. [codes]"""


def enter_parts(
    lanes: Lanes,
    time_s: NDArray[np.int64],
    import_wh: NDArray[np.int64],
    signals: Signals,
) -> NDArray[np.int64]:
    """End the parts of the day that lie before this reading.

    Parameters
    ----------
    lanes : Lanes
        Meters with their reading before this one; changed in place.
    time_s, import_wh : ndarray of int64, shape (n,)
        This reading of each. [s since 1970-01-01 UTC], [Wh]
    signals : Signals
        Takes what begins, goes on and ends.

    Returns
    -------
    ndarray of int64, shape (n,)
        How many parts have ended in each lane.
    """
    part_no = (time_s + lanes.facts.offset_s) // PART_S
    steps: NDArray[np.int64] = part_no - lanes.standing[Standing.PART_NO]
    if not steps.any():
        return steps
    before_s, before_wh = lanes.fields[Field.TIME], lanes.fields[Field.IMPORT]
    # A register that has just begun, or begun anew, has no line to its reading before.
    is_gap = (time_s - before_s > GAP_MAX_S) | (time_s == before_s)
    gaps = np.flatnonzero((steps != 0) & is_gap)
    if gaps.size:
        _skip(lanes, gaps, part_no[gaps], (time_s[gaps], import_wh[gaps]))
    left = np.where(is_gap, 0, steps)
    while (where := np.flatnonzero(left > 0)).size:
        number = lanes.standing[Standing.PART_NO, where]
        edge_s = (number + 1) * PART_S - lanes.facts.offset_s[where]
        share_wh = (import_wh[where] - before_wh[where]) * (edge_s - before_s[where])
        edge_wh = before_wh[where] + share_wh // (time_s[where] - before_s[where])
        began_wh = lanes.standing[Standing.PART_WH, where]
        energy_wh = np.where(began_wh < 0, -1, edge_wh - began_wh)
        lanes.standing[Standing.PART_NO, where] = number + 1
        lanes.standing[Standing.PART_WH, where] = edge_wh
        _end_part(lanes, where, (number, energy_wh), signals)
        left[where] -= 1
    return steps


def _skip(
    lanes: Lanes,
    where: NDArray[np.intp],
    part_no: NDArray[np.int64],
    reading: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Go to another part without knowing what lies between."""
    meters = lanes.meters[where]
    parts = take_columns(lanes.rings[Ring.PARTS], meters)
    count = np.clip(part_no - lanes.standing[Standing.PART_NO, where], 0, parts.shape[0])
    for missing in range(1, int(count.max()) + 1):
        unknown = np.full(where.size, CODE_UNKNOWN, np.int16)
        parts = np.where(count >= missing, pushed(parts, unknown), parts)
    put_columns(lanes.rings[Ring.PARTS], meters, parts)
    time_s, import_wh = reading
    is_edge = (time_s + lanes.facts.offset_s[where]) % PART_S == 0
    lanes.standing[Standing.PART_NO, where] = part_no
    lanes.standing[Standing.PART_WH, where] = np.where(is_edge, import_wh, -1)
    lanes.standing[Standing.LOWEST_W, where] = -1


def _end_part(
    lanes: Lanes,
    where: NDArray[np.intp],
    part: tuple[NDArray[np.int64], NDArray[np.int64]],
    signals: Signals,
) -> None:
    number, energy_wh = part
    meters = lanes.meters[where]
    rings = take_columns(lanes.rings, meters)
    code = packed(energy_wh)
    rings[Ring.PARTS] = pushed(rings[Ring.PARTS], code)
    parts_wh = unpacked(rings[Ring.PARTS])
    _note_three_days(rings, number, parts_wh)
    part_of_day = number % PARTS
    _note_day(rings, part_of_day == PARTS - 1, parts_wh)
    look_at_levels(lanes, where, rings, (number, parts_wh), signals)
    is_night_over = np.flatnonzero(part_of_day == NIGHT_PARTS - 1)
    if is_night_over.size:
        night = take_columns(rings, is_night_over)
        end_night(lanes, where[is_night_over], night, number[is_night_over], signals)
        put_columns(rings, is_night_over, night)
    _follow_typical(rings, part_of_day, code, lanes.standing[Standing.LEVEL_SINCE, where] == 0)
    put_columns(lanes.rings, meters, rings)


def _note_three_days(
    rings: NDArray[np.int16], number: NDArray[np.int64], parts_wh: NDArray[np.int64]
) -> None:
    """Note the highest and lowest three days that end in this block."""
    is_known = (parts_wh >= 0).all(axis=0)
    days = BLOCK_PARTS // PARTS
    code = packed(np.where(is_known, parts_wh.sum(axis=0) // days, -1))
    begins = number % BLOCK_PARTS == 0
    unknown = np.full(number.size, CODE_UNKNOWN, np.int16)
    highs, lows = rings[Ring.HIGHS], rings[Ring.LOWS]
    highs[:] = np.where(begins, pushed(highs, unknown), highs)
    lows[:] = np.where(begins, pushed(lows, unknown), lows)
    highs[0] = np.maximum(highs[0], code)
    lows[0] = np.where((lows[0] < 0) | ((code >= 0) & (code < lows[0])), code, lows[0])


def _note_day(
    rings: NDArray[np.int16],
    is_end: NDArray[np.bool_],
    parts_wh: NDArray[np.int64],
) -> None:
    """At the end of a day, note its energy and what counts from now on."""
    ends = np.flatnonzero(is_end)
    if not ends.size:
        return
    day_wh = parts_wh[:PARTS, ends]
    is_known = (day_wh >= 0).all(axis=0)
    days = rings[Ring.DAYS][:, ends]
    days = np.where(is_known, pushed(days, packed(day_wh.sum(axis=0))), days)
    rings[Ring.DAYS, ends] = days
    rings[Ring.MEDIAN, ends] = median_code(days, least=DAYS_MIN)
    told = np.maximum(rings[Ring.TOLD, ends] - TOLD_FADE, CODE_UNKNOWN).astype(np.int16)
    rings[Ring.TOLD, ends] = told
    high = _second(rings[Ring.HIGHS][:, ends], is_highest=True)
    rings[Ring.HIGH, ends] = np.where(high < 0, high, np.maximum(high, told))
    rings[Ring.LOW, ends] = _second(rings[Ring.LOWS][:, ends], is_highest=False)


def _second(blocks: NDArray[np.int16], *, is_highest: bool) -> NDArray[np.int16]:
    """Find the most extreme three days but for those around the one that is more so.

    What happened once is odd, what happened twice is usual.
    """
    blocks = blocks[BLOCKS_FRESH:].copy()
    first = ranked(blocks, 1, least=HIGHS_MIN, is_highest=is_highest)
    at = np.argmax(blocks == first, axis=0)
    near = np.abs(np.arange(blocks.shape[0])[:, np.newaxis] - at) <= 1
    blocks[near] = CODE_UNKNOWN
    second = ranked(blocks, 1, least=1, is_highest=is_highest)
    return np.where(first < 0, CODE_UNKNOWN, second).astype(np.int16)


def _follow_typical(
    rings: NDArray[np.int16],
    part_of_day: NDArray[np.int64],
    code: NDArray[np.int16],
    is_calm: NDArray[np.bool_],
) -> None:
    """Bring the typical part a little nearer to the one that ended."""
    lane = np.arange(code.size)
    known = rings[Ring.TYPICAL][part_of_day, lane].astype(np.int64)
    step = np.clip(code - known, -TYPICAL_STEP_MAX, TYPICAL_STEP_MAX)
    # Away from zero, or the last codes would never be gone.
    moved = known + np.sign(step) * (-(-np.abs(step) // TYPICAL_SHARE))
    follows = np.where(known < 0, code, moved)
    is_told = (code >= 0) & is_calm
    rings[Ring.TYPICAL.start + part_of_day, lane] = np.where(is_told, follows, known)
