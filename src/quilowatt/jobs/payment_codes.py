"""The ways to pay an invoice, from the issuer's settings, by the country's code that knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quilowatt.billing.brazil import payment_settings as brazil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quilowatt.billing.invoice import Invoice, PaymentCode

__all__ = ["payment_codes", "payment_problems"]

COUNTRIES: Final = {"brazil": brazil}
"""Tables below ``[payment]``, and who reads them."""


def payment_codes(
    invoice: Invoice, number: str, settings: Mapping[str, Any]
) -> tuple[PaymentCode, ...]:
    """Make the codes of an invoice; none where nothing is to be paid.

    Parameters
    ----------
    invoice : Invoice
        What is to be paid, and until when.
    number : str
        Its number.
    settings : mapping
        The table ``payment`` of the issuer's document, which `payment_problems` has looked at.
    """
    bill = invoice.bill
    if bill.total <= 0 or invoice.kind != "invoice":
        return ()
    return tuple(
        code
        for country, table in settings.items()
        for code in COUNTRIES[country].codes(table, number, bill.total, invoice.due, bill.currency)
    )


def payment_problems(settings: Mapping[str, Any], number: str) -> list[str]:
    """Say what is wrong with the table ``payment``, for numbers like this one."""
    unknown = [f"payment.{name}: no such table" for name in settings if name not in COUNTRIES]
    return unknown + [
        f"payment.{country}: {problem}"
        for country, table in settings.items()
        if country in COUNTRIES
        for problem in COUNTRIES[country].problems(table, number)
    ]
