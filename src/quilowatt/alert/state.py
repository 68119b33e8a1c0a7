"""What the detector remembers of each meter: integers, less than 1 KiB of them.

What every reading needs is kept apart from what is known by part of the day, so that a batch
touches little memory. Both are arrays by meter number: a snapshot is two arrays.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "ENERGY_STEP_MAX_WH",
    "PARTS",
    "TIME_STEP_MAX_S",
    "WS_PER_WH",
    "DetectorState",
    "Field",
    "Lanes",
    "Past",
]

PARTS: Final = 8
"""Parts of the day of three hours [UTC]: what is usual in the evening is not at night."""

FORMAT: Final = 1
"""Version of the snapshot; it changes with the fields."""

WS_PER_WH: Final = 3600

ENERGY_STEP_MAX_WH: Final = 2**38
TIME_STEP_MAX_S: Final = 2**24
"""Products with seconds and watts stay far inside 64 bits; beyond is no home. [Wh], [s]"""

CAPACITY_MIN: Final = 64
METER_SIZE_MAX: Final = 1024
"""A million meters take less than a gigabyte. [B]"""


class Field(enum.IntEnum):
    """What is kept once per meter. Times in seconds, energy in Wh, power in W unless said."""

    TIME = 0  # latest reading looked at; 0 = none yet
    IMPORT = enum.auto()
    FAST_TIME = enum.auto()  # where the current window of a minute began
    FAST_IMPORT = enum.auto()
    SLOW_TIME = enum.auto()  # where the current window of a quarter of an hour began
    SLOW_IMPORT = enum.auto()
    DAY = enum.auto()  # day of the latest reading, since 1970
    DAYS = enum.auto()  # days known in full
    LIVE_DAYS = enum.auto()  # of these, days with windows of a minute
    PART = enum.auto()  # part of the day for which the next seven hold; -1 = compute them
    USUAL = enum.auto()
    USUAL_FAST = enum.auto()
    QUICK_BAR = enum.auto()  # power above which excess counts at once…
    QUICK_LIMIT = enum.auto()  # …and how much of it opens an episode [W·s]
    LASTING_BAR = enum.auto()  # a lower bar, for the mean of a quarter of an hour
    SEEN_FAST = enum.auto()  # highest window of today and this part
    SEEN_SLOW = enum.auto()
    QUICK = enum.auto()  # excess above the quick bar so far [W·s]
    LATEST_SLOW = enum.auto()  # latest window of a quarter of an hour
    ONSET_TIME = enum.auto()  # latest calm reading
    ONSET_IMPORT = enum.auto()
    HELD_FAST = enum.auto()  # highest windows since the onset: not yet known to be usual
    HELD_SLOW = enum.auto()
    IS_OPEN = enum.auto()
    SINCE = enum.auto()  # when the episode began
    OPENED_USUAL = enum.auto()
    POWER = enum.auto()  # highest in the episode
    SAID_POWER = enum.auto()  # highest in the latest signal
    EXCESS = enum.auto()  # [W·s]
    NEXT_EXCESS = enum.auto()  # excess that is worth an update [W·s]
    BUSY_TIME = enum.auto()  # latest reading that was not back to usual
    EPISODE_FAST = enum.auto()  # highest episode of today
    EPISODE_SLOW = enum.auto()


class Past(enum.IntEnum):
    """What is kept for each part of the day: mean power of fast and slow windows. [W]."""

    TODAY_FAST = 0  # highest window without episodes
    TODAY_SLOW = enum.auto()
    WHOLE_FAST = enum.auto()  # highest window with them
    WHOLE_SLOW = enum.auto()
    CLEAN_FAST = enum.auto()  # highest of past days without episodes, fading
    CLEAN_SLOW = enum.auto()
    FIRST_FAST = enum.auto()  # highest of past days with them, fading
    FIRST_SLOW = enum.auto()
    SECOND_FAST = enum.auto()  # highest of another day than that
    SECOND_SLOW = enum.auto()


assert (len(Field) + len(Past) * PARTS) * 8 <= METER_SIZE_MAX


@dataclass(frozen=True, slots=True)
class Lanes:
    """The meters of a batch, side by side.

    Parameters
    ----------
    fields : ndarray of int64, shape (len(Field), n)
        One lane per meter; changed in place.
    past : ndarray of int64, shape (len(Past), PARTS, capacity)
        Of all meters; changed in place.
    meters : ndarray of int32, shape (n,)
        Dense meter number of each lane.
    """

    fields: NDArray[np.int64]
    past: NDArray[np.int64]
    meters: NDArray[np.int32]

    def first(self, count: int) -> Lanes:
        """Return the first lanes, as views."""
        return Lanes(self.fields[:, :count], self.past, self.meters[:count])


@dataclass(frozen=True, slots=True)
class DetectorState:
    """Memory of a detector for all meters.

    Parameters
    ----------
    fields : ndarray of int64, shape (len(Field), capacity)
        By dense meter number.
    past : ndarray of int64, shape (len(Past), PARTS, capacity)
        By dense meter number. [W]
    """

    fields: NDArray[np.int64]
    past: NDArray[np.int64]

    @classmethod
    def empty(cls, capacity: int = CAPACITY_MIN) -> DetectorState:
        """Know nothing about any meter.

        Parameters
        ----------
        capacity : int
            Meters to make room for; it grows by itself. [1]
        """
        capacity = max(capacity, CAPACITY_MIN)
        return cls(
            np.zeros((len(Field), capacity), np.int64),
            np.zeros((len(Past), PARTS, capacity), np.int64),
        )

    def grown(self, meter_max: int) -> DetectorState:
        """Return a state with room for a meter number; itself if there is room."""
        capacity = self.fields.shape[-1]
        if meter_max < capacity:
            return self
        larger = DetectorState.empty(max(meter_max + 1, 2 * capacity))
        larger.fields[:, :capacity] = self.fields
        larger.past[:, :, :capacity] = self.past
        return larger

    def to_arrays(self) -> dict[str, NDArray[np.int64]]:
        """Give all there is to keep, by name, for ``numpy.savez``."""
        return {"format": np.array([FORMAT]), "fields": self.fields, "past": self.past}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.int64]]) -> DetectorState:
        """Take back what `to_arrays` gave.

        Raises
        ------
        ValueError
            If another version of the detector wrote it: the caller begins anew.
        """
        found = int(arrays["format"][0])
        fields, past = arrays["fields"], arrays["past"]
        known = FORMAT, len(Field), (len(Past), PARTS), fields.shape[-1]
        if (found, fields.shape[0], past.shape[:2], past.shape[-1]) != known:
            raise ValueError(f"detector snapshot of format {found}, this one reads {FORMAT}")
        return cls(np.array(fields, np.int64), np.array(past, np.int64))
