"""What became of an invoice when it is printed: paid, overdue, replaced; the invoice itself stays.

Whoever prints says it, for the invoice's own record never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from quilowatt.billing.invoice import PaymentCode

__all__ = ["ISSUED", "Standing", "State"]

State = Literal["running", "issued", "paid", "overdue", "replaced"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an invoice stands on the day when it is printed.

    Parameters
    ----------
    state : str
        ``"running"`` (the cycle is not over, nothing is issued), ``"issued"``, ``"paid"``,
        ``"overdue"`` or ``"replaced"``.
    day : date or None
        When it was paid or replaced; for an overdue one, the day for which `to_pay` is worked out.
    to_pay : Decimal or None
        What is open, late charges and parts already paid considered; None is the bill's total.
        [currency]
    replaced_by : str
        Number of the invoice or credit note that took its place.
    codes : tuple of PaymentCode
        Ways to pay `to_pay`, in place of the invoice's own.
    is_copy : bool
        Whether it was printed before.
    verify_at : str
        Where anyone can check the proof: an address; empty for the command line's way.
    """

    state: State = "issued"
    day: date | None = None
    to_pay: Decimal | None = None
    replaced_by: str = ""
    codes: tuple[PaymentCode, ...] = ()
    is_copy: bool = False
    verify_at: str = ""


ISSUED = Standing()
"""Sent, not due yet, nothing paid."""
