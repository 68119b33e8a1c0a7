"""The UDP server: datagrams in, one proof-carrying answer each after the commit.

A datagram whose proof is wrong gets no answer, so that nobody learns anything and no third party is
flooded; it is counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from quilowatt.errors import WireError
from quilowatt.wire.datagram import build_answer, parse_datagram

if TYPE_CHECKING:
    import socket
    from uuid import UUID

    from quilowatt.headend.commit import OddLine
    from quilowatt.headend.gatherer import Gatherer
    from quilowatt.headend.registry import Registry

__all__ = ["DatagramServer"]

Address = tuple[Any, ...]


class DatagramServer(asyncio.DatagramProtocol):
    """Takes datagrams until `stop`.

    Parameters
    ----------
    gatherer : Gatherer
        Commits the readings.
    registry : Registry
        Knows the meters.

    Attributes
    ----------
    ignored : Counter
        Datagrams that got no answer, by reason.
    """

    def __init__(self, gatherer: Gatherer, registry: Registry) -> None:
        self._gatherer = gatherer
        self._registry = registry
        self._transport: asyncio.DatagramTransport | None = None
        self._is_paused = False
        self.ignored: Counter[str] = Counter()

    async def start(self, listener: socket.socket) -> None:
        """Begin to take datagrams on a bound socket."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, sock=listener)

    def stop(self) -> None:
        """Take no more; answers that are due still leave until the transport is closed."""
        self._is_paused = True

    def close(self) -> None:
        """Close the socket."""
        if self._transport:
            self._transport.close()

    def set_paused(self, *, is_paused: bool) -> None:
        """Drop datagrams for a while: their meters send them again."""
        self._is_paused = is_paused

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for answers."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002
        """Count an answer that could not be delivered; the meter asks again."""
        self.ignored["unreachable"] += 1

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Check a datagram and hand its lines on."""
        if self._is_paused:
            self.ignored["busy"] += 1
            return
        try:
            datagram = parse_datagram(data)
        except WireError:
            self.ignored["malformed"] += 1
            return
        meter = self._registry.find(datagram.uuid)
        if meter is None or not datagram.check(self._registry.secret(datagram.uuid)):
            self.ignored["wrong proof"] += 1
        elif self._registry.is_blocked(meter.number):
            self.ignored["blocked"] += 1
        else:
            origin = DatagramOrigin(self, datagram.uuid, meter.number, addr)
            self._gatherer.put(origin, datagram.body)

    def answer(self, identity: UUID, time_s: int, address: Address) -> None:
        """Answer a datagram whose readings are safe. [s]"""
        if self._transport and not self._transport.is_closing():
            secret = self._registry.secret(identity)
            self._transport.sendto(build_answer(identity, secret, time_s), address)


class DatagramOrigin:
    """One datagram that waits for its commit."""

    __slots__ = ("_address", "_identity", "_server", "number")

    def __init__(
        self, server: DatagramServer, identity: UUID, number: int, address: Address
    ) -> None:
        self._server = server
        self._identity = identity
        self._address = address
        self.number = number

    def committed(self, safe_time_s: int, odd_lines: list[OddLine]) -> None:
        """Answer the last reading that is safe."""
        self._server.ignored["odd lines"] += len(odd_lines)
        if safe_time_s:
            self._server.answer(self._identity, safe_time_s, self._address)

    def not_kept(self) -> None:
        """Say nothing: the meter sends it again."""
        self._server.ignored["no room"] += 1
