"""The portable TCP server, on asyncio: for TLS, and where there is no io_uring.

`data_received` does next to nothing for a logged-in meter: it cuts at the last LF and hands the
lines to the gatherer.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, cast

from quilowatt.errors import WireError
from quilowatt.headend.reception import NO_ROOM, SHUTTING_DOWN
from quilowatt.headend.session import Session
from quilowatt.limits import CONNECTIONS_MAX, LINE_SIZE_MAX, LOGIN_TIMEOUT_S, OUTGOING_SIZE_MAX
from quilowatt.wire.lines import TOO_LONG

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from quilowatt.headend.commit import OddLine
    from quilowatt.headend.gatherer import Gatherer
    from quilowatt.headend.reception import Reception

__all__ = ["StreamServer"]

SWEEP_S: Final = 1.0
"""How often silent connections are looked for. [s]"""

FAREWELL_S: Final = 0.5
"""How long meters may take to hang up when the head-end shuts down. [s]"""


class StreamSession(Session, asyncio.Protocol):
    """A connection of the portable server."""

    __slots__ = ("_last_words", "_server", "_tail", "_transport", "deadline_s", "is_closing")

    def __init__(self, server: StreamServer) -> None:
        super().__init__(LOGIN_TIMEOUT_S)
        self._server = server
        self._tail = self._last_words = b""
        self._transport: asyncio.Transport | None = None
        self.is_closing = False
        self.deadline_s = server.clock() + LOGIN_TIMEOUT_S

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        self._transport = cast("asyncio.Transport", transport)
        self._server.opened(self, self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection."""
        self._server.closed(self)

    def data_received(self, data: bytes) -> None:
        """Hand whole lines on."""
        if self.is_closing:
            return
        data = self._tail + data
        start, cut = 0, data.rfind(b"\n") + 1
        while start < cut and not self.number and not self.is_closing:
            end = data.index(b"\n", start)
            self._server.reception.receive_line(self, data[start:end])
            start = end + 1
        whole, self._tail = data[start:cut], data[cut:]
        if whole and not self.is_closing:
            self._server.gatherer.put(self, whole)
        if len(self._tail) >= LINE_SIZE_MAX:
            self.connection.is_hopeless = True
            self._server.reception.refuse(self, WireError(413, TOO_LONG))
        elif self.number:
            self.deadline_s = self._server.clock() + self.silence_s

    def committed(self, safe_time_s: int, odd_lines: list[OddLine]) -> None:
        """Acknowledge, and answer what was odd."""
        if self.is_closing:
            return
        if odd_lines:
            self._server.reception.receive_odd_lines(self, odd_lines)
        else:
            self.connection.bad_lines = 0
        if safe_time_s:
            self.send(b"A %d\n" % safe_time_s)

    def not_kept(self) -> None:
        """Say that there is no room, and close."""
        if not self.is_closing:
            self._server.reception.refuse(self, NO_ROOM)

    def send(self, text: bytes) -> None:
        """Send lines."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(text)
            if self._transport.get_write_buffer_size() > OUTGOING_SIZE_MAX:
                self._transport.abort()  # it reads nothing

    def close(self, last_words: bytes = b"") -> None:
        """Close once the answers to what was sent before have left."""
        if not self.is_closing:
            self.is_closing = True
            self._last_words = last_words
            self._server.loop.call_soon(self._hang_up)

    def _hang_up(self) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(self._last_words)
            self._transport.close()

    def post(self, action: Callable[[], None]) -> None:
        """Have the event loop do something."""
        if not self._server.loop.is_closed():
            self._server.loop.call_soon_threadsafe(action)

    def pause(self, *, is_paused: bool) -> None:
        """Stop reading the socket, or go on."""
        if self._transport and not self._transport.is_closing():
            if is_paused:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()


class StreamServer:
    """Accepts meters until `stop`.

    Parameters
    ----------
    gatherer : Gatherer
        Commits the readings.
    reception : Reception
        Answers everything else.
    clock : callable
        Monotonic. [s]
    """

    def __init__(
        self, gatherer: Gatherer, reception: Reception, clock: Callable[[], float]
    ) -> None:
        self.gatherer = gatherer
        self.reception = reception
        self.clock = clock
        self.loop = asyncio.get_running_loop()
        self.refused_connections = 0
        self._sessions: set[StreamSession] = set()
        self._all_gone = asyncio.Event()
        self._is_paused = False
        self._servers: list[asyncio.Server] = []
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def connections(self) -> int:
        """Open connections."""
        return len(self._sessions)

    async def start(self, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Begin to accept meters on a bound socket."""
        server = await self.loop.create_server(
            lambda: StreamSession(self), sock=listener, ssl=tls, backlog=4096
        )
        self._servers.append(server)
        self._sweeper = self._sweeper or self.loop.create_task(self._sweep())

    async def stop(self) -> None:
        """Stop reading, acknowledge what was read, say ERR 503 to all, and close."""
        if self._sweeper:
            self._sweeper.cancel()
        for server in self._servers:
            server.close()
        self.set_paused(is_paused=True)
        await self.loop.run_in_executor(None, self.gatherer.stop)
        for session in list(self._sessions):
            session.expel(SHUTTING_DOWN)
        if not self._sessions:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._all_gone.wait()

    def set_paused(self, *, is_paused: bool) -> None:
        """Stop reading all sockets, also new ones, or go on."""
        self._is_paused = is_paused
        for session in self._sessions:
            session.pause(is_paused=is_paused)

    def opened(self, session: StreamSession, transport: asyncio.Transport) -> None:
        """Note a new connection."""
        if len(self._sessions) >= CONNECTIONS_MAX:
            self.refused_connections += 1
            transport.abort()
        else:
            self._sessions.add(session)
            self._all_gone.clear()
            if self._is_paused:
                session.pause(is_paused=True)

    def closed(self, session: StreamSession) -> None:
        """Forget a connection."""
        self._sessions.discard(session)
        if not self._sessions:
            self._all_gone.set()
        self.reception.leave(session)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            now_s = self.clock()
            for session in [each for each in self._sessions if each.deadline_s < now_s]:
                waited = "and heard nothing" if session.number else "for LOGIN"
                session.expel(WireError(400, f"waited {waited} too long"))
