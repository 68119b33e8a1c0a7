"""Requests about handling alerts, budgets, channels, notices and forecasts as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from quilowatt.client.calls import Call, PageFilter, query
from quilowatt.client.models import Alert, Page
from quilowatt.client.models_alerts import (
    Acknowledge,
    AlertAction,
    Budget,
    BudgetOrder,
    Channel,
    ChannelOrder,
    ChannelRemoval,
    ChannelTested,
    CycleForecast,
    Mute,
    MuteOrder,
    Notice,
    NoticeStateName,
    Snooze,
)

if TYPE_CHECKING:
    from typing import Unpack
    from uuid import UUID

    from pydantic import BaseModel

__all__ = [
    "NoticeFilter",
    "acknowledge",
    "actions",
    "add_channel",
    "alert",
    "budgets",
    "channels",
    "forecast",
    "mute",
    "mutes",
    "notices",
    "remove_channel",
    "retry_notice",
    "set_budget",
    "snooze",
    "test_channel",
]

Place = Literal["usage-points", "customers"]


class NoticeFilter(PageFilter, total=False):
    """Filters of `/v1/notices`."""

    state: NoticeStateName
    channel: UUID | str
    alert: int


def alert(identity: int) -> Call[Alert]:
    """Ask for one alert."""
    return Call(f"/v1/alerts/{identity}", {}, Alert)


def acknowledge(alert: int, order: Acknowledge) -> Call[Alert]:
    """Take note of an alert."""
    return Call(f"/v1/alerts/{alert}/acknowledge", {}, Alert, "POST", _json(order))


def snooze(alert: int, order: Snooze) -> Call[Alert]:
    """Put an alert off."""
    return Call(f"/v1/alerts/{alert}/snooze", {}, Alert, "POST", _json(order))


def actions(alert: int, **page: Unpack[PageFilter]) -> Call[Page[AlertAction]]:
    """List what people did with an alert."""
    return Call(f"/v1/alerts/{alert}/actions", query(**page), Page[AlertAction])


def mute(place: Place, identity: UUID | str, order: MuteOrder) -> Call[Mute]:
    """Say whether alerts of a kind are told, at a usage point or of a customer."""
    return Call(f"/v1/{place}/{identity}/mutes", {}, Mute, "PUT", _json(order))


def mutes(place: Place, identity: UUID | str, **page: Unpack[PageFilter]) -> Call[Page[Mute]]:
    """List the newest decision of each kind."""
    return Call(f"/v1/{place}/{identity}/mutes", query(**page), Page[Mute])


def set_budget(
    usage_point: UUID | str, measure: Literal["energy", "money"], order: BudgetOrder
) -> Call[Budget]:
    """Set a budget, or end it."""
    body = order.model_dump(mode="json")
    return Call(f"/v1/usage-points/{usage_point}/budgets/{measure}", {}, Budget, "PUT", body)


def budgets(usage_point: UUID | str, **page: Unpack[PageFilter]) -> Call[Page[Budget]]:
    """List the budgets that hold."""
    return Call(f"/v1/usage-points/{usage_point}/budgets", query(**page), Page[Budget])


def channels(
    *, customer: UUID | str | None = None, **page: Unpack[PageFilter]
) -> Call[Page[Channel]]:
    """List channels."""
    return Call("/v1/channels", query(customer=customer, **page), Page[Channel])


def add_channel(order: ChannelOrder, *, idempotency_key: str | None = None) -> Call[Channel]:
    """Add a channel; the answer shows the secret of a webhook, once."""
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    return Call("/v1/channels", {}, Channel, "POST", _json(order), headers)


def remove_channel(identity: UUID | str, order: ChannelRemoval) -> Call[Channel]:
    """Remove a channel."""
    return Call(f"/v1/channels/{identity}/remove", {}, Channel, "POST", _json(order))


def test_channel(identity: UUID | str) -> Call[ChannelTested]:
    """Send a test message now."""
    return Call(f"/v1/channels/{identity}/test", {}, ChannelTested, "POST")


def notices(**filters: Unpack[NoticeFilter]) -> Call[Page[Notice]]:
    """List notices, the newest first."""
    return Call("/v1/notices", query(**filters), Page[Notice])


def retry_notice(identity: int) -> Call[Notice]:
    """Try a dead notice again."""
    return Call(f"/v1/notices/{identity}/retry", {}, Notice, "POST")


def forecast(usage_point: UUID | str) -> Call[CycleForecast]:
    """Ask what the running cycle will come to."""
    return Call(f"/v1/usage-points/{usage_point}/forecast", {}, CycleForecast)


def _json(order: BaseModel) -> dict[str, object]:
    return order.model_dump(mode="json", exclude_none=True)
