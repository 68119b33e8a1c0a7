"""What a tariff says, as dated versions of charges and of taxes.

A tariff is data: it is read from a document by `tariff_file` and priced by `rating`. Rates are
before tax; a tax lies inside the price, in layers, or is added on top. Nothing here knows a
country.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from quilowatt.billing.charges import (
    DemandCharge,
    EnergyCharge,
    NetMetering,
    SeriesCharge,
    TieredCharge,
)
from quilowatt.billing.point import Condition
from quilowatt.billing.regime import Regime
from quilowatt.core.calendar import date_start_s, local_date, next_day_start_s
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from quilowatt.billing.charges import Charge
    from quilowatt.billing.days import Schedule
    from quilowatt.billing.point import UsagePoint
    from quilowatt.billing.series import PriceSeries

__all__ = [
    "CalendarTable",
    "EnergyCharge",
    "Rounding",
    "SpecialRate",
    "Tariff",
    "TariffVersion",
    "TaxTable",
    "Terms",
    "Text",
]


@dataclass(frozen=True, slots=True)
class Text:
    """Words for people, in both languages."""

    pt: str
    en: str

    def spoken(self, language: str) -> str:
        """Return the words in Portuguese for ``"pt"``, in English otherwise."""
        return self.pt if language == "pt" else self.en


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a line's amount becomes money: once, by a named rule.

    Parameters
    ----------
    rule : str
        One of `core.money.ROUNDING_RULES`.
    places : int
        Decimals of the currency. [digits]
    """

    rule: str
    places: int


@dataclass(frozen=True, slots=True)
class TariffVersion:
    """The charges of one validity.

    Parameters
    ----------
    first_day, last_day : date
        Both inclusive, local; `last_day` is None while no end is known.
    act, source : str
        The act that set the rates and where it can be read.
    charges : tuple of Charge
        In the order of the bill.
    """

    first_day: date
    last_day: date | None
    act: str
    source: str
    charges: tuple[Charge, ...]

    def covers(self, day: date) -> bool:
        """Say whether the version is in force on a local date."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class SpecialRate:
    """Another rate of a tax for some: an exemption, a band of consumption.

    Parameters
    ----------
    code : str
        Of the tax.
    rate : Decimal
        Instead of the table's; 0 exempts. [-]
    up_to_kwh : Decimal or None
        Only for cycles with at most this energy. [kWh]
    condition : Condition
        Whom it concerns.
    is_per_day : bool
        The limit holds for the mean of a day. [kWh/d]
    """

    code: str
    rate: Decimal
    up_to_kwh: Decimal | None
    condition: Condition = field(default_factory=Condition)
    is_per_day: bool = False

    def fits(self, energy_kwh: Fraction, days: Fraction) -> bool:
        """Say whether a cycle of so much energy [kWh] and so many days [d] is small enough."""
        if self.up_to_kwh is None:
            return True
        limit = Fraction(self.up_to_kwh)
        return energy_kwh <= (limit * days if self.is_per_day else limit)


@dataclass(frozen=True, slots=True)
class TaxTable:
    """Taxes from one day until the next table's.

    Parameters
    ----------
    first_day : date
        Local date from which it holds.
    layers : tuple of tuple of str
        Codes, outermost layer first. A layer's taxes are shares of the price less the taxes of
        the layers before: ``price = rate / ((1 - Σ layer 1) · (1 - Σ layer 2) · …)``.
    rates : mapping of str to Decimal
        By code; 0.18 is 18 %. [-]
    source : str
        Where the rates come from.
    note : Text or None
        What the customer must know about them.
    on_top : tuple of str
        Codes of taxes that are added to the price, all on the same base.
    special : tuple of SpecialRate
        The first that fits, of each tax, counts.
    """

    first_day: date
    layers: tuple[tuple[str, ...], ...]
    rates: Mapping[str, Decimal]
    source: str
    note: Text | None
    on_top: tuple[str, ...] = ()
    special: tuple[SpecialRate, ...] = ()

    def for_point(self, point: UsagePoint, energy_kwh: Fraction, days: Fraction) -> TaxTable:
        """Return the table with the rates that a usage point pays in a cycle [kWh, d]."""
        if not self.special:
            return self
        rates = dict(self.rates)
        for special in reversed(self.special):
            if special.fits(energy_kwh, days) and special.condition.holds(point):
                rates[special.code] = special.rate
        return self if rates == self.rates else replace(self, rates=rates)


@dataclass(frozen=True, slots=True)
class CalendarTable:
    """A label for each month, and what a kilowatt-hour costs under each label.

    Parameters
    ----------
    months : mapping of str to str
        Label by ``YYYY-MM``.
    prices : tuple of (date, mapping of str to Decimal)
        By first day: price of each label that costs something. [currency/kWh]
    is_carried_on : bool
        True: months after the last that is named have its label, until they are named too.
    """

    months: Mapping[str, str]
    prices: tuple[tuple[date, Mapping[str, Decimal]], ...]
    is_carried_on: bool = False

    def label(self, day: date, name: str) -> str:
        """Return the label of a local date.

        Raises
        ------
        BillingError
            If its month has none yet.
        """
        month = f"{day.year:04}-{day.month:02}"
        if self.is_carried_on and self.months and month > max(self.months):
            month = max(self.months)
        if month not in self.months:
            raise BillingError(
                f"table {name} says nothing about {month}",
                f"a tabela {name} nada diz sobre {month}",
            )
        return self.months[month]

    def price(self, day: date, label: str) -> Decimal | None:
        """Return the price of a label on a local date; None if it is free [currency/kWh]."""
        past = [prices for first_day, prices in self.prices if first_day <= day]
        return past[-1].get(label) if past else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is in force at one instant."""

    version: TariffVersion
    taxes: TaxTable | None


@dataclass(frozen=True, slots=True)
class Tariff:
    """A dated document of rates.

    Parameters
    ----------
    code : str
        Stable name, such as ``"br/coelba-b1"``.
    name : Text
        What people call it.
    currency : str
        ISO 4217 code.
    rounding : Rounding
        Of every line.
    names : mapping of str to Text
        Words for the codes of charges and taxes.
    versions : tuple of TariffVersion
        By first day; no two overlap.
    taxes : tuple of TaxTable
        By first day.
    change : str
        A change within the cycle is priced by ``"consumption"``, or by ``"days"``.
    schedules, series, tables : mapping of str
        By the names that charges use.
    timezone : str
        Where its days begin if the usage point names no zone; empty if it doesn't say.
    serves : mapping of str to frozenset of str
        Values of attributes that it has prices for; others are refused, absent ones are not.
    regime : Regime
        Its rules that are no prices.
    """

    code: str
    name: Text
    currency: str
    rounding: Rounding
    names: Mapping[str, Text]
    versions: tuple[TariffVersion, ...]
    taxes: tuple[TaxTable, ...]
    change: str = "consumption"
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    series: Mapping[str, PriceSeries] = field(default_factory=dict)
    tables: Mapping[str, CalendarTable] = field(default_factory=dict)
    timezone: str = ""
    serves: Mapping[str, frozenset[str]] = field(default_factory=dict)
    regime: Regime = field(default_factory=Regime)

    def check_serves(self, point: UsagePoint) -> None:
        """Refuse a usage point for which the tariff has no prices.

        Raises
        ------
        BillingError
            Naming the attribute.
        """
        for key, values in self.serves.items():
            value = point.attributes.get(key)
            if value is not None and value not in values:
                known = ", ".join(sorted(values))
                raise BillingError(
                    f"tariff {self.code} has no prices for {key} {value!r}, only for {known}",
                    f"a tarifa {self.code} não tem preços para {key} {value!r}, só para {known}",
                )

    def cuts_s(self, start_s: int, end_s: int, zone: ZoneInfo) -> tuple[int, ...]:
        """Instants inside a period between which the energy must be known.

        The version or the taxes change there, or the period of a schedule, a series of prices,
        the window of a demand, the day of a tier.

        Parameters
        ----------
        start_s, end_s : int
            Half-open period. [s since 1970-01-01 UTC]
        zone : ZoneInfo
            Where the days of the tariff begin.

        Returns
        -------
        tuple of int
            Rising, strictly inside the period. [s since 1970-01-01 UTC]
        """
        days = self._days_of_change() | self._table_days(start_s, end_s, zone)
        first, last = local_date(start_s, zone), local_date(end_s, zone)
        cuts_s = {date_start_s(day, zone) for day in days if first <= day <= last}
        for charge in self._charges(first, last):
            cuts_s |= self._charge_cuts_s(charge, (start_s, end_s), zone)
        return tuple(sorted(cut_s for cut_s in cuts_s if start_s < cut_s < end_s))

    def segment_cuts_s(self, start_s: int, end_s: int, zone: ZoneInfo) -> tuple[int, ...]:
        """Instants inside a period at which the version or the taxes change [s since 1970 UTC]."""
        first, last = local_date(start_s, zone), local_date(end_s, zone)
        starts_s = {
            date_start_s(day, zone) for day in self._days_of_change() if first <= day <= last
        }
        return tuple(sorted(cut_s for cut_s in starts_s if start_s < cut_s < end_s))

    def _days_of_change(self) -> set[date]:
        days = {version.first_day for version in self.versions}
        days |= {
            version.last_day + timedelta(days=1)
            for version in self.versions
            # Some write the last day of the calendar where no end is known.
            if version.last_day not in (None, date.max)
        }
        return days | {table.first_day for table in self.taxes}

    def _table_days(self, start_s: int, end_s: int, zone: ZoneInfo) -> set[date]:
        if not self.tables:
            return set()
        day, last = local_date(start_s, zone).replace(day=1), local_date(end_s, zone)
        days = {first for table in self.tables.values() for first, _ in table.prices}
        while day <= last:
            days.add(day)
            day = (day + timedelta(days=31)).replace(day=1)
        return days

    def _charges(self, first: date, last: date) -> Iterator[Charge]:
        for version in self.versions:
            if version.first_day <= last and (
                version.last_day is None or version.last_day >= first
            ):
                yield from version.charges

    def _charge_cuts_s(self, charge: Charge, period: tuple[int, int], zone: ZoneInfo) -> set[int]:
        start_s, end_s = period
        cuts_s: set[int] = set()
        if isinstance(charge, (TieredCharge, DemandCharge, NetMetering)) and charge.schedule:
            cuts_s |= _schedule_cuts_s(self.schedules[charge.schedule], start_s, end_s, zone)
        if isinstance(charge, TieredCharge) and charge.per == "day":
            cuts_s |= set(_day_starts_s(start_s, end_s, zone))
        if isinstance(charge, SeriesCharge):
            cuts_s |= self.series[charge.series].cuts_s(start_s, end_s)
        if isinstance(charge, DemandCharge):
            for day_s, next_s in pairwise(_day_starts_s(start_s, end_s, zone)):
                cuts_s |= set(range(day_s, next_s, charge.window_s))
        return cuts_s

    def terms(self, day: date) -> Terms:
        """Return what is in force on a local date.

        Raises
        ------
        BillingError
            If no version covers the date: a bill by an expired tariff would be a guess.
        """
        version = next((version for version in self.versions if version.covers(day)), None)
        if version is None:
            raise BillingError(
                f"tariff {self.code} has no version in force on {day}",
                f"a tarifa {self.code} não tem versão em vigor em {day:%d/%m/%Y}",
            )
        past = [table for table in self.taxes if table.first_day <= day]
        if self.taxes and not past:
            raise BillingError(
                f"tariff {self.code} has no taxes in force on {day}",
                f"a tarifa {self.code} não tem tributos em vigor em {day:%d/%m/%Y}",
            )
        return Terms(version, past[-1] if past else None)


@lru_cache(maxsize=64)
def _schedule_cuts_s(
    schedule: Schedule, start_s: int, end_s: int, zone: ZoneInfo
) -> frozenset[int]:
    return frozenset(schedule.cuts_s(start_s, end_s, zone))


def _day_starts_s(start_s: int, end_s: int, zone: ZoneInfo) -> list[int]:
    """List the starts of local days, from the start's to the first not before the end."""
    day_s = date_start_s(local_date(start_s, zone), zone)
    starts_s = [day_s]
    while day_s < end_s:
        day_s = next_day_start_s(day_s, zone)
        starts_s.append(day_s)
    return starts_s
