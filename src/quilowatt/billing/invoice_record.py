"""Invoices as canonical JSON: the same invoice gives the same bytes everywhere, and its digest.

Canonical means: keys sorted, no spaces, UTF-8 unescaped, decimals and dates as texts, everything
else as whole numbers, texts, lists and objects (a subset of RFC 8785). So that a reader in any
language gets the same digest without a decimal library.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

from quilowatt.billing.bill import Bill, BillLine, ContainedTax
from quilowatt.billing.invoice import (
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
from quilowatt.billing.point import Credit, Item, UsagePoint
from quilowatt.billing.tariff import Text

__all__ = [
    "RECORD_FORMAT",
    "bill_from_record",
    "bill_record",
    "canonical",
    "digest",
    "invoice_from_record",
    "invoice_record",
    "point_from_record",
    "point_record",
]

RECORD_FORMAT: Final = 1
"""Raised when the meaning of a key changes."""

Record = dict[str, Any]


def canonical(record: object) -> bytes:
    r"""Write a record of texts, whole numbers, lists and objects, in one way only.

    Examples
    --------
    >>> canonical({"b": [1, "é"], "a": None})
    b'{"a":null,"b":[1,"\xc3\xa9"]}'
    """
    text = json.dumps(
        record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def digest(record: object) -> str:
    """Name a record by the SHA-256 of its canonical form, in hex."""
    return hashlib.sha256(canonical(record)).hexdigest()


def invoice_record(invoice: Invoice) -> Record:
    """Write an invoice as a record that `canonical` takes."""
    return {
        "format": RECORD_FORMAT,
        "number": invoice.number,
        "kind": invoice.kind,
        "replaces": invoice.replaces,
        "reason": _text(invoice.reason),
        "month": invoice.month,
        "issued_at_s": invoice.issued_at_s,
        "as_of": invoice.as_of,
        "due": invoice.due.isoformat(),
        "issuer": _flat(invoice.issuer) | {"address": list(invoice.issuer.address)},
        "customer": _flat(invoice.customer) | {"address": list(invoice.customer.address)},
        "place": {
            "uuid": invoice.place.uuid,
            "timezone": invoice.place.timezone,
            "address": list(invoice.place.address),
            "point": point_record(invoice.place.point),
        },
        "bill": bill_record(invoice.bill),
        "tariff_digest": invoice.tariff_digest,
        "meters": [_flat(meter) for meter in invoice.meters],
        "quality": _quality(invoice.quality),
        "history": [
            _flat(past) | {"total": None if past.total is None else str(past.total)}
            for past in invoice.history
        ],
        "codes": [_flat(code) | {"name": _text(code.name)} for code in invoice.codes],
        "links": [_flat(link) for link in invoice.links],
    }


def invoice_from_record(record: Record) -> Invoice:
    """Read what `invoice_record` wrote.

    Raises
    ------
    KeyError, TypeError, ValueError, ArithmeticError
        If it is no such record; whoever reads a stranger's file turns them into words.
    """
    if record["format"] != RECORD_FORMAT:
        raise ValueError(f"format {record['format']!r}, this quilowatt reads {RECORD_FORMAT}")
    place = record["place"]
    return Invoice(
        number=record["number"],
        kind=record["kind"],
        replaces=record["replaces"],
        reason=Text(**record["reason"]),
        month=record["month"],
        issued_at_s=record["issued_at_s"],
        as_of=record["as_of"],
        due=date.fromisoformat(record["due"]),
        issuer=Issuer(**record["issuer"] | {"address": tuple(record["issuer"]["address"])}),
        customer=Customer(**record["customer"] | {"address": tuple(record["customer"]["address"])}),
        place=Place(
            place["uuid"],
            place["timezone"],
            tuple(place["address"]),
            point_from_record(place["point"]),
        ),
        bill=bill_from_record(record["bill"]),
        tariff_digest=record["tariff_digest"],
        meters=tuple(MeterReadout(**meter) for meter in record["meters"]),
        quality=Quality(**record["quality"]),
        history=tuple(
            PastCycle(**past | {"total": None if past["total"] is None else Decimal(past["total"])})
            for past in record["history"]
        ),
        codes=tuple(
            PaymentCode(**code | {"name": Text(**code["name"])}) for code in record["codes"]
        ),
        links=tuple(Link(**link) for link in record["links"]),
    )


def bill_record(bill: Bill) -> Record:
    """Write a bill as a record."""
    return {
        "tariff_code": bill.tariff_code,
        "tariff_name": _text(bill.tariff_name),
        "currency": bill.currency,
        "start_s": bill.start_s,
        "end_s": bill.end_s,
        "energy_wh": bill.energy_wh,
        "export_wh": bill.export_wh,
        "lines": [_line(line) for line in bill.lines],
        "taxes": [_tax(tax) for tax in bill.taxes],
        "net": str(bill.net),
        "total": str(bill.total),
        "total_unrounded": str(bill.total_unrounded),
        "notes": [_text(note) for note in bill.notes],
        "credits": [_credit(credit) for credit in bill.credits],
        "lapsed_wh": bill.lapsed_wh,
        "demand_w": dict(bill.demand_w),
        **_if_any("deferred_wh", bill.deferred_wh),
    }


def bill_from_record(record: Record) -> Bill:
    """Read what `bill_record` wrote; errors as of `invoice_from_record`."""
    return Bill(
        tariff_code=record["tariff_code"],
        tariff_name=Text(**record["tariff_name"]),
        currency=record["currency"],
        start_s=record["start_s"],
        end_s=record["end_s"],
        energy_wh=record["energy_wh"],
        export_wh=record["export_wh"],
        lines=tuple(map(_line_from, record["lines"])),
        taxes=tuple(map(_tax_from, record["taxes"])),
        net=Decimal(record["net"]),
        total=Decimal(record["total"]),
        total_unrounded=Decimal(record["total_unrounded"]),
        notes=tuple(Text(**note) for note in record["notes"]),
        credits=tuple(map(_credit_from, record["credits"])),
        lapsed_wh=record["lapsed_wh"],
        demand_w=record["demand_w"],
        deferred_wh=record.get("deferred_wh", 0),
    )


def point_record(point: UsagePoint) -> Record:
    """Write what a bill depends on besides energy and tariff."""
    return {
        "attributes": dict(point.attributes),
        "contracted_kw": str(point.contracted_kw),
        "credits": [_credit(credit) for credit in point.credits],
        "past_demand_w": {code: list(past) for code, past in point.past_demand_w.items()},
        "items": [
            {"code": item.code, "name": _text(item.name), "amount": str(item.amount)}
            for item in point.items
        ],
        **_if_any("carried_wh", point.carried_wh),
    }


def point_from_record(record: Record) -> UsagePoint:
    """Read what `point_record` wrote; errors as of `invoice_from_record`."""
    return UsagePoint(
        attributes=record["attributes"],
        contracted_kw=Decimal(record["contracted_kw"]),
        credits=tuple(map(_credit_from, record["credits"])),
        past_demand_w={code: tuple(past) for code, past in record["past_demand_w"].items()},
        items=tuple(
            Item(item["code"], Text(**item["name"]), Decimal(item["amount"]))
            for item in record["items"]
        ),
        carried_wh=record.get("carried_wh", 0),
    )


def _flat(fields: Issuer | Customer | MeterReadout | PastCycle | PaymentCode | Link) -> Record:
    """Write a slotted record whose fields are plain."""
    # `dataclasses.asdict` copies deeply, which takes longer than all else of an invoice.
    return {name: getattr(fields, name) for name in type(fields).__slots__}


def _quality(quality: Quality) -> Record:
    return {
        "measured_s": quality.measured_s,
        "estimated_s": quality.estimated_s,
        "revised_s": quality.revised_s,
        "missing_s": quality.missing_s,
        "estimated_wh": quality.estimated_wh,
        "issues": dict(quality.issues),
    }


def _text(text: Text) -> Record:
    return {"en": text.en, "pt": text.pt}


def _line(line: BillLine) -> Record:
    return {
        "code": line.code,
        "name": _text(line.name),
        "start_s": line.start_s,
        "end_s": line.end_s,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "rate_before_tax": str(line.rate_before_tax),
        "rate": str(line.rate),
        "amount": str(line.amount),
        "formula": line.formula,
        "taxes": [_tax(tax) for tax in line.taxes],
        "act": line.act,
        "days": str(line.days),
    }


def _line_from(record: Record) -> BillLine:
    return BillLine(
        **record
        | {
            "name": Text(**record["name"]),
            "quantity": Decimal(record["quantity"]),
            "rate_before_tax": Decimal(record["rate_before_tax"]),
            "rate": Decimal(record["rate"]),
            "amount": Decimal(record["amount"]),
            "taxes": tuple(map(_tax_from, record["taxes"])),
            "days": Decimal(record["days"]),
        }
    )


def _tax(tax: ContainedTax) -> Record:
    return {
        "code": tax.code,
        "name": _text(tax.name),
        "rate": str(tax.rate),
        "base": str(tax.base),
        "amount": str(tax.amount),
        "formula": tax.formula,
    }


def _tax_from(record: Record) -> ContainedTax:
    return ContainedTax(
        **record
        | {
            "name": Text(**record["name"]),
            "rate": Decimal(record["rate"]),
            "base": Decimal(record["base"]),
            "amount": Decimal(record["amount"]),
        }
    )


def _credit(credit: Credit) -> Record:
    return {
        "born": credit.born.isoformat(),
        "energy_wh": credit.energy_wh,
        **_if_any("period", credit.period),
    }


def _credit_from(record: Record) -> Credit:
    born = date.fromisoformat(record["born"])
    return Credit(born, record["energy_wh"], record.get("period", ""))


def _if_any(key: str, value: int | str) -> Record:
    """Write what few bills have only where there is some."""
    return {key: value} if value else {}
