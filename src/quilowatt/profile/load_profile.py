"""The load profile of one meter: energy and quality of each interval.

Called by the API and by billing runs with the readings of a period and one neighbour on each
side; it never fetches anything.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quilowatt.profile.connection import UNKNOWN, Connection
from quilowatt.profile.curve import Curve, Dials, Registers, rising_curve
from quilowatt.profile.findings import doubtful_rows, issues_of
from quilowatt.profile.issues import IssueKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns
    from quilowatt.profile.issues import ProfileIssue

__all__ = ["Energy", "LoadProfile", "Quality", "energy_between", "load_profile"]

GAP_NUMERATOR: Final = 3
GAP_DENOMINATOR: Final = 2
"""A gap is longer than 3/2 of the expected spacing: one reading at least is not there."""


class Quality(enum.IntEnum):
    """How well an interval's energy is known; the codes of `LoadProfile.quality`."""

    MEASURED = 0
    """Readings lie close enough to both edges."""

    ESTIMATED = 1
    """A gap in the readings covers some of it, whose energy is exact and whose shape is not; or
    a step of the register that was decided upon; or readings moved to their true time."""

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
    known_s : tuple of int
        First and last instant of which a reading speaks. [s since 1970-01-01 UTC]
    """

    start_s: NDArray[np.int64]
    end_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    quality: NDArray[np.int8]
    issues: tuple[ProfileIssue, ...]
    known_s: tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        return self.start_s.size


def load_profile(
    readings: ReadingColumns,
    edges_s: NDArray[np.int64],
    *,
    digits: int,
    interval_s: int,
    connection: Connection = UNKNOWN,
) -> LoadProfile:
    """Turn the registers of one meter into intervals.

    Parameters
    ----------
    readings : ReadingColumns
        Readings of one meter, by time, each instant once. One reading on each side of the
        period makes its first and last interval whole; `context_s` on each side makes the
        shape of holes and the reading of odd steps the same for every period.
    edges_s : ndarray of int64, shape (n + 1,)
        Rising edges of the intervals. [s since 1970-01-01 UTC]
    digits : int
        The registers wrap at 10**digits Wh; 0 = not known to. [digits]
    interval_s : int
        How often the meter is expected to report. [s]
    connection : Connection
        What the usage point can carry, and its zone.

    Returns
    -------
    LoadProfile
        The sum of its intervals is the difference of the curve at its ends.
    """
    meters, dials = _dials(readings, digits, connection)
    imported = _curve(readings, readings.import_wh, dials, edges_s)
    exported = _curve(readings, readings.export_wh, dials, edges_s)
    issues = issues_of("import", imported, readings.time_s, readings.import_wh)
    clock_s = {issue.start_s for issue in issues if issue.kind is IssueKind.CLOCK_STEP}
    issues += [
        issue
        for issue in issues_of("export", exported, readings.time_s, readings.export_wh)
        # Both registers have one clock.
        if issue.kind is not IssueKind.CLOCK_STEP or issue.start_s not in clock_s
    ]
    standing = _standing(readings, (imported, exported))
    start_s, end_s = (int(edges_s[0]), int(edges_s[-1])) if edges_s.size else (0, 0)
    return LoadProfile(
        start_s=edges_s[:-1],
        end_s=edges_s[1:],
        import_wh=np.diff(imported.energy_at(meters, edges_s)[0]),
        export_wh=np.diff(exported.energy_at(meters, edges_s)[0]),
        quality=_quality(readings, standing, edges_s, interval_s),
        issues=tuple(
            sorted(
                (issue for issue in issues if issue.end_s >= start_s and issue.start_s < end_s),
                key=lambda issue: (issue.at_s, issue.register),
            )
        ),
        known_s=(int(standing.time_s[0]), int(standing.time_s[-1])) if len(readings) else (0, 0),
    )


def energy_between(
    readings: ReadingColumns,
    start_s: int,
    end_s: int,
    digits: int,
    connection: Connection = UNKNOWN,
) -> Energy:
    """Energy of one meter over one period.

    Parameters
    ----------
    readings : ReadingColumns
        Readings of one meter, by time, with a neighbour on each side where there is one.
    start_s, end_s : int
        Half-open period. [s since 1970-01-01 UTC]
    digits : int
        The registers wrap at 10**digits Wh; 0 = not known to. [digits]
    connection : Connection
        What the usage point can carry, and its zone.

    Returns
    -------
    Energy
        In both directions. [Wh]
    """
    meters, dials = _dials(readings, digits, connection)
    edges_s = np.array([start_s, end_s], np.int64)
    curves = (
        _curve(readings, register_wh, dials, edges_s)
        for register_wh in (readings.import_wh, readings.export_wh)
    )
    return Energy(*(int(np.diff(curve.energy_at(meters, edges_s)[0])[0]) for curve in curves))


def _dials(
    readings: ReadingColumns, digits: int, connection: Connection
) -> tuple[NDArray[np.int32], Dials]:
    meters = readings.meter[:1] if len(readings) else np.zeros(1, np.int32)
    assert not len(readings) or readings.meter[-1] == meters[0], "readings of one meter"
    dials = Dials(meters, np.array([digits], np.int64), connection.powers_max_w(1), connection.zone)
    return meters, dials


def _curve(
    readings: ReadingColumns,
    register_wh: NDArray[np.int64],
    dials: Dials,
    edges_s: NDArray[np.int64],
) -> Curve:
    return rising_curve(Registers(readings.meter, readings.time_s, register_wh), dials, edges_s)


class _Standing(NamedTuple):
    """Readings that a profile stands on: true times [s], rows, and which are in doubt."""

    time_s: NDArray[np.int64]
    rows: NDArray[np.intp]
    is_doubtful: NDArray[np.bool_]


def _standing(readings: ReadingColumns, curves: tuple[Curve, ...]) -> _Standing:
    """Find the readings that all curves stand on."""
    time_s = readings.time_s.copy()
    stands = np.ones(len(readings), np.int64)
    doubtful = np.zeros(len(readings), np.bool_)
    for curve in curves:
        for treated in curve.treated:
            treatment = treated.treatment
            stands[treatment.rows] += 1
            stands -= 1
            time_s[treatment.rows] = treatment.time_s
            doubtful[doubtful_rows(treatment)] = True
    rows = np.flatnonzero(stands > 0)
    rows = rows[np.argsort(time_s[rows], kind="stable")]
    return _Standing(time_s[rows], rows, doubtful[rows])


def _quality(
    readings: ReadingColumns,
    standing: _Standing,
    edges_s: NDArray[np.int64],
    interval_s: int,
) -> NDArray[np.int8]:
    start_s, end_s = edges_s[:-1], edges_s[1:]
    quality = np.full(start_s.size, Quality.MISSING, np.int8)
    time_s, rows, is_doubtful = standing
    if not time_s.size:
        return quality
    inside = np.flatnonzero((start_s >= time_s[0]) & (end_s <= time_s[-1]))
    if not inside.size:
        return quality
    start_s, end_s = start_s[inside], end_s[inside]
    first = np.searchsorted(time_s, start_s, side="right") - 1
    last = np.searchsorted(time_s, end_s, side="left")
    longest_s = _most(np.diff(time_s, append=time_s[-1]), first, last)
    is_revised = _most(readings.is_revised[rows].astype(np.int64), first, last + 1) > 0
    expected_s = np.maximum(interval_s, end_s - start_s)
    is_estimated = longest_s * GAP_DENOMINATOR > expected_s * GAP_NUMERATOR
    is_estimated |= _most(is_doubtful.astype(np.int64), first + 1, last + 1) > 0
    quality[inside] = np.where(
        is_estimated, Quality.ESTIMATED, np.where(is_revised, Quality.REVISED, Quality.MEASURED)
    )
    return quality


def _most(
    values: NDArray[np.int64], first: NDArray[np.intp], last: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Largest of ``values[first:last]`` for each pair of a non-empty range."""
    padded = np.append(values, 0)
    pairs = np.column_stack((first, last)).ravel()
    return np.maximum.reduceat(padded, pairs)[::2]
