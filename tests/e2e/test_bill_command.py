"""`quilowatt bill` as a person uses it: on a data directory, and where a server holds it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.billed import Town
from harness.server import ServerProcess

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
    assert "0 issued, 2 before, 3 usage points" in bill("run", MONTH, "--data", data)[1]


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
        assert "2 issued, 0 before, 3 usage points" in said
        assert "nothing was read" in said
        code, said, _ = bill("list", "--server", url, "--month", MONTH)
        assert (code, "2025" in said, "unissued" in said) == (0, True, True)
        number = next(word for word in said.split() if word.endswith("-000001"))
        code, said, _ = bill("show", number, "--server", url)
        assert json.loads(said)["number"] == number
        assert bill("show", "none", "--server", url)[0] == 1
