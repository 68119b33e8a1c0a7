"""What the screen asks of the server: `client.AsyncClient` answers it, and fakes in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from typing import Unpack
    from uuid import UUID

    from quilowatt.client import (
        Alert,
        Customer,
        CycleForecast,
        Event,
        Invoice,
        LoadProfile,
        Meter,
        Page,
    )
    from quilowatt.client.calls import AlertFilter, CustomerFilter, InvoiceFilter, ProfileFilter

__all__ = ["Feed"]


class Feed(Protocol):
    """The calls of `AsyncClient` that the screen makes; every one may raise `ApiError`."""

    async def customers(self, **filters: Unpack[CustomerFilter]) -> Page[Customer]:
        """List customers with their last reading and consumption."""

    async def meter(self, identity: UUID | str) -> Meter:
        """Ask for one meter."""

    async def load_profile(
        self, identity: UUID | str, **filters: Unpack[ProfileFilter]
    ) -> LoadProfile:
        """Ask for the energy of a meter by interval."""

    async def invoices(self, **filters: Unpack[InvoiceFilter]) -> Page[Invoice]:
        """List bills."""

    async def alerts(self, **filters: Unpack[AlertFilter]) -> Page[Alert]:
        """List alerts, newest first."""

    async def acknowledge(self, alert: int, *, author: str, note: str = "") -> Alert:
        """Take note of an alert."""

    async def forecast(self, usage_point: UUID | str) -> CycleForecast:
        """Ask what the running cycle of a usage point will come to."""

    def events(
        self, *, meters: Iterable[UUID | str] = (), kinds: Iterable[str] = ()
    ) -> AsyncIterator[Event]:
        """Yield readings and alerts as they happen."""
