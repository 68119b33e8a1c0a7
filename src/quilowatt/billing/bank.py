"""The bank of energy given to the grid: what is taken off a cycle, what stays, what lapses."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from quilowatt.billing.point import Credit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from quilowatt.billing.charges import NetMetering

__all__ = ["Budget", "Settlement", "offset_limit_wh", "settle", "settle_by_period"]

WH_PER_KWH: Final = 1000
MONTHS_IN_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of the credits in a cycle.

    Parameters
    ----------
    offsets_wh : dict of str to int
        Taken off the energy used, by period; all under ``""`` where there are none. [Wh]
    credits : tuple of Credit
        What is left, oldest first.
    lapsed_wh : int
        Lost by age. [Wh]
    """

    offsets_wh: dict[str, int]
    credits: tuple[Credit, ...]
    lapsed_wh: int


@dataclass(slots=True)
class Budget:
    """How much more may be taken off a cycle with periods; it shrinks as energy is taken.

    Parameters
    ----------
    room : Fraction
        Value of all that may be taken off. [currency]
    worths : mapping of str to Fraction
        What a kilowatt-hour takes off, by period. [currency/kWh]
    needs_wh : dict of str to int
        Energy used and not compensated yet, by period. [Wh]
    """

    room: Fraction
    worths: Mapping[str, Fraction]
    needs_wh: dict[str, int]

    def take(self, period: str, offered_wh: int) -> int:
        """Take off as much of an offer as there is need and room for [Wh]."""
        worth = self.worths[period]
        taken_wh = min(offered_wh, self.needs_wh[period])
        if worth > 0:
            taken_wh = min(taken_wh, max(int(self.room * WH_PER_KWH / worth), 0))
        self.room -= worth * taken_wh / WH_PER_KWH
        self.needs_wh[period] -= taken_wh
        return taken_wh


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
    valid, lapsed_wh = _valid(bank, end, net)
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
            left.append(Credit(credit.born, credit.energy_wh - taken_wh, credit.period))
    return Settlement({"": wanted_wh}, tuple(left), lapsed_wh)


def settle_by_period(
    bank: Sequence[Credit],
    given_wh: Mapping[str, int],
    budget: Budget,
    end: date,
    net: NetMetering,
) -> Settlement:
    """Take energy off each period: its own first, then other periods' by their relation.

    Within both steps the oldest credits come first, and periods in the order of `net.exchange`.
    What a kilowatt-hour becomes in another period is rounded down, and what it takes of its
    source up, both to whole watt-hours: no energy comes from nowhere.

    Parameters
    ----------
    bank : sequence of Credit
        Before the cycle; a credit of no period counts as of `net.other`.
    given_wh : mapping of str to int
        Given to the grid in the cycle, by period. [Wh]
    budget : Budget
        Needs and room; used up.
    end : date
        Last day of the cycle plus one.
    net : NetMetering
        Relation of the periods, expiry.
    """
    valid, lapsed_wh = _valid(bank, end, net)
    stock = [_Lot(c.born, c.period if c.period in net.exchange else net.other, c.energy_wh)
             for c in valid]  # fmt: skip
    stock += [_Lot(end, period, given_wh.get(period, 0)) for period in net.exchange]
    offsets_wh = dict.fromkeys(net.exchange, 0)
    for lot, period in _pairs(stock, net):
        ratio = Fraction(net.exchange[lot.period]) / Fraction(net.exchange[period])
        taken_wh = budget.take(period, int(lot.energy_wh * ratio))
        lot.energy_wh += int(-taken_wh / ratio // 1)
        offsets_wh[period] += taken_wh
    left = tuple(Credit(lot.born, lot.energy_wh, lot.period) for lot in stock if lot.energy_wh)
    return Settlement(offsets_wh, left, lapsed_wh)


def offset_limit_wh(
    used_wh: Fraction | int, keep_wh: Fraction, value: Fraction | None, worth: Fraction
) -> int:
    """Return how much of the energy used may be compensated [Wh].

    Parameters
    ----------
    used_wh : Fraction or int
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
    return max(int(min(room, Fraction(used_wh))), 0) if room > 0 else 0


@dataclass(slots=True)
class _Lot:
    """Energy of one birthday and period while it is being used."""

    born: date
    period: str
    energy_wh: int


def _pairs(stock: Sequence[_Lot], net: NetMetering) -> Iterator[tuple[_Lot, str]]:
    """Each lot with its own period, oldest first; then each with all others."""
    for lot in stock:
        yield lot, lot.period
    for lot in stock:
        for period in net.exchange:
            if period != lot.period:
                yield lot, period


def _valid(bank: Sequence[Credit], end: date, net: NetMetering) -> tuple[list[Credit], int]:
    """Credits that still count, oldest first, and how much has lapsed [Wh]."""
    ordered = sorted(bank, key=lambda credit: credit.born)
    valid = [credit for credit in ordered if not _has_lapsed(credit, end, net.expiry_months)]
    lapsed_wh = sum(credit.energy_wh for credit in ordered) - sum(c.energy_wh for c in valid)
    return valid, lapsed_wh


def _has_lapsed(credit: Credit, end: date, months: int) -> bool:
    if not months:
        return False
    count = credit.born.year * MONTHS_IN_YEAR + credit.born.month - 1 + months
    year, month = divmod(count, MONTHS_IN_YEAR)
    return (year, month + 1, credit.born.day) < (end.year, end.month, end.day)
