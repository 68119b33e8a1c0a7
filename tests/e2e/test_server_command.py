"""`quilowatt server` as a command: what it says when it can't start, and that it always ends."""

import contextlib
import signal
import socket
import time

import pytest

from harness.command import Command
from harness.server import FORKING, ServerProcess, run_command
from harness.waiting import DEADLINE_S

pytestmark = pytest.mark.e2e

PORTS = ("--http-port", "0", "--meter-port", "0", "--udp-port", "0")
END_S = 15.0


def assert_one_line(code, text, word):
    assert code == 1, text
    (line,) = text.splitlines()
    assert line.startswith("quilowatt: ")
    assert word in line


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("--api-token", ("--host", "0.0.0.0")),
        ("--timezone", ("--timezone", "America/Atlantis")),
        ("--tls-key", ("--tls-cert", "no.pem")),
        ("no.pem", ("--tls-cert", "no.pem", "--tls-key", "no.pem")),
        ("xx/none", ("--tariff", "xx/none")),
    ],
)
def test_a_server_whose_options_are_wrong_says_so_in_one_line(tmp_path, word, options):
    log = tmp_path / "log"
    process = FORKING.Process(
        target=run_command, args=(["server", "--data", str(tmp_path / "s"), *PORTS, *options], log)
    )
    process.start()
    process.join(DEADLINE_S)
    assert_one_line(process.exitcode, log.read_text(), word)


def test_a_second_server_is_refused_in_one_line_and_the_first_unharmed(tmp_path):
    with ServerProcess(tmp_path) as running:
        taken = running.host_and_port("meters")[1]
        cases = {
            "in use": ("--data", running.data, *PORTS),
            f"port {taken}": ("--data", tmp_path / "other", *PORTS, "--meter-port", taken),
        }
        for word, options in cases.items():
            with Command(tmp_path / "log", "-m", "quilowatt", "server", *options) as command:
                assert_one_line(command.wait(), command.heard, word)
        assert running.get("/healthz")["status"] == "ok"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_although_questions_are_open(tmp_path, number):
    with ServerProcess(tmp_path) as server, contextlib.ExitStack() as stack:
        address = server.addresses["http"].removeprefix("http://").split(":")
        questions = (
            b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        )
        for question in questions:
            browser = stack.enter_context(socket.create_connection((address[0], int(address[1]))))
            browser.sendall(question)
            assert browser.recv(4096).startswith(b"HTTP/1.1 200")
        slow = stack.enter_context(socket.create_connection((address[0], int(address[1]))))
        slow.sendall(b"GET /heal")
        began_s = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - began_s < END_S
