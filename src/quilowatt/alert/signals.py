"""Collects what the detectors say about a batch, in the order of the readings that showed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quilowatt.alert.signal import AlertSignal, Phase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.alert.state import Lanes

__all__ = ["Numbers", "Signals"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Figures of some lanes' episodes; see `AlertSignal`.

    Parameters
    ----------
    at_s, since_s, power_w, usual_power_w, excess_wh, excess_per_day_wh, hours
        One for all lanes, or an ndarray of int64 with one each. [s, W, Wh, h]
    """

    at_s: NDArray[np.int64] | int
    since_s: NDArray[np.int64] | int
    power_w: NDArray[np.int64] | int = 0
    usual_power_w: NDArray[np.int64] | int = 0
    excess_wh: NDArray[np.int64] | int = 0
    excess_per_day_wh: NDArray[np.int64] | int = 0
    hours: NDArray[np.int64] | int = 0

    def rows(self, count: int) -> list[list[int]]:
        """Return them lane by lane."""
        columns = (
            self.at_s,
            self.since_s,
            self.power_w,
            self.usual_power_w,
            self.excess_wh,
            self.excess_per_day_wh,
            self.hours,
        )
        table = np.stack([np.broadcast_to(np.asarray(column), count) for column in columns])
        rows: list[list[int]] = table.T.tolist()
        return rows


class Signals:
    """Collects signals with the row of the batch that caused each.

    Attributes
    ----------
    rows : ndarray of intp, shape (n,)
        Row of the batch that each lane is looking at.
    """

    def __init__(self) -> None:
        self.rows = np.empty(0, np.intp)
        self._found: list[tuple[int, AlertSignal]] = []

    def tell(
        self, kind: str, phase: Phase, lanes: Lanes, where: NDArray[np.intp], numbers: Numbers
    ) -> None:
        """Say something about the episodes of some lanes."""
        meters = lanes.meters[where].tolist()
        causes = self.rows[where].tolist()
        for row, meter, figures in zip(causes, meters, numbers.rows(where.size), strict=True):
            self._found.append((row, AlertSignal(meter, kind, phase.value, *figures)))

    def in_order(self) -> list[AlertSignal]:
        """Return all signals in the order of their rows."""
        return [signal for _, signal in sorted(self._found, key=lambda pair: pair[0])]
