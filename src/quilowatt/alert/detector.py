"""Shows readings to the detectors; finds abrupt increases of power against a meter's own history.

`detect` is a function of what it remembers and of a batch: the same readings give the same
signals, in one batch or in many. It reads registers, so a lost reading costs only detail. Each
reading is shown to the detectors of what stands still (`standstill`) and of what does not fit the
usage point (`connection`); at the edges of three-hour parts of the day, those of what lasts look
(`parts`). What happens now is found here: for each meter it sums the energy above a high bar (a
one-sided CUSUM: E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954) and opens an
episode when the sum reaches a limit, or when a quarter of an hour exceeds a lower bar. Readings
then tell when it grows and when it ends.

The k-th new reading of every meter in the batch is handled at once, as arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.connection import look_at_capacity, look_at_parts
from quilowatt.alert.episode import follow_episodes, open_episodes
from quilowatt.alert.facts import UNKNOWN, MeterFacts
from quilowatt.alert.night import note_window
from quilowatt.alert.parts import enter_parts
from quilowatt.alert.signals import Signals
from quilowatt.alert.standstill import fade, look_for_flat_lines, look_for_stuck_registers
from quilowatt.alert.state import (
    ENERGY_STEP_MAX_WH,
    PART_S,
    PARTS,
    TIME_STEP_MAX_S,
    WS_PER_WH,
    DetectorState,
    Field,
    Standing,
)
from quilowatt.alert.usual import (
    BAR_UNKNOWN_W,
    DAY_S,
    forget_part,
    learn,
    refresh,
    roll_day,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.signal import AlertSignal
    from quilowatt.alert.state import Lanes
    from quilowatt.core.batch import ReadingBatch

__all__ = ["detect"]

SLOT_S: Final = 20
"""One reading is looked at in each slot of this length: whole Wh say little about less. [s]"""

SLOT_BITS: Final = 36
FAST_S: Final = 60
SLOW_S: Final = 900
"""Windows whose mean power is remembered, at least this long. [s]"""

ROUNDS_AHEAD: Final = 8
"""Rounds whose readings are fetched together: those of a meter lie side by side in memory."""

FAST_MAX_S: Final = 300
"""A longer window says nothing about a minute. [s]"""


def detect(
    state: DetectorState, batch: ReadingBatch, facts: MeterFacts = UNKNOWN
) -> tuple[DetectorState, list[AlertSignal]]:
    """Look at new readings.

    Parameters
    ----------
    state : DetectorState
        What is remembered. It is used up: only the returned one may be used after this.
    batch : ReadingBatch
        Readings in the order of arrival. One that is not later than the latest of its meter is
        ignored; so is, of several within 20 s, all but the first.
    facts : MeterFacts
        What is known of the meters besides their readings.

    Returns
    -------
    DetectorState
        What is remembered now.
    list of AlertSignal
        In the order of the readings that caused them.
    """
    if not len(batch):
        return state, []
    state = state.grown(int(batch.meter.max()))
    rows = _new_rows(state, batch)
    signals = Signals()
    if rows.size:
        _detect(state, batch, rows, facts, signals)
    return state, signals.in_order()


def _new_rows(state: DetectorState, batch: ReadingBatch) -> NDArray[np.intp]:
    """Rows to look at, by meter and then by arrival: each the first of a later slot."""
    order = np.argsort(batch.meter, kind="stable")
    meter, slot = batch.meter[order].astype(np.int64), batch.time_s[order] // SLOT_S
    key = meter << SLOT_BITS | slot
    latest = np.maximum.accumulate(key)
    is_new = np.append(True, key[1:] > latest[:-1])
    is_new &= slot > state.fields[Field.TIME, meter] // SLOT_S
    rows: NDArray[np.intp] = order[is_new]
    return rows


def _detect(
    state: DetectorState,
    batch: ReadingBatch,
    rows: NDArray[np.intp],
    facts: MeterFacts,
    signals: Signals,
) -> None:
    """Bring the meters into lanes, those with most rows first, and go through them in rounds."""
    starts = np.flatnonzero(np.diff(batch.meter[rows], prepend=-1))
    counts = np.diff(starts, append=rows.size)
    most_first = np.argsort(-counts, kind="stable")
    starts, counts = starts[most_first], counts[most_first]
    lanes = state.lanes(batch.meter[rows[starts]], facts)
    # Lanes that still have a row in round k: as many as have more than k rows.
    widths = np.searchsorted(-counts, -np.arange(int(counts[0])), side="left")
    for k in range(0, widths.size, ROUNDS_AHEAD):
        ahead = _next_rows(rows, starts[: widths[k]], k)
        times_s, imports_wh = _by_round(batch.time_s, ahead), _by_round(batch.import_wh, ahead)
        for number, width in enumerate(widths[k : k + ROUNDS_AHEAD].tolist()):
            signals.rows = ahead[:width, number]
            reading = times_s[number, :width], imports_wh[number, :width]
            _look(lanes.first(width), reading, batch.export_wh, signals)
    state.put(lanes)


def _next_rows(rows: NDArray[np.intp], starts: NDArray[np.intp], k: int) -> NDArray[np.intp]:
    """Give the rows of the next rounds of each lane; those beyond its last are not looked at."""
    at = starts[:, np.newaxis] + np.arange(k, k + ROUNDS_AHEAD)
    ahead: NDArray[np.intp] = rows.take(at, mode="clip")
    return ahead


def _by_round(column: NDArray[np.int64], ahead: NDArray[np.intp]) -> NDArray[np.int64]:
    return np.ascontiguousarray(column[ahead].T)


def _look(
    lanes: Lanes,
    reading: tuple[NDArray[np.int64], NDArray[np.int64]],
    export_wh: NDArray[np.int64],
    signals: Signals,
) -> None:
    """Take in one reading of each lane; of the batch's exports those of the signals' rows."""
    time_s, import_wh = reading
    _begin_anew(lanes, time_s, import_wh)
    steps = enter_parts(lanes, time_s, import_wh, signals)
    crossed = np.flatnonzero(steps)
    if crossed.size:
        fed_wh = export_wh[signals.rows[crossed]]
        look_at_parts(lanes, crossed, fed_wh, steps[crossed], signals)
    look_for_stuck_registers(lanes, time_s, import_wh, signals)
    _enter_part(lanes, time_s)
    step_s = np.minimum(time_s - lanes.fields[Field.TIME], TIME_STEP_MAX_S)
    step_wh = np.minimum(import_wh - lanes.fields[Field.IMPORT], ENERGY_STEP_MAX_WH)
    step_ws = step_wh * WS_PER_WH
    _add_excess(lanes, step_ws - lanes.fields[Field.QUICK_BAR] * step_s)
    lanes.fields[Field.TIME] = time_s
    lanes.fields[Field.IMPORT] = import_wh

    is_open = lanes.fields[Field.IS_OPEN] > 0
    exceeds = lanes.fields[Field.QUICK] >= lanes.fields[Field.QUICK_LIMIT]
    exceeds |= _exceeds_for_long(lanes)
    exceeds &= ~is_open
    if exceeds.any():
        open_episodes(lanes, np.flatnonzero(exceeds), signals)
    fast_w = _end_windows(lanes, signals)
    if is_open.any():
        follow_episodes(lanes, np.flatnonzero(is_open), (step_s, step_ws, fast_w), signals)
    _settle(lanes)


def _begin_anew(lanes: Lanes, time_s: NDArray[np.int64], import_wh: NDArray[np.int64]) -> None:
    """Count from this reading on where there is none before it, or a higher register."""
    is_new = lanes.fields[Field.TIME] == 0
    is_fresh = is_new | (import_wh < lanes.fields[Field.IMPORT])
    if not is_fresh.any():
        return
    for time, register in (
        (Field.TIME, Field.IMPORT),
        (Field.FAST_TIME, Field.FAST_IMPORT),
        (Field.SLOW_TIME, Field.SLOW_IMPORT),
        (Field.ONSET_TIME, Field.ONSET_IMPORT),
    ):
        lanes.fields[time] = np.where(is_fresh, time_s, lanes.fields[time])
        lanes.fields[register] = np.where(is_fresh, import_wh, lanes.fields[register])
    lanes.fields[Field.DAY] = np.where(is_new, (time_s - 1) // DAY_S, lanes.fields[Field.DAY])
    lanes.fields[Field.PART] = np.where(is_new, -1, lanes.fields[Field.PART])
    lanes.standing[Standing.PART_WH] = np.where(is_fresh, -1, lanes.standing[Standing.PART_WH])
    lanes.standing[Standing.LOWEST_W] = np.where(is_new, -1, lanes.standing[Standing.LOWEST_W])
    lanes.standing[Standing.RUN_S] = np.where(is_fresh, 0, lanes.standing[Standing.RUN_S])


def _enter_part(lanes: Lanes, time_s: NDArray[np.int64]) -> None:
    """Turn the day and the part of the day where the reading lies in a later one."""
    # A reading ends its interval, so midnight belongs to the day before.
    day = (time_s - 1) // DAY_S
    is_later = day > lanes.fields[Field.DAY]
    if is_later.any():
        where = np.flatnonzero(is_later)
        roll_day(lanes, where, day[where])
        fade(lanes, where)
    part = (time_s - 1) // PART_S % PARTS
    is_stale = part != lanes.fields[Field.PART]
    if is_stale.any():
        where = np.flatnonzero(is_stale)
        refresh(lanes, where, part[where])


def _add_excess(lanes: Lanes, more_ws: NDArray[np.int64]) -> None:
    total_ws = lanes.fields[Field.QUICK]
    total_ws += more_ws
    np.maximum(total_ws, 0, out=total_ws)
    # Enough to be beyond any limit, little enough never to overflow.
    np.minimum(total_ws, ENERGY_STEP_MAX_WH * WS_PER_WH, out=total_ws)


def _exceeds_for_long(lanes: Lanes) -> NDArray[np.bool_]:
    """Say where the running window has the energy already that a quarter of an hour may have."""
    energy_wh = lanes.fields[Field.IMPORT] - lanes.fields[Field.SLOW_IMPORT]
    lasted_s = lanes.fields[Field.TIME] - lanes.fields[Field.SLOW_TIME]
    may_ws = lanes.fields[Field.LASTING_BAR] * np.clip(lasted_s, SLOW_S, TIME_STEP_MAX_S)
    exceeds: NDArray[np.bool_] = np.minimum(energy_wh, ENERGY_STEP_MAX_WH) * WS_PER_WH >= may_ws
    return exceeds


def _end_windows(lanes: Lanes, signals: Signals) -> NDArray[np.int64]:
    """End windows that are long enough; mean power of the fast one, -1 where none ends. [W]."""
    time_s = lanes.fields[Field.TIME]
    fast_w, _, fast_s = _end_window(lanes, Field.FAST_TIME, Field.FAST_IMPORT, FAST_S)
    slow_w, slow_wh, slow_s = _end_window(lanes, Field.SLOW_TIME, Field.SLOW_IMPORT, SLOW_S)
    minute_w = np.where(fast_s <= FAST_MAX_S, fast_w, -1)
    np.maximum(lanes.fields[Field.HELD_FAST], minute_w, out=lanes.fields[Field.HELD_FAST])
    np.maximum(lanes.fields[Field.HELD_SLOW], slow_w, out=lanes.fields[Field.HELD_SLOW])
    lanes.fields[Field.LATEST_SLOW] = np.where(slow_w >= 0, slow_w, lanes.fields[Field.LATEST_SLOW])
    if (slow_w >= 0).any():
        note_window(lanes, time_s, slow_w, slow_s)
        look_for_flat_lines(lanes, (slow_wh, slow_s), signals)
        look_at_capacity(lanes, (slow_w, slow_s), signals)
    return fast_w


def _end_window(
    lanes: Lanes, time: Field, register: Field, least_s: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """End a window where it is long enough: its mean power and energy, else −1, and its length."""
    lasted_s = lanes.fields[Field.TIME] - lanes.fields[time]
    is_over = lasted_s >= least_s
    energy_wh = np.minimum(lanes.fields[Field.IMPORT] - lanes.fields[register], ENERGY_STEP_MAX_WH)
    mean_w = np.minimum(energy_wh * WS_PER_WH // np.maximum(lasted_s, 1), BAR_UNKNOWN_W)
    lanes.fields[time] = np.where(is_over, lanes.fields[Field.TIME], lanes.fields[time])
    lanes.fields[register] = np.where(is_over, lanes.fields[Field.IMPORT], lanes.fields[register])
    return np.where(is_over, mean_w, -1), np.where(is_over, energy_wh, -1), lasted_s


def _settle(lanes: Lanes) -> None:
    """Where nothing is in excess, the onset moves on and what was held becomes usual."""
    is_calm = (lanes.fields[Field.QUICK] == 0) & (lanes.fields[Field.IS_OPEN] == 0)
    # A quarter of an hour above all others may be the first part of something.
    is_calm &= (lanes.fields[Field.LATEST_SLOW] <= lanes.fields[Field.USUAL]) | (
        lanes.fields[Field.LASTING_BAR] == BAR_UNKNOWN_W
    )
    lanes.fields[Field.ONSET_TIME] = np.where(
        is_calm, lanes.fields[Field.TIME], lanes.fields[Field.ONSET_TIME]
    )
    lanes.fields[Field.ONSET_IMPORT] = np.where(
        is_calm, lanes.fields[Field.IMPORT], lanes.fields[Field.ONSET_IMPORT]
    )
    fast_w, slow_w = lanes.fields[Field.HELD_FAST], lanes.fields[Field.HELD_SLOW]
    is_higher = (fast_w > lanes.fields[Field.SEEN_FAST]) | (slow_w > lanes.fields[Field.SEEN_SLOW])
    is_higher &= is_calm
    if is_higher.any():
        _learn(lanes, np.flatnonzero(is_higher))
    fast_w[is_calm] = 0
    slow_w[is_calm] = 0


def _learn(lanes: Lanes, where: NDArray[np.intp]) -> None:
    """Note higher windows; compute the bars again only where they depend on them."""
    fast_w, slow_w, seen_fast_w, seen_slow_w, usual_w, usual_fast_w, days = lanes.fields[
        [
            Field.HELD_FAST,
            Field.HELD_SLOW,
            Field.SEEN_FAST,
            Field.SEEN_SLOW,
            Field.USUAL,
            Field.USUAL_FAST,
            Field.DAYS,
        ]
    ][:, where]
    learn(lanes, where, (fast_w, slow_w), is_usual=True)
    lanes.fields[Field.SEEN_FAST, where] = np.maximum(fast_w, seen_fast_w)
    lanes.fields[Field.SEEN_SLOW, where] = np.maximum(slow_w, seen_slow_w)
    is_unusual = (fast_w > usual_fast_w) | (slow_w > usual_w) | (days == 0)
    forget_part(lanes, where[is_unusual])
