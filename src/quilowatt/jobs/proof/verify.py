"""Computes an invoice again from its proof, and names the first thing that differs.

Offline and pure: nothing but the proof is looked at. The steps are those of `STAGES`; each takes
for granted what the steps before it have shown.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.billing import Usage, rate
from quilowatt.billing.chain import chain_link
from quilowatt.billing.differences import first_difference
from quilowatt.billing.invoice_record import bill_record, digest
from quilowatt.billing.proof_calendar import holiday_dates
from quilowatt.billing.tariff import Text
from quilowatt.billing.tariff_record import load_record, record_calendars
from quilowatt.errors import BillingError, TariffError
from quilowatt.jobs.proof.columns import day_marks
from quilowatt.jobs.proof.document import parts_of
from quilowatt.jobs.proof.figures import Basis, profile_between, quality_of, readout
from quilowatt.jobs.proof.words import NOTHING, STAGES, place_of, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quilowatt.billing.tariff import Tariff
    from quilowatt.jobs.proof.document import MeterEvidence, Proof
    from quilowatt.profile import LoadProfile

__all__ = ["Finding", "Verdict", "verify"]

DAY_S: Final = 86_400
SHOWN_MAX: Final = 200

COMPARED: Final = (
    {"en": ("expected", "found"), "pt": ("esperado", "encontrado")},
    {"en": ("in the proof", "in the store"), "pt": ("na prova", "na base")},
)
"""What two values are called: within a proof, and of a proof beside a store."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing in a proof that differs.

    Parameters
    ----------
    stage : str
        Step of `STAGES` that found it.
    what : Text
        What differs.
    expected, found : str
        What it should be by what was verified before it, and what the proof says.
    """

    stage: str
    what: Text
    expected: str
    found: str

    def spoken(self, language: str) -> str:
        """Say it in Portuguese for ``"pt"``, in English otherwise."""
        words = COMPARED[self.stage == "store"]["pt" if language == "pt" else "en"]
        what = self.what.spoken(language)
        if not self.expected and not self.found:
            return what
        return f"{what}: {words[0]} {self.expected}, {words[1]} {self.found}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out of a verification.

    Parameters
    ----------
    number : str
        Of the invoice.
    passed : tuple of str
        Steps that found nothing, in order.
    finding : Finding or None
        What stopped it; None where the invoice is proved.
    """

    number: str
    passed: tuple[str, ...]
    finding: Finding | None

    @property
    def is_proved(self) -> bool:
        """True where every step found nothing."""
        return self.finding is None


def verify(proof: Proof) -> Verdict:
    """Compute an invoice again and compare every step with its proof."""
    work = _Work(proof)
    passed: list[str] = []
    for stage in STAGES:
        finding = _first(stage, CHECKS[stage], work)
        if finding is not None:
            return Verdict(proof.invoice.number, tuple(passed), finding)
        passed.append(stage)
    return Verdict(proof.invoice.number, tuple(passed), None)


class _Work:
    """What is computed from a proof, each thing once and only when it is asked for."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self.record = proof.record
        self.invoice = proof.record["invoice"]
        self.bill = self.invoice["bill"]
        self.cycle_s = self.bill["start_s"], self.bill["end_s"]
        self.basis = Basis(proof.meters, proof.connection, proof.record["rules"])

    @cached_property
    def parts(self) -> Record:
        return parts_of(self.record)

    @cached_property
    def profile(self) -> LoadProfile:
        return profile_between(self.basis, self.proof.edges_s)

    @cached_property
    def tariff(self) -> Tariff:
        return load_record(self.record["tariff"], self.bill["tariff_code"])

    @cached_property
    def computed(self) -> Record:
        """The bill as it comes out, as a record."""
        profile = self.profile
        usage = Usage.of_one(self.proof.edges_s, profile.import_wh, profile.export_wh)
        point = self.proof.invoice.place.point
        return bill_record(rate(self.tariff, usage, self.proof.zone, point))


def _first(stage: str, check: Callable[[_Work], Iterator[Finding]], work: _Work) -> Finding | None:
    try:
        return next(check(work), None)
    except TariffError as error:
        reason = "; ".join(error.problems[:3])[:SHOWN_MAX]
        return Finding(stage, say("unreadable", reason=reason), "", "")
    except BillingError as error:
        return Finding(stage, say("stopped", reason=Text(error.pt, error.en)), "", "")
    except (AssertionError, ArithmeticError, ValueError, TypeError, LookupError) as error:
        # A stranger's proof may have the right shape and still make no sense.
        return Finding(stage, say("stopped", reason=f"{error}"[:SHOWN_MAX] or "?"), "", "")


def _document(work: _Work) -> Iterator[Finding]:
    seal = work.record["seal"]
    yield from _unequal("document", say("seal"), digest(seal["parts"]), seal["all"])
    expected = " ".join(sorted(work.parts))
    yield from _unequal("document", say("parts"), expected, " ".join(sorted(seal["parts"])))
    yield from _unsealed("document", work, "format")


def _readings(work: _Work) -> Iterator[Finding]:
    for meter, record in zip(work.proof.meters, work.record["meters"], strict=True):
        marks = list(day_marks(meter.stay.readings))
        for (day, found), expected in zip(marks, record["days"], strict=False):
            words = {"meter": meter.uuid, "day": f"{date.fromordinal(DAY_0 + day)}"}
            yield from _unequal("readings", say("day", **words), expected, found)
        counts = str(len(record["days"])), str(len(marks))
        yield from _unequal("readings", say("days", meter=meter.uuid), *counts)
    yield from _unsealed("readings", work, "meters")
    shown = ", ".join(
        f"{meter['uuid']} {meter['start_s']} {meter['end_s']}" for meter in work.invoice["meters"]
    )
    parts = (_part_of_cycle(meter, work.cycle_s) for meter in work.proof.meters)
    known = ", ".join(f"{uuid} {start_s} {end_s}" for uuid, start_s, end_s in parts)
    yield from _unequal("readings", say("meters"), known, shown)


def _chain(work: _Work) -> Iterator[Finding]:
    links = work.invoice["links"]
    counts = str(len(work.proof.meters)), str(len(links))
    yield from _unequal("chain", say("links"), *counts)
    for meter, link in zip(work.proof.meters, links, strict=True):
        readings = meter.stay.readings
        uuid, *period_s = _part_of_cycle(meter, work.cycle_s)
        first, last = np.searchsorted(readings.time_s, period_s, side="left").tolist()
        columns = (readings.time_s, readings.import_wh, readings.export_wh)
        expected = chain_link(
            uuid,
            (period_s[0], period_s[1]),
            (columns[0][first:last], columns[1][first:last], columns[2][first:last]),
            link["previous"],
        )
        if found := first_difference(asdict(expected), link):
            field = place_of(found.path, link)
            what = say("link", meter=uuid, field=field)
            yield Finding("chain", what, _shown(found.expected), _shown(found.found))


def _profile(work: _Work) -> Iterator[Finding]:
    yield from _unsealed("profile", work, "rules", "profile")
    edges_s, listed = work.proof.edges_s, work.record["profile"]
    for name, energy_wh in (("import", work.profile.import_wh), ("export", work.profile.export_wh)):
        found_wh = listed[f"{name}_wh"]
        for row in np.flatnonzero(energy_wh != np.array(found_wh, np.int64)).tolist():
            start, end = (_time(int(edges_s[i]), work) for i in (row, row + 1))
            what = say("energy", start=start, end=end, register=place_of((name,), None))
            yield Finding("profile", what, str(energy_wh[row]), str(found_wh[row]))
    shown = {
        "energy_wh": int(work.profile.import_wh.sum()),
        "export_wh": int(work.profile.export_wh.sum()),
    }
    yield from _differing("profile", shown, {key: work.bill[key] for key in shown})
    readouts = [
        asdict(readout(meter, record["serial"], work.cycle_s, work.proof.connection))
        for meter, record in zip(work.proof.meters, work.invoice["meters"], strict=True)
    ]
    yield from _differing("profile", {"meters": readouts}, {"meters": work.invoice["meters"]})
    quality = asdict(quality_of(work.basis, *work.cycle_s))
    yield from _differing("profile", {"quality": quality}, {"quality": work.invoice["quality"]})
    yield from _unsealed("profile", work, "invoice.meters", "invoice.quality")


def _tariff(work: _Work) -> Iterator[Finding]:
    yield from _unsealed("tariff", work, "tariff", "calendar")
    named = work.invoice["tariff_digest"]
    yield from _unequal("tariff", say("tariff"), named, digest(work.record["tariff"]))
    calendar, zone = work.record["calendar"], work.proof.zone
    zones = work.invoice["place"]["timezone"], calendar["timezone"]
    yield from _unequal("tariff", say("zone"), *zones)
    if calendar["offsets"][0][0] > max(work.cycle_s[0] - DAY_S, 0):
        yield Finding("tariff", say("offsets"), "", "")
    cuts_s = [work.cycle_s[0], *work.tariff.cuts_s(*work.cycle_s, zone), work.cycle_s[1]]
    edges_s = work.proof.edges_s.tolist()
    if found := first_difference(cuts_s, edges_s):
        yield Finding("tariff", say("cuts"), _shown(found.expected), _shown(found.found))
    first, last = (date.fromisoformat(calendar[key]) for key in ("first_day", "last_day"))
    expected = holiday_dates(record_calendars(work.record["tariff"]), first, last)
    for name in sorted(expected.keys() | calendar["holidays"].keys()):
        pair = (" ".join(days.get(name, ())) for days in (expected, calendar["holidays"]))
        yield from _unequal("tariff", say("holidays", calendar=name), *pair)


def _lines(work: _Work) -> Iterator[Finding]:
    expected, found = (
        {"lines": [line | {"taxes": []} for line in bill["lines"]]}
        for bill in (work.computed, work.bill)
    )
    yield from _differing("lines", expected, found)


def _taxes(work: _Work) -> Iterator[Finding]:
    for key in ("lines", "taxes"):
        yield from _differing("taxes", {key: work.computed[key]}, {key: work.bill[key]})


def _total(work: _Work) -> Iterator[Finding]:
    yield from _differing("total", work.computed, work.bill)


def _record(work: _Work) -> Iterator[Finding]:
    yield from _unsealed("record", work, *(f"invoice.{key}" for key in work.invoice))
    found = digest(work.invoice)
    yield from _unequal("record", say("digest"), work.record["digest"], found)


def _seal(work: _Work) -> Iterator[Finding]:
    yield from _unsealed("seal", work, *work.parts)


CHECKS: Final = {
    "document": _document,
    "readings": _readings,
    "chain": _chain,
    "profile": _profile,
    "tariff": _tariff,
    "lines": _lines,
    "taxes": _taxes,
    "total": _total,
    "record": _record,
    "seal": _seal,
}
assert CHECKS.keys() == STAGES.keys()

DAY_0: Final = date(1970, 1, 1).toordinal()


def _unequal(stage: str, what: Text, expected: str, found: str) -> Iterator[Finding]:
    if expected != found:
        yield Finding(stage, what, _shown(expected), _shown(found))


def _differing(stage: str, expected: Record, found: Record) -> Iterator[Finding]:
    if difference := first_difference(expected, found):
        what = place_of(difference.path, found)
        yield Finding(stage, what, _shown(difference.expected), _shown(difference.found))


def _unsealed(stage: str, work: _Work, *names: str) -> Iterator[Finding]:
    sealed = work.record["seal"]["parts"]
    for name in names:
        yield from _unequal(
            stage, say("part", part=name), sealed.get(name, NOTHING), work.parts[name]
        )


def _part_of_cycle(meter: MeterEvidence, cycle_s: tuple[int, int]) -> tuple[str, int, int]:
    stay = meter.stay
    return meter.uuid, max(stay.start_s, cycle_s[0]), min(stay.end_s, cycle_s[1])


def _time(time_s: int, work: _Work) -> str:
    return datetime.fromtimestamp(time_s, UTC).astimezone(work.proof.zone).isoformat()


def _shown(value: object) -> str:
    if value is None:
        return NOTHING
    text = str(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"
