"""Turns the bill of an ended cycle into an invoice: draft for the ledger, document, links.

Whoever issues (a billing run, a correction) goes through here, so that all invoices say the same
things. Reads the ledger, writes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.billing.chain import FIRST_HEAD, chain_link
from quilowatt.billing.invoice import (
    NO_REASON,
    Customer,
    Invoice,
    Link,
    PastCycle,
    Place,
)
from quilowatt.billing.invoice_record import canonical, invoice_record
from quilowatt.billing.regime import due_date
from quilowatt.billing.tariff_record import tariff_record
from quilowatt.core.calendar import days_between, local_date
from quilowatt.jobs.billed_places import PAST_DEMANDS_MAX
from quilowatt.jobs.payment_codes import payment_codes
from quilowatt.store import ChainLink, InvoiceDraft, IssuedLine, StoredDocument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from quilowatt.billing import Bill, TariffBook, UsagePoint
    from quilowatt.billing.book import TariffSource
    from quilowatt.billing.invoice import PaymentCode
    from quilowatt.jobs.cycle_bills import CycleBill
    from quilowatt.jobs.issuer_file import IssuerTerms
    from quilowatt.store import Client, CustomerDetails, Ledger

__all__ = [
    "InvoiceWriter",
    "IssueTerms",
    "ReadyInvoice",
    "draft_of",
    "ready_invoices",
    "series_of",
    "tariff_document",
]

TARIFF: Final = "tariff"
"""Kind of the documents that invoices are priced by."""


@dataclass(frozen=True, slots=True)
class IssueTerms:
    """From whom invoices are, and as of when.

    Parameters
    ----------
    issuer : IssuerTerms
        Who issues, and how.
    issued_at_s : int
        Now. [s since 1970-01-01 UTC]
    as_of : int
        Commit up to which readings count. [µs since 1970-01-01 UTC]
    """

    issuer: IssuerTerms
    issued_at_s: int
    as_of: int


@dataclass(frozen=True, slots=True)
class ReadyInvoice:
    """An invoice that lacks nothing but its number.

    Parameters
    ----------
    draft : InvoiceDraft
        What the ledger keeps in columns.
    unnumbered : Invoice
        With an empty number and without payment codes.
    payment : mapping
        Settings of the ways to be paid.
    """

    draft: InvoiceDraft
    unnumbered: Invoice
    payment: Mapping[str, object]

    def numbered(self, number: str) -> Invoice:
        """Give it a number, and the payment codes that carry it."""
        codes = payment_codes(self.unnumbered, number, self.payment)
        return replace(self.unnumbered, number=number, codes=codes)

    def document(self, number: str) -> bytes:
        """Write the canonical document under a number."""
        return canonical(invoice_record(self.numbered(number)))


class InvoiceWriter:
    """Writes the documents of some invoices, and tells what payments of them may carry.

    Parameters
    ----------
    ready : sequence of ReadyInvoice
        In the order of their drafts.
    """

    def __init__(self, ready: Sequence[ReadyInvoice]) -> None:
        self._ready = ready
        self._codes: dict[int, tuple[PaymentCode, ...]] = {}

    def document(self, index: int, number: str) -> bytes:
        """Write the canonical document of a draft under a number."""
        invoice = self._ready[index].numbered(number)
        self._codes[index] = invoice.codes
        return canonical(invoice_record(invoice))

    def references(self, index: int, _number: str) -> list[str]:
        """Tell what the payment codes of a document say, after it was written."""
        codes = self._codes.pop(index)
        return [text for code in codes for text in (code.reference, code.copy, code.bars)]


def ready_invoices(
    ledger: Ledger,
    bills: Sequence[CycleBill],
    terms: IssueTerms,
    tariff_digests: Mapping[str, str],
) -> list[ReadyInvoice]:
    """Make invoices of bills.

    Parameters
    ----------
    ledger : Ledger
        Asked once for the details of customers and the heads of chains.
    bills : sequence of CycleBill
        Each with a bill, all of cycles that end at one instant, from readings that are all there.
    terms : IssueTerms
        From whom, as of when.
    tariff_digests : mapping of str to str
        Digest of each tariff's document, by code.
    """
    if not bills:
        return []
    day = local_date(terms.issued_at_s, bills[0].zone)
    customers = {bill.client.customer_id for bill in bills}
    details = ledger.terms.details(customers, day, as_of_s=terms.issued_at_s)
    heads = _heads(ledger, bills)
    return [_ready(bill, terms, (tariff_digests, details, heads)) for bill in bills]


def tariff_document(tariffs: TariffBook, code: str) -> StoredDocument:
    """Write the document that invoices by a tariff refer to: `tariff_record`, canonical.

    Raises
    ------
    BillingError
        If it is not at hand.
    """
    source: TariffSource = tariffs.source(code)
    record = tariff_record(source.text, source.name, source.included)
    body = canonical(record)
    return StoredDocument(hashlib.sha256(body).hexdigest(), TARIFF, body)


def series_of(issuer: IssuerTerms, day: date) -> str:
    """Name the series of numbers of a day: the issuer's letters and the year."""
    return f"{issuer.series}{day.year:04}"


def _heads(ledger: Ledger, bills: Sequence[CycleBill]) -> dict[tuple[int, int], str]:
    """Find the head that each link follows, by meter and start."""
    wanted: dict[int, set[int]] = {}
    for bill in bills:
        for client, start_s, _ in bill.energy.stays[bill.row]:
            wanted.setdefault(start_s, set()).add(client.meter_number)
    return {
        (number, start_s): head
        for start_s, numbers in wanted.items()
        for number, head in ledger.invoices.heads(numbers, start_s).items()
    }


def _ready(
    found: CycleBill,
    terms: IssueTerms,
    known: tuple[Mapping[str, str], Mapping[int, CustomerDetails], Mapping[tuple[int, int], str]],
) -> ReadyInvoice:
    digests, details, heads = known
    assert found.bill is not None
    digest = digests[found.client.tariff_code]
    links = _links(found, heads)
    invoice = Invoice(
        number="",
        kind="invoice",
        replaces="",
        reason=NO_REASON,
        month=found.month,
        issued_at_s=terms.issued_at_s,
        as_of=terms.as_of,
        due=_due(found, terms),
        issuer=terms.issuer.issuer,
        customer=_customer(found, details.get(found.client.customer_id)),
        place=Place(
            str(found.client.usage_point_uuid),
            found.client.timezone,
            found.place.terms.address,
            found.place.point,
        ),
        bill=found.bill,
        tariff_digest=digest,
        meters=found.readouts(),
        quality=found.quality,
        history=tuple(_past(found)),
        links=tuple(link for _, link in links),
    )
    return ReadyInvoice(_draft(found, invoice, links), invoice, terms.issuer.payment)


def _customer(found: CycleBill, details: CustomerDetails | None) -> Customer:
    client = found.client
    if details is None:
        return Customer(str(client.customer_uuid), client.name)
    return Customer(str(client.customer_uuid), client.name, details.tax_id, details.address)


def _due(found: CycleBill, terms: IssueTerms) -> date:
    issued = local_date(terms.issued_at_s, found.zone)
    if terms.issuer.due_days is not None:
        return issued + timedelta(days=terms.issuer.due_days)
    assert found.tariff is not None
    return due_date(found.tariff.regime, issued, found.place.point)


def _past(found: CycleBill) -> list[PastCycle]:
    return [
        PastCycle(
            past.month,
            days_between(past.start_s, past.end_s, found.zone),
            past.import_wh,
            past.export_wh,
            past.total,
        )
        for past in found.history
    ]


def _links(found: CycleBill, heads: Mapping[tuple[int, int], str]) -> list[tuple[Client, Link]]:
    """Chain the readings of each meter's part of the cycle."""
    links = []
    for client, start_s, end_s in found.energy.stays[found.row]:
        own = found.energy.readings.columns.of(client.meter_number)
        first, last = np.searchsorted(own.time_s, [start_s, end_s]).tolist()
        columns = own.time_s[first:last], own.import_wh[first:last], own.export_wh[first:last]
        previous = heads.get((client.meter_number, start_s), FIRST_HEAD)
        link = chain_link(str(client.meter_uuid), (start_s, end_s), columns, previous)
        links.append((client, link))
    return links


def _draft(found: CycleBill, invoice: Invoice, links: list[tuple[Client, Link]]) -> InvoiceDraft:
    whose = (found.client.usage_point_id, found.client.customer_id)
    return draft_of(invoice, whose, tuple(_chain_link(client, link) for client, link in links))


def draft_of(
    invoice: Invoice,
    whose: tuple[int, int],
    links: tuple[ChainLink, ...],
    *,
    generation: int = 0,
    replaces_id: int | None = None,
) -> InvoiceDraft:
    """Say what the ledger keeps of an invoice in columns.

    Parameters
    ----------
    invoice : Invoice
        Its number does not matter.
    whose : tuple of int, int
        Usage point and customer, as the ledger counts them.
    links : tuple of ChainLink
        Of the chains of readings.
    generation : int
        0 for the first of its cycle. [1]
    replaces_id : int or None
        The invoice that it replaces or takes back.
    """
    bill, quality = invoice.bill, invoice.quality
    return InvoiceDraft(
        kind=invoice.kind,
        usage_point_id=whose[0],
        customer_id=whose[1],
        month=invoice.month,
        generation=generation,
        replaces_id=replaces_id,
        start_s=bill.start_s,
        end_s=bill.end_s,
        issued_at_s=invoice.issued_at_s,
        as_of=invoice.as_of,
        due=invoice.due,
        currency=bill.currency,
        total=bill.total,
        import_wh=bill.energy_wh,
        export_wh=bill.export_wh,
        estimated_wh=quality.estimated_wh,
        estimated_s=quality.estimated_s,
        missing_s=quality.missing_s,
        tariff_code=bill.tariff_code,
        tariff_digest=invoice.tariff_digest,
        lines=tuple(_lines(bill)),
        links=links,
        credits=tuple((each.born, each.energy_wh, each.period) for each in bill.credits),
        demands_w=_demands(invoice.place.point, bill),
        carried_wh=bill.deferred_wh,
    )


def _chain_link(client: Client, link: Link) -> ChainLink:
    return ChainLink(
        client.meter_number,
        link.start_s,
        link.end_s,
        link.readings,
        link.previous,
        link.head,
        client.digits,
        client.interval_s,
    )


def _lines(bill: Bill) -> list[IssuedLine]:
    return [
        IssuedLine(
            line.code,
            line.start_s,
            line.end_s,
            line.quantity,
            line.unit,
            line.rate,
            line.amount,
        )
        for line in bill.lines
    ]


def _demands(point: UsagePoint, bill: Bill) -> dict[str, tuple[int, ...]]:
    """Put this cycle's highest demands before those of the cycles before."""
    demands = dict(point.past_demand_w)
    for code, power_w in bill.demand_w.items():
        demands[code] = (power_w, *demands.get(code, ()))[:PAST_DEMANDS_MAX]
    return demands
