"""Sends a message to a channel: a webhook as signed JSON, everything else by Apprise.

The other side may be slow, broken or hostile: every send is bounded by a time, runs in a thread of
its own, and ends in an `Outcome`, never in an exception. A channel whose other side keeps a thread
hanging gets no second one, so it harms itself alone. Nothing here writes a URL to a log.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from quilowatt.jobs.apprise_door import notify
from quilowatt.jobs.channel_url import without_secrets
from quilowatt.limits import NOTICE_HANGS_MAX, NOTICE_TIMEOUT_S

if TYPE_CHECKING:
    from uuid import UUID

    from quilowatt.jobs.notice_words import Message
    from quilowatt.store import Channel

__all__ = ["SIGNATURE_HEADER", "TIMESTAMP_HEADER", "Outcome", "Sender", "send", "signature"]

TIMESTAMP_HEADER: Final = "Quilowatt-Timestamp"
"""When a webhook's message was signed. [s since 1970-01-01 UTC]"""

SIGNATURE_HEADER: Final = "Quilowatt-Signature"
"""``v1=`` and the hexadecimal HMAC of `signature`."""

HTTP_TIMEOUT_S: Final = 10.0
"""For each step of a webhook: connect, write, wait for the answer. [s]"""

HTTP_TOTAL_S: Final = 20.0
"""For all steps of a webhook together: a header that drips in takes no longer. [s]"""

DETAIL_SIZE_MAX: Final = 300
"""Of what the other side said, so much is kept. [chars]"""

CHATTERS: Final = ("httpx", "httpcore")
"""Loggers of libraries that write URLs, and with them tokens."""

UNDER_WAY: Final[set[UUID]] = set()
"""Channels to which a thread is sending, or hangs; guarded by `GUARD`."""

GUARD: Final = threading.Condition()

ENTER_S: Final = 2.0
"""So long a message waits for another one to the same channel to be gone. [s]"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a send ended.

    Parameters
    ----------
    is_sent : bool
        The other side took the message.
    detail : str
        What it said, or what went wrong, without secrets.
    """

    is_sent: bool
    detail: str


Sender = Callable[["Channel", "Message", int], Outcome]
"""Sends a message at an instant [s since 1970-01-01 UTC]; `send`, or what stands for it."""


def send(channel: Channel, message: Message, now_s: int) -> Outcome:
    """Send a message, within `NOTICE_TIMEOUT_S`.

    Parameters
    ----------
    channel : Channel
        Where to.
    message : Message
        What.
    now_s : int
        The present: it is signed along. [s since 1970-01-01 UTC]
    """
    for name in CHATTERS:
        # They would write URLs at INFO; what matters of it comes back as an outcome.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    key = channel.asked.uuid
    refusal = _enter(key)
    if refusal is not None:
        return Outcome(is_sent=False, detail=refusal)
    found: list[Outcome] = []

    def run() -> None:
        try:
            found.append(_send(channel, message, now_s))
        finally:
            with GUARD:
                UNDER_WAY.discard(key)
                GUARD.notify_all()

    thread = threading.Thread(target=run, name="notice-send", daemon=True)
    thread.start()
    thread.join(NOTICE_TIMEOUT_S)
    if not found:
        return Outcome(is_sent=False, detail=f"no answer within {NOTICE_TIMEOUT_S} s")
    return found[0]


def signature(secret: str, timestamp_s: int, body: bytes) -> str:
    """Sign a webhook's body: HMAC-SHA256 (RFC 2104) of timestamp, a full stop, and the body.

    Parameters
    ----------
    secret : str
        Of the channel; its UTF-8 bytes are the key.
    timestamp_s : int
        As in the header, so that an old message can't be sent again. [s since 1970-01-01 UTC]
    body : bytes
        Exactly as sent.

    Examples
    --------
    >>> signature("secret", 1_700_000_000, b"{}")[:23]
    'v1=b8569b78799ff9e3cbff'
    """
    signed = str(timestamp_s).encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, "sha256").hexdigest()


def _enter(key: UUID) -> str | None:
    """Note that a channel is being sent to; or say why it can't be."""
    with GUARD:
        if not GUARD.wait_for(lambda: key not in UNDER_WAY, ENTER_S):
            return "an earlier message to it still hangs"
        if len(UNDER_WAY) >= NOTICE_HANGS_MAX:
            return f"{NOTICE_HANGS_MAX} sends hang already"
        UNDER_WAY.add(key)
        return None


def _send(channel: Channel, message: Message, now_s: int) -> Outcome:
    try:
        if channel.is_webhook:
            is_sent, detail = asyncio.run(_post(channel, message, now_s))
        else:
            is_sent, detail = notify(channel.asked.url, message.title, message.text)
    except TimeoutError:
        is_sent, detail = False, f"no answer within {HTTP_TOTAL_S:g} s"
    except Exception as error:
        is_sent, detail = False, f"{type(error).__name__}: {error}"
    clean = without_secrets(detail, channel.asked.url, host_too=not channel.is_webhook)
    return Outcome(is_sent, clean[:DETAIL_SIZE_MAX])


async def _post(channel: Channel, message: Message, now_s: int) -> tuple[bool, str]:
    document = {**message.document, "sent_at": now_s}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "quilowatt",
        TIMESTAMP_HEADER: str(now_s),
        SIGNATURE_HEADER: signature(channel.asked.secret, now_s, body),
    }
    url = channel.asked.url
    # Redirects are not followed: they lead to hosts that nobody named.
    async with (
        asyncio.timeout(HTTP_TOTAL_S),
        httpx.AsyncClient(timeout=HTTP_TIMEOUT_S, trust_env=False, follow_redirects=False) as http,
        http.stream("POST", url, content=body, headers=headers) as response,
    ):
        # Its status says all; a body could be endless.
        status = response.status_code
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    return response.is_success, f"HTTP {status} {phrase}".strip()
