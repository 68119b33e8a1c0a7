"""The seed's three commands in the seed's order, as a person types them."""

import json
import time
import urllib.request

import pytest

from harness.caller import Caller
from harness.command import Command
from harness.waiting import DEADLINE_S, until
from quilowatt.meter.memory import Memory, write_memory
from quilowatt.meter.outbox import MeterIdentity, Outbox

pytestmark = pytest.mark.e2e

PORTS = ("--http-port", "0", "--meter-port", "0", "--udp-port", "0", "--timezone", "UTC")
QUARTER_S = 900
DAYS = 20
USUAL_WH = 75


def get(url):
    with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
        return json.load(answer)


def live_for_weeks(address, directory, name):
    """Let a meter have a past: 300 W by day and night, all of it reported."""
    host, _, port = address.rpartition(":")
    now_s = int(time.time())
    start_s = now_s - DAYS * 86400
    start_s -= start_s % QUARTER_S
    times_s = range(start_s, now_s, QUARTER_S)
    with Caller((host, int(port))) as caller:
        meter = caller.become_meter(name=name, interval=1)
        caller.say(*[f"R {time_s} {USUAL_WH * n} 0" for n, time_s in enumerate(times_s)])
        caller.expect_acknowledged(times_s[-1])
    with Outbox(directory) as outbox:
        outbox.save_identity(MeterIdentity(meter.uuid, meter.secret))
    energy_ws = USUAL_WH * (len(times_s) - 1) * 3600
    write_memory(directory, Memory(energy_ws, True, 1, name))
    return meter


def test_the_seed_by_its_own_commands(tmp_path):
    with Command(tmp_path / "servidor", "servidor.py", "--data", tmp_path / "s", *PORTS) as server:
        addresses = server.ready()
        url = addresses["http"]
        assert get(f"{url}/clientes")["items"] == []
        options = ("--server", addresses["meters"], "--data", tmp_path / "m", "--interval", "1")
        with Command(
            tmp_path / "medidor",
            "medidor.py",
            *options,
            "--name",
            "Casa da Ana",
            LANG="pt_BR.UTF-8",
        ) as meter:
            item = until(lambda: _with_consumption(url), "the meter in /clientes")
            assert item["nome"] == "Casa da Ana"
            assert item["data"]
            assert item["hora"]
            meter.type("+5000")
            until(lambda: _client(url)["potencia_w"] > 2_500, "5,000 W more")
            meter.type("ligar chuveiro")
            until(lambda: _client(url)["potencia_w"] > 6_000, "the shower")
            meter.type("status")
            meter.wait_for("5.500")
            bill = until(lambda: _bill_above_zero(url), "a bill")
            assert bill["nome"] == "Casa da Ana"
            assert bill["linhas"]
            screen = _look(tmp_path, url)
            assert "Casa da Ana" in screen
            meter.type("sair")
            assert meter.wait() == 0
        assert server.stop() == 0


def _client(url):
    (item,) = get(f"{url}/clientes?nome=ana")["items"]
    return item


def _with_consumption(url):
    items = get(f"{url}/clientes")["items"]
    return items[0] if items and items[0]["potencia_w"] is not None else None


def _bill_above_zero(url):
    (item,) = get(f"{url}/faturas")["items"]
    return item if item["total"] and float(item["total"]) > 0 else None


def _look(tmp_path, url):
    with Command(
        tmp_path / "screen", "user_interface.py", "--once", "--server", url, "--lang", "pt"
    ) as screen:
        assert screen.wait() == 0
        return screen.heard


@pytest.mark.slow
def test_an_abrupt_increase_by_hand_is_an_alert(tmp_path):
    with Command(tmp_path / "servidor", "servidor.py", "--data", tmp_path / "s", *PORTS) as server:
        addresses = server.ready()
        url = addresses["http"]
        live_for_weeks(addresses["meters"], tmp_path / "m", "Casa do Bruno")
        options = ("--server", addresses["meters"], "--data", tmp_path / "m", "--interval", "1")
        with Command(tmp_path / "medidor", "medidor.py", *options, "--lang", "pt") as meter:
            until(lambda: get(f"{url}/clientes")["items"][0]["potencia_w"], "a live reading")
            assert get(f"{url}/alertas")["items"] == []
            meter.type("+9000")
            alert = until(lambda: get(f"{url}/alertas")["items"], "an alert")[0]
            assert alert["tipo"] == "aumento_abrupto"
            assert alert["nome"] == "Casa do Bruno"
            assert alert["aberto"]
            assert alert["potencia_w"] > 3_000 > alert["potencia_usual_w"]
            assert "Casa do Bruno" in _look(tmp_path, url)
            meter.type("sair")
            assert meter.wait() == 0
        assert server.stop() == 0
