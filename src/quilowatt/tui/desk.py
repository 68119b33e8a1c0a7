"""What all screens share: the server, the words, the clock, the line's state and open alerts."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from quilowatt.tui.link import CONNECTING, Link
from quilowatt.tui.zones import local_zone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import tzinfo
    from uuid import UUID

    from quilowatt.client import Alert, AlertEvent
    from quilowatt.core.words import Words
    from quilowatt.tui.feed import Feed

__all__ = ["ALERTS_MAX", "Desk", "pause_or"]

ALERTS_MAX: Final = 100
"""Open alerts that are fetched: who has more needs a list, not a banner."""


GRAVITY: Final = {"info": 0, "warning": 1, "critical": 2}
"""What weighs more goes into the banner first."""


async def pause_or(event: asyncio.Event, pause_s: float) -> None:
    """Wait for an event, but not longer than a pause [s]."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await event.wait()


@dataclass(slots=True)
class Desk:
    """The state that outlives a screen.

    Parameters
    ----------
    feed : Feed
        The server.
    words : Words
        In the person's language.
    clock : callable
        The present. [s since 1970-01-01 UTC]
    server : str
        URL, for telling it.
    zone : tzinfo
        Whose wall clock the list shows; a client's screen shows his own.
    author : str
        In whose name alerts are acknowledged.
    pause : callable
        How to wait for an event at most so long; tests wait for the event alone. [s]
    """

    feed: Feed
    words: Words
    clock: Callable[[], float]
    server: str
    zone: tzinfo = field(default_factory=local_zone)
    pause: Callable[[asyncio.Event, float], Awaitable[None]] = pause_or
    link: Link = CONNECTING
    author: str = "terminal"
    open_alerts: dict[int, Alert] = field(default_factory=dict)
    hidden_alerts: set[int] = field(default_factory=set)

    def set_open(self, alerts: Iterable[Alert]) -> bool:
        """Take the server's list of open alerts in place of what was known; True if any is new."""
        known = self.open_alerts.keys()
        self.open_alerts = {alert.id: alert for alert in alerts if alert.is_open}
        self.hidden_alerts &= self.open_alerts.keys()
        return bool(self.open_alerts.keys() - known)

    def take(self, event: AlertEvent) -> bool:
        """Take what just happened to an alert; True when it is new to the person."""
        alert = event.alert
        is_new = alert.is_open and alert.id not in self.open_alerts
        if alert.is_open:
            self.open_alerts[alert.id] = alert
        else:
            self.open_alerts.pop(alert.id, None)
            self.hidden_alerts.discard(alert.id)
        return is_new

    def hide(self, alert: Alert) -> None:
        """Show the banner of an alert no more; the alert itself stays open."""
        self.hidden_alerts.add(alert.id)

    def pressing(self, meter: UUID | None = None) -> list[Alert]:
        """List open alerts that nobody dealt with.

        Those of one meter come first, then the gravest, then the newest.
        """
        shown = [a for a in self.open_alerts.values() if self._presses(a)]

        def rank(alert: Alert) -> tuple[bool, int, float, int]:
            gravity = GRAVITY.get(alert.severity, 0)
            return alert.meter != meter, -gravity, -alert.raised_at.timestamp(), -alert.id

        return sorted(shown, key=rank)

    def _presses(self, alert: Alert) -> bool:
        is_dealt_with = alert.is_acknowledged or alert.is_muted or alert.snoozed_until is not None
        return alert.id not in self.hidden_alerts and not is_dealt_with

    def has_open(self, meter: UUID) -> bool:
        """Tell whether an alert of a meter is open, hidden or not."""
        return any(alert.meter == meter for alert in self.open_alerts.values())
