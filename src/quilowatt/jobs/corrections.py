"""Corrections of issued invoices: proposed when readings change, issued when a person says so.

An invoice is never edited. Its cycle is billed anew as of now, by the tariff and the terms that it
was billed by; where that differs, a credit note takes the old one back and a replacement is issued,
both in one transaction, with the reason in words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.billing.chain import chain_link
from quilowatt.billing.regime import due_date, instalments, may_correct
from quilowatt.billing.tariff import Text
from quilowatt.core.calendar import local_date
from quilowatt.errors import CorrectionRefused
from quilowatt.jobs.correction_words import changes_between, reason_text
from quilowatt.jobs.cycle_energy import meter_readout
from quilowatt.jobs.invoice_again import InvoiceAgain, invoice_again
from quilowatt.jobs.invoice_maker import InvoiceWriter, ReadyInvoice, draft_of, series_of
from quilowatt.jobs.issued import read_invoices
from quilowatt.profile import energy_between
from quilowatt.store import AuditNote, IssuedFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from quilowatt.billing.invoice import Invoice, Link, MeterReadout
    from quilowatt.jobs.issuer_file import IssuerTerms
    from quilowatt.store import ChainLink, IssuedInvoice, Ledger, ReadingStore

__all__ = ["CorrectionSources", "Proposal", "correct", "proposal_for", "proposals"]

MICROSECONDS: Final = 1_000_000
MONTHS_IN_YEAR: Final = 12
PAGE: Final = 500
"""Invoices looked at between two questions to the ledger."""


@dataclass(frozen=True, slots=True)
class CorrectionSources:
    """What corrections are made from.

    Parameters
    ----------
    ledger : Ledger
        What was issued.
    readings : ReadingStore
        The readings that count.
    clock : callable
        The wall's time. [s since 1970-01-01 UTC]
    """

    ledger: Ledger
    readings: ReadingStore
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An invoice that would come out differently now.

    Parameters
    ----------
    issued : IssuedInvoice
        Which.
    said : Invoice
        What it says.
    again : InvoiceAgain
        What it comes to now.
    as_of : int
        Commit up to which readings were known for that. [µs since 1970-01-01 UTC]
    reason : Text
        What changed, and by how much.
    is_allowed : bool
        Whether the regime lets the difference be collected or refunded still.
    note : Text
        Why not, or how it may be paid.
    """

    issued: IssuedInvoice
    said: Invoice
    again: InvoiceAgain
    as_of: int
    reason: Text
    is_allowed: bool
    note: Text

    @property
    def difference(self) -> Decimal:
        """New total less old one [currency]."""
        return self.again.bill.total - self.said.bill.total


def proposals(sources: CorrectionSources, month: str) -> Iterator[Proposal]:
    """Bill every invoice of a month anew, and yield those that differ.

    Parameters
    ----------
    sources : CorrectionSources
        Whom to ask.
    month : str
        ``YYYY-MM`` in which the cycles begin.
    """
    which, after = IssuedFilter(month=month, kind="invoice", is_replaced=False), None
    while rows := sources.ledger.invoices.invoices(which, after=after, limit=PAGE):
        said = read_invoices(sources.ledger.invoices, rows)
        for row in rows:
            found = _proposal(sources, row, said[row.id])
            if found is not None:
                yield found
        after = rows[-1].id


def proposal_for(sources: CorrectionSources, issued: IssuedInvoice) -> Proposal | None:
    """Bill one invoice anew; None where nothing differs."""
    said = read_invoices(sources.ledger.invoices, [issued])[issued.id]
    return _proposal(sources, issued, said)


def correct(
    sources: CorrectionSources,
    proposal: Proposal,
    issuer: IssuerTerms,
    author: str,
    reason: str,
) -> list[IssuedInvoice]:
    """Take an invoice back by a credit note and issue its replacement, or neither.

    Parameters
    ----------
    sources : CorrectionSources
        Whom to ask.
    proposal : Proposal
        What to correct.
    issuer : IssuerTerms
        From whom.
    author, reason : str
        Who decides it, and why.

    Returns
    -------
    list of IssuedInvoice
        The credit note and the replacement; empty where somebody did so meanwhile.

    Raises
    ------
    CorrectionRefused
        The regime does not allow it any more.
    """
    if not proposal.is_allowed:
        raise CorrectionRefused(proposal.note.en, proposal.note.pt)
    now_s = int(sources.clock())
    day = local_date(now_s, proposal.again.period.zone)
    words = Text(
        f"{proposal.reason.pt} ({author}: {reason})", f"{proposal.reason.en} ({author}: {reason})"
    )
    said, old = proposal.said, sources.ledger.invoices.links_of([proposal.issued.id])
    links = tuple(old.get(proposal.issued.id, ()))
    taken_back = replace(
        said,
        number="",
        kind="credit_note",
        replaces=said.number,
        reason=words,
        issued_at_s=now_s,
        due=day,
        issuer=issuer.issuer,
        codes=(),
    )
    replacement, new_links = _replacement(sources, proposal, links)
    replacement = replace(
        replacement,
        reason=words,
        issued_at_s=now_s,
        due=due_date(proposal.again.tariff.regime, day, said.place.point),
        issuer=issuer.issuer,
    )
    whose = proposal.issued.usage_point_id, proposal.issued.customer_id
    generation = proposal.issued.generation
    pairs = ((taken_back, links, generation), (replacement, new_links, generation + 1))
    ready = [
        ReadyInvoice(
            draft_of(each, whose, chained, generation=count, replaces_id=proposal.issued.id),
            each,
            issuer.payment,
        )
        for each, chained, count in pairs
    ]
    writer = InvoiceWriter(ready)
    return sources.ledger.invoices.issue(
        [each.draft for each in ready],
        writer.document,
        series=series_of(issuer, day),
        references=writer.references,
        note=AuditNote(
            now_s,
            author,
            "invoice_corrected",
            proposal.issued.usage_point_id,
            {"invoice": said.number, "author": author, "reason": reason},
        ),
    )


def _proposal(sources: CorrectionSources, issued: IssuedInvoice, said: Invoice) -> Proposal | None:
    as_of = sources.readings.commit_at(sources.clock())
    again = invoice_again(sources.ledger, sources.readings, replace(said, as_of=as_of))
    old, new = said.bill, again.bill
    is_same = (old.total, old.energy_wh, old.export_wh) == (new.total, new.energy_wh, new.export_wh)
    if is_same:
        return None
    then = invoice_again(sources.ledger, sources.readings, said)
    zone = ZoneInfo(said.place.timezone)
    changes = changes_between(then.energy.profile, again.energy.profile)
    numbers = {link.meter_number for link in _links(sources, issued)}
    edits = [
        edit
        for edit in sources.ledger.edits.of_meters(numbers)
        # A register at either end of the cycle changes it too.
        if edit.at_us > said.as_of
        and edit.asked.start_s <= old.end_s
        and edit.asked.end_s >= old.start_s
    ]
    difference = new.total - old.total
    reason = reason_text(changes, edits, (difference, old.currency), zone)
    is_allowed, note = _allowed(again, said.month, difference, sources.clock())
    return Proposal(issued, said, again, as_of, reason, is_allowed, note)


def _links(sources: CorrectionSources, issued: IssuedInvoice) -> list[ChainLink]:
    return list(sources.ledger.invoices.links_of([issued.id]).get(issued.id, ()))


def _allowed(
    again: InvoiceAgain, month: str, difference: Decimal, now_s: float
) -> tuple[bool, Text]:
    """Ask the regime, by the age of the cycle."""
    regime = again.tariff.regime
    today = local_date(int(now_s), again.period.zone)
    year, number = map(int, month.split("-"))
    age = (today.year - year) * MONTHS_IN_YEAR + today.month - number
    if not difference or may_correct(regime, age, difference):
        parts = instalments(regime, 1) if difference > 0 else 1
        if parts == 1:
            return True, Text("", "")
        return True, Text(
            f"pode ser paga em {parts} parcelas", f"may be paid in {parts} instalments"
        )
    limit = regime.collect_cycles if difference > 0 else regime.refund_cycles
    return False, Text(
        f"o ciclo tem {age} meses; a tarifa permite corrigir até {limit} ciclos atrás",
        f"the cycle is {age} months old; the tariff allows corrections {limit} cycles back",
    )


def _replacement(
    sources: CorrectionSources, proposal: Proposal, old_links: tuple[ChainLink, ...]
) -> tuple[Invoice, tuple[ChainLink, ...]]:
    """Make the invoice that takes the place of another, and its links in the chains."""
    said, again = proposal.said, proposal.again
    clients = sources.ledger.client_of_meters(link.meter_number for link in old_links)
    readouts: list[MeterReadout] = []
    links: list[Link] = []
    for old, stay in zip(old_links, again.stays, strict=True):
        client = clients[old.meter_number]
        own = stay.readings
        first, last = np.searchsorted(own.time_s, [old.start_s, old.end_s]).tolist()
        columns = own.time_s[first:last], own.import_wh[first:last], own.export_wh[first:last]
        span_s = old.start_s, old.end_s
        links.append(chain_link(str(client.meter_uuid), span_s, columns, old.previous))
        sums_wh = energy_between(own, *span_s, old.digits, again.connection)
        readouts.append(meter_readout(own, (client, *span_s), sums_wh))
    invoice = replace(
        said,
        number="",
        replaces=said.number,
        as_of=proposal.as_of,
        bill=again.bill,
        meters=tuple(readouts),
        quality=again.energy.quality,
        links=tuple(links),
        codes=(),
    )
    chained = tuple(
        replace(old, readings=link.readings, head=link.head)
        for old, link in zip(old_links, links, strict=True)
    )
    return invoice, chained
