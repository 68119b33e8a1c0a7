"""Forecasts that were made and what came of them, as facts: the track record of each meter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

__all__ = ["CycleOutcome", "ForecastBook", "KeptForecast"]


@dataclass(frozen=True, slots=True)
class KeptForecast:
    """What was said of a cycle on one day.

    Parameters
    ----------
    usage_point_id, meter_number : int
        Where, and by which meter.
    month : str
        ``YYYY-MM``: in which the cycle begins.
    cycle_start_s, cycle_end_s : int
        The cycle. [s since 1970-01-01 UTC]
    day : str
        Local date on which it was made, ``YYYY-MM-DD``; there is one a day.
    issued_s : int
        Until when the energy was known. [s since 1970-01-01 UTC]
    expected_wh, low_wh, high_wh : int
        Of the whole cycle. [Wh]
    expected, low, high : Decimal or None
        Of the bill; None where it could not be priced. [currency]
    currency : str or None
        ISO 4217 code.
    """

    usage_point_id: int
    meter_number: int
    month: str
    cycle_start_s: int
    cycle_end_s: int
    day: str
    issued_s: int
    expected_wh: int
    low_wh: int
    high_wh: int
    expected: Decimal | None
    low: Decimal | None
    high: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class CycleOutcome:
    """What a cycle came to.

    Parameters
    ----------
    usage_point_id : int
        Where.
    cycle_start_s : int
        Which cycle. [s since 1970-01-01 UTC]
    energy_wh : int
        What was taken. [Wh]
    total : Decimal or None
        What it cost; None where it can't be priced. [currency]
    at_s : int
        When it was looked at. [s since 1970-01-01 UTC]
    """

    usage_point_id: int
    cycle_start_s: int
    energy_wh: int
    total: Decimal | None
    at_s: int


class ForecastBook(Protocol):
    """Keeps forecasts; safe to call from any thread.

    Every method may raise `StoreFull`, `StoreBusy` or `StoreCorrupt`.
    """

    def note(self, made: Sequence[KeptForecast]) -> int:
        """Keep forecasts; those of a day that has one are left out. Return how many are new."""
        ...

    def noted_since(self, usage_point_ids: Iterable[int], day: str) -> set[int]:
        """Name the usage points that have a forecast of a day, ``YYYY-MM-DD``, or a later one."""
        ...

    def unsettled(self, *, ended_s: tuple[int, int], limit: int) -> list[tuple[int, str, int]]:
        """List cycles without outcome that ended in (after, until]: usage point, month and start.

        All times in seconds since 1970-01-01 UTC.
        """
        ...

    def settle(self, outcomes: Sequence[CycleOutcome]) -> None:
        """Keep what cycles came to; one that is known stays as it is."""
        ...

    def of(self, usage_point_id: int) -> list[tuple[KeptForecast, CycleOutcome | None]]:
        """List all forecasts of a usage point with what came, oldest first."""
        ...
