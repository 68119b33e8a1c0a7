"""Every request of the API as a value: path, query, and the type of its answer.

No I/O: `Client` and `AsyncClient` send the same calls, and tests look at them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from quilowatt.client.models import (
    Alert,
    AlertEvent,
    CommandSent,
    Customer,
    Event,
    InvoiceEvent,
    LoadProfile,
    Meter,
    MeterIssue,
    MeterStateName,
    Page,
    Problem,
    Reading,
    ReadingEvent,
    ResolutionName,
)
from quilowatt.client.models_invoices import Invoice, InvoiceState
from quilowatt.errors import ApiError, ApiUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import httpx

__all__ = [
    "AlertFilter",
    "Call",
    "CustomerFilter",
    "EventParser",
    "InvoiceFilter",
    "MeterFilter",
    "PageFilter",
    "ProfileFilter",
    "ReadingFilter",
    "alerts",
    "answer",
    "command",
    "customers",
    "event_query",
    "headers",
    "invoices",
    "issues",
    "load_profile",
    "meter",
    "meters",
    "query",
    "readings",
    "refuse",
    "set_blocked",
]

Answer = TypeVar("Answer", bound=BaseModel)
Parameter = str | int | bool | date | datetime | UUID | None

Moment = date | datetime | str
"""A date is local midnight of the usage point (as an end: the midnight that ends it)."""

EVENTS: Mapping[str, TypeAdapter[Event]] = {
    "reading": TypeAdapter(ReadingEvent),
    "alert": TypeAdapter(AlertEvent),
    "invoice": TypeAdapter(InvoiceEvent),
}


class PageFilter(TypedDict, total=False):
    """How much of a list, and from where."""

    limit: int
    cursor: str | None


class CustomerFilter(PageFilter, total=False):
    """Filters of `/v1/customers`."""

    id: UUID | str
    name: str
    meter: UUID | str
    start: Moment
    end: Moment


class MeterFilter(PageFilter, total=False):
    """Filters of `/v1/meters`; `meter` is a UUID or a serial number."""

    customer: UUID | str
    meter: UUID | str
    state: MeterStateName


class ProfileFilter(TypedDict, total=False):
    """Choices of a load profile."""

    start: Moment
    end: Moment
    resolution: ResolutionName


class ReadingFilter(PageFilter, total=False):
    """Filters of the readings of a meter."""

    start: Moment
    end: Moment


class InvoiceFilter(PageFilter, total=False):
    """Filters of `/v1/invoices`; `month` is YYYY-MM."""

    customer: UUID | str
    meter: UUID | str
    month: str
    state: InvoiceState


class AlertFilter(PageFilter, total=False):
    """Filters of `/v1/alerts`."""

    customer: UUID | str
    meter: UUID | str
    kind: str
    start: Moment
    end: Moment
    is_open: bool
    is_acknowledged: bool
    is_snoozed: bool


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """A request of one resource.

    Parameters
    ----------
    path : str
        Path below the base URL.
    query : mapping
        Parameters as they are sent.
    model : type
        What the answer is.
    method : str
        Of HTTP.
    body : mapping or None
        Sent as JSON.
    headers : mapping of str to str
        Sent beside those of every request.
    """

    path: str
    query: Mapping[str, str | list[str]]
    model: type[Answer]
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def customers(filters: CustomerFilter) -> Call[Page[Customer]]:
    """List customers with their last reading and consumption."""
    return Call("/v1/customers", query(**filters), Page[Customer])


def meters(filters: MeterFilter) -> Call[Page[Meter]]:
    """List meters."""
    return Call("/v1/meters", query(**filters), Page[Meter])


def meter(identity: UUID | str) -> Call[Meter]:
    """Ask for one meter."""
    return Call(f"/v1/meters/{identity}", {}, Meter)


def command(
    identity: UUID | str, interval_s: int | None, relay: Literal["on", "off"] | None
) -> Call[CommandSent]:
    """Tell a connected meter how often to read [s], or to switch its load."""
    given = {"interval_s": interval_s, "relay": relay}
    body = {name: value for name, value in given.items() if value is not None}
    return Call(f"/v1/meters/{identity}/commands", {}, CommandSent, "POST", body)


def set_blocked(identity: UUID | str, *, is_blocked: bool) -> Call[Meter]:
    """Shut a meter out, or let it in again."""
    what = "block" if is_blocked else "unblock"
    return Call(f"/v1/meters/{identity}/{what}", {}, Meter, "POST")


def load_profile(identity: UUID | str, filters: ProfileFilter) -> Call[LoadProfile]:
    """Ask for the energy of a meter by interval."""
    return Call(f"/v1/meters/{identity}/load-profile", query(**filters), LoadProfile)


def readings(identity: UUID | str, filters: ReadingFilter) -> Call[Page[Reading]]:
    """List the readings of a meter, oldest first."""
    return Call(f"/v1/meters/{identity}/readings", query(**filters), Page[Reading])


def issues(identity: UUID | str, filters: ReadingFilter) -> Call[Page[MeterIssue]]:
    """List what was odd about a meter's readings, oldest first."""
    return Call(f"/v1/meters/{identity}/issues", query(**filters), Page[MeterIssue])


def invoices(filters: InvoiceFilter) -> Call[Page[Invoice]]:
    """List the bills of a month."""
    return Call("/v1/invoices", query(**filters), Page[Invoice])


def alerts(filters: AlertFilter) -> Call[Page[Alert]]:
    """List alerts, newest first."""
    return Call("/v1/alerts", query(**filters), Page[Alert])


def query(**parameters: Parameter) -> dict[str, str]:
    """Write parameters as the API reads them; those that are None are left out.

    Examples
    --------
    >>> query(name="Ana", start=date(2026, 11, 1), is_open=True, cursor=None)
    {'name': 'Ana', 'start': '2026-11-01', 'is_open': 'true'}
    """
    return {name: _text(value) for name, value in parameters.items() if value is not None}


def _text(value: Parameter) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def headers(token: str | None, language: str | None = None) -> dict[str, str]:
    """Headers of every request.

    Parameters
    ----------
    token : str or None
        What the server asks for.
    language : str or None
        Language of the texts in answers, such as ``pt``; None takes the route's own.

    Examples
    --------
    >>> headers("secret", "pt")["Accept-Language"]
    'pt'
    """
    sent = {"Accept": "application/json"}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    if language:
        sent["Accept-Language"] = language
    return sent


def answer(call: Call[Answer], response: httpx.Response) -> Answer:
    """Turn a response into its model.

    Raises
    ------
    ApiError
        The API refused: wrong parameter, unknown meter, missing token.
    ApiUnreachable
        Something answered that does not speak this API.
    """
    refuse(response)
    try:
        return call.model.model_validate_json(response.content)
    except ValidationError as error:
        raise ApiUnreachable(
            response.status_code,
            f"{response.url} does not answer as quilowatt does",
            f"{response.url} não responde como o quilowatt",
        ) from error


def refuse(response: httpx.Response) -> None:
    """Raise `ApiError` unless the response is a success; its body must have been read."""
    if response.is_success:
        return
    try:
        detail = Problem.model_validate_json(response.content).detail
    except ValidationError:
        detail = f"{response.url} answered {response.status_code} {response.reason_phrase}"
    raise ApiError(response.status_code, detail)


class EventParser:
    """Lines of a `text/event-stream` (WHATWG HTML §9.2) to events; unknown kinds are skipped.

    Examples
    --------
    >>> list(EventParser().feed([": heartbeat", "", "event: unheard", "data: {}", ""]))
    []
    """

    def __init__(self) -> None:
        self._kind = ""
        self._data: list[str] = []

    def feed(self, lines: Iterable[str]) -> Iterator[Event]:
        """Take lines without their ends and yield each event that an empty line completes."""
        for line in lines:
            if not line:
                yield from self._complete()
                continue
            field, _, value = line.partition(":")
            self._take(field, value.removeprefix(" "))

    def _take(self, field: str, value: str) -> None:
        if field == "event":
            self._kind = value
        elif field == "data":
            self._data.append(value)

    def _complete(self) -> Iterator[Event]:
        adapter, text = EVENTS.get(self._kind), "\n".join(self._data)
        self._kind, self._data = "", []
        if adapter is None or not text:
            return
        try:
            yield adapter.validate_json(text)
        except ValidationError as error:
            raise ApiUnreachable(200, "an event that is not understood") from error


def event_query(meters: Iterable[UUID | str], kinds: Iterable[str]) -> dict[str, list[str]]:
    """Write the filters of the event stream, each as often as it has values."""
    return {"meter": [str(identity) for identity in meters], "kind": list(kinds)}
