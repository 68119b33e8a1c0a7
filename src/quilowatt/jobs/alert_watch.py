"""The alert watch: a thread that shows every commit to the detectors and keeps what they find.

Commits never wait for it. When it falls behind, or starts, it catches up from the store, which has
everything: detectors ignore what they have seen, and the ledger knows an episode again, so nothing
is told twice.
"""

from __future__ import annotations

import logging
import threading
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert import AlertSignal, DetectorState, detect
from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreError
from quilowatt.store import AlertEpisode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from quilowatt.store import AlertRecord, Ledger, ReadingStore

__all__ = ["AlertWatch"]

LOG = logging.getLogger(__name__)

QUEUE_ROWS_MAX: Final = 2_000_000
"""Readings that wait for the detectors; beyond it they are read from the store later. 64 MB."""

HISTORY_S: Final = 45 * 86400
"""How far back a detector looks when it starts with nothing. [s]"""

SCAN_METERS: Final = 256
"""Meters whose history is held at once while catching up."""

GATHER_S: Final = 0.25
"""Commits of so long are shown to the detectors together: an alert still comes at once. [s]"""

SNAPSHOT_S: Final = 600.0
"""How often the detectors' memory is written, so that a restart needs little catching up. [s]"""


class AlertWatch:
    """Shows commits to the detectors.

    Parameters
    ----------
    readings, ledger
        Where history is read and episodes are kept.
    clock : callable
        [s since 1970-01-01 UTC]
    snapshot : Path
        File of the detectors' memory.
    on_alert : callable
        Told (phase, record) of every change of an episode, from the watch's thread.
    """

    def __init__(
        self,
        readings: ReadingStore,
        ledger: Ledger,
        clock: Callable[[], float],
        *,
        snapshot: Path,
        on_alert: Callable[[str, AlertRecord], None],
    ) -> None:
        self._readings = readings
        self._ledger = ledger
        self._clock = clock
        self._snapshot = snapshot
        self._on_alert = on_alert
        self._queue: list[ReadingBatch] = []
        self._queued_rows = 0
        self._is_behind = True
        self._is_stopping = False
        self._changed = threading.Condition()
        self._state = self._load()
        self._thread = threading.Thread(target=self._run, name="alert-watch", daemon=True)
        self._thread.start()

    def put(self, fresh: ReadingBatch) -> None:
        """Show fresh readings; called after each commit, returns at once."""
        with self._changed:
            if self._queued_rows + len(fresh) > QUEUE_ROWS_MAX:
                self._is_behind = True
                self._queue.clear()
                self._queued_rows = 0
            else:
                self._queue.append(fresh)
                self._queued_rows += len(fresh)
            self._changed.notify()

    def close(self) -> None:
        """Look at what is queued, write the memory, and end."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        saved_at_s = self._clock()
        while True:
            try:
                goes_on = self._turn()
                if not goes_on or self._clock() - saved_at_s > SNAPSHOT_S:
                    saved_at_s = self._clock()
                    self._save()
                if not goes_on:
                    return
            except StoreError as error:
                LOG.error("alert_watch_refused reason=%s", error)  # noqa: TRY400 - it says it all
                self._is_behind = True
            except Exception:
                LOG.exception("alert_watch_failed")
                self._is_behind = True

    def _turn(self) -> bool:
        with self._changed:
            self._changed.wait_for(
                lambda: self._queue or self._is_behind or self._is_stopping, SNAPSHOT_S
            )
            self._changed.wait_for(lambda: self._is_stopping, GATHER_S)
            is_behind, batches = self._is_behind, self._queue
            self._queue, self._queued_rows, self._is_behind = [], 0, False
        if is_behind and not self._is_stopping:
            self._catch_up()
        if batches:
            self._look(_join(batches))
        return not self._is_stopping

    def _catch_up(self) -> None:
        now_s = int(self._clock())
        blocks = self._readings.scan(
            now_s - HISTORY_S, now_s + HISTORY_S, meters_per_block=SCAN_METERS
        )
        for block in blocks:
            self._look(ReadingBatch(block.meter, block.time_s, block.import_wh, block.export_wh))
            if self._is_stopping:
                return

    def _look(self, batch: ReadingBatch) -> None:
        self._state, signals = detect(self._state, batch)
        keep: dict[str, Callable[[Sequence[AlertEpisode]], list[AlertRecord]]] = {
            "opened": self._open,
            "updated": self._ledger.update_alerts,
            "closed": self._ledger.close_alerts,
        }
        # In their order: a meter's next episode may open only after its last one is closed.
        for phase, run in groupby(signals, key=lambda signal: signal.phase):
            for record in keep[phase]([_episode(signal) for signal in run]):
                self._on_alert(phase, record)

    def _open(self, episodes: Sequence[AlertEpisode]) -> list[AlertRecord]:
        return self._ledger.open_alerts(episodes, raised_at_s=int(self._clock()))

    def _load(self) -> DetectorState:
        if self._snapshot.exists():
            try:
                with np.load(self._snapshot, allow_pickle=False) as arrays:
                    return DetectorState.from_arrays(dict(arrays))
            except (OSError, ValueError, KeyError) as error:
                LOG.warning("alert_memory_unreadable reason=%s: it is learnt again", error)
        return DetectorState.empty(0)

    def _save(self) -> None:
        unfinished = self._snapshot.with_suffix(".tmp")
        try:
            with unfinished.open("wb") as file:
                np.savez(file, allow_pickle=False, **self._state.to_arrays())
            unfinished.replace(self._snapshot)
        except OSError as error:
            LOG.warning("alert_memory_not_written reason=%s", error)
            unfinished.unlink(missing_ok=True)


def _episode(signal: AlertSignal) -> AlertEpisode:
    return AlertEpisode(
        meter_number=signal.meter,
        kind=signal.kind,
        severity="warning",
        at_s=signal.since_s if signal.phase == "opened" else signal.at_s,
        power_w=signal.power_w,
        usual_power_w=signal.usual_power_w,
        excess_wh=signal.excess_wh,
    )


def _join(batches: list[ReadingBatch]) -> ReadingBatch:
    if len(batches) == 1:
        return batches[0]
    return ReadingBatch(
        np.concatenate([batch.meter for batch in batches]),
        np.concatenate([batch.time_s for batch in batches]),
        np.concatenate([batch.import_wh for batch in batches]),
        np.concatenate([batch.export_wh for batch in batches]),
    )
