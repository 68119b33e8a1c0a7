"""A file of metered data as three columns: whose, when, how much. Nothing is sent here.

Parquet and CSV are read whole into memory by pyarrow; columns are named by the caller or
recognised by name and type. What can't be understood is a `ReplayError` that lists what was found.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from quilowatt.errors import ReplayError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from quilowatt.meter.replay_options import ReplayOptions

__all__ = ["MeteredRows", "read_rows"]

ID_NAMES: Final = ("id", "meter", "meter_id", "meterid", "lclid", "household", "customer", "home")
TIME_NAMES: Final = ("tstp", "time", "timestamp", "datetime", "date_time", "unnamed: 0", "date")
ENERGY_NAMES: Final = ("kwh", "wh", "energy", "consumption", "value", "gc", "import", "register")

NULLS: Final = ["", "null", "Null", "NULL", "na", "NA", "NaN", "nan", "None"]
"""How files write that there is no value."""

MICRO_WH: Final = {"kWh": 10**9, "Wh": 10**6}
"""Of one unit. [µWh]"""

DECIMALS: Final = 6
"""A float32 that is the nearest of a decimal with so few places stands for that decimal."""

MILLISECONDS_FROM: Final = 10**11
"""Whole numbers beyond it are Unix milliseconds: as seconds they lie after the year 5138."""

TEXT_FORMS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
"""Times as text; day first where the form can't tell."""


Fit = Callable[[pa.DataType], bool]


@dataclass(frozen=True, slots=True)
class MeteredRows:
    """The rows of a file, sorted by meter and time, each pair once.

    Parameters
    ----------
    names : list of str
        Meters, in the order of their numbers.
    meter : ndarray of int64, shape (n,)
        Number of the row's meter.
    time_s : ndarray of int64, shape (n,)
        [s since 1970-01-01 UTC]
    energy_uwh : ndarray of int64, shape (n,)
        [µWh]
    doubled : int
        Rows that a later row of the same meter and time took the place of. [1]
    empty : int
        Rows without identity, time or energy. [1]
    """

    names: list[str]
    meter: NDArray[np.int64]
    time_s: NDArray[np.int64]
    energy_uwh: NDArray[np.int64]
    doubled: int
    empty: int


def read_rows(options: ReplayOptions) -> MeteredRows:
    """Read a file.

    Raises
    ------
    ReplayError
        It can't be read, or a column is missing, ambiguous or of a type that can't be used.
    """
    table = _read(options.file)
    whose = _id_column(table, options)
    when = _column(table, options.time_column, TIME_NAMES, _is_time, "--time-column")
    energy = _column(table, options.energy_column, ENERGY_NAMES, _is_number, "--energy-column")
    full = _used(table, [name for name in (whose, when, energy) if name is not None]).drop_null()
    if full.num_rows == 0:
        _refuse(table, "holds no row with a time and an energy")
    names, meter = _meters(full, whose, options)
    first_s, again_s = _times(full, when, options)
    energy_uwh, is_finite = _micro_wh(full[energy], options.unit)
    wanted = is_finite & (meter < (options.limit_meters or len(names)))
    rows = _sorted(meter[wanted], first_s[wanted], again_s[wanted], energy_uwh[wanted])
    meter, time_s, energy_uwh = rows
    return MeteredRows(
        names=names[: options.limit_meters],
        meter=meter,
        time_s=time_s,
        energy_uwh=energy_uwh,
        doubled=int(wanted.sum()) - meter.size,
        empty=table.num_rows - full.num_rows + int((~is_finite).sum()),
    )


def _read(path: Path) -> pa.Table:
    try:
        with path.open("rb") as file:
            if file.read(4) == b"PAR1":
                return pa_parquet.read_table(path)
        return _read_csv(path)
    except (OSError, EOFError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise ReplayError(f"{path} can't be read: {reason}") from error


def _read_csv(path: Path) -> pa.Table:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        head = file.readline().decode("utf-8-sig", "replace")
    delimiter = max(",;\t", key=head.count)
    return pa_csv.read_csv(
        path,
        parse_options=pa_csv.ParseOptions(delimiter=delimiter),
        convert_options=pa_csv.ConvertOptions(null_values=NULLS, strings_can_be_null=True),
    )


def _id_column(table: pa.Table, options: ReplayOptions) -> str | None:
    """Find who is metered; None when nothing looks like it: then the file is one meter."""
    if options.id_column is not None:
        return _named(table, options.id_column, "--id-column")
    return next((name for name in table.column_names if _bare(name) in ID_NAMES), None)


def _column(
    table: pa.Table, asked: str | None, names: tuple[str, ...], is_fit: Fit, option: str
) -> str:
    if asked is not None:
        return _named(table, asked, option)
    for wanted in names:
        for name in table.column_names:
            if _bare(name).split("/")[0] == wanted:
                return str(name)
    fit = [field.name for field in table.schema if is_fit(field.type)]
    if len(fit) != 1:
        _refuse(table, f"does not say which column it is; use {option}")
    return str(fit[0])


def _named(table: pa.Table, name: str, option: str) -> str:
    if name not in table.column_names:
        _refuse(table, f"has no column {name!r} ({option})")
    return name


def _bare(name: str) -> str:
    return name.strip().lower()


def _used(table: pa.Table, names: list[str]) -> pa.Table:
    for name in names:
        if table.column_names.count(name) > 1:
            _refuse(table, f"has more than one column {name!r}")
    return table.select(list(dict.fromkeys(names)))


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _refuse(table: pa.Table, why: str) -> NoReturn:
    found = ", ".join(f"{field.name} ({field.type})" for field in table.schema)
    raise ReplayError(f"the file {why}. Its columns are: {found}")


def _meters(
    table: pa.Table, whose: str | None, options: ReplayOptions
) -> tuple[list[str], NDArray[np.int64]]:
    """Give each meter a number, in the order in which they first come."""
    if whose is None:
        return [options.file.name.split(".")[0]], np.zeros(table.num_rows, np.int64)
    column = table[whose].combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    code = column.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    names = [str(name).strip() for name in column.dictionary.to_pylist()]
    codes, first = np.unique(code, return_index=True)
    order = codes[np.argsort(first)]
    number = np.full(len(names), -1, np.int64)
    number[order] = np.arange(order.size)
    return [names[code] for code in order], number[code]


def _times(
    table: pa.Table, name: str, options: ReplayOptions
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Instants [s UTC], and what they are if it is the second time round in autumn's hour."""
    column = table[name]
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _parsed(table, column, name)
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    if pa.types.is_integer(column.type):
        time_s = column.to_numpy().astype(np.int64)
        time_s = np.where(time_s >= MILLISECONDS_FROM, time_s // 1000, time_s)
        return time_s, time_s
    if not pa.types.is_timestamp(column.type):
        _refuse(table, f"has no times in {name!r}; use --time-column")
    if column.type.tz is not None:
        time_s = _seconds(column)
        return time_s, time_s
    zone = _zone(options.time_zone)
    first, again = (
        pc.assume_timezone(column, zone, ambiguous=which, nonexistent="latest")
        for which in ("earliest", "latest")
    )
    return _seconds(first), _seconds(again)


def _parsed(table: pa.Table, column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    for form in TEXT_FORMS:
        times = pc.strptime(column, format=form, unit="s", error_is_null=True)
        if times.null_count == 0:
            return times
    example = column[0].as_py()
    _refuse(table, f"has times in {name!r} that are not understood, like {example!r}")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ReplayError(f"time zone {name!r} is unknown; use one like America/Bahia") from None
    return name


def _seconds(column: pa.ChunkedArray) -> NDArray[np.int64]:
    seconds = column.cast(pa.timestamp("s", column.type.tz), safe=False)
    time_s: NDArray[np.int64] = seconds.cast(pa.int64()).to_numpy().astype(np.int64)
    return time_s


def _micro_wh(column: pa.ChunkedArray, unit: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if unit not in MICRO_WH:
        raise ReplayError(f"unit {unit!r} is unknown; use Wh or kWh")
    try:
        energy = column.cast(pa.float64()).to_numpy()
    except pa.ArrowException as error:
        raise ReplayError(f"the energy column holds no numbers: {error}") from None
    if pa.types.is_float32(column.type):
        decimal = np.round(energy, DECIMALS)
        energy = np.where(decimal.astype(np.float32) == energy.astype(np.float32), decimal, energy)
    is_finite = np.isfinite(energy)
    return np.rint(np.where(is_finite, energy, 0) * MICRO_WH[unit]).astype(np.int64), is_finite


def _sorted(
    meter: NDArray[np.int64],
    first_s: NDArray[np.int64],
    again_s: NDArray[np.int64],
    energy_uwh: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Sort by meter and time; of rows that say the same instant the last one stands."""
    order = np.lexsort((first_s, meter))
    meter, first_s, again_s, energy_uwh = (c[order] for c in (meter, first_s, again_s, energy_uwh))
    is_again = np.zeros(meter.size, np.bool_)
    is_again[1:] = (meter[1:] == meter[:-1]) & (first_s[1:] == first_s[:-1])
    time_s = np.where(is_again, again_s, first_s)
    order = np.lexsort((time_s, meter))
    meter, time_s, energy_uwh = meter[order], time_s[order], energy_uwh[order]
    is_last = np.ones(meter.size, np.bool_)
    is_last[:-1] = (meter[1:] != meter[:-1]) | (time_s[1:] != time_s[:-1])
    return meter[is_last], time_s[is_last], energy_uwh[is_last]
