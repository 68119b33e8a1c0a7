"""Changes and balances of dated terms as the JSON that is kept of them. Pure."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from quilowatt.store.terms import Balance, DetailsChange, TermsChange

__all__ = [
    "balance_from",
    "balance_text",
    "details_change_from",
    "details_change_text",
    "terms_change_from",
    "terms_change_text",
]

DIFFERENT_CHANGES = 4096
"""Many usage points share the words of a change: so many of them are read only once. [1]"""


def terms_change_text(change: TermsChange) -> str:
    """Write a change; what it leaves as it is is left out.

    Examples
    --------
    >>> terms_change_text(TermsChange(billing_day=5, attributes={"class": None}))
    '{"billing_day":5,"attributes":{"class":null}}'
    """
    return _text(
        {
            "tariff_code": change.tariff_code,
            "billing_day": change.billing_day,
            "attributes": dict(change.attributes) or None,
            "contracted_kw": None if change.contracted_kw is None else f"{change.contracted_kw:f}",
            "limit_w": change.limit_w,
            "address": change.address,
            "is_vacant": change.is_vacant,
            "alert_sensitivity_pct": change.alert_sensitivity_pct,
            "has_generation": change.has_generation,
            "master": change.master,
        }
    )


@lru_cache(DIFFERENT_CHANGES)
def terms_change_from(text: str) -> TermsChange:
    """Read what `terms_change_text` wrote."""
    found: dict[str, Any] = json.loads(text)
    if "contracted_kw" in found:
        found["contracted_kw"] = Decimal(found["contracted_kw"])
    if "address" in found:
        found["address"] = tuple(found["address"])
    found["attributes"] = MappingProxyType(found.get("attributes", {}))
    return TermsChange(**found)


def details_change_text(change: DetailsChange) -> str:
    """Write a change of a customer; what it leaves as it is is left out."""
    return _text(
        {
            "tax_id": change.tax_id,
            "email": change.email,
            "language": change.language,
            "address": change.address,
        }
    )


def details_change_from(text: str) -> DetailsChange:
    """Read what `details_change_text` wrote."""
    found: dict[str, Any] = json.loads(text)
    if "address" in found:
        found["address"] = tuple(found["address"])
    return DetailsChange(**found)


def balance_text(balance: Balance) -> str:
    """Write a balance without its day.

    Examples
    --------
    >>> balance_text(Balance(date(2026, 11, 1), ((date(2026, 10, 1), 250_000, ""),)))
    '{"credits":[["2026-10-01",250000,""]],"past_demand_w":{},"carried_wh":0}'
    """
    return _text(
        {
            "credits": [[born.isoformat(), *rest] for born, *rest in balance.credits],
            "past_demand_w": {code: list(powers) for code, powers in balance.past_demand_w.items()},
            "carried_wh": balance.carried_wh,
        }
    )


def balance_from(text: str, from_day: date) -> Balance:
    """Read what `balance_text` wrote."""
    found: dict[str, Any] = json.loads(text)
    return Balance(
        from_day,
        tuple(
            (date.fromisoformat(born), energy_wh, period)
            for born, energy_wh, period in found["credits"]
        ),
        {code: tuple(powers) for code, powers in found["past_demand_w"].items()},
        found["carried_wh"],
    )


def _text(document: dict[str, Any]) -> str:
    said = {name: value for name, value in document.items() if value is not None}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
