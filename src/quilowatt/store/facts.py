"""What counts of the facts: commits of a batch, the newest fact of an instant, revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quilowatt.core.batch import ReadingBatch, ReadingColumns
from quilowatt.store.hot import FactColumns, sort_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_readings", "commits_of", "counted", "is_revised", "join_batches", "no_facts"]


def commits_of(
    batch: ReadingBatch, first: int
) -> tuple[ReadingBatch, NDArray[np.int64], NDArray[np.intp] | slice]:
    """Give the rows their commits: one, unless the batch has several facts for one instant.

    Then the second fact of an instant goes into a second commit, and so on; the batch is put in
    that order, without what only repeats the fact before it. The rows that are left are named too.
    """
    key = sort_key(batch.meter, batch.time_s)
    if (key[1:] > key[:-1]).all():
        return batch, np.full(len(batch), first, np.int64), slice(None)
    order = np.argsort(key, kind="stable")
    is_new = np.diff(key[order], prepend=-1) > 0
    if is_new.all():
        return batch, np.full(len(batch), first, np.int64), slice(None)
    for wh in (batch.import_wh[order], batch.export_wh[order]):
        is_new[1:] |= wh[1:] != wh[:-1]
    order = order[is_new]
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    rank = np.arange(order.size) - np.repeat(starts, np.diff(starts, append=order.size))
    by_rank = np.lexsort((order, rank))
    rows = order[by_rank]
    return batch.take(rows), first + rank[by_rank], rows


def is_revised(facts: FactColumns) -> NDArray[np.bool_]:
    """Say which of some distinct facts share their instant with another."""
    key = sort_key(facts.meter, facts.time_s)
    is_same = key[1:] == key[:-1]
    edge = np.zeros(min(1, key.size), np.bool_)
    answer: NDArray[np.bool_] = np.concatenate((is_same, edge)) | np.concatenate((edge, is_same))
    return answer


def counted(facts: FactColumns) -> ReadingColumns:
    """Of each instant the newest of its distinct facts."""
    key = sort_key(facts.meter, facts.time_s)
    is_same = key[1:] == key[:-1]
    if not is_same.any():
        return as_readings(facts, np.zeros(key.size, np.bool_))
    is_last = np.append(~is_same, True)
    return as_readings(facts.take(is_last), is_revised(facts)[is_last])


def as_readings(facts: FactColumns, is_revised: NDArray[np.bool_]) -> ReadingColumns:
    """Give facts the form of an answer."""
    return ReadingColumns(
        facts.meter, facts.time_s, facts.import_wh, facts.export_wh, facts.commit, is_revised
    )


def no_facts() -> FactColumns:
    """Nothing, in the right types."""
    none = np.empty(0, np.int64)
    return FactColumns(np.empty(0, np.int32), none, none, none, none)


def join_batches(batches: list[ReadingBatch]) -> ReadingBatch:
    """Put batches one after the other."""
    return ReadingBatch(
        np.concatenate([batch.meter for batch in batches]),
        np.concatenate([batch.time_s for batch in batches]),
        np.concatenate([batch.import_wh for batch in batches]),
        np.concatenate([batch.export_wh for batch in batches]),
    )
