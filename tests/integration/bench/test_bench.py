"""The measuring programs in bounded form: they compile, and what is answered was committed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: install gcc"),
]

MEASURE = """
import json, sys
from pathlib import Path
import run
from machine import allow_files, compile_programs

compile_programs()
allow_files()
run.ROUNDS, run.SECONDS, run.DATAGRAMS, run.IDLE_CONNECTIONS = 1, 0.5, 2000, 200
results = {"turns": run.turns(Path(sys.argv[1]), 50, 4)}
list(run.udp(Path(sys.argv[1]), results))
list(run.idle(Path(sys.argv[1]), results))
print(json.dumps(results))
"""


def test_floor_and_server_answer_the_same_load(tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)],
        cwd=BENCH,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    results = json.loads(process.stdout)
    assert results["turns"]["floor"]["readings_per_s"] > 0
    assert results["turns"]["server"]["readings_per_s"] > 0
    assert results["udp"]["readings"] > 0
    assert results["idle"]["connections"] == 200
