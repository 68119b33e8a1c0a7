"""What the ring server says: the answers of one turn to thousands of connections, as arrays.

Used by the ring's own thread only. A send is carried out at once and whole, or not at all: then the
peer reads nothing, its completion says so, and the server closes it.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.headend.answers import acknowledgements
from quilowatt.headend.uring import Operation, submissions
from quilowatt.limits import OUTGOING_SIZE_MAX

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quilowatt.headend.uring import Uring

__all__ = ["RingSender"]

SEND_FLAGS: Final = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL | socket.MSG_WAITALL


class RingSender:
    """Sends lines on a ring.

    Parameters
    ----------
    ring : Uring
        Of the calling thread.
    user_data : callable
        Gives for each file what its completions are known by.
    """

    def __init__(
        self, ring: Uring, user_data: Callable[[NDArray[np.intp]], NDArray[np.uint64]]
    ) -> None:
        self._ring = ring
        self._user_data = user_data
        self._queued: dict[int, list[bytes]] = {}
        self._queued_size = 0

    def queue(self, file: int, text: bytes) -> None:
        """Keep lines until `send_queued`; what a peer may make us keep is bounded."""
        self._queued.setdefault(file, []).append(text)
        self._queued_size += len(text)
        if self._queued_size > OUTGOING_SIZE_MAX:
            self.send_queued()

    def forget(self, file: int) -> None:
        """Send nothing to a file that is about to be closed: its number may soon be another's."""
        self._queued.pop(file, None)

    def send_queued(self) -> None:
        """Send what was queued, each file's lines as one text."""
        if self._queued:
            queued, self._queued, self._queued_size = self._queued, {}, 0
            texts = [b"".join(lines) for lines in queued.values()]
            sizes = np.array([len(text) for text in texts], np.intp)
            text = np.frombuffer(b"".join(texts), np.uint8)
            files = np.fromiter(queued, np.intp, len(queued))
            self._send(text, np.cumsum(sizes) - sizes, sizes, files)

    def acknowledge(self, safe_time_s: NDArray[np.int64], files: NDArray[np.intp]) -> None:
        """Send `A` where the time is not 0, after what was queued. [s]"""
        self.send_queued()  # WELCOME and ERR 422 come before the A
        has_answer = safe_time_s > 0
        if not has_answer.all():
            safe_time_s, files = safe_time_s[has_answer], files[has_answer]
        rows, sizes = acknowledgements(safe_time_s)
        self._send(rows, np.arange(files.size, dtype=np.intp) * rows.strides[0], sizes, files)

    def _send(
        self,
        text: NDArray[np.uint8],
        starts: NDArray[np.intp],
        sizes: NDArray[np.intp],
        files: NDArray[np.intp],
    ) -> None:
        if not files.size:
            return
        queue: NDArray[Any] = submissions(files.size)
        queue["opcode"] = Operation.SEND
        queue["flags"] = Operation.QUIET_SUCCESS
        queue["fd"] = files
        queue["address"] = text.ctypes.data + starts
        queue["length"] = sizes
        queue["operation_flags"] = SEND_FLAGS
        queue["user_data"] = self._user_data(files)
        self._ring.submit(queue)
