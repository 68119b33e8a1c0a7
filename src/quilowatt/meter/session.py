"""One meter's session with its head-end over real sockets, for as long as the meter lives.

The seam: `MeterSession(outbox, endpoint, details, on_event)`; `await run()` in an asyncio task,
`submit(reading)` from any thread. `run` registers the meter if it has no identity, logs in, sends
what the outbox holds, settles what is answered, and comes back after every loss with growing
random pauses; it ends by being cancelled, or with `MeterError` when it makes no sense to go on.
Everything that happens is told to `on_event`, in the loop's thread. The session reads no clock and
makes no readings: the device does, and obeys `IntervalSet` and `RelaySet`.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.errors import MeterError
from quilowatt.limits import DATAGRAM_RETRY_S, RETRY_PAUSE_MAX_S
from quilowatt.meter.outbox import MeterIdentity, Outbox
from quilowatt.meter.session_events import (
    Connecting,
    ConnectionLost,
    IntervalSet,
    LoggedIn,
    MeterRegistered,
    Objected,
    ReadingRefused,
    ReadingsAnswered,
    RelaySet,
    SessionEvent,
)
from quilowatt.meter.talk import Lost, Mailbox, Talk
from quilowatt.wire import (
    Acknowledgement,
    HeadEndMessage,
    Hello,
    HelloAnswer,
    Identify,
    Identity,
    MeterMessage,
    Ping,
    Reading,
    Refusal,
    Register,
    Registered,
    RegistrationDetails,
    SetInterval,
    SetRelay,
    Welcome,
    build_datagram,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

__all__ = ["Endpoint", "MeterSession", "Pacing", "random_pause_s"]

ANSWER_TIMEOUT_S: Final = 30
"""How long HELLO, REGISTER and LOGIN wait for their answer: registering many takes its time. [s]"""

SILENCE_S: Final = 60
"""After this without a word from the head-end the meter asks; after as much again it leaves. [s]"""

IN_FLIGHT_MAX: Final = 2048
"""Readings sent and not answered: 60 KB, enough to keep a head-end 100 ms away busy."""

IDENTITIES_TRIED_MAX: Final = 3
"""Identities that may turn out to be taken in a row before the meter pauses."""

READINGS_PER_DATAGRAM: Final = 22
"""The longest R line has 50 B; so many always fit. [readings]"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the head-end is.

    Parameters
    ----------
    host : str
        Name or address.
    port : int
        TCP port for meters.
    udp_port : int or None
        When given, readings go there; identity and registration still use TCP.
    tls : ssl.SSLContext or None
        When given, TCP is TLS and the head-end's certificate is checked against `host`.
    """

    host: str
    port: int
    udp_port: int | None = None
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Pacing:
    """How a session waits; tests bring their own.

    Parameters
    ----------
    chance : callable
        Answers a random number in [0, 1).
    sleep : callable
        Waits for so long. [s]
    datagram_retry_s : float
        First pause before an unanswered datagram goes out again; it doubles. [s]
    """

    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    datagram_retry_s: float = DATAGRAM_RETRY_S


def random_pause_s(failures: int, chance: Callable[[], float]) -> float:
    """How long to wait after so many failures [1] in a row: growing, random, at most 60 s. [s].

    Examples
    --------
    >>> [random_pause_s(n, lambda: 0.5) for n in (0, 1, 5, 6, 99)]
    [0.75, 1.5, 24.0, 45.0, 45.0]
    """
    longest_s = min(RETRY_PAUSE_MAX_S, 1 << min(failures, 10))
    return longest_s * (0.5 + chance() / 2)


def is_taken(answer: HeadEndMessage) -> bool:
    """Whether an identity turned out to be registered already: another one will do."""
    return isinstance(answer, Refusal) and answer.code == 409  # noqa: PLR2004 PROTOCOL's number


class MeterSession:
    """One meter and its head-end.

    Parameters
    ----------
    outbox : Outbox
        The meter's identity and unanswered readings; the session alone takes and settles.
    endpoint : Endpoint
        Where the head-end is.
    details : RegistrationDetails
        What the meter says of itself when it has to register.
    on_event : callable
        Is told everything that happens; called in the loop's thread and must return at once.
    pacing : Pacing
        How it waits.

    Attributes
    ----------
    refused : int
        Readings that the head-end refused since the session began. [1]
    """

    def __init__(
        self,
        outbox: Outbox,
        endpoint: Endpoint,
        details: RegistrationDetails,
        on_event: Callable[[SessionEvent], None],
        *,
        pacing: Pacing | None = None,
    ) -> None:
        self.refused = 0
        self._outbox = outbox
        self._endpoint = endpoint
        self._details = details
        self._tell = on_event
        self._pacing = pacing or Pacing()
        self._failures = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()

    def submit(self, reading: Reading) -> bool:
        """Keep a reading and send it as soon as possible; on the meter's disk when it returns.

        May be called from any thread, before `run` and after it. False when a reading of that
        time is unanswered already (`Outbox.add`).
        """
        is_new = self._outbox.add(reading)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)
        return is_new

    async def wait_until_empty(self) -> None:
        """Wait until every reading is answered or refused."""
        while len(self._outbox):
            self._settled.clear()
            await self._settled.wait()

    async def run(self) -> None:
        """Talk with the head-end until cancelled.

        Raises
        ------
        MeterError
            Registration was refused, the meter was blocked, the head-end speaks another version,
            or the meter's own disk fails.
        """
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                await self._call()
            except (OSError, Lost) as error:
                reason = str(error) or "no answer in time"
                is_slow = isinstance(error, Lost) and error.is_slow
                await self._pause(reason, is_slow=is_slow)

    async def _call(self) -> None:
        endpoint = self._endpoint
        self._outbox.rewind()
        if endpoint.udp_port is not None and self._outbox.identity is not None:
            await self._send_datagrams(endpoint.host, endpoint.udp_port, self._outbox.identity)
            return
        self._tell(Connecting(endpoint.host, endpoint.port))
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(
                endpoint.host, endpoint.port, ssl=endpoint.tls
            )
        talk = Talk(reader, writer)
        try:
            await self._converse(talk)
        finally:
            await talk.leave()

    async def _converse(self, talk: Talk) -> None:
        self._stop_if_refused(await self._ask(talk, Hello(), HelloAnswer))
        identity = self._outbox.identity or await self._register(talk)
        if self._endpoint.udp_port is not None:
            return
        await self._log_in(talk, identity)
        sender = asyncio.create_task(self._keep_sending(talk))
        try:
            await self._keep_hearing(talk)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _register(self, talk: Talk) -> MeterIdentity:
        for _ in range(IDENTITIES_TRIED_MAX):
            given = await self._ask(talk, Identify(), Identity)
            self._stop_if_refused(given)
            assert isinstance(given, Identity)
            answer = await self._ask(talk, Register(given.uuid, self._details), Registered)
            if isinstance(answer, Registered):
                identity = MeterIdentity(answer.uuid, answer.secret)
                self._outbox.save_identity(identity)
                self._tell(MeterRegistered(identity.uuid))
                return identity
            if not is_taken(answer):
                self._stop_if_refused(answer)
        raise Lost(f"{IDENTITIES_TRIED_MAX} identities in a row were taken")

    async def _log_in(self, talk: Talk, identity: MeterIdentity) -> None:
        answer = await self._ask(talk, talk.wire.login(identity.uuid, identity.secret), Welcome)
        self._stop_if_refused(answer)
        assert isinstance(answer, Welcome)
        self._tell(LoggedIn(identity.uuid, answer.last_time_s, answer.interval_s, answer.time_s))

    async def _ask(
        self, talk: Talk, message: MeterMessage, wanted: type[HeadEndMessage]
    ) -> HeadEndMessage:
        """Say something and wait for its answer, or a refusal that leaves the talk open."""
        talk.say(message)
        while True:
            answer = await talk.hear(ANSWER_TIMEOUT_S)
            if isinstance(answer, Refusal):
                self._leave_if_closing(answer)
            if isinstance(answer, wanted | Refusal):
                return answer
            self._obey(talk, answer)

    def _stop_if_refused(self, answer: HeadEndMessage) -> None:
        """Stop for good when the head-end does not take what this meter would say again."""
        if isinstance(answer, Refusal):
            raise MeterError(
                f"the head-end refused ({answer.code}): {answer.text}",
                f"o servidor recusou ({answer.code}): {answer.text}",
            )

    async def _keep_hearing(self, talk: Talk) -> None:
        has_asked = False
        while True:
            try:
                message = await talk.hear(SILENCE_S)
            except TimeoutError:
                if has_asked:
                    raise Lost(f"no sign of life for {2 * SILENCE_S} s") from None
                talk.say(Ping())
                has_asked = True
            else:
                has_asked = False
                self._obey(talk, message)

    async def _keep_sending(self, talk: Talk) -> None:
        while True:
            self._wake.clear()
            room = IN_FLIGHT_MAX - len(talk.wire.pending)
            batch = self._outbox.take(room)
            for reading in batch:
                talk.wire.sent(reading.time_s)
            if batch:
                talk.writer.write(b"".join(reading.encode() for reading in batch))
                await talk.writer.drain()
            else:
                await self._wake.wait()

    def _obey(self, talk: Talk, message: HeadEndMessage) -> None:
        match message:
            case Acknowledgement():
                self._settle(talk.wire.acknowledged(message))
            case SetInterval(interval_s):
                self._tell(IntervalSet(interval_s))
            case SetRelay(is_on):
                self._tell(RelaySet(is_on))
            case Refusal(422):
                self._drop(talk, message)
            case Refusal(code, text):
                self._leave_if_closing(message)
                self._tell(Objected(code, text))
            case _:
                pass

    def _settle(self, times_s: list[int]) -> None:
        if not times_s:
            return
        self._failures = 0
        self._outbox.settle(times_s)
        self._tell(ReadingsAnswered(len(times_s), times_s[-1], len(self._outbox)))
        self._wake.set()
        self._settled.set()

    def _drop(self, talk: Talk, refusal: Refusal) -> None:
        self.refused += 1
        time_s = talk.wire.refused(refusal)
        if time_s is not None:
            self._outbox.settle([time_s])
            self._wake.set()
            self._settled.set()
        why = refusal.text.partition(" ")[2]
        self._tell(ReadingRefused(time_s, why, self.refused))

    def _leave_if_closing(self, refusal: Refusal) -> None:
        match refusal.code:
            case 403 if self._outbox.identity:
                raise Lost(f"the head-end shuts this meter out (403): {refusal.text}", is_slow=True)
            case 403:
                raise MeterError(
                    f"the head-end refused this meter (403): {refusal.text}",
                    f"o servidor recusou este medidor (403): {refusal.text}",
                )
            case 401:
                identity = self._outbox.directory / "identity.json"
                raise Lost(
                    f"the head-end does not know this meter (401): {refusal.text}; "
                    f"to register it anew delete {identity}"
                )
            case 440:
                raise Lost(
                    "another connection logged in as this meter (440): is it running twice?",
                    is_slow=True,
                )
            case _:
                pass
        if refusal.is_closing:
            raise Lost(f"the head-end closed the connection ({refusal.code}): {refusal.text}")

    async def _pause(self, reason: str, *, is_slow: bool = False) -> None:
        failures = RETRY_PAUSE_MAX_S if is_slow else self._failures
        self._failures += 1
        pause_s = random_pause_s(failures, self._pacing.chance)
        self._tell(ConnectionLost(reason, pause_s))
        await self._pacing.sleep(pause_s)

    async def _send_datagrams(self, host: str, port: int, identity: MeterIdentity) -> None:
        loop = asyncio.get_running_loop()
        transport, mailbox = await loop.create_datagram_endpoint(
            lambda: Mailbox(identity), remote_addr=(host, port)
        )
        try:
            while True:
                self._wake.clear()
                batch = self._outbox.take(READINGS_PER_DATAGRAM)
                if batch:
                    await self._deliver(transport, mailbox, batch)
                else:
                    await self._wake.wait()
        finally:
            transport.close()

    async def _deliver(
        self, transport: asyncio.DatagramTransport, mailbox: Mailbox, batch: list[Reading]
    ) -> None:
        """Send one datagram until it is answered."""
        identity = mailbox.identity
        datagram = build_datagram(identity.uuid, identity.secret, batch)
        pause_s = self._pacing.datagram_retry_s
        answered = mailbox.expect(batch[-1].time_s)
        while True:
            transport.sendto(datagram)
            try:
                async with asyncio.timeout(pause_s):
                    await answered.wait()
            except TimeoutError:
                pause_s = min(2 * pause_s, RETRY_PAUSE_MAX_S)
                self._tell(ConnectionLost("a datagram was not answered", pause_s))
            else:
                self._settle([reading.time_s for reading in batch])
                return
