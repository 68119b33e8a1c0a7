"""What the detectors remember of each meter: integers, at most 1 KiB of them.

What every reading needs (`Field`, `Standing`) is kept apart from what is known by part of the day
(`Past`) and of the last weeks (`Ring`), so that a batch touches little memory. All are arrays by
meter number: a snapshot is four arrays.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert.columns import put_columns, take_columns
from quilowatt.alert.facts import UNKNOWN, MeterFacts
from quilowatt.alert.rings import CODE_UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from quilowatt.core.batch import ReadingBatch

__all__ = [
    "ENERGY_STEP_MAX_WH",
    "PARTS",
    "PART_S",
    "TIME_STEP_MAX_S",
    "WS_PER_WH",
    "DetectorState",
    "Field",
    "Lanes",
    "Past",
    "Ring",
    "Standing",
]

PARTS: Final = 8
"""Parts of the day of three hours [UTC]: what is usual in the evening is not at night."""

PART_S: Final = 86_400 // PARTS

FORMAT: Final = 2
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


class Standing(enum.IntEnum):
    """What is kept once per meter of its parts of the day, and of what lasts."""

    PART_NO = 0  # part of the local day that goes on, since 1970
    PART_WH = enum.auto()  # register at its beginning; −1 = not known [Wh]
    LOWEST_W = enum.auto()  # lowest quarter of an hour of this night so far; −1 = none yet
    MOVED_TIME = enum.auto()  # latest reading that showed a higher register
    STILL_MAX = enum.auto()  # longest time without one that is usual, fading [s]
    RUN_TIME = enum.auto()  # where the run of equal windows began…
    RUN_S = enum.auto()  # …how long each is, and its energy [Wh]
    RUN_WH = enum.auto()
    RUN_MAX = enum.auto()  # longest such run that is usual, fading [s]
    LEVEL_SINCE = enum.auto()  # when the level shifted; 0 = it did not
    LEVEL_KIND = enum.auto()  # index in `level.KINDS`
    LEVEL_USUAL = enum.auto()  # energy of a day before [Wh]
    LEVEL_EXCESS = enum.auto()  # energy above it so far [Wh]
    NIGHT_SINCE = enum.auto()
    NIGHT_USUAL = enum.auto()  # lowest power of a usual night [W]
    STUCK_SINCE = enum.auto()
    FLAT_SINCE = enum.auto()
    CAPACITY_SINCE = enum.auto()
    VACANT_SINCE = enum.auto()
    EXPORT_SINCE = enum.auto()
    EXPORT_WH = enum.auto()  # export register up to which all is well; −1 = it feeds in [Wh]


class Ring:
    """Rows of what is kept in codes of `rings`, the newest first in each."""

    PARTS = slice(0, 24)
    """Energy of the parts of three days."""

    DAYS = slice(24, 52)
    """Energy of four weeks' days."""

    NIGHTS = slice(52, 80)
    """Lowest power of four weeks' nights."""

    HIGHS = slice(80, 94)
    """Highest energy of three days, a third of it, that ended in each block of three days…"""

    LOWS = slice(94, 108)
    """…and the lowest."""

    TYPICAL = slice(108, 116)
    """Energy of each part of the day, slowly followed."""

    MEDIAN = 116
    """Of `DAYS`; this and the next are known once a day."""

    HIGH = 117
    """What counts of `HIGHS` now…"""

    LOW = 118
    """…and of `LOWS`."""

    NIGHT_IS_LOW = 119
    """1 where the last nights lie below all others."""

    TOLD = 120
    """Highest three days of the latest lasting increases, fading: who was told once is not told
    again of the same."""

    SIZE = 121


assert (len(Field) + len(Standing)) * 8 + len(Past) * PARTS * 4 + Ring.SIZE * 2 <= METER_SIZE_MAX, (
    "with the 28 bytes of `silence` and `clock`, too"
)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The meters of a batch, side by side.

    Parameters
    ----------
    fields : ndarray of int64, shape (len(Field), n)
        One lane per meter; changed in place.
    standing : ndarray of int64, shape (len(Standing), n)
        One lane per meter; changed in place.
    past : ndarray of int32, shape (len(Past), PARTS, capacity)
        Of all meters; changed in place.
    rings : ndarray of int16, shape (Ring.SIZE, capacity)
        Of all meters; changed in place.
    meters : ndarray of int32, shape (n,)
        Dense meter number of each lane.
    facts : MeterFacts
        Of each lane.
    """

    fields: NDArray[np.int64]
    standing: NDArray[np.int64]
    past: NDArray[np.int32]
    rings: NDArray[np.int16]
    meters: NDArray[np.int32]
    facts: MeterFacts

    def first(self, count: int) -> Lanes:
        """Return the first lanes, as views."""
        return Lanes(
            self.fields[:, :count],
            self.standing[:, :count],
            self.past,
            self.rings,
            self.meters[:count],
            self.facts.first(count),
        )


@dataclass(frozen=True, slots=True)
class DetectorState:
    """Memory of the detectors for all meters.

    Parameters
    ----------
    fields : ndarray of int64, shape (len(Field), capacity)
        By dense meter number.
    past : ndarray of int32, shape (len(Past), PARTS, capacity)
        By dense meter number. [W]
    standing : ndarray of int64, shape (len(Standing), capacity)
        By dense meter number.
    rings : ndarray of int16, shape (Ring.SIZE, capacity)
        By dense meter number; see `rings`.
    """

    fields: NDArray[np.int64]
    past: NDArray[np.int32]
    standing: NDArray[np.int64]
    rings: NDArray[np.int16]

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
            np.zeros((len(Past), PARTS, capacity), np.int32),
            np.zeros((len(Standing), capacity), np.int64),
            np.full((Ring.SIZE, capacity), CODE_UNKNOWN, np.int16),
        )

    @property
    def size_bytes(self) -> int:
        """Memory that each meter takes. [B]"""
        arrays = (self.fields, self.past, self.standing, self.rings)
        return int(sum(array.nbytes for array in arrays)) // int(self.fields.shape[-1])

    def lanes(self, meters: NDArray[np.int32], facts: MeterFacts = UNKNOWN) -> Lanes:
        """Bring some meters side by side; `put` takes them back."""
        return Lanes(
            take_columns(self.fields, meters),
            take_columns(self.standing, meters),
            self.past,
            self.rings,
            meters,
            facts.of(meters),
        )

    def put(self, lanes: Lanes) -> None:
        """Take lanes back."""
        put_columns(self.fields, lanes.meters, lanes.fields)
        put_columns(self.standing, lanes.meters, lanes.standing)

    def grown(self, meter_max: int) -> DetectorState:
        """Return a state with room for a meter number; itself if there is room."""
        capacity = self.fields.shape[-1]
        if meter_max < capacity:
            return self
        larger = DetectorState.empty(max(meter_max + 1, 2 * capacity))
        larger.fields[:, :capacity] = self.fields
        larger.past[:, :, :capacity] = self.past
        larger.standing[:, :capacity] = self.standing
        larger.rings[:, :capacity] = self.rings
        return larger

    def is_late(self, batch: ReadingBatch) -> NDArray[np.bool_]:
        """Say which readings are not later than the latest one that was seen of their meter."""
        known_s = np.append(self.fields[Field.TIME], 0)
        is_late: NDArray[np.bool_] = (
            batch.time_s <= known_s[np.minimum(batch.meter, known_s.size - 1)]
        )
        return is_late

    def of(self, meters: NDArray[np.intp]) -> DetectorState:
        """Take some meters out, in this order."""
        return DetectorState(
            self.fields[:, meters],
            self.past[:, :, meters],
            self.standing[:, meters],
            self.rings[:, meters],
        )

    def adopt(self, meters: NDArray[np.int32], other: DetectorState) -> None:
        """Know of some meters what another state knows of its first ones, in this order."""
        count = meters.size
        self.fields[:, meters] = other.fields[:, :count]
        self.past[:, :, meters] = other.past[:, :, :count]
        self.standing[:, meters] = other.standing[:, :count]
        self.rings[:, meters] = other.rings[:, :count]

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Give all there is to keep, by name, for ``numpy.savez``."""
        return {
            "format": np.array([FORMAT]),
            "fields": self.fields,
            "past": self.past,
            "standing": self.standing,
            "rings": self.rings,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> DetectorState:
        """Take back what `to_arrays` gave.

        Raises
        ------
        ValueError
            If another version of the detectors wrote it: the caller begins anew.
        """
        found = int(arrays["format"][0])
        if found != FORMAT:
            raise ValueError(f"detector snapshot of format {found}, this one reads {FORMAT}")
        state = cls(
            np.array(arrays["fields"], np.int64),
            np.array(arrays["past"], np.int32),
            np.array(arrays["standing"], np.int64),
            np.array(arrays["rings"], np.int16),
        )
        capacity = state.fields.shape[-1]
        shapes = [array.shape for array in (state.fields, state.past, state.standing, state.rings)]
        rows = [(len(Field),), (len(Past), PARTS), (len(Standing),), (Ring.SIZE,)]
        if shapes != [(*row, capacity) for row in rows]:
            raise ValueError(f"detector snapshot of format {found} with arrays of {shapes}")
        return state
