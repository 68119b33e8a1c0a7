"""What the head-end answers to each message: HELLO to BYE, for every transport.

A transport hands over single lines; whole batches of readings go to `GroupCommit` instead and come
here only line by line where something in them is odd.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from quilowatt.errors import WireError
from quilowatt.limits import (
    CLOCK_AHEAD_MAX_S,
    LOGIN_TIMEOUT_S,
    SILENCE_GRACE_S,
    SILENCE_INTERVALS_MAX,
)
from quilowatt.wire.messages import (
    Bye,
    Hello,
    HelloAnswer,
    Identify,
    Identity,
    Login,
    MeterMessage,
    Ping,
    Pong,
    Reading,
    Register,
    Registered,
    SetInterval,
    SetRelay,
    Welcome,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.headend.commit import OddLine
    from quilowatt.headend.registry import KnownMeter, RegistrationDesk, Registry
    from quilowatt.headend.session import Session
    from quilowatt.store import ReadingStore

__all__ = ["Reception"]

NONCE_SIZE = 16
"""PROTOCOL: 32 hex digits. [B]"""

ENTROPY_SIZE = 8
"""What an identity is made from. [B]"""

SHUTTING_DOWN = WireError(503, "shutting down: come back in a while")
BLOCKED = WireError(403, "this meter was blocked by the operator")
NO_ROOM = WireError(503, "no room on the disk: nothing was kept, send it again later")


class Reception:
    """Answers messages.

    Parameters
    ----------
    registry, desk, store
        Who is known, who takes in new ones, and what was said last.
    clock : callable
        [s since 1970-01-01 UTC]
    entropy : callable
        Gives so many random bytes.

    Attributes
    ----------
    refusals : Counter
        How often each ERR code was answered.
    """

    def __init__(
        self,
        registry: Registry,
        desk: RegistrationDesk,
        store: ReadingStore,
        clock: Callable[[], float],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._registry = registry
        self._desk = desk
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._online: dict[int, Session] = {}
        self._entering = threading.Lock()
        self.refusals: Counter[int] = Counter()

    @property
    def online(self) -> int:
        """Meters that are logged in."""
        return len(self._online)

    def receive_line(self, session: Session, line: bytes) -> None:
        """Understand one line and answer it."""
        try:
            message = session.connection.receive_line(line)
            self._answer(session, message)
        except WireError as error:
            self.refuse(session, error)

    def receive_odd_lines(self, session: Session, lines: list[OddLine]) -> None:
        """Answer the lines of a logged-in session that were no acceptable readings."""
        for line in lines:
            if session.connection.is_hopeless:
                return
            if line.follows_good_line:
                session.connection.bad_lines = 0
            self.receive_line(session, line.text)
            if line.precedes_good_line and not session.connection.is_hopeless:
                session.connection.bad_lines = 0

    def refuse(self, session: Session, error: WireError) -> None:
        """Answer ERR, and close where the protocol says so."""
        self.refusals[error.code] += 1
        if session.connection.is_hopeless or error.code in {401, 403, 413, 440, 503}:
            session.expel(error)
        else:
            session.refuse(error)

    def leave(self, session: Session) -> None:
        """Forget a session whose connection has ended."""
        with self._entering:
            if session.number and self._online.get(session.number) is session:
                del self._online[session.number]

    def is_connected(self, number: int) -> bool:
        """Say whether a meter is logged in now; from any thread."""
        return number in self._online

    def command(self, number: int, command: SetInterval | SetRelay) -> bool:
        """Send a command to a meter, from any thread; say whether it is connected."""
        session = self._online.get(number)
        if session is None:
            return False
        if isinstance(command, SetInterval):
            self._registry.set_interval(number, command.interval_s)
            silence_s = _silence_s(command.interval_s)
            session.post(lambda: session.set_silence(silence_s))
        session.post(lambda: session.send(command.encode()))
        return True

    def set_blocked(self, number: int, *, is_blocked: bool) -> None:
        """Shut a meter out and expel it, or let it in again; from any thread."""
        self._registry.set_blocked(number, is_blocked=is_blocked)
        session = self._online.get(number)
        if is_blocked and session is not None:
            session.post(lambda: self.refuse(session, BLOCKED))

    def _answer(self, session: Session, message: MeterMessage) -> None:
        now_s = int(self._clock())
        match message:
            case Hello():
                nonce = self._entropy(NONCE_SIZE).hex()
                session.connection.greeted(nonce)
                session.send(HelloAnswer(nonce, now_s).encode())
            case Identify():
                identity = self._registry.mint.mint(self._entropy(ENTROPY_SIZE))
                session.send(Identity(identity).encode())
            case Register():
                self._register(session, message)
            case Login():
                self._login(session, message, now_s)
            case Reading():
                ahead_s = message.time_s - now_s
                raise WireError(
                    422,
                    f"{message.time_s} is {ahead_s} s ahead of the clock here, limit "
                    f"{CLOCK_AHEAD_MAX_S} s: set the meter's clock",
                )
            case Ping():
                session.send(Pong(now_s).encode())
            case Bye():
                session.close()

    def _register(self, session: Session, message: Register) -> None:
        def answer(outcome: Registered | WireError) -> None:
            session.post(lambda: self._registered(session, outcome))

        self._desk.register(message, answer)

    def _registered(self, session: Session, outcome: Registered | WireError) -> None:
        if isinstance(outcome, WireError):
            self.refuse(session, outcome)
        else:
            session.send(outcome.encode())

    def _login(self, session: Session, message: Login, now_s: int) -> None:
        meter = self._registry.find(message.uuid)
        secret = self._registry.secret(message.uuid) if meter else None
        if not session.connection.check_login(message, secret) or meter is None:
            raise WireError(401, "wrong proof, or this meter is not registered here")
        if self._registry.is_blocked(meter.number):
            raise BLOCKED
        session.connection.logged_in()
        self._enter(session, meter)
        if self._registry.is_blocked(meter.number):  # between the question and the entry
            raise BLOCKED
        latest = self._store.latest(np.array([meter.number], np.int32))
        session.send(Welcome(int(latest.time_s[0]), meter.interval_s, now_s).encode())

    def _enter(self, session: Session, meter: KnownMeter) -> None:
        session.silence_s = _silence_s(meter.interval_s)
        session.number = meter.number
        with self._entering:
            older = self._online.get(meter.number)
            self._online[meter.number] = session
        if older is not None and older is not session:
            self.refusals[440] += 1
            older.post(lambda: older.expel(WireError(440, "replaced by a newer connection")))


def _silence_s(interval_s: int) -> float:
    """PROTOCOL: how long a meter that reads so often may say nothing. [s]."""
    return SILENCE_INTERVALS_MAX * interval_s + SILENCE_GRACE_S


assert LOGIN_TIMEOUT_S < SILENCE_GRACE_S
