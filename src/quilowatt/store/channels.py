"""Channels: where notices about alerts go, and on which terms, as facts with an author.

A channel is never changed: another one is added and the old one removed, which is a fact too. Its
URL and secret let anyone send in its owner's name, so neither is shown by `repr` or in a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["Channel", "ChannelBook", "ChannelRequest", "ChannelTerms", "Severity"]

Severity = Literal["info", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class ChannelTerms:
    """What is sent to a channel, in which language, and when.

    Parameters
    ----------
    language : {'en', 'pt'}
        Of the texts.
    timezone : str
        IANA name of the zone of the hours below.
    quiet_start_min, quiet_end_min : int or None
        In [start, end) of each day nothing is sent but what is critical; the end may lie on the
        next day. Both or none. [min since local midnight]
    digest_hour : int or None
        All of a day goes out together at this hour; None sends at once. [h since local midnight]
    severity_min : {'info', 'warning', 'critical'}
        What matters less is not sent.
    kinds : tuple of str
        Only these kinds of alert; empty is every kind.
    tells_end : bool
        Whether the end of an episode is told too.
    """

    language: Literal["en", "pt"] = "en"
    timezone: str = "UTC"
    quiet_start_min: int | None = None
    quiet_end_min: int | None = None
    digest_hour: int | None = None
    severity_min: Severity = "info"
    kinds: tuple[str, ...] = ()
    tells_end: bool = False

    def __post_init__(self) -> None:
        assert (self.quiet_start_min is None) == (self.quiet_end_min is None)


@dataclass(frozen=True, slots=True)
class ChannelRequest:
    """A channel that someone wants.

    Parameters
    ----------
    uuid : UUID
        Its name outside.
    customer_id : int or None
        Whose alerts it tells; None tells those of everyone, to the operator.
    name : str
        What to call it.
    url : str
        Where to: ``http`` and ``https`` get signed JSON, anything else is Apprise's.
    secret : str
        Signs what goes to a webhook; empty for others.
    terms : ChannelTerms
        What, and when.
    author : str
        Who set it up.
    idempotency_key : str or None
        The same key again is the same request.
    """

    uuid: UUID
    customer_id: int | None
    name: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    terms: ChannelTerms
    author: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as it is kept.

    Parameters
    ----------
    id : int
        Rising.
    asked : ChannelRequest
        Where to and on which terms.
    at_s : int
        Since when. [s since 1970-01-01 UTC]
    removed_at_s : int or None
        When it was removed. [s since 1970-01-01 UTC]
    customer_uuid : UUID or None
        Name outside of its customer.
    """

    id: int
    asked: ChannelRequest
    at_s: int
    removed_at_s: int | None
    customer_uuid: UUID | None

    @property
    def is_webhook(self) -> bool:
        """Whether it gets signed JSON over HTTP."""
        return self.asked.url.lower().startswith(("http://", "https://"))


class ChannelBook(Protocol):
    """Keeps channels; safe to call from any thread.

    Every method may raise `StoreFull`, `StoreBusy` or `StoreCorrupt`.
    """

    def add(self, request: ChannelRequest, *, at_s: int) -> Channel:
        """Keep a channel; the one that was kept first, where its key is known already [s]."""
        ...

    def remove(self, channel_id: int, *, author: str, at_s: int) -> Channel | None:
        """Remove a channel; None where there is none. Removing it again changes nothing [s]."""
        ...

    def find(self, uuid: UUID) -> Channel | None:
        """Find a channel, removed or not."""
        ...

    def all(self, *, with_removed: bool = False) -> list[Channel]:
        """List channels by rising id; those that are removed only if so wished."""
        ...
