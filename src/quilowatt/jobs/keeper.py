"""The keeper: a thread that turns full hot tables into segments and seals closed days."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from quilowatt.errors import StoreFull
from quilowatt.store import seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.store import DuckReadingStore

__all__ = ["Keeper"]

LOG = logging.getLogger(__name__)

WAIT_S: Final = 1.0
"""How soon the end is noticed. [s]"""

RETRY_S: Final = 30.0
"""After a full disk. [s]"""

DAY_S: Final = 86400


class Keeper:
    """Keeps a store in shape.

    Parameters
    ----------
    store : DuckReadingStore
        The store.
    clock : callable
        [s since 1970-01-01 UTC]
    seal_interval_s : float
        How often closed days are looked for. [s]
    """

    def __init__(
        self, store: DuckReadingStore, clock: Callable[[], float], *, seal_interval_s: float
    ) -> None:
        self._store = store
        self._clock = clock
        self._seal_interval_s = seal_interval_s
        self._seal_at_s = clock() + seal_interval_s
        self._thorough_day = int(clock()) // DAY_S
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End after the step under way."""
        self._is_stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                self._work()
            except StoreFull as error:
                LOG.error("segment_refused reason=%s", error)  # noqa: TRY400 - it says it all
                self._is_stopping.wait(RETRY_S)
            except Exception:
                LOG.exception("keeper_failed")
                self._is_stopping.wait(RETRY_S)

    def _work(self) -> None:
        if self._store.wait_for_full_table(WAIT_S) and self._store.flush():
            LOG.info("journal_flushed segments=%d", self._store.figures().segments)
        now_s = self._clock()
        if now_s >= self._seal_at_s:
            self._seal_at_s = now_s + self._seal_interval_s
            day = int(now_s) // DAY_S
            moved = seal(self._store, now_s=now_s, is_thorough=day != self._thorough_day)
            self._thorough_day = day
            if moved:
                LOG.info("days_sealed facts=%d", moved)
