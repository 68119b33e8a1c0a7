"""The rules for time without readings, by the names that a tariff's regime gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quilowatt.core.calendar import days_between
from quilowatt.profile import (
    Connection,
    MeanOfCycles,
    MissingRule,
    NothingTaken,
    Stay,
    TypicalDays,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from quilowatt.billing.invoice import PastCycle
    from quilowatt.billing.regime import Regime
    from quilowatt.store import PastBill

__all__ = ["BilledBefore", "missing_rule", "rule_name"]


@dataclass(frozen=True, slots=True)
class BilledBefore:
    """What the cycles before came to, for rules that look back.

    Parameters
    ----------
    import_wh, export_wh : int
        Energy billed in them. [Wh]
    days : int
        Days in them; 0 where there were none. [d]
    """

    import_wh: int = 0
    export_wh: int = 0
    days: int = 0

    @classmethod
    def of(cls, history: Sequence[PastBill], zone: ZoneInfo, regime: Regime) -> BilledBefore:
        """Add up issued cycles, oldest first: the last ones, as many as the regime says."""
        looked_at = history[-regime.missing_cycles :]
        return cls(
            sum(past.import_wh for past in looked_at),
            sum(past.export_wh for past in looked_at),
            sum(max(days_between(past.start_s, past.end_s, zone), 1) for past in looked_at),
        )

    @classmethod
    def said(cls, history: Sequence[PastCycle], regime: Regime) -> BilledBefore:
        """Add up the cycles that an invoice names; as `of`."""
        looked_at = history[-regime.missing_cycles :]
        return cls(
            sum(past.import_wh for past in looked_at),
            sum(past.export_wh for past in looked_at),
            sum(max(past.days, 1) for past in looked_at),
        )


def rule_name(name: str, before: BilledBefore) -> str:
    """Name the rule that is followed: a mean of no cycles is none, typical days stand in."""
    if name == "mean_of_cycles" and not before.days:
        return "typical_days"
    return name


def missing_rule(
    name: str, stay: Stay, connection: Connection, before: BilledBefore
) -> MissingRule:
    """Make the rule of a name.

    Parameters
    ----------
    name : str
        ``"typical_days"``, ``"mean_of_cycles"`` or ``"nothing"``. A mean of no cycles is none: the
        meter's typical days stand in.
    stay : Stay
        Of the meter that is there.
    connection : Connection
        What its place can carry.
    before : BilledBefore
        Cycles that were billed before.
    """
    followed = rule_name(name, before)
    if followed == "nothing":
        return NothingTaken()
    if followed == "mean_of_cycles":
        return MeanOfCycles(before.import_wh, before.export_wh, before.days)
    return TypicalDays(stay.readings, digits=stay.digits, connection=connection)
