"""What a detector says: an episode opened, grew or ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

__all__ = [
    "ABRUPT_INCREASE",
    "CAPACITY_NEARLY_REACHED",
    "CLOCK_WRONG",
    "FLAT_LINE",
    "LASTING_DECREASE",
    "LASTING_INCREASE",
    "NIGHT_LOAD",
    "NO_COMMUNICATION",
    "POSSIBLE_TAMPERING",
    "SEVERITY",
    "STUCK_REGISTER",
    "SUM_MISMATCH",
    "UNEXPECTED_EXPORT",
    "VACANT_CONSUMPTION",
    "AlertSignal",
    "Phase",
]

ABRUPT_INCREASE: Final = "abrupt_increase"
"""Power far above what the meter's own history knows, now."""

LASTING_INCREASE: Final = "lasting_increase"
"""The energy of a day has risen above what the last weeks know, and stays there."""

LASTING_DECREASE: Final = "lasting_decrease"
"""The energy of a day has fallen below what the last weeks know, and stays there."""

POSSIBLE_TAMPERING: Final = "possible_tampering"
"""All hours have fallen together, those of the night too: less is measured than flows."""

NIGHT_LOAD: Final = "night_load"
"""What runs all night has risen."""

STUCK_REGISTER: Final = "stuck_register"
"""Readings come, and the register does not move where it always did."""

FLAT_LINE: Final = "flat_line"
"""The same energy in every interval: no home lives so."""

VACANT_CONSUMPTION: Final = "vacant_consumption"
"""Energy is taken where nobody lives."""

NO_COMMUNICATION: Final = "no_communication"
"""A meter is silent for longer than its interval explains."""

CLOCK_WRONG: Final = "clock_wrong"
"""A meter's times do not agree with the arrival of its readings."""

UNEXPECTED_EXPORT: Final = "unexpected_export"
"""Energy is fed in where there is no generation."""

CAPACITY_NEARLY_REACHED: Final = "capacity_nearly_reached"
"""The connection carries nearly all that it can."""

SUM_MISMATCH: Final = "sum_mismatch"
"""A master meter and its submeters do not agree."""

SEVERITY: Final = {
    ABRUPT_INCREASE: "warning",
    LASTING_INCREASE: "warning",
    LASTING_DECREASE: "info",
    POSSIBLE_TAMPERING: "warning",
    NIGHT_LOAD: "info",
    STUCK_REGISTER: "critical",
    FLAT_LINE: "warning",
    VACANT_CONSUMPTION: "warning",
    NO_COMMUNICATION: "warning",
    CLOCK_WRONG: "warning",
    UNEXPECTED_EXPORT: "warning",
    CAPACITY_NEARLY_REACHED: "critical",
    SUM_MISMATCH: "warning",
}
"""How much a kind matters: ``critical`` where money or the connection is at stake now."""


class Phase(enum.Enum):
    """Where an episode stands."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AlertSignal:
    """One change of one episode. Meter, kind and beginning name it.

    Parameters
    ----------
    meter : int
        Dense meter number.
    kind : str
        What kind of episode: a key of `SEVERITY`.
    phase : str
        ``"opened"``, ``"updated"`` or ``"closed"``; see `Phase`.
    at_s : int
        Time of the reading that showed it. [s since 1970-01-01 UTC]
    since_s : int
        When in the readings the episode began. [s since 1970-01-01 UTC]
    power_w : int
        Highest mean power seen in it so far; of what lasts, the mean since it began. [W]
    usual_power_w : int
        Highest mean power that was usual before it; of what lasts, the mean of a usual day. [W]
    excess_wh : int
        Energy above the usual since it began; below it, less than nothing. [Wh]
    excess_per_day_wh : int
        What a day of it is worth, if it lasts: times a rate, its cost. 0 = not known. [Wh/d]
    hours : int
        Three-hour parts of the local day that it takes: bit 0 is from midnight to three. 0 = not
        known. [bits]
    meters : int
        How many meters it takes at once. [1]
    offset_s : int
        How far a clock is ahead; behind, less than nothing. [s]
    moved_from_s : int
        When the episode that was told in its place began; late readings moved it. 0 = none.
        [s since 1970-01-01 UTC]
    """

    meter: int
    kind: str
    phase: str
    at_s: int
    since_s: int
    power_w: int
    usual_power_w: int
    excess_wh: int
    excess_per_day_wh: int = 0
    hours: int = 0
    meters: int = 1
    offset_s: int = 0
    moved_from_s: int = 0

    @property
    def severity(self) -> str:
        """How much it matters: ``info``, ``warning`` or ``critical``."""
        return "critical" if self.meters > 1 else SEVERITY[self.kind]
