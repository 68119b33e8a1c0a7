"""The charges of a tariff document: one reader for each kind."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from quilowatt.billing.calendar_file import RATE_BELOW
from quilowatt.billing.charges import (
    CalendarCharge,
    Charge,
    Contribution,
    CreditLine,
    DemandCharge,
    Discount,
    EnergyCharge,
    FixedCharge,
    MinimumEnergy,
    MinimumMoney,
    NetMetering,
    SeriesCharge,
    Step,
    TieredCharge,
)
from quilowatt.billing.point import Condition
from quilowatt.billing.tariff import SpecialRate

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.billing.document import Table

__all__ = ["KINDS", "read_charge", "read_condition", "read_special"]

ENERGY_BELOW: Final = 10**9
"""No limit or minimum of a cycle is larger. [kWh]"""

WINDOWS_MINUTES: Final = (15, 30, 60)
LOOK_BACK_MAX: Final = 36
EXPIRY_MAX: Final = 1200
CYCLE_DAYS_MAX: Final = 366

FLOWS: Final = ("import", "export")
PERS: Final = ("month", "days", "day")
PARTS: Final = ("all", "within", "beyond")
COMBINATIONS: Final = ("proportional", "chronological", "per_period")


def read_charge(table: Table, *, is_first_format: bool) -> Charge | None:
    """Read one charge; None where even its kind is not understood."""
    kinds = ("energy",) if is_first_format else tuple(KINDS)
    kind = table.choice("kind", kinds)
    if not table.has("kind") or not table.is_one_of("kind", kinds):
        return None
    charge = KINDS[kind](table)
    table.finish()
    return charge


def read_condition(table: Table) -> Condition:
    """Read ``when`` and ``unless``, tables of attribute to values."""
    found = []
    for key in ("when", "unless"):
        inner = table.table(key) if table.has(key) else None
        # Their order says nothing; sorted, a document and its record read alike.
        pairs = [(name, frozenset(inner.words(name))) for name in sorted(inner)] if inner else []
        found.append(tuple(pairs))
    return Condition(*found)


def read_special(table: Table, code: str) -> SpecialRate:
    """Read another rate of a tax for some: how much, up to which energy, for whom."""
    if table.has("up_to_kwh") and table.has("up_to_kwh_per_day"):
        table.note("up_to_kwh_per_day", "can't go with up_to_kwh")
    is_per_day = table.has("up_to_kwh_per_day")
    key = "up_to_kwh_per_day" if is_per_day else "up_to_kwh"
    limit = table.decimal(key, 0, ENERGY_BELOW) if table.has(key) else None
    rate = table.decimal("rate", 0, 1)
    return SpecialRate(code, rate, limit, read_condition(table), is_per_day)


def _taxes(table: Table) -> frozenset[str] | None:
    return frozenset(table.words("taxes")) if table.has("taxes") else None


def _rate(table: Table, key: str = "rate_per_kwh") -> Decimal:
    return table.decimal(key, -RATE_BELOW, RATE_BELOW)


def _optional(table: Table, key: str, default: Decimal, below: int = ENERGY_BELOW) -> Decimal:
    return table.decimal(key, 0, below) if table.has(key) else default


def _whole(table: Table, key: str, most: int) -> int:
    return table.whole(key, 0, most) if table.has(key) else 0


def _flow(table: Table) -> str:
    return table.choice("flow", FLOWS) if table.has("flow") else "import"


def _energy(table: Table) -> EnergyCharge:
    return EnergyCharge(
        code=table.text("code"),
        rate=_rate(table),
        taxes=_taxes(table),
        flow=_flow(table),
        condition=read_condition(table),
    )


def _rates(table: Table) -> dict[str, Decimal]:
    rates = table.table("rates")
    return {period: _rate(rates, period) for period in rates}


def _time_of_use(table: Table) -> TieredCharge:
    return TieredCharge(
        code=table.text("code"),
        schedule=table.text("schedule"),
        steps=(Step(None, _rates(table)),),
        per="month",
        combine="proportional",
        taxes=_taxes(table),
        flow=_flow(table),
        condition=read_condition(table),
    )


def _tiered(table: Table) -> TieredCharge:
    schedule = table.text("schedule") if table.has("schedule") else ""
    charge = TieredCharge(
        times=_times(table),
        code=table.text("code"),
        schedule=schedule,
        steps=_steps(table, "tiers", "" if schedule else "rate_per_kwh"),
        per=table.choice("per", PERS),
        combine=table.choice("combine", COMBINATIONS) if schedule else "proportional",
        taxes=_taxes(table),
        flow=_flow(table),
        condition=read_condition(table),
    )
    if charge.steps and charge.steps[-1].limit_kwh is not None:
        table.note("tiers", "the last tier must be without up_to_kwh")
    return charge


def _steps(table: Table, key: str, value_key: str) -> tuple[Step, ...]:
    """Read tiers; their values lie under one key, or under ``rates`` by period."""
    steps = []
    for inner in table.tables(key):
        limit = inner.decimal("up_to_kwh", 0, ENERGY_BELOW) if inner.has("up_to_kwh") else None
        rates = {"": _rate(inner, value_key)} if value_key else _rates(inner)
        inner.finish()
        steps.append(Step(limit, rates))
    for before, after in pairwise(steps):
        if before.limit_kwh is None:
            table.note(key, "only the last may be without up_to_kwh")
        elif after.limit_kwh is not None and after.limit_kwh <= before.limit_kwh:
            table.note(key, f"{after.limit_kwh} kWh follows {before.limit_kwh} kWh; must rise")
    return tuple(steps)


def _series(table: Table) -> SeriesCharge:
    return SeriesCharge(
        code=table.text("code"),
        series=table.text("series"),
        factor=_rate(table, "factor") if table.has("factor") else Decimal(1),
        adder=_rate(table, "adder_per_kwh") if table.has("adder_per_kwh") else Decimal(0),
        taxes=_taxes(table),
        flow=_flow(table),
        condition=read_condition(table),
    )


def _surcharge(table: Table) -> CalendarCharge:
    return CalendarCharge(
        code=table.text("code"),
        table=table.text("table"),
        free_kwh=_optional(table, "free_kwh", Decimal(0)),
        times=_times(table),
        taxes=_taxes(table),
        condition=read_condition(table),
    )


def _demand(table: Table) -> DemandCharge:
    minutes = table.whole("window_minutes", WINDOWS_MINUTES[0], WINDOWS_MINUTES[-1])
    if minutes not in WINDOWS_MINUTES:
        table.note("window_minutes", f"is {minutes}, must be 15, 30 or 60")
    return DemandCharge(
        code=table.text("code"),
        rate=_rate(table, "rate_per_kw"),
        window_s=minutes * 60,
        schedule=table.text("schedule") if table.has("schedule") else "",
        periods=frozenset(table.words("periods")) if table.has("periods") else frozenset(),
        look_back=_whole(table, "look_back_cycles", LOOK_BACK_MAX),
        share=_optional(table, "look_back_share", Decimal(1), 10),
        least_kw=_optional(table, "least_kw", Decimal(0)),
        taxes=_taxes(table),
        condition=read_condition(table),
    )


def _fixed(table: Table) -> FixedCharge:
    return FixedCharge(
        code=table.text("code"),
        rate=_rate(table, "rate"),
        per=table.choice("per", ("day", "month", "kw")),
        taxes=_taxes(table),
        condition=read_condition(table),
    )


def _minimum_energy(table: Table) -> MinimumEnergy:
    return MinimumEnergy(
        code=table.text("code"),
        least_kwh=table.decimal("kwh", 0, ENERGY_BELOW),
        up_to_kwh=table.decimal("up_to_kwh", 0, ENERGY_BELOW) if table.has("up_to_kwh") else None,
        least_days=_whole(table, "least_days", CYCLE_DAYS_MAX),
        is_billed=table.is_true("billed") or not table.has("billed"),
        condition=read_condition(table),
    )


def _minimum(table: Table) -> MinimumMoney:
    is_of_energy = table.is_one_of("amount", ("minimum_energy",))
    return MinimumMoney(
        code=table.text("code"),
        least=None if is_of_energy else table.decimal("amount", 0, ENERGY_BELOW),
        rate=table.decimal("rate_per_kwh", 0, RATE_BELOW) if is_of_energy else Decimal(0),
        of=table.words("of"),
        least_days=_whole(table, "least_days", CYCLE_DAYS_MAX),
        taxes=_taxes(table),
        condition=read_condition(table),
    )


def _discount(table: Table) -> Discount:
    return Discount(
        code=table.text("code"),
        of=table.words("of"),
        steps=_steps(table, "tiers", "share"),
        times=_times(table),
        taxes=_taxes(table),
        condition=read_condition(table),
    )


def _net_metering(table: Table) -> NetMetering:
    keeps_minimum = table.is_one_of("keep_kwh", ("minimum",))
    schedule = table.text("schedule") if table.has("schedule") else ""
    net = NetMetering(
        code=table.text("code"),
        credits=tuple(_credit(inner, schedule) for inner in table.tables("credits")),
        times=_times(table),
        schedule=schedule,
        **_periods(table, schedule),
        keep_kwh=None if keeps_minimum else _optional(table, "keep_kwh", Decimal(0)),
        keep_value_per_kwh=_rate(table, "keep_value_per_kwh")
        if table.has("keep_value_per_kwh")
        else None,
        is_whole=table.is_true("whole_kwh"),
        expiry_months=_whole(table, "expiry_months", EXPIRY_MAX),
        condition=read_condition(table),
    )
    codes = [credit.code for credit in net.credits]
    if len(set(codes)) < len(codes):
        table.note("credits", "a code is used more than once")
    return net


def _periods(table: Table, schedule: str) -> dict[str, Any]:
    """Read what net metering by period needs besides."""
    if not schedule:
        return {}
    exchange = table.table("exchange")
    values = table.table("values") if table.has("keep_value_per_kwh") else None
    if table.is_true("whole_kwh"):
        table.note("whole_kwh", "can't go with a schedule")
    relation = {name: _positive(exchange, name) for name in exchange}
    return {
        "exchange": _in_order(table, relation),
        "values": {name: _rate(values, name) for name in values} if values else {},
        "other": table.text("other"),
    }


def _in_order(table: Table, relation: dict[str, Decimal]) -> dict[str, Decimal]:
    """Put periods into the order in which they are served: as named, else as they are written.

    A record has no order of keys, so it names one.
    """
    if not table.has("order"):
        return relation
    order = table.words("order")
    if sorted(order) != sorted(relation):
        table.note("order", f"is about {sorted(order)}, exchange about {sorted(relation)}")
        return relation
    return {period: relation[period] for period in order}


def _positive(table: Table, key: str) -> Decimal:
    value = table.decimal(key, 0, RATE_BELOW)
    if not value:
        table.note(key, "must be above 0")
    return value or Decimal(1)


def _credit(table: Table, schedule: str) -> CreditLine:
    rates = _rates(table) if schedule else {"": _rate(table) - _charged(table)}
    part = "all"
    if not schedule and table.has("part"):
        part = table.choice("part", PARTS)
    credit = CreditLine(table.text("code"), rates, _taxes(table), part)
    table.finish()
    return credit


def _charged(table: Table) -> Decimal:
    """Add what compensated energy still pays: shares of components of the price [¤/kWh]."""
    total = Decimal(0)
    for inner in table.tables("less") if table.has("less") else ():
        inner.text("component")
        total += _rate(inner) * inner.decimal("share", 0, 10)
        inner.finish()
    return total


def _times(table: Table) -> str:
    return table.text("times") if table.has("times") else ""


def _contribution(table: Table) -> Contribution:
    cap = table.table("cap") if table.has("cap") else None
    charge = Contribution(
        code=table.text("code"),
        steps=_steps(table, "bands", "amount"),
        reference=_optional(table, "reference", Decimal(1)),
        cap_share=cap.decimal("share", 0, 10) if cap else None,
        cap_of=cap.words("of") if cap else (),
        cap_without=frozenset(cap.words("without")) if cap and cap.has("without") else frozenset(),
        taxes=_taxes(table),
        condition=read_condition(table),
    )
    if cap:
        cap.finish()
    return charge


KINDS: Final[dict[str, Callable[[Table], Charge]]] = {
    "energy": _energy,
    "time_of_use": _time_of_use,
    "tiered": _tiered,
    "series": _series,
    "surcharge": _surcharge,
    "demand": _demand,
    "fixed": _fixed,
    "minimum_energy": _minimum_energy,
    "minimum": _minimum,
    "discount": _discount,
    "net_metering": _net_metering,
    "contribution": _contribution,
}
"""Kinds of charges by the word that a document uses."""
