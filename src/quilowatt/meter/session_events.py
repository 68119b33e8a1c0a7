"""What a meter's session tells whoever runs it: frozen facts, for a console, a log or a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

__all__ = [
    "Connecting",
    "ConnectionLost",
    "IntervalSet",
    "LoggedIn",
    "MeterRegistered",
    "Objected",
    "ReadingRefused",
    "ReadingsAnswered",
    "RelaySet",
    "SessionEvent",
]


@dataclass(frozen=True, slots=True)
class Connecting:
    """The session is about to call the head-end."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class MeterRegistered:
    """The meter has an identity now, and it is on disk."""

    uuid: UUID


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The head-end knows the meter and takes its readings.

    Parameters
    ----------
    uuid : UUID
        Who the meter is.
    last_time_s : int
        Newest reading that the head-end has, 0 when none. [s since 1970-01-01 UTC]
    interval_s : int
        How often it wants readings. [s]
    time_s : int
        Its clock. [s since 1970-01-01 UTC]
    """

    uuid: UUID
    last_time_s: int
    interval_s: int
    time_s: int


@dataclass(frozen=True, slots=True)
class ReadingsAnswered:
    """So many readings [1] are safe, the last of this time [s UTC]; so many still wait [1]."""

    count: int
    time_s: int
    waiting: int


@dataclass(frozen=True, slots=True)
class ReadingRefused:
    """The head-end says that a reading can't be true; it was dropped.

    Parameters
    ----------
    time_s : int or None
        Which one; None when the head-end could not read its time. [s since 1970-01-01 UTC]
    why : str
        What the head-end said.
    count : int
        Readings refused since the session began. [1]
    """

    time_s: int | None
    why: str
    count: int


@dataclass(frozen=True, slots=True)
class IntervalSet:
    """The head-end wants a reading this often from now on. [s]."""

    interval_s: int


@dataclass(frozen=True, slots=True)
class RelaySet:
    """The head-end connects or disconnects the load."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class Objected:
    """The head-end did not understand something, and went on."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The head-end can't be reached, or has gone; the session tries again after a pause. [s]."""

    reason: str
    pause_s: float


SessionEvent = (
    Connecting
    | MeterRegistered
    | LoggedIn
    | ReadingsAnswered
    | ReadingRefused
    | IntervalSet
    | RelaySet
    | Objected
    | ConnectionLost
)
