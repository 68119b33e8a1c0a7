"""Energies of past parts, days and nights, the newest first, in two bytes each.

Kept is the binary logarithm of 1 + Wh in thousandths: 0.04 % of a value at worst, from 1 Wh to
5 GWh. Greater values have greater codes, so that medians and maxima may be taken of codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CODE_UNKNOWN",
    "median_code",
    "packed",
    "pushed",
    "ranked",
    "unpacked",
]

CODE_UNKNOWN: Final = -1
CODES_PER_OCTAVE: Final = 1000
CODE_MAX: Final = 2**15 - 1

VALUES: Final = np.append(
    np.round(np.exp2(np.arange(CODE_MAX + 1) / CODES_PER_OCTAVE) - 1).astype(np.int64), -1
)
"""What each code stands for; the last one is that of `CODE_UNKNOWN`. [Wh] or [W]"""


def packed(values: NDArray[np.int64]) -> NDArray[np.int16]:
    """Write energies or powers as codes; a negative one is unknown. [Wh] or [W].

    Examples
    --------
    >>> unpacked(packed(np.array([-1, 0, 1, 500, 12_345])))
    array([   -1,     0,     1,   500, 12347])
    """
    codes = np.round(np.log2(1.0 + np.maximum(values, 0)) * CODES_PER_OCTAVE)
    codes = np.where(values < 0, CODE_UNKNOWN, np.minimum(codes, CODE_MAX))
    return codes.astype(np.int16)


def unpacked(codes: NDArray[np.int16]) -> NDArray[np.int64]:
    """Read codes; −1 where nothing is known. [Wh] or [W]."""
    values: NDArray[np.int64] = VALUES.take(codes)
    return values


def pushed(ring: NDArray[np.int16], code: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return a ring with a newest value and without its oldest."""
    return np.concatenate([code[np.newaxis], ring[:-1]])


def ranked(
    ring: NDArray[np.int16], rank: int, *, least: int, is_highest: bool
) -> NDArray[np.int16]:
    """Find the rank-th highest or lowest of each meter.

    Parameters
    ----------
    ring : ndarray of int16, shape (k, n)
        Codes of n meters.
    rank : int
        1 is the extreme itself. [1]
    least : int
        So many must be known, else nothing is. [1]
    is_highest : bool
        Count from the highest, else from the lowest.
    """
    order = np.sort(ring, axis=0)
    known = (ring >= 0).sum(axis=0)
    # Unknown codes are the lowest of all and come first.
    at = ring.shape[0] - rank if is_highest else ring.shape[0] - known + rank - 1
    at = np.clip(at, 0, ring.shape[0] - 1)
    found = np.take_along_axis(order, np.broadcast_to(at, known.shape)[np.newaxis], axis=0)[0]
    return np.where(known >= max(least, rank), found, CODE_UNKNOWN).astype(np.int16)


def median_code(ring: NDArray[np.int16], *, least: int) -> NDArray[np.int16]:
    """Find the lower median of what is known of each meter; see `ranked`."""
    order = np.sort(ring, axis=0)
    known = (ring >= 0).sum(axis=0)
    at = np.clip(ring.shape[0] - known + (known - 1) // 2, 0, ring.shape[0] - 1)
    found = np.take_along_axis(order, at[np.newaxis], axis=0)[0]
    return np.where(known >= max(least, 1), found, CODE_UNKNOWN).astype(np.int16)
