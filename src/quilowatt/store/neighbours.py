"""The readings on either side of a period, which a load profile needs to bridge its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quilowatt.core.batch import ReadingColumns
from quilowatt.store.hot import sort_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["take_rows", "trim_to_neighbours", "without_neighbours"]


def without_neighbours(
    meters: NDArray[np.int32],
    parts: list[ReadingColumns],
    period: tuple[int, int],
    wanted: tuple[NDArray[np.int64], NDArray[np.bool_]],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Say for which meters a neighbour that must exist was not found yet.

    Parameters
    ----------
    meters : ndarray of int32, shape (n,)
        Meter numbers.
    parts : list of ReadingColumns
        What was found so far.
    period : tuple of int
        Start and end of the period. [s]
    wanted : tuple of ndarray, shape (n,)
        Non-zero and True where a reading before and after the period must exist.
    """
    start_s, end_s = period
    before, after = wanted
    early = [part.meter[part.time_s < start_s] for part in parts]
    late = [part.meter[part.time_s >= end_s] for part in parts]
    has_before = np.isin(meters, np.concatenate(early))
    has_after = np.isin(meters, np.concatenate(late))
    return np.where(has_before, 0, before), after & ~has_after


def trim_to_neighbours(parts: list[ReadingColumns], start_s: int, end_s: int) -> ReadingColumns:
    """Join disjoint parts and keep the period and one reading of each meter on either side. [s]"""
    columns = _join_sorted(parts)
    meter, time_s = columns.meter, columns.time_s
    is_early, is_late = time_s < start_s, time_s >= end_s
    changes = meter[1:] != meter[:-1]
    edge = np.ones(min(1, meter.size), np.bool_)
    next_is_inside = np.concatenate((changes | ~is_early[1:], edge))
    previous_is_inside = np.concatenate((edge, changes | ~is_late[:-1]))
    keep = ~is_early & ~is_late | is_early & next_is_inside | is_late & previous_is_inside
    return columns if keep.all() else take_rows(columns, keep)


def take_rows(
    columns: ReadingColumns, rows: NDArray[np.intp] | NDArray[np.bool_]
) -> ReadingColumns:
    """Rows by index or mask."""
    return ReadingColumns(*(getattr(columns, name)[rows] for name in ReadingColumns.__slots__))


def _join_sorted(parts: list[ReadingColumns]) -> ReadingColumns:
    parts = [part for part in parts if len(part)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    names = ReadingColumns.__slots__
    joined = ReadingColumns(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )
    return take_rows(joined, np.argsort(sort_key(joined.meter, joined.time_s), kind="stable"))
