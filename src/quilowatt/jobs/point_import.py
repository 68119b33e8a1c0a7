"""Usage point documents as what a server is told: one file for ``rate`` and for a server."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quilowatt.billing.document import Document
from quilowatt.billing.point_file import load_usage_point
from quilowatt.core.money import decimal_text
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from quilowatt.billing import UsagePoint

__all__ = ["PlaceDocument", "place_document"]


@dataclass(frozen=True, slots=True)
class PlaceDocument:
    """What a document says of a usage point.

    Parameters
    ----------
    body : dict
        What is sent to ``PUT /v1/usage-points/{id}``; what the document leaves out is left out.
    timezone : str
        What it says of the zone, which a server has from the registration; empty if nothing.
    """

    body: dict[str, Any]
    timezone: str


def place_document(text: str, name: str) -> PlaceDocument:
    """Read a usage point document (TOML or JSON); its key ``tariff`` names the tariff.

    Raises
    ------
    TariffError
        With every problem found.
    SettingsError
        If it says what a server can't be told.

    Examples
    --------
    >>> place_document('{"class": "social", "billing_day": "last"}', "home.json").body
    {'attributes': {'class': 'social'}, 'billing_day': 31}
    """
    place = load_usage_point(text, name)
    said = set(Document(text).root)
    if "items" in said:
        raise SettingsError(
            f"{name}: items are amounts of one bill, and a server keeps none; take them out",
            f"{name}: items são valores de uma só fatura, e o servidor não os guarda; retire-os",
        )
    attributes = dict(place.point.attributes)
    tariff = attributes.pop("tariff", None)
    body: dict[str, Any] = {"tariff": tariff} if tariff is not None else {}
    if attributes:
        body["attributes"] = attributes
    if "billing_day" in said:
        body["billing_day"] = place.billing_day
    if "contracted_kw" in said:
        body["contracted_kw"] = decimal_text(place.point.contracted_kw)
    if said & {"credits", "past_demand_kw", "carried_kwh"}:
        body["balance"] = _balance(place.point)
    return PlaceDocument(body, place.timezone)


def _balance(point: UsagePoint) -> dict[str, Any]:
    return {
        "credits": [
            {
                "born": credit.born.isoformat(),
                "kwh": _kilo(credit.energy_wh),
                "period": credit.period,
            }
            for credit in point.credits
        ],
        "carried_kwh": _kilo(point.carried_wh),
        "past_demand_kw": {
            code: [_kilo(power_w) for power_w in powers_w]
            for code, powers_w in point.past_demand_w.items()
        },
    }


def _kilo(number: int) -> str:
    return decimal_text(Decimal(number).scaleb(-3))
