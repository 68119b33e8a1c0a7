"""Readings of many meters on their way to a head-end: connections, windows, answers, returns.

What the readings are is the supply's affair: a fleet computes them, a replay reads a file. Each
meter has a bounded number of unanswered readings; after a lost connection it begins again with
the first unanswered one. Nothing is stored here.
"""

from __future__ import annotations

import asyncio
import random
import resource
import time
from typing import TYPE_CHECKING, Final, Protocol

from quilowatt.errors import MeterError
from quilowatt.meter.fleet_datagrams import FleetDatagrams
from quilowatt.meter.fleet_meter import FleetLink, FleetMeter
from quilowatt.meter.fleet_options import FleetReport
from quilowatt.meter.session import Endpoint, random_pause_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.meter.outbox import MeterIdentity
    from quilowatt.wire import Refusal, RegistrationDetails, SetInterval, SetRelay

__all__ = ["Delivery", "Supply", "make_room_for_sockets"]

CALLING_MAX: Final = 256
"""Meters that connect and log in at once: a head-end's backlog of connections is about as long."""

CALL_TIMEOUT_S: Final = 30
"""How long connecting, registering and logging in may take together. [s]"""

IN_FLIGHT_MAX: Final = 1024
"""Readings of one meter sent and not answered: 30 KB in the sockets' buffers."""

SILENCE_S: Final = 120
"""A head-end that answers nothing for so long is gone, even if its socket is not. [s]"""

LEAVING_S: Final = 2
"""At the end, how long answers to what was sent are waited for. [s]"""

LEAVING_LOOK_S: Final = 0.02
"""How often it is looked whether they have come. [s]"""

FILES_SPARE: Final = 64
"""Open files that a process needs besides its meters."""


class Supply(Protocol):
    """Where the readings come from; a meter's are numbered 0, 1, … in order of time."""

    def due(self, meter: int) -> int:
        """Count a meter's readings that may be sent by now."""

    def index_after(self, meter: int, time_s: int) -> int:
        """Count a meter's readings not later than an instant. [s since 1970-01-01 UTC]."""

    def lines(self, meter: int, start: int, end: int) -> tuple[bytes, int]:
        """Write a meter's readings from one number up to another, or the first few of them.

        Returns
        -------
        (bytes, int)
            R lines, and how many.
        """

    def details(self, meter: int) -> RegistrationDetails:
        """Say what a meter registers with."""

    def registered(self, meter: int, identity: MeterIdentity) -> None:
        """Note that a meter has an identity."""

    def obey(self, meter: int, order: SetInterval | SetRelay) -> None:
        """Do what the head-end tells a meter; which readings are due may change by it."""


class Delivery:
    """Many meters and their connections; `async with` opens and closes them.

    Parameters
    ----------
    endpoint : Endpoint
        Where the head-end is; with a UDP port, readings go there.
    meters : list of FleetMeter
        Who delivers.
    supply : Supply
        What.
    chance : callable
        Answers a random number in [0, 1): for pauses only.

    Attributes
    ----------
    stop : Event
        Set when it makes no sense to go on; the owner may set it too.
    failure : MeterError or None
        Why it makes no sense.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        meters: list[FleetMeter],
        supply: Supply,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.endpoint = endpoint
        self.stop = asyncio.Event()
        self.failure: MeterError | None = None
        self._meters, self._supply, self._chance = meters, supply, chance
        self._sent = self._acknowledged = self._refused = self._repeated = 0
        self._reconnections = 0
        self._trouble = ""
        self._is_leaving = False
        self._calling = asyncio.Semaphore(CALLING_MAX)
        self._tasks: set[asyncio.Task[None]] = set()
        self._datagrams: FleetDatagrams | None = None
        self._started_s = time.monotonic()

    async def __aenter__(self) -> Delivery:
        self._started_s = time.monotonic()
        if self.endpoint.udp_port is not None:
            await self._open_datagrams(self.endpoint.host, self.endpoint.udp_port)
        for meter in self._meters:
            self._begin(meter)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.failure is None:
            await self._await_last_answers()
        self._is_leaving = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for meter in self._meters:
            if meter.link is not None:
                meter.link.leave()
        if self._datagrams is not None:
            self._datagrams.close()
        await asyncio.sleep(0)

    @property
    def is_done(self) -> bool:
        """Whether all that is due is answered."""
        due = self._supply.due
        return all(meter.acked >= due(meter.number) for meter in self._meters)

    def report(self) -> FleetReport:
        """Say how far it is."""
        return FleetReport(
            meters=sum(meter.identity is not None for meter in self._meters),
            connected=sum(meter.link is not None for meter in self._meters),
            due=sum(self._supply.due(meter.number) for meter in self._meters),
            sent=self._sent,
            acknowledged=self._acknowledged,
            refused=self._refused,
            repeated=self._repeated,
            reconnections=self._reconnections,
            seconds=time.monotonic() - self._started_s,
            trouble=self._trouble,
        )

    def drop_silent_links(self) -> None:
        """Give up connections that owe an answer for too long; their meters come back."""
        latest_s = asyncio.get_running_loop().time() - SILENCE_S
        for meter in self._meters:
            is_owed = meter.next > meter.acked
            if is_owed and meter.link is not None and meter.link.heard_s < latest_s:
                meter.link.abort(f"no answer for {SILENCE_S} s")

    def details(self, meter: FleetMeter) -> RegistrationDetails:
        """Say what a meter registers with."""
        return self._supply.details(meter.number)

    def registered(self, meter: FleetMeter, identity: MeterIdentity) -> None:
        """Note that a meter has an identity."""
        meter.identity = identity
        self._supply.registered(meter.number, identity)

    def ready(self, meter: FleetMeter, last_time_s: int) -> None:
        """Begin after what the head-end has [s UTC] of an earlier process, else where it was."""
        if meter.reached == 0:
            first = self._supply.index_after(meter.number, last_time_s)
            meter.acked = meter.next = meter.reached = first
        self.pump(meter)

    def answered(self, meter: FleetMeter, time_s: int) -> None:
        """Note that readings up to a time [s UTC] are safe."""
        index = self._supply.index_after(meter.number, time_s)
        self._settle(meter, min(index, meter.next))
        self.pump(meter)

    def refused(self, meter: FleetMeter, refusal: Refusal) -> None:
        """Note that a reading can't be true; it is not sent again."""
        if refusal.time_s is None:
            return
        index = self._supply.index_after(meter.number, refusal.time_s) - 1
        if meter.acked <= index < meter.next and index not in meter.refused:
            self._refused += 1
            meter.refused |= {index}
            meter.pass_refused(meter.acked)

    def ordered(self, meter: FleetMeter, order: SetInterval | SetRelay) -> None:
        """Obey the head-end."""
        self._supply.obey(meter.number, order)
        self.pump(meter)

    def pump(self, meter: FleetMeter) -> None:
        """Send what is due and fits in the window."""
        if self._datagrams is not None:
            if meter.identity is not None and meter.acked < self._supply.due(meter.number):
                self._datagrams.pump(meter)
            return
        while meter.link is not None and meter.link.is_ready:
            start = meter.next
            lines, count = self._lines(meter, start, meter.acked + IN_FLIGHT_MAX)
            if not count:
                return
            meter.next = start + count
            meter.link.write(lines)
            self._count_sent(meter, start)

    def lines(self, meter: FleetMeter, limit: int) -> bytes:
        """Write the readings for a meter's next datagram, at most so many. [1]."""
        return self._lines(meter, meter.acked, meter.acked + limit)[0]

    def datagram_sent(self, meter: FleetMeter, count: int) -> None:
        """Note that a datagram with so many readings [1] is on its way."""
        meter.next = meter.acked + count
        self._count_sent(meter, meter.acked)

    def datagram_answered(self, meter: FleetMeter, end: int) -> None:
        """Note that readings below an index are safe."""
        self._settle(meter, end)

    def datagram_unanswered(self) -> None:
        """Count a datagram that goes out again."""
        self._repeated += 1

    def lost(self, meter: FleetMeter, reason: str) -> None:
        """Come back later; for UDP a registered meter needs no connection."""
        if self._is_leaving:
            return
        if self._datagrams is not None and meter.identity is not None:
            meter.failures = 0
            self.pump(meter)
            return
        self._trouble = reason
        self._reconnections += 1
        pause_s = random_pause_s(meter.failures, self._chance)
        meter.failures += 1
        asyncio.get_running_loop().call_later(pause_s, self._begin, meter)

    def fail(self, error: MeterError) -> None:
        """End it all: it makes no sense to go on."""
        self.failure = self.failure or error
        self.stop.set()

    def _lines(self, meter: FleetMeter, start: int, end: int) -> tuple[bytes, int]:
        end = min(end, self._supply.due(meter.number))
        if self._is_leaving or start >= end:
            return b"", 0
        return self._supply.lines(meter.number, start, end)

    def _count_sent(self, meter: FleetMeter, start: int) -> None:
        new = max(0, meter.next - max(meter.reached, start))
        self._repeated += meter.next - start - new
        self._sent += new
        meter.reached = max(meter.reached, meter.next)

    def _settle(self, meter: FleetMeter, index: int) -> None:
        if index <= meter.acked:
            return
        covered = index - meter.acked
        self._acknowledged += covered - meter.pass_refused(index)
        meter.failures = 0

    def _begin(self, meter: FleetMeter) -> None:
        if self._is_leaving or self.stop.is_set():
            return
        if self._datagrams is not None and meter.identity is not None:
            self.pump(meter)
            return
        task = asyncio.create_task(self._call(meter))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, meter: FleetMeter) -> None:
        """Connect and wait until the meter is logged in, so that not all do it at once."""
        async with self._calling:
            if self._is_leaving:
                return
            link = FleetLink(self, meter)
            loop = asyncio.get_running_loop()
            try:
                async with asyncio.timeout(CALL_TIMEOUT_S):
                    await loop.create_connection(
                        lambda: link, self.endpoint.host, self.endpoint.port
                    )
                    await link.settled
            except OSError as error:
                reason = str(error) or f"no answer for {CALL_TIMEOUT_S} s"
                if meter.link is link:
                    link.abort(reason)
                else:
                    self.lost(meter, reason)

    async def _open_datagrams(self, host: str, port: int) -> None:
        try:
            _, self._datagrams = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: FleetDatagrams(self), remote_addr=(host, port)
            )
        except OSError as error:
            raise MeterError(f"{host} can't be reached: {error}") from error

    async def _await_last_answers(self) -> None:
        """Send nothing more and wait a moment for answers to what was sent."""
        self._is_leaving = True
        deadline_s = time.monotonic() + LEAVING_S
        while time.monotonic() < deadline_s:
            owed = (meter for meter in self._meters if meter.next > meter.acked)
            if not any(meter.link or self._datagrams for meter in owed):
                return
            await asyncio.sleep(LEAVING_LOOK_S)


def make_room_for_sockets(meters: int) -> None:
    """Raise the soft limit of open files as far as the meters need and the system allows.

    Raises
    ------
    MeterError
        It does not allow so many.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = meters + FILES_SPARE
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise MeterError(
            f"{meters} meters need {needed} open files; this process may have {hard} (ulimit -Hn)"
        )
    if soft != resource.RLIM_INFINITY and needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
