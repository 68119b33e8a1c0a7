"""Peers that mean harm, or are broken: the others are unharmed all the while, memory is bounded.

Each test has a well-behaved meter that must hear every `A`, and ends by looking at the server.
"""

import contextlib
import random
import resource
import socket
import threading

import pytest

from harness.caller import Caller, HungUp
from harness.crowd import SilentCrowd
from harness.server import RING
from harness.waiting import until
from quilowatt.limits import OUTGOING_SIZE_MAX

NEW_YEAR_S = 1_767_225_600
MEBIBYTE = 1024 * 1024

CROWD = 10_000
KINDS = [RING, "portable", "tls"]


class GoodMeter:
    """Reports one reading after the other in a thread of its own; each must be acknowledged."""

    def __init__(self, line):
        self._line = line
        self._is_enough = threading.Event()
        self._thread = threading.Thread(target=self._report)
        self._failure = None
        self.count = 0

    def __enter__(self):
        self._caller = self._line.call()
        self.meter = self._caller.become_meter()
        self._thread.start()
        self.wait_for(5)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.wait_for(5)
        self._is_enough.set()
        self._thread.join()
        self._caller.hang_up()
        assert self._failure is None, self._failure
        if kind is None:
            said = self._line.server.readings(self.meter.uuid)
            assert [wh for _, wh, _ in said] == list(range(self.count))

    def wait_for(self, more):
        """Wait until so many more readings are acknowledged."""
        wanted = self.count + more
        until(lambda: self.count >= wanted or self._failure, f"{more} more acknowledgements")
        assert self._failure is None, self._failure

    def _report(self):
        try:
            while not self._is_enough.is_set():
                self._caller.say(f"R {NEW_YEAR_S + self.count} {self.count} 0")
                self._caller.expect("A", NEW_YEAR_S + self.count)
                self.count += 1
        except Exception as error:
            self._failure = error


@pytest.fixture
def good_meter(line):
    with GoodMeter(line) as meter:
        yield meter


def is_closed(caller):
    """Hear whatever comes, until the connection is closed."""
    with contextlib.suppress(HungUp):
        while True:
            caller.hear()
    return True


def test_random_bytes(line, good_meter):
    chance = random.Random(20_260_101)
    for _ in range(60):
        with line.call() as vandal, contextlib.suppress(OSError):
            for _ in range(chance.randrange(1, 30)):
                vandal.send(chance.randbytes(chance.randrange(1, 4_000)))
    good_meter.wait_for(5)


def test_random_bytes_of_a_meter_that_has_logged_in(line, good_meter):
    chance = random.Random(20_260_102)
    alphabet = b"R 0123456789\n\n\r\x00\xffPING"
    for _ in range(30):
        with line.call() as vandal, contextlib.suppress(OSError):
            vandal.become_meter()
            for _ in range(20):
                noise = bytes(chance.choices(alphabet, k=chance.randrange(1, 3_000)))
                vandal.send(noise)
    good_meter.wait_for(5)


def test_lines_that_never_end(line, good_meter):
    with contextlib.ExitStack() as stack:
        vandals = [stack.enter_context(line.call()) for _ in range(200)]
        for vandal in vandals:
            vandal.send(b"REGISTER " + b"x" * 900)
        good_meter.wait_for(20)


def test_connections_that_break_off_anywhere(line, good_meter):
    chance = random.Random(20_260_103)
    for _ in range(100):
        vandal = line.call()
        meter = vandal.register()
        nonce = vandal.greet()
        talk = f"LOGIN {meter.uuid} {meter.proof(nonce)}\nR {NEW_YEAR_S} 1 0\nPING\nBYE\n"
        vandal.send(talk.encode()[: chance.randrange(len(talk))])
        if chance.random() < 0.5:  # a reset instead of an orderly end
            linger = b"\x01\0\0\0\0\0\0\0"
            vandal.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        vandal.hang_up()
    good_meter.wait_for(5)


def test_megabytes_without_a_line(line, good_meter):
    before = line.server.resident_bytes()
    for _ in range(20):
        with line.call() as vandal:
            with contextlib.suppress(OSError):
                for _ in range(4):
                    vandal.send(b"x" * MEBIBYTE)
            assert is_closed(vandal)
    good_meter.wait_for(5)
    assert line.server.resident_bytes() - before < 80 * MEBIBYTE


def test_ten_thousand_connections_that_say_nothing(line, good_meter):
    resource_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if resource_limit < CROWD + 500:
        pytest.skip(f"a process may hold only {resource_limit} files here")
    count = CROWD if line.tls is None else CROWD // 10
    before = line.server.resident_bytes()
    with SilentCrowd(line.server.host_and_port(line.kind), count):
        good_meter.wait_for(20)
        assert line.server.get("/healthz")["status"] == "ok"
        with line.call() as caller:
            caller.become_meter()
        grown = line.server.resident_bytes() - before
    assert grown < 80 * MEBIBYTE
    good_meter.wait_for(20)


def test_a_client_that_never_reads_its_answers(line, good_meter):
    before = line.server.resident_bytes()
    with line.call() as deaf:
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.socket.settimeout(1)
        with contextlib.suppress(OSError):
            for _ in range(200):
                deaf.say(*["PING"] * 20_000)
        good_meter.wait_for(20)
        assert line.server.resident_bytes() - before < 100 * MEBIBYTE + OUTGOING_SIZE_MAX


def test_a_meter_that_never_reads_its_acknowledgements(line, good_meter):
    before = line.server.resident_bytes()
    with line.call() as deaf:
        deaf.become_meter()
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.socket.settimeout(1)
        with contextlib.suppress(OSError):
            for batch in range(100):
                start_s = NEW_YEAR_S + 2_000 * batch
                deaf.say(*[f"R {start_s + n} 1 0\nPING" for n in range(2_000)])
        good_meter.wait_for(20)
        assert line.server.resident_bytes() - before < 150 * MEBIBYTE


def test_identities_asked_for_without_end(line, good_meter):
    with line.call() as greedy:
        greedy.say(*["IDENTIFY"] * 20_000)
        given = {greedy.expect("ID")[0] for _ in range(20_000)}
    assert len(given) == 20_000
    good_meter.wait_for(5)


@pytest.mark.parametrize("kind", ["meters", "tls"])
def test_tls_and_plain_text_mixed_up(server_of, certificate, kind):
    server = server_of("portable")
    with contextlib.suppress(OSError, HungUp):
        if kind == "tls":
            with Caller(server.host_and_port("tls")) as caller:
                caller.say("HELLO 1")
                caller.hear()
        else:
            Caller(server.host_and_port("meters"), certificate[1])
    with Caller(server.host_and_port("tls"), certificate[1]) as caller:
        caller.become_meter()
