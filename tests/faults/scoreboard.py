"""Runs every home through every fault and says by how much each system errs."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from faults.faults import clean
from faults.ours import deliver, profile_of
from faults.pricing import billed, hours_of, in_hours, plain_sum
from faults.rivals import RIVALS
from quilowatt.store import DuckReadingStore

SEED = 2026


@dataclass(frozen=True)
class Score:
    """The error of one system for one home and fault: energy [Wh] and money, and the true bill."""

    system: str
    home: str
    fault: str
    energy_wh: int
    export_wh: int
    flat: Decimal
    time_of_use: Decimal
    bill: Decimal
    kinds: frozenset

    @property
    def share(self):
        """Error of the time-of-use bill as a share of it."""
        return abs(self.time_of_use / self.bill)


def scores(homes, truth_of, faults, directory):
    """Yield the scores of ours and of the others for every home and fault."""
    store = DuckReadingStore(directory)
    try:
        meter = 0
        for home in homes:
            truth = truth_of(home)
            for name, fault in faults.items():
                chance = np.random.default_rng([SEED, home.number, *name.encode()])
                case = fault(clean(truth, chance), chance)
                meters = deliver(store, case, meter)
                meter += len(meters)
                yield _our_score(store, case, meters, name)
                yield from _other_scores(case, name)
    finally:
        store.close()


def _our_score(store, case, meters, name):
    profile = profile_of(store, case, meters, hours_of(case.truth))
    return _score(
        "quilowatt",
        (case.truth, name),
        (profile.import_wh, billed),
        export_wh=int(profile.export_wh.sum()),
        issues=frozenset(issue.kind.value for issue in profile.issues),
    )


def _other_scores(case, name):
    truth = case.truth
    for system, rule in RIVALS.items():
        counted = np.array(rule(case.messages), np.int64).reshape(-1, 2)
        # A difference belongs to the time before the reading that shows it.
        times_s = counted[:, 0] - 2
        inside = (times_s >= truth.start_s) & (times_s < truth.end_s)
        energy_wh = in_hours(times_s[inside], counted[inside, 1], hours_of(truth))
        # Some count less than nothing, which no rating of ours would take.
        yield _score(system, (truth, name), (energy_wh, plain_sum))


def _score(system, case, counted, *, export_wh=None, issues=frozenset()):
    (truth, name), (energy_wh, priced) = case, counted
    edges_s = hours_of(truth)
    true_wh = truth.in_month(edges_s)
    given_wh = int(truth.in_month(edges_s, "export").sum())
    found, right = priced(energy_wh, edges_s, truth.zone), billed(true_wh, edges_s, truth.zone)
    assert right == plain_sum(true_wh, edges_s, truth.zone), "the true bill itself is wrong"
    return Score(
        system,
        truth.home.name,
        name,
        energy_wh=int(energy_wh.sum()) - int(true_wh.sum()),
        export_wh=0 if export_wh is None else export_wh - given_wh,
        flat=found.flat - right.flat,
        time_of_use=found.time_of_use - right.time_of_use,
        bill=right.time_of_use,
        kinds=issues,
    )
