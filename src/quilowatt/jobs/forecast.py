"""A forecast in money: what is measured and what is expected, rated by the customer's own tariff.

The energy comes from `alert.forecast`, the prices from `billing`; so tiers, fixed fees, taxes,
flags, minimum charges, holidays and credits are those of the bill to come, and the expected bill
has its lines. Called by the job that refreshes forecasts; it reads nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from quilowatt.billing import Text, Usage, rate_many, totals
from quilowatt.billing.charges import CalendarCharge
from quilowatt.core.calendar import local_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.alert import Forecast
    from quilowatt.billing import Bill, Tariff, UsagePoint

__all__ = ["Coming", "MoneyForecast", "carried_on", "price_forecast", "whole_cycle"]


@dataclass(frozen=True, slots=True)
class Coming:
    """What is expected of n meters.

    Parameters
    ----------
    imported : Forecast
        Energy taken from the grid.
    exported : Forecast or None
        Energy given to it, over the same intervals; None if nobody gives any.
    """

    imported: Forecast
    exported: Forecast | None = None

    def __post_init__(self) -> None:
        if self.exported is not None:
            assert np.array_equal(self.imported.edges_s, self.exported.edges_s)
            assert len(self.imported) == len(self.exported)


@dataclass(frozen=True, slots=True)
class MoneyForecast:
    """What a cycle will cost.

    Parameters
    ----------
    bill : Bill
        The bill if all comes as expected.
    low, high : Decimal
        Ends of the range: the totals if the energy comes to the ends of its own. [currency]
    assumptions : tuple of Text
        What is not decided yet and was taken to stay as it is.
    """

    bill: Bill
    low: Decimal
    high: Decimal
    assumptions: tuple[Text, ...]


def price_forecast(
    tariff: Tariff,
    measured: Usage | None,
    coming: Coming,
    zone: ZoneInfo,
    points: Sequence[UsagePoint],
) -> Iterator[MoneyForecast | None]:
    """Rate a cycle that has not ended, for n meters.

    Parameters
    ----------
    tariff : Tariff
        Rates and taxes.
    measured : Usage or None
        From the start of the cycle to the start of what is expected; None at its very start.
    coming : Coming
        What is expected.
    zone : ZoneInfo
        Where the days of the tariff begin.
    points : sequence of UsagePoint, length n
        What else the bills depend on.

    Yields
    ------
    MoneyForecast or None
        Of each meter, in order; None for one of which nothing is known.

    Raises
    ------
    BillingError
        If the tariff can't price some part of the cycle, or an amount is beyond all money.
    """
    taken, given = coming.imported, coming.exported
    end_s = int(taken.edges_s[-1])
    start_s = int(taken.edges_s[0] if measured is None else measured.edges_s[0])
    lasting, assumptions = carried_on(tariff, start_s, end_s, zone)
    # Who takes little from the grid on sunny days gives much: the ends go against each other.
    cases = [
        (taken.expected_wh, None if given is None else given.expected_wh),
        (
            taken.intervals_for(taken.low_wh),
            None if given is None else given.intervals_for(given.high_wh),
        ),
        (
            taken.intervals_for(taken.high_wh),
            None if given is None else given.intervals_for(given.low_wh),
        ),
    ]
    expected, *ends = (whole_cycle(measured, taken.edges_s, *case) for case in cases)
    rated = zip(
        taken.is_known.tolist(),
        rate_many(lasting, expected, zone, points),
        *(totals(lasting, usage, zone, points) for usage in ends),
        strict=True,
    )
    for is_known, bill, *others in rated:
        # A discount that ends at some energy can make less cost more.
        low, high = min(bill.total, *others), max(bill.total, *others)
        yield MoneyForecast(bill, low, high, assumptions) if is_known else None


def carried_on(
    tariff: Tariff, start_s: int, end_s: int, zone: ZoneInfo
) -> tuple[Tariff, tuple[Text, ...]]:
    """Let what a tariff says last to the end of a cycle, and say what was assumed for it.

    A month without a label gets that of the last month that has one; a version that expires goes
    on unless another follows.

    Parameters
    ----------
    tariff : Tariff
        Rates and taxes.
    start_s, end_s : int
        The cycle. [s since 1970-01-01 UTC]
    zone : ZoneInfo
        Where the days of the tariff begin.
    """
    first, last = local_date(start_s, zone), local_date(end_s - 1, zone)
    assumptions = []
    tables = dict(tariff.tables)
    for name, table in tariff.tables.items():
        tables[name] = replace(table, is_carried_on=True)
        if table.months and max(table.months) < f"{last:%Y-%m}":
            assumptions.append(_label_text(tariff, name, last))
    versions = tariff.versions
    latest = max(versions, key=lambda version: version.first_day)
    if latest.last_day is not None and first - timedelta(days=1) <= latest.last_day < last:
        versions = tuple(replace(v, last_day=None) if v is latest else v for v in versions)
        assumptions.append(_version_text(latest.last_day))
    return replace(tariff, tables=tables, versions=versions), tuple(assumptions)


def whole_cycle(
    measured: Usage | None,
    edges_s: NDArray[np.int64],
    taken_wh: NDArray[np.int64],
    given_wh: NDArray[np.int64] | None,
) -> Usage:
    """Put what is expected after what is measured.

    Parameters
    ----------
    measured : Usage or None
        Up to the first edge; None at the very start of a cycle.
    edges_s : ndarray of int64, shape (k + 1,)
        Of what is expected. [s since 1970-01-01 UTC]
    taken_wh, given_wh : ndarray of int64, shape (n, k)
        Expected; None if nobody gives anything. [Wh]
    """
    given_wh = np.zeros_like(taken_wh) if given_wh is None else given_wh
    if measured is None:
        return Usage(edges_s, taken_wh, given_wh)
    assert int(measured.edges_s[-1]) == int(edges_s[0])
    return Usage(
        np.concatenate([measured.edges_s, edges_s[1:]]),
        np.concatenate([measured.import_wh, taken_wh], axis=1),
        np.concatenate([measured.export_wh, given_wh], axis=1),
    )


def _label_text(tariff: Tariff, table: str, month: date) -> Text:
    charges = (charge for version in tariff.versions for charge in version.charges)
    codes = (c.code for c in charges if isinstance(c, CalendarCharge) and c.table == table)
    name = tariff.names.get(next(codes, table), Text(pt=table, en=table))
    months = tariff.tables[table].months
    label = months[max(months)]
    return Text(
        en=f"not known yet for {month:%m/%Y}: {name.en}; the last one known, {label}, is assumed",
        pt=f"ainda não se conhece em {month:%m/%Y}: {name.pt}; supõe-se o último valor, {label}",
    )


def _version_text(last_day: date) -> Text:
    return Text(
        en=f"the rates in force until {last_day:%Y-%m-%d} are taken to go on after it",
        pt=f"supõe-se que as tarifas em vigor até {last_day:%d/%m/%Y} continuem depois disso",
    )
