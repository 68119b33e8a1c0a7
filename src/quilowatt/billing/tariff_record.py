"""A tariff's document as a record: one JSON document that needs no TOML and no other file.

What a document includes is written into it, and every number that may have decimals becomes a
text, so that the record has one canonical form and one digest. Who proves or archives an invoice
keeps it; `load_record` reads it back into the same tariff.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from quilowatt.billing.calendar_file import holidays
from quilowatt.billing.charges import NetMetering
from quilowatt.billing.document import Document
from quilowatt.billing.invoice_record import canonical
from quilowatt.billing.tariff_file import included_paths, load_tariff
from quilowatt.errors import TariffError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from quilowatt.billing.days import Holiday
    from quilowatt.billing.series import PriceSeries
    from quilowatt.billing.tariff import Tariff

__all__ = ["load_record", "record_calendars", "tariff_record"]

Record = dict[str, Any]

SHARED: Final = ("names", "holidays", "schedule", "series", "table")
"""Sections that documents may take from others; a name defined again replaces the included one."""

DECIMALS_MAX: Final = 12
"""Of a number in a tariff document. [digits]"""


def tariff_record(text: str, name: str, included: Mapping[str, str] | None = None) -> Record:
    """Write a tariff document and what it includes as one record that `canonical` takes.

    Parameters
    ----------
    text : str
        TOML or JSON.
    name : str
        What to call the document in messages.
    included : mapping of str to str
        Texts of the documents that it includes, by the name that it gives them, and of files of
        prices, as `load_tariff` takes them.

    Returns
    -------
    dict
        Texts, whole numbers, booleans, lists and objects; ``load_tariff`` takes its JSON.

    Raises
    ------
    TariffError
        If the document can't be used.

    Examples
    --------
    >>> _plain({"rate": Decimal("0.50"), "from": date(2026, 1, 1), "places": 2})
    {'rate': '0.50', 'from': '2026-01-01', 'places': 2}
    """
    tariff = load_tariff(text, name, included)
    record: Record = {}
    for path in included_paths(text):
        assert included is not None
        _merge(record, _parsed(included[path]), path)
    _merge(record, _parsed(text), "")
    record.pop("include", None)
    for key, series in record.get("series", {}).items():
        if "csv" in series:
            record["series"][key] = _written_out(tariff.series[key], f"{name}: series {key}")
    _name_orders(record)
    # As a reader gets it: with its keys sorted.
    again = load_record(json.loads(canonical(record)), name)
    assert again == tariff, f"{name}: its record says something else"
    assert list(_orders(again)) == list(_orders(tariff)), f"{name}: periods in another order"
    return record


def load_record(record: Record, name: str) -> Tariff:
    """Read what `tariff_record` wrote.

    Raises
    ------
    TariffError
        With every problem found.
    """
    try:
        text = json.dumps(record)
    except (ValueError, RecursionError) as error:
        raise TariffError(name, (str(error),)) from error
    return load_tariff(text, name)


def record_calendars(record: Record) -> dict[str, tuple[Holiday, ...]]:
    """Return the calendars of holidays of a record that `load_record` takes."""
    section = record.get("holidays", {})
    return holidays(Document(json.dumps({"holidays": section})).root.table("holidays"))


def _parsed(text: str) -> Record:
    return {key: _plain(value) for key, value in Document(text).content.items()}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _merge(into: Record, document: Record, path: str) -> None:
    """Add a document's shared sections by name, and everything else of the outer document."""
    for key, value in document.items():
        if key == "regime":
            _merge_regime(into.setdefault(key, {}), value)
            continue
        if key not in SHARED:
            if not path:
                into[key] = value
            continue
        section = into.setdefault(key, {})
        if key == "holidays":
            _keep_calendars(into, section, value)
        section.update(value)


def _written_out(series: PriceSeries, subject: str) -> Record:
    """Write prices that came from a file into the document.

    Raises
    ------
    TariffError
        If the format has no place for them: steps that are no whole minutes, or too many decimals.
    """
    step_s = series.starts_s[1] - series.starts_s[0]
    decimals = max(len(f"{price:f}".partition(".")[2]) for price in series.prices)
    if step_s % 60 or decimals > DECIMALS_MAX:
        found = f"steps of {step_s} s and {decimals} decimals per kWh"
        raise TariffError(subject, (f"{found}; a record takes whole minutes and {DECIMALS_MAX}",))
    return {
        "from": datetime.fromtimestamp(series.starts_s[0], UTC).isoformat(),
        "step_minutes": step_s // 60,
        "prices": [f"{price:f}" for price in series.prices],
    }


def _name_orders(record: Record) -> None:
    """Write down the order in which periods are served: keys of a record have none."""
    for version in record["version"]:
        for charge in version["charges"]:
            if "exchange" in charge:
                charge.setdefault("order", list(charge["exchange"]))


def _orders(tariff: Tariff) -> Iterator[list[str]]:
    for version in tariff.versions:
        for charge in version.charges:
            if isinstance(charge, NetMetering):
                yield list(charge.exchange)


def _merge_regime(into: Record, regime: Record) -> None:
    """Lay the rules of a later document over an earlier one's, key by key where it reads so."""
    for key, value in regime.items():
        is_table = key in {"late", "correction"} and isinstance(into.get(key), dict)
        into[key] = into[key] | value if is_table else value


def _keep_calendars(into: Record, before: Record, after: Record) -> None:
    """Let schedules of earlier documents keep their calendar where a later one redefines it."""
    for name in before.keys() & after.keys():
        if before[name] == after[name]:
            continue
        kept = f"{name} {len(before)}"
        before[kept] = before[name]
        for user in (*into.get("schedule", {}).values(), into.get("regime", {})):
            if user.get("holidays") == name:
                user["holidays"] = kept
