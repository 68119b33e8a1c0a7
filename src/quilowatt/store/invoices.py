"""The book of invoices: what was issued, in which run, and what the next cycle begins with.

`InvoiceBook` is the only way to these facts; API and jobs call it from any thread. Nothing is
edited or deleted: an invoice is taken back or replaced by the row of a newer one that names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from quilowatt.store.invoice_records import (
        AuditNote,
        BillingRun,
        ChainLink,
        InvoiceDraft,
        IssuedFilter,
        IssuedInvoice,
        LastCycle,
        Opening,
        PastBill,
        RunChoice,
        RunFinding,
        RunStep,
        StoredDocument,
    )

__all__ = ["InvoiceBook"]


class InvoiceBook(Protocol):
    """Issued invoices and billing runs, safe to call from any thread.

    Every method may raise what those of `Ledger` may.
    """

    def issue(
        self,
        drafts: Sequence[InvoiceDraft],
        write: Callable[[int, str], bytes],
        *,
        series: str,
        step: RunStep | None = None,
        references: Callable[[int, str], Iterable[str]] = lambda _index, _number: (),
        note: AuditNote | None = None,
    ) -> list[IssuedInvoice]:
        """Issue invoices in one transaction: all of it, or nothing.

        Numbers follow one another without gaps in their series. A draft whose usage point, month,
        kind and generation are issued already is left out.

        Parameters
        ----------
        drafts : sequence of InvoiceDraft
            What to issue; each usage point once.
        write : callable
            Given the index of a draft and its number, writes the canonical document. It must not
            call the book.
        series : str
            Of the numbers, such as ``"2026"``.
        step : RunStep, optional
            How far the run is with it.
        references : callable, optional
            Given the same as `write`, after it, tells what payments of the invoice may carry
            besides its number.
        note : AuditNote, optional
            Kept in the audit with what is issued, and only then.

        Returns
        -------
        list of IssuedInvoice
            Those that were issued, in the order of the drafts.
        """
        ...

    def keep_document(self, document: StoredDocument) -> None:
        """Keep what invoices refer to; the same again changes nothing."""
        ...

    def kept_document(self, digest: str) -> bytes | None:
        """Return what has this SHA-256, if it was kept."""
        ...

    def invoice(self, number: str) -> IssuedInvoice | None:
        """Find an invoice by its number."""
        ...

    def documents_of(self, invoice_ids: Iterable[int]) -> dict[int, bytes]:
        """Return the canonical documents of issued invoices, by id."""
        ...

    def links_of(self, invoice_ids: Iterable[int]) -> dict[int, list[ChainLink]]:
        """Return the links of issued invoices, by id, each in the order of its meters."""
        ...

    def invoices(
        self, which: IssuedFilter, *, after: int | None = None, limit: int
    ) -> list[IssuedInvoice]:
        """List invoices, the newest first.

        Parameters
        ----------
        which : IssuedFilter
            Which ones.
        after : int, optional
            The last ``id`` of the page before: older ones follow.
        limit : int
            At most this many. [1]
        """
        ...

    def invoices_of(
        self, usage_point_ids: Iterable[int], month: str
    ) -> dict[int, list[IssuedInvoice]]:
        """Find what was issued for a month, by usage point and rising id."""
        ...

    def issued_for(self, month: str) -> set[int]:
        """Name the usage points that have an invoice for a month."""
        ...

    def openings(self, usage_point_ids: Iterable[int], before_s: int) -> dict[int, Opening]:
        """Find what cycles that begin at an instant begin with [s since 1970-01-01 UTC]."""
        ...

    def last_cycles(self, usage_point_ids: Iterable[int]) -> dict[int, LastCycle]:
        """Find the newest cycle that was issued at each of these places."""
        ...

    def history(
        self, usage_point_ids: Iterable[int], before_s: int, *, limit: int = 12
    ) -> dict[int, list[PastBill]]:
        """Find the last cycles that ended by an instant, oldest first; replaced ones don't count.

        Parameters
        ----------
        usage_point_ids : iterable of int
            Where.
        before_s : int
            They ended then or before. [s since 1970-01-01 UTC]
        limit : int
            At most this many each. [1]
        """
        ...

    def heads(self, meter_numbers: Iterable[int], before_s: int) -> dict[int, str]:
        """Find the last head of each meter's chain of readings up to an instant [s since 1970]."""
        ...

    def begin_run(
        self,
        month: str,
        choice: RunChoice,
        *,
        as_of: int,
        started_at_s: int,
        key: str | None = None,
    ) -> BillingRun:
        """Begin a run, or find the one of this month and choice that was cut short.

        Parameters
        ----------
        month : str
            ``YYYY-MM``.
        choice : RunChoice
            Which usage points.
        as_of : int
            Commit up to which readings count, if it is a new run. [µs since 1970-01-01 UTC]
        started_at_s : int
            Now. [s since 1970-01-01 UTC]
        key : str, optional
            Idempotency key: a run that began with it is the one that is meant.
        """
        ...

    def advance_run(self, step: RunStep) -> None:
        """Note how far a run is, where nothing was issued."""
        ...

    def end_run(self, run_id: int, *, at_s: int, failure: str = "") -> BillingRun:
        """Note that a run is over; with a failure it may go on later. [s since 1970-01-01 UTC]"""
        ...

    def run(self, run_id: int) -> BillingRun | None:
        """Find a run."""
        ...

    def run_with_key(self, key: str) -> BillingRun | None:
        """Find the run that began with an idempotency key."""
        ...

    def runs(self, *, after: int | None = None, limit: int) -> list[BillingRun]:
        """List runs, the newest first; `after` is the last id of the page before."""
        ...

    def findings(self, run_id: int) -> list[RunFinding]:
        """List what needs a person, by usage point."""
        ...
