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
) -> tuple[ReadingBatch, NDArray[np.int64], NDArray[np.intp] | None]:
    """Give the rows their commits: one, unless the batch has several facts for one instant.

    Then the second fact of an instant goes into a second commit, and so on; the batch is put in
    that order, which is returned too.
    """
    key = sort_key(batch.meter, batch.time_s)
    if (key[1:] > key[:-1]).all():
        return batch, np.full(len(batch), first, np.int64), None
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    if starts.size == len(batch):
        return batch, np.full(len(batch), first, np.int64), None
    rank = np.empty(len(batch), np.int64)
    rank[order] = np.arange(len(batch)) - np.repeat(starts, np.diff(starts, append=len(batch)))
    by_rank = np.argsort(rank, kind="stable")
    return batch.take(by_rank), first + rank[by_rank], by_rank


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
    is_last = np.append(key[1:] != key[:-1], np.ones(min(1, key.size), np.bool_))
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
