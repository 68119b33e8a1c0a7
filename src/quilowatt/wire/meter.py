"""The head-end's connection as a meter sees it: bytes in, the head-end's messages out, no I/O.

It knows which of the readings that were sent an `A` covers. Sessions, fleets and simulators drive
it; they send the bytes, keep the readings and decide when to come back. What may follow what is
the table `TRANSITIONS`, and only that table.
"""

from __future__ import annotations

import enum
from collections import deque
from typing import TYPE_CHECKING, Final

from quilowatt.errors import WireError
from quilowatt.limits import LINE_SIZE_MAX
from quilowatt.wire.lines import TOO_LONG, parse_head_end_line
from quilowatt.wire.messages import (
    Acknowledgement,
    HeadEndMessage,
    HelloAnswer,
    Identity,
    Login,
    Pong,
    Refusal,
    Registered,
    SetInterval,
    SetRelay,
    Welcome,
)
from quilowatt.wire.proof import login_proof

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["TRANSITIONS", "MeterConnection", "MeterState"]


class MeterState(enum.Enum):
    """Where the talk with the head-end stands."""

    NEW = enum.auto()
    GREETED = enum.auto()
    LOGGED_IN = enum.auto()
    CLOSED = enum.auto()


TRANSITIONS: Final[dict[MeterState, dict[type[HeadEndMessage], MeterState]]] = {
    MeterState.NEW: {
        HelloAnswer: MeterState.GREETED,
        Pong: MeterState.NEW,
        Refusal: MeterState.NEW,
    },
    MeterState.GREETED: {
        HelloAnswer: MeterState.GREETED,
        Identity: MeterState.GREETED,
        Registered: MeterState.GREETED,
        Welcome: MeterState.LOGGED_IN,
        Pong: MeterState.GREETED,
        SetInterval: MeterState.GREETED,
        SetRelay: MeterState.GREETED,
        Refusal: MeterState.GREETED,
    },
    MeterState.LOGGED_IN: {
        Acknowledgement: MeterState.LOGGED_IN,
        Pong: MeterState.LOGGED_IN,
        SetInterval: MeterState.LOGGED_IN,
        SetRelay: MeterState.LOGGED_IN,
        Refusal: MeterState.LOGGED_IN,
    },
    MeterState.CLOSED: {},
}


class MeterConnection:
    """One connection to the head-end, as the meter sees it.

    Attributes
    ----------
    state : MeterState
        Where the talk stands.
    pending : deque of int
        Times of the readings that were sent and not answered yet, in order of sending. [s UTC]

    Examples
    --------
    >>> connection = MeterConnection()
    >>> hello = b"HELLO 1 0123456789abcdef0123456789abcdef 1767225600"
    >>> connection.receive_data(hello + bytes([10]))
    [HelloAnswer(nonce='0123456789abcdef0123456789abcdef', time_s=1767225600)]
    """

    __slots__ = ("_nonce", "_tail", "pending", "state")

    def __init__(self) -> None:
        self.state = MeterState.NEW
        self.pending: deque[int] = deque()
        self._nonce = ""
        self._tail = b""

    def receive_data(self, data: bytes) -> list[HeadEndMessage | WireError]:
        """Take bytes as they come, cut anywhere, and say what their lines mean.

        An error stands in the list where the bad line stood; a line too long closes. What
        follows a closed connection is dropped.
        """
        *lines, tail = (self._tail + data).split(b"\n")
        self._tail = b""
        events: list[HeadEndMessage | WireError] = []
        for line in lines:
            if self.state is MeterState.CLOSED:
                return events
            events.append(self._receive_line(line))
        if self.state is MeterState.CLOSED:
            return events
        if len(tail) >= LINE_SIZE_MAX:
            self.state = MeterState.CLOSED
            events.append(WireError(413, TOO_LONG))
        else:
            self._tail = tail
        return events

    def login(self, uuid: UUID, secret: bytes) -> Login:
        """Make the LOGIN that answers this connection's nonce."""
        assert self.state is MeterState.GREETED
        return Login(uuid, login_proof(secret, self._nonce))

    def sent(self, time_s: int) -> None:
        """Note that the reading of this time [s UTC] was sent.

        No two readings of one time may be on their way at once: an `A` could not tell them apart.
        """
        self.pending.append(time_s)

    def acknowledged(self, message: Acknowledgement) -> list[int]:
        """Forget the readings that an `A` covers and return their times [s UTC], oldest first.

        An `A` for a time that is not pending covers nothing.
        """
        if message.time_s not in self.pending:
            return []
        safe = []
        while True:
            safe.append(self.pending.popleft())
            if safe[-1] == message.time_s:
                return safe

    def refused(self, message: Refusal) -> int | None:
        """Forget the reading that an `ERR 422` names and return its time [s UTC].

        None when it names no pending one.
        """
        time_s = message.time_s
        if time_s is None or time_s not in self.pending:
            return None
        self.pending.remove(time_s)
        return time_s

    def _receive_line(self, line: bytes) -> HeadEndMessage | WireError:
        legal = TRANSITIONS[self.state]
        try:
            message = parse_head_end_line(line)
        except WireError as error:
            if error.code == 413:  # noqa: PLR2004 PROTOCOL's number
                self.state = MeterState.CLOSED
            return error
        if type(message) not in legal:
            return WireError(400, f"{type(message).__name__} came while {self.state.name}")
        self.state = legal[type(message)]
        if isinstance(message, HelloAnswer):
            self._nonce = message.nonce
        if isinstance(message, Refusal) and message.is_closing:
            self.state = MeterState.CLOSED
        return message
