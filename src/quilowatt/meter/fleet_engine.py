"""A running fleet of meters: connects, sends what is due, settles what is answered, comes back.

Readings are computed (`fleet_registers`), never stored, so that a head-end that was killed is sent
again exactly what it had not answered. The fleet shows nothing: `report` says how far it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.errors import MeterError
from quilowatt.meter.fleet_datagrams import FleetDatagrams
from quilowatt.meter.fleet_meter import FleetLink, FleetMeter
from quilowatt.meter.fleet_names import customer_name
from quilowatt.meter.fleet_options import FleetOptions, FleetReport
from quilowatt.meter.fleet_registers import GROUP_SIZE, Registers, Schedule, Surge
from quilowatt.meter.fleet_state import FleetState
from quilowatt.meter.lines import encode_readings
from quilowatt.meter.session import Endpoint, random_pause_s
from quilowatt.wire import RegistrationDetails

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.meter.outbox import MeterIdentity
    from quilowatt.wire import Refusal

__all__ = ["Fleet"]

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

PACE_S: Final = 0.05
"""Live readings leave in portions this far apart. [s]"""

SPREAD_S_MAX: Final = 5
"""A live reading leaves at most this late, so that meters do not all speak at once. [s]"""

WATCH_S: Final = 0.25
"""How often the fleet looks whether it is done. [s]"""

SURGE_W: Final = 7500
"""A shower and an oven that were not there before. [W]"""

SURGE_DURATION_S: Final = 1800
"""Half an hour: long enough to be seen by hand. [s]"""

FILES_SPARE: Final = 64
"""Open files that a process needs besides its meters."""


class Fleet:
    """A running fleet: `await run(stop)` in any asyncio loop.

    Parameters
    ----------
    options : FleetOptions
        What to do.
    now_s : callable
        The wall clock. [s since 1970-01-01 UTC]
    chance : callable
        Answers a random number in [0, 1): for pauses only.

    Raises
    ------
    MeterError
        Too many meters for this process, or the state directory can't be used.
    """

    def __init__(
        self,
        options: FleetOptions,
        *,
        now_s: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        udp_port = (options.udp_port or options.port) if options.is_udp else None
        self.endpoint = Endpoint(options.host, options.port, udp_port)
        self._options, self._now_s, self._chance = options, now_s, chance
        if not options.is_udp:
            _make_room_for_sockets(options.meters)
        now = int(now_s())
        self._schedule = _schedule(options, now)
        self._state = FleetState(options.state, seed=options.seed, origin_s=self._schedule.origin_s)
        self._schedule = _schedule(options, now, self._state.origin_s)
        known = self._state.identities
        self._meters = [FleetMeter(n, known.get(n)) for n in range(options.meters)]
        self._groups = _groups(options, self._schedule, now)
        self._due = self._schedule.history_count
        self._sent = self._acknowledged = self._refused = self._repeated = 0
        self._reconnections = 0
        self._trouble = ""
        self._failure: MeterError | None = None
        self._is_leaving = False
        self._calling = asyncio.Semaphore(CALLING_MAX)
        self._tasks: set[asyncio.Task[None]] = set()
        self._datagrams: FleetDatagrams | None = None
        self._started_s = time.monotonic()

    def report(self) -> FleetReport:
        """Say how far the fleet is."""
        return FleetReport(
            meters=sum(meter.identity is not None for meter in self._meters),
            connected=sum(meter.link is not None for meter in self._meters),
            due=self._due * len(self._meters),
            sent=self._sent,
            acknowledged=self._acknowledged,
            refused=self._refused,
            repeated=self._repeated,
            reconnections=self._reconnections,
            seconds=time.monotonic() - self._started_s,
            trouble=self._trouble,
        )

    async def run(self, stop: asyncio.Event) -> FleetReport:
        """Run until told to stop, or done; answers what was done.

        Raises
        ------
        MeterError
            The head-end refuses these meters for good.
        """
        self._started_s = time.monotonic()
        self._stop = stop
        try:
            await self._open_datagrams()
            for meter in self._meters:
                self._begin(meter)
            async with asyncio.TaskGroup() as group:
                live = group.create_task(self._live())
                group.create_task(self._watch(live))
            await self._settle_down()
        finally:
            await self._leave()
        if self._failure is not None:
            raise self._failure
        return self.report()

    def details(self, meter: FleetMeter) -> RegistrationDetails:
        """Say what a meter registers with."""
        return RegistrationDetails(
            name=customer_name(meter.number),
            serial=f"F{self._options.seed}-{meter.number:06d}",
            model="quilowatt fleet",
            interval_s=self._options.interval_s,
            enrolment=self._options.enrolment,
        )

    def registered(self, meter: FleetMeter, identity: MeterIdentity) -> None:
        """Note that a meter has an identity."""
        meter.identity = identity
        self._state.add(meter.number, identity)

    def ready(self, meter: FleetMeter, last_time_s: int) -> None:
        """Begin after what the head-end has of an earlier process, else after what it answered."""
        if meter.reached == 0:
            meter.acked = meter.next = meter.reached = self._schedule.index_after(last_time_s)
        self.pump(meter)

    def answered(self, meter: FleetMeter, time_s: int) -> None:
        """Note that readings up to a time [s UTC] are safe."""
        self._settle(meter, min(self._schedule.index_after(time_s), meter.next))
        self.pump(meter)

    def refused(self, meter: FleetMeter, refusal: Refusal) -> None:
        """Note that a reading can't be true; it is not sent again."""
        if refusal.time_s is None:
            return
        index = self._schedule.index_after(refusal.time_s) - 1
        if meter.acked <= index < meter.next and index not in meter.refused:
            self._refused += 1
            meter.refused |= {index}
            meter.pass_refused(meter.acked)

    def pump(self, meter: FleetMeter) -> None:
        """Send what is due and fits in the window."""
        if self._is_leaving:
            return
        if self._datagrams is not None:
            if meter.identity is not None and meter.acked < self._due:
                self._datagrams.pump(meter)
            return
        while meter.link is not None and meter.link.is_ready:
            start = meter.next
            lines = self.lines(meter, meter.acked + IN_FLIGHT_MAX - start)
            if not lines:
                return
            meter.link.write(lines)
            self._count_sent(meter, start)

    def lines(self, meter: FleetMeter, limit: int) -> bytes:
        """Write the next due readings of a meter, at most so many [1], and move on behind them."""
        if self._datagrams is not None:
            meter.next = meter.acked
        start = meter.next
        end = min(self._due, start + limit)
        if start >= end or self._is_leaving:
            return b""
        page = self._groups[meter.number // GROUP_SIZE].page(start)
        columns = slice(start - page.start, min(end - page.start, page.time_s.size))
        time_s = page.time_s[columns]
        meter.next = start + time_s.size
        import_wh = page.import_wh[meter.number % GROUP_SIZE, columns]
        return encode_readings(time_s, import_wh, np.zeros_like(time_s))

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
        """End the fleet: it makes no sense to go on."""
        self._failure = self._failure or error
        self._stop.set()

    async def _open_datagrams(self) -> None:
        if self.endpoint.udp_port is None:
            return
        try:
            _, self._datagrams = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: FleetDatagrams(self),
                remote_addr=(self.endpoint.host, self.endpoint.udp_port),
            )
        except OSError as error:
            raise MeterError(f"{self.endpoint.host} can't be reached: {error}") from error

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
        if self._is_leaving or self._stop.is_set():
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

    async def _live(self) -> None:
        """Let the readings of each instant become due when it has come."""
        end = self._live_end()
        while self._due < end and not self._stop.is_set():
            await self._wait(self._schedule.time_s(self._due) - self._now_s())
            reached = self._schedule.index_after(int(self._now_s()))
            if reached > self._due:
                self._due = int(min(reached, end))
                await self._spread()

    def _live_end(self) -> float:
        """Count the readings after which the fleet is to stop; infinite when it is not to."""
        options, history_count = self._options, self._schedule.history_count
        ends = [float("inf")]
        if options.live_count is not None:
            ends.append(history_count + options.live_count)
        if options.duration_s is not None:
            last_s = int(self._now_s() + options.duration_s)
            is_history_only = options.duration_s == 0
            ends.append(history_count if is_history_only else self._schedule.index_after(last_s))
        return min(ends)

    async def _spread(self) -> None:
        """Send what has become due in portions, over part of the interval."""
        spread_s = min(SPREAD_S_MAX, self._options.interval_s / 2)
        portion = max(1, int(len(self._meters) * PACE_S / spread_s))
        for first in range(0, len(self._meters), portion):
            for meter in self._meters[first : first + portion]:
                self.pump(meter)
            await self._wait(PACE_S)

    async def _watch(self, live: asyncio.Task[None]) -> None:
        """End when all that will ever be due is settled; drop connections that are dead."""
        while not self._stop.is_set():
            await self._wait(WATCH_S)
            if live.done() and all(meter.acked >= self._due for meter in self._meters):
                self._stop.set()
            self._drop_silent_links()
        live.cancel()

    def _drop_silent_links(self) -> None:
        latest_s = asyncio.get_running_loop().time() - SILENCE_S
        for meter in self._meters:
            is_owed = meter.next > meter.acked
            if is_owed and meter.link is not None and meter.link.heard_s < latest_s:
                meter.link.abort(f"no answer for {SILENCE_S} s")

    async def _settle_down(self) -> None:
        """Send nothing more and wait a moment for answers to what was sent."""
        self._is_leaving = True
        deadline_s = time.monotonic() + LEAVING_S
        while time.monotonic() < deadline_s and self._failure is None:
            owed = (meter for meter in self._meters if meter.next > meter.acked)
            if not any(meter.link or self._datagrams for meter in owed):
                return
            await asyncio.sleep(PACE_S)

    async def _leave(self) -> None:
        self._is_leaving = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for meter in self._meters:
            if meter.link is not None:
                meter.link.leave()
        if self._datagrams is not None:
            self._datagrams.close()
        self._state.close()
        await asyncio.sleep(0)

    async def _wait(self, seconds: float) -> None:
        """Wait so long [s], or until the fleet is told to stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0, seconds)):
                await self._stop.wait()


def _schedule(options: FleetOptions, now: int, origin_s: int | None = None) -> Schedule:
    return Schedule.starting(
        now,
        history_s=options.history_s,
        profile_interval_s=options.profile_interval_s,
        interval_s=options.interval_s,
        origin_s=origin_s,
    )


def _groups(options: FleetOptions, schedule: Schedule, now: int) -> list[Registers]:
    surge = None
    if options.surge_after_s is not None:
        surge = Surge(0, SURGE_W, now + options.surge_after_s, SURGE_DURATION_S)
    numbers = np.arange(options.meters, dtype=np.int64)
    return [
        Registers(options.seed, numbers[first : first + GROUP_SIZE], schedule, surge)
        for first in range(0, options.meters, GROUP_SIZE)
    ]


def _make_room_for_sockets(meters: int) -> None:
    """Raise the soft limit of open files as far as the meters need and the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = meters + FILES_SPARE
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise MeterError(
            f"{meters} meters need {needed} open files; this process may have {hard} (ulimit -Hn)"
        )
    if soft != resource.RLIM_INFINITY and needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
