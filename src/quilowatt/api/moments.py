"""Times in requests and answers: dates and RFC 3339 in, RFC 3339 with the local offset out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.core.calendar import date_start_s, next_day_start_s

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["Moment", "local_text", "local_texts", "parse_moment"]

DAY_S: Final = 86_400

DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
RFC3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
LOST_PLUS: Final = re.compile(r" (\d{2}:\d{2})$", re.ASCII)
"""A ``+`` that was not escaped in a URL arrives as a space."""

YEAR_MIN: Final = 1971
YEAR_MAX: Final = 9990
"""Far from where the calendar of Python ends and where seconds become negative. [a]"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, which means another instant in every zone, or an instant.

    Parameters
    ----------
    day : date or None
        The date, if it was one.
    time_s : int
        The instant, if it was one. [s since 1970-01-01 UTC]
    """

    day: date | None
    time_s: int = 0

    def start_s(self, zone: ZoneInfo) -> int:
        """Return where a period that starts with it starts [s since 1970-01-01 UTC]."""
        return self.time_s if self.day is None else date_start_s(self.day, zone)

    def end_s(self, zone: ZoneInfo) -> int:
        """Return where a period that ends with it ends; it holds the whole date [s]."""
        return self.time_s if self.day is None else next_day_start_s(self.start_s(zone), zone)


def parse_moment(text: str) -> Moment:
    """Read a date or an RFC 3339 time with offset.

    Raises
    ------
    ValueError
        If it is neither, or no such day exists.

    Examples
    --------
    >>> parse_moment("2026-11-01").day, parse_moment("1971-01-01T00:00:00-03:00").time_s
    (datetime.date(2026, 11, 1), 31546800)
    """
    text = LOST_PLUS.sub(r"+\1", text)
    if not YEAR_MIN <= int(text[:4] if text[:4].isdecimal() else 0) <= YEAR_MAX:
        raise ValueError(f"years from {YEAR_MIN} to {YEAR_MAX}")
    if DATE.fullmatch(text):
        return Moment(date.fromisoformat(text))
    if RFC3339.fullmatch(text):
        return Moment(None, int(datetime.fromisoformat(text.upper()).timestamp()))
    raise ValueError("neither a date nor a time with offset")


def local_text(time_s: int, zone: ZoneInfo) -> str:
    """Write an instant as RFC 3339 with the zone's offset [s since 1970-01-01 UTC].

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> local_text(0, ZoneInfo("America/Bahia"))
    '1969-12-31T21:00:00-03:00'
    """
    return datetime.fromtimestamp(time_s, zone).isoformat()


def local_texts(times_s: NDArray[np.int64], zone: ZoneInfo) -> list[str]:
    """Write many instants, as `local_text` writes one.

    Parameters
    ----------
    times_s : ndarray of int64, shape (n,)
        The instants. [s since 1970-01-01 UTC]
    zone : ZoneInfo
        Whose offset.
    """
    days, day_of = np.unique(times_s // DAY_S, return_inverse=True)
    starts = [_offset_s(int(day) * DAY_S, zone) for day in days]
    ends = [_offset_s(int(day + 1) * DAY_S, zone) for day in days]
    offsets_s = np.array(starts, np.int64)[day_of]
    is_even = (np.array(starts) == np.array(ends))[day_of]
    for odd in np.flatnonzero(~is_even):
        offsets_s[odd] = _offset_s(int(times_s[odd]), zone)
    suffix = {int(offset_s): _suffix(int(offset_s)) for offset_s in np.unique(offsets_s)}
    walls = np.datetime_as_string((times_s + offsets_s).astype("datetime64[s]")).tolist()
    return [
        wall + suffix[offset_s] for wall, offset_s in zip(walls, offsets_s.tolist(), strict=True)
    ]


def _offset_s(time_s: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(time_s, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _suffix(offset_s: int) -> str:
    minutes = abs(offset_s) // 60
    return f"{'-' if offset_s < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
