"""The account of one customer: what was billed, what was paid, what is open, what comes next.

A pure function of facts. Invoices and credit notes are owed, payments are received; a payment goes
to the invoice that it names, or to the oldest one that is open. What is too much waits for the next
invoice, and so does what a late payment costs. Nothing is stored that these facts already say.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

__all__ = [
    "LATE_CODES",
    "REFUND",
    "Account",
    "Allocation",
    "Entry",
    "Owed",
    "Payment",
    "Standing",
    "account",
]

REFUND: Final = "refund"
"""Code of the item by which the next invoice gives back what was paid too much."""

LATE_CODES: Final = ("late_fine", "late_interest", "late_index")
"""Codes of the items by which the next invoice bills late payment."""

State = Literal["open", "overdue", "paid", "replaced", "credited"]

NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice or credit note, as far as the account needs it.

    Parameters
    ----------
    number : str
        Its name.
    kind : str
        ``"invoice"`` or ``"credit_note"``.
    replaces : str
        The invoice that it replaces or takes back; else empty.
    issued, due : date
        Local dates; `due` is the last day on which a payment is in time.
    amount : Decimal
        Total, of a credit note that of the invoice taken back. [currency]
    items : mapping of str to Decimal
        Amounts of its items by code: late charges and refunds that it settles. [currency]
    """

    number: str
    kind: str
    replaces: str
    issued: date
    due: date
    amount: Decimal
    items: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in.

    Parameters
    ----------
    id : int
        Rising.
    received : date
        On which day.
    amount : Decimal
        Positive; a payment that was taken back is a negative one. [currency]
    number : str
        The invoice that it names; empty for none.
    """

    id: int
    received: date
    amount: Decimal
    number: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a payment that settles a part of an invoice.

    Parameters
    ----------
    payment : int
        Id of the payment.
    number : str
        The invoice.
    received : date
        When.
    amount : Decimal
        How much of it. [currency]
    """

    payment: int
    number: str
    received: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """How one invoice stands.

    Parameters
    ----------
    number : str
        Which.
    state : str
        ``open``, ``overdue``, ``paid``, ``replaced`` (by another invoice) or ``credited``.
    paid, left : Decimal
        What was paid of it, and what is still to pay. [currency]
    """

    number: str
    state: State
    paid: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the statement.

    Parameters
    ----------
    day : date
        When.
    kind : str
        ``invoice``, ``credit_note``, ``payment``, or ``refund`` (an invoice spends what was paid
        too much).
    reference : str
        Number of the invoice, or id of the payment.
    amount : Decimal
        What it adds to the debt. [currency]
    balance : Decimal
        The debt after it; negative when the customer has a credit. [currency]
    """

    day: date
    kind: str
    reference: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """Where a customer stands.

    Parameters
    ----------
    entries : tuple of Entry
        By day; of one day invoices first.
    standings : tuple of Standing
        Of each invoice, by issue.
    allocations : tuple of Allocation
        What settled what.
    balance : Decimal
        The debt today; negative for a credit. [currency]
    surplus : Decimal
        What was paid too much and is not given back yet. [currency]
    late : mapping of str to Decimal
        What late payment costs and is not billed yet, by code. [currency]
    """

    entries: tuple[Entry, ...]
    standings: tuple[Standing, ...]
    allocations: tuple[Allocation, ...]
    balance: Decimal
    surplus: Decimal
    late: Mapping[str, Decimal]


def account(
    owed: Sequence[Owed],
    payments: Sequence[Payment],
    today: date,
    late: Callable[[Owed, Decimal, date], Mapping[str, Decimal]],
) -> Account:
    """Settle a customer's invoices.

    Parameters
    ----------
    owed : sequence of Owed
        Everything issued to the customer, by issue.
    payments : sequence of Payment
        Everything received, in any order; those after `today` don't count yet.
    today : date
        Whose state it is.
    late : callable
        Given an invoice, the part of it that was paid late [currency] and the day, says what that
        costs, by code.

    Returns
    -------
    Account
        ``balance`` is the sum of the entries, whatever was allocated to what.
    """
    received = sorted(
        (p for p in payments if p.received <= today), key=lambda p: (p.received, p.id)
    )
    ended = {o.replaces: o.kind for o in sorted(owed, key=_replacements_last) if o.replaces}
    payable = [o for o in owed if o.kind == "invoice" and o.number not in ended]
    book = _Settlement(payable)
    replacements = {o.replaces: o.number for o in owed if o.kind == "invoice" and o.replaces}
    for payment in received:
        book.take(replace(payment, number=_newest(payment.number, replacements)))
    book.spend(today)
    entries = _entries(owed, received, ended)
    return Account(
        entries=entries,
        standings=tuple(_standing(o, book, ended, today) for o in owed if o.kind == "invoice"),
        allocations=tuple(book.allocations),
        balance=entries[-1].balance if entries else NOTHING,
        surplus=book.surplus() + _given_back(payable),
        late=_late_left(book.allocations, payable, late),
    )


class _Settlement:
    """Gives payments to invoices, one after the other."""

    def __init__(self, payable: Sequence[Owed]) -> None:
        self._payable = payable
        self.paid = {o.number: NOTHING for o in payable}
        self.allocations: list[Allocation] = []
        self._unspent: list[tuple[Payment, Decimal]] = []

    def take(self, payment: Payment) -> None:
        """Give a payment to the invoice that it names, then to the oldest, then keep the rest."""
        if payment.amount < 0:
            self._take_back(payment)
            return
        named = [o for o in self._payable if o.number == payment.number]
        left = self._give(payment, payment.amount, named)
        if left:
            self._unspent.append((payment, left))
        self.spend(payment.received)

    def surplus(self) -> Decimal:
        """Return what no invoice needed [currency]."""
        return sum((left for _, left in self._unspent), NOTHING)

    def spend(self, day: date) -> None:
        """Give what is left of payments that name no payable invoice to what is open on a day."""
        kept = []
        for payment, left in self._unspent:
            is_free = payment.number not in self.paid
            known = [o for o in self._payable if o.issued <= day]
            rest = self._give(payment, left, known) if is_free else left
            if rest:
                kept.append((payment, rest))
        self._unspent = kept

    def _give(self, payment: Payment, amount: Decimal, invoices: Sequence[Owed]) -> Decimal:
        for each in invoices:
            part = min(amount, each.amount - self.paid[each.number])
            if part <= 0:
                continue
            self.paid[each.number] += part
            amount -= part
            self.allocations.append(Allocation(payment.id, each.number, payment.received, part))
        return amount

    def _take_back(self, payment: Payment) -> None:
        """Take a payment back: from what is unspent first, then from the invoice it had paid."""
        missing = -payment.amount
        kept = []
        for other, left in self._unspent:
            part = min(missing, left) if other.number == payment.number else NOTHING
            missing -= part
            if left > part:
                kept.append((other, left - part))
        self._unspent = kept
        if missing and payment.number in self.paid:
            self.paid[payment.number] -= missing
            self.allocations.append(
                Allocation(payment.id, payment.number, payment.received, -missing)
            )


def _replacements_last(owed: Owed) -> bool:
    """Sort so that what was credited and replaced counts as replaced."""
    return owed.kind == "invoice"


def _newest(number: str, replacements: Mapping[str, str]) -> str:
    """Follow an invoice to the one that stands in its place now."""
    while number in replacements:
        number = replacements[number]
    return number


def _standing(owed: Owed, book: _Settlement, ended: Mapping[str, str], today: date) -> Standing:
    if owed.number in ended:
        state: State = "credited" if ended[owed.number] == "credit_note" else "replaced"
        return Standing(owed.number, state, NOTHING, NOTHING)
    paid = book.paid[owed.number]
    left = max(owed.amount - paid, NOTHING)
    if not left:
        return Standing(owed.number, "paid", paid, left)
    return Standing(owed.number, "overdue" if today > owed.due else "open", paid, left)


def _entries(
    owed: Sequence[Owed], received: Sequence[Payment], ended: Mapping[str, str]
) -> tuple[Entry, ...]:
    """List everything by day; a replacement takes back what it replaces, if no note did so."""
    rows: list[tuple[date, int, str, str, Decimal]] = []
    by_number = {each.number: each for each in owed}
    credited = {each.replaces for each in owed if each.kind == "credit_note"}
    for each in owed:
        taken = by_number.get(each.replaces) if each.replaces not in credited else None
        back = taken.amount if taken is not None else NOTHING
        if each.kind == "credit_note":
            rows.append((each.issued, 0, each.kind, each.number, -each.amount))
        else:
            rows.append((each.issued, 0, each.kind, each.number, each.amount - back))
            refund = each.items.get(REFUND, NOTHING)
            if refund and each.number not in ended:
                # What the invoice gives back was paid in before: it is spent by that.
                rows.append((each.issued, 0, "refund", each.number, -refund))
    rows += [(p.received, 1, "payment", str(p.id), -p.amount) for p in received]
    rows.sort(key=lambda row: row[:2])
    entries, balance = [], NOTHING
    for day, _, kind, reference, amount in rows:
        balance += amount
        entries.append(Entry(day, kind, reference, amount, balance))
    return tuple(entries)


def _given_back(payable: Sequence[Owed]) -> Decimal:
    """Sum up what invoices gave back already, less what they owe the customer [currency]."""
    refunded = _billed(payable, (REFUND,))[REFUND]
    return refunded + sum((-o.amount for o in payable if o.amount < 0), NOTHING)


def _billed(owed: Sequence[Owed], codes: Sequence[str]) -> dict[str, Decimal]:
    """Sum up items that later invoices settled already, by code [currency]."""
    return {code: sum((o.items.get(code, NOTHING) for o in owed), NOTHING) for code in codes}


def _late_left(
    allocations: Sequence[Allocation],
    payable: Sequence[Owed],
    late: Callable[[Owed, Decimal, date], Mapping[str, Decimal]],
) -> dict[str, Decimal]:
    by_number = {o.number: o for o in payable}
    costs: dict[str, Decimal] = dict.fromkeys(LATE_CODES, NOTHING)
    for part in allocations:
        if part.amount > 0:
            found = late(by_number[part.number], part.amount, part.received)
            for code, amount in found.items():
                costs[code] = costs.get(code, NOTHING) + amount
    billed = _billed(payable, tuple(costs))
    left = {code: amount - billed[code] for code, amount in costs.items()}
    return {code: amount for code, amount in left.items() if amount}
