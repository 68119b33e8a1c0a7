"""Which usage points are measured under which master today, and since when nothing of that changed.

Read from the dated terms. A place that is itself under a master can be one: each master has only
those that are directly under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from quilowatt.core.calendar import local_date
from quilowatt.jobs.master_rules import master_spans
from quilowatt.store import ClientFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from quilowatt.store import Client, Ledger

__all__ = ["MasterGroup", "MasterGroups", "clients_of"]


@dataclass(frozen=True, slots=True)
class MasterGroup:
    """A master with its submeters.

    Parameters
    ----------
    master : Client
        The usage point, with the meter that is there now or was there last.
    submeters : tuple of Client
        Those directly under it, by rising ``usage_point_id``; at least one.
    first_day : date
        Since which local day of the master exactly these are under it.
    """

    master: Client
    submeters: tuple[Client, ...]
    first_day: date

    @property
    def zone(self) -> ZoneInfo:
        """Whose days are held against each other."""
        return ZoneInfo(self.master.timezone)


class _Span(NamedTuple):
    """A place is under a master on the local days [start, end)."""

    start: date
    end: date
    place: int


class MasterGroups:
    """Finds the groups.

    Parameters
    ----------
    ledger : Ledger
        Terms, and who is metered where.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._place_of = dict[str, int]()

    def at(self, now_s: int) -> list[MasterGroup]:
        """Find the groups of today [s since 1970-01-01 UTC], by the master's rising key."""
        spans = self._spans()
        places = {span.place for some in spans.values() for span in some}
        clients = clients_of(self._ledger, places | set(spans))
        groups = []
        for master in sorted(spans.keys() & clients.keys()):
            today = local_date(now_s, ZoneInfo(clients[master].timezone))
            present = _present(spans[master], today)
            if present:
                parts = tuple(clients[place] for place in sorted(present))
                first_day = _first_day(spans[master], today, present)
                groups.append(MasterGroup(clients[master], parts, first_day))
        return groups

    def _spans(self) -> dict[int, list[_Span]]:
        """Gather who was when under which master, by the master's key."""
        terms, found = self._ledger.terms, dict[int, list[_Span]]()
        for place, history in terms.histories(terms.with_master()).items():
            for start, end, uuid in master_spans(history):
                master = self._key(uuid) if uuid else None
                if master is not None:
                    found.setdefault(master, []).append(_Span(start, end, place))
        return found

    def _key(self, uuid: str) -> int | None:
        """Find the key of a usage point; it never changes."""
        if uuid not in self._place_of:
            for client in self._ledger.clients(ClientFilter(usage_point=uuid), limit=1):
                self._place_of[uuid] = client.usage_point_id
        return self._place_of.get(uuid)


def clients_of(ledger: Ledger, usage_point_ids: Iterable[int]) -> dict[int, Client]:
    """Find usage points, each with the meter that is there, or was there last."""
    meters = {
        place.usage_point_id: place.meter_number
        for place in ledger.installations(usage_point_ids=usage_point_ids)
    }
    found = ledger.client_of_meters(meters.values()).values()
    return {client.usage_point_id: client for client in found}


def _present(spans: Sequence[_Span], day: date) -> frozenset[int]:
    return frozenset(span.place for span in spans if span.start <= day < span.end)


def _first_day(spans: Sequence[_Span], today: date, present: frozenset[int]) -> date:
    """Go back from today while the same places are there."""
    edges = {edge for span in spans for edge in (span.start, span.end) if edge <= today}
    first = today
    for edge in sorted(edges, reverse=True):
        if _present(spans, edge) != present:
            break
        first = edge
    return first
