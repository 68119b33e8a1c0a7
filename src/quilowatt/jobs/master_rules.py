"""Which usage points can't be the master of which: masters form trees, on every day.

Pure but for the lookup of usage points, which the caller hands in. Refusals go out as those of
`terms_rules`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from quilowatt.core.words import Phrase
from quilowatt.store import TermsHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quilowatt.jobs.terms_rules import Refusal
    from quilowatt.store import TermsChange

__all__ = ["FindPlace", "master_refusals", "master_spans"]

FindPlace = Callable[[str], TermsHistory | None]
"""Gives what is known of the usage point of a UUID, None if there is none."""


def master_refusals(
    history: TermsHistory, change: TermsChange, from_day: date, find: FindPlace
) -> list[Refusal]:
    """Say why a usage point can't be measured under the one that a change names.

    Parameters
    ----------
    history : TermsHistory
        What is known of the usage point.
    change : TermsChange
        What is to change.
    from_day : date
        From which local day on.
    find : callable
        Finds other usage points.
    """
    if not change.master:
        return []
    master = find(change.master)
    if master is None:
        return [_refusal_of_unknown(change.master)]
    if master.usage_point_id == history.usage_point_id:
        return [_refusal_of_itself()]
    after = history.with_change(change, from_day)
    spans = (end for start, end, _ in master_spans(after) if start <= from_day < end)
    until = next(spans, date.max)
    ring_day = _ring_day(history.usage_point_id, change.master, (from_day, until), find)
    return [] if ring_day is None else [_refusal_of_ring(change.master, ring_day)]


def master_spans(history: TermsHistory) -> Iterator[tuple[date, date, str]]:
    """Yield each span of local days, [start, end), with the master that holds in it.

    Examples
    --------
    >>> from quilowatt.store import Terms, TermsChange, TermsHistory
    >>> history = TermsHistory(1, "UTC", 1, 0, Terms("x", 1))
    >>> history = history.with_change(TermsChange(master="a"), date(2026, 11, 1))
    >>> [(str(start), master) for start, _, master in master_spans(history)]
    [('0001-01-01', ''), ('2026-11-01', 'a')]
    """
    starts = {fact.from_day for fact in history.facts if fact.change.master is not None}
    for start, end in pairwise([date.min, *sorted(starts), date.max]):
        yield start, end, history.on(start).master


def _ring_day(key: int, master: str, span: tuple[date, date], find: FindPlace) -> date | None:
    """Go up from a master, span by span; return the first day on which that leads back."""
    ahead, seen, found = [(master, *span)], set[tuple[str, date, date]](), []
    while ahead:
        way = ahead.pop()
        place = None if way in seen else find(way[0])
        seen.add(way)
        if place is None:
            continue
        if place.usage_point_id == key:
            found.append(way[1])
            continue
        ahead += [
            (above, max(start, way[1]), min(end, way[2]))
            for start, end, above in master_spans(place)
            if above and start < way[2] and end > way[1]
        ]
    return min(found, default=None)


def _refusal_of_unknown(master: str) -> Refusal:
    return (
        "master",
        Phrase(
            f"there is no usage point {master}; /v1/usage-points lists them",
            f"não há unidade consumidora {master}; /v1/usage-points lista as que existem",
        ),
    )


def _refusal_of_itself() -> Refusal:
    return (
        "master",
        Phrase(
            "a usage point is not measured under itself; name the one whose meter comes before",
            "uma unidade consumidora não é medida sob si mesma; indique aquela cujo medidor vem "
            "antes",
        ),
    )


def _refusal_of_ring(master: str, day: date) -> Refusal:
    return (
        "master",
        Phrase(
            f"{master} is itself measured under this usage point from {day} on, and masters can't "
            "form a ring; take that away first",
            f"a própria {master} é medida sob esta unidade consumidora a partir de {day}, e "
            "medidores gerais não podem formar um círculo; retire isso antes",
        ),
    )
