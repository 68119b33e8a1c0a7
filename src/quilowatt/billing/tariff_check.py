"""What must hold between the parts of a tariff; each problem is noted at its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from quilowatt.billing.charges import (
    CalendarCharge,
    Contribution,
    DemandCharge,
    Discount,
    EnergyCharge,
    MinimumEnergy,
    MinimumMoney,
    NetMetering,
    SeriesCharge,
    TieredCharge,
)
from quilowatt.billing.point import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quilowatt.billing.charges import Charge
    from quilowatt.billing.document import Table
    from quilowatt.billing.tariff import Tariff, TariffVersion, TaxTable

    Note = Callable[[str, str], None]

__all__ = ["check_tariff"]


def check_tariff(
    root: Table, tariff: Tariff, versions: Sequence[TariffVersion], taxes: Sequence[TaxTable]
) -> None:
    """Note every contradiction.

    Parameters
    ----------
    root : Table
        Where problems are noted.
    tariff : Tariff
        What was read.
    versions, taxes : sequences
        Its parts in the order of the document.
    """
    for number, version in enumerate(versions):
        _check_version(root, f"version[{number}]", version, tariff)
    for number, table in enumerate(taxes):
        _check_taxes(root, f"taxes[{number}]", table, tariff)
    _check_dates(root, tariff)
    _check_taxes_known(root, tariff)
    if tariff.change == "days":
        _check_days(root, versions)


def _check_version(root: Table, path: str, version: TariffVersion, tariff: Tariff) -> None:
    if version.last_day is not None and date.min < version.last_day < version.first_day:
        reason = f"is {version.last_day}, before the first day {version.first_day}"
        root.note(f"{path}.until", reason)
    codes = [charge.code for charge in version.charges if charge.condition == Condition()]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        root.note(f"{path}.charges", f"code {code!r} is used more than once")
    for number, charge in enumerate(version.charges):
        place = f"{path}.charges[{number}]"
        for reason in _charge_problems(charge, version, tariff):
            root.note(place, reason)
        for code in _needed_names(charge, tariff):
            if code and code not in tariff.names:
                root.note(f"{place}.code", f"code {code!r} has no entry in names")


def _needed_names(charge: Charge, tariff: Tariff) -> list[str]:
    if isinstance(charge, MinimumEnergy):
        return []
    if isinstance(charge, NetMetering):
        names = [credit.code for credit in charge.credits]
    else:
        names = [charge.code]
    if isinstance(charge, (TieredCharge, NetMetering)) and charge.schedule in tariff.schedules:
        names += tariff.schedules[charge.schedule].periods
    if isinstance(charge, CalendarCharge) and charge.table in tariff.tables:
        labels = [rates for _, rates in tariff.tables[charge.table].prices]
        names += dict.fromkeys(label for rates in labels for label in rates)
    return names


def _charge_problems(charge: Charge, version: TariffVersion, tariff: Tariff) -> list[str]:
    problems = []
    if isinstance(charge, TieredCharge) and charge.schedule:
        problems += _period_problems(charge, tariff)
    if isinstance(charge, NetMetering) and charge.schedule:
        problems += _net_problems(charge, tariff)
    if isinstance(charge, DemandCharge):
        problems += _demand_problems(charge, tariff)
    if isinstance(charge, SeriesCharge) and charge.series not in tariff.series:
        problems.append(f"there is no [series.{charge.series}]")
    if isinstance(charge, CalendarCharge) and charge.table not in tariff.tables:
        problems.append(f"there is no [table.{charge.table}]")
    if isinstance(charge, Discount):
        energies = [c for c in version.charges if isinstance(c, EnergyCharge)]
        # Of energy given to the grid there are no tiers that a share could be taken off.
        flat = {c.code for c in energies} - {c.code for c in energies if c.flow == "export"}
        problems += [
            f"{code!r} is no charge of kind energy" for code in charge.of if code not in flat
        ]
    if isinstance(charge, (MinimumMoney, Contribution)):
        of = charge.of if isinstance(charge, MinimumMoney) else charge.cap_of
        problems += _order_problems(charge, of, version)
    return problems


def _period_problems(charge: TieredCharge, tariff: Tariff) -> list[str]:
    if charge.schedule not in tariff.schedules:
        return [f"there is no [schedule.{charge.schedule}]"]
    periods = sorted(tariff.schedules[charge.schedule].periods)
    return [
        f"has rates for {sorted(step.rates)}, the schedule has the periods {periods}"
        for step in charge.steps
        if sorted(step.rates) != periods
    ]


def _net_problems(charge: NetMetering, tariff: Tariff) -> list[str]:
    if charge.schedule not in tariff.schedules:
        return [f"there is no [schedule.{charge.schedule}]"]
    periods = sorted(tariff.schedules[charge.schedule].periods)
    tables = {"exchange": charge.exchange} | {c.code: c.rates for c in charge.credits}
    if charge.keep_value_per_kwh is not None:
        tables["values"] = charge.values
    problems = [
        f"{name} is about {sorted(found)}, the schedule has the periods {periods}"
        for name, found in tables.items()
        if sorted(found) != periods
    ]
    if charge.other not in periods:
        problems.append(f"other is {charge.other!r}, the schedule has the periods {periods}")
    return problems


def _demand_problems(charge: DemandCharge, tariff: Tariff) -> list[str]:
    if not charge.schedule:
        return ["periods need a schedule"] if charge.periods else []
    if charge.schedule not in tariff.schedules:
        return [f"there is no [schedule.{charge.schedule}]"]
    known = tariff.schedules[charge.schedule].periods
    return [f"{p!r} is no period of its schedule" for p in sorted(charge.periods - {*known})]


def _order_problems(charge: Charge, of: Sequence[str], version: TariffVersion) -> list[str]:
    before: set[str] = set()
    for other in version.charges[: version.charges.index(charge)]:
        before.add(other.code)
        if isinstance(other, NetMetering):
            before |= {credit.code for credit in other.credits}
    return [f"{code!r} is no charge that comes before it" for code in of if code not in before]


def _check_taxes(root: Table, path: str, table: TaxTable, tariff: Tariff) -> None:
    codes = [code for layer in table.layers for code in layer] + [*table.on_top]
    if sorted(codes) != sorted(table.rates):
        found = sorted(table.rates)
        root.note(f"{path}.inside", f"names {sorted(codes)}, but there are rates for {found}")
    for layer in table.layers:
        rates = [_highest(table, code) for code in layer]
        if sum(rates) >= 1:
            root.note(f"{path}.rates", f"{' + '.join(layer)} take the whole price; must be below 1")
    for code in table.rates:
        if code not in tariff.names:
            root.note(f"{path}.rates.{code}", f"code {code!r} has no entry in names")
    for special in table.special:
        if special.code not in table.rates:
            root.note(f"{path}.special", f"{special.code!r} has no rate in the table")


def _highest(table: TaxTable, code: str) -> Decimal:
    rates = [special.rate for special in table.special if special.code == code]
    return max([*rates, table.rates.get(code, Decimal(0))])


def _check_dates(root: Table, tariff: Tariff) -> None:
    dated = [version for version in tariff.versions if version.first_day > date.min]
    for before, after in pairwise(dated):
        if before.last_day is None or before.last_day >= after.first_day:
            ends = before.last_day or "open"
            root.note(
                "version",
                f"the version from {before.first_day} until {ends} overlaps the one from "
                f"{after.first_day}",
            )
    for earlier, later in pairwise(tariff.taxes):
        if earlier.first_day == later.first_day:
            root.note("taxes", f"two tables begin on {later.first_day}")
    if tariff.taxes and dated and tariff.taxes[0].first_day > dated[0].first_day:
        first = dated[0].first_day
        root.note("taxes", f"none is in force on {first}, when the first version begins")


def _check_taxes_known(root: Table, tariff: Tariff) -> None:
    known = {code for table in tariff.taxes for code in table.rates}
    for version in tariff.versions:
        for charge in version.charges:
            of_credits = charge.credits if isinstance(charge, NetMetering) else ()
            for line in (charge, *of_credits):
                for code in sorted((line.taxes or frozenset()) - known):
                    root.note(
                        "version",
                        f"from {version.first_day}: charge {line.code!r} names tax "
                        f"{code!r}, which no table of taxes has",
                    )


def _check_days(root: Table, versions: Sequence[TariffVersion]) -> None:
    for number, version in enumerate(versions):
        for place, charge in enumerate(version.charges):
            by_interval = isinstance(charge, SeriesCharge) or (
                isinstance(charge, TieredCharge)
                and (charge.per == "day" or charge.combine == "chronological")
            )
            if by_interval:
                root.note(
                    f"version[{number}].charges[{place}]",
                    'needs intervals; such a charge can\'t go with change = "days"',
                )
