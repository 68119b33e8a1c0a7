"""What happens to readings on their way: each fault turns a truth into messages as they arrive.

A message is (arrival, time, import, export): a row of an int64 array, in the order of arrival.
"""

from dataclasses import dataclass, replace

import numpy as np

from faults.homes import DAY_S, QUARTER_S

ARRIVAL, TIME, IMPORT, EXPORT = range(4)
HOUR_S = 3600
SPIKE_WH = 5_000_000
FAST_S = 20 * 60
LONG_AGO_S = 0
FOR_EVER_S = 2**38


@dataclass(frozen=True)
class Hung:
    """A meter at the home: its messages, from when to when it hung there, digits of its dial."""

    messages: np.ndarray
    start_s: int = LONG_AGO_S
    end_s: int = FOR_EVER_S
    digits: int = 0


@dataclass(frozen=True)
class Case:
    """A home's month after a fault: meters in the order of time; what the energy may lack."""

    truth: object
    meters: tuple[Hung, ...]

    @property
    def messages(self):
        """Messages of all meters in the order of arrival, as one who knows no meters sees them."""
        everything = np.concatenate([hung.messages for hung in self.meters])
        return everything[np.argsort(everything[:, ARRIVAL], kind="stable")]

    def changed(self, change):
        """Do something to the messages of each meter."""
        return replace(
            self,
            meters=tuple(replace(hung, messages=change(hung.messages)) for hung in self.meters),
        )


def clean(truth, chance):
    """Every quarter's registers, a second after they were read."""
    columns = (truth.time_s + 1, truth.time_s, truth.import_wh, truth.export_wh)
    return Case(truth, (Hung(np.column_stack(columns)),))


def doubled(case, chance):
    """One message in ten comes twice, the second up to an hour later."""

    def change(messages):
        again = messages[chance.random(len(messages)) < 0.1].copy()
        again[:, ARRIVAL] += chance.integers(0, HOUR_S, len(again))
        return arriving(np.concatenate([messages, again]))

    return case.changed(change)


def reordered(case, chance):
    """Messages come in any order within six hours."""

    def change(messages):
        messages = messages.copy()
        messages[:, ARRIVAL] += chance.integers(0, 6 * HOUR_S, len(messages))
        return arriving(messages)

    return case.changed(change)


def backlog(hours, first_day):
    """Messages of so many hours come together at their end, the youngest first."""

    def fault(case, chance):
        start_s = case.truth.start_s + first_day * DAY_S + 13 * HOUR_S
        end_s = start_s + hours * HOUR_S

        def change(messages):
            messages = messages.copy()
            late = (messages[:, TIME] >= start_s) & (messages[:, TIME] < end_s)
            messages[late, ARRIVAL] = end_s + 100 - np.arange(np.count_nonzero(late)) % 100
            return arriving(messages)

        return case.changed(change)

    return fault


def young(case, chance):
    """The meter was hung up when the month began, at zero."""
    start_s = case.truth.start_s

    def change(messages):
        messages = messages[messages[:, TIME] >= start_s].copy()
        messages[:, [IMPORT, EXPORT]] -= messages[0, [IMPORT, EXPORT]]
        return messages

    return case.changed(change)


def hole(day=None):
    """Five days are lost for ever, from a given day or from any."""

    def fault(case, chance):
        first_day = int(chance.integers(2, 24)) if day is None else day
        start_s = case.truth.start_s + first_day * DAY_S + 11 * HOUR_S

        def change(messages):
            lost = (messages[:, TIME] >= start_s) & (messages[:, TIME] < start_s + 5 * DAY_S)
            return messages[~lost]

        return case.changed(change)

    return fault


def zeros(case, chance):
    """Three messages hold zeros."""

    def change(messages):
        messages = messages.copy()
        messages[rows_inside(case, messages, chance, 3)] *= [1, 1, 0, 0]
        return messages

    return case.changed(change)


def spikes(case, chance):
    """Three values are 5 MWh too high, the last one twice."""

    def change(messages):
        messages = messages.copy()
        rows = rows_inside(case, messages, chance, 3)
        messages[np.append(rows, rows[-1] + 1), IMPORT] += SPIKE_WH
        return messages

    return case.changed(change)


def rollover(digits, *, told, day=16):
    """The dial passes its highest value on some day."""

    def fault(case, chance):
        turn = np.searchsorted(case.truth.time_s, case.truth.start_s + day * DAY_S + 20 * HOUR_S)
        shift = 10**digits - case.truth.import_wh[turn]

        def change(messages):
            messages = messages.copy()
            messages[:, IMPORT] = (messages[:, IMPORT] + shift) % 10**digits
            return messages

        changed = case.changed(change)
        told_digits = digits if told else 0
        return replace(
            changed, meters=tuple(replace(hung, digits=told_digits) for hung in changed.meters)
        )

    return fault


def exchange(first_wh):
    """On the 12th another meter takes over; both are read at that moment."""

    def fault(case, chance):
        (old,) = case.meters
        at_s = case.truth.start_s + 11 * DAY_S + 10 * HOUR_S
        new = old.messages[old.messages[:, TIME] >= at_s].copy()
        new[:, [IMPORT, EXPORT]] += first_wh - new[0, [IMPORT, EXPORT]]
        gone = old.messages[old.messages[:, TIME] <= at_s]
        return replace(
            case,
            meters=(replace(old, messages=gone, end_s=at_s), Hung(new, start_s=at_s)),
        )

    return fault


def reset(case, chance):
    """After a reading on the 20th the register begins at zero, and goes on."""
    at_s = case.truth.start_s + 19 * DAY_S + 15 * HOUR_S
    last = case.meters[-1]
    messages = last.messages.copy()
    (row,) = np.flatnonzero(messages[:, TIME] == at_s)
    messages[messages[:, TIME] > at_s] -= [0, 0, messages[row, IMPORT], messages[row, EXPORT]]
    return replace(case, meters=(*case.meters[:-1], replace(last, messages=messages)))


def fast_clock(case, chance):
    """From the 5th to the 10th the meter's clock is 20 minutes fast, then it is set right."""
    start_s = case.truth.start_s + 4 * DAY_S + 9 * HOUR_S

    def change(messages):
        messages = messages.copy()
        fast = (messages[:, TIME] >= start_s) & (messages[:, TIME] < start_s + 5 * DAY_S)
        messages[fast, TIME] += FAST_S
        return messages

    return case.changed(change)


def daily(case, chance):
    """From the month's beginning on the meter is read once a day, at midnight."""
    days_s = case.truth.midnights_s

    def change(messages):
        history = messages[:, TIME] < case.truth.start_s
        return messages[history | np.isin(messages[:, TIME], days_s)]

    return case.changed(change)


def nothing(case, chance):
    """No fault at all."""
    return case


def together(*faults):
    """One after the other."""

    def fault(case, chance):
        for one in faults:
            case = one(case, chance)
        return case

    return fault


def arriving(messages):
    """Put messages into the order of arrival."""
    return messages[np.argsort(messages[:, ARRIVAL], kind="stable")]


def rows_inside(case, messages, chance, count):
    """Some rows well inside the month, hours from each other."""
    inside = np.flatnonzero(
        (messages[:, TIME] > case.truth.start_s + DAY_S)
        & (messages[:, TIME] < case.truth.end_s - DAY_S)
    )
    places = chance.choice(len(inside) // 16 - 1, count, replace=False) * 16 + 8
    return inside[np.sort(places)]


EXACT = {
    "clean": nothing,
    "10 % doubled": doubled,
    "reordered within 6 h": reordered,
    "10 h late": backlog(10, 6),
    "5 days late": backlog(120, 6),
    "5 days late, young meter": together(young, backlog(120, 1)),
    "three zeros": zeros,
    "spikes of 5 MWh": spikes,
    "rollover": rollover(7, told=True),
    "rollover, digits unknown": rollover(7, told=False),
    "exchange, new meter": exchange(0),
    "exchange, used meter": exchange(8_123_456),
    "reset without notice": reset,
    "clock 20 min fast, then right": fast_clock,
}
"""Faults after which the information is still there."""

ESTIMATED = {
    "5 days lost": hole(),
    "one reading a day": daily,
    "all together": together(
        fast_clock, rollover(7, told=True, day=10), exchange(8_123_456), reset, hole(22),
        zeros, spikes, doubled, reordered, backlog(10, 2),
    ),
}  # fmt: skip
"""Faults that leave the energy known and its hours not."""

assert QUARTER_S * 4 == HOUR_S
