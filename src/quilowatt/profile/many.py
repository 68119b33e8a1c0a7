"""Energy of many meters over the same intervals, for lists and billing runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from quilowatt.profile.connection import UNKNOWN, Connection
from quilowatt.profile.curve import Dials, Registers, odd_meters, rising_curve
from quilowatt.profile.typical import LEARN_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns

__all__ = ["CONTEXT_S", "energies_wh", "meters_with_more_to_read"]

CONTEXT_S: Final = LEARN_S
"""What is further away from a period changes nothing in it. [s]"""

BLOCK_ROWS: Final = 500_000
"""Readings worked on at a time: 4 MB a column, which the caches still help with."""


def energies_wh(
    readings: ReadingColumns,
    edges_s: NDArray[np.int64],
    meters: NDArray[np.int32],
    digits: NDArray[np.int64],
    *,
    register: Literal["import", "export"] = "import",
    connections: Connection = UNKNOWN,
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
    connections : Connection
        What the usage points can carry, in the order of `meters`, and their zone.

    Returns
    -------
    ndarray of int64, shape (n, k)
        Energy, in the order of `meters`. [Wh]
    """
    assert meters.shape == digits.shape
    register_wh = readings.import_wh if register == "import" else readings.export_wh
    order = np.argsort(meters)
    powers_w = connections.powers_max_w(meters.size)
    dials = Dials(meters[order], digits[order], powers_w[order], connections.zone)
    result = np.zeros((meters.size, max(edges_s.size - 1, 0)), np.int64)
    for block, rows in _blocks(readings.meter, dials.meters):
        registers = Registers(readings.meter[rows], readings.time_s[rows], register_wh[rows])
        curve = rising_curve(registers, dials, edges_s)
        result[order[block]] = np.diff(curve.energy_at(dials.meters[block], edges_s), axis=1)
    return result


def meters_with_more_to_read(
    readings: ReadingColumns, edges_s: NDArray[np.int64], connections: Connection = UNKNOWN
) -> NDArray[np.int32]:
    """Name the meters whose energies depend on more than the readings beside the edges.

    Of these the surroundings decide: all readings of the period, and `CONTEXT_S` before and after.

    Parameters
    ----------
    readings : ReadingColumns
        Of any meters; for the others the rows beside the edges are enough.
    edges_s : ndarray of int64, shape (k,)
        Between which energies are wanted. [s since 1970-01-01 UTC]
    connections : Connection
        With one limit for all meters: the lowest.

    Returns
    -------
    ndarray of int32, shape (n,)
        Rising meter numbers.
    """
    meters = readings.meter[np.flatnonzero(np.diff(readings.meter, prepend=-1))]
    none = np.zeros(meters.size, np.int64)
    dials = Dials(meters, none, connections.powers_max_w(meters.size), None)
    shown = [readings.import_wh]
    if readings.export_wh.any():  # else it never moved, and its times are those of the import
        shown.append(readings.export_wh)
    found = [
        odd_meters(Registers(readings.meter, readings.time_s, register_wh), dials, edges_s)
        for register_wh in shown
    ]
    return np.unique(np.concatenate(found))


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
