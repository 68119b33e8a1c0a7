"""What a forecast looks at: the cycle so far, the days of a year, and the hours of four weeks.

All of it is asked for at once, between the union of all edges, and added up from there: energies
between edges telescope, so that sums are what a question of its own would have given. What is
estimated over a hole is learned from the weeks around the period that is asked for. So of such
meters the cycle and the hours are asked for by themselves, and the cycle is judged as in a bill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.history import GAP_WH, History
from quilowatt.billing import Usage
from quilowatt.core.calendar import Resolution, day_start_s, interval_edges_s

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.jobs.running_cycle import CycleEnergies, CycleState, EnergySource
    from quilowatt.store import Client

__all__ = ["ForecastPast", "forecast_past"]

HISTORY_DAYS: Final = 400
"""A year and some weeks: the season is believed by half after five months. [d]"""

SHAPE_DAYS: Final = 28
"""Days whose hours tell the shape of a day well. [d]"""

DAY_S: Final = 86_400

_Both = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
"""What was taken, and what was given. [Wh]"""


@dataclass(frozen=True, slots=True)
class ForecastPast:
    """What is known of n usage points until an instant.

    Parameters
    ----------
    measured : Usage or None
        The cycle so far; None at its very start.
    taken : History
        What they took from the grid before.
    given : History or None
        What they gave to it; None if nobody gave anything.
    """

    measured: Usage | None
    taken: History
    given: History | None


def forecast_past(
    energies: EnergySource, cycles: Sequence[CycleState], cuts_s: Sequence[int], known_s: int
) -> ForecastPast:
    """Ask once for all that is known of usage points.

    Parameters
    ----------
    energies : callable
        Gives energy between edges.
    cycles : sequence of CycleState
        They share zone and dates.
    cuts_s : sequence of int
        Rising, between the start of the cycle and the instant: where the energy must be known.
        [s since 1970-01-01 UTC]
    known_s : int
        The instant. [s since 1970-01-01 UTC]
    """
    start_s, zone, clients = cycles[0].start_s, cycles[0].zone, [each.client for each in cycles]
    today_s = day_start_s(known_s, zone)
    days_s = _edges(today_s - HISTORY_DAYS * DAY_S, today_s, Resolution.DAY, zone)
    hours_s = _edges(known_s - SHAPE_DAYS * DAY_S, known_s, Resolution.HOUR, zone)
    cycle_s = np.array([start_s, *cuts_s, known_s] if start_s < known_s else [], np.int64)
    around_days_s, around_hours_s = _around(days_s, known_s), _around(hours_s, known_s)
    edges_s = np.unique(np.concatenate([around_days_s, around_hours_s, cycle_s]))
    found = _Fine.of(energies, clients, edges_s)
    days, hours = found.whole_wh(around_days_s), found.whole_wh(around_hours_s)
    so_far = found.sums_wh(cycle_s)
    odd = np.flatnonzero(~found.energies.is_plain)
    if odd.size:
        some = [clients[row] for row in odd.tolist()]
        own_hours = _Fine.of(energies, some, around_hours_s).whole_wh(around_hours_s)
        _put(hours, odd, own_hours)
        if cycle_s.size:
            _put(so_far, odd, _Fine.of(energies, some, cycle_s).sums_wh(cycle_s))
    measured = Usage(cycle_s, *so_far) if cycle_s.size else None
    taken, given = (
        History(days_s, day_wh, hours_s, hour_wh)
        for day_wh, hour_wh in zip(days, hours, strict=True)
    )
    is_given = max(given.day_wh.max(initial=0), given.hour_wh.max(initial=0)) > 0
    return ForecastPast(measured, taken, given if is_given else None)


@dataclass(frozen=True, slots=True)
class _Fine:
    """Energies between edges so fine that all periods that are asked for are sums of them."""

    edges_s: NDArray[np.int64]
    energies: CycleEnergies

    @classmethod
    def of(
        cls, energies: EnergySource, clients: Sequence[Client], edges_s: NDArray[np.int64]
    ) -> _Fine:
        return cls(edges_s, energies(clients, edges_s))

    def sums_wh(self, edges_s: NDArray[np.int64]) -> _Both:
        """Add up what was taken and given between some of the edges [Wh]."""
        return (
            self._sums(self.energies.import_wh, edges_s),
            self._sums(self.energies.export_wh, edges_s),
        )

    def whole_wh(self, edges_s: NDArray[np.int64]) -> _Both:
        """Add up likewise, `GAP_WH` where a period lies not wholly in the readings [Wh].

        The first and the last period only tell of their neighbours: what is known of the periods
        before and after is known of all between.
        """
        is_known = self._sums(self.energies.is_known, edges_s) > 0
        is_whole = is_known[:, :-2] & is_known[:, 2:]
        taken_wh, given_wh = self.sums_wh(edges_s)
        return (
            np.where(is_whole, taken_wh[:, 1:-1], GAP_WH),
            np.where(is_whole, given_wh[:, 1:-1], GAP_WH),
        )

    def _sums(
        self, fine: NDArray[np.int64] | NDArray[np.bool_], edges_s: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        running = np.zeros((len(fine), self.edges_s.size), np.int64)
        np.cumsum(fine, axis=1, out=running[:, 1:])
        return np.diff(running[:, np.searchsorted(self.edges_s, edges_s)], axis=1)


def _put(all_wh: _Both, rows: NDArray[np.intp], own_wh: _Both) -> None:
    """Put some usage points' own energies in the place of what they were among all [Wh]."""
    for every_wh, each_wh in zip(all_wh, own_wh, strict=True):
        every_wh[rows] = each_wh


def _edges(start_s: int, end_s: int, resolution: Resolution, zone: ZoneInfo) -> NDArray[np.int64]:
    edges_s = interval_edges_s(max(start_s, DAY_S), end_s, resolution, zone)
    return edges_s[edges_s <= end_s]


def _around(edges_s: NDArray[np.int64], known_s: int) -> NDArray[np.int64]:
    """Put a period before the first, and one after the last."""
    before_s = 2 * edges_s[0] - edges_s[1]
    return np.array([before_s, *edges_s.tolist(), known_s + 1], np.int64)
