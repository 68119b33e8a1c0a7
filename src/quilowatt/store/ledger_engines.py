"""How the ledger reaches its database, and how the database's failures are named.

`SqlLedger` gets one engine that writes and one that reads, whatever the database is. All that is
true of SQLite alone is in this module, below its mark.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from quilowatt.errors import StoreBusy, StoreCorrupt, StoreError, StoreFull

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["LedgerEngines", "open_engines"]

READERS_MAX: Final = 8
"""Connections that read at once: more than cores, fewer than threads; each keeps a page cache."""


@dataclass(frozen=True, slots=True)
class LedgerEngines:
    """Two ways to one database.

    Parameters
    ----------
    subject : str
        What to call the database in a message, without its password.
    writer : Engine
        One connection; a transaction of it excludes other writers from its start.
    readers : Engine
        A few connections that see the last commit and never wait for the writer.
    """

    subject: str
    writer: Engine
    readers: Engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that is durable when the block ends, or leaves no trace."""
        with self._named_failures(), self.writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection whose statements all see the same moment."""
        with self._named_failures(), self.readers.connect() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every connection."""
        self.readers.dispose()
        self.writer.dispose()

    @contextmanager
    def _named_failures(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise StoreBusy(
                f"{self.subject}: all {READERS_MAX} reading connections are taken; try again"
            ) from error
        except DBAPIError as error:
            raise _named(error.orig, self.subject) from error
        except sqlite3.Error as error:  # raised by a new connection, before SQLAlchemy has it
            raise _named(error, self.subject) from error


def open_engines(location: Path | str) -> LedgerEngines:
    """Open a SQLite file, or the database that a URL names.

    Parameters
    ----------
    location : Path or str
        File, made when it isn't there; or a URL of SQLAlchemy such as
        ``postgresql+psycopg://ledger@db/quilowatt``.
    """
    if isinstance(location, str) and "://" in location:
        url = make_url(location)
        return LedgerEngines(
            url.render_as_string(hide_password=True),
            create_engine(url, pool_size=1, max_overflow=0),
            create_engine(
                url, pool_size=READERS_MAX, max_overflow=0, isolation_level="REPEATABLE READ"
            ),
        )
    return _open_sqlite(Path(location))


def _named(cause: BaseException | None, subject: str) -> StoreError:
    """Translate a driver's failure into what a person can act on."""
    if isinstance(cause, sqlite3.Error):
        return _named_sqlite(cause, subject)
    return StoreError(f"{subject}: {cause}")


# --- SQLite alone ---------------------------------------------------------------------------

BUSY_TIMEOUT_MS: Final = 5000
"""How long to wait for another process, such as a backup, to let go of the file. [ms]"""

CACHE_KIB: Final = 16 * 1024
"""Page cache of one connection. [KiB]"""

SHARED_MEMORY_FULL: Final = frozenset(
    {sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN}
)
"""How a full disk shows when the file that connections share can't grow."""


def _open_sqlite(path: Path) -> LedgerEngines:
    _make_private(path)
    url = URL.create("sqlite", database=str(path))
    arguments = {"timeout": BUSY_TIMEOUT_MS / 1000}
    writer = create_engine(url, pool_size=1, max_overflow=0, connect_args=arguments)
    readers = create_engine(url, pool_size=READERS_MAX, max_overflow=0, connect_args=arguments)
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (readers, "BEGIN")):
        _configure(engine, begin)
    return LedgerEngines(str(path), writer, readers)


def _configure(engine: Engine, begin: str) -> None:
    """Take transactions from the driver, which would begin them late, into our own hands."""

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"cache_size = -{CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _make_private(path: Path) -> None:
    """Make the file, readable by its owner alone; SQLite gives its other files the same mode."""
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error


def _named_sqlite(cause: sqlite3.Error, subject: str) -> StoreError:
    code = getattr(cause, "sqlite_errorcode", 0)
    if code in SHARED_MEMORY_FULL or code & 0xFF == sqlite3.SQLITE_FULL:
        return StoreFull(f"{subject}: no room on the disk; nothing was kept, make room")
    if code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusy(
            f"{subject}: another process has held it for {BUSY_TIMEOUT_MS / 1000:.0f} s; "
            "end that process, or wait for it, and try again"
        )
    if code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreCorrupt(f"{subject}: damaged ({cause}); restore it from a backup")
    return StoreError(f"{subject}: {cause}")
