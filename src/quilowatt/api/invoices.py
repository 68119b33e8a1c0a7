"""The bills of a page of usage points for one month, computed at the moment they are asked for.

Energy comes from `profile` and money from `billing`; here they only meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.api.consumption import zone_of
from quilowatt.api.energy import usage_point_energies
from quilowatt.billing import Bill, Tariff, Text, Usage, UsagePoint, rate
from quilowatt.core.calendar import next_day_start_s
from quilowatt.errors import BillingError
from quilowatt.jobs.billed_places import billed_places, carried_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from quilowatt.api.services import Services
    from quilowatt.jobs.billed_places import BilledPlace
    from quilowatt.store import Client

__all__ = ["MonthBill", "month_bills"]


NOTHING_READ: Final = Text(pt="Nada foi lido neste mês.", en="Nothing was read in this month.")
NO_NOTE: Final = Text(pt="", en="")


@dataclass(frozen=True, slots=True)
class MonthBill:
    """What a usage point has to pay for a month, as far as the readings go.

    Parameters
    ----------
    client : Client
        Whose it is, with the tariff and billing day of this cycle.
    zone : ZoneInfo
        Whose month it is.
    month : str
        ``YYYY-MM``: in which the cycle begins.
    start_s, end_s : int
        The whole cycle. [s since 1970-01-01 UTC]
    is_running : bool
        True while the month goes on.
    energy_wh : int or None
        Energy taken in it so far; None when nothing was read. [Wh]
    bill : Bill or None
        None when nothing was read in the month, or the tariff can't price it.
    note : Text
        Why there is no bill; else empty.
    point : UsagePoint
        What the tariff was asked with.
    """

    client: Client
    zone: ZoneInfo
    month: str
    start_s: int
    end_s: int
    is_running: bool
    energy_wh: int | None
    bill: Bill | None
    note: Text
    point: UsagePoint


def month_bills(
    services: Services, clients: Sequence[Client], month: str | None
) -> list[MonthBill]:
    """Bill a page of usage points.

    Parameters
    ----------
    services : Services
        Whom to ask.
    clients : sequence of Client
        The page.
    month : str or None
        ``YYYY-MM``; None is the month that it is now at each usage point.
    """
    now_s = services.now_s()
    places = billed_places(services.ledger.terms, clients, month, now_s)
    places = _carried(services, places)

    def terms(row: int) -> tuple[str, str, int, int]:
        place = places[row]
        return place.client.timezone, place.client.tariff_code, place.start_s, place.end_s

    bills: dict[int, MonthBill] = {}
    for _, group in groupby(sorted(range(len(places)), key=terms), key=terms):
        rows = list(group)
        billed = _bills(services, [places[row] for row in rows], now_s)
        bills.update(zip(rows, billed, strict=True))
    return [bills[row] for row in range(len(places))]


def _carried(services: Services, places: list[BilledPlace]) -> list[BilledPlace]:
    """Carry on what the cycle before has left: energy, and settlements since they were set."""
    waiting: dict[str, list[int]] = {}
    for row, place in enumerate(places):
        if place.carried_from is not None:
            waiting.setdefault(place.carried_from, []).append(row)
    carried = list(places)
    for month, rows in waiting.items():
        before = month_bills(services, [places[row].client for row in rows], month)
        for row, last in zip(rows, before, strict=True):
            place = places[row]
            point = carried_on(place.point, last.point, last.bill, is_settling=place.is_settling)
            carried[row] = replace(places[row], point=point)
    return carried


def _bills(services: Services, places: list[BilledPlace], now_s: int) -> list[MonthBill]:
    """Bill usage points that share their zone, tariff and cycle."""
    clients = [place.client for place in places]
    zone, start_s, end_s = zone_of(clients[0].timezone), places[0].start_s, places[0].end_s
    # Tomorrow has no price yet: a change of tariff later this month is no line of today's bill.
    until_s = min(end_s, max(next_day_start_s(now_s, zone), start_s + 1))
    tariff, no_tariff = _tariff(services, clients[0].tariff_code)
    cuts_s = tariff.cuts_s(start_s, until_s, zone) if tariff else ()
    edges_s = [start_s, *cuts_s, until_s]
    energies = usage_point_energies(services, clients, np.array(edges_s, np.int64))
    result = []
    for row, place in enumerate(places):
        is_known = bool(energies.is_known[row].any())
        energy_wh = int(energies.import_wh[row].sum()) if is_known else None
        priced: Bill | None = None
        note = no_tariff if tariff is None else NOTHING_READ
        if tariff is not None and is_known:
            usage = Usage.of_one(edges_s, energies.import_wh[row], energies.export_wh[row])
            priced, note = _priced(tariff, usage, zone, place.point)
        found = MonthBill(
            client=place.client,
            zone=zone,
            month=place.month,
            start_s=start_s,
            end_s=end_s,
            is_running=now_s < end_s,
            energy_wh=energy_wh,
            bill=priced,
            note=note,
            point=place.point,
        )
        result.append(found)
    return result


def _tariff(services: Services, code: str) -> tuple[Tariff | None, Text]:
    try:
        return services.tariffs.find(code), NO_NOTE
    except BillingError as error:
        return None, Text(pt=f"Sem cálculo: {error.pt}", en=error.en)


def _priced(
    tariff: Tariff, usage: Usage, zone: ZoneInfo, point: UsagePoint
) -> tuple[Bill | None, Text]:
    try:
        return rate(tariff, usage, zone, point), NO_NOTE
    except BillingError as error:
        return None, Text(pt=f"Sem cálculo: {error.pt}", en=error.en)
