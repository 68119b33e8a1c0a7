"""What the connection of a usage point can carry, and by which clock its people live.

Given to `load_profile` and `energies_wh` by their callers. Without it nothing is too much for a
connection, and the day begins at midnight UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from datetime import tzinfo

    from numpy.typing import NDArray

__all__ = ["UNKNOWN", "Connection", "power_limit_w"]

VOLTAGE_MAX_V: Final = 240
"""The highest nominal voltage between a phase and neutral (IEC 60038, table 1). [V]"""

CURRENT_MAX_A: Final = 200
"""A meter without current transformers carries no more (ANSI C12.10, class 200). [A]"""


@dataclass(frozen=True, slots=True)
class Connection:
    """What may be assumed of a usage point, or of many in one zone.

    Parameters
    ----------
    power_max_w : int or ndarray of int64, shape (n,)
        More than this can't flow; 0 = unknown. One for all meters, or one each. [W]
    zone : tzinfo or None
        Whose hours and weekends its people keep; None is UTC.
    """

    power_max_w: int | NDArray[np.int64] = 0
    zone: tzinfo | None = None

    def powers_max_w(self, count: int) -> NDArray[np.int64]:
        """Limit of each of so many meters [W]."""
        return np.broadcast_to(np.asarray(self.power_max_w, np.int64), count)


UNKNOWN: Final = Connection()
"""Nothing is known of the connection."""


def power_limit_w(
    phases: int, *, voltage_v: int = VOLTAGE_MAX_V, breaker_a: int = CURRENT_MAX_A
) -> int:
    """Power that a connection can carry: phases × voltage × breaker.

    Parameters
    ----------
    phases : int
        1 to 3. [1]
    voltage_v : int
        Between a phase and neutral. [V]
    breaker_a : int
        Rated current; the default is far above any home's, so that no true energy is doubted. [A]

    Returns
    -------
    int
        [W]

    Examples
    --------
    >>> power_limit_w(1), power_limit_w(3, voltage_v=127, breaker_a=100)
    (48000, 38100)
    """
    assert phases > 0
    return phases * voltage_v * breaker_a
