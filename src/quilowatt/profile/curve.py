"""From registers to energy: a curve that only rises, read at any instant.

A register may wrap, slip or restart; the curve "energy since the first reading" may not. It is
built once from all readings and then evaluated at the edges of intervals in exact integers. So
intervals telescope: at every resolution their sum is the difference of the curve at the ends,
and energy over a gap is conserved to the watt-hour.

Arrays here may hold many meters at once, sorted by meter and time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.limits import METERS_MAX
from quilowatt.profile.issues import IssueKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Curve", "Dials", "Finding", "rising_curve"]

TIME_BITS: Final = 40
"""Instants are below 2**40 s, so meter and time make one sortable int64."""

ENERGY_WH_MAX: Final = 2**62
"""A curve stops here, at 500 years of the world's consumption: only noise gets so far. [Wh]"""

PRODUCT_EXACT_MAX: Final = 3_037_000_499
"""The square root of 2**63: factors up to this multiply in int64."""

DIGITS_MAX: Final = 15
"""10**15 is the last power below 2**53; a longer dial never wraps. [digits]"""

assert METERS_MAX << TIME_BITS < 2**63


@dataclass(frozen=True, slots=True)
class Dials:
    """How many digits the registers of some meters have.

    Parameters
    ----------
    meters : ndarray of int32, shape (n,)
        Dense meter numbers, rising.
    digits : ndarray of int64, shape (n,)
        The register wraps at 10**digits Wh; 0 = never. [digits]
    """

    meters: NDArray[np.int32]
    digits: NDArray[np.int64]

    def wrap_wh(self, meter: NDArray[np.int32]) -> NDArray[np.int64]:
        """Value at which each meter's register wraps, 0 where it doesn't [Wh]."""
        digits = self.digits[np.searchsorted(self.meters, meter)]
        wraps = (digits > 0) & (digits <= DIGITS_MAX)
        return np.where(wraps, 10 ** np.where(wraps, digits, 0), 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One odd step of a register: the row that shows it and what it was taken for."""

    row: int
    kind: IssueKind


@dataclass(frozen=True, slots=True)
class Curve:
    """Energy since an arbitrary origin per meter; only differences within a meter mean anything.

    Parameters
    ----------
    meter : ndarray of int32, shape (n,)
        Dense meter number.
    time_s : ndarray of int64, shape (n,)
        Instants at which the curve is known. [s since 1970-01-01 UTC]
    energy_wh : ndarray of int64, shape (n,)
        The curve. [Wh]
    rows : ndarray of int64, shape (n,), or None
        Which readings it stands on, None for all of them.
    findings : tuple of Finding
        Odd steps, by row of the readings.
    """

    meter: NDArray[np.int32]
    time_s: NDArray[np.int64]
    energy_wh: NDArray[np.int64]
    rows: NDArray[np.int64] | None
    findings: tuple[Finding, ...]

    def energy_at(self, meters: NDArray[np.int32], edges_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """Energy since each meter's first reading; level before the first and after the last.

        Parameters
        ----------
        meters : ndarray of int32, shape (n,)
            Which meters; one without readings gets zeros.
        edges_s : ndarray of int64, shape (k,)
            When. [s since 1970-01-01 UTC]

        Returns
        -------
        ndarray of int64, shape (n, k)
            Interpolated linearly and rounded down. [Wh]
        """
        result = np.zeros((meters.size, edges_s.size), np.int64)
        first = np.searchsorted(self.meter, meters, side="left")
        last = np.searchsorted(self.meter, meters, side="right") - 1
        known = np.flatnonzero(last >= first)
        if known.size and edges_s.size:
            result[known] = self._energy_at(
                meters[known], edges_s, first[known, None], last[known, None]
            )
        return result

    def _energy_at(
        self,
        meters: NDArray[np.int32],
        edges_s: NDArray[np.int64],
        first: NDArray[np.intp],
        last: NDArray[np.intp],
    ) -> NDArray[np.int64]:
        wanted = _keys(meters[:, None], edges_s[None, :])
        found = np.searchsorted(_keys(self.meter, self.time_s), wanted, side="right") - 1
        before = np.clip(found, first, last)
        after = np.minimum(before + 1, last)
        since_s = np.maximum(edges_s - self.time_s[before], 0)
        span_s = np.maximum(self.time_s[after] - self.time_s[before], 1)
        step_wh = self.energy_wh[after] - self.energy_wh[before]
        grown_wh: NDArray[np.int64] = self.energy_wh[before] - self.energy_wh[first]
        grown_wh += _share(step_wh, np.minimum(since_s, span_s), span_s)
        return grown_wh


def rising_curve(
    meter: NDArray[np.int32],
    time_s: NDArray[np.int64],
    register_wh: NDArray[np.int64],
    dials: Dials,
) -> Curve:
    """Make the register of each meter a curve that never falls.

    Parameters
    ----------
    meter : ndarray of int32, shape (n,)
        Dense meter number; rows are sorted by it and by time.
    time_s : ndarray of int64, shape (n,)
        Instants, each once per meter. [s since 1970-01-01 UTC]
    register_wh : ndarray of int64, shape (n,)
        What the register showed. [Wh]
    dials : Dials
        Digits of at least these meters' registers.

    Returns
    -------
    Curve
        With a finding for every step that was not a plain rise.
    """
    if not _drops(meter, register_wh).size:
        return Curve(meter, time_s, register_wh, None, ())
    glitches = _glitches(meter, register_wh)
    rows = np.delete(np.arange(meter.size), glitches)
    meter, time_s, register_wh = meter[rows], time_s[rows], register_wh[rows]

    step_wh = np.zeros_like(register_wh)
    step_wh[1:] = np.where(meter[1:] == meter[:-1], np.diff(register_wh), 0)
    drops = np.flatnonzero(step_wh < 0)
    turned_wh = _across_the_wrap(register_wh, drops, dials.wrap_wh(meter[drops]))
    step_wh[drops] = turned_wh

    findings = [Finding(int(row), IssueKind.GLITCH) for row in glitches]
    findings += [
        Finding(row, IssueKind.ROLLOVER if turned else IssueKind.REGISTER_DROP)
        for row, turned in zip(rows[drops].tolist(), turned_wh.tolist(), strict=True)
    ]
    return Curve(meter, time_s, _running_total(meter, step_wh), rows, tuple(findings))


def _drops(meter: NDArray[np.int32], register_wh: NDArray[np.int64]) -> NDArray[np.intp]:
    """Rows whose register is below the row before it, of the same meter."""
    falls = np.flatnonzero(register_wh[1:] < register_wh[:-1])
    drops: NDArray[np.intp] = falls[meter[falls] == meter[falls + 1]] + 1
    return drops


def _glitches(meter: NDArray[np.int32], register_wh: NDArray[np.int64]) -> NDArray[np.intp]:
    """Rows that stand alone below or above two neighbours which agree with each other."""
    drops = _drops(meter, register_wh)
    dips = _between_rising_neighbours(meter, register_wh, drops)
    peaks = _between_rising_neighbours(meter, register_wh, drops - 1)
    odd = np.union1d(dips, peaks)
    # Of two in a row only the first is left out: without it the second is a plain reading.
    return odd[np.diff(odd, prepend=-2) > 1]


def _between_rising_neighbours(
    meter: NDArray[np.int32], register_wh: NDArray[np.int64], rows: NDArray[np.intp]
) -> NDArray[np.intp]:
    rows = rows[(rows > 0) & (rows < meter.size - 1)]
    rows = rows[(meter[rows - 1] == meter[rows]) & (meter[rows] == meter[rows + 1])]
    agree: NDArray[np.bool_] = register_wh[rows + 1] >= register_wh[rows - 1]
    return rows[agree]


def _across_the_wrap(
    register_wh: NDArray[np.int64], drops: NDArray[np.intp], wrap_wh: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Energy of each step if the dial went round; 0 where that is not what happened."""
    before_wh, after_wh = register_wh[drops - 1], register_wh[drops]
    # More than half a turn back is nearer to a turn forward; less is a slip of the register.
    turned = (before_wh < wrap_wh) & (before_wh - after_wh > wrap_wh // 2)
    return np.where(turned, after_wh - before_wh + wrap_wh, 0)


def _running_total(meter: NDArray[np.int32], step_wh: NDArray[np.int64]) -> NDArray[np.int64]:
    if int(step_wh.max(initial=0)) * step_wh.size <= ENERGY_WH_MAX:
        return np.cumsum(step_wh)
    totals = np.empty_like(step_wh)
    starts = np.flatnonzero(np.diff(meter, prepend=-1))
    for rows in np.split(np.arange(meter.size), starts[1:]):
        steps = step_wh[rows].tolist()
        totals[rows] = list(accumulate(steps, lambda total, step: min(total + step, ENERGY_WH_MAX)))
    return totals


def _keys(meter: NDArray[np.int32], time_s: NDArray[np.int64]) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = (meter.astype(np.int64) << TIME_BITS) | time_s
    return keys


def _share(
    step_wh: NDArray[np.int64], part_s: NDArray[np.int64], whole_s: NDArray[np.int64]
) -> NDArray[np.int64]:
    """``step · part // whole`` exactly, although the product may not fit 64 bits."""
    turns, rest = np.divmod(step_wh, whole_s)
    share_wh: NDArray[np.int64] = turns * part_s
    if whole_s.max(initial=0) <= PRODUCT_EXACT_MAX:
        share_wh += rest * part_s // whole_s
    else:
        wide = rest.astype(object) * part_s.astype(object) // whole_s.astype(object)
        share_wh += wide.astype(np.int64)
    return share_wh
