"""The energy of usage points on whole days, and whether their readings show all of it.

A day is known in full when the readings around its midnights are near, and those around an exchange
of meters in it: what is estimated over a longer gap would be told as a mismatch of sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.jobs.place_energy import stays_at, usage_point_energies
from quilowatt.profile import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quilowatt.core import ReadingColumns
    from quilowatt.jobs.place_energy import MeterStay, Registers
    from quilowatt.store import Client, Ledger

__all__ = ["DayEnergies", "day_energies"]

TIME_BITS: Final = 40
"""Instants are below 2**40 s, so meter and time make one sortable int64."""

FAR_S: Final = 1 << TIME_BITS
"""Where no reading is. [s]"""

GAP_MIN_S: Final = 3600
"""Readings so far apart are near: what is moved over midnight is a 24th of a day at most. [s]"""

GAP_INTERVALS: Final = 2
"""…or so many of the meter's intervals: one reading may lack. [1]"""

BLOCK: Final = 4200
"""Days of usage points read at once: 400,000 readings at 15 minutes. [d]"""


@dataclass(frozen=True, slots=True)
class DayEnergies:
    """Energy of n usage points on k days.

    Parameters
    ----------
    import_wh, export_wh : ndarray of int64, shape (n, k)
        Taken from and given to the grid. [Wh]
    is_whole : ndarray of bool, shape (n, k)
        Whether the readings show all of the day.
    """

    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    is_whole: NDArray[np.bool_]


def day_energies(
    ledger: Ledger, registers: Registers, clients: Sequence[Client], edges_s: NDArray[np.int64]
) -> DayEnergies:
    """Sum up the days of usage points, whatever meters they had.

    Parameters
    ----------
    ledger : Ledger
        Asked which meters were there.
    registers : Registers
        Asked what they showed.
    clients : sequence of Client
        The usage points, in any zones.
    edges_s : ndarray of int64, shape (k + 1,)
        Rising edges of the days, after the last of which no reading may be. A day that is to be
        known in full is not the last one: a meter that is there stays beyond it. [s since 1970 UTC]
    """
    shape = len(clients), edges_s.size - 1
    found = DayEnergies(
        np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    )
    by_zone: dict[str, list[int]] = {}
    for row, client in enumerate(clients):
        by_zone.setdefault(client.timezone, []).append(row)
    places = max(1, BLOCK // edges_s.size)
    for rows in by_zone.values():
        for first in range(0, len(rows), places):
            some = rows[first : first + places]
            block = [clients[row] for row in some]
            energies = usage_point_energies(ledger, registers, block, edges_s)
            found.import_wh[some] = energies.import_wh
            found.export_wh[some] = energies.export_wh
            found.is_whole[some] = _is_whole(ledger, block, energies.columns, edges_s)
    return found


def _is_whole(
    ledger: Ledger, clients: Sequence[Client], columns: ReadingColumns, edges_s: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say of which days of usage points in one zone the readings show all, shape (n, k)."""
    connections = Connection(zone=ZoneInfo(clients[0].timezone))
    always, stays = stays_at(ledger, clients, edges_s, connections)
    is_whole = np.zeros((len(clients), edges_s.size - 1), np.bool_)
    meters = np.array([client.meter_number for client in clients], np.int32)[always]
    near_s = np.array([_near_s(client.interval_s) for client in clients], np.int64)[always]
    before_s, after_s = _around(
        columns, meters, np.broadcast_to(edges_s, (always.size, edges_s.size))
    )
    is_near = after_s - before_s <= near_s[:, None]
    is_whole[always] = is_near[:, :-1] & is_near[:, 1:]
    for row in {stay.row for stay in stays}:
        is_whole[row] = _whole_days([stay for stay in stays if stay.row == row], columns, edges_s)
    return is_whole


def _whole_days(
    stays: Sequence[MeterStay], columns: ReadingColumns, edges_s: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say the same of a usage point whose meters were exchanged."""
    is_whole = np.ones(edges_s.size - 1, np.bool_)
    covered_s = np.zeros(edges_s.size - 1, np.int64)
    near_s = max(_near_s(stay.client.interval_s) for stay in stays)
    for stay in stays:
        within_s = np.clip(edges_s, stay.start_s, stay.end_s)
        meter = np.array([stay.meter], np.int32)
        before_s, after_s = (side[0] for side in _around(columns, meter, within_s[None, :]))
        is_near = after_s - before_s <= near_s
        starts = is_near | ((within_s == stay.start_s) & (after_s - within_s <= near_s))
        ends = is_near | ((within_s == stay.end_s) & (within_s - before_s <= near_s))
        length_s = np.diff(within_s)
        is_whole &= (length_s == 0) | (starts[:-1] & ends[1:])
        covered_s += length_s
    return is_whole & (np.diff(edges_s) - covered_s <= near_s)


def _around(
    columns: ReadingColumns, meters: NDArray[np.int32], instants_s: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the readings at or before and at or after instants of meters, shape (n, k) each [s]."""
    if not len(columns):
        return np.full_like(instants_s, -FAR_S), np.full_like(instants_s, FAR_S)
    keys = (columns.meter.astype(np.int64) << TIME_BITS) | columns.time_s
    wanted = (meters.astype(np.int64)[:, None] << TIME_BITS) | instants_s
    sides = []
    for row, nothing_s in (
        (np.searchsorted(keys, wanted, side="right") - 1, -FAR_S),
        (np.searchsorted(keys, wanted, side="left"), FAR_S),
    ):
        at = np.clip(row, 0, len(columns) - 1)
        is_its = (at == row) & (columns.meter[at] == meters[:, None])
        sides.append(np.where(is_its, columns.time_s[at], nothing_s))
    return sides[0], sides[1]


def _near_s(interval_s: int) -> int:
    return max(GAP_MIN_S, GAP_INTERVALS * interval_s)
