"""What every store of readings promises.

Head-end, jobs and API know only this interface; `tests/contract/test_reading_store.py` is the suite
that an implementation has to pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingBatch, ReadingColumns

__all__ = ["Commit", "Latest", "ReadingStore", "StoreFigures"]


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of a batch.

    Parameters
    ----------
    number : int
        The commit's rising number: its wall time, in microseconds since 1970-01-01 UTC. A batch
        that contradicts itself about an instant takes several; this is the last. [µs]
    is_fresh : ndarray of bool, shape (n,)
        True for each row of the batch that is later than everything known of its meter. The others
        are late, repeated or revised.
    """

    number: int
    is_fresh: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Latest:
    """The last two instants of some meters; a time of 0 says that there is none.

    Parameters
    ----------
    first_time_s, time_s, previous_time_s : ndarray of int64, shape (n,)
        The first, the last and the last but one instant. [s since 1970-01-01 UTC]
    import_wh, export_wh, previous_import_wh : ndarray of int64, shape (n,)
        Registers at them. [Wh]
    late_count : ndarray of int64, shape (n,)
        How many facts came that were not later than all before them, since the store was opened.
        While it stays the same, what was read up to the last instant stays true. [1]
    """

    first_time_s: NDArray[np.int64]
    time_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    previous_time_s: NDArray[np.int64]
    previous_import_wh: NDArray[np.int64]
    late_count: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """How the store fares, for metrics and the screens.

    Parameters
    ----------
    commit : int
        Number of the newest commit. [µs]
    hot_readings, segment_readings : int
        Readings in journal and memory, and in Parquet files.
    segments : int
        Parquet files.
    size_bytes : int
        Bytes on disk, journals included. [B]
    """

    commit: int
    hot_readings: int
    segment_readings: int
    segments: int
    size_bytes: int


class ReadingStore(Protocol):
    """Keeps every reading, and answers about them as of any commit.

    One thread at a time may append; questions may come from any thread at any time and never wait
    for a commit. Facts are only added: a reading that differs from an earlier one of its instant is
    a revision, the same one again changes nothing.
    """

    def append(self, batch: ReadingBatch, *, now_s: float) -> Commit:
        """Make the batch durable and visible; it is both when this returns.

        Raises
        ------
        StoreFull
            No room on the disk. Nothing of the batch was kept.
        """
        ...

    def latest(self, meters: NDArray[np.int32]) -> Latest:
        """Answer from memory what the meters said last."""
        ...

    def readings(
        self,
        meters: NDArray[np.int32],
        start_s: int,
        end_s: int,
        *,
        as_of: int | None = None,
        with_neighbours: bool = False,
    ) -> ReadingColumns:
        """Give the counted reading of every instant in [start, end).

        Parameters
        ----------
        meters : ndarray of int32
            Meter numbers, in any order.
        start_s, end_s : int
            The period. [s since 1970-01-01 UTC]
        as_of : int, optional
            Only facts of commits up to this one, on a whole second; see `commit_at`. [µs]
        with_neighbours : bool
            Add for each meter the last reading before the period and the first one after it, as a
            load profile needs them.
        """
        ...

    def facts(
        self, meters: NDArray[np.int32], start_s: int, end_s: int, *, as_of: int | None = None
    ) -> ReadingColumns:
        """Give every fact in [start, end), also those that a revision replaced. [s]"""
        ...

    def scan(
        self, start_s: int, end_s: int, *, meters_per_block: int = 4096
    ) -> Iterator[ReadingColumns]:
        """Go through all meters in blocks of rising numbers, with neighbours. [s]"""
        ...

    def arrivals(self, commit: int) -> tuple[ReadingBatch, int]:
        """Give the next facts that came after a commit, by meter and time, some millions at most.

        Whoever follows the store asks again with the commit that is returned, until it stays the
        same. A fact may be given twice. [µs]
        """
        ...

    def commit_at(self, time_s: float) -> int:
        """Name the newest commit that *as of* a moment includes. [s] to [µs]"""
        ...

    def figures(self) -> StoreFigures:
        """Tell how the store fares."""
        ...

    def close(self) -> None:
        """Let go of files and threads. What was acknowledged is on disk already."""
        ...
