"""`quilowatt verify`: alone, and beside the stores of a data directory on a real disk."""

import gzip
import os
from uuid import UUID

import numpy as np
import pytest
from typer.testing import CliRunner

from faults.homes import truth_of
from harness.proofs import FAMILY, home_in, issued, meter_of, sound, tariff_of, uuid_of, within
from quilowatt.cli import app
from quilowatt.core import ReadingBatch
from quilowatt.errors import SettingsError
from quilowatt.jobs.proof import Evidence, write_proof
from quilowatt.store import DuckReadingStore, RegistrationRequest, SqlLedger
from quilowatt.store.directory import DataDirectory
from quilowatt.store.edits import EditRequest

DAY_S = 86_400


def run(*arguments):
    """Run a command; give its exit code and all that it said."""
    result = CliRunner().invoke(app, ["verify", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_sound_proof_passes_every_stage(tmp_path):
    path = tmp_path / "proof.json"
    path.write_bytes(sound("coelba"))
    code, said = run(path, "--lang", "en")
    assert code == 0
    assert said.count("  ✓ ") == 10
    assert "PROVED: 2026-000123 comes to 344.65 BRL" in said


def test_it_speaks_portuguese(tmp_path):
    path = tmp_path / "prova.json"
    path.write_bytes(sound("coelba").replace(b'"total":"344.65"', b'"total":"344.66"'))
    code, said = run(path, "--lang", "pt_BR.UTF-8")
    assert code == 1
    assert "  ✓ tarifa e calendário" in said
    assert "  ✗ total" in said
    assert "NÃO PROVADA: total: esperado 344.65, encontrado 344.66" in said


def test_several_files_end_with_the_worst_code(tmp_path):
    good, other, none = (tmp_path / name for name in ("good.json.gz", "other.json", "none.json"))
    good.write_bytes(gzip.compress(sound("light")))
    other.write_bytes(sound("light").replace(b'"serial":"SN-1"', b'"serial":"SN-2"'))
    none.write_text("Ana")
    assert run(good)[0] == 0
    code, said = run(good, other)
    assert code == 1
    assert "invoice.meters" in said
    assert run(good, none, other)[0] == 2


def test_a_file_that_is_not_there_is_an_error_of_one_line(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        run(tmp_path / "none.json")
    with pytest.raises(SettingsError, match="no data of a server"):
        run(tmp_path, "--data", tmp_path)
    with pytest.raises(SettingsError, match="one of them"):
        run(tmp_path, "--data", tmp_path, "--server", "http://127.0.0.1:1")


class House:
    """A data directory with one meter and its readings."""

    def __init__(self, directory, truth, *, altered_row=None):
        self.directory = directory
        self.truth = truth
        import_wh = truth.import_wh.copy()
        if altered_row is not None:
            import_wh[altered_row] += 1
        with self.stores() as (ledger, store):
            request = RegistrationRequest(
                UUID(uuid_of(1)), "Ana", "", "", 1, 900, 0, None, {}, truth.end_s
            )
            (meter,) = ledger.register_meters([request])
            self.number = meter.number
            self.append(store, truth.time_s, import_wh, truth.export_wh, truth.end_s + DAY_S)

    def append(self, store, time_s, import_wh, export_wh, now_s):
        batch = ReadingBatch(
            np.full(time_s.size, self.number, np.int32), time_s, import_wh, export_wh
        )
        store.append(batch, now_s=float(now_s))

    def stores(self):
        return Stores(self.directory)


class Stores:
    def __init__(self, path):
        self._path = path

    def __enter__(self):
        self._directory = DataDirectory(self._path, os.urandom)
        self._ledger = SqlLedger.open(self._directory.ledger)
        self._store = DuckReadingStore(self._directory.readings)
        return self._ledger, self._store

    def __exit__(self, *_):
        self._store.close()
        self._ledger.close()
        self._directory.close()


@pytest.fixture(scope="module")
def truth():
    return truth_of(home_in(FAMILY, "America/Bahia", "2026-04"))


@pytest.fixture
def proof(tmp_path, truth):
    batch = ReadingBatch(
        np.ones(truth.time_s.size, np.int32), truth.time_s, truth.import_wh, truth.export_wh
    )
    cycle_s = (truth.start_s, truth.end_s)
    evidence = Evidence((within(meter_of(1, batch), cycle_s),), truth.zone, 48_000)
    path = tmp_path / "proof.json"
    path.write_bytes(write_proof(issued(tariff_of("br/coelba-b1"), evidence, cycle_s).record))
    return path


def test_a_store_with_the_same_readings_agrees(tmp_path, truth, proof):
    house = House(tmp_path / "data", truth)
    code, said = run(proof, "--data", house.directory, "--lang", "en")
    assert (code, "the store has the same readings" in said) == (0, True)


def test_a_stored_reading_that_was_altered_is_named(tmp_path, truth, proof):
    row = int(np.searchsorted(truth.time_s, truth.start_s)) + 1000
    house = House(tmp_path / "data", truth, altered_row=row)
    code, said = run(proof, "--data", house.directory, "--lang", "en")
    assert code == 1
    assert (
        f"meter {uuid_of(1)}: the stored reading of 2026-04-11T13:00:00+00:00 was altered" in said
    )
    value = truth.import_wh[row]
    assert f"import [Wh]: in the proof {value}, in the store {value + 1}" in said


def test_a_reading_that_was_revised_since_is_named_as_that(tmp_path, truth, proof):
    house = House(tmp_path / "data", truth)
    row = int(np.searchsorted(truth.time_s, truth.start_s)) + 96
    rows = slice(row, row + 1)
    with house.stores() as (_, store):
        changed = truth.export_wh[rows] + 5
        later_s = truth.end_s + 20 * DAY_S
        house.append(store, truth.time_s[rows], truth.import_wh[rows], changed, later_s)
    code, said = run(proof, "--data", house.directory, "--lang", "pt")
    assert code == 1
    assert "a leitura de 2026-04-02T03:00:00+00:00 chegou ou foi revista depois da emissão" in said
    assert "injeção [Wh]: na prova 0, na base 5" in said


def test_a_meter_that_the_store_does_not_know_is_named(tmp_path, truth, proof):
    with Stores(tmp_path / "data"):
        pass
    code, said = run(proof, "--data", tmp_path / "data", "--lang", "en")
    assert (code, f"the store knows no meter {uuid_of(1)}" in said) == (1, True)


def test_a_reading_that_a_person_left_out_since_no_longer_counts(tmp_path, truth, proof):
    house = House(tmp_path / "data", truth)
    time_s = int(truth.time_s[np.searchsorted(truth.time_s, truth.start_s) + 96])
    with house.stores() as (ledger, _):
        request = EditRequest(
            house.number, "leave_out", time_s, time_s + 1, None, None, "Ana", "seen to be wrong"
        )
        ledger.edits.add(request, at_us=(truth.end_s + 20 * DAY_S) * 10**6)
    code, said = run(proof, "--data", house.directory, "--lang", "en")
    assert code == 1
    assert "the reading of 2026-04-02T03:00:00+00:00 came or was revised after" in said
    assert "in the store —" in said
