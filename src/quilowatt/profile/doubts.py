"""Where the readings of sound meters leave doubt: gaps and revisions, for many meters at once.

For a meter whose registers only rise this tells the quality of its quarter-hours as `load_profile`
does, from a few spans instead of all its readings. Spans add up: what later readings leave in doubt
is found without the earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quilowatt.profile.load_profile import GAP_DENOMINATOR, GAP_NUMERATOR
from quilowatt.profile.typical import HOLE_MIN_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns

__all__ = ["CELL_S", "Doubts", "QualityTimes", "find_doubts", "quality_times"]

CELL_S: Final = 900
"""Quality is told by the quarter-hour: what meters, market and load profiles count by. [s]"""


@dataclass(frozen=True, slots=True)
class Doubts:
    """Spans between readings that are not plainly measured.

    Parameters
    ----------
    meter : ndarray of int32, shape (n,)
        Rising dense meter numbers.
    start_s, end_s : ndarray of int64, shape (n,)
        Instants of the readings at their ends. [s since 1970-01-01 UTC]
    is_gap : ndarray of bool, shape (n,)
        True where readings lack between them; else one of them was revised.
    """

    meter: NDArray[np.int32]
    start_s: NDArray[np.int64]
    end_s: NDArray[np.int64]
    is_gap: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.meter.size

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Doubts:
        """Spans by index, mask or slice."""
        return Doubts(self.meter[rows], self.start_s[rows], self.end_s[rows], self.is_gap[rows])

    def of(self, meter: int) -> Doubts:
        """Spans of one meter."""
        bounds = np.array([meter, meter + 1], self.meter.dtype)
        first, last = np.searchsorted(self.meter, bounds).tolist()
        return self.take(slice(first, last))

    def joined(self, other: Doubts) -> Doubts:
        """Spans of both."""
        if not len(other):
            return self
        both = Doubts(
            np.concatenate([self.meter, other.meter]),
            np.concatenate([self.start_s, other.start_s]),
            np.concatenate([self.end_s, other.end_s]),
            np.concatenate([self.is_gap, other.is_gap]),
        )
        return both.take(np.argsort(both.meter, kind="stable"))

    @classmethod
    def none(cls) -> Doubts:
        """No doubt at all."""
        instants = np.empty(0, np.int64)
        return cls(np.empty(0, np.int32), instants, instants, np.empty(0, np.bool_))


class QualityTimes(NamedTuple):
    """Time by quality.

    Parameters
    ----------
    measured_s, estimated_s, revised_s, missing_s : int
        Together the period. [s]
    holes : int
        Gaps of hours. [1]
    estimated_spans_s : tuple of (int, int)
        Rising, apart: what is estimated. [s since 1970-01-01 UTC]
    """

    measured_s: int
    estimated_s: int
    revised_s: int
    missing_s: int
    holes: int
    estimated_spans_s: tuple[tuple[int, int], ...]


def find_doubts(
    readings: ReadingColumns,
    meters: NDArray[np.int32],
    intervals_s: NDArray[np.int64],
    after_s: NDArray[np.int64] | None = None,
) -> Doubts:
    """Find what readings leave in doubt.

    Parameters
    ----------
    readings : ReadingColumns
        By meter and time, each instant once.
    meters : ndarray of int32, shape (n,)
        Rising; at least those of the readings.
    intervals_s : ndarray of int64, shape (n,)
        How often each is expected to report. [s]
    after_s : ndarray of int64, shape (n,), optional
        Only what ends later than this, by meter: the rest is known already. [s since 1970 UTC]
    """
    meter, time_s = readings.meter, readings.time_s
    if time_s.size < 2:  # noqa: PLR2004 - a span has two ends
        return Doubts.none()
    is_one = meter[1:] == meter[:-1]
    limit_s = np.maximum(intervals_s, CELL_S) * GAP_NUMERATOR
    span_s = np.diff(time_s) * GAP_DENOMINATOR
    is_gap = is_one & (span_s > int(limit_s.min()))
    # Few spans pass the lowest limit: only those look up their own meter's.
    rows = np.flatnonzero(is_gap)
    is_gap[rows] = span_s[rows] > limit_s[np.searchsorted(meters, meter[rows])]
    is_doubtful = is_gap | (is_one & (readings.is_revised[1:] | readings.is_revised[:-1]))
    rows = np.flatnonzero(is_doubtful)
    if after_s is not None:
        rows = rows[time_s[rows + 1] > after_s[np.searchsorted(meters, meter[rows])]]
    return Doubts(meter[rows], time_s[rows], time_s[rows + 1], is_gap[rows])


def quality_times(
    doubts: Doubts, known_s: tuple[int, int], period_s: tuple[int, int], interval_s: int
) -> QualityTimes:
    """Tell how well a period is known, for one meter whose registers only rise.

    Parameters
    ----------
    doubts : Doubts
        Of that meter.
    known_s : tuple of int
        Instants of its first and last reading. [s since 1970-01-01 UTC]
    period_s : tuple of int
        Half-open, of whole quarter-hours. [s since 1970-01-01 UTC]
    interval_s : int
        How often it is expected to report. [s]

    Examples
    --------
    >>> quality_times(Doubts.none(), (-100, 2000), (0, 3600), 900)[:4]
    (1800, 0, 0, 1800)
    """
    first_s = max(-(-known_s[0] // CELL_S) * CELL_S, period_s[0])
    last_s = min(known_s[1] // CELL_S * CELL_S, period_s[1])
    if last_s <= first_s:
        return QualityTimes(0, 0, 0, period_s[1] - period_s[0], 0, ())
    inside_s = last_s - first_s
    missing_s = period_s[1] - period_s[0] - inside_s
    if not len(doubts):
        return QualityTimes(inside_s, 0, 0, missing_s, 0, ())
    spans = list(
        zip(doubts.start_s.tolist(), doubts.end_s.tolist(), doubts.is_gap.tolist(), strict=True)
    )
    whole_s = (first_s, last_s)
    gaps = _cells(((start_s, end_s) for start_s, end_s, is_gap in spans if is_gap), whole_s)
    both = _cells(((start_s, end_s) for start_s, end_s, _ in spans), whole_s)
    estimated_s, doubtful_s = _length(gaps), _length(both)
    hole_s = max(HOLE_MIN_S, interval_s * GAP_NUMERATOR // GAP_DENOMINATOR)
    holes = sum(
        is_gap and end_s - start_s > hole_s and start_s < last_s and end_s > first_s
        for start_s, end_s, is_gap in spans
    )
    return QualityTimes(
        inside_s - doubtful_s, estimated_s, doubtful_s - estimated_s, missing_s, holes, gaps
    )


def _cells(
    spans_s: Iterable[tuple[int, int]], within_s: tuple[int, int]
) -> tuple[tuple[int, int], ...]:
    """Widen spans to quarter-hours and join those that touch."""
    joined: list[tuple[int, int]] = []
    for start_s, end_s in sorted(spans_s):
        first_s = max(start_s // CELL_S * CELL_S, within_s[0])
        last_s = min(-(-end_s // CELL_S) * CELL_S, within_s[1])
        if last_s <= first_s:
            continue
        if joined and first_s <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last_s)
        else:
            joined.append((first_s, last_s))
    return tuple(joined)


def _length(spans_s: tuple[tuple[int, int], ...]) -> int:
    return sum(end_s - start_s for start_s, end_s in spans_s)
