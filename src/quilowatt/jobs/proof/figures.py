"""What the readings of a proof come to: energies between the tariff's cuts, readouts, quality.

The one place where a proof's evidence meets `profile`; both who builds a proof and who verifies
one go through here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.billing.invoice import MeterReadout, Quality
from quilowatt.profile import (
    MeanOfCycles,
    NothingTaken,
    TypicalDays,
    energy_between,
    estimate_missing,
    usage_point_profile,
)
from quilowatt.profile.load_profile import Quality as Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quilowatt.jobs.proof.document import MeterEvidence
    from quilowatt.profile import Connection, LoadProfile, MissingRule

__all__ = ["HOUR_S", "Basis", "profile_between", "quality_of", "readout"]

HOUR_S: Final = 3600
"""Quality is told for intervals of so long, from the start of the cycle on. [s]"""


@dataclass(frozen=True, slots=True)
class Basis:
    """What energies depend on besides the edges.

    Parameters
    ----------
    meters : sequence of MeterEvidence
        By time.
    connection : Connection
        What the usage point can carry, and its zone.
    rules : dict
        ``rules`` of the proof: missing readings, step of the quality.
    """

    meters: Sequence[MeterEvidence]
    connection: Connection
    rules: dict[str, Any]


def profile_between(basis: Basis, edges_s: NDArray[np.int64]) -> LoadProfile:
    """Turn the readings into energies between some edges [s since 1970-01-01 UTC]."""
    stays = [meter.stay for meter in basis.meters]
    profile = usage_point_profile(stays, edges_s, connection=basis.connection)
    rule = _missing_rule(basis)
    return profile if rule is None else estimate_missing(profile, rule)


def quality_of(basis: Basis, start_s: int, end_s: int) -> Quality:
    """Tell how well the energy of a cycle is known [s since 1970-01-01 UTC]."""
    edges_s = np.append(np.arange(start_s, end_s, basis.rules["quality_step_s"]), end_s)
    profile = profile_between(basis, edges_s)
    spans_s = np.diff(edges_s)
    by_code = {code: int(spans_s[profile.quality == code].sum()) for code in Code}
    issues = Counter(issue.kind.value for issue in profile.issues)
    return Quality(
        measured_s=by_code[Code.MEASURED],
        estimated_s=by_code[Code.ESTIMATED],
        revised_s=by_code[Code.REVISED],
        missing_s=by_code[Code.MISSING],
        estimated_wh=int(profile.import_wh[profile.quality == Code.ESTIMATED].sum()),
        issues=dict(sorted(issues.items())),
    )


def readout(
    meter: MeterEvidence, serial: str, cycle_s: tuple[int, int], connection: Connection
) -> MeterReadout:
    """Tell what one meter showed in its part of a cycle [s since 1970-01-01 UTC]."""
    stay, readings = meter.stay, meter.stay.readings
    start_s, end_s = max(stay.start_s, cycle_s[0]), min(stay.end_s, cycle_s[1])
    at = np.searchsorted(readings.time_s, [start_s, end_s], side="right") - 1
    shown = [
        (int(column[row]) if row >= 0 else 0)
        for column in (readings.time_s, readings.import_wh, readings.export_wh)
        for row in at.tolist()
    ]
    counted = energy_between(readings, start_s, end_s, stay.digits, connection)
    return MeterReadout(
        uuid=meter.uuid,
        serial=serial,
        start_s=start_s,
        end_s=end_s,
        first_time_s=shown[0],
        last_time_s=shown[1],
        first_import_wh=shown[2],
        last_import_wh=shown[3],
        first_export_wh=shown[4],
        last_export_wh=shown[5],
        import_wh=counted.import_wh,
        export_wh=counted.export_wh,
    )


def _missing_rule(basis: Basis) -> MissingRule | None:
    named = basis.rules["missing"]
    if named is None or not basis.meters:
        return None
    if named["rule"] == "nothing":
        return NothingTaken()
    if named["rule"] == "mean_of_cycles":
        return MeanOfCycles(named["import_wh"], named["export_wh"], max(named["days"], 1))
    last = basis.meters[-1].stay
    return TypicalDays(last.readings, digits=last.digits, connection=basis.connection)
