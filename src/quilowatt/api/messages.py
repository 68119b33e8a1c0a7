"""What an alert of the ledger says to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.alert.cause import Told, cause
from quilowatt.alert.cost import AlertCost
from quilowatt.api.budget_words import BUDGET_TIPOS, budget_message

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from quilowatt.core.words import Language
    from quilowatt.store import AlertRecord

__all__ = ["alert_message"]

TOLD_TOO: Final = ("hours", "meters", "offset_s")
"""What `Told` takes of an episode's details."""


def alert_message(record: AlertRecord, zone: ZoneInfo, tongue: Language) -> str:
    """Say what an alert is about; a kind without words says its name.

    Parameters
    ----------
    record : AlertRecord
        The episode.
    zone : ZoneInfo
        Whose wall clock: that of the place where the meter is.
    tongue : {"en", "pt"}
        Language of the reader.
    """
    if record.kind in BUDGET_TIPOS:
        return budget_message(record, zone, tongue)
    details = record.details
    told = Told(
        record.kind,
        record.opened_at_s,
        record.updated_at_s if record.closed_at_s is None else record.closed_at_s,
        record.closed_at_s is not None,
        record.power_w,
        record.usual_power_w,
        record.excess_wh,
        cost=AlertCost.from_details(details),
        **{name: int(str(details[name])) for name in TOLD_TOO if name in details},
    )
    return cause(told, zone, tongue)
