"""Odd days in a row that are a new level: a home fills up, or gets a heater.

A single day far above the usual ones says little about the next. Three in a row, up to the last
known one, do. Called by `habit` with blocks of meters, days along the first axis; each meter
depends on its own days alone. How the constants were chosen: decision 65.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NewLevel", "find_new_level"]

LATE_D: Final = 14
"""A new level is looked for in the last two weeks; what is usual comes from the days before. [d]"""

USUAL_DAYS_MIN: Final = 28
"""With fewer days before those, what is usual comes from all days, as nobody knows better. [d]"""

ODD_RANK: Final = 0.9
ODD_SHARE: Final = 1.3
"""A day of more than 1.3 times the ninth of ten days is an odd day. [-]"""

DAYS_MIN: Final = 3
"""So many odd days in a row are a new level. [d]"""

KEEP: Final = 0.1
"""What the days before a new level still weigh. [-]"""


@dataclass(frozen=True, slots=True)
class NewLevel:
    """What is odd for n meters, and which of their d days are a new level.

    Parameters
    ----------
    odd_from_wh : ndarray of float64, shape (n,)
        A single day above this is odd; infinite if no day is known. [Wh]
    is_new : ndarray of bool, shape (d, n)
        Days of a new level, which is higher.
    keep : ndarray of float64, shape (d, n)
        What the days before each still weigh on it: 1, and less where a new level begins. [-]
    """

    odd_from_wh: NDArray[np.float64]
    is_new: NDArray[np.bool_]
    keep: NDArray[np.float64]

    def clip(self, energy_wh: NDArray[np.float64]) -> NDArray[np.float64]:
        """Let odd days count as the largest that is not odd [Wh].

        Of a new level its least day says what is odd.
        """
        least_wh = np.where(self.is_new, energy_wh, np.inf).min(axis=0, initial=np.inf)
        limit_wh = np.where(self.is_new, ODD_SHARE * least_wh, self.odd_from_wh)
        return np.minimum(energy_wh, limit_wh)


def find_new_level(energy_wh: NDArray[np.float64], is_known: NDArray[np.bool_]) -> NewLevel:
    """Find what is odd, and the days up to the last that are too many for that.

    Parameters
    ----------
    energy_wh : ndarray of float64, shape (d, n)
        Energy of each day; 0 where it is not known. [Wh]
    is_known : ndarray of bool, shape (d, n)
        Whether it is.

    Examples
    --------
    Two days of twice as much are odd, the third makes them a new level:

    >>> days_wh = np.array([[10.0] * 40 + [20, 20], [10.0] * 39 + [20, 20, 20]]).T
    >>> found = find_new_level(days_wh, days_wh > 0)
    >>> found.clip(days_wh)[-3:].T.tolist()
    [[10.0, 13.0, 13.0], [20.0, 20.0, 20.0]]
    """
    odd_from_wh = ODD_SHARE * _usual_wh(energy_wh, is_known)
    is_new = _run(is_known, energy_wh > odd_from_wh)
    keep = np.ones_like(energy_wh)
    keep[1:][is_new[1:] & ~is_new[:-1]] = KEEP
    # A gap in the run says nothing of how high its level is.
    return NewLevel(odd_from_wh, is_new & is_known, keep)


def _usual_wh(energy_wh: NDArray[np.float64], is_known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Find the ninth of ten usual days; infinite if there is none [Wh]."""
    if not len(energy_wh):
        return np.zeros(energy_wh.shape[1])
    is_usual = is_known.copy()
    is_usual[-LATE_D:] &= is_known[:-LATE_D].sum(axis=0) < USUAL_DAYS_MIN
    ranked_wh = np.sort(np.where(is_usual, energy_wh, np.inf), axis=0)
    rank = (is_usual.sum(axis=0) * ODD_RANK).astype(np.int64)
    usual_wh: NDArray[np.float64] = ranked_wh[rank, np.arange(rank.size)]
    return usual_wh


def _run(is_known: NDArray[np.bool_], is_odd: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the late days after the last that is known and not odd, if they are enough."""
    run = np.zeros_like(is_known)
    is_usual = (is_known & ~is_odd)[-LATE_D:]
    run[-LATE_D:] = ~np.logical_or.accumulate(is_usual[::-1], axis=0)[::-1]
    run &= (run & is_known).sum(axis=0) >= DAYS_MIN
    return run
