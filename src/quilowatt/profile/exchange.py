"""One history of a usage point across the meters that hung there.

Each meter counts for its time there; where old and new are read at the exchange, or their registers
were written down, not a watt-hour is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.core.batch import ReadingColumns
from quilowatt.profile.connection import UNKNOWN, Connection
from quilowatt.profile.issues import IssueKind, ProfileIssue
from quilowatt.profile.load_profile import Energy, LoadProfile, Quality, load_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Stay", "usage_point_profile"]

RANK: Final = np.array(
    [
        {Quality.MEASURED: 0, Quality.REVISED: 1, Quality.ESTIMATED: 2, Quality.MISSING: 3}[quality]
        for quality in sorted(Quality)
    ],
    np.int8,
)
"""Of two meters in one interval the worse known one tells its quality."""

BY_RANK: Final = np.argsort(RANK).astype(np.int8)


@dataclass(frozen=True, slots=True)
class Stay:
    """A meter's time at a usage point.

    Parameters
    ----------
    readings : ReadingColumns
        Of that meter, by time; others than those of its stay may be among them.
    start_s, end_s : int
        Half-open time of its stay. [s since 1970-01-01 UTC]
    digits : int
        Its registers wrap at 10**digits Wh; 0 = not known to. [digits]
    interval_s : int
        How often it is expected to report. [s]
    first_wh, last_wh : Energy or None
        Registers written down when it was hung up and taken away. [Wh]
    """

    readings: ReadingColumns
    start_s: int
    end_s: int
    digits: int
    interval_s: int
    first_wh: Energy | None = None
    last_wh: Energy | None = None


def usage_point_profile(
    stays: Sequence[Stay], edges_s: NDArray[np.int64], *, connection: Connection = UNKNOWN
) -> LoadProfile:
    """Turn the registers of all meters of a usage point into intervals.

    Parameters
    ----------
    stays : sequence of Stay
        By time; they don't overlap.
    edges_s : ndarray of int64, shape (n + 1,)
        Rising edges of the intervals. [s since 1970-01-01 UTC]
    connection : Connection
        What the usage point can carry, and its zone.

    Returns
    -------
    LoadProfile
        An interval that no meter's stay covers whole is missing; what is known of it counts.
    """
    count = max(edges_s.size - 1, 0)
    import_wh, export_wh = np.zeros(count, np.int64), np.zeros(count, np.int64)
    rank, covered_s = np.zeros(count, np.int8), np.zeros(count, np.int64)
    issues: list[ProfileIssue] = []
    known_s: list[int] = []
    whole_s = np.diff(edges_s)
    present = [stay for stay in stays if stay.start_s < edges_s[-1] and stay.end_s > edges_s[0]]
    for stay in present:
        first = max(int(np.searchsorted(edges_s, stay.start_s, side="right")) - 1, 0)
        last = min(int(np.searchsorted(edges_s, stay.end_s, side="left")), count)
        within_s = np.clip(edges_s[first : last + 1], stay.start_s, stay.end_s)
        part = load_profile(
            _with_declared(stay),
            within_s,
            digits=stay.digits,
            interval_s=stay.interval_s,
            connection=connection,
        )
        import_wh[first:last] += part.import_wh
        export_wh[first:last] += part.export_wh
        rank[first:last] = np.maximum(rank[first:last], RANK[part.quality])
        covered_s[first:last] += np.diff(within_s)
        issues += part.issues
        if part.known_s[1]:
            known_s += [max(part.known_s[0], stay.start_s), min(part.known_s[1], stay.end_s)]
    issues += [_exchange(old, new) for old, new in pairwise(present)]
    rank[covered_s < whole_s] = RANK[Quality.MISSING]
    return LoadProfile(
        start_s=edges_s[:-1],
        end_s=edges_s[1:],
        import_wh=import_wh,
        export_wh=export_wh,
        quality=BY_RANK[rank],
        issues=tuple(sorted(issues, key=lambda issue: (issue.at_s, issue.register))),
        known_s=(min(known_s), max(known_s)) if known_s else (0, 0),
    )


def _with_declared(stay: Stay) -> ReadingColumns:
    """Put the registers that were written down among the readings of a stay's meter."""
    readings = stay.readings
    for time_s, energy in ((stay.start_s, stay.first_wh), (stay.end_s, stay.last_wh)):
        place = int(np.searchsorted(readings.time_s, time_s))
        is_read = place < len(readings) and readings.time_s[place] == time_s
        if energy is None or is_read:
            continue
        meter = readings.meter[0] if len(readings) else 0
        readings = ReadingColumns(
            np.insert(readings.meter, place, meter),
            np.insert(readings.time_s, place, time_s),
            np.insert(readings.import_wh, place, energy.import_wh),
            np.insert(readings.export_wh, place, energy.export_wh),
            np.insert(readings.commit, place, 0),
            np.insert(readings.is_revised, place, False),
        )
    return readings


def _exchange(old: Stay, new: Stay) -> ProfileIssue:
    ended, began = _with_declared(old), _with_declared(new)
    last = int(np.searchsorted(ended.time_s, old.end_s, side="right")) - 1
    first = int(np.searchsorted(began.time_s, new.start_s, side="left"))
    is_told = last >= 0 and first < len(began)
    return ProfileIssue(
        at_s=new.start_s,
        register="import",
        kind=IssueKind.EXCHANGE,
        before_wh=int(ended.import_wh[last]) if last >= 0 else 0,
        after_wh=int(began.import_wh[first]) if first < len(began) else 0,
        start_s=int(ended.time_s[last]) if is_told else old.end_s,
        end_s=int(began.time_s[first]) if is_told else new.start_s,
        energy_wh=0,
    )
