"""One meter's connection at the head-end, whatever carries it.

A transport gives each connection a `Session` and implements its three verbs. All verbs but `post`
belong to the transport's own thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from quilowatt.wire.headend import HeadEndConnection, State
from quilowatt.wire.messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.errors import WireError

__all__ = ["Session"]


class Session(ABC):
    """A connection and whose it is.

    Attributes
    ----------
    connection : HeadEndConnection
        Where the talk stands.
    number : int
        The meter's number after LOGIN, 0 before.
    silence_s : float
        How long it may say nothing. [s]
    """

    __slots__ = ("connection", "number", "silence_s")

    def __init__(self, silence_s: float) -> None:
        self.connection = HeadEndConnection()
        self.number = 0
        self.silence_s = silence_s

    @property
    def is_over(self) -> bool:
        """Whether what the peer still says is of no interest."""
        return self.connection.state is State.CLOSED

    @abstractmethod
    def send(self, text: bytes) -> None:
        """Send whole lines; a peer that reads nothing is closed."""

    @abstractmethod
    def close(self, last_words: bytes = b"") -> None:
        """Close the connection when what was sent in this turn, then the last words, have left."""

    @abstractmethod
    def post(self, action: Callable[[], None]) -> None:
        """Have the transport's thread do something; callable from any thread."""

    def set_silence(self, silence_s: float) -> None:
        """Let the meter say nothing for so long from its next words on. [s]."""
        self.silence_s = silence_s

    def refuse(self, error: WireError) -> None:
        """Answer ERR."""
        self.send(Refusal(error.code, error.reason).encode())

    def expel(self, error: WireError) -> None:
        """Answer ERR and close; what is safe is acknowledged before."""
        self.connection.close()
        self.close(Refusal(error.code, error.reason).encode())
