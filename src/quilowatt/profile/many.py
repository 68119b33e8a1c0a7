"""Energy of many meters over the same intervals, for lists and billing runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from quilowatt.profile.curve import Dials, rising_curve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns

__all__ = ["energies_wh"]

BLOCK_ROWS: Final = 500_000
"""Readings worked on at a time: 4 MB a column, which the caches still help with."""


def energies_wh(
    readings: ReadingColumns,
    edges_s: NDArray[np.int64],
    meters: NDArray[np.int32],
    digits: NDArray[np.int64],
    *,
    register: Literal["import", "export"] = "import",
) -> NDArray[np.int64]:
    """Energy of each meter in each interval.

    Parameters
    ----------
    readings : ReadingColumns
        Readings by meter and time, each instant once; a neighbour on each side of the period
        makes its ends whole.
    edges_s : ndarray of int64, shape (k + 1,)
        Rising edges of the intervals. [s since 1970-01-01 UTC]
    meters : ndarray of int32, shape (n,)
        Which meters, each once, in any order. One without readings gets zeros.
    digits : ndarray of int64, shape (n,)
        Their registers wrap at 10**digits Wh; 0 = never. [digits]
    register : str
        ``"import"`` or ``"export"``.

    Returns
    -------
    ndarray of int64, shape (n, k)
        Energy, in the order of `meters`. [Wh]
    """
    assert meters.shape == digits.shape
    register_wh = readings.import_wh if register == "import" else readings.export_wh
    order = np.argsort(meters)
    dials = Dials(meters[order], digits[order])
    result = np.zeros((meters.size, max(edges_s.size - 1, 0)), np.int64)
    for block, rows in _blocks(readings.meter, dials.meters):
        curve = rising_curve(readings.meter[rows], readings.time_s[rows], register_wh[rows], dials)
        result[order[block]] = np.diff(curve.energy_at(dials.meters[block], edges_s), axis=1)
    return result


def _blocks(meter: NDArray[np.int32], wanted: NDArray[np.int32]) -> Iterator[tuple[slice, slice]]:
    """Yield runs of wanted meters and the rows that hold their readings."""
    first = np.searchsorted(meter, wanted, side="left")
    last = np.searchsorted(meter, wanted, side="right")
    start = 0
    while start < wanted.size:
        room = int(np.searchsorted(last, first[start] + BLOCK_ROWS, side="right"))
        end = max(room, start + 1)
        yield slice(start, end), slice(int(first[start]), int(last[end - 1]))
        start = end
