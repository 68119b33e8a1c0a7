"""What an alert's energy costs: of which kinds it is told, from what it follows, how it is kept.

Pure. A job that knows the tariff works it out and keeps it among an episode's details; the API, the
screens and notices take it from there, so that they all say the same.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from quilowatt.alert import signal as kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AMOUNTS",
    "COST",
    "COST_KINDS",
    "PER_DAY_KINDS",
    "PER_HOUR_KINDS",
    "SO_FAR_KINDS",
    "UNMEASURED_KINDS",
    "AlertCost",
    "CostBasis",
]

COST: Final = "cost"
"""Name of the cost among the details of an episode."""

UNMEASURED_KINDS: Final = frozenset({kinds.POSSIBLE_TAMPERING})
"""Kinds in which energy flows that no bill shows: their cost is what is not billed."""

PER_DAY_KINDS: Final = UNMEASURED_KINDS | {
    kinds.LASTING_INCREASE,
    kinds.NIGHT_LOAD,
    kinds.VACANT_CONSUMPTION,
    kinds.SUM_MISMATCH,
}
"""Kinds that last, and so cost something a day."""

SO_FAR_KINDS: Final = frozenset(
    {kinds.ABRUPT_INCREASE, kinds.LASTING_INCREASE, kinds.NIGHT_LOAD, kinds.SUM_MISMATCH}
)
"""Kinds whose energy beyond the usual is summed up from the beginning on."""

PER_HOUR_KINDS: Final = frozenset({kinds.ABRUPT_INCREASE})
"""Kinds that end within hours, and so cost something an hour as long as they go on."""

COST_KINDS: Final = PER_DAY_KINDS | SO_FAR_KINDS
"""Kinds of which a cost is told."""

AMOUNTS: Final = ("per_day", "per_week", "so_far", "per_hour")
"""Names of the amounts, in their order."""


@dataclass(frozen=True, slots=True)
class CostBasis:
    """What a cost is worked out from; as long as it is the same, the cost holds.

    Parameters
    ----------
    since_s, until_s : int
        When the episode began and was last seen. [s since 1970-01-01 UTC]
    per_day_wh : int
        Energy of a day beyond the usual; below it, less than nothing; 0 = the kind has none. [Wh/d]
    excess_wh : int
        Energy beyond the usual so far; 0 = the kind has none. [Wh]
    hours : int
        Three-hour parts of the day, as in `AlertSignal`; 0 = not known. [bits]
    more_w : int
        Power beyond the usual; 0 = the kind is not told by the hour. [W]
    """

    since_s: int
    until_s: int
    per_day_wh: int
    excess_wh: int
    hours: int
    more_w: int = 0

    @classmethod
    def of(
        cls,
        kind: str,
        span_s: tuple[int, int],
        beyond: tuple[int, int],
        details: Mapping[str, object],
    ) -> CostBasis | None:
        """Take it from an episode; None where there is nothing to tell a cost of.

        Parameters
        ----------
        kind : str
            A key of `signal.SEVERITY`, or any other.
        span_s : pair of int
            When it began, and its latest sign or end. [s since 1970-01-01 UTC]
        beyond : pair of int
            Power and energy beyond the usual. [W], [Wh]
        details : mapping
            ``excess_per_day_wh``, ``hours`` and ``seen_s``, where they are known.

        Examples
        --------
        >>> details = {"excess_per_day_wh": 1500, "hours": 3}
        >>> CostBasis.of("night_load", (0, 200_000), (250, 3000), details)
        CostBasis(since_s=0, until_s=200000, per_day_wh=1500, excess_wh=3000, hours=3, more_w=0)
        >>> CostBasis.of("clock_wrong", (0, 200_000), (250, 3000), {}) is None
        True
        """
        if kind not in COST_KINDS:
            return None
        per_day_wh = _figure(details, "excess_per_day_wh") if kind in PER_DAY_KINDS else 0
        if (per_day_wh < 0) != (kind in UNMEASURED_KINDS):
            per_day_wh = 0
        more_w, excess_wh = beyond
        more_w = max(more_w, 0) if kind in PER_HOUR_KINDS else 0
        excess_wh = max(excess_wh, 0) if kind in SO_FAR_KINDS else 0
        if not per_day_wh and not excess_wh:
            return None
        until_s = max(*span_s, _figure(details, "seen_s"))
        return cls(span_s[0], until_s, per_day_wh, excess_wh, _figure(details, "hours"), more_w)


@dataclass(frozen=True, slots=True)
class AlertCost:
    """What an alert's energy costs by the customer's tariff; no money where it has no price.

    Parameters
    ----------
    basis : CostBasis
        What it was worked out from.
    currency : str or None
        ISO 4217 code; None where there is no price.
    per_day, per_week : Decimal or None
        What a day and a week of it add to the bill. [currency]
    so_far : Decimal or None
        What it has added since it began. [currency]
    per_hour : Decimal or None
        What an hour of it adds. [currency]
    """

    basis: CostBasis
    currency: str | None = None
    per_day: Decimal | None = None
    per_week: Decimal | None = None
    so_far: Decimal | None = None
    per_hour: Decimal | None = None

    def as_details(self) -> dict[str, object]:
        """Write it as JSON knows it."""
        amounts = {name: getattr(self, name) for name in AMOUNTS}
        return {
            "currency": self.currency,
            **{name: None if each is None else f"{each:f}" for name, each in amounts.items()},
            "basis": list(astuple(self.basis)),
        }

    @classmethod
    def from_details(cls, details: Mapping[str, Any]) -> AlertCost | None:
        """Read what `as_details` wrote from an episode's details; None if there is nothing.

        Examples
        --------
        >>> cost = AlertCost(CostBasis(0, 9, 5, 5, 0), "BRL", Decimal("1.20"), Decimal("8.40"))
        >>> AlertCost.from_details({"cost": cost.as_details()}) == cost
        True
        """
        kept = details.get(COST)
        if kept is None:
            return None
        money = [kept[name] for name in AMOUNTS]
        amounts = [None if amount is None else Decimal(amount) for amount in money]
        return cls(CostBasis(*kept["basis"]), kept["currency"], *amounts)


def _figure(details: Mapping[str, object], name: str) -> int:
    return int(str(details.get(name, 0)))
