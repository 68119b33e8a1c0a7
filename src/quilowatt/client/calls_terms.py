"""Requests about usage points, customers' details and tariffs as values; see `calls`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from quilowatt.client.calls import Call, query
from quilowatt.client.models import Page
from quilowatt.client.models_terms import (
    CustomerRecord,
    TariffRecord,
    TermsEntry,
    UsagePointChanged,
    UsagePointRecord,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

__all__ = [
    "TariffFilter",
    "UsagePointFilter",
    "customer",
    "set_customer",
    "set_usage_point",
    "tariffs",
    "usage_point",
    "usage_point_terms",
    "usage_points",
]


class UsagePointFilter(TypedDict, total=False):
    """Filters of `/v1/usage-points`; `attribute` is written ``class=social``."""

    customer: UUID | str
    meter: UUID | str
    tariff: str
    attribute: str
    limit: int
    cursor: str | None


class TariffFilter(TypedDict, total=False):
    """Filters of `/v1/tariffs`; `code` is a part of it."""

    code: str
    limit: int
    cursor: str | None


def usage_points(filters: UsagePointFilter) -> Call[Page[UsagePointRecord]]:
    """List usage points with what holds there today."""
    return Call("/v1/usage-points", query(**filters), Page[UsagePointRecord])


def usage_point(identity: UUID | str, day: date | None = None) -> Call[UsagePointRecord]:
    """Ask what holds at a usage point on a local day; today without one."""
    return Call(f"/v1/usage-points/{identity}", query(day=day), UsagePointRecord)


def set_usage_point(identity: UUID | str, change: Mapping[str, Any]) -> Call[UsagePointChanged]:
    """Say what holds at a usage point from a day on: the fields of `UsagePointChange`."""
    return Call(f"/v1/usage-points/{identity}", {}, UsagePointChanged, "PUT", change)


def usage_point_terms(
    identity: UUID | str, cursor: str | None = None, limit: int | None = None
) -> Call[Page[TermsEntry]]:
    """List all that was said of a usage point, in the order in which it was recorded."""
    asked = query(cursor=cursor, limit=limit)
    return Call(f"/v1/usage-points/{identity}/terms", asked, Page[TermsEntry])


def customer(identity: UUID | str, day: date | None = None) -> Call[CustomerRecord]:
    """Ask what is known of a customer on a local day; today without one."""
    return Call(f"/v1/customers/{identity}", query(day=day), CustomerRecord)


def set_customer(identity: UUID | str, change: Mapping[str, Any]) -> Call[CustomerRecord]:
    """Say what is known of a customer from a day on: the fields of `CustomerChange`."""
    return Call(f"/v1/customers/{identity}", {}, CustomerRecord, "PUT", change)


def tariffs(filters: TariffFilter) -> Call[Page[TariffRecord]]:
    """List the tariffs that the server has, by code."""
    return Call("/v1/tariffs", query(**filters), Page[TariffRecord])
