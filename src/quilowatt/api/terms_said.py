"""Bodies of the API as what the desk of terms takes: kilowatts to watts, texts to days. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from quilowatt.jobs.terms_desk import SaidOfPlace
from quilowatt.store import Balance, DetailsChange, TermsChange

if TYPE_CHECKING:
    from decimal import Decimal

    from quilowatt.client.models_terms import BalanceSet, CustomerChange, UsagePointChange

__all__ = ["details_said", "place_said"]

LAST_DAY = 31
"""A billing day of this is the last of every month."""


def place_said(body: UsagePointChange) -> SaidOfPlace:
    """Read what is said of a usage point."""
    address, balance = body.address, body.balance
    change = TermsChange(
        tariff_code=body.tariff,
        billing_day=LAST_DAY if body.billing_day == "last" else body.billing_day,
        attributes=body.attributes,
        contracted_kw=body.contracted_kw,
        limit_w=body.limit_w,
        address=None if address is None else tuple(address),
        is_vacant=body.is_vacant,
        alert_sensitivity_pct=body.alert_sensitivity_pct,
        has_generation=body.has_generation,
        master=None if body.master is None else str(body.master),
    )
    return SaidOfPlace(
        change,
        None if balance is None else _balance(balance),
        date.fromisoformat(body.from_day) if body.from_day else None,
        body.author,
        body.reason,
    )


def details_said(body: CustomerChange) -> DetailsChange:
    """Read what is said of a customer."""
    address = None if body.address is None else tuple(body.address)
    return DetailsChange(body.tax_id, body.email, body.language, address)


def _balance(said: BalanceSet) -> Balance:
    """Read a balance; its day is decided by the desk."""
    return Balance(
        date.min,
        tuple(
            (date.fromisoformat(each.born), _milli(each.kwh), each.period) for each in said.credits
        ),
        {code: tuple(map(_milli, powers)) for code, powers in said.past_demand_kw.items()},
        _milli(said.carried_kwh),
    )


def _milli(number: Decimal) -> int:
    return int(number * 1000)
