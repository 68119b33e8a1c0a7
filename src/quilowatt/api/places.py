"""The usage point or customer that an address names, or 404."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from quilowatt.errors import RequestRefused
from quilowatt.store import ClientFilter

if TYPE_CHECKING:
    from uuid import UUID

    from quilowatt.api.services import Services
    from quilowatt.store import Client

__all__ = ["customer_of", "place_of"]


def place_of(services: Services, identity: UUID) -> Client:
    """Find a usage point.

    Raises
    ------
    RequestRefused
        404.
    """
    found = services.ledger.clients(ClientFilter(usage_point=str(identity)), limit=1)
    if not found:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_usage_point", usage_point=str(identity))
    return found[0]


def customer_of(services: Services, identity: UUID) -> Client:
    """Find a customer, at one of the usage points.

    Raises
    ------
    RequestRefused
        404.
    """
    found = services.ledger.clients(ClientFilter(id=str(identity)), limit=1)
    if not found:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_customer", customer=str(identity))
    return found[0]
