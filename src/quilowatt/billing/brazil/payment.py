"""Ways to pay in Brazil, as the records that an invoice carries and whoever prints it draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.billing.brazil.collection import barcode, line
from quilowatt.billing.brazil.pix import br_code
from quilowatt.billing.invoice import PaymentCode
from quilowatt.billing.tariff import Text

if TYPE_CHECKING:
    from quilowatt.billing.brazil.collection import Collection
    from quilowatt.billing.brazil.pix import PixRequest

__all__ = ["COLLECTION", "PIX", "collection_code", "pix_code"]

PIX: Final = "pix"
COLLECTION: Final = "collection"


def pix_code(request: PixRequest) -> PaymentCode:
    """Make the Pix code of an invoice; a payment carries its txid back.

    Raises
    ------
    BillingError
        As `pix.br_code`.
    """
    code = br_code(request)
    name = Text("Pix copia e cola", "Pix, copy and paste")
    return PaymentCode(PIX, request.txid, name, copy=code, qr=code)


def collection_code(collection: Collection) -> PaymentCode:
    """Make the collection code of an invoice; a payment carries the digits of its bars back.

    Raises
    ------
    BillingError
        As `collection.barcode`.
    """
    bars = barcode(collection)
    name = Text("Código de barras (linha digitável)", "Barcode, and the line to type")
    return PaymentCode(COLLECTION, bars, name, copy=line(collection), bars=bars)
