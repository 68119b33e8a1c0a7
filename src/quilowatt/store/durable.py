"""Files that are there as a whole or not at all, also after a power cut."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from quilowatt.errors import StoreFull

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FULL", "sync_directory", "write_durably"]

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when there is no room."""


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_durably(path: Path, *pieces: bytes | memoryview) -> None:
    """Make a file of the pieces, or replace the one that is there, in one step.

    Raises
    ------
    StoreFull
        No room. What was there before is there still.
    """
    unfinished = path.with_name(f"{path.name}.tmp")
    try:
        with unfinished.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(path.parent)
        unfinished.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        with suppress(OSError):  # else on opening
            unfinished.unlink(missing_ok=True)
        if error.errno in FULL:
            raise StoreFull(f"no room for {path.name}: {error}") from error
        raise
