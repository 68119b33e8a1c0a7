"""One way for all books of a ledger to read at once and to write in turn.

The registry, invoices, payments and whatever else lies in the ledger's database share one of
these: a writer excludes all others, in this process by a lock and beyond it by the rows of
`counters`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quilowatt.store.ledger_steps import last_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from quilowatt.store.ledger_engines import LedgerEngines

__all__ = ["LedgerAccess"]


class LedgerAccess:
    """Transactions on one database.

    Parameters
    ----------
    engines : LedgerEngines
        Ways to a database that is up to date.
    """

    def __init__(self, engines: LedgerEngines) -> None:
        self._engines = engines
        self._write_lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection whose statements all see the same moment; it waits for no writer."""
        with self._engines.read() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, dict[str, int]]]:
        """Open a transaction that excludes other writers, with the last ids given out.

        It is durable when the block ends, or leaves no trace.
        """
        with self._write_lock, self._engines.write() as connection:
            yield connection, last_ids(connection, is_locked=True)

    def close(self) -> None:
        """Let go of the files, after the writer that is at work."""
        with self._write_lock:
            self._engines.dispose()
