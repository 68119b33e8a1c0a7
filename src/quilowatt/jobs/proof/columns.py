"""Readings as a proof holds them: a first value and then differences, and a mark for each day."""

from __future__ import annotations

import hashlib
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.core.batch import ReadingColumns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["day_marks", "packed", "packed_readings", "unpacked", "unpacked_readings"]

DAY_S: Final = 86_400
MARK_SIZE: Final = 4
"""Enough to tell which day was altered; digests over everything hold the whole. [B]"""

READING: Final = np.dtype([("time_s", ">i8"), ("import_wh", ">i8"), ("export_wh", ">i8")])


def packed(values: NDArray[np.int64]) -> list[int]:
    """Write a column as its first value and the differences.

    Examples
    --------
    >>> packed(np.array([900, 1800, 1750]))
    [900, 900, -50]
    """
    steps: list[int] = np.diff(values, prepend=0).tolist()
    return steps


def unpacked(steps: Sequence[int]) -> list[int]:
    """Read what `packed` wrote; whole numbers of any size."""
    return list(accumulate(steps))


def packed_readings(readings: ReadingColumns) -> dict[str, Any]:
    """Write the readings of one meter, by time."""
    return {
        "time_s": packed(readings.time_s),
        "import_wh": packed(readings.import_wh),
        "export_wh": packed(readings.export_wh),
        "revised": np.flatnonzero(readings.is_revised).tolist(),
        "days": [mark for _, mark in day_marks(readings)],
    }


def unpacked_readings(record: dict[str, Any], number: int) -> ReadingColumns:
    """Read what `packed_readings` wrote.

    Parameters
    ----------
    record : dict
        Columns of a meter.
    number : int
        A dense number for the meter. [1]

    Raises
    ------
    OverflowError, ValueError
        If they are no readings.
    """
    columns = [unpacked(record[key]) for key in ("time_s", "import_wh", "export_wh")]
    size = len(columns[0])
    if any(len(column) != size for column in columns):
        raise ValueError("columns of different lengths")
    is_revised = np.zeros(size, np.bool_)
    revised = record["revised"]
    if any(not 0 <= row < size for row in revised) or sorted(set(revised)) != revised:
        raise ValueError("revised names no reading")
    is_revised[revised] = True
    time_s, import_wh, export_wh = (np.array(column, np.int64) for column in columns)
    return ReadingColumns(
        np.full(size, number, np.int32),
        time_s,
        import_wh,
        export_wh,
        np.zeros(size, np.int64),
        is_revised,
    )


def day_marks(readings: ReadingColumns) -> Iterator[tuple[int, str]]:
    """Yield each UTC day that has readings, and the first bytes of its SHA-256 in hex."""
    if not len(readings):
        return
    rows = np.empty(len(readings), READING)
    rows["time_s"], rows["import_wh"] = readings.time_s, readings.import_wh
    rows["export_wh"] = readings.export_wh
    days = readings.time_s // DAY_S
    first = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    for start, end in zip(first.tolist(), [*first[1:].tolist(), days.size], strict=True):
        digest = hashlib.sha256(rows[start:end].tobytes()).digest()
        yield int(days[start]), digest[:MARK_SIZE].hex()
