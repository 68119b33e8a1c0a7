"""The embedded store against a dictionary: wherever readings lie, the answers are the same."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quilowatt.core.batch import ReadingBatch
from quilowatt.store import DuckReadingStore, readings_duckdb, seal, sealing
from quilowatt.store.latest import LatestTable

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_S = 86400
START_S = 1_767_225_600
"""2026-01-01 00:00 UTC."""

NOW_S = START_S + 33 * DAY_S
"""Of the instants below some lie in closed days of two months, some in open ones."""

METERS = 3
INSTANTS_S = [
    START_S + offset
    for offset in (0, 900, 7200, 5 * 3600, 2 * DAY_S, 31 * DAY_S - 1, 31 * DAY_S, 33 * DAY_S, 10**7)
]
FOREVER_S = 2**38

Row = tuple[int, int, int]
"""Meter, time [s], import [Wh]."""

rows = st.tuples(st.integers(0, METERS - 1), st.sampled_from(INSTANTS_S), st.integers(0, 2))
batches = st.lists(rows, min_size=1, max_size=7)
seconds = st.sampled_from([0.0, 0.1, 0.4, 1.0, 2.5, -3.0, 40.0, 30 * DAY_S])
moves = st.sampled_from(["flush", "seal", "seal-quickly", "reopen"])
histories = st.lists(st.one_of(st.tuples(seconds, batches), moves), min_size=1, max_size=12)


def batch_of(rows: list[Row]) -> ReadingBatch:
    meter, time_s, import_wh = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return ReadingBatch(meter.astype(np.int32), time_s, import_wh, 7 * import_wh)


@dataclass
class Model:
    """What was ever said: for each meter and instant its commits and values, in order."""

    facts: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)

    def append(self, rows: list[Row], last: int) -> list[bool]:
        """Take a batch in; the n-th change of an instant came in the n-th commit up to the last."""
        is_fresh, ranks = [], list(ranks_of(rows))
        for (meter, time_s, import_wh), rank in zip(rows, ranks, strict=True):
            commit = last - max(ranks) + rank
            known = [instant for number, instant in self.facts if number == meter]
            is_fresh.append(time_s > max(known, default=0))
            facts = self.facts.setdefault((meter, time_s), [])
            if not facts or facts[-1][1] != import_wh:
                facts.append((commit, import_wh))
        return is_fresh

    def all(self, as_of: int | None = None) -> list[tuple[int, int, int, bool]]:
        """Give each fact, and whether its instant has others."""
        return [
            (meter, time_s, import_wh, len(told) > 1)
            for (meter, time_s), facts in sorted(self.facts.items())
            for told in [[wh for commit, wh in facts if as_of is None or commit <= as_of]]
            for import_wh in told
        ]

    def readings(self, as_of: int | None = None) -> list[tuple[int, int, int, bool]]:
        return list({fact[:2]: fact for fact in self.all(as_of)}.values())

    def around(self, start_s: int, end_s: int, as_of: int | None = None) -> list[tuple]:
        """Give the readings of a period and the nearest on either side of it."""
        kept = []
        for meter in range(METERS):
            own = [reading for reading in self.readings(as_of) if reading[0] == meter]
            kept += [reading for reading in own if reading[1] < start_s][-1:]
            kept += [reading for reading in own if start_s <= reading[1] < end_s]
            kept += [reading for reading in own if reading[1] >= end_s][:1]
        return kept

    def since(self, commit: int) -> list[tuple[int, int, int, bool]]:
        return [reading for reading in self.readings() if self.facts[reading[:2]][-1][0] > commit]

    def latest(self, meter: int) -> tuple[int, ...]:
        own = [(0, 0, 0), *(reading[1:3] for reading in self.readings() if reading[0] == meter)]
        first, last, before = own[1 % len(own)], own[-1], own[-2] if len(own) > 2 else own[0]
        return first[0], last[0], last[1], 7 * last[1], before[0], before[1]


def ranks_of(rows: list[Row]) -> Iterator[int]:
    """Count for each row how often the batch has changed its mind about the instant."""
    said: dict[tuple[int, int], list[int]] = {}
    for meter, time_s, import_wh in rows:
        facts = said.setdefault((meter, time_s), [])
        if facts[-1:] != [import_wh]:
            facts.append(import_wh)
        yield len(facts) - 1


def rows_of(columns) -> list[tuple[int, int, int, bool]]:
    assert (columns.export_wh == 7 * columns.import_wh).all()
    names = ("meter", "time_s", "import_wh", "is_revised")
    return list(zip(*(getattr(columns, name).tolist() for name in names), strict=True))


def rows_of_latest(latest) -> list[tuple[int, ...]]:
    names = ("first_time_s", "time_s", "import_wh", "export_wh")
    names += ("previous_time_s", "previous_import_wh")
    return list(zip(*(getattr(latest, name).tolist() for name in names), strict=True))


class House:
    """A store, its model and a clock that may go back."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = DuckReadingStore(directory, hot_rows_max=4)
        self.model = Model()
        self.now_s = float(NOW_S)
        self.commit = 0

    def append(self, pause_s: float, rows: list[Row]) -> None:
        self.now_s += pause_s
        commit = self.store.append(batch_of(rows), now_s=self.now_s)
        assert commit.number > self.commit
        self.commit = commit.number
        assert commit.is_fresh.tolist() == self.model.append(rows, commit.number)

    def move(self, way: str) -> None:
        match way:
            case "flush":
                self.store.begin_journal()
                self.store.flush()
            case "reopen":
                self.store.close()
                self.store = DuckReadingStore(self.directory, hot_rows_max=4)
            case _:
                seal(self.store, now_s=self.now_s, is_thorough=way == "seal")

    def check(self, moment_s: float, period: tuple[int, int]) -> None:
        meters = np.arange(METERS + 1, dtype=np.int32)
        everything = meters, 0, FOREVER_S
        store, model = self.store, self.model
        assert rows_of(store.facts(*everything)) == model.all()
        assert rows_of(store.readings(*everything)) == model.readings()
        assert rows_of_latest(store.latest(meters)) == [model.latest(meter) for meter in meters]
        wanted = model.around(*period)
        assert rows_of(store.readings(meters, *period, with_neighbours=True)) == wanted
        blocks = store.scan(*period, meters_per_block=2)
        assert [row for block in blocks for row in rows_of(block)] == wanted
        as_of = store.commit_at(moment_s)
        found = store.readings(meters, *period, with_neighbours=True, as_of=as_of)
        assert rows_of(found) == model.around(*period, as_of)
        assert rows_of(store.facts(*everything, as_of=as_of)) == model.all(as_of)
        came, upto = set(), as_of
        while True:
            batch, following = store.arrivals(upto)
            came |= set(zip(batch.meter.tolist(), batch.time_s.tolist(), strict=True))
            if following == upto:
                break
            upto = following
        assert {row[:2] for row in model.since(as_of)} <= came


@settings(max_examples=40, deadline=None)
@given(
    history=histories,
    largest_month=st.sampled_from([2, 10**6]),
    back_s=st.sampled_from([0, 1, 3, 44]),
    period=st.tuples(st.sampled_from(INSTANTS_S), st.sampled_from(INSTANTS_S)).map(sorted),
)
def test_any_history_answers_like_a_dictionary(history, largest_month, back_s, period):
    with (
        tempfile.TemporaryDirectory() as directory,
        patch.object(readings_duckdb, "HOT_TABLES_MAX", 1000),
        patch.object(sealing, "SEGMENT_ROWS_MAX", largest_month),
    ):
        house = House(Path(directory) / "readings")
        try:
            for event in history:
                house.move(event) if isinstance(event, str) else house.append(*event)
                house.check(house.now_s - back_s, tuple(period))
            house.move("reopen")
            house.check(house.now_s - back_s, tuple(period))
        finally:
            house.store.close()


@settings(max_examples=200, deadline=None)
@given(history=st.lists(batches, min_size=1, max_size=5), data=st.data())
def test_the_latest_table_answers_like_a_dictionary_however_batches_are_cut(history, data):
    model, whole, cut = Model(), LatestTable(), LatestTable()
    meters = np.arange(METERS, dtype=np.int32)
    for rows in history:
        at = data.draw(st.integers(1, len(rows)))
        is_fresh = model.append(rows, 1)
        assert whole.update(batch_of(rows)).tolist() == is_fresh
        pieces = [piece for piece in (rows[:at], rows[at:]) if piece]
        told = [cut.update(batch_of(piece)).tolist() for piece in pieces]
        assert list(chain(*told)) == is_fresh
        wanted = [model.latest(meter) for meter in range(METERS)]
        assert rows_of_latest(whole.take(meters)) == wanted
        assert rows_of_latest(cut.take(meters)) == wanted
        spoke = sorted({meter for meter, _ in model.facts})
        assert whole.meters_that_spoke().tolist() == spoke


@settings(max_examples=50, deadline=None)
@given(history=st.lists(batches, min_size=1, max_size=5), data=st.data())
def test_a_saved_latest_table_takes_the_journal_again_and_is_the_same(history, data):
    """At start-up a table that is newer than the segments meets what it has seen before."""
    table, loaded = LatestTable(), LatestTable()
    for rows in history:
        table.update(batch_of(rows))
    with tempfile.TemporaryDirectory() as directory:
        table.save(Path(directory) / "latest.npy")
        loaded.load(Path(directory) / "latest.npy")
    journal = history[data.draw(st.integers(0, len(history) - 1)) :]
    loaded.update(batch_of(list(chain(*journal))))
    meters = np.arange(METERS, dtype=np.int32)
    assert rows_of_latest(loaded.take(meters)) == rows_of_latest(table.take(meters))
