"""The journal: where a batch becomes durable, with one write and one fdatasync.

A journal is a file of records, one a batch: a header, then the columns as they are in memory. It
is only appended to and never edited; when its readings lie in Parquet it is removed as a whole. A
record at the end that a crash cut short is recognised by its length or checksum and cut off on
opening: it was never acknowledged. One that others follow is damage, and is refused.
"""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreCorrupt, StoreFull, StoreTooNew
from quilowatt.store.durable import FULL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Journal", "read_journal"]

MAGIC: Final = b"QWJ1"
"""Format 1. A later format has another digit here."""

HEADER: Final = struct.Struct("<4sIqII")
"""Magic, rows, commit [µs], CRC-32 of the payload, CRC-32 of all this; then comes the payload.

The header has a checksum of its own so that a damaged count of rows is not taken for a record that
a crash cut short.
"""

HEADER_CHECKED: Final = HEADER.size - 4
"""Bytes of the header that its checksum covers. [B]"""

COLUMNS: Final[tuple[tuple[str, np.dtype[Any]], ...]] = (
    ("meter", np.dtype("<i4")),
    ("time_s", np.dtype("<i8")),
    ("import_wh", np.dtype("<i8")),
    ("export_wh", np.dtype("<i8")),
)

COMMIT: Final = ("commit", np.dtype("<i8"))
"""One column more, in a record whose readings did not come in one commit. [µs]"""

HAS_COMMITS: Final = 2**31
"""Added to a record's count of rows where it has that column."""

ROW_SIZE: Final = sum(dtype.itemsize for _, dtype in COLUMNS)


class Journal:
    """One journal file, open for appending.

    Parameters
    ----------
    path : Path
        Made if absent; whole records already there stay.
    size : int
        Bytes of whole records in it; anything after them is cut off. [B]
    """

    def __init__(self, path: Path, *, size: int = 0) -> None:
        self.path = path
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.size = size
        self._is_clean = False
        self._cut()

    def append(self, batch: ReadingBatch, commits: NDArray[np.int64]) -> None:
        """Write a batch and wait until the disk has it.

        Parameters
        ----------
        batch : ReadingBatch
            At least one reading.
        commits : ndarray of int64, shape (n,)
            Commit of each row. [µs]

        Raises
        ------
        StoreFull
            No room. The file is as it was before.
        """
        if not self._is_clean:
            self._cut()
        self._is_clean = False
        try:
            written = _write_all(self._file, _record(batch, commits))
            os.fdatasync(self._file)
        except OSError as error:
            with suppress(OSError):  # else before the next batch
                self._cut()
            if error.errno in FULL:
                raise StoreFull(f"no room for a batch of {len(batch)} readings: {error}") from error
            raise
        self.size += written
        self._is_clean = True

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def _cut(self) -> None:
        """Cut off what is not a whole commit: another one behind it could not be found again."""
        os.ftruncate(self._file, self.size)
        self._is_clean = True


def read_journal(path: Path) -> Iterator[tuple[NDArray[np.int64], ReadingBatch, int]]:
    """Go through the whole records of a journal.

    Yields
    ------
    commits : ndarray of int64, shape (n,)
        Commit of each reading. [µs]
    batch : ReadingBatch
        The record's n readings.
    size : int
        Bytes of the file up to the end of this record. [B]

    Raises
    ------
    StoreTooNew
        The journal has a format that this version does not know.
    StoreCorrupt
        A record in the middle is damaged, so that what follows it would be lost.
    """
    text = path.read_bytes()
    position = 0
    while (record := _record_at(text, position)) is not None:
        yield record
        position = record[-1]
    if position < len(text):
        _refuse_damage(path, text, position)


def _is_header(text: bytes, position: int) -> bool:
    header = text[position : position + HEADER.size]
    if len(header) < HEADER.size or not header.startswith(MAGIC):
        return False
    checksum: int = HEADER.unpack(header)[-1]
    return zlib.crc32(header[:HEADER_CHECKED]) == checksum


def _record_at(text: bytes, position: int) -> tuple[NDArray[np.int64], ReadingBatch, int] | None:
    if not _is_header(text, position):
        return None
    _, counted, commit, checksum, _ = HEADER.unpack_from(text, position)
    rows, has_commits = counted % HAS_COMMITS, counted >= HAS_COMMITS
    end = position + HEADER.size + rows * (ROW_SIZE + has_commits * COMMIT[1].itemsize)
    payload = memoryview(text)[position + HEADER.size : end]
    if end > len(text) or zlib.crc32(payload) != checksum:
        return None
    batch = _batch(payload, rows)
    if has_commits:
        return np.frombuffer(payload, COMMIT[1], rows, rows * ROW_SIZE), batch, end
    return np.full(rows, commit, np.int64), batch, end


def _refuse_damage(path: Path, text: bytes, position: int) -> None:
    """Raise, unless what stands at the position is the last record and a crash cut it short."""
    digit = text[3:4]
    if position == 0 and text[:3] == MAGIC[:3] and digit not in {MAGIC[3:], b"\0", b""}:
        raise StoreTooNew(
            f"{path} has journal format {digit!r}, this quilowatt knows {MAGIC[3:]!r}: "
            "start the newer version that wrote it"
        )
    following = text.find(MAGIC, position + 1)
    while following > 0:
        if _is_header(text, following):
            raise StoreCorrupt(
                f"{path}: the record at byte {position} is damaged and others follow it; "
                "restore this file from a backup"
            )
        following = text.find(MAGIC, following + 1)


def _record(batch: ReadingBatch, commits: NDArray[np.int64]) -> list[memoryview]:
    commit, has_commits = int(commits[0]), bool((commits != commits[0]).any())
    arrays = [(getattr(batch, name), dtype) for name, dtype in COLUMNS]
    arrays += [(commits, COMMIT[1])] * has_commits
    columns = [np.ascontiguousarray(array, dtype).data.cast("B") for array, dtype in arrays]
    checksum = 0
    for column in columns:
        checksum = zlib.crc32(column, checksum)
    header = HEADER.pack(MAGIC, len(batch) + has_commits * HAS_COMMITS, commit, checksum, 0)
    own = struct.pack("<I", zlib.crc32(header[:HEADER_CHECKED]))
    return [memoryview(header[:HEADER_CHECKED] + own), *columns]


def _batch(payload: memoryview, rows: int) -> ReadingBatch:
    columns: list[NDArray[Any]] = []
    position = 0
    for _, dtype in COLUMNS:
        columns.append(np.frombuffer(payload, dtype, rows, position))
        position += rows * dtype.itemsize
    return ReadingBatch(*columns)


def _write_all(file: int, views: list[memoryview]) -> int:
    total = sum(view.nbytes for view in views)
    left = total
    while left:
        written = os.writev(file, views)
        left -= written
        while views and written >= views[0].nbytes:
            written -= views.pop(0).nbytes
        if views and written:
            views[0] = views[0][written:]
    return total
