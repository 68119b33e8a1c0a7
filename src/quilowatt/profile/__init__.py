"""Registers to load profile: pure functions over arrays."""

from quilowatt.profile.arrivals import arrival_issues
from quilowatt.profile.connection import UNKNOWN, Connection, power_limit_w
from quilowatt.profile.doubts import CELL_S, Doubts, QualityTimes, find_doubts, quality_times
from quilowatt.profile.exchange import Stay, usage_point_profile
from quilowatt.profile.issues import ISSUE_TEXTS, IssueKind, ProfileIssue
from quilowatt.profile.load_profile import (
    Energy,
    LoadProfile,
    Quality,
    energy_between,
    load_profile,
)
from quilowatt.profile.many import CONTEXT_S, energies_wh, meters_with_more_to_read
from quilowatt.profile.missing import (
    MeanOfCycles,
    MissingRule,
    NothingTaken,
    TypicalDays,
    estimate_missing,
)
from quilowatt.profile.order import sort_readings

__all__ = [
    "CELL_S",
    "CONTEXT_S",
    "ISSUE_TEXTS",
    "UNKNOWN",
    "Connection",
    "Doubts",
    "Energy",
    "IssueKind",
    "LoadProfile",
    "MeanOfCycles",
    "MissingRule",
    "NothingTaken",
    "ProfileIssue",
    "Quality",
    "QualityTimes",
    "Stay",
    "TypicalDays",
    "arrival_issues",
    "energies_wh",
    "energy_between",
    "estimate_missing",
    "find_doubts",
    "load_profile",
    "meters_with_more_to_read",
    "power_limit_w",
    "quality_times",
    "sort_readings",
    "usage_point_profile",
]
