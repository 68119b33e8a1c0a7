"""Tariff documents: text to `Tariff`, or every problem of the text at once.

The formats are described by ``tariffs/schema/``; this module and `tariff_check` check the same
and more: dates that overlap, codes without a name, taxes that eat the whole price. Format 1 knows
flat prices with taxes inside; format 2 knows everything, and includes shared documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from quilowatt.billing import calendar_file, charge_file
from quilowatt.billing.document import Document, Table
from quilowatt.billing.point_file import zone_name
from quilowatt.billing.regime import Regime
from quilowatt.billing.regime_file import read_regime
from quilowatt.billing.tariff import (
    Rounding,
    SpecialRate,
    Tariff,
    TariffVersion,
    TaxTable,
    Text,
)
from quilowatt.billing.tariff_check import check_tariff
from quilowatt.core.money import ROUNDING_RULES
from quilowatt.errors import TariffError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quilowatt.billing.days import Holiday, Schedule
    from quilowatt.billing.series import PriceSeries
    from quilowatt.billing.tariff import CalendarTable

__all__ = ["FORMATS", "csv_paths", "included_paths", "load_tariff"]

FORMATS: Final = (1, 2)
"""What this reader understands."""

PLACES_MAX: Final = 4
TARIFF_CODE: Final = re.compile(r"[a-z0-9]+(/[a-z0-9][a-z0-9.\-]*)+")
CURRENCY: Final = re.compile(r"[A-Z]{3}")
CHANGES: Final = ("consumption", "days")


@dataclass(slots=True)
class Shared:
    """What documents may take from others; filled while they are read."""

    names: dict[str, Text] = field(default_factory=dict)
    holidays: dict[str, tuple[Holiday, ...]] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    series: dict[str, PriceSeries] = field(default_factory=dict)
    tables: dict[str, CalendarTable] = field(default_factory=dict)
    regime: Regime = field(default_factory=Regime)
    files: Mapping[str, str] = field(default_factory=dict)


def included_paths(text: str) -> tuple[str, ...]:
    """Return the documents that a document includes, as it names them; () if it can't be read."""
    root = Document(text).root
    return root.words("include") if root.has("include") else ()


def csv_paths(text: str) -> tuple[str, ...]:
    """Return the CSV files that a document takes prices from, as it names them."""
    root = Document(text).root
    table = root.table("series") if root.has("series") else None
    found = [table.table(name) for name in table] if table else []
    return tuple(inner.text("csv") for inner in found if inner.has("csv"))


def load_tariff(text: str, name: str, included: Mapping[str, str] | None = None) -> Tariff:
    """Read a tariff document.

    Parameters
    ----------
    text : str
        TOML or JSON.
    name : str
        What to call the document in messages: its path, usually.
    included : mapping of str to str
        Texts of the documents that it includes, by the name that `included_paths` gives, and of
        files of prices (`csv_paths`), by their path from the directory of this document.

    Returns
    -------
    Tariff
        Checked: pricing by it can fail only for dates that it doesn't cover.

    Raises
    ------
    TariffError
        With every problem found, each with its line (TOML) and key.
    """
    document = Document(text)
    _refuse_problems(document, name)
    shared = Shared()
    shared.files = included or {}
    is_first_format = document.root.is_one_of("format", (1,))
    includes = not is_first_format and document.root.has("include")
    for path in document.root.words("include") if includes else ():
        if path not in shared.files:
            document.note("include", f"{path!r} is not there")
            continue
        _include(shared.files[path], path, (shared, document))
    tariff = _tariff(document.root, shared)
    _refuse_problems(document, name)
    return tariff


def _include(text: str, path: str, into: tuple[Shared, Document]) -> None:
    shared, outer = into
    document = Document(text)
    if not document.problems:
        document.root.whole("format", FORMATS[-1], FORMATS[-1])
        _read_shared(document.root, shared, directory=path[: path.rfind("/") + 1])
        document.root.finish()
    outer.problems.extend(f"{path}: {problem}" for problem in document.problems)


def _read_shared(root: Table, shared: Shared, *, directory: str = "") -> None:
    """Add what a document defines; a name defined again replaces the included one."""
    if root.has("names"):
        shared.names.update(_names(root.table("names")))
    if root.has("holidays"):
        shared.holidays.update(calendar_file.holidays(root.table("holidays")))
    if root.has("schedule"):
        shared.schedules.update(calendar_file.schedules(root.table("schedule"), shared.holidays))
    if root.has("series"):
        shared.series.update(calendar_file.series(root.table("series"), shared.files, directory))
    if root.has("table"):
        shared.tables.update(calendar_file.tables(root.table("table")))
    if root.has("regime"):
        shared.regime = read_regime(root.table("regime"), shared.regime, shared.holidays)


def _refuse_problems(document: Document, name: str) -> None:
    if document.problems:
        raise TariffError(name, tuple(document.problems))


def _tariff(root: Table, shared: Shared) -> Tariff:
    is_first_format = root.whole("format", FORMATS[0], FORMATS[-1]) == 1
    change, timezone = CHANGES[0], ""
    serves: dict[str, frozenset[str]] = {}
    if is_first_format:
        shared.names.update(_names(root.table("names")))
    else:
        root.has("include")
        _read_shared(root, shared)
        change = root.choice("change", CHANGES) if root.has("change") else change
        timezone = zone_name(root, "timezone") if root.has("timezone") else ""
        if root.has("serves"):
            values = root.table("serves")
            serves = {key: frozenset(values.words(key)) for key in values}
    versions = [_version(t, is_first_format=is_first_format) for t in root.tables("version")]
    tables = root.tables("taxes") if root.has("taxes") else []
    taxes = [_taxes(table, is_first_format=is_first_format) for table in tables]
    tariff = Tariff(
        code=_matching(root, "code", TARIFF_CODE, "br/coelba-b1"),
        name=_text(root.table("name")),
        currency=_matching(root, "currency", CURRENCY, "BRL"),
        rounding=_rounding(root.table("rounding")),
        names=shared.names,
        versions=tuple(sorted(versions, key=lambda version: version.first_day)),
        taxes=tuple(sorted(taxes, key=lambda table: table.first_day)),
        change=change,
        schedules=shared.schedules,
        series=shared.series,
        tables=shared.tables,
        timezone=timezone,
        serves=serves,
        regime=shared.regime,
    )
    root.finish()
    # The checks need the order of the document, to point at the table that is wrong.
    check_tariff(root, tariff, versions, taxes)
    return tariff


def _matching(table: Table, key: str, pattern: re.Pattern[str], example: str) -> str:
    value = table.text(key)
    if value and not pattern.fullmatch(value):
        table.note(key, f"is {value!r}, must be written like {example!r}")
    return value


def _text(table: Table) -> Text:
    text = Text(pt=table.text("pt"), en=table.text("en"))
    table.finish()
    return text


def _rounding(table: Table) -> Rounding:
    rounding = Rounding(table.choice("rule", ROUNDING_RULES), table.whole("places", 0, PLACES_MAX))
    table.finish()
    return rounding


def _names(table: Table) -> dict[str, Text]:
    for code in table:
        if not calendar_file.CODE.fullmatch(code):
            table.note(code, "a code is written in lower case, like 'energy'")
    return {code: _text(table.table(code)) for code in table}


def _version(table: Table, *, is_first_format: bool) -> TariffVersion:
    found = [
        charge_file.read_charge(charge, is_first_format=is_first_format)
        for charge in table.tables("charges")
    ]
    version = TariffVersion(
        first_day=table.day("from"),
        last_day=table.day("until") if table.has("until") else None,
        act=table.text("act"),
        source=table.text("source"),
        charges=tuple(charge for charge in found if charge is not None),
    )
    table.finish()
    return version


def _taxes(table: Table, *, is_first_format: bool) -> TaxTable:
    rates = table.table("rates")
    may_be_on_top = not is_first_format and table.has("on_top")
    on_top = table.words("on_top") if may_be_on_top else ()
    special: tuple[SpecialRate, ...] = ()
    if not is_first_format and table.has("special"):
        special = tuple(map(_special, table.tables("special")))
    is_only_on_top = bool(on_top) and not table.has("inside")
    result = TaxTable(
        first_day=table.day("from"),
        layers=() if is_only_on_top else table.word_lists("inside"),
        rates={code: rates.decimal(code, 0, 1) for code in rates},
        source=table.text("source"),
        note=_text(table.table("note")) if table.has("note") else None,
        on_top=on_top,
        special=special,
    )
    table.finish()
    return result


def _special(table: Table) -> SpecialRate:
    code = table.text("code")
    special = charge_file.read_special(table, code)
    table.finish()
    return special
