"""What is known of the line to the server, and how long to wait before trying it again. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from quilowatt.core.words import Words
    from quilowatt.errors import ApiError

__all__ = [
    "CONNECTING",
    "LIVE",
    "TOKEN_STATUSES",
    "Link",
    "LinkState",
    "link_lost",
    "link_message",
    "retry_pause_s",
]

PAUSE_MAX_S: Final = 30.0
"""A person who starts the server wants to see it within half a minute. [s]"""

TOKEN_STATUSES: Final = (401, 403)
"""HTTP statuses of a missing or wrong token."""

FIRST_ERROR_STATUS: Final = 400
"""Who answers with less, and is not understood, is no server of ours."""


class LinkState(enum.Enum):
    """How things stand; the value names the phrase."""

    CONNECTING = "link_connecting"
    LIVE = "link_live"
    LOST = "link_lost"
    REFUSED = "link_refused"


@dataclass(frozen=True, slots=True)
class Link:
    """The line to the server.

    Parameters
    ----------
    state : LinkState
        How things stand.
    attempt : int
        Failures in a row. [1]
    retry_at_s : float
        When it is tried again. [s since 1970-01-01 UTC]
    status : int
        HTTP status of the refusal, 0 without one.
    detail : str
        The server's own words.
    """

    state: LinkState
    attempt: int = 0
    retry_at_s: float = 0.0
    status: int = 0
    detail: str = ""


CONNECTING: Final = Link(LinkState.CONNECTING)
LIVE: Final = Link(LinkState.LIVE)


def retry_pause_s(attempt: int) -> float:
    """Length of the pause after so many failures in a row.

    Parameters
    ----------
    attempt : int
        Failures in a row, from 1. [1]

    Returns
    -------
    float
        Doubling from one second up to half a minute. [s]

    Examples
    --------
    >>> [retry_pause_s(attempt) for attempt in (1, 2, 3, 6, 99)]
    [1.0, 2.0, 4.0, 30.0, 30.0]
    """
    assert attempt >= 1
    return float(min(PAUSE_MAX_S, 2 ** min(attempt - 1, 10)))


def link_lost(before: Link, error: ApiError, now_s: float) -> Link:
    """State after a failure.

    Parameters
    ----------
    before : Link
        Until now.
    error : ApiError
        What went wrong; without a status nobody answered.
    now_s : float
        The present. [s since 1970-01-01 UTC]
    """
    attempt = before.attempt + 1
    state = LinkState.REFUSED if error.status else LinkState.LOST
    return Link(state, attempt, now_s + retry_pause_s(attempt), error.status, error.detail)


def link_message(link: Link, *, server: str, now_s: float, words: Words) -> str:
    """Say what is wrong with the line, what to do, and when it is tried again.

    Parameters
    ----------
    link : Link
        The line.
    server : str
        Its URL.
    now_s : float
        The present. [s since 1970-01-01 UTC]
    words : Words
        The table.

    Returns
    -------
    str
        Two rows; empty while nothing is wrong.
    """
    if not link.attempt:
        return ""
    seconds = max(0, round(link.retry_at_s - now_s))
    again = (
        words("lost_again", seconds=seconds, attempt=link.attempt)
        if seconds
        else words("trying", attempt=link.attempt)
    )
    return f"{link_reason(link, server=server, words=words)}\n{again}"


def link_reason(link: Link, *, server: str, words: Words) -> str:
    """Say what is wrong with the line and what to do; parameters as `link_message`."""
    if link.status in TOKEN_STATUSES:
        return words("needs_token", server=server)
    if 0 < link.status < FIRST_ERROR_STATUS:
        return words("stranger", server=server)
    if link.status:
        return words("refused", server=server, detail=link.detail)
    return words("lost", server=server)
