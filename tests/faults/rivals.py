"""What others would count from the same messages: their published rules, restated.

Each takes messages in the order of arrival and gives (instant, energy) pairs: how much it counts
and to which moment it belongs. They see one series for the home, whatever meters hang there.
"""

import numpy as np

from faults.faults import ARRIVAL, IMPORT, TIME

EMONCMS_POWER_MAX_W = 60_000


def home_assistant(messages):
    """Home Assistant's statistics of a `total_increasing` sensor, and its energy cost.

    A drop of more than 10 % starts a new cycle from 0; any other difference counts. A state has
    the time at which it arrives, so its cost is that of the arrival.
    """
    counted, last = [], None
    for arrival_s, _, value, _ in messages.tolist():
        if last is not None:
            counted.append((arrival_s, value if value < 0.9 * last else value - last))
        last = value
    return counted


def emoncms(messages):
    """The kWh accumulator of emoncms.

    A positive difference below 60 kW counts, and the time of the feed must advance.
    """
    counted, last = [], None
    for _, time_s, value, _ in messages.tolist():
        if last is None:
            last = (time_s, value)
            continue
        span_s, grown_wh = time_s - last[0], value - last[1]
        if span_s <= 0:
            continue
        if grown_wh > 0 and grown_wh * 3600 < EMONCMS_POWER_MAX_W * span_s:
            counted.append((time_s, grown_wh))
        last = (time_s, value)
    return counted


def volkszaehler(messages):
    """Counter readings of volkszaehler: plain differences; an instant is stored once."""
    times_s, first = np.unique(messages[:, TIME], return_index=True)
    steps_wh = np.diff(messages[first, IMPORT])
    return list(zip(times_s[1:].tolist(), steps_wh.tolist(), strict=True))


def thingsboard(messages):
    """ThingsBoard's "calculate delta" node.

    A negative delta is ignored; the last message is cached, whatever it held.
    """
    counted, last = [], None
    for _, time_s, value, _ in messages.tolist():
        if last is not None and value >= last:
            counted.append((time_s, value - last))
        last = value
    return counted


RIVALS = {
    "Home Assistant": home_assistant,
    "emoncms": emoncms,
    "volkszaehler": volkszaehler,
    "ThingsBoard": thingsboard,
}

assert ARRIVAL == 0
