"""The sum watch: holds each master meter against its submeters, when a local day is over.

It remembers nothing that it can't read again: each time it judges the last six weeks from the
beginning, and tells what the ledger does not know yet. So late readings, an exchange of meters and
a restart need no care of their own.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quilowatt.alert.balance import BalanceState, check_sums
from quilowatt.alert.recount import Episode, recounted
from quilowatt.alert.signal import SUM_MISMATCH, AlertSignal, Phase
from quilowatt.core.calendar import date_start_s, local_date
from quilowatt.errors import StoreError
from quilowatt.jobs.alert_episodes import keep_signals
from quilowatt.jobs.day_energy import day_energies
from quilowatt.jobs.master_groups import MasterGroups
from quilowatt.store import AlertFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from quilowatt.jobs.day_energy import DayEnergies
    from quilowatt.jobs.master_groups import MasterGroup
    from quilowatt.jobs.place_energy import Registers
    from quilowatt.store import AlertRecord, Client, Ledger, ReadingStore

__all__ = ["SumWatch"]

LOG = logging.getLogger(__name__)

SWEEP_S: Final = 900.0
"""How often it looks whether a day can be judged. [s]"""

PAUSE_S: Final = 5.0
"""After a sweep, changed terms wait so long: they are often set one after the other. [s]"""

REST: Final = 9
"""Times the work: the watch takes at most a tenth of one core."""

PATIENCE_S: Final = 6 * 3600
"""So long after midnight it waits for readings; what lacks then leaves the day unknown. [s]"""

LEARN_DAYS: Final = 28
"""What is usual is learnt from so many days before what is told. [d]"""

HISTORY_DAYS: Final = 42
"""So many days before today, or before an open episode, are judged anew each time. [d]"""

EARLIEST: Final = date(1970, 1, 2)
"""Before it there are no instants."""

GROUPS: Final = 50
"""Masters judged at once; then it rests. [1]"""

TOLD_MAX: Final = 1_000_000
"""Episodes of some months that are looked at. [1]"""


class _Shown(NamedTuple):
    """What of a group's readings is known: as long as it stays the same, so does the judgement."""

    start: date
    meters: tuple[int, ...]
    reached_s: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Due:
    """A group that is to be judged, with the local days [start, today)."""

    group: MasterGroup
    start: date
    today: date

    @property
    def key(self) -> int:
        """Name of the master among the signals."""
        return self.group.master.usage_point_id

    @property
    def start_s(self) -> int:
        """When its first day begins [s since 1970-01-01 UTC]."""
        return date_start_s(self.start, self.group.zone)

    @property
    def midnight_s(self) -> int:
        """When its last day is over [s since 1970-01-01 UTC]."""
        return date_start_s(self.today, self.group.zone)

    def shown(self, last_s: dict[int, int]) -> _Shown:
        """Say what is known of it, by the last instants of meters [s since 1970-01-01 UTC]."""
        meters = tuple(each.meter_number for each in _everyone(self.group))
        reached_s = tuple(min(last_s[meter], self.midnight_s) for meter in meters)
        return _Shown(self.start, meters, reached_s)

    @property
    def from_s(self) -> int:
        """What began before is let be: too little is learned. [s since 1970-01-01 UTC]"""
        is_new = self.start == self.group.first_day
        learned = self.start + timedelta(days=0 if is_new else LEARN_DAYS)
        return date_start_s(learned, self.group.zone)


class SumWatch:
    """Looks at masters.

    Parameters
    ----------
    readings, ledger
        Asked what came last; terms, and where episodes are kept.
    registers : Registers
        Where the registers of meters are read.
    clock : callable
        [s since 1970-01-01 UTC]
    on_alert : callable
        Told (phase, record) of every change of an episode, from the watch's thread.
    rest : int
        How many times as long as it worked it rests. [1]
    """

    def __init__(
        self,
        readings: ReadingStore,
        ledger: Ledger,
        registers: Registers,
        clock: Callable[[], float],
        on_alert: Callable[[str, AlertRecord], None],
        *,
        rest: int = REST,
    ) -> None:
        self._readings = readings
        self._ledger = ledger
        self._registers = registers
        self._clock = clock
        self._on_alert = on_alert
        self._rest_times = rest
        self._groups = MasterGroups(ledger)
        self._watched = np.zeros(0, np.int32)
        self._judged = dict[int, _Shown]()
        self._late = set[int]()
        self._lock = threading.Lock()
        self._hurry = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sum-watch", daemon=True)

    def start(self) -> None:
        """Begin to work by itself."""
        self._thread.start()

    def hurry(self) -> None:
        """Say that terms have changed; returns at once."""
        self._hurry.set()

    def put_late(self, meters: NDArray[np.int32]) -> None:
        """Name meters of which readings came that are not their latest; returns at once."""
        watched = self._watched
        if watched.size:
            with self._lock:
                self._late.update(np.intersect1d(meters, watched).tolist())

    def close(self) -> None:
        """End after the sweep under way."""
        self._stop.set()
        self._hurry.set()
        if self._thread.is_alive():
            self._thread.join()

    def sweep(self) -> None:
        """Look at all masters once."""
        now_s = int(self._clock())
        groups = self._groups.at(now_s)
        open_alerts = self._open_alerts()
        if not groups and not open_alerts:
            return
        self._end(open_alerts, groups, now_s)
        opened_s = {alert.usage_point_id: alert.opened_at_s for alert in open_alerts}
        last_s = self._last_s(groups)
        by_days: dict[tuple[str, date, date], list[_Due]] = {}
        for group in groups:
            due = _due(group, opened_s.get(group.master.usage_point_id), now_s)
            if self._is_due(due, last_s, now_s):
                days = (group.master.timezone, due.start, due.today)
                by_days.setdefault(days, []).append(due)
        for some in by_days.values():
            for first in range(0, len(some), GROUPS):
                self._judge(some[first : first + GROUPS], last_s, now_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            began_s = time.monotonic()
            self._hurry.clear()
            try:
                self.sweep()
            except StoreError as error:
                LOG.error("sums_refused reason=%s", error)  # noqa: TRY400 - it says it all
            except Exception:
                LOG.exception("sum_watch_failed")
            self._stop.wait(max(PAUSE_S, REST * (time.monotonic() - began_s)))
            self._hurry.wait(SWEEP_S)

    def _open_alerts(self) -> list[AlertRecord]:
        return self._ledger.alerts(AlertFilter(kind=SUM_MISMATCH, is_open=True), limit=TOLD_MAX)

    def _last_s(self, groups: Sequence[MasterGroup]) -> dict[int, int]:
        """Ask until when each of their meters has said something [s since 1970-01-01 UTC]."""
        meters = {client.meter_number for group in groups for client in _everyone(group)}
        self._watched = np.array(sorted(meters), np.int32)
        time_s = self._readings.latest(self._watched).time_s
        return dict(zip(self._watched.tolist(), time_s.tolist(), strict=True))

    def _is_due(self, due: _Due, last_s: dict[int, int], now_s: int) -> bool:
        """Say whether a day is over that is not judged, or more is known of those that are."""
        shown = due.shown(last_s)
        waits = min(shown.reached_s) < due.midnight_s and now_s < due.midnight_s + PATIENCE_S
        if due.start >= due.today or waits:
            return False
        with self._lock:
            return self._judged.get(due.key) != shown or not self._late.isdisjoint(shown.meters)

    def _judge(self, some: Sequence[_Due], last_s: dict[int, int], now_s: int) -> None:
        """Judge masters of one zone over the same days, then rest for longer than that took."""
        began_s = time.monotonic()
        shown = {due.key: due.shown(last_s) for due in some}
        meters = {meter for each in shown.values() for meter in each.meters}
        with self._lock:
            # Before they are read: what comes late meanwhile is looked at again.
            late = self._late & meters
            self._late -= meters
        try:
            signals, told = self._signals(some), self._told(some)
            for due in some:
                self._tell(_news(due, signals.get(due.key, []), told.get(due.key, [])), now_s)
        except StoreError:
            with self._lock:
                self._late |= late
            raise
        self._judged |= shown
        self._stop.wait(self._rest_times * (time.monotonic() - began_s))

    def _signals(self, some: Sequence[_Due]) -> dict[int, list[AlertSignal]]:
        """Judge their days from the beginning; a master goes by the key of its usage point."""
        edges_s = _edges_s(some[0])
        clients = {each.usage_point_id: each for due in some for each in _everyone(due.group)}
        rows = {key: row for row, key in enumerate(clients)}
        energies = day_energies(self._ledger, self._registers, list(clients.values()), edges_s)
        keys = np.array([due.key for due in some], np.int32)
        sums = [_sums(due.group, energies, rows) for due in some]
        taken_wh = np.array([taken for taken, _ in sums])
        shown_wh = np.array([shown for _, shown in sums])
        state, found = BalanceState.empty(keys.size), dict[int, list[AlertSignal]]()
        # The last of the days runs: it is there so that the meters go on after the others.
        for day in range(edges_s.size - 2):
            day_wh = taken_wh[:, day], shown_wh[:, day]
            state, signals = check_sums(state, keys, day_wh, int(edges_s[day + 1]))
            for signal in signals:
                # A day may have 23 or 25 hours: it begins at its own midnight.
                nearest = np.abs(edges_s - signal.since_s).argmin()
                begun = replace(signal, since_s=int(edges_s[nearest]))
                found.setdefault(signal.meter, []).append(begun)
        return found

    def _told(self, some: Sequence[_Due]) -> dict[int, list[AlertRecord]]:
        start_s = min(due.start_s for due in some)
        which = AlertFilter(kind=SUM_MISMATCH, start_s=start_s)
        told: dict[int, list[AlertRecord]] = {}
        for alert in self._ledger.alerts(which, limit=TOLD_MAX):
            told.setdefault(alert.usage_point_id, []).append(alert)
        return told

    def _end(
        self, open_alerts: Sequence[AlertRecord], groups: Iterable[MasterGroup], now_s: int
    ) -> None:
        """End what was told of other submeters than those of today: there is nothing to go by."""
        since_s = {
            group.master.usage_point_id: _start_s(group.first_day, group) for group in groups
        }
        ended = []
        for alert in open_alerts:
            end_s = since_s.get(alert.usage_point_id, now_s)
            if end_s > alert.opened_at_s:
                figures = alert.power_w, alert.usual_power_w, alert.excess_wh
                closed = Phase.CLOSED.value
                times_s = end_s, alert.opened_at_s
                ended.append(
                    AlertSignal(alert.meter_number, SUM_MISMATCH, closed, *times_s, *figures)
                )
        self._tell(ended, now_s)

    def _tell(self, signals: Sequence[AlertSignal], now_s: int) -> None:
        for news in keep_signals(self._ledger, signals, raised_at_s=now_s):
            self._on_alert(*news)


def _news(
    due: _Due, signals: Sequence[AlertSignal], told: Sequence[AlertRecord]
) -> list[AlertSignal]:
    """Say what is left to tell of a master, by the meter that it is told of."""
    episodes = [
        Episode(due.key, alert.kind, alert.opened_at_s, alert.closed_at_s)
        for alert in told
        # One that ended where the days begin was of other submeters.
        if alert.closed_at_s is None or alert.closed_at_s > due.start_s
    ]
    left = recounted(episodes, signals, from_s=due.from_s, until_s=due.midnight_s)
    running = next((alert for alert in told if alert.closed_at_s is None), None)
    return [
        replace(signal, meter=_meter(due, signal, running))
        for signal in left
        if not _is_known(signal, running)
    ]


def _everyone(group: MasterGroup) -> tuple[Client, ...]:
    return group.master, *group.submeters


def _due(group: MasterGroup, opened_s: int | None, now_s: int) -> _Due:
    """Choose the days: enough of them before what may be told."""
    today = local_date(now_s, group.zone)
    since = today if opened_s is None else min(today, local_date(opened_s, group.zone))
    return _Due(group, max(since - timedelta(days=HISTORY_DAYS), group.first_day), today)


def _start_s(day: date, group: MasterGroup) -> int:
    return date_start_s(max(day, EARLIEST), group.zone)


def _edges_s(due: _Due) -> NDArray[np.int64]:
    count = (due.today - due.start).days + 2
    days = (due.start + timedelta(days=number) for number in range(count))
    return np.unique(np.array([date_start_s(day, due.group.zone) for day in days], np.int64))


def _sums(
    group: MasterGroup, energies: DayEnergies, rows: dict[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Add up what came into the group and what its meters say became of it; −1 = not known. [Wh]

    What a submeter gives is taken by others, or goes out through the master.
    """
    master = rows[group.master.usage_point_id]
    parts = [rows[each.usage_point_id] for each in group.submeters]
    taken_wh = energies.import_wh[master] + energies.export_wh[parts].sum(axis=0)
    shown_wh = energies.export_wh[master] + energies.import_wh[parts].sum(axis=0)
    is_known = energies.is_whole[[master, *parts]].all(axis=0)
    return np.where(is_known, taken_wh, -1), np.where(is_known, shown_wh, -1)


def _meter(due: _Due, signal: AlertSignal, running: AlertRecord | None) -> int:
    """Go on with the meter that an episode was opened for, though it may be exchanged by now."""
    goes_on = running is not None and signal.since_s == running.opened_at_s
    return running.meter_number if running and goes_on else due.group.master.meter_number


def _is_known(signal: AlertSignal, running: AlertRecord | None) -> bool:
    """Say whether the ledger has the same figures already."""
    return (
        running is not None
        and signal.phase == Phase.UPDATED.value
        and (signal.excess_wh, signal.power_w) == (running.excess_wh, running.power_w)
    )
