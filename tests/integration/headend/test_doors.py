"""Who may come in, how long one may wait there, and what is said when the door closes."""

import json
import signal

import pytest

from harness.caller import Caller
from harness.inside import ServerInside
from harness.server import RING, ServerProcess
from harness.waiting import until
from quilowatt.headend import reception, ring_server, stream_server
from quilowatt.store import LedgerDefaults, SqlLedger
from quilowatt.wire import SetInterval, SetRelay

NEW_YEAR_S = 1_767_225_600
TRANSPORTS = [RING, "portable"]


def call(server):
    return Caller(server.host_and_port("meters"))


# --- 403 -----------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=TRANSPORTS)
def closed_server(request, tmp_path_factory):
    """A server that asks for a key."""
    directory = tmp_path_factory.mktemp("closed")
    with ServerProcess(directory, "--enrolment", "sésamo", transport=request.param) as server:
        yield server


@pytest.mark.parametrize("details", [{}, {"enrolment": ""}, {"enrolment": "sesamo"}])
def test_a_closed_head_end_refuses_who_lacks_the_key(closed_server, details):
    with call(closed_server) as caller:
        uuid = caller.identify()
        caller.say(f"REGISTER {uuid} {json.dumps({'name': 'Ana Refused', **details})}")
        caller.expect("ERR", "403")
        caller.expect_end()
    assert closed_server.items("/v1/customers?name=Ana Refused".replace(" ", "%20")) == []


def test_who_has_the_key_comes_in(closed_server):
    with call(closed_server) as caller:
        caller.become_meter(enrolment="sésamo")
        caller.say(f"R {NEW_YEAR_S} 1 0")
        caller.expect("A", NEW_YEAR_S)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_blocked_meter_is_refused_and_others_are_not(tmp_path, transport):
    with ServerProcess(tmp_path, transport=transport) as server:
        with call(server) as caller:
            blocked, other = caller.register(), caller.register()
        assert server.stop() == 0
        _block(server.data / "ledger.sqlite", blocked.uuid)
        server.start()
        with call(server) as caller:
            nonce = caller.greet()
            caller.say(f"LOGIN {blocked.uuid} {blocked.proof(nonce)}", f"R {NEW_YEAR_S} 1 0")
            caller.expect("ERR", "403")
            caller.expect_end()
        with call(server) as caller:
            caller.log_in(other)
        assert server.readings(blocked.uuid) == []


def _block(path, uuid):
    ledger = SqlLedger.open(path, LedgerDefaults())
    (number,) = [meter.number for meter in ledger.meter_directory() if meter.uuid == uuid]
    assert ledger.set_meter_state(number, "blocked", at_s=NEW_YEAR_S)
    ledger.close()


# --- commands ------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_command_reaches_the_meter_that_is_connected(tmp_path, transport):
    with ServerInside(tmp_path, transport) as inside:
        desk = inside.server._reception
        with Caller(inside.meters) as caller, Caller(inside.meters) as other:
            caller.become_meter()
            other.become_meter()
            (number,) = _numbers(inside)[:1]
            assert desk.command(number, SetInterval(60))
            caller.expect("SET", "interval", "60")
            assert desk.command(number, SetRelay(is_on=False))
            caller.expect("SET", "relay", "off")
            assert desk.command(number, SetRelay(is_on=True))
            caller.expect("SET", "relay", "on")
            other.say("PING")
            other.expect("PONG")
            assert not desk.command(999, SetInterval(60))
            caller.hang_up()
            until(lambda: not desk.command(number, SetInterval(60)), "the meter to be gone")


def _numbers(inside):
    return sorted(meter.number for meter in inside.server._ledger.meter_directory())


# --- waiting -------------------------------------------------------------------------------


@pytest.fixture
def hasty(monkeypatch):
    """A head-end that has no patience."""
    for module in (ring_server, stream_server):
        monkeypatch.setattr(module, "LOGIN_TIMEOUT_S", 0.3)
        monkeypatch.setattr(module, "SWEEP_S", 0.05)
    monkeypatch.setattr(reception, "SILENCE_GRACE_S", -2.7)  # and 3 intervals of a second


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_who_does_not_log_in_in_time_is_closed(tmp_path, transport, hasty):
    with ServerInside(tmp_path, transport) as inside:
        with Caller(inside.meters) as silent, Caller(inside.meters) as half:
            half.send(b"HELL")
            for caller in (silent, half):
                caller.expect("ERR")
                caller.expect_end()
        with Caller(inside.meters) as talker:  # talking is not logging in
            assert "ERR" in _talk_until_closed(talker)


def _talk_until_closed(caller):
    heard = set()
    while "ERR" not in heard:
        caller.say("PING")
        heard.add(caller.hear().split(" ")[0])
    caller.expect_end()
    return heard


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_meter_that_says_nothing_for_too_long_is_closed(tmp_path, transport, hasty):
    with ServerInside(tmp_path, transport) as inside, Caller(inside.meters) as caller:
        caller.become_meter(interval=1)
        for number in range(20):
            caller.say(f"R {NEW_YEAR_S + number} 1 0")
            caller.expect("A", NEW_YEAR_S + number)
        caller.expect("ERR")
        caller.expect_end()


# --- 503 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transport", "number"),
    [pytest.param("ring", signal.SIGTERM, marks=RING.marks), ("portable", signal.SIGINT)],
)
def test_a_head_end_that_shuts_down_says_so_to_everyone(tmp_path, certificate, transport, number):
    options, tls = certificate
    with ServerProcess(tmp_path, *options, transport=transport) as server:
        callers = [call(server), call(server), Caller(server.host_and_port("tls"), tls)]
        callers[0].greet()
        for caller in callers[1:]:
            caller.become_meter()
        assert server.stop(number) == 0
        for caller in callers:
            caller.expect("ERR", "503")
            caller.expect_end()
            caller.hang_up()


@pytest.mark.parametrize(
    ("transport", "kind"),
    [
        pytest.param("ring", "meters", marks=RING.marks),
        ("portable", "meters"),
        ("portable", "tls"),
    ],
)
def test_what_was_read_is_committed_and_acknowledged_before_the_503(
    tmp_path, certificate, transport, kind
):
    options, tls = certificate
    with ServerProcess(tmp_path, *options, transport=transport) as server:
        with Caller(server.host_and_port(kind), tls if kind == "tls" else None) as caller:
            meter = caller.become_meter()
            caller.say(*[f"R {NEW_YEAR_S + n} {n} 0" for n in range(30_000)])
            caller.expect("A")
            server.stop()
            heard = ["A 0"]
            while not heard[-1].startswith("ERR"):
                heard.append(caller.hear())
            caller.expect_end()
        assert heard[-1].startswith("ERR 503")
        last_s = int(heard[-2].split(" ")[1])
        server.start()
        said = {time_s: wh for time_s, wh, _ in server.readings(meter.uuid)}
        missing = [n for n in range(last_s - NEW_YEAR_S + 1) if said.get(NEW_YEAR_S + n) != n]
        assert not missing
