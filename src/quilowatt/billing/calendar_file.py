"""The parts of a tariff document that speak of time: holidays, schedules, series, tables."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from quilowatt.billing.days import DAY_NAMES, HOLIDAY, Holiday, Schedule, Window
from quilowatt.billing.point_file import zone_name
from quilowatt.billing.price_csv import UNITS, CsvPrices, read_prices
from quilowatt.billing.series import PriceSeries
from quilowatt.billing.tariff import CalendarTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from quilowatt.billing.document import Table

__all__ = ["CODE", "RATE_BELOW", "holidays", "schedules", "series", "tables"]

CODE: Final = re.compile(r"[a-z][a-z0-9_]*")
RATE_BELOW: Final = 1_000_000
"""A price per kWh beyond this is a slip of the unit, in any currency. [currency/kWh]"""

MONTH: Final = re.compile(r"[1-9]\d{3}-(0[1-9]|1[0-2])", re.ASCII)
MONTH_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
RUN: Final = re.compile(r"(\S+) ([1-9]\d{0,5})m ([a-z][a-z0-9_]*)", re.ASCII)
MONTHS: Final = frozenset(range(1, 13))
EASTER_DISTANCE: Final = 200
"""No holiday is farther from Easter. [d]"""

YEAR_MAX: Final = 9998


def holidays(table: Table) -> dict[str, tuple[Holiday, ...]]:
    """Read ``[holidays]``: calendars of rules, by name."""
    return {name: tuple(map(_holiday, table.tables(name))) for name in table}


def schedules(table: Table, calendars: Mapping[str, tuple[Holiday, ...]]) -> dict[str, Schedule]:
    """Read ``[schedule]``: windows of time of use, by name."""
    return {name: _schedule(table.table(name), calendars) for name in table}


def series(table: Table, files: Mapping[str, str], directory: str = "") -> dict[str, PriceSeries]:
    """Read ``[series]``: prices per interval, by name.

    Parameters
    ----------
    table : Table
        ``[series]``.
    files : mapping of str to str
        Texts of CSV files, by path from the directory of the tariff.
    directory : str
        That of an included document, with a slash at its end.
    """
    found = {}
    for name in table:
        inner = table.table(name)
        found[name] = _csv_series(inner, files, directory) if inner.has("csv") else _series(inner)
    return found


def tables(table: Table) -> dict[str, CalendarTable]:
    """Read ``[table]``: labels of months and their prices, by name."""
    return {name: _calendar_table(table.table(name)) for name in table}


def _holiday(table: Table) -> Holiday:
    month, day, offset = 0, 0, 0
    if table.has("easter"):
        offset = table.whole("easter", -EASTER_DISTANCE, EASTER_DISTANCE)
    else:
        month, day = _month_day(table, "date")
    years = [
        table.whole(key, 1, YEAR_MAX) if table.has(key) else default
        for key, default in (("from_year", date.min.year), ("until_year", date.max.year))
    ]
    table.finish()
    return Holiday(month, day, offset, *years)


def _month_day(table: Table, key: str) -> tuple[int, int]:
    return _as_month_day(table, key, table.text(key))


def _as_month_day(table: Table, key: str, text: str) -> tuple[int, int]:
    if text and not MONTH_DAY.fullmatch(text):
        table.note(key, f"is {text!r}, must be a month and day like '12-25'")
        return 1, 1
    return (int(text[:2]), int(text[3:])) if text else (1, 1)


def _schedule(table: Table, calendars: Mapping[str, tuple[Holiday, ...]]) -> Schedule:
    default = _code(table, "default")
    calendar = table.text("holidays") if table.has("holidays") else ""
    if calendar and calendar not in calendars:
        table.note("holidays", f"there is no calendar {calendar!r} under [holidays]")
    windows = tuple(map(_window, table.tables("windows")))
    table.finish()
    return Schedule(default, windows, calendars.get(calendar, ()))


def _window(table: Table) -> Window:
    season = None
    if table.has("season"):
        texts = table.words("season")
        if len(texts) == len(("first", "last")):
            season = tuple(_as_month_day(table, "season", text) for text in texts)
        elif texts:
            table.note("season", 'must be its first and last day, like ["12-15", "03-14"]')
    days = _days(table)
    window = Window(
        period=_code(table, "period"),
        start_s=table.clock_s("from"),
        end_s=table.clock_s("to"),
        days=days,
        months=frozenset(table.wholes("months", 1, 12)) if table.has("months") else MONTHS,
        season=(season[0], season[1]) if season else None,
        first_day=table.day("since") if table.has("since") else date.min,
        last_day=table.day("until") if table.has("until") else date.max,
    )
    table.finish()
    return window


def _days(table: Table) -> frozenset[str]:
    known = (*DAY_NAMES, HOLIDAY)
    if not table.has("days"):
        return frozenset(known)
    days = table.words("days")
    for day in days:
        if day not in known:
            table.note("days", f"{day!r} is no day; there are {', '.join(known)}")
    return frozenset(days)


def _code(table: Table, key: str) -> str:
    value = table.text(key)
    if value and not CODE.fullmatch(value):
        table.note(key, f"is {value!r}; a code is written in lower case, like 'off_peak'")
    return value


def _series(table: Table) -> PriceSeries:
    start_s = table.instant_s("from")
    if table.has("prices"):
        step_s = table.whole("step_minutes", 1, 24 * 60) * 60
        prices = table.decimals("prices", -RATE_BELOW, RATE_BELOW)
        table.finish()
        starts_s = tuple(start_s + i * step_s for i in range(len(prices)))
        return PriceSeries(starts_s, start_s + len(prices) * step_s, prices)
    end_s = table.instant_s("until")
    levels_table = table.table("levels")
    levels = {name: levels_table.decimal(name, -RATE_BELOW, RATE_BELOW) for name in levels_table}
    default = table.text("default")
    runs = _runs(table, (start_s, end_s), levels)
    table.finish()
    if default and default not in levels:
        table.note("default", f"is {default!r}, which is no level")
        return PriceSeries((), end_s, ())
    return _stretches((start_s, end_s), levels.get(default), runs)


def _csv_series(table: Table, files: Mapping[str, str], directory: str) -> PriceSeries:
    levels = table.table("levels") if table.has("levels") else None
    timezone = zone_name(table, "timezone") if table.has("timezone") else ""
    columns = CsvPrices(
        time_column=table.text("time_column"),
        price_column=table.text("price_column"),
        unit=table.choice("unit", tuple(UNITS)) if table.has("unit") else "kwh",
        zone=ZoneInfo(timezone) if timezone else None,
        levels={key: levels.decimal(key, -RATE_BELOW, RATE_BELOW) for key in levels}
        if levels
        else {},
    )
    path = table.text("csv")
    table.finish()
    if directory + path not in files:
        table.note("csv", f"{path!r} is not there")
        return PriceSeries((), 0, ())
    found, problems = read_prices(files[directory + path], columns)
    for problem in problems:
        table.note("csv", f"{path} {problem}")
    return found


def _runs(
    table: Table, bounds_s: tuple[int, int], levels: Mapping[str, Decimal]
) -> list[tuple[int, int, Decimal]]:
    runs = []
    for text in table.words("runs") if table.has("runs") else ():
        found = RUN.fullmatch(text)
        inner = table.of("runs", {"start": found[1]}) if found else None
        if found is None or inner is None:
            table.note("runs", f'{text!r} must be written like "2013-01-05T17:00Z 180m high"')
            continue
        first_s = inner.instant_s("start")
        last_s = first_s + int(found[2]) * 60
        if found[3] not in levels:
            table.note("runs", f"{text!r}: {found[3]!r} is no level")
        elif not bounds_s[0] <= first_s < last_s <= bounds_s[1]:
            table.note("runs", f"{text!r} is outside the series")
        else:
            runs.append((first_s, last_s, levels[found[3]]))
    runs.sort(key=lambda run: run[0])
    for before, after in pairwise(runs):
        if before[1] > after[0]:
            table.note("runs", f"two overlap at {after[0]} s since 1970")
    return runs


def _stretches(
    bounds_s: tuple[int, int], default: Decimal | None, runs: list[tuple[int, int, Decimal]]
) -> PriceSeries:
    if default is None:
        return PriceSeries((), bounds_s[1], ())
    prices = {bounds_s[0]: default}
    for first_s, last_s, price in runs:
        prices[first_s] = price
        if last_s < bounds_s[1]:
            prices[last_s] = default
    ordered = sorted(prices.items())
    return PriceSeries(
        tuple(start_s for start_s, _ in ordered), bounds_s[1], tuple(p for _, p in ordered)
    )


def _calendar_table(table: Table) -> CalendarTable:
    months_table = table.table("months")
    months = {month: _code(months_table, month) for month in months_table}
    for month in months:
        if not MONTH.fullmatch(month):
            months_table.note(month, "a month is written like '2026-05'")
    prices = [_prices(entry) for entry in table.tables("prices")]
    is_carried_on = table.is_true("carry_on")
    table.finish()
    return CalendarTable(months, tuple(sorted(prices, key=lambda entry: entry[0])), is_carried_on)


def _prices(table: Table) -> tuple[date, dict[str, Decimal]]:
    rates = table.table("rates")
    entry = table.day("from"), {name: rates.decimal(name, 0, RATE_BELOW) for name in rates}
    if table.has("source"):
        table.text("source")
    table.finish()
    return entry
