"""What happens, told to whoever listens: the hub between the head-end and streams of events.

The hub lives on the event loop and never waits. A subscriber that lags behind by more than the
bounds in `limits` is dropped; it may come back and ask the lists for what it missed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from quilowatt.limits import EVENT_QUEUE_MAX, EVENT_READINGS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from quilowatt.store import AlertRecord, IssuedInvoice

__all__ = ["AlertNews", "EventHub", "InvoiceNews", "News", "Subscription"]


@dataclass(frozen=True, slots=True)
class AlertNews:
    """An alert that was opened, changed or closed.

    Parameters
    ----------
    phase : str
        ``opened``, ``updated`` or ``closed``.
    record : AlertRecord
        The episode as the ledger keeps it now.
    """

    phase: str
    record: AlertRecord


@dataclass(frozen=True, slots=True)
class InvoiceNews:
    """Invoices that were issued together.

    Parameters
    ----------
    invoices : tuple of IssuedInvoice
        As the ledger has them.
    meters : mapping of int to frozenset of int
        Meters of each usage point.
    """

    invoices: tuple[IssuedInvoice, ...]
    meters: Mapping[int, frozenset[int]]

    def of(self, numbers: NDArray[np.int32]) -> InvoiceNews:
        """Leave out usage points without any of these meters."""
        wanted = set(numbers.tolist())
        mine = (i for i in self.invoices if wanted & self.meters.get(i.usage_point_id, set()))
        return InvoiceNews(tuple(mine), self.meters)


News = AlertNews | InvoiceNews


class Subscription:
    """One listener's queue; `EventHub.subscribe` makes it.

    Parameters
    ----------
    hub : EventHub
        Where it hangs.
    meters : ndarray of int32 or None
        Only these; all if None.
    kinds : frozenset of str
        Any of ``reading``, ``alert`` and ``invoice``.
    """

    def __init__(
        self, hub: EventHub, meters: NDArray[np.int32] | None, kinds: frozenset[str]
    ) -> None:
        self._hub = hub
        self._meters = meters
        self._kinds = kinds
        self._news: deque[News] = deque()
        self._readings: deque[NDArray[np.int32]] = deque()
        self._readings_queued = 0
        self._wake = asyncio.Event()
        self.is_dropped = False
        self.is_closed = False

    async def wait(self, timeout_s: float) -> bool:
        """Wait for news, the end, or until the time is over; say whether it is not over [s]."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    def take(self) -> tuple[NDArray[np.int32], list[News]]:
        """Take all that is queued: meters that have new readings, each once, and other news."""
        news, readings = list(self._news), list(self._readings)
        self._clear()
        if not self.is_closed:
            self._wake.clear()
        meters = np.unique(np.concatenate(readings)) if readings else np.empty(0, np.int32)
        return meters, news

    def close(self) -> None:
        """Listen no more."""
        self.is_closed = True
        self._wake.set()
        self._hub.forget(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, news: News) -> None:
        """Queue news, if this listener wants them."""
        if isinstance(news, AlertNews):
            kind = "alert"
            wanted = self._meters is None or news.record.meter_number in self._meters
        else:
            kind = "invoice"
            news = news if self._meters is None else news.of(self._meters)
            wanted = bool(news.invoices)
        if kind in self._kinds and wanted:
            self._news.append(news)
            self._queued()

    def put_readings(self, meters: NDArray[np.int32]) -> None:
        """Queue meters that have new readings, those that this listener wants."""
        if "reading" not in self._kinds:
            return
        wanted = meters if self._meters is None else np.intersect1d(meters, self._meters)
        if wanted.size:
            self._readings.append(wanted)
            self._readings_queued += wanted.size
            self._queued()

    def _queued(self) -> None:
        entries = len(self._news) + len(self._readings)
        too_many = len(self._readings) > 1 and self._readings_queued > EVENT_READINGS_MAX
        if entries > EVENT_QUEUE_MAX or too_many:
            self.is_dropped = True
            self._clear()
            self.close()
        self._wake.set()

    def _clear(self) -> None:
        self._news.clear()
        self._readings.clear()
        self._readings_queued = 0


class EventHub:
    """Where what happens is published; every method belongs to the loop's thread."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._is_closed = False
        self.dropped_count = 0

    @property
    def subscriber_count(self) -> int:
        """How many listen now."""
        return len(self._subscriptions)

    def subscribe(
        self, *, meters: Iterable[int] = (), kinds: Iterable[str] = ("reading", "alert", "invoice")
    ) -> Subscription:
        """Begin to listen.

        Parameters
        ----------
        meters : iterable of int
            Dense meter numbers; all when empty.
        kinds : iterable of str
            Any of ``reading``, ``alert`` and ``invoice``.
        """
        numbers = np.unique(np.fromiter(meters, np.int32))
        subscription = Subscription(self, numbers if numbers.size else None, frozenset(kinds))
        self._subscriptions.add(subscription)
        if self._is_closed:
            subscription.close()
        return subscription

    def publish(self, news: News) -> None:
        """Tell of an alert, or of invoices."""
        for subscription in tuple(self._subscriptions):
            subscription.put(news)

    def publish_readings(self, meters: NDArray[np.int32]) -> None:
        """Tell which meters have new readings, after the commit that holds them.

        Parameters
        ----------
        meters : ndarray of int32, shape (n,)
            Dense meter numbers, repeated and in any order: the column of the batch.
        """
        if not self._subscriptions:
            return
        touched = np.unique(meters)
        for subscription in tuple(self._subscriptions):
            subscription.put_readings(touched)

    def forget(self, subscription: Subscription) -> None:
        """Let a subscription go; it calls this itself when it closes."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
            self.dropped_count += subscription.is_dropped

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._is_closed = True
        for subscription in tuple(self._subscriptions):
            subscription.close()
