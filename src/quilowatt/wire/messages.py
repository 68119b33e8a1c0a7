"""Every line of the meter protocol as a value that can write itself, in both directions.

Reading them is `lines`; what may follow what is decided by the tables of `headend` and `meter`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.limits import LINE_SIZE_MAX

if TYPE_CHECKING:
    from uuid import UUID

    from quilowatt.errors import WireError
    from quilowatt.wire.registration import RegistrationDetails

__all__ = [
    "CLOSING_CODES",
    "TIME_S_MAX",
    "VERSION",
    "Acknowledgement",
    "Bye",
    "HeadEndMessage",
    "Hello",
    "HelloAnswer",
    "Identify",
    "Identity",
    "Login",
    "MeterMessage",
    "Ping",
    "Pong",
    "Reading",
    "Refusal",
    "Register",
    "Registered",
    "SetInterval",
    "SetRelay",
    "Welcome",
]

VERSION: Final = 1
"""PROTOCOL: the version that is spoken here."""

TIME_S_MAX: Final = 2**40
"""In the year 36,812; a meter that counts milliseconds is caught. [s since 1970-01-01 UTC]"""

CLOSING_CODES: Final = frozenset({401, 403, 413, 440, 503})
"""PROTOCOL: after one of these the head-end closes the connection."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A meter opens the talk and says which version it speaks."""

    version: int = VERSION

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"HELLO %d\n" % self.version


@dataclass(frozen=True, slots=True)
class Identify:
    """A meter without an identity asks for one."""

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"IDENTIFY\n"


@dataclass(frozen=True, slots=True)
class Register:
    """A meter registers itself under the identity that it was given."""

    uuid: UUID
    details: RegistrationDetails

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return f"REGISTER {self.uuid} {self.details.encode()}\n".encode()


@dataclass(frozen=True, slots=True)
class Login:
    """A meter proves that it is the one: 64 hex digits over the nonce."""

    uuid: UUID
    proof: str

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"LOGIN %b %b\n" % (str(self.uuid).encode(), self.proof.encode())


@dataclass(frozen=True, slots=True)
class Reading:
    """The registers at one instant.

    Parameters
    ----------
    time_s : int
        Instant of the reading. [s since 1970-01-01 UTC]
    import_wh, export_wh : int
        Cumulative registers A+ (OBIS 1-0:1.8.0) and A− (1-0:2.8.0). [Wh]
    """

    time_s: int
    import_wh: int
    export_wh: int

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"R %d %d %d\n" % (self.time_s, self.import_wh, self.export_wh)


@dataclass(frozen=True, slots=True)
class Ping:
    """A meter asks for a sign of life."""

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"PING\n"


@dataclass(frozen=True, slots=True)
class Bye:
    """A meter ends the talk."""

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"BYE\n"


@dataclass(frozen=True, slots=True)
class HelloAnswer:
    """The head-end's nonce for this connection (32 hex digits) and its clock [s UTC]."""

    nonce: str
    time_s: int

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"HELLO %d %b %d\n" % (VERSION, self.nonce.encode(), self.time_s)


@dataclass(frozen=True, slots=True)
class Identity:
    """The head-end hands out an identity."""

    uuid: UUID

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return f"ID {self.uuid}\n".encode()


@dataclass(frozen=True, slots=True)
class Registered:
    """The head-end has registered the meter; its 32 secret bytes."""

    uuid: UUID
    secret: bytes

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return f"REGISTERED {self.uuid} {self.secret.hex()}\n".encode()


@dataclass(frozen=True, slots=True)
class Welcome:
    """The meter is logged in.

    Parameters
    ----------
    last_time_s : int
        Newest durable reading of this meter, 0 when there is none. [s UTC]
    interval_s : int
        How often the head-end wants readings. [s]
    time_s : int
        The head-end's clock. [s UTC]
    """

    last_time_s: int
    interval_s: int
    time_s: int

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"WELCOME %d %d %d\n" % (self.last_time_s, self.interval_s, self.time_s)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Every R line up to the one of this time [s UTC] is on stable storage."""

    time_s: int

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"A %d\n" % self.time_s


@dataclass(frozen=True, slots=True)
class Pong:
    """A sign of life with the head-end's clock [s UTC]."""

    time_s: int

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"PONG %d\n" % self.time_s


@dataclass(frozen=True, slots=True)
class SetInterval:
    """The head-end wants a reading this often [s]."""

    interval_s: int

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"SET interval %d\n" % self.interval_s


@dataclass(frozen=True, slots=True)
class SetRelay:
    """The head-end connects or disconnects the load."""

    is_on: bool

    def encode(self) -> bytes:
        """Write the line with its LF."""
        return b"SET relay on\n" if self.is_on else b"SET relay off\n"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The head-end's ERR: the protocol's number and what was wrong.

    For 422 the text begins with the reading's time, or ``-`` when that could not be read.
    """

    code: int
    text: str

    @classmethod
    def of(cls, error: WireError) -> Refusal:
        """Say to the peer what it did."""
        return cls(error.code, error.reason)

    @property
    def is_closing(self) -> bool:
        """Whether the head-end closes the connection after it."""
        return self.code in CLOSING_CODES

    @property
    def time_s(self) -> int | None:
        """The refused reading's time [s UTC], for 422."""
        word = self.text.partition(" ")[0]
        is_time = self.code == 422 and word.isascii() and word.isdigit()  # noqa: PLR2004 PROTOCOL
        return int(word) if is_time else None

    def encode(self) -> bytes:
        """Write the line with its LF, cut to the length that a line may have."""
        line = f"ERR {self.code} {' '.join(self.text.split())}".encode()
        return line[: LINE_SIZE_MAX - 1].decode(errors="ignore").encode() + b"\n"


MeterMessage = Hello | Identify | Register | Login | Reading | Ping | Bye
HeadEndMessage = (
    HelloAnswer
    | Identity
    | Registered
    | Welcome
    | Acknowledgement
    | Pong
    | SetInterval
    | SetRelay
    | Refusal
)
