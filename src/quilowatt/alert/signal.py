"""What a detector says: an episode opened, grew or ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["ABRUPT_INCREASE", "AlertSignal", "Phase"]

ABRUPT_INCREASE = "abrupt_increase"
"""Power far above what the meter's own history knows."""


class Phase(enum.Enum):
    """Where an episode stands."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AlertSignal:
    """One change of one episode.

    Parameters
    ----------
    meter : int
        Dense meter number.
    kind : str
        What kind of episode: `ABRUPT_INCREASE`.
    phase : str
        ``"opened"``, ``"updated"`` or ``"closed"``; see `Phase`.
    at_s : int
        Time of the reading that showed it. [s since 1970-01-01 UTC]
    since_s : int
        When in the readings the episode began. [s since 1970-01-01 UTC]
    power_w : int
        Highest mean power seen in it so far. [W]
    usual_power_w : int
        Highest mean power that was usual before it. [W]
    excess_wh : int
        Energy above the usual since it began. [Wh]
    """

    meter: int
    kind: str
    phase: str
    at_s: int
    since_s: int
    power_w: int
    usual_power_w: int
    excess_wh: int
