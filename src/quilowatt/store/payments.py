"""The book of payments: money that came in, and whose it is.

A payment is kept once, under the name that its sender or bank gave it. Whose it is (which customer,
and maybe which invoice) is a fact of its own that a newer one may correct. Accounts are computed
from these by `billing.account`; nothing here adds up money.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

    from quilowatt.store.invoice_records import IssuedInvoice

__all__ = ["KeptPayment", "NewPayment", "PaymentBook", "PaymentMatch", "plain_reference"]

SIGNS: Final = re.compile(r"[^0-9A-Za-z]")


def plain_reference(text: str) -> str:
    """Write a reference as it is compared: letters and digits alone, in capitals.

    Examples
    --------
    >>> plain_reference("83640000001-1 33120138000-2")
    '836400000011331201380002'
    """
    return SIGNS.sub("", text).upper()


@dataclass(frozen=True, slots=True)
class NewPayment:
    """Money that came in.

    Parameters
    ----------
    external_id : str
        The name that the bank or the person gave it: the same name is the same payment.
    received : date
        Local date on which it came.
    amount : Decimal
        Negative for one that was taken back. [currency]
    currency : str
        ISO 4217 code.
    reference : str
        What it carries to say what it is for; may be empty.
    payer : str
        Who paid, as the bank says; may be empty.
    source : str
        A file's name, or ``"api"``.
    author : str
        Who recorded it.
    """

    external_id: str
    received: date
    amount: Decimal
    currency: str
    reference: str = ""
    payer: str = ""
    source: str = "api"
    author: str = "operator"


@dataclass(frozen=True, slots=True)
class PaymentMatch:
    """Whose a payment is.

    Parameters
    ----------
    payment_id : int
        Which payment.
    customer_id : int
        Who is credited.
    invoice_id : int or None
        The invoice that is meant; None leaves it to the account.
    author, reason : str
        Who decided, and why.
    """

    payment_id: int
    customer_id: int
    invoice_id: int | None
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeptPayment:
    """A payment as the ledger has it.

    Parameters
    ----------
    id : int
        Rising.
    external_id, received, amount, currency, reference, payer, source, author
        As of `NewPayment`.
    at_s : int
        When it was recorded. [s since 1970-01-01 UTC]
    customer_id, customer_uuid, invoice_number
        Whose it is, as decided last; None while nobody knows.
    """

    id: int
    external_id: str
    received: date
    amount: Decimal
    currency: str
    reference: str
    payer: str
    source: str
    author: str
    at_s: int
    customer_id: int | None
    customer_uuid: UUID | None
    invoice_number: str | None


class PaymentBook(Protocol):
    """Keeps payments, safe to call from any thread; errors as of `Ledger`."""

    def record(self, payments: Sequence[NewPayment], *, at_s: int) -> list[KeptPayment]:
        """Keep payments durably, and match each that names an invoice by a known reference.

        Parameters
        ----------
        payments : sequence of NewPayment
            Of which some may be known.
        at_s : int
            Now. [s since 1970-01-01 UTC]

        Returns
        -------
        list of KeptPayment
            Those that are new, in their order.
        """
        ...

    def known(self, external_ids: Iterable[str]) -> dict[str, KeptPayment]:
        """Find payments by the names that their senders gave them."""
        ...

    def match(self, match: PaymentMatch, *, at_s: int) -> KeptPayment | None:
        """Say whose a payment is; None where there is no such payment [s since 1970-01-01 UTC]."""
        ...

    def payments(
        self,
        *,
        customer_id: int | None = None,
        is_matched: bool | None = None,
        after: int | None = None,
        limit: int,
    ) -> list[KeptPayment]:
        """List payments, the newest first; `after` is the last id of the page before."""
        ...

    def of_customers(self, customer_ids: Iterable[int]) -> dict[int, list[KeptPayment]]:
        """Find all payments of some customers, by rising id."""
        ...

    def invoices_of_customers(self, customer_ids: Iterable[int]) -> dict[int, list[IssuedInvoice]]:
        """Find everything issued to some customers, by rising id."""
        ...

    def places_with_account(self, customer_ids: Iterable[int]) -> dict[int, int]:
        """Find the first usage point of each customer that paid anything yet; others are left out.

        Who paid nothing has neither late nor double payments, so most customers cost nothing.
        """
        ...

    def line_amounts(
        self, invoice_ids: Iterable[int], codes: Iterable[str]
    ) -> dict[int, dict[str, Decimal]]:
        """Sum up the lines of some codes, by invoice and code; others are left out [currency]."""
        ...

    def invoice_with(self, reference: str) -> IssuedInvoice | None:
        """Find the invoice that a reference names, however it is written."""
        ...
