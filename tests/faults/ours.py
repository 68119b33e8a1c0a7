"""What quilowatt counts from the same messages: through the store of readings and `profile`."""

import numpy as np

from faults.faults import ARRIVAL, EXPORT, IMPORT, TIME
from faults.homes import DAY_S, QUARTER_S
from quilowatt.core.batch import ReadingBatch
from quilowatt.profile import (
    CONTEXT_S,
    Connection,
    Stay,
    power_limit_w,
    usage_point_profile,
)


def deliver(store, case, first_meter):
    """Append the messages of a case as they arrive, a day at a time; give its meter numbers."""
    meters = []
    for offset, hung in enumerate(case.meters):
        meter = first_meter + offset
        meters.append(meter)
        days = hung.messages[:, ARRIVAL] // DAY_S
        for day in np.unique(days).tolist():
            rows = hung.messages[days == day]
            columns = (np.ascontiguousarray(rows[:, n]) for n in (TIME, IMPORT, EXPORT))
            batch = ReadingBatch(np.full(len(rows), meter, np.int32), *columns)
            store.append(batch, now_s=float((day + 1) * DAY_S))
    return meters


def profile_of(store, case, meters, edges_s):
    """Profile the home's month from what the store holds."""
    start_s, end_s = int(edges_s[0]) - CONTEXT_S, int(edges_s[-1]) + CONTEXT_S
    stays = [
        Stay(
            store.readings(np.array([meter], np.int32), start_s, end_s, with_neighbours=True),
            hung.start_s,
            hung.end_s,
            digits=hung.digits,
            interval_s=QUARTER_S,
        )
        for meter, hung in zip(meters, case.meters, strict=True)
    ]
    connection = Connection(power_limit_w(1), case.truth.zone)
    return usage_point_profile(stays, edges_s, connection=connection)
