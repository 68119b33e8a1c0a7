"""What a tariff says about the intervals of a cycle, worked out once for all meters.

A cycle falls into segments in which one version and one table of taxes hold. Within them a plan
knows the period of each interval under each schedule, the label of each under each table, and
adds up the energy of a block of meters accordingly, in int64.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.billing.charges import (
    CalendarCharge,
    Contribution,
    DemandCharge,
    MinimumMoney,
    NetMetering,
    SeriesCharge,
    TieredCharge,
)
from quilowatt.core.calendar import date_start_s, day_start_s, local_date

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.billing.charges import Charge
    from quilowatt.billing.tariff import Tariff, Terms
    from quilowatt.billing.usage import Usage

__all__ = ["Grid", "Plan", "Segment", "Sums", "make_plan"]

DAY_S: Final = 86_400
INT64_MAX: Final = 2**63 - 1
NANO: Final = 10**9
WH_PER_KWH: Final = 1000

Sums = dict[tuple[str, ...], "list[list[list[int]]]"]
"""By flow and grouping: energy by meter, segment and group. [Wh]"""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the cycle in which the same terms hold.

    Parameters
    ----------
    start_s, end_s : int
        Half-open. [s since 1970-01-01 UTC]
    first, last : int
        Its intervals are ``[first, last)``.
    terms : Terms
        What is in force.
    days : Fraction
        How long it is. [d]
    share : Fraction
        Of the cycle, by days. [-]
    """

    start_s: int
    end_s: int
    first: int
    last: int
    terms: Terms
    days: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True)
class Grid:
    """Which group each interval belongs to, and the names of the groups."""

    names: tuple[str, ...]
    index: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Plan:
    """A tariff laid over the intervals of one cycle.

    Parameters
    ----------
    tariff : Tariff
        What is priced by.
    zone : ZoneInfo
        Where its days begin.
    edges_s : ndarray of int64, shape (k + 1,)
        With every cut that the tariff needs. [s since 1970-01-01 UTC]
    segments : tuple of Segment
        By time.
    grids : mapping of str to Grid
        ``""`` for all in one group, ``"schedule NAME"``, ``"table NAME"``.
    prices : dict
        Prices of series that were looked up so far.
    windows : dict
        Windows of demand that were worked out so far.
    labelled : dict
        Days of labels that were counted so far. [d]
    dated : dict
        Intervals of local days that were looked up so far.
    recalled : frozenset of str
        Codes of charges that others depend on.
    days_of_cycle : Fraction
        How long it is. [d]
    """

    tariff: Tariff
    zone: ZoneInfo
    edges_s: NDArray[np.int64]
    segments: tuple[Segment, ...]
    grids: dict[str, Grid]
    prices: dict[tuple[int, SeriesCharge], tuple[list[Fraction], NDArray[np.int64] | None]] = field(
        default_factory=dict
    )
    labelled: dict[tuple[int, str], list[Fraction]] = field(default_factory=dict)
    dated: dict[int, list[slice]] = field(default_factory=dict)
    recalled: frozenset[str] = frozenset()
    days_of_cycle: Fraction = Fraction(0)
    windows: dict[tuple[int, DemandCharge], tuple[NDArray[np.int64], NDArray[np.bool_]]] = field(
        default_factory=dict
    )

    def sums(self, usage: Usage) -> Sums:
        """Add up the energy of a block of meters by segment and group."""
        flows = {"import": usage.import_wh, "export": usage.export_wh}
        return {
            (flow, name): self._grouped(energy_wh, grid).tolist()
            for flow, energy_wh in flows.items()
            for name, grid in self.grids.items()
        }

    def _grouped(self, energy_wh: NDArray[np.int64], grid: Grid) -> NDArray[np.int64]:
        segment = np.zeros(grid.index.size, np.int64)
        for number, part in enumerate(self.segments):
            segment[part.first : part.last] = number
        target = segment * len(grid.names) + grid.index
        starts = np.flatnonzero(np.diff(target, prepend=-1))
        runs_wh = np.add.reduceat(energy_wh, starts, axis=1)
        groups = len(self.segments) * len(grid.names)
        result = np.zeros((energy_wh.shape[0], groups), np.int64)
        for group in np.unique(target).tolist():
            result[:, group] = runs_wh[:, target[starts] == group].sum(axis=1)
        return result.reshape(-1, len(self.segments), len(grid.names))

    def peak_wh(self, energy_wh: NDArray[np.int64], segment: Segment, charge: DemandCharge) -> int:
        """Return the most energy that one meter used in a window of a demand charge [Wh].

        Of the segment, or of the whole cycle where a change is priced by days.
        """
        part = slice(segment.first, segment.last)
        if self.tariff.change == "days":
            part = slice(0, energy_wh.size)
        starts, is_wanted = self._windows(part, charge)
        sums_wh = np.add.reduceat(energy_wh[part], starts)
        return int(sums_wh[is_wanted].max(initial=0))

    def _windows(
        self, part: slice, charge: DemandCharge
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """First interval of each window, and which windows count."""
        # Charges for different usage points may share a code.
        key = (part.start, charge)
        if key not in self.windows:
            edges_s = self.edges_s[part]
            days_s = np.array([day_start_s(s, self.zone) for s in edges_s.tolist()], np.int64)
            window = (edges_s - days_s) // charge.window_s * charge.window_s + days_s
            starts = np.flatnonzero(np.diff(window, prepend=-1)).astype(np.int64)
            is_wanted = np.ones(starts.size, np.bool_)
            if charge.schedule and charge.periods:
                grid = self.grids[f"schedule {charge.schedule}"]
                wanted = [i for i, name in enumerate(grid.names) if name in charge.periods]
                is_wanted = np.isin(grid.index[part][starts], wanted)
            self.windows[key] = starts, is_wanted
        return self.windows[key]

    def days(self, segment: Segment) -> list[slice]:
        """Return the intervals of each local day of a segment."""
        if segment.first not in self.dated:
            starts_s = self.edges_s[segment.first : segment.last].tolist()
            dates = [local_date(start_s, self.zone) for start_s in starts_s]
            firsts = [i for i, day in enumerate(dates) if not i or day != dates[i - 1]]
            bounds = [segment.first + i for i in [*firsts, len(dates)]]
            self.dated[segment.first] = [slice(a, b) for a, b in pairwise(bounds)]
        return self.dated[segment.first]

    def label_days(self, table: str, segment: Segment) -> list[Fraction]:
        """Return how many days of a segment each label of a table has [d]."""
        key = (segment.first, table)
        if key not in self.labelled:
            grid = self.grids[f"table {table}"]
            part = slice(segment.first, segment.last)
            spans_s = np.diff(self.edges_s)[part]
            self.labelled[key] = [
                Fraction(int(spans_s[grid.index[part] == label].sum()), DAY_S)
                for label in range(len(grid.names))
            ]
        return self.labelled[key]

    def series_amount(
        self, energy_wh: NDArray[np.int64], segment: Segment, charge: SeriesCharge
    ) -> Fraction:
        """Price each interval of one meter by a series and add up exactly [currency]."""
        exact, nano = self._series_prices(segment, charge)
        used = energy_wh[segment.first : segment.last]
        peak_wh = int(np.abs(used).max(initial=0))
        if nano is not None:
            peak = int(np.abs(nano).max(initial=0))
            if peak * peak_wh * max(used.size, 1) <= INT64_MAX:
                # Wh · n¤/kWh = 10⁻¹² ¤, summed in int64 without any rounding.
                return Fraction(int(used @ nano), NANO * WH_PER_KWH)
        pairs = zip(used.tolist(), exact, strict=True)
        return sum((Fraction(wh, WH_PER_KWH) * price for wh, price in pairs), Fraction(0))

    def _series_prices(
        self, segment: Segment, charge: SeriesCharge
    ) -> tuple[list[Fraction], NDArray[np.int64] | None]:
        """Price of each interval, and the same in n¤/kWh where that is exact."""
        key = (segment.first, charge)
        if key not in self.prices:
            times_s = self.edges_s[segment.first : segment.last].tolist()
            series = self.tariff.series[charge.series].prices_at(times_s, charge.series)
            factor, adder = Fraction(charge.factor), Fraction(charge.adder)
            exact = [Fraction(price) * factor + adder for price in series]
            scaled = [price * NANO for price in exact]
            is_nano = all(p.denominator == 1 and abs(p) <= INT64_MAX for p in scaled)
            nano = np.array([int(p) for p in scaled], np.int64) if is_nano else None
            self.prices[key] = exact, nano
        return self.prices[key]


def make_plan(tariff: Tariff, edges_s: NDArray[np.int64], zone: ZoneInfo) -> Plan:
    """Lay a tariff over the intervals of a cycle.

    Raises
    ------
    BillingError
        If the tariff has no version, no taxes, no label or no price somewhere in the cycle.
    """
    start_s, end_s = int(edges_s[0]), int(edges_s[-1])
    bounds_s = [start_s, *tariff.segment_cuts_s(start_s, end_s, zone), end_s]
    assert np.isin(bounds_s, edges_s).all()
    lengths = [_days(first_s, last_s, zone) for first_s, last_s in pairwise(bounds_s)]
    # The sum, so that shares make one whole even where the cycle is cut off within a day.
    total = sum(lengths, Fraction(0))
    segments = []
    for (first_s, last_s), days in zip(pairwise(bounds_s), lengths, strict=True):
        first, last = np.searchsorted(edges_s, [first_s, last_s]).tolist()
        terms = tariff.terms(local_date(first_s, zone))
        segments.append(Segment(first_s, last_s, first, last, terms, days, days / total))
    charges = [charge for part in segments for charge in part.terms.version.charges]
    recalled = {code for c in charges if isinstance(c, MinimumMoney) for code in c.of}
    recalled |= {code for c in charges if isinstance(c, Contribution) for code in c.cap_of}
    grids = _grids(tariff, edges_s, zone, charges)
    return Plan(
        tariff,
        zone,
        edges_s,
        tuple(segments),
        grids,
        recalled=frozenset(recalled),
        days_of_cycle=total,
    )


def _days(start_s: int, end_s: int, zone: ZoneInfo) -> Fraction:
    """Count local days where the ends are midnights; else days of 24 hours."""
    first, last = local_date(start_s, zone), local_date(end_s, zone)
    if date_start_s(first, zone) == start_s and date_start_s(last, zone) == end_s:
        return Fraction((last - first).days)
    return Fraction(end_s - start_s, DAY_S)


def _grids(
    tariff: Tariff, edges_s: NDArray[np.int64], zone: ZoneInfo, charges: list[Charge]
) -> dict[str, Grid]:
    grids = {"": Grid(("",), np.zeros(edges_s.size - 1, np.int64))}
    starts_s = edges_s[:-1].tolist()
    makers: dict[str, Callable[[str], Grid]] = {
        "schedule": lambda name: _schedule_grid(tariff, name, starts_s, zone),
        "table": lambda name: _table_grid(tariff, name, starts_s, zone),
    }
    for charge in charges:
        kind, name = "", ""
        if isinstance(charge, (TieredCharge, DemandCharge, NetMetering)) and charge.schedule:
            kind, name = "schedule", charge.schedule
        elif isinstance(charge, CalendarCharge):
            kind, name = "table", charge.table
        if kind and f"{kind} {name}" not in grids:
            grids[f"{kind} {name}"] = makers[kind](name)
    return grids


def _schedule_grid(tariff: Tariff, name: str, starts_s: list[int], zone: ZoneInfo) -> Grid:
    schedule = tariff.schedules[name]
    return Grid(schedule.periods, np.array(list(schedule.periods_at(starts_s, zone)), np.int64))


def _table_grid(tariff: Tariff, name: str, starts_s: list[int], zone: ZoneInfo) -> Grid:
    """Group by label and price: both may change within a segment."""
    table = tariff.tables[name]
    labels = []
    for time_s in starts_s:
        day = local_date(time_s, zone)
        label = table.label(day, name)
        labels.append(f"{label} {table.price(day, label) or 0}")
    names = tuple(dict.fromkeys(labels))
    return Grid(names, np.array([names.index(label) for label in labels], np.int64))
