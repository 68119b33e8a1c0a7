"""Cases that need more than readings: arrivals, clocks, generation, connections, masters."""

from dataclasses import replace

import numpy as np

from alert_score.events import LEARNING_DAYS, LIVED_IN_WH, Event, control
from alert_score.homes import SLOT_S, SLOTS_PER_DAY
from alert_score.scoring import DAY_S, OURS, score, signals_of
from quilowatt.alert import MeterFacts
from quilowatt.alert.balance import BalanceState, check_sums
from quilowatt.alert.clock import ClockState, compare
from quilowatt.alert.silence import SilenceState, hear, listen

SUPPLIES_W = np.array([25, 40, 63, 80, 100, 200, 400]) * 230
"""Single-phase connections at 230 V: the smallest above what a home has shown. [W]"""

SILENCES = 4
LIMIT_S = 3 * SLOT_S
MASTER_HOMES = 10


def scores(homes):
    """Score each kind that this module has cases for."""
    for of in (_vacancy, _export, _capacity, _clocks, _sums):
        yield of(homes)


def _lived_in(homes):
    """Homes with somebody in them, and a seeded generator for each."""
    for home in homes:
        daily = home.energy_wh.reshape(-1, SLOTS_PER_DAY).sum(axis=1)
        if np.median(daily) >= LIVED_IN_WH and home.is_read.mean() > 0.98:
            yield home


def _dated(kind, home, random, days, **changes):
    """Place an event somewhere after the learning time."""
    slots = int(random.uniform(*days) * SLOTS_PER_DAY) + 1
    first = int(random.integers(LEARNING_DAYS * SLOTS_PER_DAY, home.energy_wh.size - slots))
    start_s = home.start_s + first * SLOT_S
    event = Event(kind, "", start_s, start_s + slots * SLOT_S, 0)
    case = control(home)
    copies = {"energy_wh": case.energy_wh.copy(), "export_wh": case.export_wh.copy()}
    return replace(case, event=event, **copies, **changes)


def _scored(kind, cases, controls, facts):
    said = signals_of([*cases, *controls], facts)
    opened = [
        [s.at_s for s in signals if s.kind == kind and s.phase == "opened"] for signals in said
    ]
    found = list(zip(cases, opened[: len(cases)], strict=True))
    return score(kind, OURS, found, list(zip(controls, opened[len(cases) :], strict=True)))


def _vacancy(homes):
    """An empty home with a standby of 5 to 50 W; then somebody lives there."""
    cases, controls = [], []
    for home in _lived_in(homes):
        random = np.random.default_rng([*b"vacant", home.number])
        empty_wh = random.poisson(random.uniform(5, 50) / 2, home.energy_wh.size)
        case = _dated("vacant_consumption", home, random, (3, 20))
        energy_wh = empty_wh.copy()
        energy_wh[case.slots] = home.energy_wh[case.slots]
        cases.append(replace(case, energy_wh=energy_wh))
        controls.append(replace(control(home), energy_wh=empty_wh))
    count = len(cases) + len(controls)
    facts = replace(MeterFacts.unknown(count), is_vacant=np.ones(count, bool))
    return _scored("vacant_consumption", cases, controls, facts)


def _export(homes):
    """A meter wired the wrong way round: a share of what is taken shows as fed in."""
    cases = []
    for home in _lived_in(homes):
        random = np.random.default_rng([*b"export", home.number])
        case = _dated("unexpected_export", home, random, (2, 20))
        fed_wh = np.round(case.energy_wh[case.slots] * random.uniform(0.2, 1))
        case.export_wh[case.slots] = fed_wh
        case.energy_wh[case.slots] -= fed_wh.astype(np.int64)
        cases.append(case)
    return _scored("unexpected_export", cases, [control(home) for home in homes], None)


def _capacity(homes):
    """A load of one to three hours that brings the home to 92 to 110 % of its connection."""
    cases, limits_w = [], []
    for home in _lived_in(homes):
        random = np.random.default_rng([*b"capacity", home.number])
        case = _dated("capacity_nearly_reached", home, random, (1 / 24, 3 / 24))
        limit_w = _supply_w(home)
        here = case.energy_wh[case.slots]
        case.energy_wh[case.slots] = np.maximum(
            here, round(limit_w * random.uniform(0.92, 1.1) / 2)
        )
        cases.append(case)
        limits_w.append(limit_w)
    limits_w += [_supply_w(home) for home in homes]
    facts = replace(MeterFacts.unknown(len(limits_w)), capacity_w=np.array(limits_w))
    controls = [control(home) for home in homes]
    return _scored("capacity_nearly_reached", cases, controls, facts)


def _supply_w(home):
    """Chosen by whoever built the house: room for half as much again as its first two months."""
    highest_w = 2 * home.energy_wh[: LEARNING_DAYS * SLOTS_PER_DAY].max()
    return int(SUPPLIES_W[np.searchsorted(SUPPLIES_W, 1.5 * highest_w)])


def _clocks(homes):
    """Clocks that are 5 minutes to 6 hours off for some days; readings take up to a minute."""
    homes = [home for home in homes if home.is_read.mean() > 0.5]
    cases = []
    for home in homes:
        random = np.random.default_rng([*b"clock", home.number])
        case = _dated("clock_wrong", home, random, (2, 10))
        sign = random.choice([-1, 1])
        off_s = sign * int(random.uniform(300 if sign > 0 else 2700, 6 * 3600))
        cases.append(replace(case, event=replace(case.event, size=off_s)))
    everyone = [*cases, *(control(home) for home in homes)]
    columns = [_stamped(meter, case) for meter, case in enumerate(everyone)]
    meters, time_s, arrived_s = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.argsort(arrived_s, kind="stable")
    state, opened = ClockState.empty(len(everyone)), [[] for _ in everyone]
    interval_s = np.full(len(everyone), SLOT_S)
    for rows in np.array_split(order, 12):
        times_s = time_s[rows], arrived_s[rows]
        state, signals = compare(state, meters[rows], times_s, interval_s)
        for signal in signals:
            if signal.phase == "opened":
                opened[signal.meter].append(signal.at_s)
    found = list(zip(cases, opened[: len(cases)], strict=True))
    quiet = list(zip(everyone[len(cases) :], opened[len(cases) :], strict=True))
    return score("clock_wrong", OURS, found, quiet)


def _stamped(meter, case):
    """Meter, time of each reading by its clock, and when it arrives."""
    random = np.random.default_rng([*b"delay", meter])
    slots = np.flatnonzero(case.is_read)
    true_s = case.start_s + (slots + 1) * SLOT_S
    time_s = true_s
    if case.event:
        is_off = (slots >= case.slots.start) & (slots < case.slots.stop)
        time_s = true_s + np.where(is_off, int(case.event.size), 0)
    return np.full(slots.size, meter, np.int32), time_s, true_s + random.integers(0, 60, slots.size)


def _sums(homes):
    """Houses of ten homes behind a master; then 5 to 20 % of it is tapped, or a submeter stands."""
    random = np.random.default_rng([*b"sums"])
    full = list(_lived_in(homes))
    cases, opened = [], []
    for _ in range(20):
        members = random.choice(len(full), MASTER_HOMES, replace=False)
        parts_wh = np.array([full[member].energy_wh for member in members])
        stairs_wh = random.uniform(20, 100, parts_wh.shape[1]) + parts_wh.sum(axis=0) * 0.01
        master_wh = np.round(parts_wh.sum(axis=0) + stairs_wh).astype(np.int64)
        case = _dated("sum_mismatch", full[members[0]], random, (4, 20))
        quiet = replace(control(full[members[0]]), energy_wh=master_wh)
        if random.random() < 0.5:
            tapped = np.round(master_wh[case.slots] * random.uniform(0.05, 0.2))
            odd_wh, parts_odd = master_wh.copy(), parts_wh
            odd_wh[case.slots] += tapped.astype(np.int64)
        else:
            odd_wh, parts_odd = master_wh, parts_wh.copy()
            parts_odd[0, case.slots] = 0
        for this, shown in ((case, (odd_wh, parts_odd)), (quiet, (master_wh, parts_wh))):
            cases.append(this)
            opened.append(_sum_alerts(this, *shown))
    found = list(zip(cases[::2], opened[::2], strict=True))
    return score("sum_mismatch", OURS, found, list(zip(cases[1::2], opened[1::2], strict=True)))


def _sum_alerts(case, master_wh, parts_wh):
    master = master_wh.reshape(-1, SLOTS_PER_DAY).sum(axis=1)
    parts = parts_wh.sum(axis=0).reshape(-1, SLOTS_PER_DAY).sum(axis=1)
    state, opened = BalanceState.empty(1), []
    for day in range(master.size):
        end_s = case.start_s + (day + 1) * DAY_S
        day_wh = master[day : day + 1], parts[day : day + 1]
        state, signals = check_sums(state, np.zeros(1, np.int32), day_wh, end_s)
        opened += [s.at_s for s in signals if s.phase == "opened"]
    return opened


def silences(homes):
    """Real gaps and four silences of each home: what must be told of, and what is.

    Returns two sets of (home, heard last, told at, back at), the latter two None where the year
    ends first.
    """
    cases = []
    for home in homes:
        random = np.random.default_rng([*b"silence", home.number])
        is_read = home.is_read.copy()
        for _ in range(SILENCES):
            slots = int(np.exp(random.uniform(0, np.log(5 * SLOTS_PER_DAY)))) + 1
            first = int(random.integers(SLOTS_PER_DAY, is_read.size - slots))
            is_read[first : first + slots] = False
        cases.append(replace(control(home), is_read=is_read))
    due = set()
    for meter, case in enumerate(cases):
        heard = np.flatnonzero(case.is_read)
        # One that calls at the very half-hour at which it would be told is not silent.
        gaps = np.flatnonzero(np.diff(heard) * SLOT_S > LIMIT_S + SLOT_S)
        ends = heard + 1
        due |= {
            (meter, int(ends[gap]), int(ends[gap]) + LIMIT_S // SLOT_S + 1, int(ends[gap + 1]))
            for gap in gaps
        }
        if (case.is_read.size - ends[-1]) * SLOT_S > LIMIT_S:
            due.add((meter, int(ends[-1]), int(ends[-1]) + LIMIT_S // SLOT_S + 1, None))
    return due, _told_silences(cases)


def _told_silences(cases):
    start_s = cases[0].start_s
    state, told = SilenceState.empty(len(cases)), {}
    interval_s = np.full(len(cases), SLOT_S)
    is_read = np.array([case.is_read for case in cases])
    for slot in range(is_read.shape[1]):
        now_s = start_s + (slot + 1) * SLOT_S
        meters = np.flatnonzero(is_read[:, slot]).astype(np.int32)
        state, back = hear(state, meters, np.full(meters.size, now_s))
        state, silent = listen(state, now_s, interval_s)
        for signal in [*back, *silent]:
            key = signal.meter, (signal.since_s - start_s) // SLOT_S
            assert signal.meters == 1
            told.setdefault(key, [None, None])[signal.phase == "closed"] = slot + 1
    return {(*key, *when) for key, when in told.items()}


def outage(homes, share=0.6):
    """So many homes fall silent within one interval, and come back after some hours."""
    count = round(len(homes) * share)
    state, signals = SilenceState.empty(len(homes)), []
    interval_s = np.full(len(homes), SLOT_S)
    random = np.random.default_rng([*b"outage"])
    phase_s = random.integers(0, SLOT_S, len(homes))
    for minute in range(0, 24 * 60, 5):
        now_s = 1_800_000_000 + minute * 60
        calls = (now_s - phase_s) % SLOT_S < 300
        if 6 * 60 <= minute < 11 * 60:
            calls[:count] = False
        meters = np.flatnonzero(calls).astype(np.int32)
        state, back = hear(state, meters, np.full(meters.size, now_s))
        state, silent = listen(state, now_s, interval_s)
        signals += [*back, *silent]
    return count, signals
