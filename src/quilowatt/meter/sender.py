"""The meter's first line of execution: reads the register at its interval and sends.

A thread with an event loop of its own, in which the session talks with the head-end. It goes on
whatever the person at the console does, and whatever the network does.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.errors import MeterError
from quilowatt.meter.session import MeterSession
from quilowatt.meter.session_events import (
    ConnectionLost,
    IntervalSet,
    LoggedIn,
    ReadingsAnswered,
    RelaySet,
)
from quilowatt.wire import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.meter.live import LiveMeter, Moment
    from quilowatt.meter.outbox import Outbox
    from quilowatt.meter.session import Endpoint
    from quilowatt.meter.session_events import SessionEvent
    from quilowatt.wire import RegistrationDetails

__all__ = ["MeterFault", "Sender"]

KEEP_EVERY_S: Final = 10
"""The register is kept on disk at least this often, however long the interval is. [s]"""

FAREWELL_S: Final = 3
"""How long a meter that is ended waits for the answer to its last reading. [s]"""


@dataclass(frozen=True, slots=True)
class MeterFault:
    """Something of the meter's own failed, and why; it goes on."""

    error: MeterError


class Sender:
    """Reads a live meter and brings its readings to the head-end.

    Parameters
    ----------
    meter : LiveMeter
        What is read.
    outbox : Outbox
        Keeps what is unanswered.
    keep : callable
        Is given the meter's state before any reading of it leaves, to write it to disk.
    tell : callable
        Is told what happens, from this thread.
    now_s : callable
        The wall clock. [s since 1970-01-01 UTC]

    Attributes
    ----------
    failure : MeterError or None
        Why the sender ended by itself.
    interval_s : int
        How often it reads. [s]
    is_connected : bool
        Whether the head-end takes its readings now.
    """

    def __init__(
        self,
        meter: LiveMeter,
        outbox: Outbox,
        *,
        keep: Callable[[Moment], None],
        tell: Callable[[SessionEvent | MeterFault], None],
        now_s: Callable[[], float],
    ) -> None:
        self._meter, self._outbox = meter, outbox
        self._keep, self._tell, self._now_s = keep, tell, now_s
        self.failure: MeterError | None = None
        self.interval_s = 0
        self.is_connected = False
        self._is_interval_ours = False
        self._kept_s = 0.0
        self._interval_changed = asyncio.Event()
        self._stopped = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None

    def start(
        self,
        endpoint: Endpoint,
        details: RegistrationDetails,
        *,
        is_interval_ours: bool,
        on_end: Callable[[], None],
    ) -> None:
        """Begin, in a thread of its own.

        Parameters
        ----------
        endpoint : Endpoint
            Where the head-end is.
        details : RegistrationDetails
            What the meter says of itself; its interval is read at first.
        is_interval_ours : bool
            True keeps that interval when the head-end's WELCOME names another; SET always counts.
        on_end : callable
            Called when the thread ends by itself.
        """
        self.interval_s = details.interval_s
        self._is_interval_ours = is_interval_ours
        session = MeterSession(self._outbox, endpoint, details, self._heard)
        self._thread = threading.Thread(
            target=self._run, args=(session, on_end), name="sender", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Take a last reading, give the head-end a moment to answer it, and end."""
        assert self._thread is not None
        with contextlib.suppress(RuntimeError):  # it ended by itself meanwhile
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def _run(self, session: MeterSession, on_end: Callable[[], None]) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._work(session))
        except MeterError as error:
            self.failure = error
        finally:
            self.is_connected = False
            if not self._stopped.is_set():
                on_end()

    async def _work(self, session: MeterSession) -> None:
        tasks = [
            asyncio.create_task(work)
            for work in (session.run(), self._keep_reading(session), self._stopped.wait())
        ]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if self._stopped.is_set():
            self._read(session)
            await self._farewell(session)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _farewell(self, session: MeterSession) -> None:
        if self.is_connected:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await session.wait_until_empty()

    async def _keep_reading(self, session: MeterSession) -> None:
        while True:
            self._read(session)
            await self._wait_until_due()

    async def _wait_until_due(self) -> None:
        """Wait for the next multiple of the interval, so that meters read at the same instants."""
        due_s = self._next_due_s()
        while (left_s := due_s - self._now_s()) > 0:
            if left_s > self.interval_s or self._interval_changed.is_set():
                self._interval_changed.clear()
                due_s = self._next_due_s()
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, KEEP_EVERY_S)):
                    await self._interval_changed.wait()
            if self._now_s() - self._kept_s >= KEEP_EVERY_S:
                self._keep_moment(self._meter.moment())

    def _next_due_s(self) -> int:
        return (int(self._now_s()) // self.interval_s + 1) * self.interval_s

    def _read(self, session: MeterSession) -> None:
        """Keep the register, then the reading: after a crash it stands no lower than was sent."""
        moment = self._meter.moment()
        if self._keep_moment(moment):
            try:
                session.submit(Reading(moment.time_s, moment.energy_wh, 0))
            except MeterError as error:
                self._tell(MeterFault(error))

    def _keep_moment(self, moment: Moment) -> bool:
        try:
            self._keep(moment)
        except MeterError as error:
            self._tell(MeterFault(error))
            return False
        self._kept_s = self._now_s()
        return True

    def _heard(self, event: SessionEvent) -> None:
        match event:
            case LoggedIn(interval_s=interval_s):
                self.is_connected = True
                if not self._is_interval_ours:
                    self._set_interval(interval_s)
            case ReadingsAnswered():
                self.is_connected = True
            case ConnectionLost():
                self.is_connected = False
            case IntervalSet(interval_s):
                self._set_interval(interval_s)
            case RelaySet(is_on):
                if not self._meter.set_relay(is_on=is_on):
                    return
                self._keep_moment(self._meter.moment())
            case _:
                pass
        self._tell(event)

    def _set_interval(self, interval_s: int) -> None:
        self.interval_s = max(1, interval_s)
        self._interval_changed.set()
