"""What was found odd in the readings, as values: one record per decision, none silent."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["IssueKind", "ProfileIssue"]


class IssueKind(enum.Enum):
    """What happened, and with it what was decided."""

    ROLLOVER = "rollover"
    """The dial passed its highest value; the energy is counted across it."""

    GLITCH = "glitch"
    """One value out of line between two that agree; the reading is left out."""

    REGISTER_DROP = "register_drop"
    """The register ran backwards for good; nothing is counted for that step."""


@dataclass(frozen=True, slots=True, order=True)
class ProfileIssue:
    """One decision about the readings of one meter.

    Parameters
    ----------
    at_s : int
        Time of the reading that shows it. [s since 1970-01-01 UTC]
    register : str
        ``"import"`` or ``"export"``.
    kind : IssueKind
        What it was taken for.
    before_wh, after_wh : int
        The register before and at that reading. [Wh]
    """

    at_s: int
    register: str
    kind: IssueKind
    before_wh: int
    after_wh: int
