"""Rates a profile in a CSV file offline: the command ``quilowatt rate``.

The same `billing` as the server's; only where the energy comes from differs.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quilowatt.billing import Usage, rate
from quilowatt.billing.point_file import NOWHERE, load_usage_point
from quilowatt.core.calendar import cycles_s
from quilowatt.core.money import decimal_text, round_exact
from quilowatt.errors import BillingError, SettingsError
from quilowatt.jobs.tariff_files import read_tariff, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from quilowatt.billing import Bill, Tariff
    from quilowatt.billing.point_file import Place

__all__ = ["RateOptions", "Rated", "bill_item", "rate_file", "read_profile"]

HOUR_S: Final = 3600
DAY_S: Final = 86_400
MONTH_S: Final = 27 * DAY_S
ENERGY_WH_MAX: Final = 10**15


@dataclass(frozen=True, slots=True)
class RateOptions:
    """What to rate.

    Parameters
    ----------
    tariff, profile : Path
        Documents: the tariff, and the CSV of intervals.
    start, end : str
        Half-open period: dates, or times as RFC 3339.
    usage_point : Path or None
        Document of the place.
    timezone : str
        Of the place, where no document says so; empty to follow the tariff or the profile.
    is_monthly : bool
        Split the period at the billing day.
    """

    tariff: Path
    profile: Path
    start: str
    end: str
    usage_point: Path | None = None
    timezone: str = ""
    is_monthly: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """The bills of a period, and the zone whose days they follow."""

    bills: tuple[Bill, ...]
    zone: ZoneInfo


def rate_file(options: RateOptions) -> Rated:
    """Rate a profile.

    Raises
    ------
    SettingsError
        If a file or a time can't be read, or the profile doesn't cover the period.
    TariffError
        If a document has problems.
    BillingError
        If the tariff can't price the period.
    """
    tariff = read_tariff(options.tariff)
    place = NOWHERE
    if options.usage_point is not None:
        place = load_usage_point(read_text(options.usage_point), str(options.usage_point))
    rows = read_profile(options.profile)
    zone = _zone(options.timezone or place.timezone or tariff.timezone, rows)
    start_s, end_s = _time_s("--start", options.start, zone), _time_s("--end", options.end, zone)
    if start_s >= end_s:
        raise SettingsError(f"--end {options.end} is not after --start {options.start}")
    usage = _usage(rows, options.profile, end_s)
    _check_cover(usage, (start_s, end_s), zone, options.profile)
    periods = [(start_s, end_s)]
    if options.is_monthly:
        periods = cycles_s(start_s, end_s, zone, billing_day=place.billing_day)
    return Rated(tuple(_bills(tariff, usage, (zone, place), periods)), zone)


def bill_item(bill: Bill, zone: ZoneInfo) -> dict[str, Any]:
    """Return a bill as JSON: energy in Wh, amounts as decimal strings."""
    return {
        "start": _text(bill.start_s, zone),
        "end": _text(bill.end_s, zone),
        "import_wh": bill.energy_wh,
        "export_wh": bill.export_wh,
        "currency": bill.currency,
        "total": str(bill.total),
        "total_unrounded": str(bill.total_unrounded),
        "net": str(bill.net),
        "lines": [
            {
                "code": line.code,
                "description": line.name.en,
                "quantity": decimal_text(line.quantity),
                "unit": line.unit,
                "rate_before_tax": decimal_text(line.rate_before_tax),
                "rate": decimal_text(line.rate),
                "amount": str(line.amount),
                "formula": line.formula,
                "start": _text(line.start_s, zone),
                "end": _text(line.end_s, zone),
            }
            for line in bill.lines
        ],
        "taxes": [
            {
                "code": tax.code,
                "rate": decimal_text(tax.rate),
                "base": str(tax.base),
                "amount": str(tax.amount),
            }
            for tax in bill.taxes
        ],
        "credits": [
            {"born": credit.born.isoformat(), "energy_wh": credit.energy_wh}
            | ({"period": credit.period} if credit.period else {})
            for credit in bill.credits
        ],
        "deferred_wh": bill.deferred_wh,
        "notes": [note.en for note in bill.notes],
        "demand_w": bill.demand_w,
    }


def read_profile(path: Path) -> list[tuple[datetime, Decimal, Decimal]]:
    """Read rows of (start of the interval, import, export) [Wh].

    Raises
    ------
    SettingsError
        For the first row that can't be understood, with its number.
    """
    reader = csv.DictReader(read_text(path).splitlines())
    columns = {(name or "").strip() for name in reader.fieldnames or ()}
    if missing := {"time", "import_wh"} - columns:
        raise SettingsError(f"{path}: there is no column {', '.join(sorted(missing))}")
    rows = [
        _row({(k or "").strip(): v for k, v in row.items()}, f"{path} line {number}")
        for number, row in enumerate(reader, start=2)
    ]
    if not rows:
        raise SettingsError(f"{path}: there are no rows")
    return rows


def _row(row: Mapping[str, object], place: str) -> tuple[datetime, Decimal, Decimal]:
    text = str(row.get("time") or "").strip()
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{place}: time {text!r} is not RFC 3339") from error
    if time.tzinfo is None:
        raise SettingsError(f"{place}: time {text!r} has no offset; write Z or -03:00 after it")
    if time.microsecond:
        raise SettingsError(f"{place}: time {text!r} is no whole second")
    energies = [_energy(row.get(key), f"{place}: {key}") for key in ("import_wh", "export_wh")]
    return time, energies[0], energies[1]


def _energy(value: object, place: str) -> Decimal:
    text = str(value or "").strip()
    if not text and place.endswith("export_wh"):
        return Decimal(0)
    try:
        energy = Decimal(text)
    except InvalidOperation as error:
        raise SettingsError(f"{place} {text!r} is no number") from error
    if not energy.is_finite() or not 0 <= energy <= ENERGY_WH_MAX:
        raise SettingsError(f"{place} {text!r} is not between 0 and {ENERGY_WH_MAX} Wh")
    return energy


def _usage(
    rows: Sequence[tuple[datetime, Decimal, Decimal]], path: Path, period_end_s: int
) -> Usage:
    times_s = [int(time.timestamp()) for time, _, _ in rows]
    steps_s = [after - before for before, after in pairwise(times_s)]
    step_s = Counter(steps_s).most_common(1)[0][0] if steps_s else HOUR_S
    for number, found_s in enumerate(steps_s, start=3):
        # Local days and months differ in length; anything shorter must be regular.
        is_calendar = step_s >= DAY_S - HOUR_S and found_s > 0
        if found_s <= 0 or (found_s != step_s and not is_calendar):
            raise SettingsError(
                f"{path} line {number}: {found_s} s after the line before it; most are {step_s} s"
            )
    end_s = times_s[-1] + step_s
    if step_s >= MONTH_S or not steps_s:
        end_s = max(period_end_s, times_s[-1] + 1)
    imported, exported = _wholes([row[1] for row in rows]), _wholes([row[2] for row in rows])
    return Usage.of_one([*times_s, end_s], imported, exported)


def _wholes(energies: Sequence[Decimal]) -> list[int]:
    """Round to whole Wh by the running total, so that no sum is off by more than half of one."""
    result, total, rounded = [], Decimal(0), 0
    for energy in energies:
        total += energy
        now = int(round_exact(total, 0, "half_even"))
        result.append(now - rounded)
        rounded = now
    return result


def _zone(name: str, rows: Sequence[tuple[datetime, Decimal, Decimal]]) -> ZoneInfo:
    """Find a zone by name, else take the profile's own offset."""
    if name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise SettingsError(f"--timezone {name}: there is no such time zone") from error
    offsets = {time.utcoffset() or timedelta(0) for time, _, _ in rows}
    seconds = [int(offset.total_seconds()) for offset in offsets]
    if len(seconds) == 1 and seconds[0] % HOUR_S == 0:
        hours = seconds[0] // HOUR_S
        # POSIX counts west of Greenwich as positive.
        return ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "UTC")
    raise SettingsError("the profile's offsets name no zone; say --timezone, like Europe/London")


def _time_s(option: str, text: str, zone: ZoneInfo) -> int:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{option} {text}: write 2026-10-01 or a time as RFC 3339") from error
    return int((time if time.tzinfo else time.replace(tzinfo=zone)).timestamp())


def _check_cover(usage: Usage, period_s: tuple[int, int], zone: ZoneInfo, path: Path) -> None:
    first_s, last_s = int(usage.edges_s[0]), int(usage.edges_s[-1])
    if not (first_s <= period_s[0] and period_s[1] <= last_s):
        raise SettingsError(
            f"{path} goes from {_text(first_s, zone)} to {_text(last_s, zone)}; the period is "
            f"{_text(period_s[0], zone)} to {_text(period_s[1], zone)}"
        )


def _bills(
    tariff: Tariff,
    usage: Usage,
    where: tuple[ZoneInfo, Place],
    periods: Sequence[tuple[int, int]],
) -> Iterator[Bill]:
    """Rate cycle after cycle: credits and demands go on, items are billed once."""
    zone, place = where
    point = place.point
    for start_s, end_s in periods:
        try:
            bill = rate(tariff, usage.between(start_s, end_s), zone, point)
        except BillingError as error:
            raise BillingError(
                f"{_text(start_s, zone)} to {_text(end_s, zone)}: {error}"
            ) from error
        yield bill
        point = replace(
            point,
            credits=bill.credits,
            past_demand_w={
                code: (power_w, *point.past_demand_w.get(code, ()))
                for code, power_w in bill.demand_w.items()
            },
            items=(),
            carried_wh=bill.deferred_wh,
        )


def _text(time_s: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(time_s, zone).isoformat()
