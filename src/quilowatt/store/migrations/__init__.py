"""Brings a ledger to the shape that this quilowatt knows, and refuses one from the future.

Revisions are the files of `versions/`; Alembic runs them at open, inside one transaction of the
caller's, so that a migration is whole or has not happened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from quilowatt.errors import StoreCorrupt, StoreTooNew

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["bring_up_to_date"]


def bring_up_to_date(connection: Connection, subject: str) -> None:
    """Run the revisions that the database doesn't have yet.

    Parameters
    ----------
    connection : Connection
        In a transaction that excludes other writers.
    subject : str
        What to call the database in a message.

    Raises
    ------
    StoreTooNew
        It holds a revision that isn't in this package.
    StoreCorrupt
        It holds tables, but not ours.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == newest:
        return
    if current is None and inspect(connection).get_table_names():
        raise StoreCorrupt(f"{subject}: a database, but not a ledger of quilowatt")
    if current is not None and current not in {
        script.revision for script in scripts.walk_revisions()
    }:
        raise StoreTooNew(
            f"{subject}: has format {current}, this quilowatt knows up to {newest}; "
            "use the newer quilowatt that wrote it, or restore a backup from before"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
