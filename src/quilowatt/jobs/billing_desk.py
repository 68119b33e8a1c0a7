"""Where billing runs are asked for: one at a time, in a thread of the server or here and now.

A run that the server's end cuts short stays in the ledger and goes on when it is asked for again.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from quilowatt.errors import QuilowattError, RunBusy
from quilowatt.jobs.billing_run import RunParts, RunResult, begin_run, carry_on, rehearse
from quilowatt.jobs.corrections import CorrectionSources, Proposal, correct
from quilowatt.jobs.issuer_file import IssuerTerms, require_issuer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quilowatt.billing import TariffBook
    from quilowatt.store import BillingRun, IssuedInvoice, Ledger, ReadingStore, RunChoice

__all__ = ["BillingDesk"]

LOG = logging.getLogger(__name__)


class BillingDesk:
    """Takes orders for billing runs.

    Parameters
    ----------
    ledger, readings, tariffs
        Who is metered where, what was read, and prices.
    clock : callable
        [s since 1970-01-01 UTC]
    issuer : Path or IssuerTerms
        From whom invoices are, or the document that says it, read for each run.
    on_issued : callable
        Told what was issued, from the run's thread.
    """

    def __init__(
        self,
        ledger: Ledger,
        readings: ReadingStore,
        tariffs: TariffBook,
        clock: Callable[[], float],
        *,
        issuer: Path | IssuerTerms,
        on_issued: Callable[[list[IssuedInvoice]], None] = lambda _: None,
    ) -> None:
        self._issuer = issuer
        self._is_stopping = threading.Event()
        self._parts = RunParts(
            ledger,
            readings,
            tariffs,
            IssuerTerms.nobody(),
            clock,
            on_issued=on_issued,
            is_stopping=self._is_stopping.is_set,
        )
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._run: BillingRun | None = None

    @property
    def running_id(self) -> int | None:
        """The run that goes on now, if one does."""
        thread, run = self._thread, self._run
        return run.id if run is not None and thread is not None and thread.is_alive() else None

    def start(self, month: str, choice: RunChoice, *, key: str | None = None) -> BillingRun:
        """Begin a run in a thread of its own, or find the one that is meant.

        Raises
        ------
        RunBusy
            Another one goes on.
        SettingsError
            There is no issuer, or no cycle to bill.
        """
        with self._lock:
            parts = self._ready()
            busy = self.running_id
            if busy is not None:
                run = self._same(month, choice, key)
                if run is None:
                    raise RunBusy(busy)
                return run
            run = begin_run(parts, month, choice, key=key)
            if run.finished_at_s is None:
                self._run = run
                self._thread = threading.Thread(
                    target=self._carry_on, args=(parts, run), name="billing-run", daemon=True
                )
                self._thread.start()
        return run

    def rehearse(self, month: str, choice: RunChoice) -> RunResult:
        """Compute what a run would issue, here and now, and write nothing.

        Raises
        ------
        SettingsError
            There is no cycle to bill.
        """
        return rehearse(self._parts, month, choice)

    @property
    def corrections(self) -> CorrectionSources:
        """What corrections are made from."""
        return CorrectionSources(self._parts.ledger, self._parts.readings, self._parts.clock)

    def correct(self, proposal: Proposal, author: str, reason: str) -> list[IssuedInvoice]:
        """Issue a correction, here and now.

        Raises
        ------
        CorrectionRefused
            The regime does not allow it.
        SettingsError
            There is no issuer.
        """
        issuer = self._ready().issuer
        with self._lock:
            issued = correct(self.corrections, proposal, issuer, author, reason)
        if issued:
            self._parts.on_issued(issued)
        return issued

    def close(self) -> None:
        """End after the block under way."""
        self._is_stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _ready(self) -> RunParts:
        issuer = self._issuer
        terms = issuer if isinstance(issuer, IssuerTerms) else require_issuer(issuer)
        return replace(self._parts, issuer=terms)

    def _same(self, month: str, choice: RunChoice, key: str | None) -> BillingRun | None:
        """Find the run that is meant, if it is the one that goes on or has gone on."""
        run = self._run
        assert run is not None
        if (run.month, run.choice) == (month, choice):
            return self._parts.ledger.invoices.run(run.id)
        return self._parts.ledger.invoices.run_with_key(key) if key is not None else None

    def _carry_on(self, parts: RunParts, run: BillingRun) -> None:
        try:
            carry_on(parts, run)
        except QuilowattError as error:
            LOG.error("billing_run_stopped run=%d reason=%s", run.id, error)  # noqa: TRY400
        except Exception:
            LOG.exception("billing_run_failed run=%d", run.id)
