"""A meter's sockets as messages: one TCP connection, or a box for the answers to datagrams.

What to say and what an answer means is the session's affair.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Final

from quilowatt.errors import WireError
from quilowatt.wire import (
    Bye,
    HeadEndMessage,
    MeterConnection,
    MeterMessage,
    parse_answer,
)

if TYPE_CHECKING:
    from quilowatt.meter.outbox import MeterIdentity

__all__ = ["Lost", "Mailbox", "Talk"]

LEAVING_S: Final = 1
"""How long a last word may take to leave. [s]"""

READ_SIZE: Final = 65536
"""Bytes asked of the socket at once. [B]"""

CLOSED: Final = "the head-end closed the connection"


class Lost(Exception):
    """The connection is over; another may do."""

    def __init__(self, reason: str, *, is_slow: bool = False) -> None:
        super().__init__(reason)
        self.is_slow = is_slow


class Talk:
    """One TCP connection as messages."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.wire = MeterConnection()
        self.writer = writer
        self._reader = reader
        self._heard: deque[HeadEndMessage | WireError] = deque()

    def say(self, message: MeterMessage) -> None:
        """Send a message."""
        self.writer.write(message.encode())

    async def hear(self, timeout_s: float) -> HeadEndMessage:
        """Wait for the next message; `TimeoutError` after so long [s], `Lost` at the end."""
        while not self._heard:
            async with asyncio.timeout(timeout_s):
                data = await self._reader.read(READ_SIZE)
            if not data:
                raise Lost(CLOSED)
            self._heard.extend(self.wire.receive_data(data))
        message = self._heard.popleft()
        if isinstance(message, WireError):
            raise Lost(f"what answers is no head-end of this protocol: {message.reason}")
        return message

    async def leave(self) -> None:
        """Say BYE and close, without waiting long."""
        with contextlib.suppress(OSError):
            self.say(Bye())
            self.writer.close()
            async with asyncio.timeout(LEAVING_S):
                await self.writer.wait_closed()
        self.writer.transport.abort()


class Mailbox(asyncio.DatagramProtocol):
    """Waits for the proven answer to one datagram at a time."""

    def __init__(self, identity: MeterIdentity) -> None:
        self.identity = identity
        self._time_s = 0
        self._answered = asyncio.Event()

    def expect(self, time_s: int) -> asyncio.Event:
        """Wait for the answer that names this time [s UTC]: the event is set when it comes."""
        self._time_s, self._answered = time_s, asyncio.Event()
        return self._answered

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        """Look at what came; only a proven answer to what is expected counts."""
        try:
            answer = parse_answer(data)
        except WireError:
            return
        is_ours = answer.uuid == self.identity.uuid and answer.time_s == self._time_s
        if is_ours and answer.check(self.identity.secret):
            self._answered.set()
