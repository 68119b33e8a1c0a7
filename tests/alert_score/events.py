"""What can happen to a home, put into a real one at a known time: dated, sized, seeded.

A case is one meter as the head-end sees it. An event changes what the meter would have shown;
what lies before and after is the home's own, with its holidays, guests and cold weeks.
"""

from dataclasses import dataclass, replace

import numpy as np

from alert_score.homes import SLOT_S, SLOTS_PER_DAY

LEARNING_DAYS = 63
"""Before each event: more than any detector looks back."""

AFTER_DAYS = 10
USUAL_DAYS = 28
LIVED_IN_WH = 2000
"""A home that takes less on the median day has nobody in it: no event is put there. [Wh]"""

READ_MIN = 0.98
TIMES = {"lasting_increase": (2, 3.5), "lasting_decrease": (0, 0.5)}
JUDGED_DAYS = 4
"""What a lasting shift is worth shows in its first days. [d]"""

DRAWS = 40
WHOLE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, in [start_s, end_s); `size` is a factor, watts or seconds, by its kind."""

    kind: str
    form: str
    start_s: int
    end_s: int
    size: float


@dataclass(frozen=True, slots=True)
class Case:
    """One meter: energy by half-hour, which of its readings arrive, and what was put in."""

    home: int
    start_s: int
    energy_wh: np.ndarray
    is_read: np.ndarray
    export_wh: np.ndarray
    event: Event | None = None

    @property
    def slots(self):
        """Half-hours from the beginning that the event takes, as a slice."""
        first = (self.event.start_s - self.start_s) // SLOT_S
        return slice(first, (self.event.end_s - self.start_s) // SLOT_S)

    @property
    def hours(self):
        """Hour of the day in which each half-hour begins."""
        return (self.start_s // SLOT_S + np.arange(self.energy_wh.size)) % SLOTS_PER_DAY // 2


def control(home):
    """The home as it is."""
    return Case(
        home.number, home.start_s, home.energy_wh, home.is_read, np.zeros_like(home.energy_wh)
    )


def cases(kind, homes, per_home, days_range=None):
    """Put events of one kind into homes at random times; homes nobody lives in are left out.

    They take so many days, or as many as is said of their kind.
    """
    found = []
    for home in homes:
        random = np.random.default_rng([*kind.encode(), home.number])
        made = (_case(kind, home, random, days_range) for _ in range(per_home))
        found += [case for case in made if case is not None]
    return found


def _case(kind, home, random, days_range):
    happen, days_range = KINDS[kind][0], days_range or KINDS[kind][1]
    for _ in range(DRAWS):
        slots = int(random.uniform(*days_range) * SLOTS_PER_DAY) + 1
        first = int(random.integers(LEARNING_DAYS * SLOTS_PER_DAY, home.energy_wh.size - slots))
        start = 0
        end = min(first + slots + AFTER_DAYS * SLOTS_PER_DAY, home.energy_wh.size)
        part = slice(start, end)
        start_s = home.start_s + start * SLOT_S
        event = Event(
            kind, "", home.start_s + first * SLOT_S, home.start_s + (first + slots) * SLOT_S, 0
        )
        none_wh = np.zeros(end - start, np.int64)
        case = Case(home.number, start_s, home.energy_wh[part], home.is_read[part], none_wh, event)
        before = _before(case)
        if case.is_read.mean() < READ_MIN or np.median(before.sum(axis=1)) < LIVED_IN_WH:
            continue
        changed = happen(replace(case, energy_wh=case.energy_wh.copy()), before, random)
        if _is_as_named(changed, before):
            return changed
    return None


def _is_as_named(case, before):
    """Leave out a shift that the home's own days made smaller or larger than is said."""
    if case.event.kind not in TIMES:
        return True
    first = case.energy_wh[case.slots][: JUDGED_DAYS * SLOTS_PER_DAY]
    times = first.sum() / JUDGED_DAYS / np.median(before.sum(axis=1))
    least, most = TIMES[case.event.kind]
    return least <= times <= most


def _before(case):
    """Energy of the four weeks before, by day and half-hour. [Wh]."""
    first = case.slots.start
    return case.energy_wh[first - USUAL_DAYS * SLOTS_PER_DAY : first].reshape(-1, SLOTS_PER_DAY)


def _named(case, form, size):
    return replace(case, event=replace(case.event, form=form, size=float(size)))


def _lasting_increase(case, before, random):
    """2 to 3.5 times the energy of a day, from three causes."""
    factor = random.uniform(*TIMES["lasting_increase"])
    more_wh = (factor - 1) * np.median(before.sum(axis=1))
    here = case.slots
    form = random.choice(["more of everything", "heater at its hours", "day and night"])
    if form == "more of everything":  # more people in the home
        case.energy_wh[here] = np.round(case.energy_wh[here] * factor)
    elif form == "day and night":  # something runs through
        case.energy_wh[here] += round(more_wh / SLOTS_PER_DAY)
    else:  # a heater, switched by its thermostat
        hours = int(random.integers(6, 17))
        is_on = (case.hours[here] - random.integers(WHOLE_HOURS)) % WHOLE_HOURS < hours
        share = random.uniform(0.5, 1.5, is_on.sum())
        case.energy_wh[here][is_on] += np.round(more_wh / (2 * hours) * share).astype(np.int64)
    return _named(case, form, factor)


def _surge(case, _before_wh, random):
    """A heating appliance of 3 to 10 kW that nobody meant to run, for half an hour to four."""
    power_w = random.uniform(3000, 10_000)
    case.energy_wh[case.slots] += round(power_w / 2)
    return _named(case, "surge", power_w)


def _lasting_decrease(case, before, random):
    """Half to all of what is above the base goes: people leave, or a large load ends."""
    left = random.uniform(0, 0.5)
    base_wh = np.quantile(before, 0.1)
    here = case.energy_wh[case.slots]
    above = np.maximum(here - base_wh, 0)
    case.energy_wh[case.slots] = np.round(np.minimum(here, base_wh) + above * left)
    return _named(case, "people leave", left)


def _tampering(case, _before_wh, random):
    """The meter sees only a share of all that flows, by day and by night."""
    share = random.choice([random.uniform(0.1, 0.4), 0.5, random.uniform(0.5, 0.67)])
    case.energy_wh[case.slots] = np.round(case.energy_wh[case.slots] * share)
    return _named(case, "bypass", share)


def _night_load(case, _before_wh, random):
    """150 W to 1 kW that runs all night, or on and on."""
    power_w = random.uniform(150, 1000)
    here = case.slots
    form = random.choice(["at night", "without end"])
    is_on = (case.hours[here] >= 22) | (case.hours[here] < 7) | (form == "without end")
    case.energy_wh[here][is_on] += round(power_w / 2)
    return _named(case, form, power_w)


def _stuck(case, _before_wh, _random):
    """The register stops, and goes on later from where it stood."""
    case.energy_wh[case.slots] = 0
    return _named(case, "register stands", 0)


def _flat(case, before, random):
    """A gateway sends the latest interval, or a mean, again and again."""
    form = random.choice(["latest", "mean"])
    here = case.slots
    value = case.energy_wh[here.start - 1] if form == "latest" else round(before.mean())
    case.energy_wh[here] = max(int(value), 1)
    return _named(case, form, value)


def _silence(case, _before_wh, _random):
    """Readings do not arrive; the register goes on."""
    is_read = case.is_read.copy()
    is_read[case.slots] = False
    return _named(replace(case, is_read=is_read), "no readings", 0)


KINDS = {
    "lasting_increase": (_lasting_increase, (6, 20)),
    "abrupt_increase": (_surge, (1 / 48, 4 / 24)),
    "lasting_decrease": (_lasting_decrease, (5, 20)),
    "possible_tampering": (_tampering, (20, 40)),
    "night_load": (_night_load, (6, 20)),
    "stuck_register": (_stuck, (1, 7)),
    "flat_line": (_flat, (1, 7)),
    "no_communication": (_silence, (0.1, 5)),
}
"""What happens, and for how many days."""
