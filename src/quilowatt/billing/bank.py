"""The bank of energy given to the grid: what is taken off a cycle, what stays, what lapses."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from quilowatt.billing.point import Credit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from quilowatt.billing.charges import NetMetering

__all__ = ["Settlement", "offset_limit_wh", "settle"]

WH_PER_KWH: Final = 1000
MONTHS_IN_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of the credits in a cycle.

    Parameters
    ----------
    offset_wh : int
        Taken off the energy used. [Wh]
    credits : tuple of Credit
        What is left, oldest first.
    lapsed_wh : int
        Lost by age. [Wh]
    """

    offset_wh: int
    credits: tuple[Credit, ...]
    lapsed_wh: int


def settle(
    bank: Sequence[Credit], given_wh: int, limit_wh: int, end: date, net: NetMetering
) -> Settlement:
    """Take energy off a cycle, oldest credits first, this cycle's last.

    Parameters
    ----------
    bank : sequence of Credit
        Before the cycle.
    given_wh : int
        Given to the grid in the cycle. [Wh]
    limit_wh : int
        No more than this may be taken off. [Wh]
    end : date
        Last day of the cycle plus one: the birthday of its own credit.
    net : NetMetering
        Expiry, and whether whole kilowatt-hours only are compensated.
    """
    bank = sorted(bank, key=lambda credit: credit.born)
    valid = [credit for credit in bank if not _has_lapsed(credit, end, net.expiry_months)]
    lapsed_wh = sum(credit.energy_wh for credit in bank) - sum(c.energy_wh for c in valid)
    valid.append(Credit(end, given_wh))
    wanted_wh = max(min(limit_wh, sum(credit.energy_wh for credit in valid)), 0)
    if net.is_whole:
        wanted_wh -= wanted_wh % WH_PER_KWH
    left: list[Credit] = []
    rest_wh = wanted_wh
    for credit in valid:
        taken_wh = min(rest_wh, credit.energy_wh)
        rest_wh -= taken_wh
        if credit.energy_wh > taken_wh:
            left.append(Credit(credit.born, credit.energy_wh - taken_wh))
    return Settlement(wanted_wh, tuple(left), lapsed_wh)


def offset_limit_wh(
    used_wh: int, keep_wh: Fraction, value: Fraction | None, worth: Fraction
) -> int:
    """Return how much of the energy used may be compensated [Wh].

    Parameters
    ----------
    used_wh : int
        Energy taken from the grid. [Wh]
    keep_wh : Fraction
        What must stay: as energy, or as money at `value`. [Wh]
    value, worth : Fraction or None, Fraction
        Price of energy used, and what a compensated kilowatt-hour takes off it. With both,
        ``(used − C) · value + C · (value − worth) ≥ keep · value``. [currency/kWh]

    Examples
    --------
    >>> offset_limit_wh(199_000, Fraction(50_000), Fraction(74906), Fraction(74906 - 3605))
    156533
    """
    room = Fraction(used_wh) - keep_wh
    if value is not None:
        room = room * value / worth if worth > 0 else Fraction(0)
    return max(min(int(room), used_wh), 0) if room > 0 else 0


def _has_lapsed(credit: Credit, end: date, months: int) -> bool:
    if not months:
        return False
    count = credit.born.year * MONTHS_IN_YEAR + credit.born.month - 1 + months
    year, month = divmod(count, MONTHS_IN_YEAR)
    return (year, month + 1, credit.born.day) < (end.year, end.month, end.day)
