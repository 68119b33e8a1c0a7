"""A running fleet: simulated homes whose readings become due as time goes on.

Readings are computed (`fleet_registers`), never stored, so that a head-end that was killed is sent
again exactly what it had not answered. The fleet shows nothing: `report` says how far it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.meter.delivery import Delivery, make_room_for_sockets
from quilowatt.meter.fleet_meter import FleetMeter
from quilowatt.meter.fleet_names import customer_name
from quilowatt.meter.fleet_orders import OrderedMeter
from quilowatt.meter.fleet_registers import GROUP_SIZE, Registers, Schedule, Surge
from quilowatt.meter.fleet_state import FleetState
from quilowatt.meter.lines import encode_readings
from quilowatt.meter.session import Endpoint
from quilowatt.wire import RegistrationDetails, SetInterval

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.meter.fleet_options import FleetOptions, FleetReport
    from quilowatt.meter.outbox import MeterIdentity
    from quilowatt.wire import SetRelay

__all__ = ["Fleet"]

PACE_S: Final = 0.05
"""Live readings leave in portions this far apart. [s]"""

SPREAD_S_MAX: Final = 5
"""A live reading leaves at most this late, so that meters do not all speak at once. [s]"""

WATCH_S: Final = 0.25
"""How often the fleet looks whether it is done. [s]"""

SURGE_W: Final = 9000
"""A shower and an oven that were not there before. [W]"""

SURGE_DURATION_S: Final = 1800
"""Half an hour: long enough to be seen by hand. [s]"""


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
        if not options.is_udp:
            make_room_for_sockets(options.meters)
        self._options, self._now_s = options, now_s
        now = int(now_s())
        origin_s = _schedule(options, now).origin_s
        self._state = FleetState(options.state, seed=options.seed, origin_s=origin_s)
        self._schedule = _schedule(options, now, self._state.origin_s)
        self._surge = _surge(options, now)
        self._groups = _groups(options, self._schedule, self._surge)
        self._ordered: dict[int, OrderedMeter] = {}
        self._ended_s: int | None = None
        self._due = self._schedule.history_count
        known = self._state.identities
        self._meters = [FleetMeter(n, known.get(n)) for n in range(options.meters)]
        udp_port = (options.udp_port or options.port) if options.is_udp else None
        endpoint = Endpoint(options.host, options.port, udp_port)
        self._delivery = Delivery(endpoint, self._meters, self, chance)

    def report(self) -> FleetReport:
        """Say how far the fleet is."""
        return self._delivery.report()

    async def run(self, stop: asyncio.Event) -> FleetReport:
        """Run until told to stop, or done; answers what was done.

        Raises
        ------
        MeterError
            The head-end refuses these meters for good.
        """
        self._delivery.stop = stop
        try:
            async with self._delivery, asyncio.TaskGroup() as group:
                live = group.create_task(self._live(stop))
                group.create_task(self._watch(stop, live))
        finally:
            self._state.close()
        if self._delivery.failure is not None:
            raise self._delivery.failure
        return self.report()

    def due(self, meter: int) -> int:
        """Count a meter's readings that may be sent by now."""
        ordered = self._ordered.get(meter)
        if ordered is None:
            return self._due
        now_s = int(self._now_s()) if self._ended_s is None else self._ended_s
        return ordered.index_after(now_s)

    def index_after(self, meter: int, time_s: int) -> int:
        """Count a meter's readings not later than an instant. [s since 1970-01-01 UTC]."""
        return self._ordered.get(meter, self._schedule).index_after(time_s)

    def obey(self, meter: int, order: SetInterval | SetRelay) -> None:
        """Read as often as the head-end wants from now on, or switch the load."""
        ordered = self._ordered.get(meter)
        if ordered is None:
            ordered = OrderedMeter(self._schedule, lambda plan: self._registers_of(meter, plan))
            self._ordered[meter] = ordered
        now_s = int(self._now_s())
        if isinstance(order, SetInterval):
            ordered.set_interval(order.interval_s, now_s)
        else:
            ordered.set_relay(now_s, is_on=order.is_on)

    def _registers_of(self, meter: int, schedule: Schedule) -> Registers:
        alone = np.array([meter], np.int64)
        return Registers(self._options.seed, alone, schedule, self._surge)

    def lines(self, meter: int, start: int, end: int) -> tuple[bytes, int]:
        """Write a meter's readings from one number up to another, or the first few of them."""
        ordered = self._ordered.get(meter)
        if ordered is not None:
            time_s, import_wh = ordered.readings(start, end)
            return encode_readings(time_s, import_wh, np.zeros_like(time_s)), time_s.size
        page = self._groups[meter // GROUP_SIZE].page(start)
        columns = slice(start - page.start, min(end - page.start, page.time_s.size))
        time_s = page.time_s[columns]
        import_wh = page.import_wh[meter % GROUP_SIZE, columns]
        return encode_readings(time_s, import_wh, np.zeros_like(time_s)), time_s.size

    def details(self, meter: int) -> RegistrationDetails:
        """Say what a meter registers with."""
        return RegistrationDetails(
            name=customer_name(meter),
            serial=f"F{self._options.seed}-{meter:06d}",
            model="quilowatt fleet",
            interval_s=self._options.interval_s,
            enrolment=self._options.enrolment,
        )

    def registered(self, meter: int, identity: MeterIdentity) -> None:
        """Keep a meter's identity."""
        self._state.add(meter, identity)

    async def _live(self, stop: asyncio.Event) -> None:
        """Let the readings of each instant become due when it has come."""
        end = self._live_end()
        while self._due < end and not stop.is_set():
            await _wait(stop, self._schedule.time_s(self._due) - self._now_s())
            reached = self._schedule.index_after(int(self._now_s()))
            if reached > self._due:
                self._due = int(min(reached, end))
                await self._spread(stop)

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

    async def _spread(self, stop: asyncio.Event) -> None:
        """Send what has become due in portions, over part of the interval."""
        spread_s = min(SPREAD_S_MAX, self._options.interval_s / 2)
        portion = max(1, int(len(self._meters) * PACE_S / spread_s))
        for first in range(0, len(self._meters), portion):
            for meter in self._meters[first : first + portion]:
                self._delivery.pump(meter)
            await _wait(stop, PACE_S)

    async def _watch(self, stop: asyncio.Event, live: asyncio.Task[None]) -> None:
        """End when all that will ever be due is settled; drop connections that are dead."""
        while not stop.is_set():
            await _wait(stop, WATCH_S)
            if live.done() and self._ended_s is None:
                self._ended_s = int(self._now_s())
            for meter in self._ordered:
                self._delivery.pump(self._meters[meter])
            if live.done() and self._delivery.is_done:
                stop.set()
            self._delivery.drop_silent_links()
        live.cancel()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long [s], or until told to stop."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0, seconds)):
            await stop.wait()


def _schedule(options: FleetOptions, now: int, origin_s: int | None = None) -> Schedule:
    return Schedule.starting(
        now,
        history_s=options.history_s,
        profile_interval_s=options.profile_interval_s,
        interval_s=options.interval_s,
        origin_s=origin_s,
    )


def _surge(options: FleetOptions, now: int) -> Surge | None:
    if options.surge_after_s is None:
        return None
    return Surge(0, SURGE_W, now + options.surge_after_s, SURGE_DURATION_S)


def _groups(options: FleetOptions, schedule: Schedule, surge: Surge | None) -> list[Registers]:
    numbers = np.arange(options.meters, dtype=np.int64)
    return [
        Registers(options.seed, numbers[first : first + GROUP_SIZE], schedule, surge)
        for first in range(0, options.meters, GROUP_SIZE)
    ]
