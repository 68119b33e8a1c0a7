"""What an operator types to set what a home is billed by, and what its bill says then."""

import json
import time
import urllib.request

import pytest

from harness.caller import Caller
from harness.command import Command
from harness.waiting import DEADLINE_S

pytestmark = pytest.mark.e2e

PORTS = ("--http-port", "0", "--meter-port", "0", "--udp-port", "0", "--timezone", "UTC")
HOUR_S = 3600
HOME = 'tariff = "own/home"\nclass = "home"\ntimezone = "UTC"\ncontracted_kw = 3\n'
TARIFF = """
format = 2
code = "own/home"
currency = "BRL"
name = { pt = "De casa", en = "Of a home" }
rounding = { rule = "half_up", places = 2 }
serves = { class = ["home"] }
[names]
energy = { pt = "Energia", en = "Energy" }
[[version]]
from = 2020-01-01
act = "act"
source = "source"
charges = [{ code = "energy", kind = "energy", rate_per_kwh = 1 }]
"""


def billed_by(url):
    address = f"{url}/v1/invoices?customer=Ana"
    with urllib.request.urlopen(address, timeout=DEADLINE_S) as answer:
        (item,) = json.load(answer)["items"]
    return item["tariff"]


class Operator:
    def __init__(self, directory, url):
        self.directory, self.url, self.count = directory, url, 0

    def types(self, *words, code=0):
        """Run a command to its end; give what it said."""
        self.count += 1
        log = self.directory / f"command-{self.count}"
        options = ("--server", self.url, "--lang", "en")
        with Command(log, "-m", "quilowatt", *words, *options, USER="op") as command:
            assert command.wait() == code, command.heard
            return command.heard


def live(address):
    """Let Ana's meter have read hourly since yesterday."""
    now_s = int(time.time())
    host, _, port = address.rpartition(":")
    times_s = range(now_s - 24 * HOUR_S, now_s, HOUR_S)
    with Caller((host, int(port))) as caller:
        caller.become_meter(name="Ana Almeida", interval=HOUR_S)
        caller.say(*[f"R {time_s} {1000 * n} 0" for n, time_s in enumerate(times_s)])
        caller.expect_acknowledged(times_s[-1])


def test_a_home_gets_a_class_and_a_tariff(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "home.toml").write_text(TARIFF)
    (tmp_path / "ana.toml").write_text(HOME)
    start = ("-m", "quilowatt", "server", "--data", tmp_path / "s", "--tariffs", own, *PORTS)
    with Command(tmp_path / "server", *start) as server:
        addresses = server.ready()
        live(addresses["meters"])
        operator = Operator(tmp_path, addresses["http"])
        assert "own/home  Of a home  BRL  2020-01-01" in operator.types("tariff", "list", "own")
        refused = operator.types("usage-point", "set", "Ana", "--tariff", "home", code=1)
        assert "there is no tariff “home”; near it: own/home" in refused
        words = ("usage-point", "import", tmp_path / "ana.toml", "Ana", "--reason", "a visit")
        assert "Recorded: holds from" in operator.types(*words)
        assert "Nothing new" in operator.types(*words)
        assert billed_by(addresses["http"]) == "own/home"
        shown = operator.types("usage-point", "show", "ana")
        assert "class=home" in shown
        assert "op, " in shown
        assert "a visit" in shown
        listed = operator.types("usage-point", "list", "--attribute", "class=home")
        assert "Ana Almeida" in listed
        words = ("--master", "Ana", "--generation", "no", "--alert-sensitivity", "150")
        assert "under itself" in operator.types("usage-point", "set", "Ana", *words, code=1)
        assert "nothing to set" in operator.types("usage-point", "set", "Ana", code=1)
        assert "no usage point for “Zoe”" in operator.types("usage-point", "show", "Zoe", code=1)
        server.stop()
