"""How readings came: repeated, late, out of order, revised; none of it changes what counts.

A profile is the same whatever way its readings took, so it doesn't speak of that. Who wants to know
asks here, with every fact that the store holds, also those that a revision replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.profile.issues import IssueKind, ProfileIssue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns

__all__ = ["arrival_issues"]

LATE_S: Final = 3600
"""A reading that comes later than this after its time is late. [s]"""

MICROSECONDS: Final = 1_000_000
"""A commit is numbered by its time in these."""


def arrival_issues(facts: ReadingColumns, *, late_s: int = LATE_S) -> list[ProfileIssue]:
    """Tell how the readings of one meter came; one issue for each run of instants.

    Parameters
    ----------
    facts : ReadingColumns
        Every fact of the meter, by time and commit; commits are wall time. [µs]
    late_s : int
        From which delay on a reading is late. [s]

    Returns
    -------
    list of ProfileIssue
        By time; `before_wh` and `after_wh` are the import register at the ends of each run, or
        before and after a revision, and `energy_wh` is the difference. [Wh]
    """
    if not len(facts):
        return []
    is_first = np.append(True, np.diff(facts.time_s) > 0)
    is_same = ~is_first & _unchanged(facts.import_wh) & _unchanged(facts.export_wh)
    first = np.flatnonzero(is_first)
    arrived_s = facts.commit[first] // MICROSECONDS
    is_late = arrived_s - facts.time_s[first] > late_s
    # A younger one came first: its commit is lower than that of this one.
    youngest = np.minimum.accumulate(facts.commit[first][::-1])[::-1]
    is_overtaken = facts.commit[first] > youngest
    issues = _runs(facts, first, is_late, IssueKind.LATE)
    issues += _runs(facts, first, is_overtaken, IssueKind.REORDERED)
    issues += _runs(facts, np.arange(len(facts)), is_same, IssueKind.REPEATED)
    for row in np.flatnonzero(~is_first & ~is_same).tolist():
        issues.append(_issue(facts, row - 1, row, IssueKind.REVISED))
    return sorted(issues, key=lambda issue: (issue.at_s, issue.kind.value))


def _unchanged(column: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.append(False, column[1:] == column[:-1])


def _runs(
    facts: ReadingColumns, rows: NDArray[np.intp], mask: NDArray[np.bool_], kind: IssueKind
) -> list[ProfileIssue]:
    """One issue for each run of neighbouring rows that the mask names."""
    named = np.flatnonzero(mask)
    runs = np.split(named, np.flatnonzero(np.diff(named) > 1) + 1) if named.size else []
    return [_issue(facts, int(rows[run[0]]), int(rows[run[-1]]), kind) for run in runs]


def _issue(facts: ReadingColumns, first: int, last: int, kind: IssueKind) -> ProfileIssue:
    before_wh, after_wh = int(facts.import_wh[first]), int(facts.import_wh[last])
    return ProfileIssue(
        at_s=int(facts.time_s[last]),
        register="import",
        kind=kind,
        before_wh=before_wh,
        after_wh=after_wh,
        start_s=int(facts.time_s[first]),
        end_s=int(facts.time_s[last]),
        energy_wh=after_wh - before_wh,
    )
