"""The load profile of one meter: energy and quality of each interval.

Called by the API and by billing runs with the readings of a period and one neighbour on each
side; it never fetches anything.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quilowatt.profile.curve import Curve, Dials, rising_curve
from quilowatt.profile.issues import ProfileIssue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns

__all__ = ["Energy", "LoadProfile", "Quality", "energy_between", "load_profile"]

GAP_NUMERATOR: Final = 3
GAP_DENOMINATOR: Final = 2
"""A gap is longer than 3/2 of the expected spacing: one reading at least is not there."""


class Quality(enum.IntEnum):
    """How well an interval's energy is known; the codes of `LoadProfile.quality`."""

    MEASURED = 0
    """Readings lie close enough to both edges."""

    ESTIMATED = 1
    """A gap in the readings covers some of it: the gap's energy is exact, its shape is not."""

    REVISED = 2
    """A reading that it stands on was replaced by a later one."""

    MISSING = 3
    """Part of it lies before the first or after the last reading; the rest is counted."""


class Energy(NamedTuple):
    """Energy in both directions."""

    import_wh: int
    export_wh: int


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """Energy by interval.

    Parameters
    ----------
    start_s, end_s : ndarray of int64, shape (n,)
        Half-open intervals. [s since 1970-01-01 UTC]
    import_wh, export_wh : ndarray of int64, shape (n,)
        Energy taken from and given to the grid. [Wh]
    quality : ndarray of int8, shape (n,)
        Codes of `Quality`.
    issues : tuple of ProfileIssue
        Every decision about an odd reading, by time.
    """

    start_s: NDArray[np.int64]
    end_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    quality: NDArray[np.int8]
    issues: tuple[ProfileIssue, ...]

    def __len__(self) -> int:
        return self.start_s.size


def load_profile(
    readings: ReadingColumns, edges_s: NDArray[np.int64], *, digits: int, interval_s: int
) -> LoadProfile:
    """Turn the registers of one meter into intervals.

    Parameters
    ----------
    readings : ReadingColumns
        Readings of one meter, by time, each instant once. One reading on each side of the
        period makes its first and last interval whole.
    edges_s : ndarray of int64, shape (n + 1,)
        Rising edges of the intervals. [s since 1970-01-01 UTC]
    digits : int
        The registers wrap at 10**digits Wh; 0 = never. [digits]
    interval_s : int
        How often the meter is expected to report. [s]

    Returns
    -------
    LoadProfile
        The sum of its intervals is the difference of the registers at its ends.
    """
    meters, dials = _dials(readings, digits)
    arrays = (readings.meter, readings.time_s)
    imported = rising_curve(*arrays, readings.import_wh, dials)
    exported = rising_curve(*arrays, readings.export_wh, dials)
    issues = _issues("import", imported, readings.time_s, readings.import_wh)
    issues += _issues("export", exported, readings.time_s, readings.export_wh)
    return LoadProfile(
        start_s=edges_s[:-1],
        end_s=edges_s[1:],
        import_wh=np.diff(imported.energy_at(meters, edges_s)[0]),
        export_wh=np.diff(exported.energy_at(meters, edges_s)[0]),
        quality=_quality(readings, _kept(imported, exported, len(readings)), edges_s, interval_s),
        issues=tuple(sorted(issues, key=lambda issue: (issue.at_s, issue.register))),
    )


def energy_between(readings: ReadingColumns, start_s: int, end_s: int, digits: int) -> Energy:
    """Energy of one meter over one period.

    Parameters
    ----------
    readings : ReadingColumns
        Readings of one meter, by time, with a neighbour on each side where there is one.
    start_s, end_s : int
        Half-open period. [s since 1970-01-01 UTC]
    digits : int
        The registers wrap at 10**digits Wh; 0 = never. [digits]

    Returns
    -------
    Energy
        In both directions. [Wh]
    """
    meters, dials = _dials(readings, digits)
    edges_s = np.array([start_s, end_s], np.int64)
    curves = (
        rising_curve(readings.meter, readings.time_s, register_wh, dials)
        for register_wh in (readings.import_wh, readings.export_wh)
    )
    return Energy(*(int(np.diff(curve.energy_at(meters, edges_s)[0])[0]) for curve in curves))


def _dials(readings: ReadingColumns, digits: int) -> tuple[NDArray[np.int32], Dials]:
    meters = readings.meter[:1] if len(readings) else np.zeros(1, np.int32)
    assert not len(readings) or readings.meter[-1] == meters[0], "readings of one meter"
    return meters, Dials(meters, np.array([digits], np.int64))


def _issues(
    register: str, curve: Curve, time_s: NDArray[np.int64], register_wh: NDArray[np.int64]
) -> list[ProfileIssue]:
    return [
        ProfileIssue(
            at_s=int(time_s[found.row]),
            register=register,
            kind=found.kind,
            before_wh=int(register_wh[found.row - 1]),
            after_wh=int(register_wh[found.row]),
        )
        for found in curve.findings
    ]


def _kept(imported: Curve, exported: Curve, count: int) -> NDArray[np.int64]:
    """Rows of readings that both curves stand on."""
    kept = np.arange(count)
    for curve in (imported, exported):
        if curve.rows is not None:
            kept = np.intersect1d(kept, curve.rows, assume_unique=True)
    return kept


def _quality(
    readings: ReadingColumns,
    kept: NDArray[np.int64],
    edges_s: NDArray[np.int64],
    interval_s: int,
) -> NDArray[np.int8]:
    start_s, end_s = edges_s[:-1], edges_s[1:]
    quality = np.full(start_s.size, Quality.MISSING, np.int8)
    time_s = readings.time_s[kept]
    if not time_s.size:
        return quality
    inside = np.flatnonzero((start_s >= time_s[0]) & (end_s <= time_s[-1]))
    if not inside.size:
        return quality
    start_s, end_s = start_s[inside], end_s[inside]
    first = np.searchsorted(time_s, start_s, side="right") - 1
    last = np.searchsorted(time_s, end_s, side="left")
    longest_s = _most(np.diff(time_s, append=time_s[-1]), first, last)
    is_revised = _most(readings.is_revised[kept].astype(np.int64), first, last + 1) > 0
    expected_s = np.maximum(interval_s, end_s - start_s)
    is_gap = longest_s * GAP_DENOMINATOR > expected_s * GAP_NUMERATOR
    quality[inside] = np.where(
        is_gap, Quality.ESTIMATED, np.where(is_revised, Quality.REVISED, Quality.MEASURED)
    )
    return quality


def _most(
    values: NDArray[np.int64], first: NDArray[np.intp], last: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Largest of ``values[first:last]`` for each pair of a non-empty range."""
    padded = np.append(values, 0)
    pairs = np.column_stack((first, last)).ravel()
    return np.maximum.reduceat(padded, pairs)[::2]
