"""What happens to a meter by itself, as lines in the person's language. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.core.words import format_date_time
from quilowatt.meter.sender import MeterFault
from quilowatt.meter.session_events import (
    ConnectionLost,
    IntervalSet,
    LoggedIn,
    MeterRegistered,
    Objected,
    ReadingRefused,
    ReadingsAnswered,
    RelaySet,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from quilowatt.core.words import Words
    from quilowatt.meter.session_events import SessionEvent

__all__ = ["Narrator"]

REASONS: Final = {
    "Connect call failed": "why_nobody",
    "not known": "why_no_such_name",
    "name resolution": "why_no_such_name",
    "closed the connection (503)": "why_not_now",
    "closed the connection": "why_closed",
    "no answer in time": "why_silent",
    "no sign of life": "why_silent",
    "datagram was not answered": "why_silent",
    "(401)": "why_unknown_meter",
    "(440)": "why_replaced",
    "(403)": "why_blocked",
    "CERTIFICATE_VERIFY_FAILED": "why_certificate",
    "[SSL": "why_no_tls",
    "is no head-end": "why_stranger",
}
"""How the causes of a lost connection are put to a person, by a piece of their technical text."""


class Narrator:
    """Puts events into words.

    Parameters
    ----------
    words : Words
        The table `PHRASES` in the person's language.
    server : str
        The head-end's address as the person gave it.
    interval_s : callable
        How often the meter reads now. [s]
    zone : tzinfo
        Whose local time to write.
    """

    def __init__(
        self, words: Words, server: str, interval_s: Callable[[], int], zone: tzinfo
    ) -> None:
        self._words, self._server, self._interval_s, self._zone = words, server, interval_s, zone
        self._was_connected = False

    def line(  # noqa: C901, PLR0911 - one case an event
        self, event: SessionEvent | MeterFault
    ) -> str:
        """Say what happened in one line, or nothing ("") where a person needn't know."""
        words = self._words
        match event:
            case MeterRegistered(uuid):
                return words("registered", uuid=uuid)
            case LoggedIn() | ReadingsAnswered():
                return self._connected()
            case ConnectionLost(reason, pause_s):
                return self._lost(reason, pause_s)
            case IntervalSet(interval_s):
                return words("interval_set", interval=interval_s)
            case RelaySet(is_on):
                return words("relay_on" if is_on else "relay_off")
            case ReadingRefused(time_s, why):
                return words("reading_refused", time=self._local(time_s), why=why)
            case Objected(code, text):
                return words("objected", code=str(code), why=text)
            case MeterFault(error):
                return words("fault", why=error.spoken(words.language))
            case _:
                return ""

    def _connected(self) -> str:
        if self._was_connected:
            return ""
        self._was_connected = True
        return self._words("connected", server=self._server, interval=self._interval_s())

    def _lost(self, reason: str, pause_s: float) -> str:
        key = "lost" if self._was_connected else "unreachable"
        self._was_connected = False
        known = next((said for part, said in REASONS.items() if part in reason), None)
        why = self._words(known) if known else reason
        return self._words(key, server=self._server, why=why, pause=max(1, round(pause_s)))

    def _local(self, time_s: int | None) -> str:
        if time_s is None:
            return "?"
        return format_date_time(time_s, self._zone, self._words.language)
