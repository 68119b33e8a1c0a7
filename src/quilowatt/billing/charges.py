"""The kinds of charges that a tariff may have. Data only: `pricing` says what each comes to.

Rates are before tax. Every charge has a code, the taxes on it (None for all that are in force) and
a condition on the usage point.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from quilowatt.billing.point import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CalendarCharge",
    "Charge",
    "Contribution",
    "CreditLine",
    "DemandCharge",
    "Discount",
    "EnergyCharge",
    "FixedCharge",
    "MinimumEnergy",
    "MinimumMoney",
    "NetMetering",
    "SeriesCharge",
    "Step",
    "TieredCharge",
]


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
    flow : str
        ``"import"`` or ``"export"``; energy given to the grid is paid by a negative rate.
    condition : Condition
        Whom it concerns.
    """

    code: str
    rate: Decimal
    taxes: frozenset[str] | None
    flow: str = "import"
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class Step:
    """A price up to some energy.

    Parameters
    ----------
    limit_kwh : Decimal or None
        Upper end of the tier; None for the rest. [kWh]
    rates : mapping of str to Decimal
        Price by period; ``""`` where there are no periods. [currency/kWh]
    """

    limit_kwh: Decimal | None
    rates: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class TieredCharge:
    """A price by time of use, by tier, or by both.

    Parameters
    ----------
    schedule : str
        Names the periods; empty for none.
    steps : tuple of Step
        Marginal tiers, limits rising; a single one without limit is plain time of use.
    per : str
        ``"month"``: limits hold for the cycle. ``"days"``: they are multiplied by its days.
        ``"day"``: they hold for each local day by itself.
    combine : str
        How tiers and periods meet. ``"proportional"``: each tier has the cycle's mix of periods.
        ``"chronological"``: tiers fill up as energy is used. ``"per_period"``: every period has
        tiers of its own.
    times : str
        Attribute of the usage point that multiplies the limits, such as ``"families"``.
    """

    code: str
    schedule: str
    steps: tuple[Step, ...]
    per: str
    combine: str
    taxes: frozenset[str] | None
    flow: str = "import"
    condition: Condition = field(default_factory=Condition)
    times: str = ""


@dataclass(frozen=True, slots=True)
class SeriesCharge:
    """A price per interval: ``series · factor + adder``. [currency/kWh]"""

    code: str
    series: str
    factor: Decimal
    adder: Decimal
    taxes: frozenset[str] | None
    flow: str = "import"
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class CalendarCharge:
    """A surcharge per kilowatt-hour that a calendar table sets month by month.

    Parameters
    ----------
    table : str
        Names the label of each month.
    free_kwh : Decimal
        The first so many pay nothing. [kWh]
    times : str
        Attribute of the usage point that multiplies them.
    """

    code: str
    table: str
    free_kwh: Decimal
    taxes: frozenset[str] | None
    condition: Condition = field(default_factory=Condition)
    times: str = ""


@dataclass(frozen=True, slots=True)
class DemandCharge:
    """A price for the highest mean power of the cycle.

    Parameters
    ----------
    rate : Decimal
        Per cycle. [currency/kW]
    window_s : int
        Over which power is averaged: 900, 1800 or 3600. [s]
    schedule, periods : str, frozenset of str
        Only windows that begin in these periods count; empty for all.
    look_back, share : int, Decimal
        At least this share of the highest demand of so many earlier cycles is billed.
    least_kw : Decimal
        At least this is billed. [kW]
    """

    code: str
    rate: Decimal
    window_s: int
    schedule: str
    periods: frozenset[str]
    look_back: int
    share: Decimal
    least_kw: Decimal
    taxes: frozenset[str] | None
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class FixedCharge:
    """An amount per ``"day"``, per ``"month"``, or per ``"kw"`` contracted and month."""

    code: str
    rate: Decimal
    per: str
    taxes: frozenset[str] | None
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class MinimumEnergy:
    """Energy that is billed at least; makes no line but raises the quantity of others.

    It concerns flat and tiered charges without periods, surcharges and discounts. Of several
    whose conditions hold, the first counts.

    Parameters
    ----------
    least_kwh : Decimal
        Billed at least. [kWh]
    up_to_kwh : Decimal or None
        Only where the energy measured is not above this. [kWh]
    least_days : int
        Not for shorter cycles. [d]
    is_billed : bool
        False: it raises no quantity; `MinimumMoney` and `NetMetering` refer to it.
    """

    taxes: ClassVar[None] = None
    code: str
    least_kwh: Decimal
    up_to_kwh: Decimal | None
    least_days: int
    condition: Condition = field(default_factory=Condition)
    is_billed: bool = True


@dataclass(frozen=True, slots=True)
class MinimumMoney:
    """What is missing from some charges to an amount.

    Parameters
    ----------
    least : Decimal or None
        Before tax; None for the least energy (`MinimumEnergy`) at `rate`. [currency]
    of : tuple of str
        Codes of the charges that count.
    least_days : int
        Not for shorter cycles. [d]
    rate : Decimal
        Price of the least energy. [currency/kWh]
    """

    code: str
    least: Decimal | None
    of: tuple[str, ...]
    least_days: int
    taxes: frozenset[str] | None
    condition: Condition = field(default_factory=Condition)
    rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Discount:
    """A share off some charges, tier by tier of the energy.

    Parameters
    ----------
    of : tuple of str
        Codes of the charges that it reduces.
    steps : tuple of Step
        Share by tier, under ``""``: 1 is 100 %. [-]
    times : str
        Attribute of the usage point that multiplies the limits.
    """

    code: str
    of: tuple[str, ...]
    steps: tuple[Step, ...]
    taxes: frozenset[str] | None
    condition: Condition = field(default_factory=Condition)
    times: str = ""


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What a compensated kilowatt-hour takes off a bill, as one line.

    Parameters
    ----------
    rates : mapping of str to Decimal
        By period, ``""`` where there are none: taken off; negative for what it still costs.
        [currency/kWh]
    taxes : frozenset of str, or None
        Codes of the taxes on it; None for all that are in force.
    part : str
        ``"all"`` that is compensated, only what is ``"within"`` the energy used above the least,
        or only what goes ``"beyond"`` it, because compensated energy still costs something.
    """

    code: str
    rates: Mapping[str, Decimal]
    taxes: frozenset[str] | None
    part: str = "all"


@dataclass(frozen=True, slots=True)
class NetMetering:
    """Energy given to the grid that is taken off what was used, now or in later cycles.

    Parameters
    ----------
    credits : tuple of CreditLine
        What each kilowatt-hour is worth; each makes a negative line.
    keep_kwh : Decimal or None
        So much of the energy used is never compensated; None for the least energy that is
        billed (`MinimumEnergy`). [kWh]
    keep_value_per_kwh : Decimal or None
        None: `keep_kwh` stays as energy. A price: it stays as money, and what compensated energy
        still costs counts towards it. [currency/kWh]
    is_whole : bool
        Compensates whole kilowatt-hours only.
    expiry_months : int
        Credits older than so many months are lost; 0 for never.
    times : str
        Attribute of the usage point that multiplies `keep_kwh`.
    schedule : str
        Names periods that are compensated each by itself first; empty for none.
    values : mapping of str to Decimal
        By period: price of the energy used, which counts towards what is kept. [currency/kWh]
    exchange : mapping of str to Decimal
        By period, in the order in which they are served: energy of one is worth energy of
        another as these relate. [-]
    other : str
        Period of credits that have none.
    """

    code: str
    credits: tuple[CreditLine, ...]
    keep_kwh: Decimal | None
    keep_value_per_kwh: Decimal | None
    is_whole: bool
    expiry_months: int
    taxes: ClassVar[None] = None
    condition: Condition = field(default_factory=Condition)
    times: str = ""
    schedule: str = ""
    values: Mapping[str, Decimal] = field(default_factory=dict)
    exchange: Mapping[str, Decimal] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """An amount per cycle by bands of energy, such as for street lighting.

    Parameters
    ----------
    steps : tuple of Step
        The amount of the band that the energy falls into (the whole of it, not marginal), under
        ``""``. [currency, or share of `reference`]
    reference : Decimal
        Multiplies the amounts; 1 where they are money. [currency]
    cap_share, cap_of, cap_without : Decimal or None, tuple of str, frozenset of str
        At most this share of some charges, each less the taxes named.
    """

    code: str
    steps: tuple[Step, ...]
    reference: Decimal
    cap_share: Decimal | None
    cap_of: tuple[str, ...]
    cap_without: frozenset[str]
    taxes: frozenset[str] | None
    condition: Condition = field(default_factory=Condition)


Charge = (
    EnergyCharge
    | TieredCharge
    | SeriesCharge
    | CalendarCharge
    | DemandCharge
    | FixedCharge
    | MinimumEnergy
    | MinimumMoney
    | Discount
    | NetMetering
    | Contribution
)
