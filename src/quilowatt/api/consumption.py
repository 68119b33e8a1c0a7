"""What clients consume: last reading, power, today, this month, and a period that was asked for.

Both languages of the API write these facts in their own words; nothing is formatted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.api.power import mean_powers_w
from quilowatt.core.calendar import day_start_s, month_start_s, next_day_start_s
from quilowatt.jobs.billed_places import present_clients
from quilowatt.jobs.place_energy import Energies, usage_point_energies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quilowatt.api.moments import Moment
    from quilowatt.api.services import Services
    from quilowatt.store import Client

__all__ = ["Asked", "ClientState", "by_zone", "client_states", "zone_of"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A period that may lack its start (the first reading) or its end (now)."""

    start: Moment | None
    end: Moment | None

    def bounds_s(self, zone: ZoneInfo, now_s: int) -> tuple[int, int]:
        """Return the period in one zone. [s since 1970-01-01 UTC]."""
        start_s = self.start.start_s(zone) if self.start else 0
        return start_s, self.end.end_s(zone) if self.end else now_s


@dataclass(frozen=True, slots=True)
class ClientState:
    """What is known of one usage point now; None where nothing is.

    Parameters
    ----------
    client : Client
        Whose it is.
    zone : ZoneInfo
        Whose days count there.
    time_s : int or None
        Instant of the last reading of its meter. [s since 1970-01-01 UTC]
    import_wh, export_wh : int
        Registers then. [Wh]
    power_w : int or None
        Mean power up to the last reading; see `api.power`. [W]
    today_wh, month_wh : int or None
        Energy taken since local midnight, and since the local month began. [Wh]
    period_s : tuple of int or None
        The period that was asked for. [s since 1970-01-01 UTC]
    period_wh : int or None
        Energy taken in it. [Wh]
    """

    client: Client
    zone: ZoneInfo
    time_s: int | None
    import_wh: int
    export_wh: int
    power_w: int | None
    today_wh: int | None
    month_wh: int | None
    period_s: tuple[int, int] | None
    period_wh: int | None


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its IANA name."""
    return ZoneInfo(name)


def by_zone(clients: Sequence[Client]) -> list[tuple[ZoneInfo, list[int]]]:
    """Group rows by zone: the edges of days and months are the same within one."""
    rows = sorted(range(len(clients)), key=lambda row: clients[row].timezone)
    groups = groupby(rows, key=lambda row: clients[row].timezone)
    return [(zone_of(name), list(group)) for name, group in groups]


def client_states(
    services: Services, clients: Sequence[Client], asked: Asked | None
) -> list[ClientState]:
    """Find out what usage points consume, for a whole page at once.

    Parameters
    ----------
    services : Services
        Whom to ask.
    clients : sequence of Client
        The page.
    asked : Asked or None
        A period besides today and this month.
    """
    clients = present_clients(services.ledger.terms, clients, services.now_s())
    states: dict[int, ClientState] = {}
    for zone, rows in by_zone(clients):
        group = [clients[row] for row in rows]
        states.update(zip(rows, _states_in(services, group, zone, asked), strict=True))
    return [states[row] for row in range(len(clients))]


def _states_in(
    services: Services, clients: list[Client], zone: ZoneInfo, asked: Asked | None
) -> list[ClientState]:
    now_s = services.now_s()
    today_s = day_start_s(now_s, zone)
    edges_s = [month_start_s(now_s, zone), today_s, next_day_start_s(now_s, zone)]
    current = _energies(services, clients, edges_s)
    bounds_s = asked.bounds_s(zone, now_s) if asked else None
    period = _energies(services, clients, bounds_s) if bounds_s else None
    latest = services.readings.latest(
        np.array([client.meter_number for client in clients], np.int32)
    )
    powers = mean_powers_w(latest, clients, current.columns)
    times_s, imports, exports = (
        column.tolist() for column in (latest.time_s, latest.import_wh, latest.export_wh)
    )
    return [
        ClientState(
            client=client,
            zone=zone,
            time_s=times_s[row] or None,
            import_wh=imports[row],
            export_wh=exports[row],
            power_w=powers[row],
            today_wh=current.known_wh(row, 1),
            month_wh=_month_wh(current, row),
            period_s=bounds_s,
            period_wh=period.known_wh(row, 0) if period else None,
        )
        for row, client in enumerate(clients)
    ]


def _energies(services: Services, clients: list[Client], edges_s: Sequence[int]) -> Energies:
    edges = np.array(edges_s, np.int64)
    return usage_point_energies(services.ledger, services.registers, clients, edges)


def _month_wh(current: Energies, row: int) -> int | None:
    return int(current.import_wh[row].sum()) if current.is_known[row].any() else None
