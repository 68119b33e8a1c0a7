"""The table ``[regime]`` of a tariff document: rules that are no prices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from quilowatt.billing.charge_file import read_condition
from quilowatt.billing.days import DAY_NAMES
from quilowatt.billing.regime import MISSING_RULES, DueTerm, Regime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from quilowatt.billing.days import Holiday
    from quilowatt.billing.document import Table

__all__ = ["read_regime"]

CYCLES_MAX: Final = 1200
DAYS_MAX: Final = 366
FACTOR_MAX: Final = 24


def read_regime(
    table: Table, before: Regime, calendars: Mapping[str, tuple[Holiday, ...]]
) -> Regime:
    """Read what a document says; about the rest an included document, or nothing, has spoken.

    Parameters
    ----------
    table : Table
        ``[regime]``.
    before : Regime
        What holds for keys that are absent.
    calendars : mapping of str to tuple of Holiday
        By the name that ``holidays`` uses.
    """
    found: dict[str, Any] = {}
    for key, read in PARTS.items():
        if table.has(key):
            found |= read(table.table(key))
    if table.has("rest_days"):
        found["rest_days"] = _rest_days(table)
    if table.has("holidays"):
        found["holidays"] = _holidays(table, calendars)
    if table.has("source"):
        found["source"] = table.text("source")
    table.finish()
    return replace(before, **found)


def _missing(table: Table) -> dict[str, Any]:
    rule = table.choice("rule", MISSING_RULES)
    is_mean = rule == "mean_of_cycles"
    if not is_mean and table.has("cycles"):
        table.note("cycles", f"goes with mean_of_cycles only, not with {rule}")
    cycles = table.whole("cycles", 1, CYCLES_MAX) if is_mean else 0
    table.finish()
    return {"missing": rule, "missing_cycles": cycles}


def _cycle_days(table: Table) -> dict[str, Any]:
    least, most = (
        table.whole(key, 1, DAYS_MAX) if table.has(key) else 0 for key in ("least", "most")
    )
    if most and least > most:
        table.note("least", f"is {least} days, more than the most of {most} days")
    table.finish()
    return {"least_days": least, "most_days": most}


def _due(table: Table) -> dict[str, Any]:
    days = table.whole("business_days", 0, DAYS_MAX)
    terms = []
    for inner in table.tables("special") if table.has("special") else ():
        terms.append(DueTerm(inner.whole("business_days", 0, DAYS_MAX), read_condition(inner)))
        inner.finish()
    table.finish()
    return {"due_business_days": days, "due_terms": tuple(terms)}


def _rest_days(table: Table) -> frozenset[str]:
    days = table.words("rest_days")
    for day in days:
        if day not in DAY_NAMES:
            table.note("rest_days", f"{day!r} is no weekday; there are {', '.join(DAY_NAMES)}")
    if len(days) == len(DAY_NAMES):
        table.note("rest_days", "no day is left to pay on")
    return frozenset(days)


def _holidays(table: Table, calendars: Mapping[str, tuple[Holiday, ...]]) -> tuple[Holiday, ...]:
    name = table.text("holidays")
    if name and name not in calendars:
        table.note("holidays", f"there is no calendar {name!r} under [holidays]")
    return calendars.get(name, ())


def _late(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: table.decimal(key, 0, 1)
        for key, name in (("fine", "fine_share"), ("interest_per_month", "monthly_interest"))
        if table.has(key)
    }
    if table.has("month_days"):
        found["interest_month_days"] = table.whole("month_days", 1, DAYS_MAX)
    if table.has("without"):
        found["late_without"] = frozenset(table.words("without"))
    table.finish()
    return found


def _correction(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {
        key: table.whole(key, 0, CYCLES_MAX)
        for key in ("collect_cycles", "refund_cycles")
        if table.has(key)
    }
    for key in ("instalments_per_cycle", "refund_factor"):
        if table.has(key):
            found[key] = table.whole(key, 1, FACTOR_MAX)
    table.finish()
    return found


PARTS: Final[dict[str, Callable[[Table], dict[str, Any]]]] = {
    "missing": _missing,
    "cycle_days": _cycle_days,
    "due": _due,
    "late": _late,
    "correction": _correction,
}
"""Tables of the regime, and what each says of its fields."""
