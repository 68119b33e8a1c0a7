"""The mean power "now": over as short a time as the register lets one see.

A register counts whole watt-hours. Between two readings 15 minutes apart that is plenty; between
two that are 2 s apart a home of 300 W moves it by one every sixth reading, and they would show 0 W
or 1,800 W. So meters that report often are judged over the last 20 Wh, two minutes at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quilowatt.core import ReadingColumns
    from quilowatt.store import Client, Latest, ReadingStore

__all__ = ["WINDOW_S", "mean_powers_w", "readings_for_power"]

WINDOW_S: Final = 120
"""Two minutes of 30 W are one watt-hour; a longer mean would not be "now". [s]"""

ENERGY_WH: Final = 20
"""One watt-hour more or less is then 5 % of the power that is shown. [Wh]"""

FRESH_S: Final = 600
"""Meters whose last reading is older than others' by more than this keep the simple mean. [s]"""

SECONDS_PER_HOUR: Final = 3600

DIGITS_MAX: Final = 18
"""10**18 is the last power of ten in an int64. [digits]"""


def mean_powers_w(
    latest: Latest, clients: Sequence[Client], columns: ReadingColumns
) -> list[int | None]:
    """Mean power of each meter up to its last reading.

    Parameters
    ----------
    latest : Latest
        Of the meters of these clients, in their order.
    clients : sequence of Client
        For the number of each meter and the digits of its dial.
    columns : ReadingColumns
        Readings of meters that report often, from the last minutes: `readings_for_power`, or any
        that hold them. Without them the last two readings count.

    Returns
    -------
    list of int or None
        None with fewer than two readings, or where the register fell and no dial explains it. [W]
    """
    powers_w = _between_the_last_two(latest, clients)
    rows = np.flatnonzero(_is_coarse(latest)).tolist()
    meters = np.array([clients[row].meter_number for row in rows], np.int32)
    firsts = np.searchsorted(columns.meter, meters, side="left").tolist()
    lasts = np.searchsorted(columns.meter, meters, side="right").tolist()
    for row, first, last in zip(rows, firsts, lasts, strict=True):
        power_w = _over_the_window(columns.time_s[first:last], columns.import_wh[first:last])
        if power_w is not None:
            powers_w[row] = power_w
    return powers_w


def readings_for_power(
    store: ReadingStore, latest: Latest, meters: NDArray[np.int32]
) -> ReadingColumns:
    """Fetch what `mean_powers_w` needs of meters that report often, in one question.

    Parameters
    ----------
    store : ReadingStore
        Whom to ask.
    latest : Latest
        Of these meters.
    meters : ndarray of int32, shape (n,)
        Dense meter numbers.
    """
    newest_s = int(latest.time_s.max(initial=0))
    rows = _is_coarse(latest) & (latest.time_s > newest_s - FRESH_S)
    start_s = int(latest.time_s[rows].min(initial=newest_s)) - WINDOW_S
    return store.readings(meters[rows], max(start_s, 0), newest_s + 1)


def _between_the_last_two(latest: Latest, clients: Sequence[Client]) -> list[int | None]:
    digits = np.array([client.digits for client in clients], np.int64)
    wrap_wh = np.where(digits > 0, 10 ** np.minimum(digits, DIGITS_MAX), 0)
    grown_wh = latest.import_wh - latest.previous_import_wh
    turned = (grown_wh < 0) & (-grown_wh > wrap_wh // 2) & (-grown_wh < wrap_wh)
    grown_wh = np.where(turned, grown_wh + wrap_wh, grown_wh)
    span_s = latest.time_s - latest.previous_time_s
    is_known = (latest.previous_time_s > 0) & (span_s > 0) & (grown_wh >= 0)
    # A float is exact enough for a mean power, and can't overflow as Wh · 3600 might.
    powers_w = np.rint(grown_wh * float(SECONDS_PER_HOUR) / np.maximum(span_s, 1))
    return [
        int(power_w) if known else None
        for power_w, known in zip(powers_w.tolist(), is_known.tolist(), strict=True)
    ]


def _is_coarse(latest: Latest) -> NDArray[np.bool_]:
    """Say where the last two readings are too close for whole watt-hours."""
    span_s = latest.time_s - latest.previous_time_s
    grown_wh = latest.import_wh - latest.previous_import_wh
    is_coarse: NDArray[np.bool_] = (
        (latest.previous_time_s > 0) & (span_s < WINDOW_S) & (grown_wh < ENERGY_WH)
    )
    return is_coarse


def _over_the_window(time_s: NDArray[np.int64], import_wh: NDArray[np.int64]) -> int | None:
    """Mean power over the last 20 Wh or two minutes of one meter, None if there is no such time."""
    if time_s.size == 0:
        return None
    first = int(time_s.searchsorted(time_s[-1] - WINDOW_S))
    time_s, import_wh = time_s[first:], import_wh[first:]
    if time_s.size == 1 or (import_wh[1:] < import_wh[:-1]).any():
        return None
    enough = int(import_wh.searchsorted(import_wh[-1] - ENERGY_WH, side="right")) - 1
    since = min(max(enough, 0), time_s.size - 2)
    span_s, grown_wh = time_s[-1] - time_s[since], import_wh[-1] - import_wh[since]
    return round(float(grown_wh) * SECONDS_PER_HOUR / float(span_s))
