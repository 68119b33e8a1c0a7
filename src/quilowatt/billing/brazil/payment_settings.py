"""How an issuer in Brazil is paid: the table ``[payment.brazil]`` of its document, to codes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from quilowatt.billing.brazil.collection import energy_collection
from quilowatt.billing.brazil.payment import collection_code, pix_code
from quilowatt.billing.brazil.pix import PixRequest, txid
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quilowatt.billing.invoice import PaymentCode

__all__ = ["codes", "problems"]

KEYS: Final = ("pix_key", "pix_name", "pix_city", "collection_company")
CURRENCY: Final = "BRL"


def codes(
    settings: Mapping[str, object], number: str, amount: Decimal, due: date, currency: str
) -> tuple[PaymentCode, ...]:
    """Make the codes of an invoice; none in other money.

    Parameters
    ----------
    settings : mapping
        ``pix_key``, ``pix_name`` and ``pix_city``, and ``collection_company``, the four digits
        given by Febraban; each way may be absent.
    number : str
        Of the invoice.
    amount : Decimal
        To pay. [BRL]
    due : date
        Last day to pay.
    currency : str
        ISO 4217 code.

    Raises
    ------
    BillingError
        A code can't say this; `problems` tells so before anything is issued.

    Examples
    --------
    >>> settings, amount = {"collection_company": "0138"}, Decimal("133.12")
    >>> found = codes(settings, "2026-000123", amount, date(2026, 11, 20), "BRL")
    >>> found[0].copy
    '83600000001-5 33120138202-4 61120000000-2 02026000123-3'
    """
    if currency != CURRENCY:
        return ()
    found = []
    if "pix_key" in settings:
        request = PixRequest(
            name=str(settings.get("pix_name", "")),
            city=str(settings.get("pix_city", "")),
            key=str(settings["pix_key"]),
            amount=amount,
            txid=txid(number),
        )
        found.append(pix_code(request))
    if "collection_company" in settings:
        company = str(settings["collection_company"])
        collection = energy_collection(amount, company, due=due, invoice_number=number)
        found.append(collection_code(collection))
    return tuple(found)


def problems(settings: object, number: str) -> tuple[str, ...]:
    """Say what keeps codes from being made, by a number as the issuer's will be."""
    if not isinstance(settings, dict):
        return ("must be a table",)
    found = [f"{key}: no such setting" for key in settings if key not in KEYS]
    found += [f"{key}: must be a text" for key in settings if not isinstance(settings[key], str)]
    if not found:
        try:
            codes(settings, number, Decimal("1.00"), date(2026, 1, 1), CURRENCY)
        except BillingError as error:
            found.append(error.en)
    return tuple(found)
