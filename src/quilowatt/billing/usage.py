"""The energy of many meters over the same intervals, cut where a tariff needs it cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quilowatt.core.calendar import TIME_S_MAX
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Usage"]

PRODUCT_EXACT_MAX = 2**31
"""Factors below this multiply in int64."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Energy of n meters in k intervals.

    Parameters
    ----------
    edges_s : ndarray of int64, shape (k + 1,)
        Rising edges of the intervals. [s since 1970-01-01 UTC]
    import_wh, export_wh : ndarray of int64, shape (n, k)
        Energy taken from and given to the grid. [Wh]
    """

    edges_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]

    def __post_init__(self) -> None:
        assert self.import_wh.shape == self.export_wh.shape
        assert self.import_wh.shape[1] == self.edges_s.size - 1 > 0
        assert 0 <= int(self.edges_s[0]) <= int(self.edges_s[-1]) <= TIME_S_MAX

    @classmethod
    def of_one(
        cls,
        edges_s: Sequence[int] | NDArray[np.int64],
        import_wh: Sequence[int] | NDArray[np.int64],
        export_wh: Sequence[int] | NDArray[np.int64] | None = None,
    ) -> Usage:
        """Take the intervals of a single meter [s since 1970-01-01 UTC, Wh]."""
        imported = np.array(import_wh, np.int64).reshape(1, -1)
        exported = np.zeros_like(imported)
        if export_wh is not None:
            exported = np.array(export_wh, np.int64).reshape(1, -1)
        return cls(np.array(edges_s, np.int64), imported, exported)

    def rows(self, first: int, last: int) -> Usage:
        """Return the meters from `first` to before `last`."""
        return Usage(self.edges_s, self.import_wh[first:last], self.export_wh[first:last])

    def cut(self, cuts_s: Sequence[int]) -> Usage:
        """Cut intervals at instants inside them, by time: each part gets its share, rounded down.

        The sum of the parts stays the interval's energy.
        """
        missing = np.setdiff1d(np.array(cuts_s, np.int64), self.edges_s)
        if not missing.size:
            return self
        edges_s = np.union1d(self.edges_s, missing)
        return Usage(edges_s, _cut(self.edges_s, self.import_wh, edges_s), self._export_at(edges_s))

    def between(self, start_s: int, end_s: int) -> Usage:
        """Return the part of a period [s since 1970-01-01 UTC].

        Raises
        ------
        BillingError
            If the intervals don't reach so far.
        """
        if not self.edges_s[0] <= start_s < end_s <= self.edges_s[-1]:
            raise BillingError(
                f"the profile goes from {self.edges_s[0]} to {self.edges_s[-1]} s, "
                f"the period from {start_s} to {end_s} s"
            )
        cut = self.cut([start_s, end_s])
        first, last = np.searchsorted(cut.edges_s, [start_s, end_s]).tolist()
        return Usage(
            cut.edges_s[first : last + 1],
            cut.import_wh[:, first:last],
            cut.export_wh[:, first:last],
        )

    def _export_at(self, edges_s: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self.export_wh.any():
            return np.zeros((self.export_wh.shape[0], edges_s.size - 1), np.int64)
        return _cut(self.edges_s, self.export_wh, edges_s)


def _cut(
    old_s: NDArray[np.int64], energy_wh: NDArray[np.int64], edges_s: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Read the running total at new edges, rounded down inside an old interval."""
    before = np.clip(np.searchsorted(old_s, edges_s, side="right") - 1, 0, old_s.size - 2)
    since_s = edges_s - old_s[before]
    span_s = old_s[before + 1] - old_s[before]
    total_wh = np.zeros((energy_wh.shape[0], old_s.size), np.int64)
    np.cumsum(energy_wh, axis=1, out=total_wh[:, 1:])
    whole, rest = np.divmod(energy_wh[:, before], span_s)
    # Both factors of the second product are below the length of an interval.
    assert span_s.max() < PRODUCT_EXACT_MAX
    part_wh: NDArray[np.int64] = whole * since_s + rest * since_s // span_s
    return np.diff(total_wh[:, before] + part_wh, axis=1)
