"""What budgets and forecasts need to know of a running billing cycle, and nothing else.

Whoever bills makes these; budgets and forecasts take the function that does, so that they know
nothing of how a bill comes about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    import numpy as np
    from numpy.typing import NDArray

    from quilowatt.billing import UsagePoint
    from quilowatt.store import Client

__all__ = ["CycleEnergies", "CycleState", "EnergySource", "RunningCycles"]


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
        Energy taken in it so far; None when nothing was read. [Wh]
    total : Decimal or None
        What it costs so far; None when it can't be priced. [currency]
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


RunningCycles = Callable[[Sequence["Client"], str | None], list[CycleState]]
"""Gives the cycle of each usage point in a month, ``YYYY-MM``; None is the one that runs."""

EnergySource = Callable[[Sequence["Client"], "NDArray[np.int64]"], CycleEnergies]
"""Gives the energy of usage points of one zone between rising edges [s since 1970-01-01 UTC]."""
