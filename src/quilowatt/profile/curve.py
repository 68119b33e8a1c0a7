"""From registers to energy: a curve that only rises, read at any instant.

A register may wrap, slip or restart; the curve "energy since the first reading" may not. It is
built once from all readings and then evaluated at the edges of intervals in exact integers. So
intervals telescope: at every resolution their sum is the difference of the curve at the ends,
and energy over a gap is conserved to the watt-hour.

Arrays here may hold many meters at once, sorted by meter and time. A glance over all of them finds
the odd ones; only those are treated one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.limits import METERS_MAX
from quilowatt.profile.clock import uneven_rows
from quilowatt.profile.recognise import Rule, is_beyond
from quilowatt.profile.treatment import Treatment, treat
from quilowatt.profile.typical import HOLE_MIN_S, hole_knots

if TYPE_CHECKING:
    from datetime import tzinfo

    from numpy.typing import NDArray

__all__ = ["Curve", "Dials", "Registers", "Treated", "odd_meters", "rising_curve"]

TIME_BITS: Final = 40
"""Instants are below 2**40 s, so meter and time make one sortable int64."""

ENERGY_WH_MAX: Final = 2**62
"""A curve stops here, at 500 years of the world's consumption: only noise gets so far. [Wh]"""

PRODUCT_EXACT_MAX: Final = 3_037_000_499
"""The square root of 2**63: factors up to this multiply in int64."""

DIGITS_MAX: Final = 15
"""10**15 is the last power below 2**53; a longer dial never wraps. [digits]"""

LEARN_MIN_S: Final = 86_400
"""A meter without a day of readings in all shows nothing typical. [s]"""

assert METERS_MAX << TIME_BITS < 2**63


@dataclass(frozen=True, slots=True)
class Registers:
    """What registers showed, sorted by meter and time.

    Parameters
    ----------
    meter : ndarray of int32, shape (n,)
        Dense meter number.
    time_s : ndarray of int64, shape (n,)
        Instants, each once per meter. [s since 1970-01-01 UTC]
    register_wh : ndarray of int64, shape (n,)
        What the register showed. [Wh]
    """

    meter: NDArray[np.int32]
    time_s: NDArray[np.int64]
    register_wh: NDArray[np.int64]

    def slice(self, start: int, end: int) -> Registers:
        """Rows [start, end), as views."""
        rows = slice(start, end)
        return Registers(self.meter[rows], self.time_s[rows], self.register_wh[rows])


@dataclass(frozen=True, slots=True)
class Dials:
    """How many digits the registers of some meters have, and what their connections carry.

    Parameters
    ----------
    meters : ndarray of int32, shape (n,)
        Dense meter numbers, rising.
    digits : ndarray of int64, shape (n,)
        The register wraps at 10**digits Wh; 0 = never. [digits]
    power_max_w : ndarray of int64, shape (n,)
        More can't flow; 0 = unknown. [W]
    zone : tzinfo or None
        Of hours and weekends; None is UTC.
    """

    meters: NDArray[np.int32]
    digits: NDArray[np.int64]
    power_max_w: NDArray[np.int64]
    zone: tzinfo | None

    @property
    def is_limited(self) -> bool:
        """True where the limit of any connection is known."""
        return bool(self.power_max_w.any())

    def limit_w(self, meter: NDArray[np.int32]) -> NDArray[np.int64]:
        """Limit of each meter's connection [W]."""
        if (self.power_max_w == self.power_max_w[0]).all():
            return self.power_max_w[:1]
        return self.power_max_w[np.searchsorted(self.meters, meter)]

    def rule(self, meter: np.int32) -> Rule:
        """Tell what is known of one meter's register."""
        row = int(np.searchsorted(self.meters, meter))
        digits = int(self.digits[row])
        wrap_wh = 10**digits if 0 < digits <= DIGITS_MAX else 0
        return Rule(wrap_wh, int(self.power_max_w[row]))


@dataclass(frozen=True, slots=True)
class Treated:
    """What was decided about one meter.

    Parameters
    ----------
    offset : int
        Its first row among the readings of all.
    treatment : Treatment
        Rows, times, steps and findings.
    holes : ndarray of int64, or None
        After which of its readings a hole got a typical shape.
    """

    offset: int
    treatment: Treatment
    holes: NDArray[np.int64] | None


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
    treated : tuple of Treated
        The meters of which not every step was a plain rise.
    """

    meter: NDArray[np.int32]
    time_s: NDArray[np.int64]
    energy_wh: NDArray[np.int64]
    treated: tuple[Treated, ...] = ()

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
    readings: Registers, dials: Dials, edges_s: NDArray[np.int64] | None = None
) -> Curve:
    """Make the register of each meter a curve that never falls.

    Parameters
    ----------
    readings : Registers
        Sorted by meter and time, each instant once per meter.
    dials : Dials
        Digits and connections of at least these meters.
    edges_s : ndarray of int64, shape (k,), optional
        Where the curve will be asked; holes that hold none of them need no shape.
        [s since 1970-01-01 UTC]

    Returns
    -------
    Curve
        With a finding for every step that was not a plain rise.
    """
    meter, time_s, register_wh = readings.meter, readings.time_s, readings.register_wh
    holes = _holes(readings, edges_s)
    odd = _odd_meters(readings, dials, holes)
    if not odd.size:
        return Curve(meter, time_s, register_wh)
    first = np.searchsorted(meter, odd, side="left")
    last = np.searchsorted(meter, odd, side="right")
    pieces, start = [], 0
    for low, high in zip(first.tolist(), last.tolist(), strict=True):
        pieces.append(_plain(readings, start, low))
        pieces.append(_treated(readings.slice(low, high), low, dials, edges_s))
        start = high
    pieces.append(_plain(readings, start, meter.size))
    return _joined(pieces)


def odd_meters(readings: Registers, dials: Dials, edges_s: NDArray[np.int64]) -> NDArray[np.int32]:
    """Name the meters whose energies depend on more than the readings beside the edges.

    Parameters
    ----------
    readings : Registers
        Sorted by meter and time, each instant once per meter.
    dials : Dials
        Connections of at least these meters; their digits don't matter.
    edges_s : ndarray of int64, shape (k,)
        Between which energies are wanted. [s since 1970-01-01 UTC]
    """
    return _odd_meters(readings, dials, _rows_before_holes(readings, edges_s))


def _odd_meters(readings: Registers, dials: Dials, holes: NDArray[np.intp]) -> NDArray[np.int32]:
    """Meters with a fall, too steep a rise, an uneven pace, or a hole that matters."""
    meter, time_s = readings.meter, readings.time_s
    step_wh = np.diff(readings.register_wh)
    odd = step_wh < 0
    if dials.is_limited:
        odd |= is_beyond(step_wh, np.diff(time_s), dials.limit_w(meter[1:]))
    rows = np.flatnonzero(odd)
    rows = rows[meter[rows] == meter[rows + 1]]
    uneven = np.flatnonzero(uneven_rows(time_s))
    uneven = uneven[meter[uneven - 2] == meter[uneven + 1]]
    found: NDArray[np.int32] = np.unique(np.concatenate([meter[rows], meter[uneven], meter[holes]]))
    return found


def _holes(readings: Registers, edges_s: NDArray[np.int64] | None) -> NDArray[np.intp]:
    """Rows before a hole that holds an edge, of meters that show typical days."""
    meter, span_s = readings.meter, np.diff(readings.time_s)
    rows = _rows_before_holes(readings, edges_s)
    if not rows.size:
        return rows
    shown_s = np.append(0, np.cumsum((span_s <= HOLE_MIN_S) * np.maximum(span_s, 0)))
    first = np.searchsorted(meter, meter[rows], side="left")
    last = np.searchsorted(meter, meter[rows], side="right") - 1
    holes: NDArray[np.intp] = rows[shown_s[last] - shown_s[first] >= LEARN_MIN_S]
    return holes


def _rows_before_holes(readings: Registers, edges_s: NDArray[np.int64] | None) -> NDArray[np.intp]:
    meter, time_s = readings.meter, readings.time_s
    rows: NDArray[np.intp] = np.flatnonzero(np.diff(time_s) > HOLE_MIN_S)
    rows = rows[meter[rows] == meter[rows + 1]]
    if edges_s is None or not rows.size:
        return rows[:0]
    after = np.searchsorted(edges_s, time_s[rows], side="right")
    until = np.searchsorted(edges_s, time_s[rows + 1], side="left")
    return rows[until > after]


def _plain(readings: Registers, start: int, end: int) -> Curve:
    rows = slice(start, end)
    return Curve(readings.meter[rows], readings.time_s[rows], readings.register_wh[rows])


def _treated(
    readings: Registers, offset: int, dials: Dials, edges_s: NDArray[np.int64] | None
) -> Curve:
    """Curve of one odd meter, whose rows begin at an offset."""
    treatment = treat(readings.time_s, readings.register_wh, dials.rule(readings.meter[0]))
    time_s, energy_wh = treatment.time_s, _running_total(treatment.step_wh)
    meter = np.full(time_s.size, readings.meter[0], np.int32)
    holes = _holes(Registers(meter, time_s, energy_wh), edges_s)
    knots = hole_knots(time_s, energy_wh, holes, dials.zone) if holes.size else None
    if knots is not None:
        place = knots.before + 1
        time_s = np.insert(time_s, place, knots.time_s)
        energy_wh = np.insert(energy_wh, place, knots.energy_wh)
        meter = np.full(time_s.size, readings.meter[0], np.int32)
    found = Treated(offset, treatment, np.unique(knots.before) if knots is not None else None)
    return Curve(meter, time_s, energy_wh, (found,))


def _joined(curves: list[Curve]) -> Curve:
    return Curve(
        np.concatenate([curve.meter for curve in curves]),
        np.concatenate([curve.time_s for curve in curves]),
        np.concatenate([curve.energy_wh for curve in curves]),
        tuple(treated for curve in curves for treated in curve.treated),
    )


def _running_total(step_wh: NDArray[np.int64]) -> NDArray[np.int64]:
    if int(step_wh.max(initial=0)) * step_wh.size <= ENERGY_WH_MAX:
        return np.cumsum(step_wh)
    totals = accumulate(
        step_wh.tolist(), lambda total, step: min(int(total) + int(step), ENERGY_WH_MAX)
    )
    return np.array(list(totals), np.int64)


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
