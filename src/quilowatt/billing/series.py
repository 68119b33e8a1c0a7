"""Prices that change from interval to interval: a level for each stretch of time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

__all__ = ["PriceSeries"]


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """Prices before tax by stretch of time.

    Parameters
    ----------
    starts_s : tuple of int
        Rising starts of the stretches. [s since 1970-01-01 UTC]
    end_s : int
        End of the last one. [s since 1970-01-01 UTC]
    prices : tuple of Decimal
        One for each stretch. [currency/kWh]
    """

    starts_s: tuple[int, ...]
    end_s: int
    prices: tuple[Decimal, ...]

    def cuts_s(self, start_s: int, end_s: int) -> set[int]:
        """Instants within a period at which the price may change, or ends."""
        return {s for s in (*self.starts_s, self.end_s) if start_s < s < end_s}

    def prices_at(self, times_s: Iterable[int], name: str) -> list[Decimal]:
        """Return the price at each instant [currency/kWh].

        Raises
        ------
        BillingError
            If the series has no price there.
        """
        found = []
        for time_s in times_s:
            if not self.starts_s or not self.starts_s[0] <= time_s < self.end_s:
                raise BillingError(
                    f"series {name} has no price at {time_s} s",
                    f"a série {name} não tem preço em {time_s} s",
                )
            found.append(self.prices[bisect_right(self.starts_s, time_s) - 1])
        return found
