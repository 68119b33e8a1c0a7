"""What a billing run shows to a person: what it did not issue and why, and what looks odd.

Pure: a bill in, findings out. Thresholds are few and fixed, so that the list stays short and means
the same everywhere.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from quilowatt.billing.cycles import next_month_of
from quilowatt.core.words import Phrase, format_number
from quilowatt.store import RunFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from quilowatt.billing import Text
    from quilowatt.core.words import Language
    from quilowatt.jobs.cycle_bills import CycleBill
    from quilowatt.store import Client, LastCycle, PastBill

__all__ = [
    "FINDING_TEXTS",
    "NOT_ISSUED",
    "finding_text",
    "not_ended",
    "not_priced",
    "oddities",
    "reason_not_to",
]

ESTIMATED_SHARE: Final = Decimal("0.1")
"""More than a tenth of the energy, or of the time, estimated is worth a look. [-]"""

JUMP_FACTOR: Final = 2
"""Twice as much as usual, or half of it…"""

JUMP_WH: Final = 50_000
"""…and this much apart: a home that is away for a week is no news. [Wh]"""

WH_PER_KWH: Final = 1000
HOUR_S: Final = 3600

NOT_ISSUED: Final = frozenset(
    {"not_ended", "nothing_read", "not_priced", "later_issued", "before_unissued"}
)
"""Kinds that keep an invoice from being issued."""

FINDING_TEXTS: Final = {
    "not_ended": Phrase(
        "not issued: the cycle {month} ends on {end}",
        "não emitida: o ciclo {month} termina em {end}",
    ),
    "nothing_read": Phrase(
        "not issued: nothing was read; read the meter, or see whether it still hangs there",
        "não emitida: nada foi lido; leia o medidor, ou veja se ele ainda está lá",
    ),
    "not_priced": Phrase(
        "not issued: {reason}; correct the tariff and run again",
        "não emitida: {reason}; corrija a tarifa e rode de novo",
    ),
    "later_issued": Phrase(
        "not issued: {later} is issued already, and began with other balances",
        "não emitida: {later} já foi emitida, e começou com outros saldos",
    ),
    "before_unissued": Phrase(
        "not issued: issue {before} first, this cycle begins where it ends",
        "não emitida: emita {before} antes, este ciclo começa onde ele termina",
    ),
    "estimated": Phrase(
        "{hours} h are estimated: {energy} kWh of {total} kWh",
        "{hours} h são estimadas: {energy} kWh de {total} kWh",
    ),
    "missing": Phrase(
        "of {hours} h nothing is known and nothing is billed",
        "de {hours} h nada se sabe e nada é cobrado",
    ),
    "jump": Phrase(
        "{energy} kWh; in {reference} it was {usual} kWh",
        "{energy} kWh; em {reference} foram {usual} kWh",
    ),
    "jump_mean": Phrase(
        "{energy} kWh; the mean of the last {cycles} cycles is {usual} kWh",
        "{energy} kWh; a média dos últimos {cycles} ciclos é {usual} kWh",
    ),
}


def finding_text(finding: RunFinding, tongue: Language) -> str:
    """Say a finding in a sentence."""
    phrase = FINDING_TEXTS[finding.kind]
    words = {
        name: format_number(value, tongue) if isinstance(value, int) else value
        for name, value in finding.details.items()
    }
    words["reason"] = words.get(f"reason_{tongue}", "")
    return phrase.spoken(tongue).format(**words)


def reason_not_to(bill: CycleBill, last: LastCycle | None) -> RunFinding | None:
    """Say why a cycle can't be issued, if so.

    Parameters
    ----------
    bill : CycleBill
        The cycle, ended.
    last : LastCycle or None
        The newest cycle that was issued there.
    """
    if last is not None and last.start_s >= bill.start_s:
        return _found(bill.client, "later_issued", {"later": last.month})
    if last is not None and last.end_s != bill.start_s:
        return _found(bill.client, "before_unissued", {"before": next_month_of(last.month)})
    if bill.bill is not None:
        return None
    if bill.energy_wh is None:
        return _found(bill.client, "nothing_read")
    return not_priced(bill.client, bill.note)


def oddities(bill: CycleBill) -> Iterator[RunFinding]:
    """Find what looks odd about a bill that is issued."""
    quality, energy_wh = bill.quality, bill.energy_wh or 0
    cycle_s = bill.end_s - bill.start_s
    is_long = quality.estimated_s > cycle_s * ESTIMATED_SHARE
    if is_long or quality.estimated_wh > energy_wh * ESTIMATED_SHARE:
        told = {
            "hours": -(-quality.estimated_s // HOUR_S),
            "energy": quality.estimated_wh // WH_PER_KWH,
            "total": energy_wh // WH_PER_KWH,
        }
        yield _found(bill.client, "estimated", told)
    if quality.missing_s:
        yield _found(bill.client, "missing", {"hours": -(-quality.missing_s // HOUR_S)})
    yield from _jump(bill.client, bill.month, energy_wh, bill.history)


def not_ended(client: Client, month: str, end: str) -> RunFinding:
    """Say that a cycle still runs."""
    return _found(client, "not_ended", {"month": month, "end": end})


def not_priced(client: Client, reason: Text) -> RunFinding:
    """Say why a tariff can't price a cycle."""
    return _found(client, "not_priced", {"reason_en": reason.en, "reason_pt": reason.pt})


def _jump(
    client: Client, month: str, energy_wh: int, history: Sequence[PastBill]
) -> Iterator[RunFinding]:
    year_ago = next_month_of(month, -12)
    same = [past for past in history if past.month == year_ago]
    compared = same or list(history)
    if not compared:
        return
    usual_wh = sum(past.import_wh for past in compared) // len(compared)
    low_wh, high_wh = sorted((usual_wh, energy_wh))
    if high_wh < JUMP_FACTOR * low_wh or high_wh - low_wh < JUMP_WH:
        return
    words: dict[str, str | int] = {
        "energy": energy_wh // WH_PER_KWH,
        "usual": usual_wh // WH_PER_KWH,
    }
    if same:
        yield _found(client, "jump", words | {"reference": year_ago})
    else:
        yield _found(client, "jump_mean", words | {"cycles": len(compared)})


def _found(client: Client, kind: str, details: Mapping[str, str | int] | None = None) -> RunFinding:
    names = {
        "customer": client.name,
        "usage_point": str(client.usage_point_uuid),
        "serial": client.serial,
    }
    return RunFinding(client.usage_point_id, kind, {**names, **(details or {})})
