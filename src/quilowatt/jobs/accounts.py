"""Customers' accounts from the ledger's facts: what is open, paid, late, and comes next."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from quilowatt.billing.account import (
    LATE_CODES,
    REFUND,
    Account,
    Owed,
    Payment,
    Standing,
    account,
)
from quilowatt.billing.point import Item
from quilowatt.billing.regime import effective_due_date, late_charges
from quilowatt.billing.tariff import Text
from quilowatt.core.calendar import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from quilowatt.billing import TariffBook
    from quilowatt.billing.regime import Regime
    from quilowatt.billing.tariff import Rounding
    from quilowatt.jobs.billed_places import BilledPlace
    from quilowatt.store import IssuedInvoice, KeptPayment, Ledger

__all__ = ["accounts_of", "next_items", "standings_of", "with_items"]

ITEM_NAMES: Final = {
    "late_fine": Text("Multa por atraso", "Fine for late payment"),
    "late_interest": Text("Juros por atraso", "Interest for late payment"),
    "late_index": Text("Correção por atraso", "Indexation for late payment"),
    REFUND: Text("Devolução de pagamento a maior", "Refund of what was paid too much"),
}
SETTLED: Final = (*LATE_CODES, REFUND)


def accounts_of(
    ledger: Ledger, tariffs: TariffBook, customer_ids: Iterable[int], now_s: int
) -> dict[int, Account]:
    """Settle the accounts of some customers.

    Parameters
    ----------
    ledger : Ledger
        Invoices and payments: two questions in all, and one document for each late payment.
    tariffs : TariffBook
        Their regimes say what late payment costs.
    customer_ids : iterable of int
        Whose.
    now_s : int
        Now. [s since 1970-01-01 UTC]
    """
    wanted = list(customer_ids)
    issued = ledger.payments.invoices_of_customers(wanted)
    received = ledger.payments.of_customers(wanted)
    ids = [invoice.id for invoices in issued.values() for invoice in invoices]
    settled = ledger.payments.line_amounts(ids, SETTLED)
    found = {}
    for customer in wanted:
        teller = _Teller(ledger, tariffs, issued.get(customer, []), settled)
        found[customer] = teller.account(received.get(customer, []), now_s)
    return found


def next_items(settled: Account) -> tuple[Item, ...]:
    """Say what the next invoice bills and gives back, besides energy."""
    amounts = dict(settled.late)
    if settled.surplus > 0:
        amounts[REFUND] = -settled.surplus
    return tuple(Item(code, ITEM_NAMES[code], amounts[code]) for code in SETTLED if code in amounts)


def with_items(
    ledger: Ledger, tariffs: TariffBook, places: Sequence[BilledPlace], now_s: int
) -> list[BilledPlace]:
    """Give each customer's next invoice what the account says of late and double payments.

    Of a customer with several usage points the first one in the registry gets it, once.
    """
    first = ledger.payments.places_with_account({p.client.customer_id for p in places})
    settled = accounts_of(ledger, tariffs, first, now_s)
    result = []
    for place in places:
        customer, point = place.client.customer_id, place.point
        is_first = first.get(customer) == place.client.usage_point_id
        items = next_items(settled[customer]) if is_first else ()
        result.append(replace(place, point=replace(point, items=point.items + items)))
    return result


def standings_of(
    ledger: Ledger, tariffs: TariffBook, invoices: Iterable[IssuedInvoice], now_s: int
) -> dict[str, Standing]:
    """Say how invoices stand in the accounts of their customers, by number."""
    customers = {invoice.customer_id for invoice in invoices}
    settled = accounts_of(ledger, tariffs, customers, now_s)
    return {each.number: each for found in settled.values() for each in found.standings}


class _Teller:
    """Knows the invoices of one customer."""

    def __init__(
        self,
        ledger: Ledger,
        tariffs: TariffBook,
        invoices: list[IssuedInvoice],
        settled: Mapping[int, Mapping[str, Decimal]],
    ) -> None:
        self._settled = settled
        self._ledger = ledger
        self._tariffs = tariffs
        self._invoices = {invoice.number: invoice for invoice in invoices}
        self._by_id = {invoice.id: invoice.number for invoice in invoices}

    def account(self, received: list[KeptPayment], now_s: int) -> Account:
        """Settle it."""
        owed = [self._owed(invoice) for invoice in self._invoices.values()]
        zone = next((i.timezone for i in self._invoices.values()), "UTC")
        payments = [
            Payment(each.id, each.received, each.amount, each.invoice_number or "")
            for each in received
        ]
        return account(owed, payments, local_date(now_s, ZoneInfo(zone)), self._late)

    def _owed(self, invoice: IssuedInvoice) -> Owed:
        regime, _ = self._regime(invoice)
        return Owed(
            number=invoice.number,
            kind=invoice.kind,
            replaces=self._by_id.get(invoice.replaces_id or 0, ""),
            issued=local_date(invoice.issued_at_s, ZoneInfo(invoice.timezone)),
            due=effective_due_date(regime, invoice.due),
            amount=invoice.total,
            items=self._settled.get(invoice.id, {}),
        )

    def _regime(self, invoice: IssuedInvoice) -> tuple[Regime, Rounding]:
        tariff = self._tariffs.find(invoice.tariff_code)
        return tariff.regime, tariff.rounding

    def _late(self, owed: Owed, amount: Decimal, day: date) -> Mapping[str, Decimal]:
        """Charge a part of an invoice that was paid on a day."""
        invoice = self._invoices[owed.number]
        regime, rounding = self._regime(invoice)
        if day <= owed.due or owed.amount <= 0:
            return {}
        excluded = self._excluded(invoice, regime)
        share = amount * (owed.amount - excluded) / owed.amount
        cost = late_charges(regime, share, (invoice.due, day), rounding)
        found = dict(zip(LATE_CODES, (cost.fine, cost.interest, cost.indexation), strict=True))
        return {code: cents for code, cents in found.items() if cents}

    def _excluded(self, invoice: IssuedInvoice, regime: Regime) -> Decimal:
        """Lines on which late payment costs nothing [currency]."""
        document = json.loads(self._ledger.invoices.documents_of([invoice.id])[invoice.id])
        return sum(
            (
                Decimal(line["amount"])
                for line in document["bill"]["lines"]
                if line["code"].partition(".")[0] in regime.late_without | set(LATE_CODES)
            ),
            Decimal(0),
        )
