"""`quilowatt demo`: a street appears with its history, answers, and ends by Ctrl-C, whole."""

import json
import re
import signal
import urllib.request
from pathlib import Path

import pytest

from harness.command import Command
from harness.waiting import DEADLINE_S, until

pytestmark = pytest.mark.e2e

HOMES = 4


def get(url):
    with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
        return json.load(answer)


def children_of(pid):
    return [
        int(child)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text().split()
    ]


def test_the_demonstration_serves_a_street_and_leaves_nothing_behind(tmp_path):
    words = ("-m", "quilowatt", "demo", "--homes", HOMES, "--interval", "1")
    with Command(tmp_path / "demo", *words, TMPDIR=str(tmp_path)) as demo:
        line = demo.wait_for("/clientes")
        url = re.search(r"(http://\S+)/clientes", line)[1]
        homes = until(lambda: _homes_with_a_month(url), "40 days of history")
        assert all(home["consumo_kwh"] > 0 for home in homes)
        assert all(float(bill["total"]) > 0 for bill in get(f"{url}/faturas")["items"])
        before = homes[0]["hora"]
        until(lambda: get(f"{url}/clientes")["items"][0]["hora"] != before, "live readings")
        children = children_of(demo.pid)
        assert children
        assert demo.stop(signal.SIGINT) == 0
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
    assert [path.name for path in tmp_path.iterdir()] == ["demo"], "its directory is gone too"


def _homes_with_a_month(url):
    homes = get(f"{url}/clientes")["items"]
    bills = [bill["total"] for bill in get(f"{url}/faturas")["items"]]
    return homes if len(bills) == HOMES and all(bills) else None
