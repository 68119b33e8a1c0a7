"""Facts of a few meters by the day, and where a store keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from quilowatt.core.batch import ReadingBatch

if TYPE_CHECKING:
    from pathlib import Path

    from quilowatt.store import DuckReadingStore

START_S = 1_767_225_600
"""2026-01-01 00:00 UTC."""

DAY_S = 86400
FOREVER_S = 2**38
METERS = np.arange(8, dtype=np.int32)

Fact = tuple[int, int, int]
"""Meter, time [s], import [Wh]."""


def batch_of(*facts: Fact) -> ReadingBatch:
    meter, time_s, import_wh = (np.array(column, np.int64) for column in zip(*facts, strict=True))
    return ReadingBatch(meter.astype(np.int32), time_s, import_wh, import_wh * 0)


def day(number: int, *, meter: int = 1, wh: int = 5) -> Fact:
    return meter, START_S + number * DAY_S, wh


def facts_in(store: DuckReadingStore) -> list[Fact]:
    """Every fact, as often as it is told."""
    facts = store.facts(METERS, 0, FOREVER_S)
    return list(
        zip(facts.meter.tolist(), facts.time_s.tolist(), facts.import_wh.tolist(), strict=True)
    )


def facts_on_disk(directory: Path, pattern: str = "*.parquet") -> list[Fact]:
    """Every row of every segment, read by another program than DuckDB."""
    tables = [pq.read_table(path).to_pydict() for path in sorted(directory.glob(pattern))]
    return sorted(
        fact
        for table in tables
        for fact in zip(table["meter"], table["time_s"], table["import_wh"], strict=True)
    )
