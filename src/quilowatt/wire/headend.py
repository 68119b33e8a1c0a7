"""One meter's connection as the head-end sees it: control lines in, events out, no I/O.

The TCP server drives it line by line (`receive_line`); tests, simulators and slow paths by chunks
of any size (`receive_data`). It never makes a nonce, looks up a secret or reads a clock: the
caller does, and says so by `greeted`, `check_login` and `logged_in`. What may follow what is the
table `TRANSITIONS`, and only that table. An idle connection is one small object: a head-end
holds 19,000.
"""

from __future__ import annotations

import enum
from typing import Final

from quilowatt.errors import WireError
from quilowatt.limits import BAD_LINES_IN_A_ROW_MAX, LINE_SIZE_MAX
from quilowatt.wire.lines import TOO_LONG, parse_meter_line
from quilowatt.wire.messages import (
    VERSION,
    Bye,
    Hello,
    Identify,
    Login,
    MeterMessage,
    Ping,
    Reading,
    Register,
)
from quilowatt.wire.proof import NONCE_DIGITS, SECRET_SIZE, login_proof, matches

__all__ = ["TRANSITIONS", "Event", "HeadEndConnection", "State"]

Event = MeterMessage


class State(enum.Enum):
    """Where the talk with a meter stands."""

    NEW = enum.auto()
    GREETED = enum.auto()
    LOGGING_IN = enum.auto()
    LOGGED_IN = enum.auto()
    CLOSED = enum.auto()


TRANSITIONS: Final[dict[State, dict[type[MeterMessage], State]]] = {
    State.NEW: {
        Hello: State.GREETED,
        Identify: State.NEW,
        Register: State.NEW,
        Ping: State.NEW,
        Bye: State.CLOSED,
    },
    State.GREETED: {
        Hello: State.GREETED,
        Identify: State.GREETED,
        Register: State.GREETED,
        Login: State.LOGGING_IN,
        Ping: State.GREETED,
        Bye: State.CLOSED,
    },
    State.LOGGING_IN: {  # lines sent before WELCOME; a wrong proof closes and drops them
        Reading: State.LOGGING_IN,
        Ping: State.LOGGING_IN,
        Bye: State.CLOSED,
    },
    State.LOGGED_IN: {
        Reading: State.LOGGED_IN,
        Ping: State.LOGGED_IN,
        Bye: State.CLOSED,
    },
    State.CLOSED: {},
}

ADVICE: Final[dict[State, str]] = {
    State.NEW: "HELLO 1 first, then LOGIN",
    State.GREETED: "LOGIN first",
    State.LOGGING_IN: "already logged in; open another connection for that",
    State.LOGGED_IN: "already logged in; open another connection for that",
    State.CLOSED: "the connection is closed",
}

NO_SECRET: Final = bytes(SECRET_SIZE)
"""Compared with when the meter is unknown, so that the time taken doesn't tell."""


class HeadEndConnection:
    """One meter's connection, as the head-end sees it.

    Attributes
    ----------
    state : State
        Where the talk stands.
    bad_lines : int
        Lines in a row that could not be understood.
    is_hopeless : bool
        True after ten of them, or one too long: say ERR and close.

    Examples
    --------
    >>> connection = HeadEndConnection()
    >>> connection.receive_line(b"HELLO 1")
    Hello(version=1)
    >>> connection.greeted("0" * 32)
    >>> connection.state
    <State.GREETED: 2>
    """

    __slots__ = ("_nonce", "_tail", "bad_lines", "is_hopeless", "state")

    def __init__(self) -> None:
        self.state = State.NEW
        self.bad_lines = 0
        self.is_hopeless = False
        self._nonce = ""
        self._tail = b""

    def receive_line(self, line: bytes) -> Event:
        """Take one line and say what it means.

        Parameters
        ----------
        line : bytes
            One line without its LF; a CR at its end is dropped.

        Returns
        -------
        Event
            The message, legal in this state.

        Raises
        ------
        WireError
            400 not understood or not legal now, 413 too long, 422 a reading that can't be true;
            its reason is what to tell the peer. After the first two look at `is_hopeless`.
        """
        try:
            event = self._understand(line)
        except WireError as error:
            self._count_bad_line(error.code)
            raise
        self.bad_lines = 0
        return event

    def receive_data(self, data: bytes) -> list[Event | WireError]:
        """Take bytes as they come, cut anywhere, and say what their lines mean.

        Errors stand in the list where the bad lines stood. What follows a closed or hopeless
        connection is dropped.
        """
        *lines, tail = (self._tail + data).split(b"\n")
        self._tail = b""
        events: list[Event | WireError] = []
        for line in lines:
            if self.state is State.CLOSED:
                return events
            try:
                events.append(self.receive_line(line))
            except WireError as error:
                events.append(error)
        if self.state is State.CLOSED:
            return events
        if len(tail) >= LINE_SIZE_MAX:
            self._count_bad_line(413)
            events.append(WireError(413, TOO_LONG))
        else:
            self._tail = tail
        return events

    def greeted(self, nonce: str) -> None:
        """Remember the nonce that HELLO was answered with (32 hex digits)."""
        assert self.state in (State.GREETED, State.LOGGING_IN)
        assert len(nonce) == NONCE_DIGITS
        self._nonce = nonce

    def check_login(self, message: Login, secret: bytes | None) -> bool:
        """Say whether the proof is right; the nonce is spent by asking.

        Parameters
        ----------
        message : Login
            What the meter sent.
        secret : bytes or None
            The meter's 32 secret bytes; None when there is no such meter.
        """
        nonce, self._nonce = self._nonce, ""
        is_right = matches(message.proof, login_proof(secret or NO_SECRET, nonce))
        return is_right and secret is not None and nonce != ""

    def logged_in(self) -> None:
        """Note that LOGIN was accepted."""
        assert self.state is State.LOGGING_IN
        self.state = State.LOGGED_IN

    def close(self) -> None:
        """Note that the connection is over; nothing is legal any more."""
        self.state = State.CLOSED
        self._tail = b""

    def _understand(self, line: bytes) -> Event:
        legal = TRANSITIONS[self.state]
        try:
            event = parse_meter_line(line)
        except WireError as error:
            if error.code == 422 and Reading not in legal:  # noqa: PLR2004 PROTOCOL's number
                raise self._not_legal("R") from None
            raise
        if type(event) not in legal:
            raise self._not_legal("R" if isinstance(event, Reading) else type(event).__name__)
        if isinstance(event, Hello) and event.version != VERSION:
            raise WireError(400, f"version {VERSION} is spoken here: send HELLO {VERSION}")
        self.state = legal[type(event)]
        return event

    def _not_legal(self, verb: str) -> WireError:
        return WireError(400, f"{verb.upper()} is not legal now: {ADVICE[self.state]}")

    def _count_bad_line(self, code: int) -> None:
        self.bad_lines = 0 if code == 422 else self.bad_lines + 1  # noqa: PLR2004 PROTOCOL's number
        if code == 413 or self.bad_lines >= BAD_LINES_IN_A_ROW_MAX:  # noqa: PLR2004
            self.is_hopeless = True
            self.close()
