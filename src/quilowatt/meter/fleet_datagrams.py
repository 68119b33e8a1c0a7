"""A fleet's readings over UDP: one socket for all meters, one unanswered datagram for each.

An unanswered datagram goes out again after 5 s, doubling up to 60 s. How many are on their way
at once is bounded, because a burst beyond the head-end's socket buffer is lost and costs 5 s.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast

from quilowatt.errors import WireError
from quilowatt.limits import DATAGRAM_RETRY_S, RETRY_PAUSE_MAX_S
from quilowatt.wire import datagram_proof, parse_answer
from quilowatt.wire.datagram import BODY_SIZE_MAX

if TYPE_CHECKING:
    from uuid import UUID

    from quilowatt.meter.fleet_meter import FleetMeter

__all__ = ["FleetDatagrams", "Source"]

IN_FLIGHT_MAX: Final = 64
"""Datagrams without an answer at once: 80 KB fit the default receive buffer of Linux, 208 KB."""

READINGS_MAX: Final = 47
"""Readings taken for a datagram; lines have 24 B and more. What does not fit waits."""


class Source(Protocol):
    """Where the readings come from, and who is told of their answers."""

    def lines(self, meter: FleetMeter, limit: int) -> bytes:
        """Write the next due readings of a meter, at most so many, without moving on."""

    def datagram_sent(self, meter: FleetMeter, count: int) -> None:
        """Note that so many readings are on their way for the first time."""

    def datagram_answered(self, meter: FleetMeter, end: int) -> None:
        """Note that readings below an index are safe."""

    def datagram_unanswered(self) -> None:
        """Note that a datagram goes out again."""


@dataclass(slots=True)
class _Outstanding:
    meter: FleetMeter
    data: bytes
    end: int
    time_s: int
    pause_s: float
    retry: asyncio.TimerHandle


class FleetDatagrams(asyncio.DatagramProtocol):
    """The UDP socket of a fleet."""

    def __init__(self, source: Source, retry_s: float = DATAGRAM_RETRY_S) -> None:
        self._source = source
        self._retry_s = retry_s
        self._loop = asyncio.get_running_loop()
        self._outstanding: dict[UUID, _Outstanding] = {}
        self._waiting: deque[FleetMeter] = deque()
        self._is_waiting: set[int] = set()

    @property
    def in_flight(self) -> int:
        """Datagrams without an answer. [1]."""
        return len(self._outstanding)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def pump(self, meter: FleetMeter) -> None:
        """Send a meter's next readings, or line it up."""
        assert meter.identity is not None
        if meter.identity.uuid in self._outstanding or meter.number in self._is_waiting:
            return
        if len(self._outstanding) < IN_FLIGHT_MAX:
            self._send(meter)
        else:
            self._waiting.append(meter)
            self._is_waiting.add(meter.number)

    def close(self) -> None:
        """Send nothing more."""
        for outstanding in self._outstanding.values():
            outstanding.retry.cancel()
        self._outstanding.clear()
        self._transport.close()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        """Look at an answer; only a proven one counts."""
        try:
            answer = parse_answer(data)
        except WireError:
            return
        outstanding = self._outstanding.get(answer.uuid)
        if outstanding is None or outstanding.time_s != answer.time_s:
            return
        identity = outstanding.meter.identity
        if identity is None or not answer.check(identity.secret):
            return
        outstanding.retry.cancel()
        del self._outstanding[answer.uuid]
        self._source.datagram_answered(outstanding.meter, outstanding.end)
        self._advance(outstanding.meter)

    def _advance(self, meter: FleetMeter) -> None:
        self.pump(meter)
        while self._waiting and len(self._outstanding) < IN_FLIGHT_MAX:
            waiting = self._waiting.popleft()
            self._is_waiting.discard(waiting.number)
            self._send(waiting)

    def _send(self, meter: FleetMeter) -> None:
        lines = self._source.lines(meter, READINGS_MAX)
        if not lines:
            return
        body = lines[: lines.rfind(b"\n", 0, BODY_SIZE_MAX) + 1]
        count = body.count(b"\n")
        time_s = int(body[body.rfind(b"R ") :].split(b" ")[1])
        identity = meter.identity
        assert identity is not None
        data = f"D {identity.uuid} {datagram_proof(identity.secret, body)}\n".encode() + body
        retry = self._loop.call_later(self._retry_s, self._send_again, identity.uuid)
        self._outstanding[identity.uuid] = _Outstanding(
            meter, data, meter.acked + count, time_s, self._retry_s, retry
        )
        self._transport.sendto(data)
        self._source.datagram_sent(meter, count)

    def _send_again(self, uuid: UUID) -> None:
        outstanding = self._outstanding[uuid]
        outstanding.pause_s = min(2 * outstanding.pause_s, RETRY_PAUSE_MAX_S)
        outstanding.retry = self._loop.call_later(outstanding.pause_s, self._send_again, uuid)
        self._transport.sendto(outstanding.data)
        self._source.datagram_unanswered()
