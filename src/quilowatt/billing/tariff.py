"""What a tariff says, as dated versions of charges and of taxes.

A tariff is data: it is read from a document by `tariff_file` and priced by `bill`. Rates are
before tax; a tax lies inside the price, in layers. Nothing here knows a country.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from quilowatt.core.calendar import date_start_s, local_date
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal
    from zoneinfo import ZoneInfo

__all__ = ["EnergyCharge", "Rounding", "Tariff", "TariffVersion", "TaxTable", "Terms", "Text"]


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
class EnergyCharge:
    """A price for every kilowatt-hour, whenever it was used.

    Parameters
    ----------
    code : str
        Stable name of the line.
    rate : Decimal
        Price before tax. [currency/kWh]
    taxes : frozenset of str, or None
        Codes of the taxes on it; None for all that are in force.
    """

    code: str
    rate: Decimal
    taxes: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class TariffVersion:
    """The charges of one validity.

    Parameters
    ----------
    first_day, last_day : date
        Both inclusive, local; `last_day` is None while no end is known.
    act, source : str
        The act that set the rates and where it can be read.
    charges : tuple of EnergyCharge
        One bill line each.
    """

    first_day: date
    last_day: date | None
    act: str
    source: str
    charges: tuple[EnergyCharge, ...]

    def covers(self, day: date) -> bool:
        """Say whether the version is in force on a local date."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class TaxTable:
    """Taxes inside the price from one day until the next table's.

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
    """

    first_day: date
    layers: tuple[tuple[str, ...], ...]
    rates: Mapping[str, Decimal]
    source: str
    note: Text | None


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
    """

    code: str
    name: Text
    currency: str
    rounding: Rounding
    names: Mapping[str, Text]
    versions: tuple[TariffVersion, ...]
    taxes: tuple[TaxTable, ...]

    def cuts_s(self, start_s: int, end_s: int, zone: ZoneInfo) -> tuple[int, ...]:
        """Instants inside a period at which the version or the taxes change.

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
        days = {version.first_day for version in self.versions}
        days |= {
            version.last_day + timedelta(days=1)
            for version in self.versions
            if version.last_day is not None
        }
        days |= {table.first_day for table in self.taxes}
        first, last = local_date(start_s, zone), local_date(end_s, zone)
        starts_s = {date_start_s(day, zone) for day in days if first <= day <= last}
        return tuple(sorted(cut_s for cut_s in starts_s if start_s < cut_s < end_s))

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
