"""Cycles as budgets and forecasts take them, from what the API bills with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quilowatt.api.bill_views import bill_sources
from quilowatt.api.consumption import zone_of
from quilowatt.jobs.cycle_bills import month_bills, opened_places
from quilowatt.jobs.running_cycle import CycleState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quilowatt.api.services import Services
    from quilowatt.store import Client

__all__ = ["cycle_states", "opened_cycles"]


def cycle_states(
    services: Services, clients: Sequence[Client], month: str | None
) -> list[CycleState]:
    """Give the cycle of each usage point; see `jobs.running_cycle.RunningCycles`."""
    return [
        CycleState(
            client=bill.client,
            zone=bill.zone,
            month=bill.place.month,
            start_s=bill.place.start_s,
            end_s=bill.place.end_s,
            energy_wh=bill.energy_wh,
            total=None if bill.bill is None else bill.bill.total,
            currency=None if bill.bill is None else bill.bill.currency,
            point=bill.place.point,
        )
        for bill in (month_bills(bill_sources(services), clients, month) if clients else ())
    ]


def opened_cycles(
    services: Services, clients: Sequence[Client], month: str | None
) -> list[CycleState]:
    """Give the cycles likewise, without a look at what was taken in them: that costs most."""
    return [
        CycleState(
            client=place.client,
            zone=zone_of(place.client.timezone),
            month=place.month,
            start_s=place.start_s,
            end_s=place.end_s,
            energy_wh=None,
            total=None,
            currency=None,
            point=place.point,
        )
        for place in (opened_places(bill_sources(services), clients, month) if clients else ())
    ]
