"""Everything that the screen of one client shows, fetched together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from quilowatt.errors import ApiError, ApiUnreachable
from quilowatt.tui.link import TOKEN_STATUSES
from quilowatt.tui.series import after_reading, day_period, month_period
from quilowatt.tui.zones import zone_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import tzinfo
    from uuid import UUID

    from quilowatt.client import Alert, CycleForecast, Invoice, LoadProfile, Meter, ReadingEvent
    from quilowatt.tui.feed import Feed

__all__ = ["ClientView", "fetch_view"]

Answer = TypeVar("Answer")

ALERTS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class ClientView:
    """One client as the server described him.

    Parameters
    ----------
    meter : Meter
        With its last reading and consumption.
    zone : tzinfo
        Where it hangs.
    day, month : LoadProfile or None
        The last 24 hours by hours and the last 30 days by days.
    invoice : Invoice or None
        The bill of the running month.
    alerts : tuple of Alert
        The newest first.
    forecast : CycleForecast or None
        What the running cycle will come to.
    """

    meter: Meter
    zone: tzinfo
    day: LoadProfile | None = None
    month: LoadProfile | None = None
    invoice: Invoice | None = None
    alerts: tuple[Alert, ...] = ()
    forecast: CycleForecast | None = None

    def after(self, event: ReadingEvent) -> ClientView:
        """Return the view moved on by a reading; charts and bill stay as they were."""
        return replace(self, meter=after_reading(self.meter, event))


async def fetch_view(feed: Feed, meter: UUID, now_s: float) -> ClientView:
    """Ask the server for one client.

    Parameters
    ----------
    feed : Feed
        The server.
    meter : UUID
        Whose.
    now_s : float
        The present, where the charts end. [s since 1970-01-01 UTC]

    Raises
    ------
    ApiError
        The meter is unknown, or the server can't be asked at all. A part that alone is
        refused is left empty: a bill that fails must not hide the consumption.
    """
    described = await feed.meter(meter)
    zone = zone_of(described.usage_point.timezone)
    (day_start, day_end), (start, end) = day_period(now_s, zone), month_period(now_s, zone)
    day, month, invoices, alerts, coming = await asyncio.gather(
        _part(lambda: feed.load_profile(meter, start=day_start, end=day_end, resolution="1h")),
        _part(lambda: feed.load_profile(meter, start=start, end=end, resolution="1d")),
        _part(lambda: feed.invoices(meter=meter)),
        _part(lambda: feed.alerts(meter=meter, limit=ALERTS_SHOWN)),
        _part(lambda: feed.forecast(described.usage_point.id)),
    )
    return ClientView(
        meter=described,
        zone=zone,
        day=day,
        month=month,
        invoice=next(iter(invoices.items), None) if invoices else None,
        alerts=tuple(alerts.items) if alerts else (),
        forecast=coming,
    )


async def _part(ask: Callable[[], Awaitable[Answer]]) -> Answer | None:
    # A call, not its coroutine: who cancels the whole may do so before this part has begun.
    try:
        return await ask()
    except ApiUnreachable:
        raise
    except ApiError as error:
        if error.status in TOKEN_STATUSES:
            raise
        return None
