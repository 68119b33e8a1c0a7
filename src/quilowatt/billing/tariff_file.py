"""Tariff documents: text to `Tariff`, or every problem of the text at once.

The format is described by ``tariffs/schema/tariff-1.schema.json``; this module checks the same
and more: dates that overlap, codes without a name, taxes that eat the whole price.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from quilowatt.billing.document import Document, Table
from quilowatt.billing.tariff import (
    EnergyCharge,
    Rounding,
    Tariff,
    TariffVersion,
    TaxTable,
    Text,
)
from quilowatt.core.money import ROUNDING_RULES
from quilowatt.errors import TariffError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMAT", "load_tariff"]

FORMAT: Final = 1
"""The only format that there is so far."""

RATE_BELOW: Final = 1_000_000
"""A price per kWh beyond this is a slip of the unit, in any currency. [currency/kWh]"""

PLACES_MAX: Final = 4
CODE: Final = re.compile(r"[a-z][a-z0-9_]*")
TARIFF_CODE: Final = re.compile(r"[a-z0-9]+(/[a-z0-9][a-z0-9.\-]*)+")
CURRENCY: Final = re.compile(r"[A-Z]{3}")


def load_tariff(text: str, name: str) -> Tariff:
    """Read a tariff document.

    Parameters
    ----------
    text : str
        TOML or JSON.
    name : str
        What to call the document in messages: its path, usually.

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
    tariff = _tariff(document.root)
    _refuse_problems(document, name)
    return tariff


def _refuse_problems(document: Document, name: str) -> None:
    if document.problems:
        raise TariffError(name, tuple(document.problems))


def _tariff(root: Table) -> Tariff:
    root.whole("format", FORMAT, FORMAT)
    names = _names(root.table("names"))
    versions = sorted(
        (_version(table, names) for table in root.tables("version")), key=lambda v: v.first_day
    )
    taxes = [_taxes(table, names) for table in (root.tables("taxes") if root.has("taxes") else [])]
    tariff = Tariff(
        code=_matching(root, "code", TARIFF_CODE, "br/coelba-b1"),
        name=_text(root.table("name")),
        currency=_matching(root, "currency", CURRENCY, "BRL"),
        rounding=_rounding(root.table("rounding")),
        names=names,
        versions=tuple(versions),
        taxes=tuple(sorted(taxes, key=lambda table: table.first_day)),
    )
    root.finish()
    _check_dates(root, tariff)
    _check_taxes_known(root, tariff)
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
        if not CODE.fullmatch(code):
            table.note(code, "a code is written in lower case, like 'energy'")
    return {code: _text(table.table(code)) for code in table}


def _version(table: Table, names: Mapping[str, Text]) -> TariffVersion:
    version = TariffVersion(
        first_day=table.day("from"),
        last_day=table.day("until") if table.has("until") else None,
        act=table.text("act"),
        source=table.text("source"),
        charges=tuple(_charge(charge, names) for charge in table.tables("charges")),
    )
    table.finish()
    if version.last_day is not None and date.min < version.last_day < version.first_day:
        table.note("until", f"is {version.last_day}, before the first day {version.first_day}")
    codes = [charge.code for charge in version.charges]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        table.note("charges", f"code {code!r} is used more than once")
    return version


def _charge(table: Table, names: Mapping[str, Text]) -> EnergyCharge:
    table.choice("kind", ("energy",))
    charge = EnergyCharge(
        code=_named(table, "code", table.text("code"), names),
        rate=table.decimal("rate_per_kwh", -RATE_BELOW, RATE_BELOW),
        taxes=frozenset(table.words("taxes")) if table.has("taxes") else None,
    )
    table.finish()
    return charge


def _taxes(table: Table, names: Mapping[str, Text]) -> TaxTable:
    rates = table.table("rates")
    result = TaxTable(
        first_day=table.day("from"),
        layers=table.word_lists("inside"),
        rates={code: rates.decimal(code, 0, 1) for code in rates},
        source=table.text("source"),
        note=_text(table.table("note")) if table.has("note") else None,
    )
    table.finish()
    codes = [code for layer in result.layers for code in layer]
    if sorted(codes) != sorted(result.rates):
        table.note(
            "inside", f"names {sorted(codes)}, but there are rates for {sorted(result.rates)}"
        )
    for layer in result.layers:
        if sum(result.rates.get(code, 0) for code in layer) >= 1:
            table.note("rates", f"{' + '.join(layer)} take the whole price; must be below 1")
    for code in result.rates:
        _named(rates, code, code, names)
    return result


def _named(table: Table, key: str, code: str, names: Mapping[str, Text]) -> str:
    if code and code not in names:
        table.note(key, f"code {code!r} has no entry in names")
    return code


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
            for code in sorted((charge.taxes or frozenset()) - known):
                root.note(
                    "version",
                    f"from {version.first_day}: charge {charge.code!r} names tax "
                    f"{code!r}, which no table of taxes has",
                )
