"""`A <time>` for thousands of connections at once, as rows of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["acknowledgements"]

VERB: Final = b"A "
DIGITS_MAX: Final = 13
"""PROTOCOL's times are at most 2^40."""

ROW_SIZE: Final = len(VERB) + DIGITS_MAX + len(b"\n")


def acknowledgements(time_s: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    r"""Write an answer for each time.

    Parameters
    ----------
    time_s : ndarray of int64, shape (n,)
        Positive. [s since 1970-01-01 UTC]

    Returns
    -------
    rows : ndarray of uint8, shape (n, 16)
        The line, from each row's beginning.
    sizes : ndarray of intp, shape (n,)
        Its length. [B]

    Examples
    --------
    >>> rows, sizes = acknowledgements(np.array([7, 1_700_000_000]))
    >>> [bytes(row[:size]) for row, size in zip(rows, sizes)]
    [b'A 7\n', b'A 1700000000\n']
    """
    digits = np.searchsorted(10 ** np.arange(1, DIGITS_MAX), time_s, side="right") + 1
    rows = np.zeros((time_s.size, ROW_SIZE), np.uint8)
    rows[:, : len(VERB)] = np.frombuffer(VERB, np.uint8)
    for count in np.unique(digits).tolist():
        is_long = digits == count
        if is_long.all():
            _write(rows, time_s, count)
        else:
            part = rows[is_long]
            _write(part, time_s[is_long], count)
            rows[is_long] = part
    return rows, digits + (len(VERB) + 1)


def _write(rows: NDArray[np.uint8], time_s: NDArray[np.int64], digits: int) -> None:
    rest = time_s
    for column in range(len(VERB) + digits - 1, len(VERB) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        rows[:, column] = digit + ord("0")
    rows[:, len(VERB) + digits] = ord("\n")
