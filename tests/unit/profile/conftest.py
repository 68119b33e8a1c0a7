"""A meter with a steady kilowatt, whose readings tests bend."""

import numpy as np
import pytest

from quilowatt.core.batch import ReadingBatch
from quilowatt.profile import sort_readings

QUARTER_S = 900


@pytest.fixture
def steady():
    """Give readings of a steady kilowatt: rows of (time, import), from some register on."""

    def give(count, first_wh=500_000, first_s=0):
        return [(first_s + QUARTER_S * n, first_wh + 250 * n) for n in range(count)]

    return give


@pytest.fixture
def columns():
    """Give rows (time, import[, export]) of one meter as columns."""

    def give(rows, meter=7):
        rows = [(*row, 0)[:3] for row in rows]
        time_s, import_wh, export_wh = np.array(rows, np.int64).reshape(-1, 3).T
        return sort_readings(
            ReadingBatch(np.full(len(rows), meter, np.int32), time_s, import_wh, export_wh)
        )

    return give
