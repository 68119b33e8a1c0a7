"""One meter's readings put right: first their times, then their register.

The outcome names every reading that counts and the energy of the step to it; nothing here knows
of intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quilowatt.profile.clock import clock_steps
from quilowatt.profile.recognise import recognise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.profile.clock import ClockStep
    from quilowatt.profile.recognise import Finding, Rule

__all__ = ["Treatment", "treat"]


@dataclass(frozen=True, slots=True)
class Treatment:
    """The readings of one meter that count.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Which readings, in the order of their true times.
    time_s : ndarray of int64, shape (n,)
        Rising true times. [s since 1970-01-01 UTC]
    step_wh : ndarray of int64, shape (n,)
        Energy since the one before. [Wh]
    findings : tuple of Finding
        Decisions about the register; their rows are places in `order`.
    order : ndarray of int64, shape (m,)
        All readings by their true times.
    clock_steps : tuple of ClockStep
        Decisions about times.
    """

    rows: NDArray[np.int64]
    time_s: NDArray[np.int64]
    step_wh: NDArray[np.int64]
    findings: tuple[Finding, ...]
    order: NDArray[np.int64]
    clock_steps: tuple[ClockStep, ...]


def treat(time_s: NDArray[np.int64], register_wh: NDArray[np.int64], rule: Rule) -> Treatment:
    """Put the readings of one meter right.

    Parameters
    ----------
    time_s : ndarray of int64, shape (n,)
        Rising instants. [s since 1970-01-01 UTC]
    register_wh : ndarray of int64, shape (n,)
        What the register showed. [Wh]
    rule : Rule
        Its dial and connection.
    """
    steps = tuple(clock_steps(time_s, register_wh))
    true_s = _true_times(time_s, steps)
    order = np.argsort(true_s, kind="stable")
    if steps:
        order = order[np.append(True, np.diff(true_s[order]) > 0)]
    found = recognise(true_s[order], register_wh[order], rule)
    rows = order[found.rows]
    return Treatment(rows, true_s[rows], found.step_wh, found.findings, order, steps)


def _true_times(time_s: NDArray[np.int64], steps: tuple[ClockStep, ...]) -> NDArray[np.int64]:
    if not steps:
        return time_s
    true_s = time_s.copy()
    for step in steps:
        true_s[step.rows] -= step.shift_s
    return true_s
