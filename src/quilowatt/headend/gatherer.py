"""The gatherer: a thread that commits what the asyncio transports hand over.

Transports put (whose, whole lines) on a list; the thread takes all that is there, commits it as one
batch, and hands the outcomes back to the event loop. While one commit runs, the next batch gathers.
The list is bounded: at the bound the transports are told to stop reading.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from quilowatt.errors import StoreFull
from quilowatt.limits import BATCH_SIZE_MAX, PENDING_SIZE_MAX, PENDING_SIZE_RESUME

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from quilowatt.headend.commit import GroupCommit, OddLine

__all__ = ["Gatherer", "Origin"]

LOG = logging.getLogger(__name__)

EXIT_SOFTWARE: Final = 70
"""sysexits.h: an error of ours."""


class Origin(Protocol):
    """Where lines came from: a connection or a datagram."""

    number: int

    def committed(self, safe_time_s: int, odd_lines: list[OddLine]) -> None:
        """Lines are safe up to the one of this time, 0 for none; called in the loop. [s]"""

    def not_kept(self) -> None:
        """There was no room for the lines; called in the loop."""


class Gatherer:
    """Commits for transports of one event loop.

    Parameters
    ----------
    commit : GroupCommit
        Makes batches durable.
    loop : AbstractEventLoop
        Where outcomes are delivered.
    on_pressure : callable
        Told True when transports shall stop reading, False when they may go on; in the loop.
    """

    def __init__(
        self,
        commit: GroupCommit,
        loop: asyncio.AbstractEventLoop,
        on_pressure: Callable[[bool], None],
    ) -> None:
        self._commit = commit
        self._loop = loop
        self._on_pressure = on_pressure
        self._pending: list[tuple[Origin, bytes]] = []
        self._has_work = threading.Event()
        self._is_stopping = False
        self._is_under_pressure = False
        self.pending_bytes = 0
        self.pending_bytes_peak = 0
        self._thread = threading.Thread(target=self._run, name="gatherer", daemon=True)
        self._thread.start()

    def put(self, origin: Origin, lines: bytes) -> None:
        """Hand over whole lines; called in the loop."""
        self._pending.append((origin, lines))
        self.pending_bytes += len(lines)
        self.pending_bytes_peak = max(self.pending_bytes_peak, self.pending_bytes)
        if not self._is_under_pressure and self.pending_bytes >= PENDING_SIZE_MAX:
            self._is_under_pressure = True
            self._on_pressure(True)  # noqa: FBT003
        self._has_work.set()

    def stop(self) -> None:
        """Commit what is there, then end; outcomes are still delivered by the loop."""
        self._is_stopping = True
        self._has_work.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not (self._is_stopping and not self._pending):
                self._has_work.wait()
                self._has_work.clear()
                while self._pending:
                    self._commit_batch(self._take())
        except Exception:
            LOG.critical("gatherer_failed", exc_info=True)
            os._exit(EXIT_SOFTWARE)

    def _take(self) -> list[tuple[Origin, bytes]]:
        # The loop only appends, so the first `count` entries are ours.
        count = size = 0
        for _, lines in self._pending[:]:
            if count and size + len(lines) > BATCH_SIZE_MAX:
                break
            count, size = count + 1, size + len(lines)
        taken = self._pending[:count]
        del self._pending[:count]
        return taken

    def _commit_batch(self, batch: list[tuple[Origin, bytes]]) -> None:
        joined = b"".join([lines for _, lines in batch])
        ends = np.cumsum([len(lines) for _, lines in batch], dtype=np.intp)
        meters = np.array([origin.number for origin, _ in batch], np.int32)
        origins = [origin for origin, _ in batch]
        try:
            outcomes = self._commit.commit(np.frombuffer(joined, np.uint8), ends, meters)
        except StoreFull as error:
            LOG.error("batch_refused reason=%s", error)  # noqa: TRY400 - the reason says it all
            self._tell(self._deliver_refusal, origins, len(joined))
            return
        odd: dict[int, list[OddLine]] = {}
        for line in outcomes.odd_lines:
            odd.setdefault(line.chunk, []).append(line)
        self._tell(self._deliver, origins, len(joined), outcomes.safe_time_s.tolist(), odd)

    def _tell(self, deliver: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(deliver, *arguments)

    def _deliver(
        self,
        origins: list[Origin],
        size: int,
        safe_time_s: list[int],
        odd: dict[int, list[OddLine]],
    ) -> None:
        for chunk, (origin, time_s) in enumerate(zip(origins, safe_time_s, strict=True)):
            origin.committed(time_s, odd.get(chunk, []))
        self._relax(size)

    def _deliver_refusal(self, origins: list[Origin], size: int) -> None:
        for origin in origins:
            origin.not_kept()
        self._relax(size)

    def _relax(self, size: int) -> None:
        self.pending_bytes -= size
        if self._is_under_pressure and self.pending_bytes <= PENDING_SIZE_RESUME:
            self._is_under_pressure = False
            self._on_pressure(False)  # noqa: FBT003
