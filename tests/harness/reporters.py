"""Meters that report as fast as they are answered and come back after every loss, in one thread.

What they say is a function of (meter, index), so that anyone can tell afterwards what must be in
the store. A reading that was acknowledged is never sent again: if the head-end lost it, it is lost.
"""

import asyncio
import random
import socket
import threading
from dataclasses import dataclass

import numpy as np

from harness.caller import Caller, Credentials
from harness.waiting import until
from quilowatt.store import DuckReadingStore, LedgerDefaults, SqlLedger

START_S = 1_735_689_600
STEP_S = 60
IN_FLIGHT = 100
PER_DATAGRAM = 15
DATAGRAM_RETRY_S = 0.2
PAUSE_S = 0.05


def time_of(index):
    return START_S + STEP_S * index


def register_of(meter, index):
    """Wh of a meter's register: it never falls."""
    step = meter % 9 + 1
    return index * step + (index * 2_654_435_761 >> 5) % step


class TurnedAway(EOFError):
    """The head-end said ERR 503."""


@dataclass
class Reporter:
    """One meter: readings below `acknowledged` are safe, those below `said` were sent."""

    number: int
    credentials: Credentials
    acknowledged: int = 0
    said: int = 0

    def lines(self, first, last):
        self.said = max(self.said, last)
        return [f"R {time_of(n)} {register_of(self.number, n)} 0" for n in range(first, last)]

    def settle(self, time_s):
        self.acknowledged = max(self.acknowledged, (time_s - START_S) // STEP_S + 1)


class Reporters:
    """A context manager: inside it they report; `finish` lets them come to an end.

    Attributes
    ----------
    turned_away : int
        How often ERR 503 was heard.
    """

    def __init__(self, server, *, tcp, udp):
        self._addresses = server.host_and_port("meters"), server.host_and_port("udp")
        with Caller(self._addresses[0]) as caller:
            everyone = [Reporter(n, caller.register(f"Home {n}")) for n in range(tcp + udp)]
        self.all = everyone
        self._tcp, self._udp = everyone[:tcp], everyone[tcp:]
        self._is_ending = False
        self._chance = random.Random(1)
        self._failure = None
        self.turned_away = 0
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._everything.cancel)
        self._thread.join()

    @property
    def acknowledged(self):
        """How many readings are, of all."""
        return sum(reporter.acknowledged for reporter in self.all)

    def wait_for(self, more):
        """Wait until so many more readings are acknowledged."""
        wanted = self.acknowledged + more
        self.wait_until(lambda: self.acknowledged >= wanted)

    def wait_until_all_are_heard(self):
        """Wait until a further reading of each is acknowledged."""
        before = [reporter.acknowledged for reporter in self.all]
        self.wait_until(
            lambda: all(
                reporter.acknowledged > count
                for reporter, count in zip(self.all, before, strict=True)
            )
        )

    def wait_until(self, condition):
        """Wait until something has come to pass, or went wrong."""
        until(lambda: self._failure or condition(), "the meters")
        assert self._failure is None, self._failure

    def finish(self):
        """Say nothing new; wait until everything said is acknowledged."""
        self._is_ending = True
        until(lambda: not self._thread.is_alive(), "everything to be acknowledged")
        assert self._failure is None, self._failure

    def assert_stored(self, data):
        """Look into a stopped server's data: everything said is there, once, as it was said."""
        ledger = SqlLedger.open(data / "ledger.sqlite", LedgerDefaults())
        numbers = {meter.uuid: meter.number for meter in ledger.meter_directory()}
        ledger.close()
        store = DuckReadingStore(data / "readings")
        for reporter in self.all:
            assert reporter.acknowledged == reporter.said
            number = np.array([numbers[reporter.credentials.uuid]], np.int32)
            facts = store.facts(number, 0, 2**39)
            indexes = range(reporter.said)
            assert facts.time_s.tolist() == [time_of(n) for n in indexes]
            assert facts.import_wh.tolist() == [register_of(reporter.number, n) for n in indexes]
            assert not facts.is_revised.any()
        store.close()

    def _run(self):
        try:
            asyncio.run(self._report_all())
        except asyncio.CancelledError:
            pass
        except Exception as error:
            self._failure = error
            raise

    async def _report_all(self):
        self._loop = asyncio.get_running_loop()
        tasks = [self._report(reporter, self._call) for reporter in self._tcp]
        tasks += [self._report(reporter, self._radio) for reporter in self._udp]
        self._everything = asyncio.gather(*tasks)
        await self._everything

    async def _report(self, reporter, way):
        while not self._is_done(reporter):
            try:
                await way(reporter)
            except (OSError, EOFError) as error:
                self.turned_away += isinstance(error, TurnedAway)
                await asyncio.sleep(PAUSE_S * (1 + self._chance.random()))

    def _is_done(self, reporter):
        return self._is_ending and reporter.acknowledged >= reporter.said

    def _next(self, reporter, first, room):
        last = reporter.said if self._is_ending else reporter.acknowledged + room
        return reporter.lines(first, min(last, reporter.acknowledged + room))

    async def _call(self, reporter):
        reader, writer = await asyncio.open_connection(*self._addresses[0])
        try:
            await self._log_in(reporter, reader, writer)
            sent = reporter.acknowledged
            while not self._is_done(reporter):
                lines = self._next(reporter, sent, IN_FLIGHT)
                writer.write("".join(f"{line}\n" for line in lines).encode())
                sent += len(lines)
                verb, *fields = await _hear(reader)
                assert verb == "A", (verb, fields)
                reporter.settle(int(fields[0]))
        finally:
            writer.close()

    async def _log_in(self, reporter, reader, writer):
        credentials = reporter.credentials
        writer.write(b"HELLO 1\n")
        _, _, nonce, _ = await _hear(reader)
        writer.write(f"LOGIN {credentials.uuid} {credentials.proof(nonce)}\n".encode())
        verb, last_s, *_ = await _hear(reader)
        assert verb == "WELCOME", verb
        newest = (int(last_s) - START_S) // STEP_S + 1 if last_s != "0" else 0
        assert newest >= reporter.acknowledged, "the head-end has forgotten what it acknowledged"

    async def _radio(self, reporter):
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as radio:
            radio.setblocking(False)
            radio.connect(self._addresses[1])
            if radio.getsockname() == radio.getpeername():
                raise OSError("the dead server's port was lent to this very socket")
            while not self._is_done(reporter):
                first = reporter.acknowledged
                lines = self._next(reporter, first, PER_DATAGRAM)
                radio.send(reporter.credentials.datagram(*lines))
                async with asyncio.timeout(DATAGRAM_RETRY_S):
                    answer = await loop.sock_recv(radio, 2048)
                time_s = int(answer.split()[2])
                assert answer == reporter.credentials.datagram_answer(time_s)
                reporter.settle(time_s)


async def _hear(reader):
    line = (await reader.readline()).decode()
    if not line.endswith("\n"):
        raise EOFError
    words = line.split()
    if words[:2] == ["ERR", "503"]:
        raise TurnedAway
    return words
