"""Steps that several transactions of `SqlLedger` share, each on the caller's connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from quilowatt.store import ledger_queries as queries
from quilowatt.store.schema import counters, meters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quilowatt.store.ledger_records import Client

__all__ = ["chunks", "clients_by_number", "keep_last_ids", "last_ids"]

T = TypeVar("T")

PARAMETERS_MAX: Final = 5000
"""Values in one IN list: SQLite takes 32,766 parameters, PostgreSQL 65,535. [1]"""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists that one statement can name."""
    some = list(items)
    for first in range(0, len(some), PARAMETERS_MAX):
        yield some[first : first + PARAMETERS_MAX]


def last_ids(connection: Connection, *, is_locked: bool) -> dict[str, int]:
    """Read the last id given out, by table; locked until the transaction ends if so wished."""
    # In one order, or two writers could each hold the row that the other waits for.
    asked = select(counters.c.name, counters.c.last_id).order_by(counters.c.name)
    rows = connection.execute(asked.with_for_update() if is_locked else asked)
    return {row.name: row.last_id for row in rows}


def keep_last_ids(connection: Connection, before: dict[str, int], after: dict[str, int]) -> None:
    """Write the last ids that have changed."""
    changed = [
        {"counter": name, "given": last_id}
        for name, last_id in after.items()
        if last_id != before[name]
    ]
    if changed:
        by_name = update(counters).where(counters.c.name == bindparam("counter"))
        connection.execute(by_name.values(last_id=bindparam("given")), changed)


def clients_by_number(connection: Connection, numbers: Iterable[int]) -> dict[int, Client]:
    """Find where meters are, or last were, by their number."""
    found = {}
    for some in chunks(int(number) for number in numbers):
        asked = queries.clients_by_meter(meters.c.number.in_(some))
        for client in map(queries.client_from, connection.execute(asked)):
            found[client.meter_number] = client
    return found
