"""The ledger: who is metered where, by which meter, and which alerts were raised.

`Ledger` is the only way to these facts; API, head-end and jobs call it from any thread. Nothing
is deleted: an installation ends, an alert closes, and `audit` keeps what was done. A meter's
secret is not here: `core.identity` derives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from quilowatt.store.alert_handling import AlertHandling
    from quilowatt.store.budgets import BudgetBook
    from quilowatt.store.channels import ChannelBook
    from quilowatt.store.edits import EditBook
    from quilowatt.store.forecasts import ForecastBook
    from quilowatt.store.invoices import InvoiceBook
    from quilowatt.store.ledger_records import (
        AlertEpisode,
        AlertFilter,
        AlertRecord,
        AuditEntry,
        Client,
        ClientFilter,
        Installation,
        LedgerCounts,
        MeterState,
        RegisteredMeter,
        RegistrationRefusal,
        RegistrationRequest,
    )
    from quilowatt.store.notices import NoticeBook
    from quilowatt.store.payments import PaymentBook
    from quilowatt.store.terms import TermsBook

__all__ = ["Ledger"]


class Ledger(Protocol):
    """Registry and alerts, safe to call from any thread; reads never wait for writes.

    `terms` is the book of what a bill needs to know of a usage point besides energy.
    `handling`, `budgets`, `channels` and `notices` are the books of what people do with alerts and
    of how alerts reach them, `forecasts` that of what was expected and what came.

    Every method may raise `StoreFull` (no room; nothing of the call was kept), `StoreBusy`
    (another process holds the ledger) or `StoreCorrupt`.
    """

    @property
    def edits(self) -> EditBook:
        """What people decided about readings."""
        ...

    @property
    def terms(self) -> TermsBook:
        """What bills need to know of usage points besides energy."""
        ...

    handling: AlertHandling
    budgets: BudgetBook
    channels: ChannelBook
    notices: NoticeBook
    forecasts: ForecastBook

    @property
    def invoices(self) -> InvoiceBook:
        """What was issued."""
        ...

    @property
    def payments(self) -> PaymentBook:
        """Money that came in."""
        ...

    def register_meters(
        self, requests: Sequence[RegistrationRequest]
    ) -> list[RegisteredMeter | RegistrationRefusal]:
        """Register meters in one transaction, durably; a refusal costs only itself.

        Without a usage point a meter gets a customer and a usage point of its own. With one, the
        installation there ends at ``at_s`` and a new one begins; the customer stays.

        Returns
        -------
        list
            One answer for each request, in their order.
        """
        ...

    def meter_directory(self) -> Iterator[RegisteredMeter]:
        """Iterate over all meters, by rising number."""
        ...

    def set_meter_state(
        self, number: int, state: MeterState, *, at_s: int, actor: str = "operator"
    ) -> bool:
        """Block a meter or let it in again.

        Parameters
        ----------
        number : int
            The meter's dense number.
        state : {'active', 'blocked'}
            What it shall be.
        at_s : int
            Now. [s since 1970-01-01 UTC]
        actor : str
            Who decided it, for the audit.

        Returns
        -------
        bool
            False when there is no such meter.
        """
        ...

    def set_meter_interval(
        self, number: int, interval_s: int, *, at_s: int, actor: str = "operator"
    ) -> bool:
        """Note how often a meter reads from now on.

        Parameters
        ----------
        number : int
            The meter's dense number.
        interval_s : int
            Time between its readings. [s]
        at_s : int
            Now. [s since 1970-01-01 UTC]
        actor : str
            Who decided it, for the audit.

        Returns
        -------
        bool
            False when there is no such meter.
        """
        ...

    def clients(self, which: ClientFilter, *, after: int | None = None, limit: int) -> list[Client]:
        """List usage points with their present meter, by rising ``usage_point_id``.

        Parameters
        ----------
        which : ClientFilter
            Which ones.
        after : int, optional
            The last ``usage_point_id`` of the page before.
        limit : int
            At most this many. [1]
        """
        ...

    def client_of_meters(self, numbers: Iterable[int]) -> dict[int, Client]:
        """Find where each of these meters is, or last was; unknown numbers are left out."""
        ...

    def meter(self, uuid: UUID) -> Client | None:
        """Find where this meter is, or last was."""
        ...

    def installations(
        self,
        *,
        usage_point_ids: Iterable[int] = (),
        meter_numbers: Iterable[int] = (),
    ) -> list[Installation]:
        """List what was installed at these places and where these meters were, by rising id."""
        ...

    def open_alerts(
        self, episodes: Sequence[AlertEpisode], *, raised_at_s: int
    ) -> list[AlertRecord]:
        """Open episodes that aren't known yet.

        An episode is known when one of its meter and kind is open, or one that began at the same
        instant is over: a detector that starts again may say everything twice.

        Returns
        -------
        list of AlertRecord
            Those that are new.
        """
        ...

    def update_alerts(self, episodes: Sequence[AlertEpisode]) -> list[AlertRecord]:
        """Bring the open episodes of these meters and kinds up to date; others are ignored.

        What is said of an instant before an open episode began is about another one.
        """
        ...

    def close_alerts(self, episodes: Sequence[AlertEpisode]) -> list[AlertRecord]:
        """End the open episodes of these meters and kinds; others are ignored as by updates."""
        ...

    def keep_alert_costs(
        self, costs: Sequence[tuple[int, Mapping[str, object]]]
    ) -> list[AlertRecord]:
        """Keep among the details of alerts, as ``cost``, what was worked out about them.

        It stays there over later changes of an episode, until another takes its place.

        Parameters
        ----------
        costs : sequence of (int, mapping)
            An alert's id, and the cost as JSON knows it.

        Returns
        -------
        list of AlertRecord
            The alerts as they are now.
        """
        ...

    def alerts(
        self, which: AlertFilter, *, after: int | None = None, limit: int
    ) -> list[AlertRecord]:
        """List alerts, the newest first.

        Parameters
        ----------
        which : AlertFilter
            Which ones.
        after : int, optional
            The last ``id`` of the page before: older ones follow.
        limit : int
            At most this many. [1]
        """
        ...

    def audit(self, *, after: int | None = None, limit: int) -> list[AuditEntry]:
        """List what was done, by rising id.

        Parameters
        ----------
        after : int, optional
            The last ``id`` of the page before.
        limit : int
            At most this many. [1]
        """
        ...

    def counts(self) -> LedgerCounts:
        """Count what there is, at no cost."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...
