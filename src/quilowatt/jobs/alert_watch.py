"""The alert watch: a thread that shows every commit to the detectors and keeps what they find.

Commits never wait for it. When it falls behind, or starts, it catches up from the store, which has
everything: detectors ignore what they have seen, and the ledger knows an episode again, so nothing
is told twice.
"""

from __future__ import annotations

import logging
import threading
import time
import zipfile
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert import AlertSignal, DetectorState, detect
from quilowatt.alert.clock import ClockState, compare
from quilowatt.alert.silence import SilenceState, hear, listen
from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreError
from quilowatt.jobs.alert_episodes import keep_signals
from quilowatt.jobs.alert_facts import MeterRegister
from quilowatt.jobs.alert_recount import readings_per_meter, recount
from quilowatt.jobs.alert_told import (
    ends_of_gone,
    heard_in_history,
    take_over_clocks,
    take_over_silences,
)
from quilowatt.limits import CLOCK_AHEAD_MAX_S
from quilowatt.store.reading_ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns
    from quilowatt.store import AlertRecord, Ledger, ReadingStore

__all__ = ["AlertWatch", "Pace"]

LOG = logging.getLogger(__name__)

QUEUE_ROWS_MAX: Final = 2_000_000
"""Readings that wait for the detectors; beyond it they are read from the store later. 64 MB."""

HISTORY_S: Final = 45 * 86400
"""How far back a detector looks when it starts with nothing. [s]"""

COMMIT: Final = "commit"
"""Name of the newest commit that was looked at, among the arrays of the memory."""

SCAN_METERS: Final = 10_240
"""Meters that are looked at together while catching up: detectors are quickest over many."""

SLICE_S: Final = 2 * 86400
"""…and for how long: two million readings at 15 minutes. [s]"""

GATHER_S: Final = 0.5
"""Commits of so long are shown to the detectors together: an alert still comes at once. [s]"""

REST: Final = 49
"""Times the work while readings flood in: the watch takes a fiftieth of one core then…"""

CALM_REST: Final = 1
"""…and otherwise half of one: what is usual of a million meters is learned within an hour."""

FLOOD_PER_S: Final = 5000
"""Four million meters, read every quarter of an hour; more is a backlog, which goes first. [1/s]"""

LISTEN_S: Final = 30.0
"""How often the watch looks for meters that are silent. [s]"""

COMMIT_PER_S: Final = 1_000_000
"""A commit's number is its wall time. [1/s]"""

RECOUNT_S: Final = 60.0
"""Readings that come late, come in crowds: those of so long are looked at together. [s]"""

RECOUNT_METERS: Final = 512
"""…of so many meters at a time…"""

READINGS_MAX: Final = 2_250_000
"""…and of so many readings, as far as their intervals tell: 512 meters at 15 minutes. 72 MB."""

RETRY_S: Final = 5.0
"""After the store refused, or something else went wrong. [s]"""

LATE: Final = "late"
"""Name of the meters that are to be looked at anew, among the arrays of the memory."""

SNAPSHOT_S: Final = 600.0
"""How often the detectors' memory is written, so that a restart needs little catching up. [s]"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the watch keeps its own time.

    Parameters
    ----------
    steady : callable, optional
        A clock that nobody sets; that of the watch if left out. [s]
    rest : int
        How many times as long as it worked it rests, at the most. [1]
    """

    steady: Callable[[], float] | None = None
    rest: int = REST


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
    pace : Pace
        How it keeps its own time.
    """

    def __init__(
        self,
        readings: ReadingStore,
        ledger: Ledger,
        clock: Callable[[], float],
        *,
        snapshot: Path,
        on_alert: Callable[[str, AlertRecord], None],
        pace: Pace = Pace(),
    ) -> None:
        self._readings = readings
        self._ledger = ledger
        self._clock = clock
        self._snapshot = snapshot
        self._on_alert = on_alert
        self._steady = pace.steady or clock
        self._rest_times = pace.rest
        self._queue: list[tuple[int, ReadingBatch]] = []
        self._queued_rows = 0
        self._put_rows, self._counted_from_s = 0, time.monotonic()
        self._is_behind = True
        self._is_catching_up = False
        self._is_stopping = False
        self._commit = 0
        self._changed = threading.Condition()
        self._register = MeterRegister(ledger)
        self._watching_since_s = int(clock())
        self._listened_s = self._recounted_s = clock()
        self._listened_steady_s = self._steady()
        self._unkept: list[AlertSignal] = []
        self._has_taken_over = False
        self._late = set[int]()
        self._forgotten = set[int]()
        self._silence, self._clocks = SilenceState.empty(), ClockState.empty()
        self._state = self._load()
        # A store that is empty has nothing to learn from: what comes is seen in its order.
        self._must_learn = not self._commit and readings.figures().commit > 0
        self._thread = threading.Thread(target=self._run, name="alert-watch", daemon=True)
        self._thread.start()

    @property
    def is_behind(self) -> bool:
        """Whether it still reads history."""
        return self._is_behind or self._is_catching_up

    @property
    def commit(self) -> int:
        """Number of the newest commit that it has looked at."""
        return self._commit

    @property
    def late_count(self) -> int:
        """Meters whose past is still to be looked at anew."""
        return len(self._late)

    def put(self, commit: int, fresh: ReadingBatch) -> None:
        """Show a commit's fresh readings; returns at once. [µs]"""
        with self._changed:
            self._put_rows += len(fresh)
            if self._queued_rows + len(fresh) > QUEUE_ROWS_MAX:
                self._is_behind = True
                self._queue.clear()
                self._queued_rows = 0
            else:
                self._queue.append((commit, fresh))
                self._queued_rows += len(fresh)
            self._changed.notify()

    def put_late(self, meters: NDArray[np.int32]) -> None:
        """Name meters of which readings came that are not their latest; returns at once."""
        with self._changed:
            self._late.update(np.unique(meters).tolist())

    def forget_place(self, usage_point_id: int) -> None:
        """Say that the terms of a usage point have changed: they count from the next reading on."""
        places = self._ledger.installations(usage_point_ids=[usage_point_id])
        with self._changed:
            self._forgotten.update(place.meter_number for place in places)

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
                self._listen()
                self._recount()
                if not goes_on or not self._is_within(SNAPSHOT_S, saved_at_s):
                    saved_at_s = self._clock()
                    self._save()
                if not goes_on:
                    return
            except StoreError as error:
                LOG.error("alert_watch_refused reason=%s", error)  # noqa: TRY400 - it says it all
            except Exception:
                LOG.exception("alert_watch_failed")
            else:
                continue
            self._is_behind = True
            if self._pauses(RETRY_S):
                # The memory stays as it was written last: from there on all is found again.
                return

    def _turn(self) -> bool:
        with self._changed:
            self._changed.wait_for(
                lambda: self._queue or self._is_behind or self._is_stopping, LISTEN_S
            )
            self._changed.wait_for(lambda: self._is_stopping, GATHER_S)
        self._keep([])
        with self._changed:
            is_behind, batches = self._is_behind, self._queue
            self._queue, self._queued_rows, self._is_behind = [], 0, False
        if is_behind and not self._catch_up():
            # What was queued comes after what it has not looked at: the next start begins there.
            self._is_behind = True
            return False
        if batches:
            began_s = time.monotonic()
            self._detect(_join([batch for _, batch in batches]))
            self._hear(batches)
            self._commit = max(self._commit, *(commit for commit, _ in batches))
            self._rest(began_s)
        return not self._is_stopping

    def _catch_up(self) -> bool:
        """Look at all that was committed since the last look, or at all of the history.

        Returns
        -------
        bool
            False if it was told to stop before the end.
        """
        self._is_catching_up = True
        if self._must_learn:
            self._learn()
        while not self._is_stopping:
            began_s = time.monotonic()
            batch, upto = self._readings.arrivals(self._commit)
            if upto == self._commit:
                self._take_over()
                self._is_catching_up = False
                return True
            if len(batch):
                if not self._has_taken_over:
                    # Since the memory was written; later ones were named when they came.
                    self.put_late(batch.meter[self._state.is_late(batch)])
                self._detect(batch)
                # When each arrived is not known any more, but that it did.
                self._note_arrivals(batch.meter, np.full(len(batch), upto // COMMIT_PER_S))
            self._commit = upto
            self._rest(began_s)
        return False

    def _learn(self) -> None:
        """Learn what is usual from the history that is there."""
        upto, blocks = self._readings.figures().commit, self._history(self._meters_at_once())
        # A town is one block of each slice: without this, reading and looking would take turns.
        for block in read_ahead(repeat(None), lambda _: next(blocks, None)):
            if block is None:
                break
            began_s = time.monotonic()
            self._detect(ReadingBatch(block.meter, block.time_s, block.import_wh, block.export_wh))
            self._rest(began_s)
            if self._is_stopping:
                return
        self._commit, self._must_learn = upto, False

    def _meters_at_once(self) -> int:
        """Tell how many meters have no more readings in a slice than fit. [1]"""
        meters = np.arange(1, self._ledger.counts().meters + 1, dtype=np.int32)
        self._register.meet(meters, self._now_s())
        rows = int(readings_per_meter(self._register.interval_s[meters], SLICE_S).sum())
        return max(1, min(SCAN_METERS, READINGS_MAX * meters.size // max(rows, 1)))

    def _history(self, at_once: int) -> Iterator[ReadingColumns]:
        """Give the readings of all meters, slice by slice of time."""
        now_s = int(self._clock())
        for first_s in range(now_s - HISTORY_S, now_s + CLOCK_AHEAD_MAX_S, SLICE_S):
            slice_s = (first_s, first_s + SLICE_S)
            yield from self._readings.scan(*slice_s, meters_per_block=at_once)

    def _take_over(self) -> None:
        """Believe the ledger about what is told by arrivals: the memory may be older than it."""
        if self._has_taken_over:
            return
        now_s, meter_max = self._now_s(), self._ledger.counts().meters
        self._silence = heard_in_history(self._readings, self._silence, meter_max, now_s)
        self._register.meet(np.flatnonzero(self._silence.heard_s).astype(np.int32), now_s)
        self._clocks = take_over_clocks(self._ledger, self._clocks)
        self._silence, signals = take_over_silences(
            self._ledger, self._readings, self._silence, self._register.interval_s
        )
        self._has_taken_over = True
        self._keep(signals)

    def _now_s(self) -> int:
        return int(self._clock())

    def _is_within(self, period_s: float, since_s: float) -> bool:
        """Say whether a period is not over yet; it is when the clock was set back."""
        return 0 <= self._clock() - since_s < period_s

    def _pauses(self, pause_s: float) -> bool:
        """Wait; say whether it is told to stop. [s]"""
        with self._changed:
            return bool(self._changed.wait_for(lambda: self._is_stopping, pause_s))

    def _rest(self, began_s: float) -> None:
        """Rest for longer than the work took.

        Under a flood of readings the processor belongs to the commits; what waits is not lost.
        """
        with self._changed:
            now_s = time.monotonic()
            is_flood = self._put_rows > FLOOD_PER_S * (now_s - self._counted_from_s)
            self._put_rows, self._counted_from_s = 0, now_s
            times = self._rest_times if is_flood else min(self._rest_times, CALM_REST)
        self._pauses(times * (now_s - began_s))

    def _detect(self, batch: ReadingBatch) -> None:
        self._register.meet(batch.meter, int(self._clock()))
        self._renew()
        self._state, signals = detect(self._state, batch, self._register.facts())
        self._keep(signals)

    def _renew(self) -> None:
        """Read the facts of meters whose terms have changed."""
        with self._changed:
            forgotten, self._forgotten = self._forgotten, set()
        try:
            self._register.renew(forgotten, int(self._clock()))
        except StoreError:
            with self._changed:
                self._forgotten |= forgotten
            raise

    def _hear(self, batches: list[tuple[int, ReadingBatch]]) -> None:
        """Take in when readings arrived: their commit's number is the time on the wall."""
        meters = np.concatenate([batch.meter for _, batch in batches])
        time_s = np.concatenate([batch.time_s for _, batch in batches])
        arrived_s = np.repeat(
            [number // COMMIT_PER_S for number, _ in batches], [len(batch) for _, batch in batches]
        )
        self._note_arrivals(meters, arrived_s)
        interval_s = self._register.interval_s
        self._clocks, signals = compare(self._clocks, meters, (time_s, arrived_s), interval_s)
        self._keep(signals)

    def _note_arrivals(self, meters: NDArray[np.int32], arrived_s: NDArray[np.int64]) -> None:
        self._silence, signals = hear(self._silence, meters, arrived_s)
        self._keep(signals)

    def _listen(self) -> None:
        """Look for meters that should have called, now and then."""
        if self._is_stopping or self._is_within(LISTEN_S, self._listened_s):
            return
        now_s, steady_s = self._clock(), self._steady()
        leap_s = now_s - self._listened_s - (steady_s - self._listened_steady_s)
        self._listened_s, self._listened_steady_s = now_s, steady_s
        if abs(leap_s) > LISTEN_S:
            # The clock was set, or the machine slept: of the time between nobody knows anything.
            self._watching_since_s = int(now_s)
        self._watching_since_s = min(self._watching_since_s, int(now_s))
        self._register.meet(np.flatnonzero(self._silence.heard_s).astype(np.int32), int(now_s))
        self._register.refresh(int(now_s))
        self._silence, signals = listen(
            self._silence,
            int(now_s),
            self._register.interval_s,
            watching_since_s=self._watching_since_s,
        )
        self._keep(signals)
        if gone := self._register.take_gone():
            self._keep(ends_of_gone(self._ledger, gone))

    def _recount(self) -> None:
        """Look anew at the history of meters whose past has changed, now and then."""
        with self._changed:
            if not self._late or self._is_stopping or self._is_within(RECOUNT_S, self._recounted_s):
                return
            meters = np.array(sorted(self._late)[:RECOUNT_METERS], np.int32)
        now_s = self._clock()
        self._recounted_s = now_s
        self._register.meet(meters, int(now_s))
        self._renew()
        rows = readings_per_meter(self._register.interval_s[meters], HISTORY_S)
        meters = meters[: max(1, int(np.searchsorted(np.cumsum(rows), READINGS_MAX, "right")))]
        with self._changed:
            # Before they are read: what comes late meanwhile is looked at again.
            self._late.difference_update(meters.tolist())
        began_s = time.monotonic()
        try:
            self._state, signals = recount(
                self._state,
                meters,
                (self._readings, self._ledger, self._register),
                (int(now_s) - HISTORY_S, int(now_s) + CLOCK_AHEAD_MAX_S),
            )
        except StoreError:
            self.put_late(meters)
            raise
        self._keep(signals)
        self._rest(began_s)

    def _keep(self, signals: list[AlertSignal]) -> None:
        """Write what the detectors say; what the ledger refuses is the first to be written later.

        Detectors say a thing once, and the ledger knows what it has: nothing is lost or told twice.
        """
        self._unkept += signals
        for news in keep_signals(self._ledger, self._unkept, raised_at_s=self._now_s()):
            self._on_alert(*news)
        self._unkept = []

    def _load(self) -> DetectorState:
        if not self._snapshot.exists():
            return DetectorState.empty(0)
        try:
            with self._snapshot.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                arrays = dict(file)
            commit, late = int(arrays.pop(COMMIT)), arrays.pop(LATE, np.empty(0, np.int32))
            state = DetectorState.from_arrays(arrays)
            silence, clocks = SilenceState.from_arrays(arrays), ClockState.from_arrays(arrays)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            # A power cut may leave it empty or torn.
            LOG.warning("alert_memory_unreadable reason=%s: it is learnt again", error)
            return DetectorState.empty(0)
        self._commit, self._silence, self._clocks = commit, silence, clocks
        self._late.update(late.tolist())
        return state

    def _save(self) -> None:
        unfinished = self._snapshot.with_suffix(".tmp")
        try:
            with unfinished.open("wb") as file:
                arrays = self._state.to_arrays() | self._silence.to_arrays()
                arrays |= self._clocks.to_arrays() | {COMMIT: np.array(self._commit)}
                with self._changed:
                    arrays[LATE] = np.array(sorted(self._late), np.int32)
                np.savez(file, allow_pickle=False, **arrays)
            unfinished.replace(self._snapshot)
        except OSError as error:
            LOG.warning("alert_memory_not_written reason=%s", error)
            unfinished.unlink(missing_ok=True)


def _join(batches: list[ReadingBatch]) -> ReadingBatch:
    if len(batches) == 1:
        return batches[0]
    return ReadingBatch(
        np.concatenate([batch.meter for batch in batches]),
        np.concatenate([batch.time_s for batch in batches]),
        np.concatenate([batch.import_wh for batch in batches]),
        np.concatenate([batch.export_wh for batch in batches]),
    )
