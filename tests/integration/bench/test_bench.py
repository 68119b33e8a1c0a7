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


RATE = """
import json, sys
from pathlib import Path
import rating_measures

directory = Path(sys.argv[1])
rating_measures.METERS, rating_measures.MANY_METERS, rating_measures.MONTH_DAYS = 60, 120, 33
results = {}
rows = [
    row
    for measure in ("rating_arrays", "rating_store", "rating_growth")
    for row in getattr(rating_measures, measure)(directory, results)
]
assert all(len(row) == 4 for row in rows), rows
print(json.dumps(results))
"""


def test_a_month_of_some_meters_is_rated_from_arrays_and_from_a_store(tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", RATE, str(tmp_path)],
        cwd=BENCH,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    results = json.loads(process.stdout)
    for kind in ("rating_arrays", "rating_store"):
        for measured in results[kind].values():
            assert measured["bills"] == 60
            assert measured["lines"] > 60
            assert measured["energy_wh"] > 0
            assert 0 < measured["peak_bytes"] < 2**31
    by_use, flat = results["rating_store"].values()
    assert by_use["energy_wh"] == flat["energy_wh"], "the tariff changed the energy"
    assert results["rating_growth"]["many"]["bills"] == 120


ALERTS = """
import json, sys
from pathlib import Path
import alert_measures

directory = Path(sys.argv[1])
alert_measures.METERS, alert_measures.DAYS, alert_measures.MEMORY_METERS = 20, 2, 2000
results = {}
rows = list(alert_measures.learning(directory, results))
assert all(len(row) == 4 for row in rows), rows
print(json.dumps(results["learning"]))
"""


def test_some_meters_are_learned_and_forecast_and_remembered_in_a_kibibyte_each(tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", ALERTS, str(tmp_path)],
        cwd=BENCH,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    results = json.loads(process.stdout)
    assert results["learn"]["readings"] == 20 * 2 * 96
    assert results["jobs"]["points"] == results["jobs"]["forecasts"] == 20
    assert results["memory"]["bytes"] <= 2000 * 1024
