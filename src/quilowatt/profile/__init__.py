"""Registers to load profile: pure functions over arrays."""

from quilowatt.profile.issues import IssueKind, ProfileIssue
from quilowatt.profile.load_profile import (
    Energy,
    LoadProfile,
    Quality,
    energy_between,
    load_profile,
)
from quilowatt.profile.many import energies_wh
from quilowatt.profile.order import sort_readings

__all__ = [
    "Energy",
    "IssueKind",
    "LoadProfile",
    "ProfileIssue",
    "Quality",
    "energies_wh",
    "energy_between",
    "load_profile",
    "sort_readings",
]
