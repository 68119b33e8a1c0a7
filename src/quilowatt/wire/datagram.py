"""The meter protocol over UDP: readings sealed into datagrams, and their answers. No I/O.

A datagram is ``D <uuid> <proof>`` and R lines; the proof covers everything after the first LF.
The head-end parses, checks with the meter's secret, commits, and answers the last line's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.errors import WireError
from quilowatt.limits import DATAGRAM_SIZE_MAX
from quilowatt.wire.fields import hexadecimal, identity, integer
from quilowatt.wire.lines import line_text, parse_meter_line
from quilowatt.wire.messages import TIME_S_MAX, Reading
from quilowatt.wire.proof import DATAGRAM_PROOF_DIGITS, datagram_proof, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

__all__ = [
    "BODY_SIZE_MAX",
    "Datagram",
    "DatagramAnswer",
    "build_answer",
    "build_datagram",
    "build_datagrams",
    "parse_answer",
    "parse_datagram",
]

HEAD_SIZE: Final = len("D ") + 36 + len(" ") + DATAGRAM_PROOF_DIGITS + len("\n")

BODY_SIZE_MAX: Final = DATAGRAM_SIZE_MAX - HEAD_SIZE
"""What is left for R lines. [B]"""


@dataclass(frozen=True, slots=True)
class Datagram:
    """One datagram of a meter, not yet believed.

    Parameters
    ----------
    uuid : UUID
        Whose it claims to be.
    proof : str
        16 hex digits over the body.
    body : bytes
        One or more whole lines, each with its LF.
    """

    uuid: UUID
    proof: str
    body: bytes

    def check(self, secret: bytes) -> bool:
        """Say whether the proof is right, in constant time."""
        return matches(self.proof, datagram_proof(secret, self.body))

    def readings(self) -> list[Reading | WireError]:
        """Read the body's lines; an error stands where a bad line stood."""
        return [_reading(line) for line in self.body.removesuffix(b"\n").split(b"\n")]


@dataclass(frozen=True, slots=True)
class DatagramAnswer:
    """The head-end's answer: the datagram whose last line has this time [s UTC] is safe."""

    uuid: UUID
    time_s: int
    proof: str

    def check(self, secret: bytes) -> bool:
        """Say whether the proof is right, in constant time."""
        return matches(self.proof, datagram_proof(secret, b"%d" % self.time_s))


def build_datagram(uuid: UUID, secret: bytes, readings: Iterable[Reading]) -> bytes:
    """Seal readings that fit one datagram; `build_datagrams` splits what doesn't."""
    body = b"".join(reading.encode() for reading in readings)
    assert 0 < len(body) <= BODY_SIZE_MAX
    return f"D {uuid} {datagram_proof(secret, body)}\n".encode() + body


def build_datagrams(
    uuid: UUID, secret: bytes, readings: Iterable[Reading]
) -> Iterator[tuple[bytes, list[Reading]]]:
    """Seal readings into as few datagrams as hold them, in order.

    Yields
    ------
    (bytes, list of Reading)
        A datagram and the readings in it; the answer will carry the last one's time.
    """
    group: list[Reading] = []
    size = 0
    for reading in readings:
        line_size = len(reading.encode())
        if size + line_size > BODY_SIZE_MAX:
            yield build_datagram(uuid, secret, group), group
            group, size = [], 0
        group.append(reading)
        size += line_size
    if group:
        yield build_datagram(uuid, secret, group), group


def parse_datagram(data: bytes) -> Datagram:
    """Read a datagram without believing it.

    Raises
    ------
    WireError
        413 when it is too long, 400 when it is no datagram of this protocol.
    """
    if len(data) > DATAGRAM_SIZE_MAX:
        raise WireError(413, f"datagram of {len(data)} B, limit {DATAGRAM_SIZE_MAX} B")
    head, _, body = data.partition(b"\n")
    match line_text(head).split(" "):
        case ["D", uuid, proof] if body.endswith(b"\n"):
            try:
                proof = hexadecimal("proof", proof, DATAGRAM_PROOF_DIGITS)
                return Datagram(identity(uuid), proof, body)
            except ValueError as error:
                raise WireError(400, str(error)) from None
        case _:
            raise WireError(400, "a datagram is D <uuid> <proof> and R lines, each ended by LF")


def build_answer(uuid: UUID, secret: bytes, time_s: int) -> bytes:
    """Answer a datagram whose last line has this time [s UTC]."""
    return f"A {uuid} {time_s} {datagram_proof(secret, b'%d' % time_s)}\n".encode()


def parse_answer(data: bytes) -> DatagramAnswer:
    """Read an answer without believing it; `WireError` 400 when it is none."""
    match line_text(data.removesuffix(b"\n")).split(" "):
        case ["A", uuid, time, proof]:
            try:
                return DatagramAnswer(
                    identity(uuid),
                    integer("time", time, 1, TIME_S_MAX),
                    hexadecimal("proof", proof, DATAGRAM_PROOF_DIGITS),
                )
            except ValueError as error:
                raise WireError(400, str(error)) from None
        case _:
            raise WireError(400, "an answer is A <uuid> <time> <proof>")


def _reading(line: bytes) -> Reading | WireError:
    try:
        message = parse_meter_line(line)
    except WireError as error:
        return error
    if not isinstance(message, Reading):
        return WireError(400, "a datagram holds R lines only")
    return message
