"""Why the bill of a cycle differs from that of the cycle before, from invoices or running bills."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.billing import Usage
from quilowatt.billing.cycles import next_month_of
from quilowatt.billing.explain import BilledCycle, DifferencePart, explain_difference
from quilowatt.jobs.cycle_bills import CycleBill, month_bills
from quilowatt.jobs.invoice_again import cycle_again, invoice_again
from quilowatt.jobs.issued import read_invoices

if TYPE_CHECKING:
    from quilowatt.billing.invoice import Invoice
    from quilowatt.jobs.cycle_bills import BillSources
    from quilowatt.profile import LoadProfile
    from quilowatt.store import Client, Ledger, ReadingStore

__all__ = ["invoice_difference", "profile_usage", "running_difference"]


def invoice_difference(
    sources: BillSources, readings: ReadingStore, invoice: Invoice, client: Client
) -> tuple[BilledCycle, tuple[DifferencePart, ...]] | None:
    """Split the difference of an invoice and the cycle before it.

    Parameters
    ----------
    sources : BillSources
        Whom to ask for the cycle before where it was not issued.
    readings : ReadingStore
        The readings that count.
    invoice : Invoice
        As it was issued.
    client : Client
        Its usage point.

    Returns
    -------
    tuple of BilledCycle, tuple of DifferencePart, or None
        The cycle before, and the parts; None where nothing was billed before.
    """
    before = _before(sources, readings, client, invoice.month)
    if before is None or before.bill.currency != invoice.bill.currency:
        return None
    after = _of_invoice(sources.ledger, readings, invoice)
    return before, explain_difference(before, after, ZoneInfo(invoice.place.timezone))


def running_difference(
    sources: BillSources, readings: ReadingStore, bill: CycleBill
) -> tuple[BilledCycle, tuple[DifferencePart, ...]] | None:
    """Split the difference of a running bill and the cycle before it, as `invoice_difference`."""
    after = _of_bill(readings, bill)
    before = _before(sources, readings, bill.client, bill.month)
    if before is None or after is None or before.bill.currency != after.bill.currency:
        return None
    return before, explain_difference(before, after, bill.zone)


def profile_usage(profile: LoadProfile) -> Usage:
    """Take the intervals of a load profile as usage."""
    edges_s = np.append(profile.start_s, profile.end_s[-1:])
    return Usage.of_one(edges_s, profile.import_wh, profile.export_wh)


def _before(
    sources: BillSources, readings: ReadingStore, client: Client, month: str
) -> BilledCycle | None:
    """Find the cycle before: as it was issued, else as it comes to now."""
    earlier = next_month_of(month, -1)
    issued = sources.ledger.invoices.invoices_of([client.usage_point_id], earlier)
    rows = [
        row
        for row in issued.get(client.usage_point_id, [])
        if row.kind == "invoice" and row.replaced_by is None
    ]
    if rows:
        said = read_invoices(sources.ledger.invoices, rows[-1:])[rows[-1].id]
        return _of_invoice(sources.ledger, readings, said)
    (bill,) = month_bills(sources, [client], earlier)
    return _of_bill(readings, bill)


def _of_invoice(ledger: Ledger, readings: ReadingStore, invoice: Invoice) -> BilledCycle:
    again = invoice_again(ledger, readings, invoice)
    usage = profile_usage(again.energy.profile)
    estimated_wh = invoice.quality.estimated_wh
    return BilledCycle(again.tariff, usage, invoice.place.point, invoice.bill, estimated_wh)


def _of_bill(readings: ReadingStore, bill: CycleBill) -> BilledCycle | None:
    if bill.bill is None or bill.tariff is None:
        return None
    usage = profile_usage(cycle_again(readings, bill).profile)
    return BilledCycle(bill.tariff, usage, bill.place.point, bill.bill, bill.quality.estimated_wh)
