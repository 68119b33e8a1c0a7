"""What is known of meters besides their readings, as arrays by meter number.

The detectors take it with every batch. Of a meter that nobody told of, `UNKNOWN` holds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SENSITIVITY_PCT", "UNKNOWN", "MeterFacts"]

SENSITIVITY_PCT: Final = 100
"""As the score was measured. Half of it doubles what must be exceeded, 200 halves it. [%]"""


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """What is known of the meters 0 to n − 1.

    Parameters
    ----------
    sensitivity_pct : ndarray of int64, shape (n,)
        `SENSITIVITY_PCT`, more or less, at least 10. [%]
    offset_s : ndarray of int64, shape (n,)
        Local standard time less UTC: night is from midnight to six there. [s]
    capacity_w : ndarray of int64, shape (n,)
        What the connection can carry; 0 = unknown. [W]
    is_vacant, may_export : ndarray of bool, shape (n,)
        Nobody lives there; there is generation.
    is_export_known : ndarray of bool, shape (n,)
        Whether `may_export` is a fact; where it isn't, a meter that never fed in is taken to have
        no generation after the learning time.
    """

    sensitivity_pct: NDArray[np.int64]
    offset_s: NDArray[np.int64]
    capacity_w: NDArray[np.int64]
    is_vacant: NDArray[np.bool_]
    may_export: NDArray[np.bool_]
    is_export_known: NDArray[np.bool_]

    @classmethod
    def unknown(cls, count: int) -> MeterFacts:
        """Know nothing of so many meters."""
        nothing = np.zeros(count, np.int64)
        no = np.zeros(count, np.bool_)
        return cls(np.full(count, SENSITIVITY_PCT), nothing, nothing, no, no, no)

    def of(self, meters: NDArray[np.int32]) -> MeterFacts:
        """Return the facts of some meters, in their order."""
        found = MeterFacts.unknown(meters.size)
        is_told = meters < self.sensitivity_pct.size
        if not is_told.any():
            return found
        at = np.where(is_told, meters, 0)
        columns = {
            field.name: np.where(is_told, getattr(self, field.name)[at], getattr(found, field.name))
            for field in fields(self)
        }
        return MeterFacts(**columns)

    def first(self, count: int) -> MeterFacts:
        """Return those of the first meters, as views."""
        return MeterFacts(*(getattr(self, field.name)[:count] for field in fields(self)))


UNKNOWN: Final = MeterFacts.unknown(0)
"""Nobody told of any meter."""
