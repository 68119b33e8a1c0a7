"""Bills and invoices as the lists of both languages show them: running, ended, issued."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from quilowatt.api.consumption import zone_of
from quilowatt.billing import Text
from quilowatt.core.calendar import local_date
from quilowatt.jobs.accounts import standings_of
from quilowatt.jobs.cycle_bills import BillSources, CycleBill, month_bills
from quilowatt.jobs.issued import IssuedState, filter_of_state, issued_state, read_invoices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from quilowatt.api.services import Services
    from quilowatt.billing import Bill
    from quilowatt.billing.account import Standing
    from quilowatt.billing.invoice import Invoice, Quality
    from quilowatt.client.models_invoices import InvoiceState
    from quilowatt.store import Client, ClientFilter, IssuedInvoice

__all__ = [
    "BillView",
    "IssuedView",
    "bill_sources",
    "issued_page",
    "issued_views",
    "month_views",
    "running_view",
]

NO_NOTE = Text("", "")


@dataclass(frozen=True, slots=True)
class IssuedView:
    """What an issued invoice has and a running bill lacks.

    Parameters
    ----------
    row : IssuedInvoice
        As the ledger has it.
    invoice : Invoice
        What it says.
    standing : Standing or None
        How it stands in the customer's account; None of a credit note.
    """

    row: IssuedInvoice
    invoice: Invoice
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill of one usage point for one cycle.

    Parameters
    ----------
    customer_uuid, customer_name, usage_point_uuid, meter_uuid : str
        Whose it is; the meter is the last of the cycle, empty where there was none.
    zone : ZoneInfo
        Whose days count.
    month : str
        ``YYYY-MM`` in which the cycle begins.
    start_s, end_s : int
        The whole cycle. [s since 1970-01-01 UTC]
    state : str
        How it stands.
    tariff_code : str
        What it is priced by.
    energy_wh, export_wh : int or None
        None where nothing is known. [Wh]
    bill : Bill or None
        None where nothing is known, or the tariff can't price it.
    note : Text
        Why there is no bill; else empty.
    quality : Quality
        How well its energy is known.
    issued : IssuedView or None
        None until it is issued.
    """

    customer_uuid: str
    customer_name: str
    usage_point_uuid: str
    meter_uuid: str
    zone: ZoneInfo
    month: str
    start_s: int
    end_s: int
    state: InvoiceState
    tariff_code: str
    energy_wh: int | None
    export_wh: int | None
    bill: Bill | None
    note: Text
    quality: Quality
    issued: IssuedView | None = None


def bill_sources(services: Services) -> BillSources:
    """Say where the bills that the API shows come from."""
    now_s = services.now_s()
    return BillSources(services.ledger, services.tariffs, services.registers, now_s)


def month_views(services: Services, clients: Sequence[Client], month: str | None) -> list[BillView]:
    """Show the bills of a page of usage points: what was issued, else what they come to now.

    Parameters
    ----------
    services : Services
        Whom to ask.
    clients : sequence of Client
        The page.
    month : str or None
        ``YYYY-MM``; None is the cycle that runs now at each place, which can't be issued yet.
    """
    issued: dict[int, list[IssuedInvoice]] = {}
    if month is not None:
        keys = [client.usage_point_id for client in clients]
        issued = services.ledger.invoices.invoices_of(keys, month)
    open_ones = [client for client in clients if client.usage_point_id not in issued]
    bills = month_bills(bill_sources(services), open_ones, month) if open_ones else []
    running = {bill.client.usage_point_id: running_view(bill) for bill in bills}
    shown = issued_views(services, [each for rows in issued.values() for each in rows])
    by_place: dict[int, list[BillView]] = {}
    for view in shown:
        assert view.issued is not None
        by_place.setdefault(view.issued.row.usage_point_id, []).append(view)
    views: list[BillView] = []
    for client in clients:
        place = client.usage_point_id
        views += by_place.get(place) or [running[place]]
    return views


def issued_page(
    services: Services,
    who: ClientFilter,
    asked: tuple[IssuedState, str | None],
    page: tuple[int | None, int],
) -> list[BillView]:
    """Show invoices of any month that stand so, the newest first.

    Parameters
    ----------
    services : Services
        Whom to ask.
    who : ClientFilter
        Whose.
    asked : tuple of str, str or None
        How they stand, and of which month; None for all.
    page : tuple of int or None, int
        The last id of the page before, and at most how many.
    """
    state, month = asked
    which = replace(
        filter_of_state(state, _today(services)),
        customer=who.id,
        name=who.name,
        meter=who.meter,
        month=month,
    )
    found = services.ledger.invoices.invoices(which, after=page[0], limit=page[1])
    return issued_views(services, found)


def issued_views(services: Services, rows: Sequence[IssuedInvoice]) -> list[BillView]:
    """Show issued invoices."""
    said = read_invoices(services.ledger.invoices, rows)
    stand = standings_of(services.ledger, services.tariffs, rows, services.now_s())
    return [
        _issued(
            IssuedView(row, said[row.id], stand.get(row.number)),
            issued_state(row, stand.get(row.number)),
        )
        for row in rows
    ]


def running_view(found: CycleBill) -> BillView:
    """Show a bill that was not issued yet."""
    client, energy = found.client, found.energy
    is_known = found.energy_wh is not None
    return BillView(
        customer_uuid=str(client.customer_uuid),
        customer_name=client.name,
        usage_point_uuid=str(client.usage_point_uuid),
        meter_uuid=str(client.meter_uuid),
        zone=found.zone,
        month=found.month,
        start_s=found.start_s,
        end_s=found.end_s,
        state="running" if found.is_running else "unissued",
        tariff_code=client.tariff_code,
        energy_wh=found.energy_wh,
        export_wh=int(energy.export_wh[found.row].sum()) if is_known else None,
        bill=found.bill,
        note=found.note,
        quality=found.quality,
    )


def _issued(view: IssuedView, state: IssuedState) -> BillView:
    row, said = view.row, view.invoice
    return BillView(
        customer_uuid=said.customer.uuid,
        customer_name=said.customer.name,
        usage_point_uuid=said.place.uuid,
        meter_uuid=said.meters[-1].uuid if said.meters else "",
        zone=zone_of(said.place.timezone),
        month=said.month,
        start_s=said.bill.start_s,
        end_s=said.bill.end_s,
        state=state,
        tariff_code=said.bill.tariff_code,
        energy_wh=row.import_wh,
        export_wh=row.export_wh,
        bill=said.bill,
        note=NO_NOTE,
        quality=said.quality,
        issued=view,
    )


def _today(services: Services) -> date:
    return local_date(services.now_s(), services.zone)
