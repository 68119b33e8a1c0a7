"""Usage points as bills and profiles take them: dated terms and balances become what is rated.

Terms that hold on the first day of a cycle hold for the whole cycle. Nothing here keeps anything:
the ledger's `TermsBook` is asked once for all usage points of a call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.billing import Credit, UsagePoint
from quilowatt.billing.cycles import cycle_days, cycle_month_of, next_month_of
from quilowatt.core.calendar import date_start_s, local_date
from quilowatt.profile import power_limit_w

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from quilowatt.billing import Bill
    from quilowatt.store import Balance, BalanceFact, Client, Terms, TermsBook, TermsHistory

__all__ = [
    "BilledPlace",
    "billed_places",
    "carried_on",
    "power_limits_w",
    "present_clients",
    "usage_point_of",
]

CALENDARS_MAX = 1024
"""Cycles and days that are remembered: usage points differ in them by zone and billing day. [1]"""

MONTH_DAYS_MAX = 31
"""Only a cycle longer than any month may leave energy to the next one. [d]"""

PAST_DEMANDS_MAX = 60
"""No tariff looks back further than five years of months. [1]"""


@dataclass(frozen=True, slots=True)
class BilledPlace:
    """A usage point in one cycle.

    Parameters
    ----------
    client : Client
        Whose it is, with the tariff and the billing day that the cycle is billed by.
    terms : Terms
        What holds in the cycle.
    month : str
        ``YYYY-MM``: in which the cycle begins.
    start_s, end_s : int
        The whole cycle. [s since 1970-01-01 UTC]
    point : UsagePoint
        What the tariff is asked with.
    carried_from : str or None
        The cycle that may have left something for this one: a balance was set before, or it was
        long; None when `point` has all already.
    is_settling : bool
        A balance was set before this cycle, so its bank and demands go on.
    """

    client: Client
    terms: Terms
    month: str
    start_s: int
    end_s: int
    point: UsagePoint
    carried_from: str | None
    is_settling: bool


def billed_places(
    book: TermsBook,
    clients: Sequence[Client],
    month: str | None,
    now_s: int,
    *,
    as_of_s: int | None = None,
) -> list[BilledPlace]:
    """Say by what each usage point is billed in a month.

    Parameters
    ----------
    book : TermsBook
        Whom to ask.
    clients : sequence of Client
        The usage points.
    month : str or None
        ``YYYY-MM``: the cycle that begins in it; None is the one that runs now at each place.
    now_s : int
        Now. [s since 1970-01-01 UTC]
    as_of_s : int or None
        What was known at this moment; None for all that is known. [s since 1970-01-01 UTC]
    """
    keys = [client.usage_point_id for client in clients]
    histories = book.histories(keys, as_of_s=as_of_s)
    balances = book.balances(keys, as_of_s=as_of_s)
    return [
        _place(client, histories[client.usage_point_id], balances, month, now_s)
        for client in clients
    ]


def usage_point_of(phases: int, terms: Terms, balance: Balance | None = None) -> UsagePoint:
    """Turn terms into what a tariff is asked with; an attribute ``phases`` corrects the meter's.

    Examples
    --------
    >>> from quilowatt.store import Terms
    >>> dict(usage_point_of(3, Terms("x", 1, {"class": "rural"})).attributes)
    {'phases': '3', 'class': 'rural'}
    """
    point = UsagePoint(
        {"phases": str(phases), **terms.attributes}, contracted_kw=terms.contracted_kw
    )
    if balance is None:
        return point
    bank = tuple(Credit(*each) for each in balance.credits)
    return replace(
        point,
        credits=bank,
        past_demand_w=balance.past_demand_w,
        carried_wh=balance.carried_wh,
    )


def carried_on(
    point: UsagePoint, before: UsagePoint, bill: Bill | None, *, is_settling: bool
) -> UsagePoint:
    """Carry on what a cycle left: energy that it was too long for, and a settlement's bank.

    Parameters
    ----------
    point : UsagePoint
        Of the next cycle.
    before : UsagePoint
        Of the cycle that has ended.
    bill : Bill or None
        Its bill; without one nothing was given or taken off, and its bank stays as it was.
    is_settling : bool
        A balance was set: the bank and the demands go on too.
    """
    carried_wh = before.carried_wh if bill is None else bill.deferred_wh
    point = replace(point, carried_wh=carried_wh)
    if not is_settling:
        return point
    if bill is None:
        return replace(point, credits=before.credits, past_demand_w=before.past_demand_w)
    past_w = dict(before.past_demand_w)
    for code, power_w in bill.demand_w.items():
        past_w[code] = (power_w, *past_w.get(code, ()))[:PAST_DEMANDS_MAX]
    return replace(point, credits=bill.credits, past_demand_w=past_w)


def power_limits_w(
    book: TermsBook, clients: Sequence[Client], *, as_of_s: int | None = None
) -> NDArray[np.int64]:
    """Tell what the connections can carry: as stated, else as any with so many phases [W].

    With ``as_of_s`` as it was known then. [s since 1970-01-01 UTC]
    """
    stated_w = book.limits_w((client.usage_point_id for client in clients), as_of_s=as_of_s)
    limits_w = [
        stated_w.get(client.usage_point_id) or power_limit_w(client.phases) for client in clients
    ]
    return np.array(limits_w, np.int64)


def present_clients(book: TermsBook, clients: Sequence[Client], now_s: int) -> list[Client]:
    """Give usage points the tariff and the billing day of today, for lists [s since 1970 UTC]."""
    histories = book.histories(client.usage_point_id for client in clients)
    return [
        _with_terms(client, histories[client.usage_point_id].on(_today(client.timezone, now_s)))
        for client in clients
    ]


def _place(
    client: Client,
    history: TermsHistory,
    balances: dict[int, tuple[BalanceFact, ...]],
    month: str | None,
    now_s: int,
) -> BilledPlace:
    billing_days = history.billing_days()
    named = month or cycle_month_of(billing_days, _today(client.timezone, now_s))
    cycle = _cycle(billing_days, named, client.timezone)
    terms = history.on(cycle.first)
    set_before = [
        fact.balance
        for fact in balances.get(client.usage_point_id, ())
        if fact.balance.from_day <= cycle.first
    ]
    balance = set_before[-1] if set_before else None
    # One whose day begins no cycle any more holds from the next cycle on.
    starts_here = balance is not None and balance.from_day > cycle.first_before
    was_long = (cycle.first - cycle.first_before).days > MONTH_DAYS_MAX
    return BilledPlace(
        _with_terms(client, terms),
        terms,
        named,
        cycle.start_s,
        cycle.end_s,
        usage_point_of(client.phases, terms, balance if starts_here else None),
        next_month_of(named, -1) if not starts_here and (balance or was_long) else None,
        is_settling=balance is not None and not starts_here,
    )


class _Cycle(NamedTuple):
    """A cycle, and the first day of the one before."""

    first_before: date
    first: date
    start_s: int
    end_s: int


@lru_cache(CALENDARS_MAX)
def _cycle(billing_days: tuple[tuple[date, int], ...], month: str, timezone: str) -> _Cycle:
    """Find a cycle; most usage points of a town share it."""
    zone = ZoneInfo(timezone)
    first, end = cycle_days(billing_days, month)
    first_before, _ = cycle_days(billing_days, next_month_of(month, -1))
    return _Cycle(first_before, first, date_start_s(first, zone), date_start_s(end, zone))


def _with_terms(client: Client, terms: Terms) -> Client:
    if (client.tariff_code, client.billing_day) == (terms.tariff_code, terms.billing_day):
        return client
    return replace(client, tariff_code=terms.tariff_code, billing_day=terms.billing_day)


@lru_cache(CALENDARS_MAX)
def _today(timezone: str, now_s: int) -> date:
    return local_date(now_s, ZoneInfo(timezone))
