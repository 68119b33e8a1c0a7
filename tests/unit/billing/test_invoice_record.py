"""An invoice survives being written and read, to the byte of its canonical form."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from quilowatt.billing import Credit, Item, Text, Usage, UsagePoint, load_tariff, rate
from quilowatt.billing.invoice import (
    NO_REASON,
    Customer,
    Invoice,
    Issuer,
    Link,
    MeterReadout,
    PastCycle,
    PaymentCode,
    Place,
    Quality,
)
from quilowatt.billing.invoice_record import (
    canonical,
    digest,
    invoice_from_record,
    invoice_record,
)

DAY_S = 86_400

TARIFF = """
format = 2
code = "test/example"
currency = "BRL"
name = { pt = "exemplo", en = "example" }
rounding = { rule = "half_even", places = 2 }
[names]
energy = { pt = "energia", en = "energy" }
vat = { pt = "imposto", en = "tax" }
[[version]]
from = 1970-01-01
act = "none"
source = "none"
charges = [{ code = "energy", kind = "energy", rate_per_kwh = 0.5 }]
[[taxes]]
from = 1970-01-01
inside = [["vat"]]
rates = { vat = 0.2 }
source = "none"
"""


def an_invoice():
    point = UsagePoint(
        {"phases": "1"},
        Decimal("4.5"),
        (Credit(date(1970, 1, 1), 1500),),
        {"demand": (4000, 3000)},
        (Item("fine", Text("multa", "fine"), Decimal("3.10")),),
    )
    usage = Usage.of_one([0, 30 * DAY_S], [123_456])
    bill = rate(load_tariff(TARIFF, "example"), usage, ZoneInfo("UTC"), point)
    return Invoice(
        number="2026-000001",
        kind="invoice",
        replaces="",
        reason=NO_REASON,
        month="1970-01",
        issued_at_s=31 * DAY_S,
        as_of=31 * DAY_S * 10**6,
        due=date(1970, 2, 10),
        issuer=Issuer(
            "Condomínio Jardim", "00.000.000/0001-00", ("Rua A, 1", "Salvador"), "síndico"
        ),
        customer=Customer("c1", "Ana Almeida"),
        place=Place("p1", "UTC", ("ap. 101",), point),
        bill=bill,
        tariff_digest="0" * 64,
        meters=(
            MeterReadout("m1", "S1", 0, 30 * DAY_S, 0, 30 * DAY_S, 0, 123_456, 0, 0, 123_456, 0),
        ),
        quality=Quality(29 * DAY_S, DAY_S, 0, 0, 4000, {"hole": 1}),
        history=(PastCycle("1969-12", 31, 100_000, 0, Decimal("62.50")),),
        codes=(PaymentCode("pix", "tx1", Text("Pix", "Pix"), "000201", "000201"),),
        links=(Link("m1", 0, 30 * DAY_S, 2880, "0" * 64, "1" * 64),),
    )


def test_what_is_written_is_read_back_the_same():
    invoice = an_invoice()
    written = json.loads(canonical(invoice_record(invoice)))
    assert invoice_from_record(written) == invoice
    assert digest(written) == digest(invoice_record(invoice))


def test_what_few_bills_have_is_written_too():
    invoice = an_invoice()
    plain = digest(invoice_record(invoice))
    credit = Credit(date(1970, 1, 1), 1500, "peak")
    point = replace(invoice.place.point, carried_wh=5, credits=(credit,))
    changed = replace(
        invoice,
        bill=replace(invoice.bill, deferred_wh=7, credits=(credit,)),
        place=replace(invoice.place, point=point),
    )
    written = json.loads(canonical(invoice_record(changed)))
    assert invoice_from_record(written) == changed
    assert digest(written) != plain


@pytest.mark.parametrize("change", [{"number": "2026-000002"}, {"due": date(1970, 2, 11)}])
def test_any_change_changes_the_digest(change):
    invoice = an_invoice()
    assert digest(invoice_record(replace(invoice, **change))) != digest(invoice_record(invoice))


def test_a_record_of_another_format_is_refused():
    with pytest.raises(ValueError, match="format 9"):
        invoice_from_record(invoice_record(an_invoice()) | {"format": 9})


def test_money_keeps_its_zeros():
    record = invoice_record(an_invoice())
    assert record["bill"]["total"] == str(an_invoice().bill.total)
