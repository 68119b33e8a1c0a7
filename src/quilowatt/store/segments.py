"""Segments: immutable Parquet files of facts, sorted by meter and time.

A *recent* segment is what one journal became; it keeps every commit exactly. A *sealed* segment
holds closed days of one month. Any tool reads both: int columns, delta encodings, zstd.

The commit of a sealed fact that was never revised is rounded up to a whole second: *as of* counts
in whole seconds, so no answer changes, and the column shrinks to almost nothing.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from quilowatt.errors import StoreFull
from quilowatt.store.durable import FULL
from quilowatt.store.hot import FactColumns, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["COMMITS_PER_S", "Segment", "distinct_facts", "write_segment"]

COMMITS_PER_S: Final = 1_000_000
"""A commit's number is its wall time in microseconds."""

ROW_GROUP_ROWS: Final = 122_880
"""What a question about one meter has to read at least: some 40 meter-months at 15 minutes."""

ROW_GROUP_ROWS_RECENT: Final = 16_384
"""Recent segments are asked for the last hours of one meter: smaller groups to skip."""

ZSTD_LEVEL: Final = 3
"""Beyond it the files get hardly smaller, only later."""

SCHEMA: Final = pa.schema(
    [
        pa.field("meter", pa.int32(), nullable=False),
        pa.field("time_s", pa.int64(), nullable=False),
        pa.field("import_wh", pa.int64(), nullable=False),
        pa.field("export_wh", pa.int64(), nullable=False),
        pa.field("commit_s", pa.int64(), nullable=False),
        pa.field("commit_back_us", pa.int32(), nullable=False),
    ],
    metadata={
        "quilowatt.format": "1",
        "quilowatt.about": "cumulative registers; commit = commit_s * 1000000 - commit_back_us",
    },
)


@dataclass(frozen=True, slots=True)
class Segment:
    """One Parquet file, as the manifest lists it.

    Parameters
    ----------
    name : str
        File name within the store's directory.
    month : str
        `YYYY-MM` (UTC) of a sealed segment, empty for a recent one.
    rows : int
        Facts in it.
    size_bytes : int
        [B]
    sha256 : str
        Digest of the file in hex.
    time_s_min, time_s_max : int
        First and last instant. [s since 1970-01-01 UTC]
    meter_min, meter_max : int
        Least and greatest meter number.
    commit_min, commit_max : int
        First and last commit. [µs]
    """

    name: str
    month: str
    rows: int
    size_bytes: int
    sha256: str
    time_s_min: int
    time_s_max: int
    meter_min: int
    meter_max: int
    commit_min: int
    commit_max: int

    def overlaps(self, start_s: int, end_s: int) -> bool:
        """Say whether an instant of [start, end) can lie in it. [s]"""
        return self.rows > 0 and self.time_s_min < end_s and self.time_s_max >= start_s


def distinct_facts(facts: FactColumns) -> FactColumns:
    """Sort facts by meter, time and commit, and drop those that say nothing new.

    A fact that repeats the values of the one before it for the same instant changes nothing, so it
    goes; one that returns to older values after a revision is a revision itself, so it stays.
    """
    key = sort_key(facts.meter, facts.time_s)
    if (key[1:] > key[:-1]).all():
        return facts
    facts = facts.take(np.argsort(key, kind="stable"))
    key = sort_key(facts.meter, facts.time_s)
    is_same = key[1:] == key[:-1]
    if not is_same.any():
        return facts
    if (facts.commit[1:] < facts.commit[:-1])[is_same].any():
        facts = facts.take(np.lexsort((facts.commit, key)))
    repeats = is_same & (facts.import_wh[1:] == facts.import_wh[:-1])
    repeats &= facts.export_wh[1:] == facts.export_wh[:-1]
    return facts.take(np.flatnonzero(np.concatenate(([True], ~repeats))))


def write_segment(
    directory: Path, name: str, month: str, blocks: Iterable[FactColumns]
) -> Segment | None:
    """Write blocks of distinct facts, in rising order, into a new durable file.

    Parameters
    ----------
    directory : Path
        The store's directory.
    name : str
        The new file's name.
    month : str
        See `Segment`.
    blocks : iterable of FactColumns
        Sorted within and among each other by meter and time.

    Returns
    -------
    Segment or None
        None where there was no fact at all.

    Raises
    ------
    StoreFull
        No room; what was begun is removed.
    """
    path, unfinished = directory / name, directory / f"{name}.tmp"
    try:
        bounds = _write(unfinished, month, blocks)
        if bounds is None:
            unfinished.unlink()
            return None
        digest, size = _sync_and_digest(unfinished)
        unfinished.rename(path)
    except OSError as error:
        with suppress(OSError):  # else on opening
            unfinished.unlink(missing_ok=True)
        if error.errno in FULL:
            raise StoreFull(f"no room for {name}: {error}") from error
        raise
    return Segment(name, month, bounds.rows, size, digest, *bounds.ranges())


class _Bounds:
    """Least and greatest of what was written."""

    def __init__(self) -> None:
        self.rows = 0
        self._least: list[int] = []
        self._greatest: list[int] = []

    def add(self, facts: FactColumns) -> None:
        self.rows += len(facts)
        columns = (facts.time_s, facts.meter, facts.commit)
        least = [int(column.min()) for column in columns]
        greatest = [int(column.max()) for column in columns]
        self._least = list(map(min, least, self._least or least))
        self._greatest = list(map(max, greatest, self._greatest or greatest))

    def ranges(self) -> tuple[int, int, int, int, int, int]:
        (t0, m0, c0), (t1, m1, c1) = self._least, self._greatest
        return t0, t1, m0, m1, c0, c1


def _write(path: Path, month: str, blocks: Iterable[FactColumns]) -> _Bounds | None:
    bounds = _Bounds()
    group_rows = ROW_GROUP_ROWS if month else ROW_GROUP_ROWS_RECENT
    encodings = dict.fromkeys(SCHEMA.names, "DELTA_BINARY_PACKED")
    with pq.ParquetWriter(
        path,
        SCHEMA,
        use_dictionary=False,
        column_encoding=encodings,
        compression="zstd" if month else "none",  # what is recent is written again soon
        compression_level=ZSTD_LEVEL if month else None,
        data_page_size=128 * 1024,
        write_statistics=True,
        store_schema=False,
    ) as writer:
        writer.add_key_value_metadata(SCHEMA.metadata)
        for block in blocks:
            if len(block):
                facts = _with_whole_second_commits(block) if month else block
                bounds.add(facts)
                writer.write_table(_table(facts), row_group_size=group_rows)
    return bounds if bounds.rows else None


def _with_whole_second_commits(facts: FactColumns) -> FactColumns:
    key = sort_key(facts.meter, facts.time_s)
    is_same = key[1:] == key[:-1]
    is_revised = np.concatenate((is_same, [False])) | np.concatenate(([False], is_same))
    whole = -(-facts.commit // COMMITS_PER_S) * COMMITS_PER_S
    commit = np.where(is_revised, facts.commit, whole)
    return FactColumns(facts.meter, facts.time_s, facts.import_wh, facts.export_wh, commit)


def _table(facts: FactColumns) -> pa.Table:
    commit_s = -(-facts.commit // COMMITS_PER_S)
    back_us = (commit_s * COMMITS_PER_S - facts.commit).astype(np.int32)
    columns = [
        facts.meter,
        facts.time_s,
        facts.import_wh,
        facts.export_wh,
        commit_s,
        back_us,
    ]
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=SCHEMA)


def _sync_and_digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()
