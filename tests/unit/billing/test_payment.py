"""Ways to pay as the records that an invoice carries."""

from datetime import date
from decimal import Decimal

from quilowatt.billing.brazil.collection import energy_collection, read_collection
from quilowatt.billing.brazil.payment import collection_code, pix_code
from quilowatt.billing.brazil.pix import PixRequest, read_br_code

REQUEST = PixRequest("Ana", "Recife", "ana@example.com", amount=Decimal("9.90"), txid="20261")


def test_a_pix_code_is_scanned_and_copied_alike_and_found_again_by_its_txid():
    code = pix_code(REQUEST)
    assert code.copy == code.qr
    assert read_br_code(code.copy) == (REQUEST, ())
    assert (code.kind, code.reference, code.bars) == ("pix", "20261", "")


def test_a_collection_code_is_typed_or_scanned_and_found_again_by_its_bars():
    collection = energy_collection(
        Decimal("9.90"), "0138", due=date(2026, 11, 20), invoice_number="2026-1"
    )
    code = collection_code(collection)
    assert read_collection(code.copy) == read_collection(code.bars) == (collection, ())
    assert (code.kind, code.reference, code.qr) == ("collection", code.bars, "")
