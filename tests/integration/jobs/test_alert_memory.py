"""What the watch remembers and what the ledger has stay one, whatever ends the watch, and when."""

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from harness.waiting import until
from quilowatt.core import ReadingBatch
from quilowatt.errors import StoreFull
from quilowatt.jobs import alert_watch
from quilowatt.jobs.alert_watch import AlertWatch, Pace
from quilowatt.store import (
    AlertEpisode,
    AlertFilter,
    DuckReadingStore,
    RegistrationRequest,
    SqlLedger,
)

NOW_S = 1_795_000_000
QUARTER_S = 900
SILENT_S = 4 * QUARTER_S
SILENCE = AlertEpisode(1, "no_communication", "warning", NOW_S, 0, 0, 0)


class FullAtTimes:
    """A ledger whose disk is full while it is told so."""

    def __init__(self, ledger):
        self._ledger = ledger
        self.is_full = False
        self.refused = 0

    def __getattr__(self, name):
        return getattr(self._ledger, name)

    def open_alerts(self, episodes, *, raised_at_s):
        if self.is_full:
            self.refused += 1
            raise StoreFull("no room on the disk")
        return self._ledger.open_alerts(episodes, raised_at_s=raised_at_s)


class Town:
    """Meters with a ledger, a store and a clock turned by hand."""

    def __init__(self, directory, count=1):
        self.directory = directory
        self.snapshot = directory / "alerts.npz"
        self.readings = DuckReadingStore(directory / "readings")
        self.sql = SqlLedger.open(directory / "ledger.sqlite")
        for number in range(1, count + 1):
            self.sql.register_meters(
                [RegistrationRequest(UUID(int=number), "Ana", "", "", 1, QUARTER_S, 0, None, {}, 0)]
            )
        self.ledger = FullAtTimes(self.sql)
        self.now_s = float(NOW_S)
        self.steady_s = 0.0
        self.watch = None

    def start(self, *, waits=True):
        self.watch = AlertWatch(
            self.readings,
            self.ledger,
            lambda: self.now_s,
            snapshot=self.snapshot,
            on_alert=lambda *_: None,
            pace=Pace(lambda: self.steady_s, rest=0),
        )
        if waits:
            until(lambda: not self.watch.is_behind, "the watch has caught up")

    def pass_time(self, seconds, *, is_steady=True):
        self.now_s += seconds
        self.steady_s += seconds if is_steady else 0

    def append(self, meters, time_s, import_wh=0):
        meters = np.array(meters, np.int32)
        column = np.zeros(meters.size, np.int64)
        batch = ReadingBatch(meters, column + int(time_s), column + import_wh, column)
        commit = self.readings.append(batch, now_s=self.now_s)
        if self.watch is not None:
            self.watch.put(commit.number, batch)

    def stop(self):
        self.watch.close()
        self.watch = None

    def kill(self):
        """End the watch so that its memory stays as it was written before."""
        written = self.snapshot.read_bytes() if self.snapshot.exists() else None
        self.stop()
        if written is None:
            self.snapshot.unlink()
        else:
            self.snapshot.write_bytes(written)

    def open(self):
        return self.sql.alerts(AlertFilter(is_open=True), limit=99)

    def close(self):
        if self.watch is not None:
            self.watch.close()
        self.readings.close()
        self.sql.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(alert_watch, "GATHER_S", 0.0)
    monkeypatch.setattr(alert_watch, "LISTEN_S", 0.01)
    monkeypatch.setattr(alert_watch, "RETRY_S", 0.01)
    monkeypatch.setattr(alert_watch, "SNAPSHOT_S", 1e9)


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    yield town
    town.close()


def silent(town):
    """One meter that has called, and is silent by now; the memory was written in between."""
    town.start()
    town.append([1], NOW_S)
    town.stop()
    town.start()
    town.pass_time(SILENT_S)
    until(town.open, "the silence was told")


@pytest.mark.parametrize("left", [b"", b"PK\x03\x04torn"], ids=["empty", "torn"])
def test_a_memory_that_a_power_cut_tore_is_learnt_again(town, left):
    town.snapshot.write_bytes(left)
    town.append([1], NOW_S)
    town.start()
    assert town.watch.commit == town.readings.figures().commit


def test_what_the_ledger_had_no_room_for_is_told_when_it_has(town):
    town.start()
    town.append([1], NOW_S)
    until(lambda: town.watch.commit, "the reading was seen")
    town.ledger.is_full = True
    town.pass_time(SILENT_S)
    until(lambda: town.ledger.refused > 1, "the ledger refused")
    assert town.open() == []
    town.ledger.is_full = False
    until(town.open, "the silence was told")


def test_what_the_ledger_had_no_room_for_at_the_end_is_found_after_the_start(town):
    town.start()
    town.append([1], NOW_S)
    until(lambda: town.watch.commit, "the reading was seen")
    town.ledger.is_full = True
    town.pass_time(SILENT_S)
    until(lambda: town.ledger.refused, "the ledger refused")
    town.stop()
    town.ledger.is_full = False
    town.start()
    town.pass_time(SILENT_S)
    until(town.open, "the silence was told")


def test_a_silence_told_before_a_kill_ends_with_the_next_call(town):
    silent(town)
    town.kill()
    town.start()
    assert len(town.open()) == 1
    town.append([1], town.now_s)
    until(lambda: not town.open(), "the silence ended")
    (alert,) = town.sql.alerts(AlertFilter(), limit=9)
    assert alert.closed_at_s == town.now_s


def test_a_silence_whose_meter_has_called_meanwhile_is_over_after_the_start(town):
    silent(town)
    town.kill()
    town.pass_time(QUARTER_S)
    town.append([1], town.now_s)
    town.start()
    until(lambda: not town.open(), "the silence ended")


def test_a_wrong_clock_told_before_a_kill_ends_when_it_is_right(town):
    ahead = replace(SILENCE, kind="clock_wrong", at_s=NOW_S - 9)
    town.sql.open_alerts([ahead], raised_at_s=NOW_S - 9)
    town.start()
    for quarter in range(26):
        town.append([1], NOW_S + QUARTER_S * quarter)
        town.pass_time(QUARTER_S)
    until(lambda: not town.open(), "the clock is right")


def test_an_outage_told_before_a_kill_ends_when_half_are_back(tmp_path):
    town = Town(tmp_path, 8)
    everyone = list(range(1, 9))
    town.start()
    town.append(everyone, NOW_S)
    until(lambda: town.watch.commit, "the readings were seen")
    town.pass_time(SILENT_S)
    until(town.open, "the outage was told")
    assert town.open()[0].details["meters"] == 8
    town.kill()
    town.start()
    town.append(everyone[:3], town.now_s)
    seen = town.readings.figures().commit
    until(lambda: town.watch.commit == seen, "they were seen")
    assert len(town.open()) == 1
    town.append(everyone[3:5], town.now_s + 1)
    until(lambda: not town.open(), "the outage ended")
    town.close()


def test_a_clock_that_leaps_ahead_makes_nobody_silent(town):
    town.start()
    town.append([1], NOW_S)
    until(lambda: town.watch.commit, "the reading was seen")
    town.pass_time(86_400, is_steady=False)
    town.watch.put_late(np.array([1], np.int32))
    until(lambda: not town.watch.late_count, "it has listened, and looked at the past then")
    assert town.sql.alerts(AlertFilter(kind="no_communication"), limit=9) == []
    town.pass_time(SILENT_S)
    until(town.open, "a silence is told as ever")


def test_what_is_told_of_a_meter_ends_when_it_is_exchanged(town):
    rise = replace(SILENCE, kind="abrupt_increase", power_w=5000)
    silent(town)
    town.sql.open_alerts([rise], raised_at_s=NOW_S)
    place = town.sql.client_of_meters([1])[1].usage_point_uuid
    at_s = int(town.now_s)
    town.sql.register_meters(
        [RegistrationRequest(UUID(int=9), "Ana", "", "", 1, QUARTER_S, 0, place, {}, at_s)]
    )
    town.pass_time(60)
    until(lambda: not town.open(), "all of it ended")
    ended = {alert.kind: alert for alert in town.sql.alerts(AlertFilter(), limit=9)}
    assert ended["abrupt_increase"].closed_at_s == at_s
    assert ended["abrupt_increase"].power_w == 5000


def test_meters_with_late_readings_are_remembered_over_a_restart(town, monkeypatch):
    looked_at = []

    def recount(state, meters, _sources, _period_s):
        looked_at.extend(meters.tolist())
        return state, []

    monkeypatch.setattr(alert_watch, "recount", recount)
    town.start()
    town.append([1], NOW_S)
    until(lambda: town.watch.commit, "the reading was seen")
    town.watch.put_late(np.array([1], np.int32))
    town.stop()
    assert looked_at == []
    town.start()
    town.pass_time(61)
    until(lambda: looked_at, "the past was looked at")
    town.stop()
    town.append([1], NOW_S - 60)  # while no watch ran
    looked_at.clear()
    town.start()
    town.pass_time(61)
    until(lambda: looked_at, "the past was looked at")


def test_a_recount_that_the_store_refuses_is_made_later(town, monkeypatch):
    asked = []

    def recount(state, meters, _sources, _period_s):
        asked.append(meters.tolist())
        if len(asked) == 1:
            raise StoreFull("no room on the disk")
        return state, []

    monkeypatch.setattr(alert_watch, "recount", recount)
    town.start()
    town.watch.put_late(np.array([1], np.int32))
    town.pass_time(61)
    until(lambda: asked, "it was refused")
    town.pass_time(61)
    until(lambda: len(asked) == 2, "it was made")


def test_who_stops_before_it_has_learnt_the_history_learns_it_after_the_start(town, monkeypatch):
    monkeypatch.setattr(alert_watch, "GATHER_S", 60.0)
    town.append([1], NOW_S)
    town.start(waits=False)
    town.append([1], NOW_S + QUARTER_S)
    town.stop()
    with np.load(town.snapshot) as arrays:
        assert int(arrays["commit"]) == 0


def test_a_recount_reads_no_more_than_fits(town, monkeypatch):
    monkeypatch.setattr(alert_watch, "READINGS_MAX", 2 * 45 * 96)
    blocks = []

    def recount(state, meters, _sources, _period_s):
        blocks.append(meters.tolist())
        return state, []

    monkeypatch.setattr(alert_watch, "recount", recount)
    town.start()
    town.sql.register_meters(
        [
            RegistrationRequest(UUID(int=n), "B", "", "", 1, QUARTER_S, 0, None, {}, 0)
            for n in range(2, 6)
        ]
    )
    town.watch.put_late(np.arange(1, 6, dtype=np.int32))
    for blocks_so_far in range(1, 4):
        town.pass_time(61)
        until(lambda count=blocks_so_far: len(blocks) == count, "a block was looked at")
    assert blocks == [[1, 2], [3, 4], [5]]
