"""A street of homes for the detectors: 60 ordinary days, and then to each what happens to it.

Half-hourly, from midnight UTC on. Ordinary is 300 W, 1.5 kW in the evening, a somewhat different
day each day, and a refrigerator that comes and goes.
"""

import numpy as np

from quilowatt.core.batch import ReadingBatch

START_S = 1_786_924_800  # midnight UTC
SLOT_S = 1800
DAY_S = 86_400
SLOTS = 48
DAYS, AFTER = 60, 12
FROM_S = START_S + DAYS * DAY_S
HOUR = np.arange((DAYS + AFTER) * SLOTS) % SLOTS / 2
DAY = np.arange((DAYS + AFTER) * SLOTS) // SLOTS


def ordinary_wh(home=0):
    """Energy of each half-hour. [Wh]."""
    evening = (HOUR >= 18) & (HOUR < 23)
    unsteady = 1 + 0.25 * np.sin(2.4 * DAY + home) * np.cos(0.7 * DAY)
    fridge_w = 60 * ((np.arange(HOUR.size) + home) % 3 == 0) + 15 * ((DAY + home) % 4)
    return np.round((240 + fridge_w + evening * 1500 * unsteady) / 2).astype(np.int64)


def since(day, hour=0.0, days=AFTER):
    """Half-hours from an hour of a day after the ordinary ones on, as a mask."""
    at = DAY - DAYS + HOUR / 24 - day - hour / 24
    return (at >= 0) & (at < days)


def street_batch(homes_wh, exports_wh=None):
    """Readings of all homes as they arrive; home 0 is meter 0."""
    energy_wh = np.array(homes_wh)
    count, slots = energy_wh.shape
    none_wh = np.zeros_like(energy_wh)
    export_wh = none_wh if exports_wh is None else np.array(exports_wh)
    registers = (np.pad(np.cumsum(wh, axis=1), ((0, 0), (1, 0))) for wh in (energy_wh, export_wh))
    import_wh, export_wh = (register.T.ravel() for register in registers)
    time_s = np.repeat(START_S + SLOT_S * np.arange(slots + 1), count)
    meter = np.tile(np.arange(count, dtype=np.int32), slots + 1)
    return ReadingBatch(meter, time_s, import_wh, export_wh)
