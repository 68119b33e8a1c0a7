"""Group commit: whole lines of many connections become one durable batch.

Called by the ring server with what the kernel gathered while the last commit ran, and by the
portable and datagram servers' committer with what they gathered. It answers for each chunk which
reading is safe now, and which of its lines were something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quilowatt.core.batch import ReadingBatch
from quilowatt.limits import CLOCK_AHEAD_MAX_S
from quilowatt.wire.columns import line_ends, parse_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quilowatt.store import Commit, ReadingStore

__all__ = ["ChunkOutcomes", "GroupCommit", "OddLine"]


@dataclass(frozen=True, slots=True)
class OddLine:
    """A line that is no acceptable reading.

    Parameters
    ----------
    chunk : int
        Index of the chunk that holds it.
    text : bytes
        The line without its LF.
    follows_good_line : bool
        True when a reading stands between it and the odd line before it in the chunk.
    precedes_good_line : bool
        True when a reading stands between it and the odd line after it in the chunk.
    """

    chunk: int
    text: bytes
    follows_good_line: bool
    precedes_good_line: bool


@dataclass(frozen=True, slots=True)
class ChunkOutcomes:
    """What became of the chunks of one commit.

    Parameters
    ----------
    safe_time_s : ndarray of int64, shape (chunks,)
        Time of the last reading of the chunk, now durable and visible; 0 when it had none.
        [s since 1970-01-01 UTC]
    odd_lines : list of OddLine
        By chunk, in order.
    readings : int
        How many were committed.
    """

    safe_time_s: NDArray[np.int64]
    odd_lines: list[OddLine]
    readings: int


class GroupCommit:
    """Commits chunks of lines.

    Parameters
    ----------
    store : ReadingStore
        Takes the batches.
    clock : callable
        Gives the time. [s since 1970-01-01 UTC]
    on_commit : callable
        Told of every batch after it is durable, by the thread that committed: must be quick.
    """

    def __init__(
        self,
        store: ReadingStore,
        clock: Callable[[], float],
        on_commit: Callable[[ReadingBatch, Commit], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_commit = on_commit

    def commit(
        self, text: NDArray[np.uint8], chunk_ends: NDArray[np.intp], meters: NDArray[np.int32]
    ) -> ChunkOutcomes:
        """Commit the readings of some chunks.

        Parameters
        ----------
        text : ndarray of uint8, shape (size,)
            The chunks one after the other, each of whole lines.
        chunk_ends : ndarray of intp, shape (chunks,)
            Position after each chunk.
        meters : ndarray of int32, shape (chunks,)
            Whose connection it came from.

        Raises
        ------
        StoreFull
            Nothing was kept, nothing may be acknowledged.
        """
        now_s = self._clock()
        ends = line_ends(text)
        last_line = np.searchsorted(ends, chunk_ends - 1)
        meter_of_line = np.repeat(meters, np.diff(last_line, prepend=-1))
        columns = parse_lines(text, ends, time_s_max=int(now_s) + CLOCK_AHEAD_MAX_S)
        odd = columns.exceptions
        meter = np.delete(meter_of_line, odd) if odd.size else meter_of_line
        batch = ReadingBatch(meter, columns.time_s, columns.import_wh, columns.export_wh)
        if len(batch):
            self._on_commit(batch, self._store.append(batch, now_s=now_s))
        if not odd.size:
            return ChunkOutcomes(columns.time_s[last_line], [], len(batch))
        safe_time_s = _safe_times(columns.time_s, ends.size, last_line, odd)
        return ChunkOutcomes(safe_time_s, _odd_lines(text, ends, last_line, odd), len(batch))


def _safe_times(
    time_s: NDArray[np.int64],
    lines: int,
    last_line: NDArray[np.intp],
    odd: NDArray[np.intp],
) -> NDArray[np.int64]:
    is_reading = np.ones(lines, np.int64)
    is_reading[odd] = 0
    readings_upto = np.cumsum(is_reading)[last_line]
    has_reading = np.diff(readings_upto, prepend=0) > 0
    safe: NDArray[np.int64] = np.zeros(last_line.size, np.int64)
    safe[has_reading] = time_s[readings_upto[has_reading] - 1]
    return safe


def _odd_lines(
    text: NDArray[np.uint8],
    ends: NDArray[np.intp],
    last_line: NDArray[np.intp],
    odd: NDArray[np.intp],
) -> list[OddLine]:
    chunks = np.searchsorted(last_line, odd)
    starts = np.where(odd > 0, ends[odd - 1] + 1, 0)
    first_line = np.where(chunks > 0, last_line[chunks - 1] + 1, 0)
    line_before = np.maximum(np.concatenate(([-1], odd[:-1])), first_line - 1)
    line_after = np.minimum(np.append(odd[1:], ends.size), last_line[chunks] + 1)
    columns = (chunks, starts, ends[odd], odd - line_before > 1, line_after - odd > 1)
    return [
        OddLine(chunk, text[start:end].tobytes(), follows_good, precedes_good)
        for chunk, start, end, follows_good, precedes_good in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]
