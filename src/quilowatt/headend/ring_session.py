"""A meter's connection on the ring server: its verbs are queued and carried out once a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quilowatt.headend.session import Session
from quilowatt.limits import LOGIN_TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.headend.ring_server import RingServer

__all__ = ["RingSession"]


class RingSession(Session):
    """A connection on the ring."""

    __slots__ = ("_server", "file")

    def __init__(self, server: RingServer, file: int) -> None:
        super().__init__(LOGIN_TIMEOUT_S)
        self._server = server
        self.file = file

    def send(self, text: bytes) -> None:
        """Queue lines; they leave at the end of this turn."""
        self._server.queue_send(self.file, text)

    def close(self, last_words: bytes = b"") -> None:
        """Close when this turn's lines have left."""
        self._server.queue_close(self.file, last_words)

    def set_silence(self, silence_s: float) -> None:
        """Let the meter say nothing for so long from its next words on. [s]."""
        super().set_silence(silence_s)
        self._server.set_silence(self.file, silence_s)

    def post(self, action: Callable[[], None]) -> None:
        """Have the server's thread do something, unless this connection is gone by then."""
        self._server.post(self, action)
