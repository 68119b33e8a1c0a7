"""Alerts with all that is said about them: where they are, and what people did with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from quilowatt.alert import signal as kinds
from quilowatt.alert.cost import AMOUNTS, COST_KINDS, AlertCost
from quilowatt.api.consumption import zone_of
from quilowatt.api.formats import kwh
from quilowatt.api.moments import local_text
from quilowatt.store import Handling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from quilowatt.store import AlertAction, AlertRecord, Ledger

__all__ = ["AlertView", "alert_views", "handling_item", "size_item"]

UNTOUCHED = Handling()
"""Of an alert with which nobody did anything."""

CHANGE_KINDS: Final = COST_KINDS | {kinds.LASTING_DECREASE}
"""Kinds whose power and usual power are of one sort, so that their difference says something."""


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as it is shown.

    Parameters
    ----------
    record : AlertRecord
        The episode.
    zone : ZoneInfo
        Whose time it is told in: that of the place where the meter is.
    handling : Handling
        What people did with it.
    is_muted : bool
        Its kind is not told there now.
    now_s : int
        The present. [s since 1970-01-01 UTC]
    """

    record: AlertRecord
    zone: ZoneInfo
    handling: Handling
    is_muted: bool
    now_s: int

    @property
    def snoozed(self) -> AlertAction | None:
        """The snooze that is in force."""
        return self.handling.snoozed if self.handling.is_snoozed(self.now_s) else None


def alert_views(
    ledger: Ledger, records: Sequence[AlertRecord], default: ZoneInfo, *, now_s: int
) -> list[AlertView]:
    """Find out what is said about some alerts.

    Parameters
    ----------
    ledger : Ledger
        Whom to ask: a question for each book, however many alerts there are.
    records : sequence of AlertRecord
        Which.
    default : ZoneInfo
        Where no place says it.
    now_s : int
        The present. [s since 1970-01-01 UTC]
    """
    clients = ledger.client_of_meters({record.meter_number for record in records})
    handling = ledger.handling.handling(record.id for record in records)
    muted = ledger.handling.muted(records, now_s=now_s)
    zones = {number: zone_of(client.timezone) for number, client in clients.items()}
    return [
        AlertView(
            record,
            zones.get(record.meter_number, default),
            handling.get(record.id, UNTOUCHED),
            record.id in muted,
            now_s,
        )
        for record in records
    ]


def handling_item(view: AlertView) -> dict[str, Any]:
    """Write what people did, as `client.models.Alert` has it."""
    known, snoozed = view.handling.acknowledged, view.snoozed
    return {
        "is_acknowledged": known is not None,
        "acknowledged_by": None if known is None else known.author,
        "acknowledged_at": None if known is None else local_text(known.at_s, view.zone),
        "note": None if known is None else known.note,
        "snoozed_until": None if snoozed is None else local_text(snoozed.until_s or 0, view.zone),
        "is_muted": view.is_muted,
    }


def size_item(record: AlertRecord) -> dict[str, Any]:
    """Write how large an episode is, in energy and in money, as `client.models.Alert` has it."""
    per_day_wh = record.details.get("excess_per_day_wh")
    cost = AlertCost.from_details(record.details)
    amounts = {name: None if cost is None else getattr(cost, name) for name in AMOUNTS}
    return {
        "power_change_w": (
            record.power_w - record.usual_power_w if record.kind in CHANGE_KINDS else None
        ),
        "energy_per_day_kwh": None if per_day_wh is None else kwh(int(str(per_day_wh))),
        **{
            f"cost_{name}": None if amount is None else str(amount)
            for name, amount in amounts.items()
        },
        "currency": None if cost is None else cost.currency,
    }
