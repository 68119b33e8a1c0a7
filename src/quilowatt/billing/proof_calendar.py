"""The facts of the calendar in a proof: a zone by its offsets, holidays by their dates.

So that whoever verifies needs no database of time zones, and one that has changed since changes no
invoice.
"""

from __future__ import annotations

import io
import struct
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from quilowatt.billing.days import Holiday

__all__ = ["holiday_dates", "offsets_between", "zone_of_offsets"]

SCAN_S: Final = 21_600
"""No zone leaves an offset and comes back to it within six hours. [s]"""

TZIF_HEADER: Final = struct.Struct(">4sc15x6l")

Offsets = tuple[tuple[int, int], ...]
"""From when which offset holds: (instant, local time less UTC). [s]"""


def offsets_between(zone: ZoneInfo, start_s: int, end_s: int) -> Offsets:
    """List the offsets of a zone in a period.

    Parameters
    ----------
    zone : ZoneInfo
        Of the usage point.
    start_s, end_s : int
        The period. [s since 1970-01-01 UTC]

    Returns
    -------
    tuple of (int, int)
        The first from `start_s` on, then one from each change of the clock on: instant, and local
        time less UTC. [s]

    Examples
    --------
    >>> offsets_between(ZoneInfo("Europe/London"), 1_356_998_400, 1_370_000_000)
    ((1356998400, 0), (1364691600, 3600))
    """
    found = [(start_s, _offset_s(zone, start_s))]
    at_s = start_s
    while at_s < end_s:
        next_s = min(at_s + SCAN_S, end_s)
        if _offset_s(zone, next_s) != found[-1][1]:
            found.append((_change_s(zone, at_s, next_s), _offset_s(zone, next_s)))
        at_s = next_s
    return tuple(found)


@lru_cache(maxsize=64)
def zone_of_offsets(name: str, offsets: Offsets) -> ZoneInfo:
    """Make a zone of its offsets; before the first one it has the first one.

    Parameters
    ----------
    name : str
        What to call it.
    offsets : tuple of (int, int)
        As `offsets_between` lists them: instant, and local time less UTC. [s]

    Examples
    --------
    >>> london = zone_of_offsets("Europe/London", ((1356998400, 0), (1364691600, 3600)))
    >>> datetime.fromtimestamp(1_370_000_000, london).isoformat()
    '2013-05-31T12:33:20+01:00'
    """
    return ZoneInfo.from_file(io.BytesIO(_tzif(offsets)), key=name)


def holiday_dates(
    calendars: Mapping[str, Iterable[Holiday]], first: date, last: date
) -> dict[str, list[str]]:
    """List the dates of holidays by calendar, both ends included."""
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    return {
        name: [day.isoformat() for day in days if any(each.falls_on(day) for each in rules)]
        for name, rules in sorted(calendars.items())
    }


def _offset_s(zone: ZoneInfo, time_s: int) -> int:
    offset = datetime.fromtimestamp(time_s, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _change_s(zone: ZoneInfo, before_s: int, after_s: int) -> int:
    old_s = _offset_s(zone, before_s)
    while after_s - before_s > 1:
        middle_s = (before_s + after_s) // 2
        if _offset_s(zone, middle_s) == old_s:
            before_s = middle_s
        else:
            after_s = middle_s
    return after_s


def _tzif(offsets: Offsets) -> bytes:
    """Write offsets as a file of time zone information, version 2 (RFC 8536)."""
    kinds = sorted({offset_s for _, offset_s in offsets}, key=lambda o: o != offsets[0][1])
    changes = offsets[1:]
    empty = TZIF_HEADER.pack(b"TZif", b"2", 0, 0, 0, 0, 1, 1) + struct.pack(">lBB", 0, 0, 0) + b"\0"
    head = TZIF_HEADER.pack(b"TZif", b"2", 0, 0, 0, len(changes), len(kinds), 1)
    times = struct.pack(f">{len(changes)}q", *(time_s for time_s, _ in changes))
    indices = bytes(kinds.index(offset_s) for _, offset_s in changes)
    types = b"".join(struct.pack(">lBB", offset_s, 0, 0) for offset_s in kinds)
    return empty + head + times + indices + types + b"\0" + b"\n\n"
