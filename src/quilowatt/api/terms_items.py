"""Usage points, their terms, customers' details and tariffs as the items of `/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quilowatt.api.formats import kwh
from quilowatt.api.moments import local_text
from quilowatt.billing.cycles import cycle_days, cycle_month_of

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from quilowatt.billing import Tariff
    from quilowatt.core.words import Language
    from quilowatt.store import (
        Balance,
        BalanceFact,
        Client,
        CustomerDetails,
        TermsChange,
        TermsFact,
        TermsHistory,
    )

__all__ = ["balance_entry", "customer_record", "tariff_record", "terms_entry", "usage_point_record"]


def usage_point_record(client: Client, history: TermsHistory, day: date) -> dict[str, Any]:
    """Write a `client.models_terms.UsagePointRecord` of a local day."""
    terms, billing_days = history.on(day), history.billing_days()
    month = cycle_month_of(billing_days, day)
    start, end = cycle_days(billing_days, month)
    return {
        "id": str(client.usage_point_uuid),
        "customer": {"id": str(client.customer_uuid), "name": client.name},
        "meter": str(client.meter_uuid),
        "serial": client.serial,
        "timezone": client.timezone,
        "phases": client.phases,
        "tariff": terms.tariff_code,
        "billing_day": terms.billing_day,
        "attributes": dict(terms.attributes),
        "contracted_kw": f"{terms.contracted_kw:f}",
        "limit_w": terms.limit_w,
        "address": list(terms.address),
        "is_vacant": terms.is_vacant,
        "alert_sensitivity_pct": terms.alert_sensitivity_pct,
        "has_generation": terms.has_generation,
        "master": terms.master,
        "cycle": {
            "month": month,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "tariff": history.on(start).tariff_code,
        },
    }


def terms_entry(fact: TermsFact, zone: ZoneInfo) -> dict[str, Any]:
    """Write a `client.models_terms.TermsEntry` of a change."""
    return {
        "kind": "terms",
        "from": fact.from_day.isoformat(),
        "recorded_at": local_text(fact.recorded_at_s, zone),
        "author": fact.author,
        "reason": fact.reason,
        "change": _change(fact.change),
    }


def balance_entry(fact: BalanceFact, zone: ZoneInfo) -> dict[str, Any]:
    """Write a `client.models_terms.TermsEntry` of a balance."""
    return {
        "kind": "balance",
        "from": fact.balance.from_day.isoformat(),
        "recorded_at": local_text(fact.recorded_at_s, zone),
        "author": fact.author,
        "reason": fact.reason,
        "change": {"balance": _balance(fact.balance)},
    }


def customer_record(client: Client, details: CustomerDetails) -> dict[str, Any]:
    """Write a `client.models_terms.CustomerRecord`."""
    return {
        "id": str(client.customer_uuid),
        "name": client.name,
        "tax_id": details.tax_id,
        "email": details.email,
        "language": details.language,
        "address": list(details.address),
    }


def tariff_record(tariff: Tariff, tongue: Language) -> dict[str, Any]:
    """Write a `client.models_terms.TariffRecord`."""
    last_day = tariff.versions[-1].last_day
    return {
        "code": tariff.code,
        "name": tariff.name.spoken(tongue),
        "currency": tariff.currency,
        "first_day": tariff.versions[0].first_day.isoformat(),
        "last_day": last_day.isoformat() if last_day else None,
    }


def _change(change: TermsChange) -> dict[str, Any]:
    power = change.contracted_kw
    said = {
        "tariff": change.tariff_code,
        "billing_day": change.billing_day,
        "attributes": dict(change.attributes) or None,
        "contracted_kw": None if power is None else f"{power:f}",
        "limit_w": change.limit_w,
        "address": None if change.address is None else list(change.address),
        "is_vacant": change.is_vacant,
        "alert_sensitivity_pct": change.alert_sensitivity_pct,
        "has_generation": change.has_generation,
        "master": change.master,
    }
    return {name: value for name, value in said.items() if value is not None}


def _balance(balance: Balance) -> dict[str, Any]:
    return {
        "credits": [
            {"born": born.isoformat(), "kwh": kwh(energy_wh), "period": period}
            for born, energy_wh, period in balance.credits
        ],
        "carried_kwh": kwh(balance.carried_wh),
        "past_demand_kw": {
            code: [power_w / 1000 for power_w in powers_w]
            for code, powers_w in balance.past_demand_w.items()
        },
    }
