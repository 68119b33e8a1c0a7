"""Bounds what `requests` reads, because Apprise's services use it and read answers whole.

Nothing else in quilowatt uses that library; `bound_requests` changes it for this process. Called by
the door to Apprise.
"""

from __future__ import annotations

import contextlib
import io
import time
from typing import TYPE_CHECKING, Any, Final

from quilowatt.limits import NOTICE_ANSWER_SIZE_MAX, NOTICE_TIMEOUT_S

if TYPE_CHECKING:
    from typing import Protocol

    class Answer(Protocol):
        """What `read_some` reads."""

        def read1(self, amt: int, /) -> bytes:
            """Give what has come, and wait only if nothing has."""
            ...


__all__ = ["bound_requests", "read_some"]

CHUNK_SIZE: Final = 8192
"""Read at once. [B]"""


def bound_requests() -> None:
    """Let every answer to `requests` be short, soon whole, and no redirect."""
    import requests  # noqa: PLC0415 - comes with Apprise, as late

    class Bounded(requests.adapters.HTTPAdapter):
        """Reads the beginning of an answer and closes the connection."""

        def send(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as its base has it
            response = super().send(*args, **options | {"stream": True})
            raw = response.raw
            raw.decode_content = True
            beginning = read_some(raw, time.monotonic() + NOTICE_TIMEOUT_S)
            # What is left unread must not be taken for the next answer.
            raw.close()
            response.raw = io.BytesIO(beginning)
            response.headers.pop("Location", None)
            return response

    sessions: Any = requests.sessions
    sessions.HTTPAdapter = Bounded


def read_some(raw: Answer, until_s: float) -> bytes:
    """Read an answer up to `NOTICE_ANSWER_SIZE_MAX`, and not much longer than until an instant.

    Parameters
    ----------
    raw : Answer
        Its status is known already; a body that breaks off ends there.
    until_s : float
        Of the monotonic clock. [s]

    Examples
    --------
    >>> len(read_some(io.BytesIO(bytes(10**6)), float("inf"))), read_some(io.BytesIO(b"a"), 0.0)
    (65536, b'')
    """
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - comes with requests

    found = bytearray()
    with contextlib.suppress(HTTPError, OSError):
        while len(found) < NOTICE_ANSWER_SIZE_MAX and time.monotonic() < until_s:
            some = raw.read1(min(CHUNK_SIZE, NOTICE_ANSWER_SIZE_MAX - len(found)))
            if not some:
                break
            found += some
    return bytes(found)
