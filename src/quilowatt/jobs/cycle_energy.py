"""The exact energy of a block of cycles at the cuts of their tariff, and how well it is known.

One code for the running bill of the API and for the billing run. Meters that only rise are worked
out together; odd and exchanged ones, and those that readings don't reach over, one by one with all
that `profile` knows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quilowatt.billing.invoice import MeterReadout, Quality
from quilowatt.jobs.billed_places import power_limits_w
from quilowatt.jobs.cycle_readings import LOWEST_W, CycleMeters
from quilowatt.jobs.missing_rules import BilledBefore, missing_rule
from quilowatt.jobs.place_energy import MeterStay, known_periods, stays_at
from quilowatt.profile import (
    CELL_S,
    Connection,
    Doubts,
    IssueKind,
    LoadProfile,
    Stay,
    energies_wh,
    energy_between,
    estimate_missing,
    quality_times,
    usage_point_profile,
)
from quilowatt.profile import Quality as IntervalQuality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.billing.regime import Regime
    from quilowatt.core import ReadingColumns
    from quilowatt.jobs.cycle_readings import CycleReadings, ReadingSource
    from quilowatt.store import Client, Ledger, PastBill

__all__ = [
    "NO_QUALITY",
    "CycleEnergy",
    "CyclePeriod",
    "cycle_energies",
    "meter_readout",
    "supply_had_begun",
]

HOLE: Final = IssueKind.HOLE.value

NO_QUALITY: Final = Quality(0, 0, 0, 0, 0)
"""Of a period of no length."""


@dataclass(frozen=True, slots=True)
class CyclePeriod:
    """The cycle that a block of usage points shares.

    Parameters
    ----------
    zone : ZoneInfo
        Whose days count.
    edges_s : ndarray of int64, shape (k + 1,)
        Its start, the cuts of the tariff, its end. [s since 1970-01-01 UTC]
    quality_until_s : int
        Up to where its quality is told: a running cycle isn't missing what is to come.
        [s since 1970-01-01 UTC]
    is_ended : bool
        True when it is over: what lacks at its ends is estimated.
    regime : Regime
        The tariff's, which names the rule for that.
    """

    zone: ZoneInfo
    edges_s: NDArray[np.int64]
    quality_until_s: int
    is_ended: bool
    regime: Regime

    @property
    def start_s(self) -> int:
        """Where it begins [s since 1970-01-01 UTC]."""
        return int(self.edges_s[0])

    @property
    def end_s(self) -> int:
        """Where it ends, or up to where it is billed while it runs [s since 1970-01-01 UTC]."""
        return int(self.edges_s[-1])


@dataclass(frozen=True, slots=True)
class CycleEnergy:
    """What n usage points took and gave in a cycle.

    Parameters
    ----------
    period : CyclePeriod
        The cycle.
    import_wh, export_wh : ndarray of int64, shape (n, k)
        Between its edges. [Wh]
    is_known : ndarray of bool, shape (n,)
        False where nothing says anything about the cycle.
    is_plain : ndarray of bool, shape (n,)
        True where one meter was there all the time and only rose.
    quality : list of Quality
        How well it is known.
    connections : Connection
        What each usage point can carry, and their zone.
    stays : list of tuple of (Client, int, int)
        Meters of each usage point with their part of the cycle. [s since 1970-01-01 UTC]
    readings : CycleReadings
        What it was computed from.
    """

    period: CyclePeriod
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    is_known: NDArray[np.bool_]
    is_plain: NDArray[np.bool_]
    quality: list[Quality]
    connections: Connection
    stays: list[tuple[tuple[Client, int, int], ...]]
    readings: CycleReadings

    def readouts(self, row: int) -> tuple[MeterReadout, ...]:
        """Tell what each meter of a usage point showed; estimates count for none of them."""
        count, columns = len(self.stays), self.readings.columns
        found = []
        for client, start_s, end_s in self.stays[row]:
            own = columns.of(client.meter_number)
            if self.is_plain[row]:
                sums_wh = int(self.import_wh[row].sum()), int(self.export_wh[row].sum())
            else:
                connection = _connection(self.connections, row, count)
                sums_wh = energy_between(own, start_s, end_s, client.digits, connection)
            found.append(meter_readout(own, (client, start_s, end_s), sums_wh))
        return tuple(found)


class _Block(NamedTuple):
    clients: Sequence[Client]
    period: CyclePeriod
    connections: Connection
    readings: CycleReadings
    history: Mapping[int, Sequence[PastBill]]


def cycle_energies(
    ledger: Ledger,
    source: ReadingSource,
    clients: Sequence[Client],
    period: CyclePeriod,
    history: Mapping[int, Sequence[PastBill]],
    *,
    as_of_s: int | None = None,
) -> CycleEnergy:
    """Work out a block of cycles.

    Parameters
    ----------
    ledger : Ledger
        Asked once: which meters were there.
    source : ReadingSource
        Asked once: what they showed.
    clients : sequence of Client
        The usage points, n of them, all in one zone.
    period : CyclePeriod
        Their cycle.
    history : mapping of int to sequence of PastBill
        Cycles billed before, by usage point: where there are some, supply had begun.
    as_of_s : int, optional
        What connections can carry, as it was known then. [s since 1970-01-01 UTC]
    """
    limits_w = power_limits_w(ledger.terms, clients, as_of_s=as_of_s)
    connections = Connection(limits_w, period.zone)
    whole, stays = stays_at(ledger, clients, period.edges_s, connections)
    by_row: dict[int, list[MeterStay]] = {}
    for stay in stays:
        by_row.setdefault(stay.row, []).append(stay)
    lowest_w = int(limits_w.min(initial=LOWEST_W))
    meters = _meters(clients, whole, stays, (lowest_w, period.is_ended))
    readings = source.cycle(meters, period.edges_s)
    numbers = np.array([client.meter_number for client in clients], np.int32)
    is_plain = np.zeros(len(clients), np.bool_)
    is_plain[whole] = ~np.isin(numbers[whole], readings.whole)
    shape = (len(clients), period.edges_s.size - 1)
    found = CycleEnergy(
        period,
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(len(clients), np.bool_),
        is_plain,
        [NO_QUALITY] * len(clients),
        connections,
        [_stays(client, by_row.get(row), period) for row, client in enumerate(clients)],
        readings,
    )
    block = _Block(clients, period, connections, readings, history)
    _fill_plain(found, np.flatnonzero(is_plain), block)
    for row in np.flatnonzero(~is_plain).tolist():
        _fill_odd(found, row, block)
    return found


def _meters(
    clients: Sequence[Client],
    whole: NDArray[np.intp],
    stays: list[MeterStay],
    asked_for: tuple[int, bool],
) -> CycleMeters:
    asked = {clients[row].meter_number: (clients[row].interval_s, False) for row in whole.tolist()}
    asked |= {stay.meter: (stay.client.interval_s, True) for stay in stays}
    numbers = sorted(asked)
    return CycleMeters(
        np.array(numbers, np.int32),
        np.array([asked[number][0] for number in numbers], np.int64),
        np.array([asked[number][1] for number in numbers], np.bool_),
        *asked_for,
    )


def _stays(
    client: Client, stays: list[MeterStay] | None, period: CyclePeriod
) -> tuple[tuple[Client, int, int], ...]:
    """Name the meters of a usage point with their part of the cycle, by time."""
    if stays is None:
        return ((client, period.start_s, period.end_s),)
    clipped = (
        (stay.client, max(stay.start_s, period.start_s), min(stay.end_s, period.end_s))
        for stay in stays
    )
    return tuple(sorted(clipped, key=lambda stay: stay[1:]))


def _fill_plain(found: CycleEnergy, rows: NDArray[np.intp], block: _Block) -> None:
    """Work out the meters that only rise, all together."""
    if not rows.size:
        return
    clients, period, columns = block.clients, block.period, block.readings.columns
    numbers = np.array([clients[row].meter_number for row in rows.tolist()], np.int32)
    digits = np.array([clients[row].digits for row in rows.tolist()], np.int64)
    limits_w = block.connections.powers_max_w(len(clients))[rows]
    connections = Connection(limits_w, period.zone)
    found.import_wh[rows] = energies_wh(
        columns, period.edges_s, numbers, digits, connections=connections
    )
    if columns.export_wh.any():
        found.export_wh[rows] = energies_wh(
            columns, period.edges_s, numbers, digits, register="export", connections=connections
        )
    ends_s = np.array([period.start_s, period.end_s], np.int64)
    found.is_known[rows] = known_periods(columns, ends_s, numbers)[:, 0]
    first = np.searchsorted(columns.meter, numbers, side="left").tolist()
    last = (np.searchsorted(columns.meter, numbers, side="right") - 1).tolist()
    doubted = set(np.unique(block.readings.doubts.meter).tolist())
    within_s = (period.start_s, max(period.quality_until_s, period.start_s))
    none, time_s = Doubts.none(), columns.time_s
    for row, number, low, high in zip(rows.tolist(), numbers.tolist(), first, last, strict=True):
        known_s = (int(time_s[low]), int(time_s[high])) if high >= low else (within_s[1],) * 2
        doubts = block.readings.doubts.of(number) if number in doubted else none
        found.quality[row] = _plain_quality(clients[row], doubts, (known_s, within_s), columns)


def _plain_quality(
    client: Client,
    doubts: Doubts,
    spans_s: tuple[tuple[int, int], tuple[int, int]],
    columns: ReadingColumns,
) -> Quality:
    times = quality_times(doubts, *spans_s, client.interval_s)
    estimated_wh = 0
    if times.estimated_spans_s:
        edges_s = np.unique(np.array(times.estimated_spans_s, np.int64))
        own = columns.of(client.meter_number)
        number = np.array([client.meter_number], np.int32)
        energy_wh = energies_wh(own, edges_s, number, np.array([client.digits], np.int64))[0]
        starts_s = {start_s for start_s, _ in times.estimated_spans_s}
        pairs = zip(edges_s[:-1].tolist(), energy_wh.tolist(), strict=True)
        estimated_wh = sum(wh for start_s, wh in pairs if start_s in starts_s)
    issues = {HOLE: times.holes} if times.holes else {}
    return Quality(
        times.measured_s,
        times.estimated_s,
        times.revised_s,
        times.missing_s,
        estimated_wh,
        issues,
    )


def _fill_odd(found: CycleEnergy, row: int, block: _Block) -> None:
    """Work out one usage point with all that is known about odd readings."""
    client, period = block.clients[row], block.period
    columns = block.readings.columns
    stays = [
        Stay(columns.of(own.meter_number), start_s, end_s, own.digits, own.interval_s)
        for own, start_s, end_s in found.stays[row]
    ]
    past = block.history.get(client.usage_point_id, ())
    connection = _connection(block.connections, row, len(block.clients))
    before = BilledBefore.of(past, period.zone, period.regime)
    energy = place_energy(stays, period, connection, before)
    found.import_wh[row], found.export_wh[row] = energy.import_wh, energy.export_wh
    found.is_known[row], found.quality[row] = energy.is_known, energy.quality


@dataclass(frozen=True, slots=True)
class PlaceEnergy:
    """What one usage point took and gave in a cycle.

    Parameters
    ----------
    import_wh, export_wh : ndarray of int64, shape (k,)
        Between the edges of the period. [Wh]
    is_known : bool
        False where nothing says anything about the cycle.
    quality : Quality
        How well it is known.
    profile : LoadProfile
        By quarter-hours, cut where the period has edges.
    """

    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    is_known: bool
    quality: Quality
    profile: LoadProfile


def place_energy(
    stays: Sequence[Stay], period: CyclePeriod, connection: Connection, before: BilledBefore
) -> PlaceEnergy:
    """Work out one usage point from readings that are all there.

    Parameters
    ----------
    stays : sequence of Stay
        Meters with their part of the cycle and their readings, `CONTEXT_S` around it included.
    period : CyclePeriod
        The cycle.
    connection : Connection
        What the usage point can carry, and its zone.
    before : BilledBefore
        Cycles billed before: where there are some, supply had begun.
    """
    cells_s = np.append(np.arange(period.start_s, period.end_s, CELL_S), period.end_s)
    edges_s = np.union1d(period.edges_s, cells_s)
    profile = usage_point_profile(stays, edges_s, connection=connection)
    told = profile
    if edges_s.size > cells_s.size:
        told = usage_point_profile(stays, cells_s, connection=connection)
    # Where supply began in this cycle nobody knows since when: a person must look.
    if period.is_ended and supply_had_begun(stays, period, before):
        rule = missing_rule(period.regime.missing, stays[-1], connection, before)
        profile, told = (estimate_missing(each, rule) for each in (profile, told))
    first_s, last_s = profile.known_s
    is_read = first_s < period.end_s and last_s >= period.start_s and last_s > 0
    starts = np.searchsorted(edges_s, period.edges_s[:-1])
    return PlaceEnergy(
        import_wh=np.add.reduceat(profile.import_wh, starts),
        export_wh=np.add.reduceat(profile.export_wh, starts),
        is_known=is_read or bool((told.quality == IntervalQuality.ESTIMATED).any()),
        quality=_profile_quality(told, period),
        profile=profile,
    )


def _connection(connections: Connection, row: int, count: int) -> Connection:
    return Connection(connections.powers_max_w(count)[[row]], connections.zone)


def supply_had_begun(stays: Sequence[Stay], period: CyclePeriod, before: BilledBefore) -> bool:
    """Say if something was read or billed before a cycle; parameters as of `place_energy`."""
    return before.days > 0 or any(
        len(stay.readings) and int(stay.readings.time_s[0]) <= period.start_s for stay in stays
    )


def _profile_quality(profile: LoadProfile, period: CyclePeriod) -> Quality:
    """Add up a load profile's quality by time."""
    until_s = max(period.quality_until_s, period.start_s)
    spans_s = np.minimum(profile.end_s, until_s) - np.minimum(profile.start_s, until_s)
    times_s = [int(spans_s[profile.quality == code].sum()) for code in sorted(IntervalQuality)]
    is_estimated = profile.quality == IntervalQuality.ESTIMATED
    issues = Counter(issue.kind.value for issue in profile.issues)
    return Quality(
        measured_s=times_s[IntervalQuality.MEASURED],
        estimated_s=times_s[IntervalQuality.ESTIMATED],
        revised_s=times_s[IntervalQuality.REVISED],
        missing_s=times_s[IntervalQuality.MISSING],
        estimated_wh=int(profile.import_wh[is_estimated].sum()),
        issues=dict(sorted(issues.items())),
    )


def meter_readout(
    own: ReadingColumns, stay: tuple[Client, int, int], sums_wh: tuple[int, int]
) -> MeterReadout:
    """Tell what a meter showed at the ends of its part of the cycle.

    Parameters
    ----------
    own : ReadingColumns
        Its readings, by time, with neighbours of the cycle.
    stay : tuple of Client, int, int
        The meter, and from when to when it was there. [s since 1970-01-01 UTC]
    sums_wh : tuple of int, int
        Import and export that are counted of it. [Wh]
    """
    client, start_s, end_s = stay
    first = int(np.searchsorted(own.time_s, start_s, side="right")) - 1
    last = int(np.searchsorted(own.time_s, end_s, side="right")) - 1
    at_first, at_last = _reading(own, first), _reading(own, last)
    return MeterReadout(
        uuid=str(client.meter_uuid),
        serial=client.serial,
        start_s=start_s,
        end_s=end_s,
        first_time_s=at_first[0],
        last_time_s=at_last[0],
        first_import_wh=at_first[1],
        last_import_wh=at_last[1],
        first_export_wh=at_first[2],
        last_export_wh=at_last[2],
        import_wh=sums_wh[0],
        export_wh=sums_wh[1],
    )


def _reading(own: ReadingColumns, row: int) -> tuple[int, int, int]:
    if row < 0:
        return 0, 0, 0
    return int(own.time_s[row]), int(own.import_wh[row]), int(own.export_wh[row])
