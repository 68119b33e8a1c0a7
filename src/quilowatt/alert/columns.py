"""Takes the columns of some meters out of a table with one column per meter, and puts them back.

The detectors do this with every batch and at every edge of a part of the day. Meters that stand
side by side, as in a scan of the store, are copied as one piece. Used by `alert` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["put_columns", "take_columns"]

Scalar = TypeVar("Scalar", bound=np.generic)

MANY: Final = 128
"""From so many meters on, row by row is the quicker way to put them back. [1]"""


def take_columns(table: NDArray[Scalar], meters: NDArray[np.integer]) -> NDArray[Scalar]:
    """Copy the columns of some meters.

    Parameters
    ----------
    table : ndarray, shape (..., capacity)
        One column per meter.
    meters : ndarray of int, shape (k,)
        Numbers of columns, in any order.

    Examples
    --------
    >>> take_columns(np.array([[0, 1, 2], [5, 6, 7]]), np.array([2, 0]))
    array([[2, 0],
           [7, 5]])
    """
    span = _span(meters)
    if span is None:
        taken: NDArray[Scalar] = np.take(table, meters, axis=-1)
        return taken
    return table[..., span].copy()


def put_columns(
    table: NDArray[Scalar], meters: NDArray[np.integer], values: NDArray[Scalar]
) -> None:
    """Put columns back; the other way round than `take_columns`.

    Parameters
    ----------
    table : ndarray, shape (rows, capacity)
        One column per meter; changed in place.
    meters : ndarray of int, shape (k,)
        Numbers of columns, each at most once.
    values : ndarray, shape (rows, k)
        What they hold from now on.

    Examples
    --------
    >>> table = np.array([[0, 1, 2], [5, 6, 7]])
    >>> put_columns(table, np.array([2, 0]), np.array([[20, 10], [30, 40]]))
    >>> table
    array([[10,  1, 20],
           [40,  6, 30]])
    """
    span = _span(meters)
    if span is not None:
        table[:, span] = values
    elif meters.size < MANY:
        table[:, meters] = values
    else:
        for row, row_values in zip(table, values, strict=True):
            row[meters] = row_values


def _span(meters: NDArray[np.integer]) -> slice | None:
    """Name the columns as a slice where they lie side by side in rising order."""
    if not meters.size:
        return None
    first, last = int(meters[0]), int(meters[-1])
    if last - first + 1 != meters.size or not (meters[1:] > meters[:-1]).all():
        return None
    return slice(first, last + 1)
