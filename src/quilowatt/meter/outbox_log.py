"""The form of a meter's log of readings: frames with checksums, appended one after another.

Bytes in, frames out; the files are the outbox's. A frame that the power cut in two can only be the
last one: it is cut off. A bad frame before a good one is damage, and refused.
"""

from __future__ import annotations

import enum
import struct
import zlib
from typing import Final

from quilowatt.errors import SpokenError
from quilowatt.wire import Reading

__all__ = ["Kind", "LogDamaged", "encode_frame", "encode_header", "read_log"]

VERSION: Final = 1
MAGIC: Final = b"quilowatt outbox"
HEADER: Final = struct.Struct("<16sI")  # magic, version
MARK: Final = b"\xf5qwF"
FRAME: Final = struct.Struct("<4sIII")  # mark, kind, rows, CRC-32 of kind, rows and the rows
ROW: Final = struct.Struct("<qqq")  # time [s], import [Wh], export [Wh]


class Kind(enum.IntEnum):
    """What the rows of a frame are."""

    ADDED = 1
    SETTLED = 2
    NEWEST = 3


class LogDamaged(SpokenError):
    """The log can't be believed; says why and what to do."""


def encode_header() -> bytes:
    """Write what a log begins with."""
    return HEADER.pack(MAGIC, VERSION)


def encode_frame(kind: Kind, rows: list[Reading]) -> bytes:
    """Write one frame; for SETTLED only the times of the rows count."""
    payload = b"".join(ROW.pack(r.time_s, r.import_wh, r.export_wh) for r in rows)
    return FRAME.pack(MARK, kind, len(rows), _checksum(kind, len(rows), payload)) + payload


def read_log(content: bytes) -> tuple[list[tuple[Kind, list[Reading]]], int]:
    """Read a log.

    Returns
    -------
    (list of (Kind, list of Reading), int)
        The frames, and where the last good one ends: what follows was torn by a crash. [B]

    Raises
    ------
    LogDamaged
        It is no log, of a newer version, or bad before its last frame.
    """
    _check_header(content)
    frames: list[tuple[Kind, list[Reading]]] = []
    place = HEADER.size
    while (end := _frame_end(content, place)) is not None:
        frames.append(_decode_frame(content, place))
        place = end
    if _has_frame_after(content, place):
        raise LogDamaged(
            f"is damaged at byte {place}; copy it away for repair, then delete it to go on "
            "without the readings in it",
            f"está danificado no byte {place}; copie-o para conserto, depois apague-o para seguir "
            "sem as leituras que ele tem",
        )
    return frames, place


def _check_header(content: bytes) -> None:
    if len(content) < HEADER.size or not content.startswith(MAGIC):
        raise LogDamaged(
            "is not a meter's log of readings", "não é um diário de leituras de medidor"
        )
    _, version = HEADER.unpack_from(content)
    if version != VERSION:
        raise LogDamaged(
            f"has version {version}; this quilowatt reads {VERSION}: upgrade it",
            f"tem a versão {version}; este quilowatt lê a {VERSION}: atualize-o",
        )


def _frame_end(content: bytes, place: int) -> int | None:
    """Where the frame at a place ends [B]; None when there is no whole, right one."""
    if len(content) < place + FRAME.size:
        return None
    mark, kind, rows, checksum = FRAME.unpack_from(content, place)
    end: int = place + FRAME.size + rows * ROW.size
    if mark != MARK or kind not in iter(Kind) or len(content) < end:
        return None
    is_right = checksum == _checksum(kind, rows, content[place + FRAME.size : end])
    return end if is_right else None


def _decode_frame(content: bytes, place: int) -> tuple[Kind, list[Reading]]:
    _, kind, rows, _ = FRAME.unpack_from(content, place)
    start = place + FRAME.size
    columns = ROW.iter_unpack(content[start : start + rows * ROW.size])
    return Kind(kind), [Reading(*row) for row in columns]


def _has_frame_after(content: bytes, place: int) -> bool:
    place = content.find(MARK, place + 1)
    while place >= 0:
        if _frame_end(content, place) is not None:
            return True
        place = content.find(MARK, place + 1)
    return False


def _checksum(kind: int, rows: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(struct.pack("<II", kind, rows)))
