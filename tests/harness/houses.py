"""Stores of readings that the contract is held against, in every place where readings may lie.

An implementation joins by a line in `STORES`: how to open the store of a directory, and the ways in
which it moves readings about inside itself. Each test runs once for each of these ways: none may
change an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quilowatt.core.batch import ReadingBatch
from quilowatt.store import DuckReadingStore, ReadingStore, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from quilowatt.core.batch import ReadingColumns
    from quilowatt.store import Commit

DAY_S = 86400
START_S = 1_767_225_600
"""2026-01-01 00:00 UTC."""

NOW_S = START_S + 400 * DAY_S
"""When the first commit comes: every day with readings is closed."""

FOREVER_S = 2**38

Row = tuple[int, int, int, int]
"""Meter, time [s], import and export [Wh]."""


@dataclass(frozen=True)
class Implementation:
    open: Callable[[Path], ReadingStore]
    moves: Mapping[str, Callable[[ReadingStore, float], object]]


def to_recent(store: DuckReadingStore, _now_s: float) -> None:
    store.begin_journal()
    while store.flush():
        pass


def to_sealed(store: DuckReadingStore, now_s: float) -> None:
    seal(store, now_s=now_s)


STORES = {
    "duckdb": Implementation(
        open=DuckReadingStore,
        moves={"recent": to_recent, "sealed": to_sealed},
    )
}

PLACES = [
    f"{store}-{place}"
    for store, implementation in STORES.items()
    for place in ("as-it-came", "reopened", *implementation.moves, "by-turns")
]


class House:
    """A store, a clock that a test moves, and one way to move readings."""

    def __init__(self, place: str, directory: Path) -> None:
        name, _, self.way = place.partition("-")
        self.implementation = STORES[name]
        self.directory = directory
        self.store = self.implementation.open(directory)
        self.now_s = float(NOW_S)
        self._turn = 0

    def append(self, *rows: Row, now_s: float | None = None) -> Commit:
        self.now_s = self.now_s + 1 if now_s is None else now_s
        return self.store.append(batch_of(*rows), now_s=self.now_s)

    def settle(self) -> None:
        """Move all readings in this house's way; the clock goes on by a minute."""
        self.now_s += 60
        ways = [self.way]
        if self.way == "by-turns":
            every = ["as-it-came", *self.implementation.moves, "reopened"]
            ways, self._turn = [every[self._turn % len(every)]], self._turn + 1
        for way in ways:
            if way == "reopened":
                self.reopen()
            elif way != "as-it-came":
                self.implementation.moves[way](self.store, self.now_s)

    def reopen(self) -> None:
        self.store.close()
        self.store = self.implementation.open(self.directory)

    def readings(self, *args, **keywords) -> list[tuple]:
        return rows_of(self.store.readings(*args, **keywords))

    def all(self, meters: list[int], **keywords) -> list[tuple]:
        return self.readings(numbers(*meters), 0, FOREVER_S, **keywords)

    def facts(self, meters: list[int], **keywords) -> list[tuple]:
        return rows_of(self.store.facts(numbers(*meters), 0, FOREVER_S, **keywords))

    def latest(self, *meters: int) -> list[tuple[int, ...]]:
        latest = self.store.latest(numbers(*meters))
        return list(
            zip(
                latest.first_time_s.tolist(),
                latest.time_s.tolist(),
                latest.import_wh.tolist(),
                latest.export_wh.tolist(),
                latest.previous_time_s.tolist(),
                latest.previous_import_wh.tolist(),
                strict=True,
            )
        )


def numbers(*meters: int) -> np.ndarray:
    return np.array(meters, np.int32)


def batch_of(*rows: Row) -> ReadingBatch:
    meter, time_s, import_wh, export_wh = (
        np.array(column, np.int64) for column in zip(*rows, strict=True)
    )
    return ReadingBatch(meter.astype(np.int32), time_s, import_wh, export_wh)


def rows_of(columns: ReadingColumns) -> list[tuple]:
    """Give (meter, time, import, export, is_revised) of each row."""
    return list(
        zip(
            columns.meter.tolist(),
            columns.time_s.tolist(),
            columns.import_wh.tolist(),
            columns.export_wh.tolist(),
            columns.is_revised.tolist(),
            strict=True,
        )
    )


def at(quarter: int, *, meter: int = 1, wh: int | None = None) -> Row:
    """Give a reading of a quarter of an hour; its registers follow from it unless given."""
    wh = 100 * quarter + meter if wh is None else wh
    return meter, START_S + 900 * quarter, wh, wh // 2


def plain(*rows: Row) -> list[tuple]:
    return [(*row, False) for row in rows]
