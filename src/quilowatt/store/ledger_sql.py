"""The ledger in a SQL database: SQLite in one file, or any that SQLAlchemy reaches by a URL.

The only place that runs the ledger's statements. Writers queue at a lock and then at the
`counters` rows, whichever process they are in, so that ids are dense and a check holds until
its transaction ends; readers have connections of their own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import Connection, bindparam, func, insert, select, update

from quilowatt.store import ledger_alerts
from quilowatt.store import ledger_queries as queries
from quilowatt.store.alert_handling_sql import SqlAlertHandling
from quilowatt.store.budgets_sql import SqlBudgets
from quilowatt.store.channels_sql import SqlChannels
from quilowatt.store.edits_sql import SqlEdits
from quilowatt.store.forecasts_sql import SqlForecasts
from quilowatt.store.invoices_sql import SqlInvoices
from quilowatt.store.ledger import Ledger
from quilowatt.store.ledger_access import LedgerAccess
from quilowatt.store.ledger_engines import LedgerEngines, open_engines
from quilowatt.store.ledger_records import (
    AlertEpisode,
    AlertFilter,
    AlertRecord,
    AuditEntry,
    Client,
    ClientFilter,
    Installation,
    LedgerCounts,
    LedgerDefaults,
    MeterState,
    RegisteredMeter,
    RegistrationRefusal,
    RegistrationRequest,
)
from quilowatt.store.ledger_registration import Decision, Place, decide
from quilowatt.store.ledger_steps import chunks, clients_by_number, keep_last_ids, last_ids
from quilowatt.store.migrations import bring_up_to_date
from quilowatt.store.notices_sql import SqlNotices
from quilowatt.store.payments_sql import SqlPayments
from quilowatt.store.schema import (
    alerts,
    audit,
    customers,
    installations,
    meters,
    usage_points,
)
from quilowatt.store.terms_sql import SqlTerms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

__all__ = ["SqlLedger"]

Row = dict[str, Any]

DIRECTORY_PAGE: Final = 20_000
"""Meters read at once by `meter_directory`: 10 MB, and no connection is kept between pages."""


class SqlLedger(Ledger):
    """`Ledger` by SQL statements; made by `open`.

    Parameters
    ----------
    engines : LedgerEngines
        Ways to a database that is up to date.
    defaults : LedgerDefaults
        What a new usage point gets.

    Attributes
    ----------
    access : LedgerAccess
        Transactions on the database, for the other books that lie in it.
    handling, budgets, channels, notices
        Books of what people do with alerts and of how alerts reach them.
    forecasts
        Book of what was expected and what came.
    """

    def __init__(self, engines: LedgerEngines, defaults: LedgerDefaults) -> None:
        self.access = LedgerAccess(engines)
        self._edits = SqlEdits(self.access)
        self._terms = SqlTerms(self.access)
        self.handling = SqlAlertHandling(self.access)
        self.budgets = SqlBudgets(self.access)
        self.channels = SqlChannels(self.access)
        self.notices = SqlNotices(self.access)
        self.forecasts = SqlForecasts(self.access)
        self._invoices = SqlInvoices(self.access)
        self._payments = SqlPayments(self.access)
        self._defaults = defaults

    @classmethod
    def open(cls, location: Path | str, defaults: LedgerDefaults | None = None) -> Self:
        """Open a ledger, making it or bringing it up to date first.

        Parameters
        ----------
        location : Path or str
            File of SQLite (its directory exists), or a database's URL.
        defaults : LedgerDefaults, optional
            What a new usage point gets.

        Raises
        ------
        StoreTooNew
            A newer quilowatt wrote it.
        StoreBusy, StoreCorrupt, StoreFull, StoreError
            It can't be read or written.
        """
        engines = open_engines(location)
        try:
            with engines.write() as connection:
                bring_up_to_date(connection, engines.subject)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines, defaults or LedgerDefaults())

    @property
    def invoices(self) -> SqlInvoices:
        """What was issued; see `InvoiceBook`."""
        return self._invoices

    @property
    def payments(self) -> SqlPayments:
        """Money that came in; see `Ledger.payments`."""
        return self._payments

    @property
    def terms(self) -> SqlTerms:
        """What bills need to know besides energy; see `Ledger.terms`."""
        return self._terms

    @property
    def edits(self) -> SqlEdits:
        """What people decided about readings; see `Ledger.edits`."""
        return self._edits

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self.access.close()

    def register_meters(
        self, requests: Sequence[RegistrationRequest]
    ) -> list[RegisteredMeter | RegistrationRefusal]:
        """Register meters in one transaction; see `Ledger.register_meters`."""
        with self.access.writing() as (connection, ids):
            known = _known_meters(connection, [request.uuid for request in requests])
            named = {request.usage_point for request in requests} - {None}
            places = _places(connection, [uuid for uuid in named if uuid is not None])
            decision = decide(requests, known, places, Decision(dict(ids)), self._defaults)
            _write(connection, decision)
            keep_last_ids(connection, ids, decision.last_ids)
        return decision.answers

    def meter_directory(self) -> Iterator[RegisteredMeter]:
        """Iterate over all meters; see `Ledger.meter_directory`."""
        for after in range(0, self._last_id("meters"), DIRECTORY_PAGE):
            with self.access.reading() as connection:
                rows = connection.execute(queries.directory_page(after, DIRECTORY_PAGE)).all()
            for row in rows:
                yield RegisteredMeter(*row)

    def set_meter_state(
        self, number: int, state: MeterState, *, at_s: int, actor: str = "operator"
    ) -> bool:
        """Block a meter or let it in again; see `Ledger.set_meter_state`."""
        with self.access.writing() as (connection, ids):
            client = clients_by_number(connection, [number]).get(int(number))
            if client is not None and client.state != state:
                _change_meter(connection, client, state=state)
                action = "meter_blocked" if state == "blocked" else "meter_unblocked"
                entry = {"actor": actor, "action": action, "at_s": int(at_s)}
                _add_audit(connection, ids, client, entry)
        return client is not None

    def set_meter_interval(
        self, number: int, interval_s: int, *, at_s: int, actor: str = "operator"
    ) -> bool:
        """Note how often a meter reads; see `Ledger.set_meter_interval`."""
        with self.access.writing() as (connection, ids):
            client = clients_by_number(connection, [number]).get(int(number))
            if client is not None and client.interval_s != interval_s:
                _change_meter(connection, client, interval_s=int(interval_s))
                details = json.dumps({"interval_s": int(interval_s)})
                entry = {"actor": actor, "action": "meter_interval_set", "at_s": int(at_s)}
                _add_audit(connection, ids, client, {**entry, "details": details})
        return client is not None

    def clients(self, which: ClientFilter, *, after: int | None = None, limit: int) -> list[Client]:
        """List usage points with their present meter; see `Ledger.clients`."""
        with self.access.reading() as connection:
            rows = connection.execute(queries.clients_matching(which, after, limit))
            return [queries.client_from(row) for row in rows]

    def client_of_meters(self, numbers: Iterable[int]) -> dict[int, Client]:
        """Find where meters are; see `Ledger.client_of_meters`."""
        with self.access.reading() as connection:
            return clients_by_number(connection, numbers)

    def meter(self, uuid: UUID) -> Client | None:
        """Find where a meter is; see `Ledger.meter`."""
        with self.access.reading() as connection:
            row = connection.execute(queries.clients_by_meter(meters.c.uuid == uuid)).first()
        return queries.client_from(row) if row is not None else None

    def installations(
        self,
        *,
        usage_point_ids: Iterable[int] = (),
        meter_numbers: Iterable[int] = (),
    ) -> list[Installation]:
        """List installations; see `Ledger.installations`."""
        asked = (
            (installations.c.usage_point_id, usage_point_ids),
            (installations.c.meter_number, meter_numbers),
        )
        found: dict[int, Installation] = {}
        with self.access.reading() as connection:
            for column, keys in asked:
                for some in chunks(int(key) for key in keys):
                    for row in connection.execute(select(installations).where(column.in_(some))):
                        found[row.id] = Installation(*row)
        return [found[key] for key in sorted(found)]

    def open_alerts(
        self, episodes: Sequence[AlertEpisode], *, raised_at_s: int
    ) -> list[AlertRecord]:
        """Open episodes; see `Ledger.open_alerts`."""
        if not episodes:
            return []
        with self.access.writing() as (connection, ids):
            return ledger_alerts.open_episodes(connection, ids, episodes, int(raised_at_s))

    def update_alerts(self, episodes: Sequence[AlertEpisode]) -> list[AlertRecord]:
        """Bring open episodes up to date; see `Ledger.update_alerts`."""
        return self._change_alerts(episodes, is_end=False)

    def close_alerts(self, episodes: Sequence[AlertEpisode]) -> list[AlertRecord]:
        """End open episodes; see `Ledger.close_alerts`."""
        return self._change_alerts(episodes, is_end=True)

    def keep_alert_costs(
        self, costs: Sequence[tuple[int, Mapping[str, object]]]
    ) -> list[AlertRecord]:
        """Keep what alerts cost; see `Ledger.keep_alert_costs`."""
        if not costs:
            return []
        with self.access.writing() as (connection, _):
            return ledger_alerts.keep_costs(connection, dict(costs))

    def alerts(
        self, which: AlertFilter, *, after: int | None = None, limit: int
    ) -> list[AlertRecord]:
        """List alerts, the newest first; see `Ledger.alerts`."""
        asked = queries.alerts_selected(queries.alerts_matching(which, after)).limit(limit)
        with self.access.reading() as connection:
            return [queries.alert_from(row) for row in connection.execute(asked)]

    def audit(self, *, after: int | None = None, limit: int) -> list[AuditEntry]:
        """List what was done; see `Ledger.audit`."""
        with self.access.reading() as connection:
            rows = connection.execute(queries.audit_page(after, limit))
            return [queries.audit_from(row) for row in rows]

    def counts(self) -> LedgerCounts:
        """Count what there is; see `Ledger.counts`."""
        still_open = select(func.count()).select_from(alerts).where(alerts.c.closed_at_s.is_(None))
        with self.access.reading() as connection:
            ids = last_ids(connection, is_locked=False)
            open_alerts = connection.execute(still_open).scalar_one()
        return LedgerCounts(ids["customers"], ids["usage_points"], ids["meters"], open_alerts)

    def _last_id(self, table: str) -> int:
        with self.access.reading() as connection:
            return last_ids(connection, is_locked=False)[table]

    def _change_alerts(
        self, episodes: Sequence[AlertEpisode], *, is_end: bool
    ) -> list[AlertRecord]:
        if not episodes:
            return []
        with self.access.writing() as (connection, _):
            return ledger_alerts.change_episodes(connection, episodes, is_end=is_end)


def _known_meters(connection: Connection, uuids: list[UUID]) -> set[UUID]:
    known: set[UUID] = set()
    for some in chunks(uuids):
        asked = select(meters.c.uuid).where(meters.c.uuid.in_(some))
        known.update(connection.execute(asked).scalars())
    return known


def _places(connection: Connection, uuids: list[UUID]) -> dict[UUID, Place]:
    places = {}
    for some in chunks(uuids):
        for row in connection.execute(queries.places_named(some)):
            uuid, place_id, customer_id, name, installation_id, number, start_s = row
            installation = {"id": installation_id, "meter_number": number, "start_s": start_s}
            is_stored = installation_id is not None
            places[uuid] = Place(
                place_id,
                customer_id,
                name,
                installation if is_stored else None,
                is_stored=is_stored,
            )
    return places


def _write(connection: Connection, decision: Decision) -> None:
    if decision.ended:
        by_id = update(installations).where(installations.c.id == bindparam("ended_id"))
        connection.execute(by_id.values(end_s=bindparam("ended_at_s")), decision.ended)
    for table, rows in (
        (customers, decision.customers),
        (usage_points, decision.usage_points),
        (meters, decision.meters),
        (installations, decision.installations),
        (audit, decision.audit),
    ):
        if rows:
            connection.execute(insert(table), rows)


def _change_meter(connection: Connection, client: Client, **values: str | int) -> None:
    is_it = meters.c.number == client.meter_number
    connection.execute(update(meters).where(is_it).values(**values))


def _add_audit(connection: Connection, ids: dict[str, int], client: Client, entry: Row) -> None:
    audit_id = ids["audit"] + 1
    place = {"meter_number": client.meter_number, "usage_point_id": client.usage_point_id}
    row = {"id": audit_id, **place, "details": json.dumps({}), **entry}
    connection.execute(insert(audit), [row])
    keep_last_ids(connection, ids, ids | {"audit": audit_id})
