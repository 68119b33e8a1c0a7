"""Which readings of one register to believe, and what each odd step means.

The explanation that costs least is taken: leaving a reading out costs a little, a dial that goes
round costs less, a register that breaks off and goes on elsewhere costs much. Only the
surroundings of odd steps are looked at, so a decision depends on nothing further away.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.profile.issues import IssueKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Finding", "Recognised", "Rule", "is_beyond", "recognise"]

HOUR_S: Final = 3600

DROPPED_MAX: Final = 8
"""Readings in a row that may be left out: "a few", two hours of a usual meter."""

TRAILING_MAX: Final = 1
"""Of the last readings one may be left out; two that agree begin something new."""

DROP_COST: Final = 2
ROLLOVER_COST: Final = 1
"""Less than leaving out one reading: a dial that is known to wrap does."""

INFERRED_COST: Final = 5
"""More than leaving out two, less than three: a zero or two are no rollover."""

BREAK_COST: Final = 9
"""More than leaving out four: a register that is back on track after them never broke off."""

SLACK_S: Final = 60
"""Clocks of readings may be off by as much before a power is too high. [s]"""

RESET_DIVISOR: Final = 2
"""A register that fell by less than half was put back, not begun anew."""

JUMPS_BELIEVED_MAX: Final = 3
"""More jumps than this that nothing takes back show that the limit is wrong."""

BELIEVED_FACTOR: Final = 4
"""A jump up to this many times the limit, not taken back, is energy: limits are set by people."""

INFERRED_DIGITS: Final = range(5, 13)
"""Dials from 100 kWh to 1 TWh; a smaller one would wrap within days. [digits]"""

USUAL_FACTOR: Final = 4
"""A step up to this many times the meter's 90th percentile is usual."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of a register: its dial and its connection.

    Parameters
    ----------
    wrap_wh : int
        It wraps at this value, 0 = not known to. [Wh]
    power_max_w : int
        More can't flow, 0 = unknown. [W]
    """

    wrap_wh: int
    power_max_w: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One decision about a register.

    Parameters
    ----------
    row, before : int
        The reading that shows it, and the one to compare it with.
    since, until : int
        Readings between which something was in doubt.
    kind : IssueKind
        What it was taken for.
    """

    row: int
    before: int
    since: int
    until: int
    kind: IssueKind


@dataclass(frozen=True, slots=True)
class Recognised:
    """The readings to believe, and the energy of the step to each of them.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Rising indices of readings.
    step_wh : ndarray of int64, shape (n,)
        Energy since the one before; 0 for the first. [Wh]
    findings : tuple of Finding
        Everything that was not a plain rise.
    """

    rows: NDArray[np.int64]
    step_wh: NDArray[np.int64]
    findings: tuple[Finding, ...]


def is_beyond(
    step_wh: NDArray[np.int64], span_s: NDArray[np.int64], power_max_w: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say which steps are more energy than the connection can carry.

    Parameters
    ----------
    step_wh, span_s : ndarray of int64, shape (n,)
        Energy and length of each step. [Wh], [s]
    power_max_w : ndarray of int64, shape (n,)
        Limit, 0 = none. [W]
    """
    # In floats, because Wh · 3600 may not fit; a limit is no exact thing.
    could_wh = power_max_w * ((span_s + SLACK_S) / HOUR_S)
    beyond: NDArray[np.bool_] = (step_wh > could_wh) & (power_max_w > 0)
    return beyond


def recognise(time_s: NDArray[np.int64], register_wh: NDArray[np.int64], rule: Rule) -> Recognised:
    """Decide which readings of one register count, and what the odd steps are.

    Parameters
    ----------
    time_s : ndarray of int64, shape (n,)
        Rising instants. [s since 1970-01-01 UTC]
    register_wh : ndarray of int64, shape (n,)
        What the register showed. [Wh]
    rule : Rule
        Its dial and connection.
    """
    step_wh, span_s = np.diff(register_wh), np.diff(time_s)
    limits_w = np.full(step_wh.size, rule.power_max_w, np.int64)
    beyond = is_beyond(step_wh, span_s, limits_w)
    falls = step_wh < 0
    findings: list[Finding] = []
    if np.count_nonzero(beyond) > np.count_nonzero(falls) + JUMPS_BELIEVED_MAX:
        odd = np.flatnonzero(beyond)
        first, last = int(odd[0]), int(odd[-1]) + 1
        findings.append(Finding(last, first, first, last, IssueKind.LIMIT_EXCEEDED))
        rule = Rule(rule.wrap_wh, 0)
        beyond[:] = False
    odd = np.flatnonzero(falls | beyond) + 1
    explained = _Explanation(time_s, register_wh, rule, _usual_w(step_wh, span_s))
    kept = np.ones(time_s.size, np.bool_)
    special: dict[int, _Step] = {}
    for low, high in _windows(odd, time_s.size):
        chain = explained.cheapest(low, high)
        kept[low : high + 1] = False
        kept[chain] = True
        for before, row in pairwise(chain):
            step = explained.step(before, row)
            if step.kind is not None:
                special[row] = step
    rows = np.flatnonzero(kept)
    steps_wh = np.diff(register_wh[rows], prepend=register_wh[rows[:1]])
    for row, step in special.items():
        steps_wh[np.searchsorted(rows, row)] = step.energy_wh
    findings += _left_out(register_wh, kept, beyond)
    findings += [
        Finding(row, step.before, step.before, row, step.kind)
        for row, step in special.items()
        if step.kind is not None
    ]
    return Recognised(rows, steps_wh, tuple(findings))


@dataclass(frozen=True, slots=True)
class _Step:
    """A step between two readings that count: what it is, its energy [Wh], what it costs."""

    before: int
    kind: IssueKind | None
    energy_wh: int
    cost: int


class _Explanation:
    """The cheapest way to understand the readings around odd steps."""

    def __init__(
        self,
        time_s: NDArray[np.int64],
        register_wh: NDArray[np.int64],
        rule: Rule,
        usual_w: float,
    ) -> None:
        self._time_s, self._register_wh, self._rule = time_s, register_wh, rule
        self._usual_w = usual_w

    def cheapest(self, low: int, high: int) -> list[int]:
        """Return the readings of [low, high] that count; its ends do, the very last one may not."""
        cost = {low: 0}
        came_from: dict[int, int] = {}
        for row in range(low + 1, high + 1):
            earliest = max(row - 1 - DROPPED_MAX, low)
            prices = {
                before: cost[before] + (row - before - 1) * DROP_COST + self.step(before, row).cost
                for before in range(row - 1, earliest - 1, -1)
            }
            came_from[row] = min(prices, key=prices.__getitem__)
            cost[row] = prices[came_from[row]]
        return _chain(came_from, self._last(cost, low, high))

    def _last(self, cost: dict[int, int], low: int, high: int) -> int:
        if high < self._time_s.size - 1:
            return high
        earliest = max(high - TRAILING_MAX, low)
        return min(
            range(high, earliest - 1, -1), key=lambda row: cost[row] + (high - row) * DROP_COST
        )

    def step(self, before: int, row: int) -> _Step:
        """Say what it means that one reading follows another."""
        before_wh, after_wh = int(self._register_wh[before]), int(self._register_wh[row])
        grown_wh, wrap_wh = after_wh - before_wh, self._rule.wrap_wh
        is_on_dial = max(before_wh, after_wh) < wrap_wh
        could_wh = self._could_wh(before, row, self._rule.power_max_w)
        if grown_wh >= 0:
            if could_wh is not None and grown_wh > could_wh:
                if grown_wh <= could_wh * BELIEVED_FACTOR:
                    return _Step(before, IssueKind.LIMIT_EXCEEDED, grown_wh, BREAK_COST)
                return _Step(before, IssueKind.REGISTER_JUMP, 0, BREAK_COST)
            is_half_a_turn = is_on_dial and grown_wh > wrap_wh // 2
            return _Step(before, None, grown_wh, BREAK_COST if is_half_a_turn else 0)
        # More than half a turn back is nearer to a turn forward; less is a slip of the register.
        if is_on_dial and -grown_wh > wrap_wh // 2:
            turned_wh = grown_wh + wrap_wh
            if could_wh is None or turned_wh <= could_wh:
                return _Step(before, IssueKind.ROLLOVER, turned_wh, ROLLOVER_COST)
        return self._fall(before, row, could_wh)

    def _fall(self, before: int, row: int, could_wh: float | None) -> _Step:
        before_wh, after_wh = int(self._register_wh[before]), int(self._register_wh[row])
        turned_wh = self._turned_wh(before, row)
        if turned_wh is not None:
            return _Step(before, IssueKind.ROLLOVER_INFERRED, turned_wh, INFERRED_COST)
        began_anew = could_wh is not None and after_wh <= min(could_wh, before_wh // RESET_DIVISOR)
        if began_anew:
            return _Step(before, IssueKind.RESET, after_wh, BREAK_COST)
        return _Step(before, IssueKind.REGISTER_DROP, 0, BREAK_COST)

    def _turned_wh(self, before: int, row: int) -> int | None:
        """Energy if a dial of unknown digits went round: usual for this meter, or None. [Wh]."""
        before_wh, after_wh = int(self._register_wh[before]), int(self._register_wh[row])
        usual_wh = self._could_wh(before, row, self._usual_w)
        if self._rule.wrap_wh or usual_wh is None:
            return None
        wraps_wh = (10**digits for digits in INFERRED_DIGITS)
        wrap_wh = next((wrap_wh for wrap_wh in wraps_wh if wrap_wh > before_wh), 0)
        turned_wh = after_wh - before_wh + wrap_wh
        return turned_wh if wrap_wh and 0 <= turned_wh <= usual_wh else None

    def _could_wh(self, before: int, row: int, power_w: float) -> float | None:
        """Energy that a power brings in the time of a step, None without a power. [Wh]."""
        if not power_w:
            return None
        span_s = int(self._time_s[row] - self._time_s[before])
        return power_w * (span_s + SLACK_S) / HOUR_S


def _chain(came_from: dict[int, int], last: int) -> list[int]:
    chain = [last]
    while chain[-1] in came_from:
        chain.append(came_from[chain[-1]])
    return chain[::-1]


def _windows(odd: NDArray[np.intp], count: int) -> list[tuple[int, int]]:
    """Merge the surroundings of odd steps: first and last reading of each."""
    windows: list[tuple[int, int]] = []
    for row in odd.tolist():
        low, high = max(row - 2 - DROPPED_MAX, 0), min(row + 1 + DROPPED_MAX, count - 1)
        if windows and low <= windows[-1][1]:
            windows[-1] = (windows[-1][0], high)
        else:
            windows.append((low, high))
    return windows


def _usual_w(step_wh: NDArray[np.int64], span_s: NDArray[np.int64]) -> float:
    """Power up to which a step is nothing unusual for this meter; 0 without any. [W]."""
    rises = step_wh >= 0
    if not rises.any():
        return 0.0
    power_w = np.sort(step_wh[rises] * (HOUR_S / span_s[rises]))
    return float(power_w[int(0.9 * (power_w.size - 1))]) * USUAL_FACTOR


def _left_out(
    register_wh: NDArray[np.int64],
    kept: NDArray[np.bool_],
    beyond: NDArray[np.bool_],
) -> list[Finding]:
    """One finding for each run of readings that were left out."""
    dropped = np.flatnonzero(~kept)
    runs = np.split(dropped, np.flatnonzero(np.diff(dropped) > 1) + 1) if dropped.size else []
    findings = []
    for run in runs:
        first, last = int(run[0]), int(run[-1])
        since, until = max(first - 1, 0), min(last + 1, kept.size - 1)
        is_high = bool(beyond[max(first - 1, 0) : first].any()) or bool(beyond[first:last].any())
        is_spike = is_high and register_wh[first] > register_wh[since]
        kind = IssueKind.SPIKE if is_spike else IssueKind.GLITCH
        findings.append(Finding(first, since, since, until, kind))
    return findings
