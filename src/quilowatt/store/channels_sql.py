"""`ChannelBook` by SQL statements, in the ledger's database."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from quilowatt.store.channels import Channel, ChannelBook, ChannelRequest, ChannelTerms
from quilowatt.store.ledger_steps import keep_last_ids
from quilowatt.store.schema import customers
from quilowatt.store.schema_notices import channel_removals, channels

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement, Connection

    from quilowatt.store.ledger_access import LedgerAccess

__all__ = ["SqlChannels"]


class SqlChannels(ChannelBook):
    """Channels in a ledger.

    Parameters
    ----------
    access : LedgerAccess
        Transactions on its database.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def add(self, request: ChannelRequest, *, at_s: int) -> Channel:
        """Keep a channel; see `ChannelBook.add`."""
        with self._access.writing() as (connection, ids):
            key = request.idempotency_key
            known = _channels(connection, channels.c.idempotency_key == key) if key else []
            if known:
                return known[0]
            channel_id = ids["channels"] + 1
            row = asdict(request) | {
                "id": channel_id,
                "terms": json.dumps(asdict(request.terms)),
                "at_s": at_s,
            }
            connection.execute(insert(channels), [row])
            keep_last_ids(connection, ids, ids | {"channels": channel_id})
            return _channels(connection, channels.c.id == channel_id)[0]

    def remove(self, channel_id: int, *, author: str, at_s: int) -> Channel | None:
        """Remove a channel; see `ChannelBook.remove`."""
        is_it = channels.c.id == channel_id
        with self._access.writing() as (connection, _):
            found = _channels(connection, is_it)
            if not found:
                return None
            if found[0].removed_at_s is None:
                row = {"channel_id": channel_id, "author": author, "at_s": at_s}
                connection.execute(insert(channel_removals), [row])
            return _channels(connection, is_it)[0]

    def find(self, uuid: UUID) -> Channel | None:
        """Find a channel; see `ChannelBook.find`."""
        with self._access.reading() as connection:
            found = _channels(connection, channels.c.uuid == uuid)
        return found[0] if found else None

    def all(self, *, with_removed: bool = False) -> list[Channel]:
        """List channels; see `ChannelBook.all`."""
        is_there = channel_removals.c.at_s.is_(None)
        with self._access.reading() as connection:
            return _channels(connection, *(() if with_removed else (is_there,)))


def _channels(connection: Connection, *conditions: ColumnElement[bool]) -> list[Channel]:
    asked = (
        select(
            channels,
            channel_removals.c.at_s.label("removed_at_s"),
            customers.c.uuid.label("customer_uuid"),
        )
        .select_from(
            channels.outerjoin(
                channel_removals, channel_removals.c.channel_id == channels.c.id
            ).outerjoin(customers, customers.c.id == channels.c.customer_id)
        )
        .where(*conditions)
        .order_by(channels.c.id)
    )
    return [_channel(dict(row)) for row in connection.execute(asked).mappings()]


def _channel(row: dict[str, Any]) -> Channel:
    terms = json.loads(row["terms"])
    request = ChannelRequest(
        uuid=row["uuid"],
        customer_id=row["customer_id"],
        name=row["name"],
        url=row["url"],
        secret=row["secret"],
        terms=ChannelTerms(**terms | {"kinds": tuple(terms["kinds"])}),
        author=row["author"],
        idempotency_key=row["idempotency_key"],
    )
    return Channel(row["id"], request, row["at_s"], row["removed_at_s"], row["customer_uuid"])
