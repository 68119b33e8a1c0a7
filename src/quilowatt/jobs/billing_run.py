"""The billing run: every ended cycle of a month becomes an invoice, once.

Works in blocks. Each block is computed from the readings as of the run's commit and issued in one
transaction, so a run that dies goes on where it was, and one that is repeated finds nothing left.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from quilowatt.billing import Text
from quilowatt.core.calendar import local_date
from quilowatt.errors import BillingError, SettingsError
from quilowatt.jobs.accounts import with_items
from quilowatt.jobs.billed_places import billed_places
from quilowatt.jobs.cycle_bills import BillSources, CycleBill, bill_places
from quilowatt.jobs.cycle_readings import StoreReadings
from quilowatt.jobs.invoice_maker import (
    InvoiceWriter,
    IssueTerms,
    ready_invoices,
    series_of,
    tariff_document,
)
from quilowatt.jobs.run_findings import not_ended, not_priced, oddities, reason_not_to
from quilowatt.store import BillingRun, ClientFilter, RunChoice, RunFinding, RunStep
from quilowatt.store.names import named_or_identified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from quilowatt.billing import TariffBook
    from quilowatt.jobs.billed_places import BilledPlace
    from quilowatt.jobs.issuer_file import IssuerTerms
    from quilowatt.store import Client, IssuedInvoice, Ledger, ReadingStore

__all__ = ["RunParts", "RunProgress", "RunResult", "begin_run", "carry_on", "rehearse"]

LOG = logging.getLogger(__name__)

BLOCK: Final = 512
"""Usage points issued together: 60 MB of quarter-hours, a transaction of a tenth of a second."""

COMMITS_PER_S: Final = 1_000_000
"""A commit is numbered by its time in µs."""

PAGE: Final = 1000
"""Usage points fetched together."""


@dataclass(frozen=True, slots=True)
class RunParts:
    """What a run needs of the rest of the system.

    Parameters
    ----------
    ledger, readings, tariffs
        Who is metered where, what was read, and prices.
    issuer : IssuerTerms
        From whom.
    clock : callable
        [s since 1970-01-01 UTC]
    on_progress : callable
        Told after each block.
    on_issued : callable
        Told what was issued, after it is durable.
    is_stopping : callable
        Asked between blocks; a run that is told to stop goes on when it is started again.
    """

    ledger: Ledger
    readings: ReadingStore
    tariffs: TariffBook
    issuer: IssuerTerms
    clock: Callable[[], float]
    on_progress: Callable[[RunProgress], None] = lambda _: None
    on_issued: Callable[[list[IssuedInvoice]], None] = lambda _: None
    is_stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Parameters
    ----------
    total, done, issued : int
        Usage points meant and looked at, and invoices issued by this start. [1]
    """

    total: int
    done: int
    issued: int


@dataclass(slots=True)
class RunResult:
    """What came out.

    Parameters
    ----------
    month : str
        ``YYYY-MM``.
    run : BillingRun or None
        None of a rehearsal.
    total, before, issued : int
        Usage points meant; invoices issued before, and now. [1]
    is_whole : bool
        False when it was told to stop.
    sums : dict of str to Decimal
        Of what was issued now, by currency. [currency]
    findings : list of RunFinding
        What needs a person.
    """

    month: str
    run: BillingRun | None = None
    total: int = 0
    before: int = 0
    issued: int = 0
    is_whole: bool = True
    sums: dict[str, Decimal] = field(default_factory=dict)
    findings: list[RunFinding] = field(default_factory=list)


def begin_run(
    parts: RunParts, month: str, choice: RunChoice, *, key: str | None = None
) -> BillingRun:
    """Begin a run, or find the one of this month and choice that was cut short.

    Parameters
    ----------
    parts : RunParts
        What it works with.
    month : str
        ``YYYY-MM``.
    choice : RunChoice
        Which usage points.
    key : str, optional
        Idempotency key: with a known one the run that began with it is meant.

    Raises
    ------
    SettingsError
        If no usage point is meant, or none of the cycles has ended.
    """
    if key is not None and (known := parts.ledger.invoices.run_with_key(key)) is not None:
        return known
    now_s, as_of = _moment(parts)
    _places(parts, (month, choice), (now_s, as_of))
    return parts.ledger.invoices.begin_run(month, choice, as_of=as_of, started_at_s=now_s, key=key)


def carry_on(parts: RunParts, run: BillingRun) -> RunResult:
    """Issue what a run has not issued yet; of a finished run tell what it came to.

    Raises
    ------
    StoreError
        The ledger can't be written; the run goes on when it is started again.
    """
    book, (now_s, _) = parts.ledger.invoices, _moment(parts)
    if run.finished_at_s is not None:
        found = book.findings(run.id)
        return RunResult(run.month, run, run.total, before=run.issued, findings=found)
    try:
        places = _places(parts, (run.month, run.choice), (now_s, run.as_of))
        result = _Work(parts, run, now_s, is_rehearsal=False).bill(places)
    except Exception as error:
        book.end_run(run.id, at_s=now_s, failure=str(error) or repr(error))
        raise
    if result.is_whole:
        result.run = book.end_run(run.id, at_s=int(parts.clock()))
    LOG.info("billing_run_ended month=%s issued=%d", run.month, result.issued)
    return result


def rehearse(parts: RunParts, month: str, choice: RunChoice) -> RunResult:
    """Compute what a run would issue, and write nothing; as `begin_run` and `carry_on`."""
    now_s, as_of = _moment(parts)
    places = _places(parts, (month, choice), (now_s, as_of))
    run = BillingRun(0, month, choice, as_of, now_s, None, 0, 0, 0)
    return _Work(parts, run, now_s, is_rehearsal=True).bill(places)


def _moment(parts: RunParts) -> tuple[int, int]:
    """Tell the time [s], and the commit up to which readings count [µs]."""
    now_s = parts.clock()
    return int(now_s), parts.readings.commit_at(now_s)


def _places(
    parts: RunParts, wanted: tuple[str, RunChoice], moment: tuple[int, int]
) -> list[BilledPlace]:
    """Find the cycles that are meant, and refuse if none of them has ended."""
    (month, choice), (now_s, as_of) = wanted, moment
    clients = list(_clients(parts.ledger, choice))
    book, as_of_s = parts.ledger.terms, as_of // COMMITS_PER_S
    places = billed_places(book, clients, month, now_s, as_of_s=as_of_s)
    if choice.tariff is not None:
        places = [place for place in places if place.client.tariff_code == choice.tariff]
    if not places:
        raise SettingsError(
            "no usage point is meant by these filters",
            "nenhuma unidade consumidora corresponde a estes filtros",
        )
    if all(place.end_s > now_s for place in places):
        first = min(places, key=lambda place: place.end_s)
        raise SettingsError(
            f"cycle {month} has not ended: that of {first.client.name} ends on {_end(first)}",
            f"o ciclo {month} não terminou: o de {first.client.name} termina em {_end(first)}",
        )
    return places


def _clients(ledger: Ledger, choice: RunChoice) -> Iterator[Client]:
    which = ClientFilter(usage_point=choice.usage_point)
    if choice.customer is not None:
        uuid, name = named_or_identified(choice.customer)
        which = ClientFilter(id=uuid, name=name, usage_point=choice.usage_point)
    after = None
    while page := ledger.clients(which, after=after, limit=PAGE):
        yield from page
        after = page[-1].usage_point_id


class _Work:
    """One start of a run.

    Parameters
    ----------
    parts : RunParts
        What it works with.
    run : BillingRun
        Its row, or one made up for a rehearsal.
    now_s : int
        [s since 1970-01-01 UTC]
    is_rehearsal : bool
        Write nothing.
    """

    def __init__(self, parts: RunParts, run: BillingRun, now_s: int, *, is_rehearsal: bool) -> None:
        self._parts = parts
        self._run = run
        self._now_s = now_s
        self._is_rehearsal = is_rehearsal
        self._terms = IssueTerms(parts.issuer, now_s, run.as_of)
        self._sources = BillSources(
            parts.ledger,
            parts.tariffs,
            StoreReadings(parts.readings, run.as_of),
            now_s,
            run.as_of // COMMITS_PER_S,
        )
        self._digests: dict[str, str] = {}
        self._result = RunResult(run.month, run)
        self._done = 0

    def bill(self, places: Sequence[BilledPlace]) -> RunResult:
        """Look at all cycles, block by block."""
        result, book = self._result, self._parts.ledger.invoices
        issued = book.issued_for(self._run.month)
        left = [place for place in places if place.client.usage_point_id not in issued]
        result.total, result.before = len(places), len(places) - len(left)
        running = [place for place in left if place.end_s > self._now_s]
        found = [not_ended(each.client, each.month, f"{_end(each)}") for each in running]
        self._done = result.before + len(running)
        self._note(found)
        for block in _blocks([place for place in left if place.end_s <= self._now_s]):
            if self._parts.is_stopping():
                result.is_whole = False
                break
            self._block(block)
            progress = RunProgress(result.total, self._done, result.issued)
            self._parts.on_progress(progress)
        return result

    def _block(self, places: list[BilledPlace]) -> None:
        last = self._parts.ledger.invoices.last_cycles(
            place.client.usage_point_id for place in places
        )
        places = with_items(self._parts.ledger, self._parts.tariffs, places, self._now_s)
        bills = bill_places(self._sources, places)
        findings: list[RunFinding] = []
        sound: list[CycleBill] = []
        for bill in bills:
            reason = reason_not_to(bill, last.get(bill.client.usage_point_id))
            reason = reason or self._undocumented(bill)
            if reason is not None:
                findings.append(reason)
            else:
                findings += oddities(bill)
                sound.append(bill)
        self._done += len(places)
        if self._is_rehearsal:
            self._count([(bill.bill.currency, bill.bill.total) for bill in sound if bill.bill])
            self._note(findings)
        else:
            self._issue(sound, findings)

    def _undocumented(self, bill: CycleBill) -> RunFinding | None:
        """Keep the document of a bill's tariff, or say why it can't be."""
        code = bill.client.tariff_code
        if code not in self._digests:
            try:
                document = tariff_document(self._parts.tariffs, code)
            except BillingError as error:
                return not_priced(bill.client, Text(error.pt, error.en))
            if not self._is_rehearsal:
                self._parts.ledger.invoices.keep_document(document)
            self._digests[code] = document.digest
        return None

    def _issue(self, bills: list[CycleBill], findings: list[RunFinding]) -> None:
        ready = ready_invoices(self._parts.ledger, bills, self._terms, self._digests)
        step = RunStep(self._run.id, self._result.total, self._done, tuple(findings))
        day = local_date(self._now_s, bills[0].zone) if bills else None
        issued: list[IssuedInvoice] = []
        if day is None:
            self._parts.ledger.invoices.advance_run(step)
        else:
            writer = InvoiceWriter(ready)
            issued = self._parts.ledger.invoices.issue(
                [each.draft for each in ready],
                writer.document,
                series=series_of(self._parts.issuer, day),
                step=step,
                references=writer.references,
            )
        self._result.findings += findings
        self._count([(invoice.currency, invoice.total) for invoice in issued])
        if issued:
            self._parts.on_issued(issued)

    def _note(self, findings: list[RunFinding]) -> None:
        self._result.findings += findings
        if findings and not self._is_rehearsal:
            step = RunStep(self._run.id, self._result.total, self._done, tuple(findings))
            self._parts.ledger.invoices.advance_run(step)

    def _count(self, amounts: list[tuple[str, Decimal]]) -> None:
        self._result.issued += len(amounts)
        for currency, total in amounts:
            self._result.sums[currency] = self._result.sums.get(currency, Decimal(0)) + total


def _blocks(places: list[BilledPlace]) -> Iterator[list[BilledPlace]]:
    """Cut into blocks that share zone, tariff and cycle, in the order of usage points."""

    def terms(place: BilledPlace) -> tuple[str, str, int, int]:
        return place.client.timezone, place.client.tariff_code, place.start_s, place.end_s

    for _, group in groupby(sorted(places, key=terms), key=terms):
        alike = list(group)
        for first in range(0, len(alike), BLOCK):
            yield alike[first : first + BLOCK]


def _end(place: BilledPlace) -> date:
    return local_date(place.end_s, ZoneInfo(place.client.timezone))
