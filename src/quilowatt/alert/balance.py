"""Holds a master meter against the sum of its submeters, day by day.

What lies between them (a lamp in the stairs, the losses) is usual. Two days running outside what
is usual are told: something is tapped or a submeter stands. Submeters can't measure more than
their master. What lacks beyond the usual never becomes usual, except in the first week: a share
that is there from the beginning is told once, and then is that of the stairs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.signal import SUM_MISMATCH, AlertSignal, Phase

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BalanceState", "check_sums"]

DAY_S: Final = 86_400
PER_MILLE: Final = 1000

DAYS: Final = 28
DAYS_MIN: Final = 7
"""What is usual is the median of four weeks; before a week is known, only hard limits hold. [d]"""

UNKNOWN: Final = -(2**15)

BAND_PER_MILLE: Final = 20
"""Two meters of class 1 differ by so much at worst, without any fault (IEC 62053-21). [‰]"""

SPREADS: Final = 6
"""…or by this many median deviations, where the difference varies by itself. [1]"""

LEAST_WH: Final = 1000
"""Less a day is not worth a walk. [Wh]"""

HARD_PER_MILLE: Final = 200
"""A fifth that nobody measures is too much even on the first days. [‰]"""

MORE_PER_MILLE: Final = -20
"""Submeters above their master by more than the meters' class. [‰]"""


@dataclass(frozen=True, slots=True)
class BalanceState:
    """Differences of the last days, by master.

    Parameters
    ----------
    ring : ndarray of int16, shape (DAYS, n)
        What submeters did not show, the newest first. [‰ of the master]
    odd_days : ndarray of int64, shape (n,)
        Days running outside what is usual. [d]
    since_s : ndarray of int64, shape (n,)
        Since when it was told; 0 = it isn't. [s since 1970-01-01 UTC]
    excess_wh : ndarray of int64, shape (n,)
        What lacked beyond the usual on these days together. [Wh]
    """

    ring: NDArray[np.int16]
    odd_days: NDArray[np.int64]
    since_s: NDArray[np.int64]
    excess_wh: NDArray[np.int64]

    @classmethod
    def empty(cls, masters: int) -> BalanceState:
        """Know nothing about so many masters."""
        return cls(
            np.full((DAYS, masters), UNKNOWN, np.int16),
            np.zeros(masters, np.int64),
            np.zeros(masters, np.int64),
            np.zeros(masters, np.int64),
        )


def check_sums(
    state: BalanceState,
    masters: NDArray[np.int32],
    day_wh: tuple[NDArray[np.int64], NDArray[np.int64]],
    end_s: int,
) -> tuple[BalanceState, list[AlertSignal]]:
    """Look at one day of each master.

    Parameters
    ----------
    state : BalanceState
        What is known, in the order of the masters.
    masters : ndarray of int32, shape (n,)
        Meter numbers.
    day_wh : pair of ndarray of int64, shape (n,)
        Energy of the master, and of its submeters together; −1 = not known in full. [Wh]
    end_s : int
        End of the day. [s since 1970-01-01 UTC]

    Returns
    -------
    BalanceState
        What is known now.
    list of AlertSignal
        What begins, goes on and ends: `excess_wh` is what was missing beyond the usual so far,
        less than nothing where the submeters show more; `excess_per_day_wh` its mean.
    """
    master_wh, parts_wh = day_wh
    is_known = (master_wh > 0) & (parts_wh >= 0)
    missing_wh = master_wh - parts_wh
    share = np.clip(missing_wh * PER_MILLE // np.maximum(master_wh, 1), -PER_MILLE, PER_MILLE)
    usual, spread, is_learned = _usual(state.ring)
    band = np.maximum(BAND_PER_MILLE, SPREADS * spread)
    is_odd = is_learned & (np.abs(share - usual) > band)
    is_odd |= ~is_learned & (share > HARD_PER_MILLE)
    beyond_wh = missing_wh - usual * master_wh // PER_MILLE
    is_odd &= np.abs(beyond_wh) >= LEAST_WH
    is_impossible = (share < MORE_PER_MILLE) & (-missing_wh >= LEAST_WH)
    is_odd |= is_impossible
    # What lacks beyond the usual does not become usual, or a tap would be forgiven.
    is_kept = is_known & ~is_impossible & ~(is_odd & is_learned & (share > usual))
    newest = np.concatenate([share[np.newaxis].astype(np.int16), state.ring[:-1]])
    state = replace(state, ring=np.where(is_kept, newest, state.ring))
    return _gone_on(state, masters, (master_wh, np.where(is_odd, beyond_wh, 0)), is_known, end_s)


def _gone_on(
    state: BalanceState,
    masters: NDArray[np.int32],
    day_wh: tuple[NDArray[np.int64], NDArray[np.int64]],
    is_known: NDArray[np.bool_],
    end_s: int,
) -> tuple[BalanceState, list[AlertSignal]]:
    """Count odd days, which have energy beyond the usual, and say what that means."""
    master_wh, odd_wh = day_wh
    is_odd, is_told = odd_wh != 0, state.since_s > 0
    odd_days = np.where(is_known, np.where(is_odd, state.odd_days + 1, 0), state.odd_days)
    ends = is_known & is_told & ~is_odd
    so_far_wh = state.excess_wh + np.where(is_known, odd_wh, 0)
    opens = is_known & ~is_told & (odd_days == 2)  # noqa: PLR2004 - two days running
    began_s = np.where(opens, end_s - 2 * DAY_S, state.since_s)
    phases = (
        (Phase.OPENED, opens),
        (Phase.UPDATED, is_known & is_told & is_odd),
        (Phase.CLOSED, ends),
    )
    days = np.maximum(np.where(ends, state.odd_days, odd_days), 1)
    signals = [
        _signal(
            (int(masters[row]), phase.value, end_s, int(began_s[row])),
            int(master_wh[row]),
            int(so_far_wh[row]),
            int(days[row]),
        )
        for phase, which in phases
        for row in np.flatnonzero(which).tolist()
    ]
    kept_wh = np.where(is_known & ~is_odd, 0, so_far_wh)
    return replace(
        state, odd_days=odd_days, since_s=np.where(ends, 0, began_s), excess_wh=kept_wh
    ), signals


def _signal(
    said: tuple[int, str, int, int], master_wh: int, excess_wh: int, days: int
) -> AlertSignal:
    meter, phase, at_s, since_s = said
    per_day_wh, power_w = round(excess_wh / days), master_wh // 24
    usual_w = power_w - round(per_day_wh / 24)
    return AlertSignal(
        meter, SUM_MISMATCH, phase, at_s, since_s, power_w, usual_w, excess_wh, per_day_wh
    )


def _usual(
    ring: NDArray[np.int16],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Median share and its median deviation [‰], and whether enough days are known."""
    is_known = ring != UNKNOWN
    shares = np.where(is_known, ring.astype(np.float64), np.nan)
    is_learned = np.asarray(is_known.sum(axis=0) >= DAYS_MIN)
    shares[:, ~is_learned] = 0
    median = np.nanmedian(shares, axis=0)
    spread = np.nanmedian(np.abs(shares - median), axis=0)
    return median.astype(np.int64), spread.astype(np.int64), is_learned
