"""`EditBook` by SQL statements, in the ledger's database."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from quilowatt.store.edits import Edit, EditBook, EditRequest
from quilowatt.store.ledger_steps import chunks, keep_last_ids
from quilowatt.store.schema_edits import edits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Select

    from quilowatt.store.ledger_access import LedgerAccess

__all__ = ["SqlEdits"]


class SqlEdits(EditBook):
    """Edits in a ledger.

    Parameters
    ----------
    access : LedgerAccess
        Transactions on its database.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def add(self, request: EditRequest, *, at_us: int) -> Edit:
        """Keep a decision; see `EditBook.add`."""
        with self._access.writing() as (connection, ids):
            known = _known(connection, request.idempotency_key)
            if known is not None:
                return known
            newest = connection.execute(select(func.max(edits.c.at_us))).scalar() or 0
            edit = Edit(ids["edits"] + 1, request, max(int(at_us), newest + 1))
            row = {"id": edit.id, "at_us": edit.at_us, **asdict(request)}
            connection.execute(insert(edits), [row])
            keep_last_ids(connection, ids, ids | {"edits": edit.id})
        return edit

    def of_meters(self, numbers: Iterable[int]) -> list[Edit]:
        """List decisions about meters; see `EditBook.of_meters`."""
        found: list[Edit] = []
        with self._access.reading() as connection:
            for some in chunks(int(number) for number in numbers):
                found += _edits(connection, select(edits).where(edits.c.meter_number.in_(some)))
        return sorted(found, key=lambda edit: edit.id)

    def all(self, *, after: int = 0) -> list[Edit]:
        """List decisions; see `EditBook.all`."""
        asked = select(edits).where(edits.c.id > after).order_by(edits.c.id)
        with self._access.reading() as connection:
            return _edits(connection, asked)


def _known(connection: Connection, key: str | None) -> Edit | None:
    if key is None:
        return None
    found = _edits(connection, select(edits).where(edits.c.idempotency_key == key))
    return found[0] if found else None


def _edits(connection: Connection, asked: Select[Any]) -> list[Edit]:
    return [_edit(dict(row)) for row in connection.execute(asked).mappings()]


def _edit(row: dict[str, Any]) -> Edit:
    edit_id, at_us = row.pop("id"), row.pop("at_us")
    return Edit(edit_id, EditRequest(**row), at_us)
