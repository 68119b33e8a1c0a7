"""How wide a forecast's range is: errors of the past, in units of a meter's own unsteadiness.

An error of a forecast, divided by how unsteady the meter's days are, has nearly the same
distribution for every meter and for any number of days to come; it depends on how many days are
known. Its tenth and ninetieth percentile are tabulated here, taken from forecasts of half of the
households of a trial (``python -m forecast_score --choose`` in the tests); the other half says how
often the range holds. This is split conformal prediction (Lei et al., *Distribution-free
predictive inference for regression*, JASA 113, 2018, section 5.2: a locally weighted score).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COVERAGE", "KNOWN_DAYS", "range_ends", "short_term_factor"]

COVERAGE: Final = 0.8
"""Share of forecasts whose outcome lies in the range. [-]"""

KNOWN_DAYS: Final = (0.25, 0.5, 1, 2, 3, 5, 7, 10, 14, 21, 42, 90)
"""Days known when the forecast was made, of the columns below. [d]"""

LOW: Final = (-1.36, -1.07, -1.15, -0.99, -0.96, -0.93, -0.91, -0.88, -0.85, -0.83, -0.8, -0.68)
HIGH: Final = (3.55, 2.81, 2.03, 1.66, 1.51, 1.32, 1.21, 1.11, 1.05, 1.0, 0.93, 0.88)
"""Tenth and ninetieth percentile of the error of a day's mean, over the unsteadiness. [-]"""

SHORT_TERM_D: Final = 1.4
"""Single days differ more than weeks: the error of so few days is wider by √2. [d]"""


def range_ends(known_days: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the range in units of unsteadiness [-].

    Parameters
    ----------
    known_days : ndarray of float64, shape (n,)
        Days known when the forecast is made. [d]

    Examples
    --------
    >>> low, high = range_ends(np.array([1.0, 400.0]))
    >>> bool(low[0] < low[1] < 0 < high[1] < high[0])
    True
    """
    at = np.log(np.maximum(known_days, KNOWN_DAYS[0]))
    columns = np.log(KNOWN_DAYS)
    return np.interp(at, columns, LOW), np.interp(at, columns, HIGH)


def short_term_factor(days_left: float) -> float:
    """Return by how much the range of few days is wider than that of many [-].

    Examples
    --------
    >>> round(short_term_factor(1), 2), round(short_term_factor(28), 2)
    (1.55, 1.02)
    """
    return float(np.sqrt(1 + SHORT_TERM_D / days_left))
