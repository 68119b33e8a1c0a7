"""What the last cycles of a usage point would have cost under other tariffs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.billing import Text, rate
from quilowatt.billing.cycles import next_month_of
from quilowatt.errors import BillingError
from quilowatt.jobs.bill_difference import profile_usage
from quilowatt.jobs.cycle_bills import month_bills
from quilowatt.jobs.invoice_again import cycle_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from quilowatt.billing import Tariff, Usage
    from quilowatt.jobs.cycle_bills import BillSources, CycleBill
    from quilowatt.store import Client, ReadingStore

__all__ = ["CYCLES", "ComparedCycle", "Price", "what_if"]

CYCLES: Final = 12
"""A year: what is cheap in summer may not be so in winter."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a cycle costs under a tariff.

    Parameters
    ----------
    total : Decimal or None
        None where the tariff can't price it. [currency]
    currency : str
        ISO 4217 code.
    note : Text
        Why it can't; else empty.
    """

    total: Decimal | None
    currency: str
    note: Text


@dataclass(frozen=True, slots=True)
class ComparedCycle:
    """An ended cycle under several tariffs.

    Parameters
    ----------
    bill : CycleBill
        As it is billed.
    prices : tuple of Price
        In the order of the tariffs.
    """

    bill: CycleBill
    prices: tuple[Price, ...]


def what_if(
    sources: BillSources, readings: ReadingStore, client: Client, tariffs: Sequence[Tariff]
) -> list[ComparedCycle]:
    """Price the ended cycles of a year under other tariffs, oldest first.

    Parameters
    ----------
    sources : BillSources
        Whom to ask.
    readings : ReadingStore
        The readings that count.
    client : Client
        The usage point.
    tariffs : sequence of Tariff
        Each prices the same energies, with the same facts about the usage point; credits of a
        bank stay those of the cycle as it was billed.

    Returns
    -------
    list of ComparedCycle
        Of at most `CYCLES` cycles; those without readings are left out.
    """
    found = [_compared(readings, bill, tariffs) for bill in _ended(sources, client)]
    return found[::-1]


def _ended(sources: BillSources, client: Client) -> Iterator[CycleBill]:
    """Yield the ended cycles of which anything is known, the newest first."""
    (running,) = month_bills(sources, [client], None)
    month = running.month
    for _ in range(CYCLES):
        month = next_month_of(month, -1)
        (bill,) = month_bills(sources, [client], month)
        if bill.energy_wh is not None:
            yield bill


def _compared(readings: ReadingStore, bill: CycleBill, tariffs: Sequence[Tariff]) -> ComparedCycle:
    usage = profile_usage(cycle_again(readings, bill).profile)
    return ComparedCycle(bill, tuple(_price(tariff, usage, bill) for tariff in tariffs))


def _price(tariff: Tariff, usage: Usage, bill: CycleBill) -> Price:
    try:
        priced = rate(tariff, usage, bill.zone, bill.place.point)
    except BillingError as error:
        return Price(None, tariff.currency, Text(error.pt, error.en))
    if bill.bill is not None and priced.currency != bill.bill.currency:
        note = Text(
            f"é em {priced.currency}, não em {bill.bill.currency}: não se comparam",
            f"it is in {priced.currency}, not in {bill.bill.currency}: they can't be compared",
        )
        return Price(None, priced.currency, note)
    return Price(priced.total, priced.currency, Text("", ""))
