"""Dated terms in the ledger's database: `TermsBook` by SQL statements."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, insert, select, true

from quilowatt.store.ledger_steps import keep_last_ids
from quilowatt.store.schema import audit, usage_points
from quilowatt.store.schema_terms import customer_details, usage_point_balances, usage_point_terms
from quilowatt.store.terms import (
    BalanceFact,
    CustomerDetails,
    DetailsFact,
    Terms,
    TermsBook,
    TermsFact,
    TermsHistory,
)
from quilowatt.store.terms_rows import (
    balance_from,
    balance_text,
    details_change_from,
    details_change_text,
    terms_change_from,
    terms_change_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Table

    from quilowatt.store.ledger_access import LedgerAccess
    from quilowatt.store.terms import Balance, DetailsChange, Statement, TermsChange

__all__ = ["SqlTerms"]

IDS_MAX: Final = 30_000
"""Keys in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. [1]"""


class SqlTerms(TermsBook):
    """`TermsBook` on the database of a ledger.

    Parameters
    ----------
    access : LedgerAccess
        Shared with the other books of the ledger.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def histories(
        self, usage_point_ids: Iterable[int], *, as_of_s: int | None = None
    ) -> dict[int, TermsHistory]:
        """Tell all about the terms of usage points; see `TermsBook.histories`."""
        with self._access.reading() as connection:
            return _histories(connection, usage_point_ids, as_of_s)

    def on(
        self, usage_point_ids: Iterable[int], day: date, *, as_of_s: int | None = None
    ) -> dict[int, Terms]:
        """Tell what holds on a day; see `TermsBook.on`."""
        with self._access.reading() as connection:
            found = _histories(connection, usage_point_ids, as_of_s, until=day)
        return {key: history.on(day) for key, history in found.items()}

    def limits_w(
        self, usage_point_ids: Iterable[int], *, as_of_s: int | None = None
    ) -> dict[int, int]:
        """Tell the highest limits; see `TermsBook.limits_w`."""
        stated: dict[int, dict[date, int]] = {}
        speaks_of_it = usage_point_terms.c.change.contains('"limit_w"')
        with self._access.reading() as connection:
            for some in _portions(usage_point_ids):
                for row in _facts(connection, usage_point_terms, some, as_of_s, speaks_of_it):
                    limit_w = terms_change_from(row.change).limit_w
                    if limit_w is not None:
                        stated.setdefault(row.usage_point_id, {})[row.from_day] = limit_w
        highest = {key: max(by_day.values()) for key, by_day in stated.items()}
        return {key: limit_w for key, limit_w in highest.items() if limit_w}

    def with_master(self) -> list[int]:
        """Name the usage points with a master; see `TermsBook.with_master`."""
        terms = usage_point_terms
        speaks_of_it = terms.c.change.contains('"master":')
        asked = select(terms.c.usage_point_id).distinct().where(speaks_of_it)
        with self._access.reading() as connection:
            found = connection.execute(asked.order_by(terms.c.usage_point_id))
            return [int(key) for key in found.scalars()]

    def set_terms(
        self, usage_point_id: int, change: TermsChange, statement: Statement
    ) -> TermsFact | None:
        """Record a change; see `TermsBook.set_terms`."""
        with self._access.writing() as (connection, ids):
            history = _histories(connection, [usage_point_id], None)[int(usage_point_id)]
            before = history.on(statement.from_day)
            if before.changed(change) == before:
                return None
            text = terms_change_text(change)
            row = _add(connection, ids, usage_point_terms, (int(usage_point_id), text), statement)
            _audit(connection, ids, "terms_set", row, {"usage_point_id": int(usage_point_id)})
        return _terms_fact(row["id"], row, change)

    def balances(
        self, usage_point_ids: Iterable[int], *, as_of_s: int | None = None
    ) -> dict[int, tuple[BalanceFact, ...]]:
        """Tell the balances; see `TermsBook.balances`."""
        with self._access.reading() as connection:
            return _balances(connection, usage_point_ids, as_of_s)

    def set_balance(
        self, usage_point_id: int, balance: Balance, statement: Statement
    ) -> BalanceFact | None:
        """Record a balance; see `TermsBook.set_balance`."""
        assert balance.from_day == statement.from_day
        with self._access.writing() as (connection, ids):
            key = int(usage_point_id)
            facts = _balances(connection, [key], None).get(key, ())
            if balance in [fact.balance for fact in facts]:
                return None
            text = balance_text(balance)
            row = _add(connection, ids, usage_point_balances, (key, text), statement)
            _audit(connection, ids, "balance_set", row, {"usage_point_id": key})
        return BalanceFact(
            row["id"], row["recorded_at_s"], statement.author, statement.reason, balance
        )

    def details(
        self, customer_ids: Iterable[int], day: date, *, as_of_s: int | None = None
    ) -> dict[int, CustomerDetails]:
        """Tell what is known of customers; see `TermsBook.details`."""
        wanted = [int(key) for key in customer_ids]
        found = dict.fromkeys(wanted, CustomerDetails())
        with self._access.reading() as connection:
            for some in _portions(wanted):
                for row in _facts(connection, customer_details, some, as_of_s):
                    if row.from_day <= day:
                        change = details_change_from(row.change)
                        found[row.customer_id] = found[row.customer_id].changed(change)
        return found

    def details_facts(self, customer_id: int) -> tuple[DetailsFact, ...]:
        """Tell all that was said of a customer; see `TermsBook.details_facts`."""
        with self._access.reading() as connection:
            rows = _facts(connection, customer_details, [int(customer_id)], None)
            return tuple(
                DetailsFact(
                    row.id,
                    row.from_day,
                    row.recorded_at_s,
                    row.author,
                    row.reason,
                    details_change_from(row.change),
                )
                for row in rows
            )

    def set_details(
        self, customer_id: int, change: DetailsChange, statement: Statement
    ) -> DetailsFact | None:
        """Record what changed of a customer; see `TermsBook.set_details`."""
        key = int(customer_id)
        with self._access.writing() as (connection, ids):
            before = CustomerDetails()
            for fact in _facts(connection, customer_details, [key], None):
                if fact.from_day <= statement.from_day:
                    before = before.changed(details_change_from(fact.change))
            if before.changed(change) == before:
                return None
            text = details_change_text(change)
            row = _add(connection, ids, customer_details, (key, text), statement)
            _audit(connection, ids, "customer_set", row, {})
        return DetailsFact(
            row["id"],
            statement.from_day,
            row["recorded_at_s"],
            statement.author,
            statement.reason,
            change,
        )


def _portions(keys: Iterable[int]) -> Iterator[list[int]]:
    wanted = list(dict.fromkeys(int(key) for key in keys))
    for first in range(0, len(wanted), IDS_MAX):
        yield wanted[first : first + IDS_MAX]


def _is_known(table: Table, as_of_s: int | None) -> ColumnElement[bool]:
    return true() if as_of_s is None else table.c.recorded_at_s <= int(as_of_s)


def _histories(
    connection: Connection,
    usage_point_ids: Iterable[int],
    as_of_s: int | None,
    *,
    until: date | None = None,
) -> dict[int, TermsHistory]:
    terms = usage_point_terms
    is_of_it = and_(
        terms.c.usage_point_id == usage_points.c.id,
        _is_known(terms, as_of_s),
        true() if until is None else terms.c.from_day <= until,
    )
    asked = (
        select(
            usage_points.c.id,
            usage_points.c.timezone,
            usage_points.c.phases,
            usage_points.c.created_at_s,
            usage_points.c.tariff_code,
            usage_points.c.billing_day,
            terms.c.id,
            terms.c.from_day,
            terms.c.recorded_at_s,
            terms.c.author,
            terms.c.reason,
            terms.c.change,
        )
        .select_from(usage_points.outerjoin(terms, is_of_it))
        .order_by(usage_points.c.id, terms.c.from_day, terms.c.id)
    )
    found = {}
    for some in _portions(usage_point_ids):
        rows: list[Any] = list(connection.execute(asked.where(usage_points.c.id.in_(some))))
        for key, group in groupby(rows, key=lambda row: int(row[0])):
            found[key] = _history(list(group))
    return found


def _history(rows: list[Any]) -> TermsHistory:
    """Make a history of the rows of one usage point: one a fact, or one alone without facts."""
    key, timezone, phases, created_at_s, tariff_code, billing_day, *_ = rows[0]
    facts = tuple(
        TermsFact(row[6], row[7], row[8], row[9], row[10], terms_change_from(row[11]))
        for row in rows
        if row[6] is not None
    )
    registered = Terms(tariff_code, billing_day)
    return TermsHistory(key, timezone, phases, created_at_s, registered, facts)


def _facts(
    connection: Connection,
    table: Table,
    keys: list[int],
    as_of_s: int | None,
    *conditions: ColumnElement[bool],
) -> list[Any]:
    subject = table.c[1]
    asked = select(table).where(subject.in_(keys), _is_known(table, as_of_s), *conditions)
    return list(connection.execute(asked.order_by(subject, table.c.from_day, table.c.id)))


def _terms_fact(key: int, row: dict[str, Any], change: TermsChange) -> TermsFact:
    said = (row["from_day"], row["recorded_at_s"], row["author"], row["reason"])
    return TermsFact(key, *said, change)


def _balances(
    connection: Connection, usage_point_ids: Iterable[int], as_of_s: int | None
) -> dict[int, tuple[BalanceFact, ...]]:
    found: dict[int, dict[date, BalanceFact]] = {}
    for some in _portions(usage_point_ids):
        for row in _facts(connection, usage_point_balances, some, as_of_s):
            balance = balance_from(row.balance, row.from_day)
            fact = BalanceFact(row.id, row.recorded_at_s, row.author, row.reason, balance)
            found.setdefault(row.usage_point_id, {})[row.from_day] = fact
    return {key: tuple(by_day.values()) for key, by_day in found.items()}


def _add(
    connection: Connection,
    ids: dict[str, int],
    table: Table,
    said: tuple[int, str],
    statement: Statement,
) -> dict[str, Any]:
    """Write a fact; it is never recorded before one that is there, whatever the clock says."""
    last_id = ids[table.name]
    latest = select(table.c.recorded_at_s).where(table.c.id == last_id)
    subject, text = table.c[1].name, table.c[6].name
    row = {
        "id": last_id + 1,
        subject: said[0],
        "from_day": statement.from_day,
        "recorded_at_s": max(int(statement.at_s), connection.execute(latest).scalar() or 0),
        "author": statement.author,
        "reason": statement.reason,
        text: said[1],
    }
    connection.execute(insert(table), [row])
    keep_last_ids(connection, ids, ids | {table.name: last_id + 1})
    return row


def _audit(
    connection: Connection,
    ids: dict[str, int],
    action: str,
    row: dict[str, Any],
    subject: dict[str, int],
) -> None:
    """Say in the audit what was recorded, in full: who reads it needs no other table."""
    said = {key: str(value) for key, value in row.items() if key not in {"author", "id"}}
    for what in ("change", "balance"):
        if what in row:
            said |= {what: json.loads(row[what])}
    entry = {
        "id": ids["audit"] + 1,
        "at_s": row["recorded_at_s"],
        "actor": row["author"],
        "action": action,
        "details": json.dumps(said, ensure_ascii=False),
        **subject,
    }
    connection.execute(insert(audit), [entry])
    keep_last_ids(connection, ids, ids | {"audit": entry["id"]})
