"""Invoices of every kind that a person may get, made by the code that makes bills."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.billing import Credit, Text, Usage, UsagePoint, load_tariff, rate
from quilowatt.billing.brazil.collection import energy_collection
from quilowatt.billing.brazil.payment import collection_code, pix_code
from quilowatt.billing.brazil.pix import PixRequest, txid
from quilowatt.billing.invoice import (
    NO_REASON,
    Customer,
    Invoice,
    Issuer,
    Link,
    MeterReadout,
    PastCycle,
    Place,
    Quality,
)

ZONE = ZoneInfo("America/Bahia")
START_S = int(datetime(2026, 5, 12, tzinfo=ZONE).timestamp())
END_S = int(datetime(2026, 6, 11, tzinfo=ZONE).timestamp())
DUE = date(2026, 6, 25)
NUMBER = "2026-000123"
METER = "3f2c9a1e-8f10-4000-8000-000000000001"
USED_WH = (185_010, 201_400, 190_870, 226_100, 192_990, 200_300, 217_600, 184_700, 208_220, 209_010)
GIVEN_WH = (
    150_400,
    161_200,
    158_900,
    170_800,
    201_300,
    224_500,
    240_100,
    233_700,
    221_900,
    199_400,
)

TARIFF = """
format = 2
code = "test/paper"
currency = "BRL"
name = { pt = "COELBA B1 convencional", en = "COELBA B1, flat" }
rounding = { rule = "half_even", places = 2 }
[names]
te = { pt = "Consumo - TE (energia)", en = "Consumption - TE (energy)" }
tusd = { pt = "Consumo - TUSD (uso da rede)", en = "Consumption - TUSD (use of the grid)" }
flag = { pt = "Acréscimo bandeira", en = "Flag surcharge" }
amarela = { pt = "amarela", en = "yellow" }
vermelha = { pt = "vermelha", en = "red" }
scee = { pt = "Energia compensada", en = "Energy taken back" }
back_te = { pt = "Energia compensada - TE", en = "Energy taken back - TE" }
back_tusd = { pt = "Energia compensada - TUSD", en = "Energy taken back - TUSD" }
icms = { pt = "ICMS", en = "ICMS" }
pis = { pt = "PIS", en = "PIS" }
cofins = { pt = "COFINS", en = "COFINS" }
[table.flags]
months = { 2026-05 = "amarela", 2026-06 = "vermelha" }
prices = [{ from = 2020-01-01, rates = { amarela = 0.01885, vermelha = 0.04463 } }]
[[version]]
from = 2026-01-01
act = "REH 3.578/2026"
source = "none"
charges = [
  { code = "te", kind = "energy", rate_per_kwh = 0.25765 },
  { code = "tusd", kind = "energy", rate_per_kwh = 0.62008 },
  { code = "flag", kind = "surcharge", table = "flags" },
  { code = "scee", kind = "net_metering", expiry_months = 60, keep_kwh = 50, credits = [
    { code = "back_te", rate_per_kwh = 0.25765 },
    { code = "back_tusd", rate_per_kwh = 0.62008 },
  ], when = { scee = ["gd1"] } },
]
[[taxes]]
from = 2026-01-01
inside = [["icms"], ["pis", "cofins"]]
rates = { icms = 0.205, pis = 0.0098, cofins = 0.0451 }
source = "none"
note = { pt = "PIS e COFINS mudam todo mês.", en = "PIS and COFINS change every month." }
"""


def an_invoice(*, is_solar=False, **changes):
    """A home's invoice of a month; `changes` are fields of the record."""
    bill, point = a_bill(is_solar)
    invoice = Invoice(
        number=NUMBER,
        kind="invoice",
        replaces="",
        reason=NO_REASON,
        month="2026-05",
        issued_at_s=END_S + 9 * 3600,
        as_of=END_S * 10**6,
        due=DUE,
        issuer=Issuer(
            "Condomínio Jardim Bela Vista",
            "12.345.678/0001-95",
            ("Rua das Acácias, 120", "Pituba", "41810-010 Salvador – BA"),
            "contas@jardimbelavista.example · (71) 3333-0000",
        ),
        customer=Customer(
            "c-1",
            "Ana Beatriz Almeida dos Santos",
            "123.456.789-09",
            ("Rua das Acácias, 120, ap. 302", "41810-010 Salvador – BA"),
        ),
        place=Place(
            "7d0e3b0e-6f2a-4d1c-9a55-0c8e2f1b7a10",
            "America/Bahia",
            ("Apartamento 302, bloco B",),
            point,
        ),
        bill=bill,
        tariff_digest="9f2b" * 16,
        meters=(a_readout(bill),),
        quality=Quality(END_S - START_S, 0, 0, 0, 0),
        history=a_history(is_solar),
        codes=ways_to_pay(bill.total),
        links=(Link(METER, START_S, END_S, 2880, "0" * 64, "c41d" * 16),),
    )
    return replace(invoice, **changes)


@cache
def a_bill(is_solar):
    """The bill of a home, and the place that it is for."""
    attributes = {"phases": "2"} | ({"scee": "gd1"} if is_solar else {})
    credits_ = (Credit(date(2026, 3, 11), 120_500), Credit(date(2026, 4, 11), 88_123))
    point = UsagePoint(attributes, None, credits_ if is_solar else ())
    edges_s = list(range(START_S, END_S + 1, 3600))
    hour = np.arange(len(edges_s) - 1) % 24
    imported_wh = np.where((hour > 17) & (hour < 23), 700, 220)
    exported_wh = np.where(is_solar & (hour > 7) & (hour < 17), 1157, 0)
    usage = Usage.of_one(edges_s, imported_wh, exported_wh)
    return rate(load_tariff(TARIFF, "paper"), usage, ZONE, point), point


def a_readout(bill):
    """What the meter showed."""
    return MeterReadout(
        uuid=METER,
        serial="A1B2-004711",
        start_s=START_S,
        end_s=END_S,
        first_time_s=START_S - 300,
        last_time_s=END_S - 120,
        first_import_wh=12_345_678,
        last_import_wh=12_345_678 + bill.energy_wh,
        first_export_wh=5_000 if bill.export_wh else 0,
        last_export_wh=5_000 + bill.export_wh if bill.export_wh else 0,
        import_wh=bill.energy_wh,
        export_wh=bill.export_wh,
    )


def a_history(is_solar):
    """The ten cycles before."""
    months = [*(f"2025-{month:02}" for month in range(7, 13)), *(f"2026-0{m}" for m in range(1, 5))]
    return tuple(
        PastCycle(month, 30 + at % 2, used, given if is_solar else 0, Decimal("201.33"))
        for at, (month, used, given) in enumerate(zip(months, USED_WH, GIVEN_WH, strict=True))
    )


def ways_to_pay(amount):
    """A Pix code and a collection code; none for what is nothing."""
    if amount <= 0:
        return ()
    request = PixRequest(
        "Condomínio Jardim Bela V.",
        "Salvador",
        "12345678000195",
        amount=amount,
        txid=txid(NUMBER),
        description=f"Conta {NUMBER}",
    )
    collection = energy_collection(amount, "0138", due=DUE, invoice_number=NUMBER)
    return pix_code(request), collection_code(collection)


def estimated():
    """An invoice whose readings came badly."""
    issues = {"hole": 2, "late": 14, "glitch": 3, "clock_step": 1, "of_tomorrow": 1}
    day_s = 86_400
    quality = Quality(25 * day_s, 4 * day_s, day_s - 3600, 3600, 42_310, issues)
    return an_invoice(quality=quality)


def long_one(lines=40):
    """An invoice of many lines: each a copy of one of the few that a flat tariff gives."""
    invoice = an_invoice()
    few = invoice.bill.lines
    many = tuple(
        replace(
            few[at % len(few)],
            code=f"line.{at + 1}",
            name=Text(f"Linha {at + 1}", f"Line {at + 1}"),
            start_s=START_S + at * 43_200,
        )
        for at in range(lines)
    )
    return replace(invoice, bill=replace(invoice.bill, lines=many))


def empty():
    """An invoice of an empty home's first cycle."""
    invoice = an_invoice(history=(), codes=())
    nothing = Decimal("0.00")
    bill = replace(
        invoice.bill, lines=(), taxes=(), energy_wh=0, net=nothing, total=nothing, notes=()
    )
    return replace(invoice, bill=bill, meters=(a_readout(bill),))


def credit_note():
    """The credit note that takes an invoice back."""
    return an_invoice(
        number="2026-000200",
        kind="credit_note",
        replaces=NUMBER,
        reason=Text(
            "12 horas estimadas em 3 de junho substituídas por medidas",
            "12 estimated hours on 3 June replaced by measured ones",
        ),
        codes=(),
    )


def hostile():
    """An invoice whose names try to be markup, endless, backward, or pictures."""
    invoice = an_invoice()
    place = replace(invoice.place, address=("😀 ponto Ω Ж \u202eatrás", "x" * 200))
    return replace(
        invoice,
        place=place,
        issuer=Issuer("אבגד הוזח " + "W" * 190, "", ("a" * 200,), "مرحبا 日本"),
        customer=Customer(
            "c-2",
            '#panic("in") $x^2$ *b* ] } " \\ ' + "Wolfeschlegelsteinhausen " * 7,
            "@label <x> `raw` // /* ",
            ("= heading", "\x00\x07\x1b[31m", "_u_ ~ -- '"),
        ),
    )
