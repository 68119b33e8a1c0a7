"""What budgets and forecasts need to know of a running billing cycle, and nothing else.

Whoever bills makes these; budgets and forecasts take the function that does, so that they know
nothing of how a bill comes about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from quilowatt.billing.cycles import next_month_of

if TYPE_CHECKING:
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    import numpy as np
    from numpy.typing import NDArray

    from quilowatt.billing import UsagePoint
    from quilowatt.store import Client

__all__ = ["CycleEnergies", "CycleState", "EnergySource", "RunningCycles", "cycles_at"]


@dataclass(frozen=True, slots=True)
class CycleState:
    """A billing cycle of a usage point, as far as the readings go.

    Parameters
    ----------
    client : Client
        Whose it is, with the tariff that the cycle is billed by.
    zone : ZoneInfo
        Whose days count.
    month : str
        ``YYYY-MM``: in which the cycle begins.
    start_s, end_s : int
        The whole cycle. [s since 1970-01-01 UTC]
    energy_wh : int or None
        Energy taken in it so far; None when nothing was read, or nobody asked. [Wh]
    total : Decimal or None
        What it costs so far; None when it can't be priced, or nobody asked. [currency]
    currency : str or None
        ISO 4217 code of the total.
    point : UsagePoint
        What else its bill depends on.
    """

    client: Client
    zone: ZoneInfo
    month: str
    start_s: int
    end_s: int
    energy_wh: int | None
    total: Decimal | None
    currency: str | None
    point: UsagePoint


class CycleEnergies(Protocol):
    """Energy of n usage points in k periods, as `EnergySource` gives it."""

    @property
    def import_wh(self) -> NDArray[np.int64]:
        """Taken from the grid, shape (n, k) [Wh]."""
        ...

    @property
    def export_wh(self) -> NDArray[np.int64]:
        """Given to the grid, shape (n, k) [Wh]."""
        ...

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """False where no reading says anything about the period, shape (n, k)."""
        ...

    @property
    def is_plain(self) -> NDArray[np.bool_]:
        """False where energies depend on the periods asked for, by estimates, shape (n,)."""
        ...


RunningCycles = Callable[[Sequence["Client"], str | None], list[CycleState]]
"""Gives the cycle of each usage point in a month, ``YYYY-MM``; None is the one that runs."""

EnergySource = Callable[[Sequence["Client"], "NDArray[np.int64]"], CycleEnergies]
"""Gives the energy of usage points of one zone between rising edges [s since 1970-01-01 UTC]."""


def cycles_at(
    running: RunningCycles, asked: Sequence[tuple[Client, int]], *, at_most: int
) -> list[CycleState | None]:
    """Find the cycles of usage points that hold some instants of the past.

    Parameters
    ----------
    running : callable
        Gives the cycles of a month.
    asked : sequence of (Client, int)
        A usage point and an instant. [s since 1970-01-01 UTC]
    at_most : int
        How many cycles of each usage point are looked at, from the one that runs backwards.

    Returns
    -------
    list of CycleState or None
        One for each, in their order; None where none of these cycles holds the instant.
    """
    found: list[CycleState | None] = [None] * len(asked)
    months: dict[int, str | None] = {}
    rows = list(range(len(asked)))
    for _ in range(at_most):
        cycles = _by_place(running, [asked[row][0] for row in rows], months)
        earlier = []
        for row in rows:
            client, at_s = asked[row]
            cycle = cycles[client.usage_point_id]
            if at_s < cycle.start_s:
                earlier.append(row)
            elif at_s < cycle.end_s:
                found[row] = cycle
        months = {place: next_month_of(cycle.month, -1) for place, cycle in cycles.items()}
        rows = earlier
    return found


def _by_place(
    running: RunningCycles, clients: Sequence[Client], months: dict[int, str | None]
) -> dict[int, CycleState]:
    """Ask once for all usage points of a month."""
    wanted: dict[str | None, dict[int, Client]] = {}
    for client in clients:
        month = months.get(client.usage_point_id)
        wanted.setdefault(month, {})[client.usage_point_id] = client
    return {
        cycle.client.usage_point_id: cycle
        for month, places in wanted.items()
        for cycle in running(list(places.values()), month)
    }
