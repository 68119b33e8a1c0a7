"""Decisions about rows told as issues about instants and registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.profile.issues import IssueKind, ProfileIssue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.profile.curve import Curve, Treated
    from quilowatt.profile.treatment import Treatment

__all__ = ["doubtful_rows", "issues_of"]

DOUBTFUL: Final = frozenset({IssueKind.RESET, IssueKind.REGISTER_DROP, IssueKind.REGISTER_JUMP})
"""What was taken before the register broke off can't be known."""


def doubtful_rows(treatment: Treatment) -> NDArray[np.int64]:
    """Name the readings the step to which is a decision, and those that were moved."""
    broken = [found.row for found in treatment.findings if found.kind in DOUBTFUL]
    moved = [step.rows for step in treatment.clock_steps]
    return np.concatenate([treatment.order[np.array(broken, np.int64)], *moved])


def issues_of(
    register: str, curve: Curve, time_s: NDArray[np.int64], register_wh: NDArray[np.int64]
) -> list[ProfileIssue]:
    """Tell what was decided about one register of one meter.

    Parameters
    ----------
    register : str
        ``"import"`` or ``"export"``.
    curve : Curve
        Of that meter alone.
    time_s, register_wh : ndarray of int64, shape (n,)
        All its readings. [s since 1970-01-01 UTC], [Wh]
    """
    issues: list[ProfileIssue] = []
    for treated in curve.treated:
        issues += _about_register(register, treated, time_s, register_wh)
        issues += _about_time(register, treated, time_s, register_wh)
        issues += _about_holes(register, treated, register_wh)
    return issues


def _about_register(
    register: str, treated: Treated, time_s: NDArray[np.int64], register_wh: NDArray[np.int64]
) -> list[ProfileIssue]:
    order = treated.treatment.order
    return [
        ProfileIssue(
            at_s=int(time_s[order[found.row]]),
            register=register,
            kind=found.kind,
            before_wh=int(register_wh[order[found.before]]),
            after_wh=int(register_wh[order[found.row]]),
            start_s=int(time_s[order[found.since]]),
            end_s=int(time_s[order[found.until]]),
            energy_wh=_counted_wh(
                treated.treatment, int(order[found.since]), int(order[found.until])
            ),
        )
        for found in treated.treatment.findings
    ]


def _about_time(
    register: str, treated: Treated, time_s: NDArray[np.int64], register_wh: NDArray[np.int64]
) -> list[ProfileIssue]:
    return [
        ProfileIssue(
            at_s=int(time_s[step.rows[0]]),
            register=register,
            kind=IssueKind.CLOCK_STEP,
            before_wh=int(register_wh[step.rows[0]]),
            after_wh=int(register_wh[step.rows[-1]]),
            start_s=int(time_s[step.rows[0]]),
            end_s=int(time_s[step.rows[-1]]),
            energy_wh=_counted_wh(treated.treatment, int(step.rows[0]), int(step.rows[-1])),
        )
        for step in treated.treatment.clock_steps
    ]


def _about_holes(
    register: str, treated: Treated, register_wh: NDArray[np.int64]
) -> list[ProfileIssue]:
    if treated.holes is None:
        return []
    rows, steps_wh = treated.treatment.rows, treated.treatment.step_wh
    return [
        ProfileIssue(
            at_s=int(treated.treatment.time_s[hole + 1]),
            register=register,
            kind=IssueKind.HOLE,
            before_wh=int(register_wh[rows[hole]]),
            after_wh=int(register_wh[rows[hole + 1]]),
            start_s=int(treated.treatment.time_s[hole]),
            end_s=int(treated.treatment.time_s[hole + 1]),
            energy_wh=int(steps_wh[hole + 1]),
        )
        for hole in treated.holes.tolist()
    ]


def _counted_wh(treatment: Treatment, since: int, until: int) -> int:
    """Energy of the steps after one reading up to another [Wh]."""
    place = np.argsort(treatment.rows)
    first, last = (
        int(np.searchsorted(treatment.rows, row, sorter=place)) for row in (since, until)
    )
    if place.size in (first, last):
        return 0
    return int(sum(treatment.step_wh[place[first] + 1 : place[last] + 1].tolist()))
