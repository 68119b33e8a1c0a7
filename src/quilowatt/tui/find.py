"""Whom a person means: by identity, by serial number, or by part of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from quilowatt.client import Customer
    from quilowatt.tui.feed import Feed

__all__ = ["find_clients"]


async def find_clients(feed: Feed, text: str) -> list[Customer]:
    """Find the clients that a word on the command line may mean.

    Parameters
    ----------
    feed : Feed
        The server.
    text : str
        UUID of a customer or meter, serial number of a meter, or part of a name; what is found
        in this order is all that counts.

    Returns
    -------
    list of Customer
        At most a page of them; one whose name is exactly the text excludes the others, else those
        that have it as words of their name.

    Raises
    ------
    ApiError
        The server can't be asked.
    """
    if _is_uuid(text):
        by_customer = (await feed.customers(id=text)).items
        return by_customer or (await feed.customers(meter=text)).items
    by_serial = (await feed.customers(meter=text)).items
    if by_serial:
        return by_serial
    by_name = (await feed.customers(name=text)).items
    meant = text.casefold()
    exact = [customer for customer in by_name if customer.name.casefold() == meant]
    named = [each for each in by_name if f" {meant} " in f" {each.name.casefold()} "]
    return exact or named or by_name


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
