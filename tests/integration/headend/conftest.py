"""Two servers for all tests here: each test brings meters of its own, so none disturbs another."""

import ssl
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from harness.caller import Caller
from harness.certificate import make_certificate
from harness.server import RING, ServerProcess


@dataclass(frozen=True)
class Line:
    """One way to call a head-end."""

    server: ServerProcess
    kind: str
    tls: ssl.SSLContext | None

    def call(self):
        return Caller(self.server.host_and_port(self.kind), self.tls)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def server_of(tmp_path_factory, certificate):
    """Give the server with such a transport; started when it is first asked for."""
    started = {}
    with ExitStack() as stack:

        def give(transport):
            if transport not in started:
                directory = tmp_path_factory.mktemp(transport)
                server = ServerProcess(directory, *certificate[0], transport=transport)
                started[transport] = stack.enter_context(server)
            return started[transport]

        yield give


@pytest.fixture(params=[RING, "portable", "tls"])
def line(request, server_of, certificate):
    """Each way to call by TCP."""
    if request.param == "tls":
        return Line(server_of("portable"), "tls", certificate[1])
    return Line(server_of(request.param), "meters", None)


@pytest.fixture
def caller(line):
    """A connection that has not said anything."""
    with line.call() as caller:
        yield caller


@pytest.fixture
def meter(caller):
    """The credentials of `caller`, which has registered and logged in."""
    return caller.become_meter()
