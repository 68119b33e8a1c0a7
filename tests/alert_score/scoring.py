"""Shows cases to the detectors and to the baselines, and counts what was found and what was not."""

from dataclasses import dataclass

import numpy as np

from alert_score import baselines
from alert_score.events import JUDGED_DAYS, TIMES, USUAL_DAYS
from alert_score.homes import SLOT_S, SLOTS_PER_DAY
from quilowatt.alert import DetectorState, MeterFacts, detect
from quilowatt.core.batch import ReadingBatch

DAY_S = 86_400
HOUR_S = 3600
CONTROL_LEARNING_S = 42 * DAY_S
"""What is said before this is said of a new meter. [s]"""

STRAY_S = 21 * DAY_S
"""An alert so long before an event, or after it, is a stray one. [s]"""

SLICE_S = 20 * DAY_S
OURS = "quilowatt"

UP, DOWN = {True}, {False}


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts as finding a kind: which alerts, and how late at most.

    `kinds` are told as the event, `directions` are the baselines' alarms that count.
    """

    kinds: frozenset
    within_s: int
    directions: frozenset


def _terms(kinds, within_s, directions):
    return Terms(frozenset(kinds), within_s, frozenset(directions))


TERMS = {
    "abrupt_increase": _terms({"abrupt_increase"}, DAY_S, UP),
    "lasting_increase": _terms({"lasting_increase"}, 4 * DAY_S, UP),
    "night_load": _terms({"night_load", "lasting_increase"}, 4 * DAY_S, UP),
    "lasting_decrease": _terms({"lasting_decrease", "possible_tampering"}, 5 * DAY_S, DOWN),
    "possible_tampering": _terms({"possible_tampering"}, 10 * DAY_S, DOWN),
    "stuck_register": _terms({"stuck_register"}, 7 * DAY_S, DOWN),
    "flat_line": _terms({"flat_line"}, 7 * DAY_S, UP | DOWN),
    "vacant_consumption": _terms({"vacant_consumption"}, 3 * DAY_S, UP),
    "unexpected_export": _terms({"unexpected_export"}, 3 * DAY_S, UP),
    "capacity_nearly_reached": _terms({"capacity_nearly_reached"}, DAY_S, UP),
    "clock_wrong": _terms({"clock_wrong"}, 2 * DAY_S, UP),
    "sum_mismatch": _terms({"sum_mismatch"}, 4 * DAY_S, UP),
}


@dataclass(frozen=True, slots=True)
class Score:
    """One kind by one method.

    `delays_h` of the events found, `strays` around them; on untouched homes, in so many years,
    `alarms`, of which `real` tell of a change of the home's own.
    """

    kind: str
    method: str
    events: int
    delays_h: tuple
    strays: int
    alarms: int
    real: int
    years: float

    @property
    def recall(self):
        return len(self.delays_h) / self.events

    @property
    def precision(self):
        said = len(self.delays_h) + self.strays
        return len(self.delays_h) / said if said else 1.0

    @property
    def delay_h(self):
        return float(np.median(self.delays_h)) if self.delays_h else None

    @property
    def false_per_year(self):
        return (self.alarms - self.real) / self.years

    @property
    def alarms_per_year(self):
        return self.alarms / self.years


def batches(cases):
    """Readings of all cases in the order of time, each case a meter of its own."""
    columns = []
    for meter, case in enumerate(cases):
        edges = np.append(0, np.flatnonzero(case.is_read) + 1)
        register = np.append(0, np.cumsum(case.energy_wh))[edges]
        export = np.append(0, np.cumsum(case.export_wh))[edges]
        columns.append(
            (np.full(edges.size, meter), case.start_s + edges * SLOT_S, register, export)
        )
    meter, time_s, import_wh, export_wh = (
        np.concatenate(column) for column in zip(*columns, strict=True)
    )
    order = np.argsort(time_s, kind="stable")
    batch = ReadingBatch(
        meter[order].astype(np.int32), time_s[order], import_wh[order], export_wh[order]
    )
    edges_s = np.arange(time_s.min(), time_s.max() + SLICE_S, SLICE_S)
    bounds = np.searchsorted(batch.time_s, edges_s)
    for first, last in zip(bounds, np.append(bounds[1:], len(batch)), strict=True):
        yield batch.take(slice(int(first), int(last)))


def signals_of(cases, facts=None):
    """What the detectors say of each case."""
    facts = facts or MeterFacts.unknown(len(cases))
    state = DetectorState.empty(len(cases))
    said = [[] for _ in cases]
    for batch in batches(cases):
        state, signals = detect(state, batch, facts)
        for signal in signals:
            said[signal.meter].append(signal)
    return said


def ours(cases, facts=None):
    """For each case what was opened: (at_s, kind)."""
    return [
        [(signal.at_s, signal.kind) for signal in signals if signal.phase == "opened"]
        for signals in signals_of(cases, facts)
    ]


def is_real(kind, case, at_s):
    """Say whether, in hindsight, an alert on an untouched home tells of what its kind means.

    By the measure of the labels: four of the days around it had, in the mean, twice the energy of
    the median day of the four weeks before, or half of it.
    """
    if kind not in TIMES:
        return False
    at = (at_s - case.start_s) // SLOT_S
    total = np.append(0, np.cumsum(case.energy_wh))
    days = JUDGED_DAYS * SLOTS_PER_DAY
    least, most = TIMES[kind]
    for first in range(max(at - days, USUAL_DAYS * SLOTS_PER_DAY), at + 1, SLOTS_PER_DAY // 8):
        last = min(first + days, total.size - 1)
        before = case.energy_wh[first - USUAL_DAYS * SLOTS_PER_DAY : first]
        usual = np.median(before.reshape(USUAL_DAYS, -1).sum(axis=1))
        times = (total[last] - total[first]) * SLOTS_PER_DAY / max(last - first, 1) / max(usual, 1)
        if last - first == days and (times >= least if least else times <= most):
            return True
    return False


def score(kind, method, found, controls):
    """Count one kind by one method.

    `found` has a pair for each event, (case, instants of the alerts that count); `controls` too.
    """
    delays_h, strays = [], 0
    for case, instants in found:
        event = case.event
        until_s = min(event.end_s + DAY_S, event.start_s + TERMS[kind].within_s)
        hits = [at_s for at_s in instants if event.start_s < at_s <= until_s]
        settled_s = event.start_s - STRAY_S
        during = [at_s for at_s in instants if event.start_s < at_s <= event.end_s + 2 * DAY_S]
        strays += len([at_s for at_s in instants if at_s > settled_s]) - len(during)
        delays_h += [(min(hits) - event.start_s) / HOUR_S] if hits else []
    quiet = [
        (case, at_s)
        for case, instants in controls
        for at_s in instants
        if at_s > case.start_s + CONTROL_LEARNING_S
    ]
    real = sum(is_real(kind, case, at_s) for case, at_s in quiet)
    years = sum(case.is_read.sum() * SLOT_S - CONTROL_LEARNING_S for case, _ in controls)
    return Score(
        kind, method, len(found), tuple(delays_h), strays, len(quiet), real, years / (365 * DAY_S)
    )


def scores_of_ours(controls, cases_by_kind):
    """Show everything to the detectors at once, and score each kind."""
    every = [*controls, *(case for cases in cases_by_kind.values() for case in cases)]
    said = iter(zip(every, ours(every), strict=True))
    quiet = [next(said) for _ in controls]
    for kind, cases in cases_by_kind.items():
        counts = TERMS[kind].kinds
        found = [(case, _of(alerts, counts)) for case, alerts in (next(said) for _ in cases)]
        yield score(kind, OURS, found, [(case, _of(alerts, {kind})) for case, alerts in quiet])


def scores_of_baselines(controls, cases_by_kind):
    """Score the plain rules."""
    for method in baselines.RULES:
        quiet = [(case, baselines.alarms(method, case)) for case in controls]
        for kind, cases in cases_by_kind.items():
            counts = TERMS[kind].directions
            found = [(case, _of(baselines.alarms(method, case), counts)) for case in cases]
            yield score(
                kind, method, found, [(case, _of(alarms, counts)) for case, alarms in quiet]
            )


def _of(alerts, counts):
    return [at_s for at_s, what in alerts if what in counts]
