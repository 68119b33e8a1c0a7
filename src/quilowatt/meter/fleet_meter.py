"""One meter of a fleet and its TCP connection: a few numbers, so that ten thousand fit a process.

The fleet decides what is sent when; here are only the talk's steps and what an answer means.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol, cast

from quilowatt.errors import MeterError, WireError
from quilowatt.meter.outbox import MeterIdentity
from quilowatt.wire import (
    Acknowledgement,
    HeadEndMessage,
    Hello,
    HelloAnswer,
    Identify,
    Identity,
    MeterConnection,
    Refusal,
    Register,
    Registered,
    RegistrationDetails,
    SetInterval,
    SetRelay,
    Welcome,
)

if TYPE_CHECKING:
    from quilowatt.meter.session import Endpoint

__all__ = ["FleetLink", "FleetMeter", "Town"]

WRITE_HIGH: Final = 32 * 1024
"""Bytes that a connection may hold unsent before its meter waits: 10,000 of them are 320 MB. [B]"""

SLOW_FAILURES: Final = 10
"""A meter that was replaced or blocked waits as long as after so many failures."""


class FleetMeter:
    """One meter, by the numbers of its readings in the fleet's schedule.

    Attributes
    ----------
    number : int
        Which one of the fleet.
    identity : MeterIdentity or None
        None until it has registered.
    acked : int
        Readings below this are answered.
    next : int
        The reading to send next on this connection; `acked` ≤ `next` ≤ `reached`.
    reached : int
        Readings below this were sent at least once.
    failures : int
        Connections lost in a row.
    link : FleetLink or None
        Its TCP connection, when it has one.
    refused : set of int
        Readings that were refused and not passed by an answer yet.
    """

    __slots__ = ("acked", "failures", "identity", "link", "next", "number", "reached", "refused")

    def __init__(self, number: int, identity: MeterIdentity | None) -> None:
        self.number = number
        self.identity = identity
        self.acked = self.next = self.reached = 0
        self.failures = 0
        self.link: FleetLink | None = None
        self.refused: frozenset[int] = frozenset()

    def pass_refused(self, index: int) -> int:
        """Note that readings below an index are settled; answers how many of them were refused."""
        passed = {refused for refused in self.refused if refused < index}
        self.refused -= passed
        self.acked = index
        while self.acked in self.refused:
            self.refused -= {self.acked}
            self.acked += 1
        return len(passed)


class Town(Protocol):
    """What a connection tells the fleet."""

    endpoint: Endpoint

    def details(self, meter: FleetMeter) -> RegistrationDetails:
        """Say what a meter registers with."""

    def registered(self, meter: FleetMeter, identity: MeterIdentity) -> None:
        """Note that a meter has an identity."""

    def ready(self, meter: FleetMeter, last_time_s: int) -> None:
        """Note that a meter is logged in, its newest durable reading being of this time."""

    def answered(self, meter: FleetMeter, time_s: int) -> None:
        """Note that readings up to a time are safe."""

    def refused(self, meter: FleetMeter, refusal: Refusal) -> None:
        """Note that a reading can't be true."""

    def ordered(self, meter: FleetMeter, order: SetInterval | SetRelay) -> None:
        """Obey the head-end."""

    def pump(self, meter: FleetMeter) -> None:
        """Send what is due and fits."""

    def lost(self, meter: FleetMeter, reason: str) -> None:
        """Note that a connection has ended."""

    def fail(self, error: MeterError) -> None:
        """End the fleet: it makes no sense to go on."""


class FleetLink(asyncio.Protocol):
    """The TCP connection of one meter of a fleet.

    Attributes
    ----------
    is_ready : bool
        Logged in and able to take bytes.
    settled : Future
        Done when the meter is logged in (or registered, for UDP), or the connection ended.
    heard_s : float
        When the head-end was last heard, by the loop's clock. [s]
    """

    __slots__ = (
        "_is_logged_in",
        "_is_paused",
        "_reason",
        "_town",
        "_transport",
        "_wire",
        "heard_s",
        "meter",
        "settled",
    )

    def __init__(self, town: Town, meter: FleetMeter) -> None:
        self.meter = meter
        loop = asyncio.get_running_loop()
        self.settled: asyncio.Future[None] = loop.create_future()
        self.heard_s = loop.time()
        self._town = town
        self._wire = MeterConnection()
        self._transport: asyncio.Transport | None = None
        self._is_logged_in = self._is_paused = False
        self._reason = "the head-end closed the connection"

    @property
    def is_ready(self) -> bool:
        """Whether readings may be written now."""
        return self._is_logged_in and not self._is_paused

    def write(self, data: bytes) -> None:
        """Send bytes; `is_ready` may become false by it."""
        assert self._transport is not None
        self._transport.write(data)

    def leave(self) -> None:
        """Say BYE and close."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"BYE\n")
            self._transport.close()

    def abort(self, reason: str) -> None:
        """Close at once."""
        self._reason = reason
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(WRITE_HIGH)
        self.meter.link = self
        self.meter.next = self.meter.acked
        self.write(Hello().encode())

    def data_received(self, data: bytes) -> None:
        """Understand what the head-end says."""
        self.heard_s = asyncio.get_running_loop().time()
        for message in self._wire.receive_data(data):
            if isinstance(message, WireError):
                self.abort(f"what answers is no head-end of this protocol: {message.reason}")
                return
            self._obey(message)

    def pause_writing(self) -> None:
        """Wait: the head-end is slower."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self._is_paused = False
        self._town.pump(self.meter)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the fleet, which comes back."""
        self.meter.link = None
        self._is_logged_in = False
        if not self.settled.done():
            self.settled.set_result(None)
        self._town.lost(self.meter, str(exc) if exc else self._reason)

    def _obey(self, message: HeadEndMessage) -> None:
        match message:
            case Acknowledgement(time_s):
                self._town.answered(self.meter, time_s)
            case HelloAnswer():
                self._log_in()
            case Identity(uuid):
                self.write(Register(uuid, self._town.details(self.meter)).encode())
            case Registered(uuid, secret):
                self._town.registered(self.meter, MeterIdentity(uuid, secret))
                self._log_in()
            case Welcome(last_time_s):
                self._is_logged_in = True
                self.settled.set_result(None)
                self._town.ready(self.meter, last_time_s)
            case SetInterval() | SetRelay():
                self._town.ordered(self.meter, message)
            case Refusal():
                self._bear(message)
            case _:
                pass

    def _log_in(self) -> None:
        identity = self.meter.identity
        if identity is None:
            self.write(Identify().encode())
        elif self._town.endpoint.udp_port is None:
            self.write(self._wire.login(identity.uuid, identity.secret).encode())
        else:
            self.leave()

    def _bear(self, refusal: Refusal) -> None:
        self._reason = f"{refusal.code} {refusal.text}"
        match refusal.code:
            case 409:
                self.write(Identify().encode())
            case 422:
                self._town.refused(self.meter, refusal)
            case 440:
                self.meter.failures = SLOW_FAILURES
            case 403 if self.meter.identity is not None:  # blocked, perhaps not for ever
                self.meter.failures = SLOW_FAILURES
            case 401:
                self._town.fail(
                    MeterError(
                        f"the head-end does not know meter {self.meter.number} (401): "
                        f"{refusal.text}; its data is not the one this fleet registered with"
                    )
                )
            case 400 | 403 if not self._is_logged_in:
                text = f"the head-end refused meter {self.meter.number} ({refusal.code})"
                self._town.fail(MeterError(f"{text}: {refusal.text}"))
            case _:
                pass
