"""DuckDB asks the Parquet segments; the answers are columns.

The only module that writes SQL about readings. Each thread has a cursor of its own.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np

from quilowatt.store.hot import FactColumns

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from quilowatt.store.segments import Segment

__all__ = ["SegmentQueries"]

MEMORY_LIMIT: Final = "1GB"
"""For all questions together: the largest block of a scan needs a quarter of it."""

FEW_METERS: Final = 16
"""Answers about more meters come through Arrow: a millisecond slower, but the interpreter is not
held while they are copied, so commits go on."""

IN_LIST_MAX: Final = 200
"""Longer lists of meters are asked as a range and filtered here."""

COMMIT: Final = "commit_s * 1000000 - commit_back_us"

FACTS: Final = """
    SELECT meter, time_s, import_wh, export_wh, commit_s * 1000000 - commit_back_us AS commit
    FROM read_parquet($files)
    WHERE time_s >= $start_s AND time_s < $end_s AND meter BETWEEN $meter_min AND $meter_max
"""

COUNT: Final = """
    SELECT count(*) FROM read_parquet($file)
    WHERE time_s >= $start_s AND time_s < $end_s
        AND commit_s * 1000000 - commit_back_us <= $commit_max
"""


class SegmentQueries:
    """Questions to the segments of one directory.

    Parameters
    ----------
    directory : Path
        Where the segments lie.
    threads : int
        Cores that one question may use.
    """

    def __init__(self, directory: Path, *, threads: int = 2) -> None:
        self._directory = directory
        self._connection = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": MEMORY_LIMIT,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        # Segments never change, so their footers are read once.
        self._connection.execute("SET GLOBAL parquet_metadata_cache = true")
        self._local = threading.local()

    def facts(
        self,
        segments: list[Segment],
        meters: NDArray[np.int32] | None,
        start_s: int,
        end_s: int,
        meter_range: tuple[int, int] | None = None,
        commits: tuple[int, int] | None = None,
    ) -> list[FactColumns]:
        """Facts of each segment in [start, end), for the meters or all. [s]

        With `commits`, only those after the first and up to the second. [µs]
        """
        if meters is not None:
            meter_range = (int(meters.min()), int(meters.max()))
        low, high = meter_range or (0, np.iinfo(np.int32).max)
        wanted = [
            segment
            for segment in segments
            if segment.overlaps(start_s, end_s)
            and segment.meter_min <= high
            and segment.meter_max >= low
        ]
        if not wanted:
            return []
        sql = FACTS
        if meters is not None and 1 < meters.size <= IN_LIST_MAX:
            sql += f" AND meter IN ({','.join(map(str, meters.tolist()))})"
        if commits is not None:
            sql += f" AND {COMMIT} > {commits[0]} AND {COMMIT} <= {commits[1]}"
        facts = self._run(sql, wanted, (start_s, end_s, low, high))
        if meters is not None and meters.size > IN_LIST_MAX:
            is_asked = np.isin(facts.meter, meters)
            # A scan asks for all meters of a range; what need not be copied isn't.
            facts = facts if is_asked.all() else facts.take(is_asked)
        return [facts]

    def count(self, segment: Segment, start_s: int, end_s: int, commit_max: int) -> int:
        """Count facts of a segment in [start, end) up to a commit. [s], [µs]"""
        is_inside = segment.time_s_min >= start_s and segment.time_s_max < end_s
        if is_inside and segment.commit_max <= commit_max:
            return segment.rows
        [(count,)] = (
            self._cursor()
            .execute(
                COUNT,
                {
                    "file": str(self._directory / segment.name),
                    "start_s": start_s,
                    "end_s": end_s,
                    "commit_max": commit_max,
                },
            )
            .fetchall()
        )
        return int(count)

    def close(self) -> None:
        """End all questions."""
        self._connection.close()

    def _run(
        self, sql: str, segments: list[Segment], bounds: tuple[int, int, int, int]
    ) -> FactColumns:
        start_s, end_s, meter_min, meter_max = bounds
        parameters = {
            "files": [str(self._directory / segment.name) for segment in segments],
            "start_s": start_s,
            "end_s": end_s,
            "meter_min": meter_min,
            "meter_max": meter_max,
        }
        if meter_max - meter_min < FEW_METERS:
            columns = self._cursor().execute(sql, parameters).fetchnumpy()
            return FactColumns(**{name: np.asarray(column) for name, column in columns.items()})
        table = self._cursor().sql(sql, params=parameters).to_arrow_table()
        return FactColumns(**{name: table.column(name).to_numpy() for name in table.column_names})

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._connection.cursor()
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor
