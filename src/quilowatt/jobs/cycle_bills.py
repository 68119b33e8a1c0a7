"""The bills of a block of cycles: energy from the readings, terms from the ledger, money.

One code for the running bill that the API shows and for what a billing run issues; they differ in
where the readings come from and as of when. A cycle begins with what the last issued one left;
where cycles between were not issued, their settlement is worked out on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.billing import Bill, Credit, Tariff, TariffBook, Text, Usage, UsagePoint, rate_many
from quilowatt.billing.charges import DemandCharge, NetMetering
from quilowatt.billing.cycles import next_month_of
from quilowatt.billing.plan import make_plan
from quilowatt.billing.regime import Regime
from quilowatt.core.calendar import next_day_start_s
from quilowatt.errors import BillingError
from quilowatt.jobs.billed_places import BilledPlace, billed_places, carried_on
from quilowatt.jobs.cycle_energy import CycleEnergy, CyclePeriod, cycle_energies
from quilowatt.profile import CELL_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quilowatt.billing.invoice import MeterReadout, Quality
    from quilowatt.jobs.cycle_readings import ReadingSource
    from quilowatt.store import Client, Ledger, Opening, PastBill

__all__ = ["BillSources", "CycleBill", "bill_places", "month_bills", "opened_places"]

NOTHING_READ: Final = Text(pt="Nada foi lido neste mês.", en="Nothing was read in this month.")
NO_NOTE: Final = Text(pt="", en="")


@dataclass(frozen=True, slots=True)
class BillSources:
    """Whom bills are made from.

    Parameters
    ----------
    ledger : Ledger
        Who is metered where, by which terms, and what was issued.
    tariffs : TariffBook
        By code.
    readings : ReadingSource
        Registers over time.
    now_s : int
        Now: cycles that end later still run. [s since 1970-01-01 UTC]
    as_of_s : int or None
        What was known at this moment; None for all that is known. [s since 1970-01-01 UTC]
    """

    ledger: Ledger
    tariffs: TariffBook
    readings: ReadingSource
    now_s: int
    as_of_s: int | None = None


@dataclass(frozen=True, slots=True)
class CycleBill:
    """What a usage point has to pay for a cycle, as far as the readings go.

    Parameters
    ----------
    place : BilledPlace
        Whose it is, with its terms and what the cycle began with.
    zone : ZoneInfo
        Whose days count.
    is_running : bool
        True while the cycle goes on.
    energy_wh : int or None
        Energy taken in it so far; None when nothing is known. [Wh]
    bill : Bill or None
        None when nothing is known, or the tariff can't price it.
    note : Text
        Why there is no bill; else empty.
    quality : Quality
        How well its energy is known.
    tariff : Tariff or None
        What it is priced by, if it is there.
    energy : CycleEnergy
        Of the block that it was worked out in.
    row : int
        Its row there.
    history : tuple of PastBill
        Issued cycles before it, oldest first, where they were asked for.
    """

    place: BilledPlace
    zone: ZoneInfo
    is_running: bool
    energy_wh: int | None
    bill: Bill | None
    note: Text
    quality: Quality
    tariff: Tariff | None
    energy: CycleEnergy
    row: int
    history: tuple[PastBill, ...] = ()

    @property
    def client(self) -> Client:
        """Usage point, customer and meter."""
        return self.place.client

    @property
    def month(self) -> str:
        """``YYYY-MM`` in which the cycle begins."""
        return self.place.month

    @property
    def start_s(self) -> int:
        """Where the whole cycle begins [s since 1970-01-01 UTC]."""
        return self.place.start_s

    @property
    def end_s(self) -> int:
        """Where the whole cycle ends [s since 1970-01-01 UTC]."""
        return self.place.end_s

    def readouts(self) -> tuple[MeterReadout, ...]:
        """Tell what its meters showed."""
        return self.energy.readouts(self.row)


def month_bills(
    sources: BillSources, clients: Sequence[Client], month: str | None
) -> list[CycleBill]:
    """Bill usage points for a month.

    Parameters
    ----------
    sources : BillSources
        Whom to ask.
    clients : sequence of Client
        The usage points.
    month : str or None
        ``YYYY-MM``; None is the cycle that runs now at each usage point.
    """
    return bill_places(sources, _places(sources, clients, month))


def opened_places(
    sources: BillSources, clients: Sequence[Client], month: str | None
) -> list[BilledPlace]:
    """Say with what the cycles of a month begin, for who needs no bill of what was taken so far.

    Parameters
    ----------
    sources : BillSources
        Whom to ask.
    clients : sequence of Client
        The usage points.
    month : str or None
        ``YYYY-MM``; None is the cycle that runs now at each usage point.
    """
    return _opened(sources, _places(sources, clients, month))


def bill_places(sources: BillSources, places: Sequence[BilledPlace]) -> list[CycleBill]:
    """Bill usage points, each in its cycle.

    Parameters
    ----------
    sources : BillSources
        Whom to ask.
    places : sequence of BilledPlace
        In any order; those that share zone, tariff and cycle are worked out together.
    """
    opened = _opened(sources, list(places))

    def terms(row: int) -> tuple[str, str, int, int]:
        place = opened[row]
        return place.client.timezone, place.client.tariff_code, place.start_s, place.end_s

    bills: dict[int, CycleBill] = {}
    for _, group in groupby(sorted(range(len(opened)), key=terms), key=terms):
        rows = list(group)
        billed = _bills(sources, [opened[row] for row in rows])
        bills.update(zip(rows, billed, strict=True))
    return [bills[row] for row in range(len(opened))]


def _places(
    sources: BillSources, clients: Sequence[Client], month: str | None
) -> list[BilledPlace]:
    return billed_places(
        sources.ledger.terms, clients, month, sources.now_s, as_of_s=sources.as_of_s
    )


def _opened(sources: BillSources, places: list[BilledPlace]) -> list[BilledPlace]:
    """Give each place what its cycle begins with."""
    issued: dict[int, Opening] = {}
    for start_s in {place.start_s for place in places}:
        keys = [place.client.usage_point_id for place in places if place.start_s == start_s]
        issued |= sources.ledger.invoices.openings(keys, start_s)
    opened, waiting = places.copy(), dict[str, list[int]]()
    for row, place in enumerate(places):
        opening = issued.get(place.client.usage_point_id)
        month = _carried_from(sources.tariffs, place, opening)
        if month is not None:
            waiting.setdefault(month, []).append(row)
        elif opening is not None:
            opened[row] = _begun(place, opening)
    for month, rows in waiting.items():
        before = month_bills(sources, [places[row].client for row in rows], month)
        for row, last in zip(rows, before, strict=True):
            place = places[row]
            # What was issued once goes on, whether or not a balance was ever set.
            is_settling = place.is_settling or place.client.usage_point_id in issued
            point = carried_on(place.point, last.place.point, last.bill, is_settling=is_settling)
            opened[row] = replace(place, point=point, carried_from=None)
    return opened


def _carried_from(tariffs: TariffBook, place: BilledPlace, opening: Opening | None) -> str | None:
    """Name the cycle that must be worked out first, because it wasn't issued."""
    if opening is None:
        return place.carried_from
    is_next = opening.end_s == place.start_s
    if is_next or not _settles(tariffs, place.client.tariff_code):
        return None
    return next_month_of(place.month, -1)


def _begun(place: BilledPlace, opening: Opening) -> BilledPlace:
    bank = tuple(Credit(*each) for each in opening.credits)
    point = replace(
        place.point,
        credits=bank,
        past_demand_w=opening.demands_w,
        carried_wh=opening.carried_wh,
    )
    return replace(place, point=point, carried_from=None)


def _settles(tariffs: TariffBook, code: str) -> bool:
    """Say if a cycle by this tariff leaves something to the next."""
    try:
        versions = tariffs.find(code).versions
    except BillingError:
        return False
    return any(
        isinstance(charge, (NetMetering, DemandCharge))
        for version in versions
        for charge in version.charges
    )


def _bills(sources: BillSources, places: list[BilledPlace]) -> list[CycleBill]:
    """Bill usage points that share their zone, tariff and cycle."""
    clients = [place.client for place in places]
    zone, tariff, no_tariff = _zone(clients[0].timezone), None, NO_NOTE
    try:
        tariff = sources.tariffs.find(clients[0].tariff_code)
    except BillingError as error:
        no_tariff = _refused(error)
    period = _period(places[0], zone, tariff, sources.now_s)
    history: dict[int, list[PastBill]] = {}
    if period.is_ended:
        keys = [client.usage_point_id for client in clients]
        history = sources.ledger.invoices.history(keys, places[0].start_s)
    energy = cycle_energies(
        sources.ledger, sources.readings, clients, period, history, as_of_s=sources.as_of_s
    )
    known = np.flatnonzero(energy.is_known)
    priced: dict[int, Bill | Text] = {}
    if tariff is not None:
        usage = Usage(period.edges_s, energy.import_wh[known], energy.export_wh[known])
        points = [places[row].point for row in known.tolist()]
        priced = dict(zip(known.tolist(), _priced(tariff, usage, zone, points), strict=True))
    result = []
    for row, place in enumerate(places):
        found = priced.get(row, no_tariff if tariff is None else NOTHING_READ)
        bill = CycleBill(
            place=place,
            zone=zone,
            is_running=not period.is_ended,
            energy_wh=int(energy.import_wh[row].sum()) if energy.is_known[row] else None,
            bill=found if isinstance(found, Bill) else None,
            note=found if isinstance(found, Text) else NO_NOTE,
            quality=energy.quality[row],
            tariff=tariff,
            energy=energy,
            row=row,
            history=tuple(history.get(place.client.usage_point_id, ())),
        )
        result.append(bill)
    return result


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _period(place: BilledPlace, zone: ZoneInfo, tariff: Tariff | None, now_s: int) -> CyclePeriod:
    start_s, end_s = place.start_s, place.end_s
    # Tomorrow has no price yet: a change of tariff later this month is no line of today's bill.
    until_s = min(end_s, max(next_day_start_s(now_s, zone), start_s + 1))
    cuts_s = tariff.cuts_s(start_s, until_s, zone) if tariff else ()
    is_ended = now_s >= end_s
    return CyclePeriod(
        zone=zone,
        edges_s=np.array([start_s, *cuts_s, until_s], np.int64),
        quality_until_s=end_s if is_ended else max(now_s // CELL_S * CELL_S, start_s),
        is_ended=is_ended,
        regime=tariff.regime if tariff else Regime(),
    )


def _priced(
    tariff: Tariff, usage: Usage, zone: ZoneInfo, points: Sequence[UsagePoint]
) -> list[Bill | Text]:
    """Price what can be priced, and say why not of the others."""
    found: list[Bill | Text] = []
    if not points:
        return found
    try:
        # What the tariff can't price at all is found once, not for each usage point.
        make_plan(tariff, usage.edges_s, zone)
    except BillingError as error:
        return [_refused(error)] * len(points)
    while len(found) < len(points):
        done = len(found)
        try:
            for bill in rate_many(tariff, usage.rows(done, len(points)), zone, points[done:]):
                found.append(bill)  # noqa: PERF402 - what came before an error stays
        except BillingError as error:
            found.append(_refused(error))
    return found


def _refused(error: BillingError) -> Text:
    return Text(pt=f"Sem cálculo: {error.pt}", en=error.en)
