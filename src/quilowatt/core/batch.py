"""Readings as columns: what travels between wire, store, profile and alert.

Per-reading objects exist only at the edges; here a thousand readings are four arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ReadingBatch", "ReadingColumns"]


@dataclass(frozen=True, slots=True)
class ReadingBatch:
    """Readings on their way into the store, in the order of arrival.

    Parameters
    ----------
    meter : ndarray of int32, shape (n,)
        Dense meter number.
    time_s : ndarray of int64, shape (n,)
        Instant of the reading. [s since 1970-01-01 UTC]
    import_wh, export_wh : ndarray of int64, shape (n,)
        Cumulative registers A+ (OBIS 1-0:1.8.0) and A− (1-0:2.8.0). [Wh]
    """

    meter: NDArray[np.int32]
    time_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]

    def __post_init__(self) -> None:
        assert self.meter.dtype == np.int32
        assert self.time_s.dtype == self.import_wh.dtype == self.export_wh.dtype == np.int64
        assert self.meter.shape == self.time_s.shape == self.import_wh.shape == self.export_wh.shape

    def __len__(self) -> int:
        return self.meter.size

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> ReadingBatch:
        """Rows by index, mask or slice, in that order; a slice gives views."""
        return ReadingBatch(
            self.meter[rows], self.time_s[rows], self.import_wh[rows], self.export_wh[rows]
        )

    @classmethod
    def empty(cls) -> ReadingBatch:
        """No readings at all."""
        none = np.empty(0, np.int64)
        return cls(np.empty(0, np.int32), none, none, none)


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """Readings as the store answers them, sorted by meter and time.

    Parameters
    ----------
    meter : ndarray of int32, shape (n,)
        Dense meter number.
    time_s : ndarray of int64, shape (n,)
        Instant of the reading. [s since 1970-01-01 UTC]
    import_wh, export_wh : ndarray of int64, shape (n,)
        Cumulative registers. [Wh]
    commit : ndarray of int64, shape (n,)
        Number of the commit that brought it.
    is_revised : ndarray of bool, shape (n,)
        True where the instant has more than one fact; the newest stands here.
    """

    meter: NDArray[np.int32]
    time_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    commit: NDArray[np.int64]
    is_revised: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.meter.size

    def of(self, meter: int) -> ReadingColumns:
        """Return the readings of one meter, as views: the columns are sorted by meter."""
        # Of the column's own type: any other would copy the whole column to compare.
        bounds = np.array([meter, meter + 1], self.meter.dtype)
        first, last = np.searchsorted(self.meter, bounds)
        rows = slice(int(first), int(last))
        return ReadingColumns(
            self.meter[rows],
            self.time_s[rows],
            self.import_wh[rows],
            self.export_wh[rows],
            self.commit[rows],
            self.is_revised[rows],
        )
