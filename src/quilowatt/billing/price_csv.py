"""Prices per interval from the text of a CSV file: columns to `PriceSeries`, or all problems.

Called by the reader of tariff documents; reading the file is the caller's work. The separator is
``;`` if the header has one, else ``,``; with ``;`` a decimal comma is understood. Rows follow each
other at one step, each price holds until the next row.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from quilowatt.billing.series import PriceSeries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

__all__ = ["UNITS", "CsvPrices", "read_prices"]

UNITS: Final = {"kwh": 0, "mwh": -3, "hundredth_kwh": -2}
"""Of the prices: per kWh, per MWh, in hundredths (cents, pence) per kWh; power of ten to ¤/kWh."""

NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d{1,12})?", re.ASCII)
PRICE_BELOW: Final = 1_000_000
PROBLEMS_MAX: Final = 20
"""A file of the wrong kind is wrong in every row; this many show it. [lines]"""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class CsvPrices:
    """Where the prices stand in a file.

    Parameters
    ----------
    time_column, price_column : str
        As the header names them.
    unit : str
        One of `UNITS`.
    zone : ZoneInfo or None
        Of times without an offset; None refuses them.
    levels : mapping of str to Decimal
        Prices of words that stand in the column of prices; empty where numbers do. [¤/kWh]
    """

    time_column: str
    price_column: str
    unit: str = "kwh"
    zone: ZoneInfo | None = None
    levels: Mapping[str, Decimal] = field(default_factory=dict)


def read_prices(text: str, columns: CsvPrices) -> tuple[PriceSeries, list[str]]:
    r"""Read a file.

    Returns
    -------
    tuple of PriceSeries, list of str
        The series, empty if there are problems; and those, each with its line.

    Examples
    --------
    >>> rows = "t,p\n2026-01-01T00:00Z,80\n2026-01-01T01:00Z,90\n"
    >>> read_prices(rows, CsvPrices("t", "p", "mwh"))[0].prices
    (Decimal('0.080'), Decimal('0.090'))
    """
    lines = text.lstrip("\ufeff").splitlines()
    separator = ";" if lines and ";" in lines[0] else ","
    reader = csv.DictReader(lines, delimiter=separator, skipinitialspace=True)
    header = [(name or "").strip() for name in reader.fieldnames or ()]
    wanted = (columns.time_column, columns.price_column)
    if missing := [name for name in wanted if name not in header]:
        known = ", ".join(header) or "none"
        return _NOTHING, [f"line 1: there is no column {', '.join(missing)}; there are {known}"]
    reader.fieldnames = header
    starts_s: list[int] = []
    prices: list[Decimal] = []
    problems: list[str] = []
    for row in reader:
        if len(problems) >= PROBLEMS_MAX:
            problems.append("and so on")
            break
        try:
            start_s = _time_s(row[columns.time_column], columns.zone, starts_s)
            prices.append(_price(row[columns.price_column], columns, separator))
            _check_step(start_s, starts_s)
            starts_s.append(start_s)
        except ValueError as error:
            problems.append(f"line {reader.line_num}: {error}")
    if not problems and len(starts_s) < len(("first", "second")):
        problems.append("there must be two rows at least, to show how long a price holds")
    if problems:
        return _NOTHING, problems
    end_s = starts_s[-1] + starts_s[1] - starts_s[0]
    return PriceSeries(tuple(starts_s), end_s, tuple(prices)), []


_NOTHING: Final = PriceSeries((), 0, ())


def _time_s(value: str | None, zone: ZoneInfo | None, before_s: Sequence[int]) -> int:
    text = (value or "").strip()
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"time {text!r} is not written like 2026-01-01T00:00Z") from error
    if time.tzinfo is None:
        if zone is None:
            raise ValueError(f"time {text!r} has no offset, and the series names no timezone")
        time = time.replace(tzinfo=zone)
        if before_s and _since_epoch_s(time) <= before_s[-1]:
            # The hour that comes twice when the clock is put back: this is its second coming.
            time = time.replace(fold=1)
    return _since_epoch_s(time)


def _since_epoch_s(time: datetime) -> int:
    return int((time.astimezone(UTC) - EPOCH).total_seconds())


def _check_step(start_s: int, before_s: Sequence[int]) -> None:
    if not before_s:
        return
    found_s = start_s - before_s[-1]
    wanted_s = before_s[1] - before_s[0] if len(before_s) > 1 else found_s
    if not 0 < found_s <= DAY_S or found_s != wanted_s:
        raise ValueError(f"is {found_s} s after the row before it; must be {wanted_s} s, above 0")


def _price(value: str | None, columns: CsvPrices, separator: str) -> Decimal:
    text = (value or "").strip()
    if columns.levels:
        if text not in columns.levels:
            raise ValueError(f"{text!r} is no level; there are {', '.join(columns.levels)}")
        return columns.levels[text]
    plain = text.replace(",", ".") if separator == ";" else text
    if not NUMBER.fullmatch(plain):
        raise ValueError(f"price {text!r} is no number of at most 12 decimals")
    price = Decimal(plain).scaleb(UNITS[columns.unit])
    if abs(price) >= PRICE_BELOW:
        raise ValueError(f"price {text} makes {price} per kWh; must be below {PRICE_BELOW}")
    return price
