"""Energy where nothing was read before or after: by the rule that a tariff regime names.

Without a rule such intervals stay missing. With one, what the readings don't reach is estimated by
it, flagged and listed; what they reach stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from quilowatt.profile.connection import UNKNOWN, Connection
from quilowatt.profile.curve import Curve, Dials, Registers, rising_curve
from quilowatt.profile.issues import IssueKind, ProfileIssue
from quilowatt.profile.load_profile import LoadProfile, Quality
from quilowatt.profile.typical import SCALE, SLOT_S, Typical

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingColumns

__all__ = ["MeanOfCycles", "MissingRule", "NothingTaken", "TypicalDays", "estimate_missing"]

DAY_S = 86_400
ONE_METER = np.zeros(1, np.int32)


class MissingRule(Protocol):
    """What a regime says about time without any reading."""

    def energy_at(self, edges_s: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Import and export from the first of some rising instants to each of them [s], [Wh]."""
        ...


@dataclass(frozen=True, slots=True)
class NothingTaken:
    """No reading, no energy."""

    def energy_at(self, edges_s: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Zeros [Wh]."""
        return np.zeros_like(edges_s), np.zeros_like(edges_s)


@dataclass(frozen=True, slots=True)
class MeanOfCycles:
    """The arithmetic mean of the last cycles' energy, per day.

    A regime says how many: twelve, for instance.

    Parameters
    ----------
    import_wh, export_wh : int
        Energy billed in those cycles. [Wh]
    days : int
        Days in them. [d]

    Examples
    --------
    >>> rule = MeanOfCycles(import_wh=300_000, export_wh=0, days=30)
    >>> rule.energy_at(np.array([0, 43_200, 86_400]))[0].tolist()
    [0, 5000, 10000]
    """

    import_wh: int
    export_wh: int
    days: int

    def energy_at(self, edges_s: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Steady power, rounded down at each instant [Wh]."""
        assert self.days > 0
        since_s = (edges_s - edges_s[0]).tolist()
        whole_s = self.days * DAY_S
        imported = [self.import_wh * span_s // whole_s for span_s in since_s]
        exported = [self.export_wh * span_s // whole_s for span_s in since_s]
        return np.array(imported, np.int64), np.array(exported, np.int64)


class TypicalDays:
    """The typical half-hours of the meter's own readings, within four weeks of them.

    Parameters
    ----------
    readings : ReadingColumns
        Of one meter, by time, each instant once.
    digits : int
        The registers wrap at 10**digits Wh; 0 = not known to. [digits]
    connection : Connection
        What the usage point can carry, and its zone.
    """

    def __init__(
        self, readings: ReadingColumns, *, digits: int, connection: Connection = UNKNOWN
    ) -> None:
        dials = Dials(
            readings.meter[:1],
            np.array([digits], np.int64),
            connection.powers_max_w(1),
            connection.zone,
        )
        self._known = [
            _typical(Registers(readings.meter, readings.time_s, register_wh), dials)
            for register_wh in (readings.import_wh, readings.export_wh)
        ]

    def energy_at(self, edges_s: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Half-hours as they usually are; nothing where nothing is known [Wh]."""
        imported, exported = (_typical_at(typical, edges_s) for typical in self._known)
        return imported, exported


def estimate_missing(profile: LoadProfile, rule: MissingRule) -> LoadProfile:
    """Fill what lies before the first and after the last reading.

    Parameters
    ----------
    profile : LoadProfile
        Of `load_profile` or `usage_point_profile`.
    rule : MissingRule
        What the tariff regime says.

    Returns
    -------
    LoadProfile
        Its missing intervals at both ends are estimated, and an issue tells each end.
    """
    if not len(profile):
        return profile
    start_s, end_s = int(profile.start_s[0]), int(profile.end_s[-1])
    first_s, last_s = profile.known_s if profile.known_s[1] else (end_s, end_s)
    gaps = [(start_s, min(first_s, end_s)), (max(last_s, start_s), end_s)]
    for gap in gaps:
        if gap[0] < gap[1]:
            profile = _filled(profile, rule, gap)
    return profile


def _filled(profile: LoadProfile, rule: MissingRule, gap: tuple[int, int]) -> LoadProfile:
    edges_s = np.append(profile.start_s, profile.end_s[-1])
    within_s = np.clip(edges_s, *gap)
    imported, exported = rule.energy_at(within_s)
    quality = profile.quality.copy()
    quality[np.diff(within_s) > 0] = Quality.ESTIMATED
    issues = [
        ProfileIssue(
            at_s=gap[1],
            register=register,
            kind=IssueKind.ENDS_ESTIMATED,
            before_wh=0,
            after_wh=0,
            start_s=gap[0],
            end_s=gap[1],
            energy_wh=int(energy_wh[-1]),
        )
        for register, energy_wh in (("import", imported), ("export", exported))
    ]
    return replace(
        profile,
        import_wh=profile.import_wh + np.diff(imported),
        export_wh=profile.export_wh + np.diff(exported),
        quality=quality,
        issues=tuple(sorted((*profile.issues, *issues), key=lambda i: (i.at_s, i.register))),
    )


def _typical(readings: Registers, dials: Dials) -> Typical | None:
    curve = rising_curve(readings, dials)
    return Typical(curve.time_s, curve.energy_wh, dials.zone) if curve.time_s.size > 1 else None


def _typical_at(typical: Typical | None, edges_s: NDArray[np.int64]) -> NDArray[np.int64]:
    start_s, end_s = int(edges_s[0]), int(edges_s[-1])
    slots = np.arange(start_s // SLOT_S, -(-end_s // SLOT_S))
    weights = typical.weights(slots) if typical is not None and slots.size else None
    if weights is None:
        return np.zeros_like(edges_s)
    # The curve counts thousandths of a watt-hour, so that rounding down happens once an edge.
    knots_s = np.append(slots, slots[-1] + 1) * SLOT_S
    grown = np.append(0, np.cumsum(weights))
    curve = Curve(np.zeros(knots_s.size, np.int32), knots_s, grown)
    at = curve.energy_at(ONE_METER, edges_s)[0]
    energy_wh: NDArray[np.int64] = (at - at[0]) // SCALE
    return energy_wh
