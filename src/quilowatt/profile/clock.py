"""Readings stamped by a clock that was off for a while, moved back to their true time.

A meter reads at a steady pace. Where its clock is set, the pace breaks once; where it is set
right again, it breaks the other way by as much. Between the two every stamp is off by the same,
and only one shift puts the run back into the gap that it left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["ClockStep", "clock_steps", "uneven_rows"]

RUN_MIN: Final = 4
"""Readings with the wrong time, at least: fewer show no pace."""

SHIFT_MAX_S: Final = 12 * 3600
"""A clock that is off by more names another day. [s]"""

ON_PACE_MIN: Final = 0.5
"""Share of a meter's readings that must keep its pace; else it has none."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """Readings whose time was off.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Which ones.
    shift_s : int
        Their stamps less their true times; positive = the clock was fast. [s]
    """

    rows: NDArray[np.int64]
    shift_s: int


def uneven_rows(time_s: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which readings come too early between two that keep an even pace.

    Parameters
    ----------
    time_s : ndarray of int64, shape (n,)
        Instants of many meters, rising within each. [s since 1970-01-01 UTC]

    Returns
    -------
    ndarray of bool, shape (n,)
        Cheap to find, and there wherever a clock was set back.
    """
    uneven = np.zeros(time_s.size, np.bool_)
    span_s = np.diff(time_s)
    uneven[2:-1] = (span_s[1:-1] < span_s[:-2]) & (span_s[:-2] == span_s[2:]) & (span_s[1:-1] > 0)
    return uneven


def clock_steps(time_s: NDArray[np.int64], register_wh: NDArray[np.int64]) -> list[ClockStep]:
    """Find the runs of readings that a wrong clock stamped.

    Parameters
    ----------
    time_s : ndarray of int64, shape (n,)
        Rising instants of one meter. [s since 1970-01-01 UTC]
    register_wh : ndarray of int64, shape (n,)
        What its register showed. [Wh]
    """
    if time_s.size < 3 * RUN_MIN:
        return []
    spans_s, counts = np.unique(np.diff(time_s), return_counts=True)
    pace_s = int(spans_s[np.argmax(counts)])
    phases, inverse, counts = np.unique(time_s % pace_s, return_inverse=True, return_counts=True)
    usual = int(np.argmax(counts))
    is_on_pace = inverse == usual
    if counts[usual] < ON_PACE_MIN * time_s.size or phases.size == 1:
        return []
    found = []
    on_pace = np.flatnonzero(is_on_pace)
    for other in np.flatnonzero((counts >= RUN_MIN) & (phases != phases[usual])).tolist():
        for run in _runs(np.flatnonzero(inverse == other), time_s, pace_s):
            off_s = int(phases[other] - phases[usual])
            for shift_s in _shifts(off_s, pace_s):
                if _fits(time_s, register_wh, on_pace, run, shift_s, pace_s):
                    found.append(ClockStep(run, shift_s))
                    break
    return found


def _runs(
    rows: NDArray[np.int64], time_s: NDArray[np.int64], pace_s: int
) -> Iterator[NDArray[np.int64]]:
    """Yield runs of readings that keep a pace of their own for long enough."""
    breaks = np.flatnonzero(np.diff(time_s[rows]) > 2 * pace_s) + 1
    for run in np.split(rows, breaks):
        if run.size >= RUN_MIN:
            yield run


def _shifts(off_s: int, pace_s: int) -> list[int]:
    """Shifts that explain a change of phase, the smallest first [s]."""
    count = SHIFT_MAX_S // pace_s + 1
    shifts_s = [off_s + pace_s * turn for turn in range(-count, count + 1)]
    return sorted((shift_s for shift_s in shifts_s if abs(shift_s) <= SHIFT_MAX_S), key=abs)


def _fits(
    time_s: NDArray[np.int64],
    register_wh: NDArray[np.int64],
    on_pace: NDArray[np.int64],
    run: NDArray[np.int64],
    shift_s: int,
    pace_s: int,
) -> bool:
    """Say if the run, moved, fills a gap of the others exactly, and its register agrees."""
    first_s, last_s = time_s[run[0]] - shift_s, time_s[run[-1]] - shift_s
    on_pace_s = time_s[on_pace]
    after = int(np.searchsorted(on_pace_s, first_s))
    if not 0 < after < on_pace.size:
        return False
    before_s, after_s = on_pace_s[after - 1], on_pace_s[after]
    is_snug = before_s == first_s - pace_s and after_s == last_s + pace_s
    rises = (
        register_wh[on_pace[after - 1]]
        <= register_wh[run[0]]
        <= register_wh[run[-1]]
        <= register_wh[on_pace[after]]
    )
    return bool(is_snug and rises)
