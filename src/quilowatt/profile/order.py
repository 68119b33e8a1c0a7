"""Readings in the order of arrival made columns by meter and time.

The store does this for what it keeps; here it serves readings that never were in a store: a
file that is rated offline, a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quilowatt.core.batch import ReadingBatch, ReadingColumns

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["sort_readings"]


def sort_readings(batch: ReadingBatch) -> ReadingColumns:
    """Sort by meter and time; of several facts for one instant the last to arrive counts.

    Parameters
    ----------
    batch : ReadingBatch
        Readings in the order of arrival, repeated ones included.

    Returns
    -------
    ReadingColumns
        Each (meter, time) once; `commit` is the place in the batch, and `is_revised` marks
        instants whose facts differ.
    """
    order = np.lexsort((batch.time_s, batch.meter))
    facts = batch.take(order)
    if not len(facts):
        return ReadingColumns(*_columns(facts), order.astype(np.int64), np.empty(0, np.bool_))
    is_first = np.append(True, _differs(facts.meter) | _differs(facts.time_s))
    is_other = np.append(False, _differs(facts.import_wh) | _differs(facts.export_wh)) & ~is_first
    last = np.append(np.flatnonzero(is_first)[1:], len(facts)) - 1
    is_revised = np.add.reduceat(is_other.astype(np.int64), np.flatnonzero(is_first)) > 0
    return ReadingColumns(*_columns(facts.take(last)), order[last].astype(np.int64), is_revised)


def _differs(column: NDArray[np.int32] | NDArray[np.int64]) -> NDArray[np.bool_]:
    differs: NDArray[np.bool_] = column[1:] != column[:-1]
    return differs


def _columns(
    batch: ReadingBatch,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    return batch.meter, batch.time_s, batch.import_wh, batch.export_wh
