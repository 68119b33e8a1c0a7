"""A head-end for the meter's tests: speaks the protocol, keeps what it hears, can misbehave."""

import asyncio
import contextlib
from collections import defaultdict

import pytest_asyncio

from quilowatt.core import IdentityMint
from quilowatt.errors import WireError
from quilowatt.wire import (
    Acknowledgement,
    Bye,
    HeadEndConnection,
    Hello,
    HelloAnswer,
    Identify,
    Identity,
    Login,
    Ping,
    Pong,
    Reading,
    Refusal,
    Register,
    Registered,
    Welcome,
    build_answer,
    parse_datagram,
)

NOW_S = 1767225600
NONCE = "0123456789abcdef0123456789abcdef"


class FakeHeadEnd:
    """Listens on loopback for TCP and UDP.

    Attributes
    ----------
    readings : dict of UUID to list of Reading
        Every reading as it came, repetitions too.
    is_answering : bool
        Whether readings are acknowledged.
    refusals : dict of type to Refusal
        What to answer instead of a kind of message; each is used once.
    refused_times : set of int
        Readings that get ERR 422.
    datagrams_to_lose : int
        So many datagrams are not heard.
    """

    def __init__(self):
        self.mint = IdentityMint(bytes(32))
        self.readings = defaultdict(list)
        self.details = {}
        self.refusals = {}
        self.refused_times = set()
        self.is_answering = True
        self.datagrams_to_lose = 0
        self.logins = 0
        self.last_time_s = 0
        self.pinged = asyncio.Event()
        self.port = self.udp_port = 0
        self._talks = set()
        self._who = {}
        self._minted = 0

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=("127.0.0.1", self.udp_port)
        )
        self.udp_port = self._udp.get_extra_info("sockname")[1]

    async def stop(self):
        """Vanish as if killed."""
        self._server.close()
        self._udp.close()
        for task, writer in list(self._talks):
            writer.transport.abort()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._server.wait_closed()

    def say(self, line):
        """Say a line to everyone who is connected."""
        for _, writer in self._talks:
            writer.write(line)

    def times(self):
        """The times of all readings of the only meter, as they came."""
        ((_, readings),) = self.readings.items()
        return [reading.time_s for reading in readings]

    async def _serve(self, reader, writer):
        talk = (asyncio.current_task(), writer)
        self._talks.add(talk)
        connection = HeadEndConnection()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while data := await reader.read(65536):
                if not self._answer(connection, writer, connection.receive_data(data)):
                    break
                await writer.drain()
        self._talks.discard(talk)
        writer.close()

    def _answer(self, connection, writer, events):
        last = None
        for event in events:
            if refusal := self.refusals.pop(type(event), None):
                writer.write(refusal.encode())
                if refusal.is_closing:
                    return False
                continue
            if isinstance(event, Bye):
                return False
            if isinstance(event, Reading) and event.time_s not in self.refused_times:
                self.readings[self._who[connection]].append(event)
                last = event.time_s
                continue
            answer = self._control(connection, event)
            writer.write(answer.encode())
            if isinstance(answer, Refusal) and answer.is_closing:
                return False
        if last is not None and self.is_answering:
            writer.write(Acknowledgement(last).encode())
        return True

    def _control(self, connection, event):
        if isinstance(event, WireError):
            return Refusal.of(event)
        if isinstance(event, Reading):
            return Refusal(422, f"{event.time_s} can't be true")
        if isinstance(event, Login):
            return self._log_in(connection, event)
        return self._give(connection, event)

    def _log_in(self, connection, login):
        if not connection.check_login(login, self.mint.secret(login.uuid)):
            return Refusal(401, "wrong proof")
        connection.logged_in()
        self._who[connection] = login.uuid
        self.logins += 1
        return Welcome(self.last_time_s, 900, NOW_S)

    def _give(self, connection, event):
        match event:
            case Hello():
                connection.greeted(NONCE)
                return HelloAnswer(NONCE, NOW_S)
            case Identify():
                self._minted += 1
                return Identity(self.mint.mint(self._minted.to_bytes(8, "big")))
            case Register(uuid, details):
                self.details[uuid] = details
                return Registered(uuid, self.mint.secret(uuid))
            case Ping():
                self.pinged.set()
                return Pong(NOW_S)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, head_end):
        self._head_end = head_end

    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, data, addr):
        if self._head_end.datagrams_to_lose:
            self._head_end.datagrams_to_lose -= 1
            return
        datagram = parse_datagram(data)
        secret = self._head_end.mint.secret(datagram.uuid)
        assert datagram.check(secret)
        readings = datagram.readings()
        self._head_end.readings[datagram.uuid].extend(readings)
        if self._head_end.is_answering:
            answer = build_answer(datagram.uuid, secret, readings[-1].time_s)
            self._transport.sendto(answer, addr)


@pytest_asyncio.fixture
async def head_end():
    fake = FakeHeadEnd()
    await fake.start()
    yield fake
    await fake.stop()
