"""How a meter's energy usually spreads over the hours, learned from its readings around a hole.

Half-hours are told apart by local time of day and by weekday or weekend; the four weeks on either
side stand for the season. Everything is counted in whole numbers, so the same readings give the
same estimate on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from datetime import tzinfo

    from numpy.typing import NDArray

__all__ = ["HOLE_MIN_S", "LEARN_S", "Knots", "Typical", "hole_knots"]

SLOT_S: Final = 1800
"""Prices change on half-hours; every zone's offset is a multiple of it, or of half of it. [s]"""

HOLE_MIN_S: Final = 2 * 3600
"""A longer step between two readings is a hole: its hours are not known. [s]"""

LEARN_S: Final = 28 * 86_400
"""What lies further from a hole than four weeks belongs to another season. [s]"""

SAMPLES_MIN: Final = 2
"""A time of day of a kind of day must have been seen this often to count."""

SLOTS_MIN: Final = 48
"""A day in all must have been seen; else there is nothing typical."""

TRIMMED_DIVISOR: Final = 20
"""One in so many samples is left out at either end: a party is not typical."""

SCALE: Final = 1000
"""Weights are counted in thousandths of a watt-hour."""

SLOT_WH_MAX: Final = 2**32
"""More in half an hour is noise, and sums of it would not fit. [Wh]"""

SLOTS_PER_DAY: Final = 86_400 // SLOT_S
MONDAY_SHIFT_D: Final = 3
"""1970-01-01 was a Thursday. [d]"""

WEEK_D: Final = 7
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Knots:
    """Points of a curve inside its holes.

    Parameters
    ----------
    before : ndarray of int64, shape (n,)
        Rising index of the reading that each comes after.
    time_s : ndarray of int64, shape (n,)
        When. [s since 1970-01-01 UTC]
    energy_wh : ndarray of int64, shape (n,)
        The curve there. [Wh]
    """

    before: NDArray[np.int64]
    time_s: NDArray[np.int64]
    energy_wh: NDArray[np.int64]


class Typical:
    """The half-hours that the readings of one meter show.

    Parameters
    ----------
    time_s, energy_wh : ndarray of int64, shape (n,)
        A curve that never falls. [s since 1970-01-01 UTC], [Wh]
    zone : tzinfo or None
        Of the hours; None is UTC.
    """

    def __init__(
        self, time_s: NDArray[np.int64], energy_wh: NDArray[np.int64], zone: tzinfo | None
    ) -> None:
        self._zone = zone
        self._first = -(-int(time_s[0]) // SLOT_S)
        self._slot_wh, self._is_known = _known_slots(time_s, energy_wh, self._first)

    def weights(self, slots: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Tell how energy usually spreads over these half-hours.

        Parameters
        ----------
        slots : ndarray of int64, shape (n,)
            Rising half-hours since 1970. [1800 s]

        Returns
        -------
        ndarray of int64, shape (n,), or None
            Relative weights; None where nothing typical is known. [mWh]
        """
        reach = LEARN_S // SLOT_S
        low = max(int(slots[0]) - reach - self._first, 0)
        high = max(int(slots[-1]) + 1 + reach - self._first, 0)
        known = np.flatnonzero(self._is_known[low:high]) + low
        if known.size < SLOTS_MIN:
            return None
        kind, wh = self._kinds(known + self._first), self._slot_wh[known]
        wanted = self._kinds(slots)
        table = _means(kind, wh, 2 * SLOTS_PER_DAY)
        of_any_day = _means(kind % SLOTS_PER_DAY, wh, SLOTS_PER_DAY)
        table = np.where(table < 0, np.tile(of_any_day, 2), table)
        weights = np.where(table < 0, int(wh.sum()) * SCALE // wh.size, table)[wanted]
        return weights if int(weights.sum()) > 0 else None

    def _kinds(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Local half-hour of the day, and 48 more on a weekend."""
        local = slots + self._offsets(slots)
        is_weekend = (local // SLOTS_PER_DAY + MONDAY_SHIFT_D) % WEEK_D >= SATURDAY
        kinds: NDArray[np.int64] = local % SLOTS_PER_DAY + is_weekend * SLOTS_PER_DAY
        return kinds

    def _offsets(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Local time less UTC; looked up once an hour. [1800 s]."""
        if self._zone is None:
            return np.zeros_like(slots)
        hours, inverse = np.unique(slots // 2, return_inverse=True)
        offsets = [_offset_s(hour * 2 * SLOT_S, self._zone) // SLOT_S for hour in hours.tolist()]
        return np.array(offsets, np.int64)[inverse]


def hole_knots(
    time_s: NDArray[np.int64],
    energy_wh: NDArray[np.int64],
    holes: NDArray[np.intp],
    zone: tzinfo | None,
) -> Knots:
    """Bend a curve inside its holes as the meter's typical days are bent.

    Parameters
    ----------
    time_s, energy_wh : ndarray of int64, shape (n,)
        A curve of one meter that never falls. [s since 1970-01-01 UTC], [Wh]
    holes : ndarray of intp, shape (k,)
        Rising readings after which a hole begins.
    zone : tzinfo or None
        Of the hours; None is UTC.

    Returns
    -------
    Knots
        None at all where nothing typical is known.
    """
    typical = Typical(time_s, energy_wh, zone)
    parts: list[tuple[NDArray[np.int64], ...]] = []
    for hole in holes.tolist():
        start_s, end_s = int(time_s[hole]), int(time_s[hole + 1])
        slots = np.arange(start_s // SLOT_S, (end_s - 1) // SLOT_S + 1)
        weights = typical.weights(slots)
        if weights is None:
            continue
        weights[0] = weights[0] * (int(slots[1]) * SLOT_S - start_s) // SLOT_S
        weights[-1] = weights[-1] * (end_s - int(slots[-1]) * SLOT_S) // SLOT_S
        total = int(weights.sum())
        if not total:
            continue
        step_wh = int(energy_wh[hole + 1] - energy_wh[hole])
        grown = np.cumsum(weights)[:-1].tolist()
        shares_wh = np.array([step_wh * part // total for part in grown], np.int64)
        inner_s = slots[1:] * SLOT_S
        parts.append((np.full(inner_s.size, hole), inner_s, int(energy_wh[hole]) + shares_wh))
    if not parts:
        none = np.empty(0, np.int64)
        return Knots(none, none, none)
    return Knots(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _known_slots(
    time_s: NDArray[np.int64], energy_wh: NDArray[np.int64], first: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Energy of each half-hour from the first on [Wh], and whether readings show it."""
    edges_s = np.arange(first, int(time_s[-1]) // SLOT_S + 1, dtype=np.int64) * SLOT_S
    if edges_s.size < 2:  # noqa: PLR2004 - a slot has two ends
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    span_s = np.diff(time_s)
    at = np.minimum(np.searchsorted(time_s, edges_s, side="right") - 1, time_s.size - 2)
    since_s = edges_s - time_s[at]
    step_wh = energy_wh[at + 1] - energy_wh[at]
    # Weights need no last digit: floats keep products of any size.
    at_wh = energy_wh[at] + (step_wh * (since_s / span_s[at])).astype(np.int64)
    holes = np.append(0, np.cumsum(span_s > HOLE_MIN_S))
    before = np.searchsorted(time_s, edges_s[:-1], side="right") - 1
    after = np.searchsorted(time_s, edges_s[1:], side="left")
    return np.minimum(np.diff(at_wh), SLOT_WH_MAX), holes[after] == holes[before]


def _means(kind: NDArray[np.int64], wh: NDArray[np.int64], kinds: int) -> NDArray[np.int64]:
    """Trimmed mean of each kind, −1 for those too rarely seen [mWh]."""
    order = np.lexsort((wh, kind))
    kind, wh = kind[order], wh[order]
    start = np.searchsorted(kind, np.arange(kinds), side="left")
    end = np.searchsorted(kind, np.arange(kinds), side="right")
    trimmed = (end - start) // TRIMMED_DIVISOR
    low, high = start + trimmed, end - trimmed
    total = np.append(0, np.cumsum(wh))
    sums = total[high] - total[low]
    return np.where(end - start >= SAMPLES_MIN, sums * SCALE // np.maximum(high - low, 1), -1)


@lru_cache(maxsize=1 << 16)
def _offset_s(time_s: int, zone: tzinfo) -> int:
    offset = datetime.fromtimestamp(time_s, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
