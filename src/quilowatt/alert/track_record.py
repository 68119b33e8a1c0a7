"""The record of past forecasts, and how good they were: for a meter, or for all.

A row is noted when a forecast is made and settled when its cycle has ended. Pure: a job keeps the
rows in the ledger and reads them back.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from quilowatt.alert.history import GAP_WH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from quilowatt.alert.forecast import Forecast

__all__ = ["TrackRecord", "TrackScore", "join", "note", "score", "score_by_meter", "settle"]


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Past forecasts of the total of a cycle, a row each.

    Parameters
    ----------
    meter : ndarray of int64, shape (r,)
        Numbers of the meters.
    cycle_start_s, cycle_end_s : ndarray of int64, shape (r,)
        The cycle. [s since 1970-01-01 UTC]
    issued_s : ndarray of int64, shape (r,)
        Until when the energy was known. [s since 1970-01-01 UTC]
    expected_wh, low_wh, high_wh : ndarray of int64, shape (r,)
        What was said. [Wh]
    actual_wh : ndarray of int64, shape (r,)
        What came; `GAP_WH` until the cycle has ended. [Wh]
    """

    meter: NDArray[np.int64]
    cycle_start_s: NDArray[np.int64]
    cycle_end_s: NDArray[np.int64]
    issued_s: NDArray[np.int64]
    expected_wh: NDArray[np.int64]
    low_wh: NDArray[np.int64]
    high_wh: NDArray[np.int64]
    actual_wh: NDArray[np.int64]

    def __post_init__(self) -> None:
        assert len({getattr(self, each.name).shape for each in fields(self)}) == 1

    def __len__(self) -> int:
        return self.meter.size

    def rows(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> TrackRecord:
        """Return some rows."""
        return TrackRecord(*(getattr(self, each.name)[which] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class TrackScore:
    """How good settled forecasts were.

    Parameters
    ----------
    count : int
        Forecasts.
    bias_wh : int
        Expected less actual, as a mean: positive for too high. [Wh]
    error_wh : int
        The same without signs. [Wh]
    actual_wh : int
        Mean of the totals that came. [Wh]
    covered : int
        Forecasts in whose range the total came to lie.
    """

    count: int
    bias_wh: int
    error_wh: int
    actual_wh: int
    covered: int

    @property
    def error_share(self) -> float:
        """Mean error as a share of the mean total; 0 where nothing was used [-]."""
        return self.error_wh / self.actual_wh if self.actual_wh else 0.0

    @property
    def coverage(self) -> float:
        """Share of forecasts whose range held [-]."""
        return self.covered / self.count


def note(made: Forecast, meter: NDArray[np.int64], *, cycle_start_s: int) -> TrackRecord:
    """Make the rows of a forecast; meters of which nothing is known get none.

    Parameters
    ----------
    made : Forecast
        Of n meters.
    meter : ndarray of int64, shape (n,)
        Their numbers.
    cycle_start_s : int
        Start of the cycle. [s since 1970-01-01 UTC]
    """
    rows = TrackRecord(
        meter=meter,
        cycle_start_s=np.full_like(meter, cycle_start_s),
        cycle_end_s=np.full_like(meter, made.edges_s[-1]),
        issued_s=np.full_like(meter, made.edges_s[0]),
        expected_wh=made.total_wh,
        low_wh=made.low_wh,
        high_wh=made.high_wh,
        actual_wh=np.full_like(meter, GAP_WH),
    )
    return rows.rows(made.is_known)


def join(records: Iterable[TrackRecord]) -> TrackRecord:
    """Put rows of several records after each other."""
    parts = list(records)
    return TrackRecord(
        *(
            np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(TrackRecord)
        )
    )


def settle(record: TrackRecord, totals_wh: Mapping[tuple[int, int], int]) -> TrackRecord:
    """Fill in what came.

    Parameters
    ----------
    record : TrackRecord
        Rows, settled or not.
    totals_wh : mapping of (int, int) to int
        Energy of ended cycles by meter and start of the cycle; others stay as they are. [Wh]
    """
    keys = zip(record.meter.tolist(), record.cycle_start_s.tolist(), strict=True)
    known = zip(keys, record.actual_wh.tolist(), strict=True)
    actual_wh = [totals_wh.get(key, before_wh) for key, before_wh in known]
    return replace(record, actual_wh=np.array(actual_wh, np.int64))


def score(record: TrackRecord) -> TrackScore | None:
    """Score the settled rows; None if there are none.

    Examples
    --------
    One forecast of 210 kWh between 190 and 240, after which 200 came:

    >>> row = [7, 0, 2_592_000, 864_000, 210_000, 190_000, 240_000, 200_000]
    >>> score(TrackRecord(*(np.array([value]) for value in row)))
    TrackScore(count=1, bias_wh=10000, error_wh=10000, actual_wh=200000, covered=1)
    """
    ended = record.rows(record.actual_wh >= 0)
    if not len(ended):
        return None
    off_wh = ended.expected_wh - ended.actual_wh
    is_covered = (ended.low_wh <= ended.actual_wh) & (ended.actual_wh <= ended.high_wh)
    return TrackScore(
        count=len(ended),
        bias_wh=round(float(off_wh.mean())),
        error_wh=round(float(np.abs(off_wh).mean())),
        actual_wh=round(float(ended.actual_wh.mean())),
        covered=int(is_covered.sum()),
    )


def score_by_meter(record: TrackRecord) -> dict[int, TrackScore]:
    """Score the settled rows of each meter that has any."""
    ended = record.rows(record.actual_wh >= 0)
    order = np.argsort(ended.meter, kind="stable")
    meters, firsts = np.unique(ended.meter[order], return_index=True)
    groups = np.split(order, firsts[1:])
    scored = zip(meters.tolist(), (score(ended.rows(rows)) for rows in groups), strict=False)
    return {meter: each for meter, each in scored if each is not None}
