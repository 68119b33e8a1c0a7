"""The energy of usage points in given periods, for whole pages of them at once.

The lists of the API and the cycles of bills stand on it; the answer comes from `profile` alone. A
usage point keeps its history when its meter is exchanged: the energies of all its meters are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.jobs.billed_places import power_limits_w
from quilowatt.jobs.cycle_readings import LOWEST_W
from quilowatt.profile import Connection, energies_wh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quilowatt.core import ReadingColumns
    from quilowatt.store import Client, Installation, Ledger

__all__ = [
    "Energies",
    "MeterStay",
    "Registers",
    "known_periods",
    "stays_at",
    "usage_point_energies",
]


class Registers(Protocol):
    """Where the registers of meters are read."""

    def readings(
        self, meters: NDArray[np.int32], edges_s: NDArray[np.int64], *, lowest_w: int
    ) -> ReadingColumns:
        """Return rows that tell the same energies as all, between edges [s since 1970 UTC], [W]."""
        ...


@dataclass(frozen=True, slots=True)
class Energies:
    """Energy of n usage points in k periods.

    Parameters
    ----------
    import_wh, export_wh : ndarray of int64, shape (n, k)
        Energy taken from and given to the grid; 0 where nothing is known. [Wh]
    is_known : ndarray of bool, shape (n, k)
        False where no reading says anything about the period.
    columns : ReadingColumns
        The readings that they were computed from, with the last ones of the present meters.
    """

    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    is_known: NDArray[np.bool_]
    columns: ReadingColumns

    def known_wh(self, row: int, column: int) -> int | None:
        """Return one energy, None where nothing is known. [Wh]."""
        return int(self.import_wh[row, column]) if self.is_known[row, column] else None


@dataclass(frozen=True, slots=True)
class MeterStay:
    """A meter that was at the usage point of a row for only some of the time.

    Parameters
    ----------
    row : int
        Of the usage point in its list.
    client : Client
        The meter, as the registry has it.
    connection : Connection
        What the usage point can carry.
    start_s, end_s : int
        Half-open. [s since 1970-01-01 UTC]
    """

    row: int
    client: Client
    connection: Connection
    start_s: int
    end_s: int

    @property
    def meter(self) -> int:
        """Its dense number."""
        return self.client.meter_number

    @property
    def digits(self) -> int:
        """Where its registers wrap: at 10**digits Wh."""
        return self.client.digits


def usage_point_energies(
    ledger: Ledger, registers: Registers, clients: Sequence[Client], edges_s: NDArray[np.int64]
) -> Energies:
    """Sum up what usage points took between the edges.

    Parameters
    ----------
    ledger : Ledger
        Asked once: which meters were there.
    registers : Registers
        Asked once: what they showed.
    clients : sequence of Client
        The usage points, n of them, all in one zone.
    edges_s : ndarray of int64, shape (k + 1,)
        Rising edges of the periods. [s since 1970-01-01 UTC]
    """
    limits_w = power_limits_w(ledger.terms, clients)
    zone = ZoneInfo(clients[0].timezone) if clients else None
    whole, stays = stays_at(ledger, clients, edges_s, Connection(limits_w, zone))
    meters = np.array([client.meter_number for client in clients], np.int32)
    wanted = np.unique(np.append(meters[whole], [stay.meter for stay in stays]).astype(np.int32))
    bounds_s = [bound_s for stay in stays for bound_s in (stay.start_s, stay.end_s)]
    cuts_s = np.clip(np.array(bounds_s, np.int64), edges_s[0], edges_s[-1])
    lowest_w = int(limits_w.min(initial=LOWEST_W))
    columns = registers.readings(wanted, np.union1d(edges_s, cuts_s), lowest_w=lowest_w)
    energies = Energies(
        np.zeros((len(clients), edges_s.size - 1), np.int64),
        np.zeros((len(clients), edges_s.size - 1), np.int64),
        np.zeros((len(clients), edges_s.size - 1), np.bool_),
        columns,
    )
    digits = np.array([client.digits for client in clients], np.int64)
    energies.import_wh[whole] = energies_wh(
        columns,
        edges_s,
        meters[whole],
        digits[whole],
        connections=Connection(limits_w[whole], zone),
    )
    if columns.export_wh.any():
        energies.export_wh[whole] = energies_wh(
            columns, edges_s, meters[whole], digits[whole], register="export"
        )
    energies.is_known[whole] = known_periods(columns, edges_s, meters[whole])
    for stay in stays:
        _add_stay(energies, columns.of(stay.meter), edges_s, stay)
    return energies


def stays_at(
    ledger: Ledger,
    clients: Sequence[Client],
    edges_s: NDArray[np.int64],
    connections: Connection,
) -> tuple[NDArray[np.intp], list[MeterStay]]:
    """Tell rows whose present meter was always there from stays that a period cuts.

    Parameters
    ----------
    ledger : Ledger
        Whom to ask.
    clients : sequence of Client
        The usage points.
    edges_s : ndarray of int64, shape (k + 1,)
        The period. [s since 1970-01-01 UTC]
    connections : Connection
        What each usage point can carry, and their zone.
    """
    row_of = {client.usage_point_id: row for row, client in enumerate(clients)}
    always = set(row_of.values())
    cut: list[tuple[int, Installation]] = []
    for place in ledger.installations(usage_point_ids=row_of):
        if place.start_s > 0 or place.end_s is not None:
            row = row_of[place.usage_point_id]
            always.discard(row)
            cut.append((row, place))
    cut = [(row, place) for row, place in cut if _overlaps(place, edges_s)]
    known = ledger.client_of_meters({place.meter_number for _, place in cut})
    stays = [
        MeterStay(
            row,
            known[place.meter_number],
            Connection(connections.powers_max_w(len(clients))[[row]], connections.zone),
            place.start_s,
            int(edges_s[-1]) if place.end_s is None else place.end_s,
        )
        for row, place in cut
    ]
    return np.array(sorted(always), np.intp), stays


def _overlaps(place: Installation, edges_s: NDArray[np.int64]) -> bool:
    ends_after = place.end_s is None or place.end_s > edges_s[0]
    return bool(place.start_s < edges_s[-1]) and ends_after


def _add_stay(
    energies: Energies, columns: ReadingColumns, edges_s: NDArray[np.int64], stay: MeterStay
) -> None:
    within_s = np.clip(edges_s, stay.start_s, stay.end_s)
    meter, digits = np.array([stay.meter], np.int32), np.array([stay.digits], np.int64)
    energies.import_wh[stay.row] += energies_wh(
        columns, within_s, meter, digits, connections=stay.connection
    )[0]
    if columns.export_wh.any():
        exported = energies_wh(columns, within_s, meter, digits, register="export")
        energies.export_wh[stay.row] += exported[0]
    energies.is_known[stay.row] |= known_periods(columns, within_s, meter)[0]


def known_periods(
    columns: ReadingColumns, edges_s: NDArray[np.int64], meters: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Say whose first reading lies before the end of a period, and last not before its start.

    Parameters
    ----------
    columns : ReadingColumns
        Of these and other meters.
    edges_s : ndarray of int64, shape (k + 1,)
        Edges of the periods. [s since 1970-01-01 UTC]
    meters : ndarray of int32, shape (n,)
        Which meters.

    Returns
    -------
    ndarray of bool, shape (n, k)
        Whether anything is known of each period.
    """
    first = np.searchsorted(columns.meter, meters, side="left")
    last = np.searchsorted(columns.meter, meters, side="right") - 1
    is_known = np.zeros((meters.size, edges_s.size - 1), np.bool_)
    has = np.flatnonzero(last >= first)
    starts_before = columns.time_s[first[has], None] < edges_s[None, 1:]
    ends_after = columns.time_s[last[has], None] >= edges_s[None, :-1]
    is_known[has] = starts_before & ends_after & (edges_s[1:] > edges_s[:-1])
    return is_known
