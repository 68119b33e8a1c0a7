"""The energy of usage points over a long past: read once, in bounded parts, and not remembered.

Forecasts ask for a year of days once a day or an hour: their readings would only drive out of
memory what lists ask for again and again. The energies are those of `place_energy`, to the
watt-hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.jobs.cycle_readings import LOWEST_W, with_whole
from quilowatt.jobs.place_energy import usage_point_energies
from quilowatt.profile import CONTEXT_S, Connection, meters_with_more_to_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from quilowatt.core import ReadingColumns
    from quilowatt.store import Client, Ledger, ReadingStore

__all__ = ["PastEnergies", "RegistersOnce", "past_energies"]

ROWS: Final = 1_000_000
"""Readings worked on at a time, if meters report as they should: 37 MB, and some copies. 115
meters of 90 days at 15 minutes, 26 of 400 days; more is no faster."""


@dataclass(frozen=True, slots=True)
class PastEnergies:
    """Energy of n usage points in k periods.

    Parameters
    ----------
    import_wh, export_wh : ndarray of int64, shape (n, k)
        Energy taken from and given to the grid; 0 where nothing is known. [Wh]
    is_known : ndarray of bool, shape (n, k)
        False where no reading says anything about the period.
    is_plain : ndarray of bool, shape (n,)
        False where a meter did not only rise, or a hole holds an edge: its energies depend on the
        readings of `CONTEXT_S` around, and so, by some watt-hours, on the periods asked for.
    """

    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    is_known: NDArray[np.bool_]
    is_plain: NDArray[np.bool_]


class RegistersOnce:
    """Reads a store, and forgets.

    Parameters
    ----------
    store : ReadingStore
        Whom to ask.

    Attributes
    ----------
    odd : set of int
        Meters whose surroundings had to be read.
    """

    def __init__(self, store: ReadingStore) -> None:
        self._store = store
        self.odd: set[int] = set()

    def readings(
        self,
        meters: NDArray[np.int32],
        edges_s: NDArray[np.int64],
        *,
        lowest_w: int = LOWEST_W,
    ) -> ReadingColumns:
        """Return all rows between the edges [s since 1970-01-01 UTC], and more of odd meters.

        As `place_energy.Registers` wants it, with what surrounds the edges; limit in W.
        """
        start_s, end_s = int(edges_s[0]), int(edges_s[-1])
        columns = self._store.readings(meters, start_s, end_s, with_neighbours=True)
        odd = meters_with_more_to_read(columns, edges_s, Connection(lowest_w))
        if not odd.size:
            return columns
        self.odd.update(odd.tolist())
        around_s = max(start_s - CONTEXT_S, 0), end_s + CONTEXT_S
        whole = self._store.readings(odd, *around_s, with_neighbours=True)
        return with_whole(columns, whole)


def past_energies(
    ledger: Ledger, store: ReadingStore, clients: Sequence[Client], edges_s: NDArray[np.int64]
) -> PastEnergies:
    """Sum up what usage points took between the edges.

    Parameters
    ----------
    ledger : Ledger
        Which meters were there.
    store : ReadingStore
        What they showed.
    clients : sequence of Client
        The usage points, n of them, all in one zone.
    edges_s : ndarray of int64, shape (k + 1,)
        Rising edges of the periods. [s since 1970-01-01 UTC]
    """
    shape = (len(clients), edges_s.size - 1)
    found = PastEnergies(
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.bool_),
        np.ones(len(clients), np.bool_),
    )
    registers = RegistersOnce(store)
    for part in _parts(store, clients, edges_s):
        energies = usage_point_energies(ledger, registers, clients[part], edges_s)
        found.import_wh[part] = energies.import_wh
        found.export_wh[part] = energies.export_wh
        found.is_known[part] = energies.is_known
    if registers.odd:
        row_of = {client.usage_point_id: row for row, client in enumerate(clients)}
        places = ledger.installations(usage_point_ids=row_of)
        odd = [row_of[each.usage_point_id] for each in places if each.meter_number in registers.odd]
        found.is_plain[odd] = False
    return found


def _parts(
    store: ReadingStore, clients: Sequence[Client], edges_s: NDArray[np.int64]
) -> Iterator[slice]:
    """Share out usage points evenly, so that each part has some `ROWS` readings, or one of them."""
    latest = store.latest(np.array([client.meter_number for client in clients], np.int32))
    intervals_s = np.array([client.interval_s for client in clients], np.int64)
    until_s = np.minimum(latest.time_s, edges_s[-1])
    span_s = np.maximum(until_s - np.maximum(latest.first_time_s, edges_s[0]), 0)
    running = np.cumsum(span_s // np.maximum(intervals_s, 1) + 1)
    total = int(running.max(initial=0))
    count = -(-total // ROWS)
    shares = np.searchsorted(running, [total * number // count for number in range(1, count)])
    bounds = np.unique([0, *shares.tolist(), len(clients)]).tolist()
    return starmap(slice, pairwise(bounds))
