"""`quilowatt bill` as a person uses it: on a data directory, and where a server holds it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.billed import Town
from harness.server import ServerProcess
from harness.waiting import until
from quilowatt.client import Client, calls_edits
from quilowatt.client.models_edits import ManualReading

ROOT = Path(__file__).parents[2]
MONTH = "2025-10"

pytestmark = pytest.mark.e2e


def bill(*words, lang="en"):
    """Run the command; give its exit code, what it said, and what it complained about."""
    done = subprocess.run(
        [sys.executable, "-m", "quilowatt", "bill", *map(str, words), "--lang", lang],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def data(tmp_path):
    directory = tmp_path / "server"
    with Town(directory, now="2025-11-03T00:00:00") as town:
        for number in (1, 2):
            home = town.home(number)
            town.steady(home, "2025-09-30T00:00:00", "2025-11-02T00:00:00")
        town.home(3)
    (directory / "master.key").write_text("00" * 32 + "\n")
    return directory


def test_a_month_is_issued_on_the_data_itself(data):
    code, _, complaint = bill("run", MONTH, "--data", data)
    assert code == 1
    assert "invoices need an issuer" in complaint
    assert 'name = "Condomínio Jardim"' in complaint
    code, said, _ = bill("run", MONTH, "--data", data, "--dry-run")
    assert (code, "2 would be issued (1" in said) == (0, True)
    (data / "issuer.toml").write_text('name = "Jardim"\n')
    code, said, _ = bill("run", MONTH, "--data", data, lang="pt")
    assert code == 0
    assert "2 emitidas (" in said
    assert "Home 3" in said
    assert "nada foi lido" in said
    assert "0 issued, 2 issued before, 3 usage points" in bill("run", MONTH, "--data", data)[1]


def test_what_can_not_be_is_one_line(data, tmp_path):
    assert "write it YYYY-MM" in bill("run", "10/2025", "--data", data)[2]
    assert "holds no data of a server" in bill("run", MONTH, "--data", tmp_path / "none")[2]
    (data / "issuer.toml").write_text('name = "Jardim"\n')
    code, _, complaint = bill("run", "2999-01", "--data", data)
    assert code == 1
    assert "cycle 2999-01 has not ended: that of Home 1" in complaint
    assert len(complaint.splitlines()) == 1


def test_where_a_server_holds_the_data_it_is_asked(data, tmp_path):
    (data / "issuer.toml").write_text('name = "Jardim"\n')
    with ServerProcess(tmp_path, data=tmp_path) as server:
        url = server.addresses["http"]
        code, said, complaint = bill("run", MONTH, "--server", url)
        assert code == 0, complaint
        assert "2 issued, 0 issued before, 3 usage points" in said
        assert "nothing was read" in said
        code, said, _ = bill("list", "--server", url, "--month", MONTH)
        assert (code, "2025" in said, "unissued" in said) == (0, True, True)
        number = next(word for word in said.split() if word.endswith("-000001"))
        code, said, _ = bill("show", number, "--server", url)
        assert json.loads(said)["number"] == number
        assert bill("show", "none", "--server", url)[0] == 1


@pytest.fixture
def two_months(tmp_path):
    """One home, two ended months, and a server's data."""
    directory = tmp_path / "server"
    with Town(directory, now="2025-11-03T00:00:00") as town:
        town.steady(town.home(1), "2025-08-31T00:00:00", "2025-11-02T00:00:00")
        meter = town.ledger.client_of_meters([1])[1].meter_uuid
    (directory / "master.key").write_text("00" * 32 + "\n")
    (directory / "issuer.toml").write_text('name = "Jardim"\n')
    return directory, meter


def test_an_invoice_is_explained_compared_corrected_printed_and_proved(two_months, tmp_path):
    _, meter = two_months
    with ServerProcess(tmp_path, data=tmp_path) as server:
        where = ("--server", server.addresses["http"])
        for month in ("2025-09", MONTH):
            assert bill("run", month, *where)[0] == 0
        words = bill("list", *where, "--month", MONTH)[1].split()
        number = next(word for word in words if word.endswith("-000002"))
        code, said, complaint = bill("explain", number, *where)
        assert code == 0, complaint
        assert "Days: 31 instead of 30" in said
        assert said.splitlines()[-1].endswith("=")
        assert "Dias: 31 em vez de 30" in bill("explain", number, *where, lang="pt")[1]
        code, said, _ = bill("compare", meter, "--tariff", "br/b1/coelba", *where)
        assert code == 0
        assert "sum" in said
        assert "2025-11" in said  # the oldest of the last twelve ended cycles
        assert "would come out differently" in bill("corrections", MONTH, *where)[1]
        order = ("correct", number, "--author", "Ana", "--reason", "why", *where)
        code, _, complaint = bill(*order)
        assert (code, "nothing to correct" in complaint) == (1, True)
        edit_a_reading(server.addresses["http"], meter)
        # Questions as of a moment know what came before its second began.
        listed = until(lambda: listed_if(number, where), "the correction is proposed")
        assert "Ana: read at the door" in listed
        code, said, complaint = bill(*order)
        assert code == 0, complaint
        assert f"{number} taken back by" in said
        replacement = said.split("replaced by ")[1].split()[0]
        for what, start in (("pdf", b"%PDF"), ("proof", b"{")):
            out = tmp_path / what
            assert bill(what, replacement, "--out", out, *where)[0] == 0
            assert out.read_bytes().startswith(start)
    verify = [sys.executable, "-m", "quilowatt", "verify", str(tmp_path / "proof")]
    done = subprocess.run(verify, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "PROVED" in done.stdout) == (0, True), done.stdout


def listed_if(number, where):
    """What `bill corrections` lists, once the number is among it."""
    said = bill("corrections", MONTH, *where)[1]
    return said if number in said else ""


def edit_a_reading(url, meter):
    """Let a person correct the register at the end of October by fifty watt-hours."""
    with Client(url) as client:
        reading = client.readings(
            meter, start="2025-11-01T00:00:00+00:00", end="2025-11-01T00:00:01+00:00"
        ).items[0]
        asked = ManualReading(
            time="2025-11-01T00:00:00+00:00",
            import_kwh=str(reading.import_kwh + 0.05),
            author="Ana",
            reason="read at the door",
        )
        client.ask(calls_edits.add_reading(meter, asked))
