"""Usage point documents: what `quilowatt rate` must know about the place besides its energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quilowatt.billing.document import Document
from quilowatt.billing.point import NOBODY, Credit, Item, UsagePoint
from quilowatt.billing.tariff import Text
from quilowatt.errors import TariffError

if TYPE_CHECKING:
    from decimal import Decimal

    from quilowatt.billing.document import Table

__all__ = ["NOWHERE", "Place", "load_usage_point", "zone_name"]

BILLING_DAY_MAX: Final = 31
KW_BELOW: Final = 10**7
KWH_BELOW: Final = 10**9
MONEY_BELOW: Final = 10**12


@dataclass(frozen=True, slots=True)
class Place:
    """A usage point and its cycle.

    Parameters
    ----------
    point : UsagePoint
        What bills depend on.
    timezone : str
        IANA name; empty if the document doesn't say.
    billing_day : int
        On which its cycles begin, 1 to 31; 31 is the last of every month. [d]
    """

    point: UsagePoint
    timezone: str
    billing_day: int


NOWHERE: Final = Place(NOBODY, "", 1)
"""Stands in where there is no document."""


def load_usage_point(text: str, name: str) -> Place:
    """Read a usage point document (TOML or JSON).

    Every other key that is a text or a whole number is an attribute that tariffs may ask for,
    such as ``phases`` or ``class``.

    Raises
    ------
    TariffError
        With every problem found.
    """
    document = Document(text)
    place = NOWHERE if document.problems else _place(document.root)
    if document.problems:
        raise TariffError(name, tuple(document.problems))
    return place


def zone_name(table: Table, key: str) -> str:
    """Return the name of a time zone, such as ``"America/Bahia"``."""
    name = table.text(key)
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.note(key, f"is {name!r}, which is no time zone; 'America/Bahia' is one")
        return ""
    return name


def _place(root: Table) -> Place:
    past = root.table("past_demand_kw") if root.has("past_demand_kw") else None
    contracted, carried = root.has("contracted_kw"), root.has("carried_kwh")
    credits_kwh = root.tables("credits") if root.has("credits") else []
    items = root.tables("items") if root.has("items") else []
    timezone = zone_name(root, "timezone") if root.has("timezone") else ""
    billing_day = _billing_day(root)
    point = UsagePoint(
        contracted_kw=root.decimal("contracted_kw", 0, KW_BELOW)
        if contracted
        else NOBODY.contracted_kw,
        credits=tuple(map(_credit, credits_kwh)),
        past_demand_w={code: _powers(past, code) for code in past} if past else {},
        items=tuple(map(_item, items)),
        carried_wh=_wh(root.decimal("carried_kwh", 0, KWH_BELOW)) if carried else 0,
        attributes=_attributes(root),
    )
    return Place(point, timezone, billing_day)


def _attributes(root: Table) -> dict[str, str]:
    """Read what is left: a table ``attributes``, and texts and whole numbers beside it."""
    taken = {
        "timezone", "billing_day", "contracted_kw", "credits", "past_demand_kw", "items",
        "carried_kwh",
    }  # fmt: skip
    found: dict[str, str] = {}
    for key in root:
        if key in taken:
            continue
        if key == "attributes":
            inner = root.table(key)
            found |= {name: inner.word(name) for name in inner}
        else:
            found[key] = root.word(key)
    return found


def _billing_day(root: Table) -> int:
    if not root.has("billing_day"):
        return 1
    if root.is_one_of("billing_day", ("last",)):
        return BILLING_DAY_MAX
    return root.whole("billing_day", 1, BILLING_DAY_MAX)


def _credit(table: Table) -> Credit:
    period = table.text("period") if table.has("period") else ""
    credit = Credit(table.day("born"), _wh(table.decimal("kwh", 0, KWH_BELOW)), period)
    table.finish()
    return credit


def _powers(table: Table, code: str) -> tuple[int, ...]:
    return tuple(int(power * 1000) for power in table.decimals(code, 0, KW_BELOW))


def _wh(energy_kwh: Decimal) -> int:
    return int(energy_kwh * 1000)


def _item(table: Table) -> Item:
    name = table.table("name")
    item = Item(
        table.text("code"),
        Text(name.text("pt"), name.text("en")),
        table.decimal("amount", -MONEY_BELOW, MONEY_BELOW),
    )
    table.finish()
    return item
