"""The ledger's file on a real disk: who may read it, what harms it, what survives."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from quilowatt.errors import StoreBusy, StoreCorrupt, StoreError, StoreFull, StoreTooNew
from quilowatt.store import RegisteredMeter, RegistrationRequest, SqlLedger, ledger_engines


def request_of(name: str = "Ana") -> RegistrationRequest:
    return RegistrationRequest(uuid4(), name, "", "", 1, 900, 0, None, {}, 1000)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def test_only_its_owner_may_read_it(path):
    before = os.umask(0)
    try:
        with SqlLedger.open(path) as ledger:
            ledger.register_meters([request_of()])
            files = sorted(path.parent.iterdir())
            assert files[0] == path
            assert len(files) > 1
            for file in files:
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    finally:
        os.umask(before)


def test_a_file_that_others_could_read_is_closed_to_them(path):
    SqlLedger.open(path).close()
    path.chmod(0o644)
    SqlLedger.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_writes_are_flushed_before_they_are_answered(path):
    with SqlLedger.open(path) as ledger, ledger.access._engines.write() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_newer_format_is_refused_and_untouched(path):
    SqlLedger.open(path).close()
    with sqlite3.connect(path) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
    plain.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match=r"format 9999.*knows up to \d{4}.*newer quilowatt"):
        SqlLedger.open(path)
    assert path.read_bytes() == before


def test_another_database_is_refused_and_keeps_its_tables(path):
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TABLE recipes (name TEXT)")
    plain.close()
    with pytest.raises(StoreCorrupt, match="not a ledger"):
        SqlLedger.open(path)
    with sqlite3.connect(path) as plain:
        assert plain.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    plain.close()


def test_what_is_no_database_is_refused(path):
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreCorrupt, match="restore it from a backup"):
        SqlLedger.open(path)


def test_no_directory(tmp_path):
    with pytest.raises(StoreError, match="No such file or directory"):
        SqlLedger.open(tmp_path / "nowhere" / "ledger.sqlite")


def test_another_process_that_holds_it_is_named(path, monkeypatch):
    monkeypatch.setattr(ledger_engines, "BUSY_TIMEOUT_MS", 20)
    with SqlLedger.open(path) as ledger:
        ledger.register_meters([request_of()])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="end that process, or wait"):
            ledger.register_meters([request_of()])
        with pytest.raises(StoreBusy):
            SqlLedger.open(path)
        assert len(list(ledger.meter_directory())) == 1
        other.execute("COMMIT")
        other.close()
        assert ledger.register_meters([request_of()])[0].number == 2


def test_a_full_disk_keeps_nothing_and_is_got_over(path):
    with SqlLedger.open(path) as ledger:
        ledger.register_meters([request_of()])

        @event.listens_for(ledger.access._engines.writer, "begin")
        def bound(connection):
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        pages = 1  # SQLite takes the present size instead
        with pytest.raises(StoreFull, match="make room"):
            ledger.register_meters([request_of("x" * 200) for _ in range(2000)])
        assert ledger.counts().meters == 1
        pages = 1_000_000
        answers = ledger.register_meters([request_of("x" * 200) for _ in range(2000)])
        assert [meter.number for meter in answers] == list(range(2, 2002))


REGISTERING = """
import sys
from uuid import uuid4
from quilowatt.store import RegistrationRequest, SqlLedger
ledger = SqlLedger.open(sys.argv[1])
while True:
    asked = [
        RegistrationRequest(uuid4(), "Ana", "", "", 1, 900, 0, None, {}, 1000) for _ in range(20)
    ]
    for meter in ledger.register_meters(asked):
        print(meter.number, meter.uuid, flush=True)
"""


def test_a_registration_that_was_answered_survives_a_kill(path):
    process = subprocess.Popen(
        [sys.executable, "-c", REGISTERING, str(path)], stdout=subprocess.PIPE, text=True
    )
    answered = [process.stdout.readline() for _ in range(333)]
    process.send_signal(signal.SIGKILL)
    answered += [line for line in process.stdout if line.endswith("\n")]
    process.stdout.close()
    process.wait(30)
    with SqlLedger.open(path) as ledger:
        kept = {meter.number: meter.uuid for meter in ledger.meter_directory()}
        assert sorted(kept) == list(range(1, len(kept) + 1))
        for line in answered:
            number, uuid = line.split()
            assert kept[int(number)] == UUID(uuid)
        assert ledger.counts().meters == ledger.counts().customers == len(kept)
        [next_one] = ledger.register_meters([request_of()])
        assert isinstance(next_one, RegisteredMeter)
        assert next_one.number == len(kept) + 1
