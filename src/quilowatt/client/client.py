"""The typed clients of the REST API: `Client` waits, `AsyncClient` awaits; both say the same.

Screens and scripts call them. They never retry by themselves: who shows the failure decides.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final, Literal, Self, TypeVar

import httpx
from pydantic import BaseModel

from quilowatt.client import calls, calls_alerts
from quilowatt.client.calls import Call, EventParser
from quilowatt.client.models_alerts import Acknowledge
from quilowatt.errors import ApiUnreachable
from quilowatt.limits import EVENT_HEARTBEAT_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
    from typing import Unpack
    from uuid import UUID

    from quilowatt.client.models import (
        Alert,
        CommandSent,
        Customer,
        Event,
        LoadProfile,
        Meter,
        MeterIssue,
        Page,
        Reading,
    )
    from quilowatt.client.models_alerts import CycleForecast
    from quilowatt.client.models_invoices import Invoice

__all__ = ["AsyncClient", "Client"]

Answer = TypeVar("Answer", bound=BaseModel)
Item = TypeVar("Item")

ANSWER_TIMEOUT_S: Final = 30.0
"""A year at 15 minutes, asked of a busy server on a small machine. [s]"""

SILENCE_TIMEOUT_S: Final = 3.0 * EVENT_HEARTBEAT_S
"""Three heartbeats missed: the server is gone, even if the connection is not. [s]"""

EVENT_TIMEOUT: Final = httpx.Timeout(ANSWER_TIMEOUT_S, read=SILENCE_TIMEOUT_S)


class Client:
    """The API, call by call.

    Parameters
    ----------
    base_url : str
        Where the server listens, for instance ``http://127.0.0.1:8080``.
    token : str, optional
        What the server was started with as ``--api-token``.
    language : str, optional
        Of the texts in answers: ``pt`` or ``en``, or any ``Accept-Language``. English without it.
    transport : httpx.BaseTransport, optional
        Another way to the server than the network: for tests.

    Raises
    ------
    ApiError
        Every method: the API refused the request and says why.
    ApiUnreachable
        Every method: no answer, or none that is understood.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        language: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers=calls.headers(token, language),
            timeout=ANSWER_TIMEOUT_S,
            transport=transport,
        )

    def customers(self, **filters: Unpack[calls.CustomerFilter]) -> Page[Customer]:
        """List customers with their last reading and consumption."""
        return self.ask(calls.customers(filters))

    def meters(self, **filters: Unpack[calls.MeterFilter]) -> Page[Meter]:
        """List meters."""
        return self.ask(calls.meters(filters))

    def meter(self, identity: UUID | str) -> Meter:
        """Ask for one meter."""
        return self.ask(calls.meter(identity))

    def command(
        self,
        identity: UUID | str,
        *,
        interval_s: int | None = None,
        relay: Literal["on", "off"] | None = None,
    ) -> CommandSent:
        """Tell a connected meter how often to read [s], or to switch its load."""
        return self.ask(calls.command(identity, interval_s, relay))

    def set_blocked(self, identity: UUID | str, *, is_blocked: bool) -> Meter:
        """Shut a meter out, or let it in again."""
        return self.ask(calls.set_blocked(identity, is_blocked=is_blocked))

    def load_profile(
        self, identity: UUID | str, **filters: Unpack[calls.ProfileFilter]
    ) -> LoadProfile:
        """Ask for the energy of a meter by interval."""
        return self.ask(calls.load_profile(identity, filters))

    def readings(
        self, identity: UUID | str, **filters: Unpack[calls.ReadingFilter]
    ) -> Page[Reading]:
        """List the readings of a meter, oldest first."""
        return self.ask(calls.readings(identity, filters))

    def issues(
        self, identity: UUID | str, **filters: Unpack[calls.ReadingFilter]
    ) -> Page[MeterIssue]:
        """List what was odd about a meter's readings and what was made of it, oldest first."""
        return self.ask(calls.issues(identity, filters))

    def invoices(self, **filters: Unpack[calls.InvoiceFilter]) -> Page[Invoice]:
        """List bills and invoices; those of the current month unless filters say otherwise."""
        return self.ask(calls.invoices(filters))

    def alerts(self, **filters: Unpack[calls.AlertFilter]) -> Page[Alert]:
        """List alerts, newest first."""
        return self.ask(calls.alerts(filters))

    def acknowledge(self, alert: int, *, author: str, note: str = "") -> Alert:
        """Take note of an alert."""
        return self.ask(calls_alerts.acknowledge(alert, Acknowledge(author=author, note=note)))

    def forecast(self, usage_point: UUID | str) -> CycleForecast:
        """Ask what the running cycle of a usage point will come to."""
        return self.ask(calls_alerts.forecast(usage_point))

    def walk(self, page: Callable[[str | None], Page[Item]]) -> Iterator[Item]:
        """Yield the items of all pages.

        Examples
        --------
        ``for customer in client.walk(lambda cursor: client.customers(cursor=cursor)): …``
        """
        cursor: str | None = None
        while True:
            part = page(cursor)
            yield from part.items
            if (cursor := part.next_cursor) is None:
                return

    def events(
        self, *, meters: Iterable[UUID | str] = (), kinds: Iterable[str] = ()
    ) -> Iterator[Event]:
        """Yield readings and alerts as they happen, until the server ends it.

        Parameters
        ----------
        meters : iterable of UUID
            Only these; all when empty.
        kinds : iterable of str
            Only these of ``reading`` and ``alert``; both when empty.
        """
        parser, params = EventParser(), calls.event_query(meters, kinds)
        with (
            _wrapped(self._http.base_url),
            self._http.stream(
                "GET", "/v1/events", params=params, timeout=EVENT_TIMEOUT
            ) as response,
        ):
            if not response.is_success:
                response.read()
                calls.refuse(response)
            for line in response.iter_lines():
                yield from parser.feed((line,))

    def ask(self, call: Call[Answer]) -> Answer:
        """Make any call of `calls` and its neighbours."""
        with _wrapped(self._http.base_url):
            response = self._http.request(
                call.method,
                call.path,
                params=call.query,
                json=call.body,
                headers=dict(call.headers),
            )
        return calls.answer(call, response)

    def fetch(self, path: str) -> bytes:
        """Get a document as it is: a printed invoice, a proof."""
        with _wrapped(self._http.base_url):
            response = self._http.get(path, headers={"Accept": "*/*"})
        calls.refuse(response)
        return response.content

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient:
    """The API, call by call, without blocking; see `Client` for parameters and errors."""

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        language: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers=calls.headers(token, language),
            timeout=ANSWER_TIMEOUT_S,
            transport=transport,
        )

    async def customers(self, **filters: Unpack[calls.CustomerFilter]) -> Page[Customer]:
        """List customers with their last reading and consumption."""
        return await self.ask(calls.customers(filters))

    async def meters(self, **filters: Unpack[calls.MeterFilter]) -> Page[Meter]:
        """List meters."""
        return await self.ask(calls.meters(filters))

    async def meter(self, identity: UUID | str) -> Meter:
        """Ask for one meter."""
        return await self.ask(calls.meter(identity))

    async def command(
        self,
        identity: UUID | str,
        *,
        interval_s: int | None = None,
        relay: Literal["on", "off"] | None = None,
    ) -> CommandSent:
        """Tell a connected meter how often to read [s], or to switch its load."""
        return await self.ask(calls.command(identity, interval_s, relay))

    async def set_blocked(self, identity: UUID | str, *, is_blocked: bool) -> Meter:
        """Shut a meter out, or let it in again."""
        return await self.ask(calls.set_blocked(identity, is_blocked=is_blocked))

    async def load_profile(
        self, identity: UUID | str, **filters: Unpack[calls.ProfileFilter]
    ) -> LoadProfile:
        """Ask for the energy of a meter by interval."""
        return await self.ask(calls.load_profile(identity, filters))

    async def readings(
        self, identity: UUID | str, **filters: Unpack[calls.ReadingFilter]
    ) -> Page[Reading]:
        """List the readings of a meter, oldest first."""
        return await self.ask(calls.readings(identity, filters))

    async def issues(
        self, identity: UUID | str, **filters: Unpack[calls.ReadingFilter]
    ) -> Page[MeterIssue]:
        """List what was odd about a meter's readings and what was made of it, oldest first."""
        return await self.ask(calls.issues(identity, filters))

    async def invoices(self, **filters: Unpack[calls.InvoiceFilter]) -> Page[Invoice]:
        """List bills and invoices; those of the current month unless filters say otherwise."""
        return await self.ask(calls.invoices(filters))

    async def alerts(self, **filters: Unpack[calls.AlertFilter]) -> Page[Alert]:
        """List alerts, newest first."""
        return await self.ask(calls.alerts(filters))

    async def acknowledge(self, alert: int, *, author: str, note: str = "") -> Alert:
        """Take note of an alert."""
        order = Acknowledge(author=author, note=note)
        return await self.ask(calls_alerts.acknowledge(alert, order))

    async def forecast(self, usage_point: UUID | str) -> CycleForecast:
        """Ask what the running cycle of a usage point will come to."""
        return await self.ask(calls_alerts.forecast(usage_point))

    async def walk(
        self, page: Callable[[str | None], Awaitable[Page[Item]]]
    ) -> AsyncIterator[Item]:
        """Yield the items of all pages, as `Client.walk` does."""
        cursor: str | None = None
        while True:
            part = await page(cursor)
            for item in part.items:
                yield item
            if (cursor := part.next_cursor) is None:
                return

    async def events(
        self, *, meters: Iterable[UUID | str] = (), kinds: Iterable[str] = ()
    ) -> AsyncIterator[Event]:
        """Yield readings and alerts as they happen, as `Client.events` does."""
        parser, params = EventParser(), calls.event_query(meters, kinds)
        async with (
            _async_wrapped(self._http.base_url),
            self._http.stream(
                "GET", "/v1/events", params=params, timeout=EVENT_TIMEOUT
            ) as response,
        ):
            if not response.is_success:
                await response.aread()
                calls.refuse(response)
            async for line in response.aiter_lines():
                for event in parser.feed((line,)):
                    yield event

    async def ask(self, call: Call[Answer]) -> Answer:
        """Make any call of `calls` and its neighbours."""
        with _wrapped(self._http.base_url):
            response = await self._http.request(
                call.method,
                call.path,
                params=call.query,
                json=call.body,
                headers=dict(call.headers),
            )
        return calls.answer(call, response)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


@contextmanager
def _wrapped(url: httpx.URL) -> Iterator[None]:
    """Turn the ways in which a network fails into one error."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        raise ApiUnreachable(
            0,
            f"the server at {url} does not answer: {why}",
            f"o servidor em {url} não responde: {why}",
        ) from error


@asynccontextmanager
async def _async_wrapped(url: httpx.URL) -> AsyncIterator[None]:
    with _wrapped(url):
        yield
