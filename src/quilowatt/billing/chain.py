"""The hash chain of a meter's readings: each issued cycle adds one link, whose head is on the bill.

A head stands for every reading behind it, back to the meter's first issued cycle: who changes one,
leaves one out or adds one can't keep the head that is printed. Pure: bytes from arrays.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np

from quilowatt.billing.invoice import Link

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FIRST_HEAD", "chain_link", "link_bytes"]

FIRST_HEAD: Final = bytes(32).hex()
"""What the first link of a meter follows: 32 zero bytes, in hex."""

MAGIC: Final = b"quilowatt readings 1\0"
"""So that no other document can have the bytes of a link; the number is the format's."""

COUNT: Final = np.dtype(">i8")
READING: Final = np.dtype([("time_s", COUNT), ("import_wh", COUNT), ("export_wh", COUNT)])


def chain_link(
    meter: str,
    period_s: tuple[int, int],
    readings: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    previous: str = FIRST_HEAD,
) -> Link:
    """Chain the readings of one cycle to those of the cycles before.

    Parameters
    ----------
    meter : str
        UUID.
    period_s : tuple of int
        Half-open part of the cycle in which the meter counts. [s since 1970-01-01 UTC]
    readings : tuple of ndarray of int64, each of shape (n,)
        Rising times in that period, import and export registers: of each instant the values that
        count as of the invoice's commit. [s since 1970-01-01 UTC], [Wh], [Wh]
    previous : str
        Head of the link before, in hex.

    Examples
    --------
    >>> nothing = np.zeros(0, np.int64)
    >>> meter = "2b1d8e4e-6b5c-4d3a-9f57-0c6a5f6d7e8f"
    >>> link = chain_link(meter, (0, 3600), (nothing, nothing, nothing))
    >>> link.readings, link.head[:16]
    (0, '9deb28fad9a3169b')
    """
    head = hashlib.sha256(link_bytes(meter, period_s, readings, previous)).hexdigest()
    return Link(meter, *period_s, int(readings[0].size), previous, head)


def link_bytes(
    meter: str,
    period_s: tuple[int, int],
    readings: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    previous: str,
) -> bytes:
    """Write what a head is the SHA-256 of; integers are 8 bytes, signed, the highest first.

    ``"quilowatt readings 1", 0 ‖ previous head (32 B) ‖ UUID (16 B) ‖ start, end ‖ count ‖
    then of each reading, by time: time, import, export``; parameters as of `chain_link`.
    """
    time_s, import_wh, export_wh = readings
    rows = np.empty(time_s.size, READING)
    rows["time_s"], rows["import_wh"], rows["export_wh"] = time_s, import_wh, export_wh
    frame = np.array([*period_s, time_s.size], COUNT)
    return b"".join(
        (MAGIC, bytes.fromhex(previous), UUID(meter).bytes, frame.tobytes(), rows.tobytes())
    )
