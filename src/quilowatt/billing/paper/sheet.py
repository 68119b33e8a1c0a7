"""From an invoice to a sheet: all texts of the printed bill in one language, and what to draw.

A sheet is a tree of texts, whole numbers and lists that JSON holds; `press` lays it out. Nothing
here knows a country: ways to pay come as records, words of the tariff with the bill.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from quilowatt.billing.barcode import interleaved_2_of_5, qr_modules
from quilowatt.billing.invoice_record import digest, invoice_record
from quilowatt.billing.paper.chart import chart_of, comparison, quality_of
from quilowatt.billing.paper.drawing import bars_svg, squares_svg
from quilowatt.billing.paper.tables import (
    credits_table,
    demand_table,
    formulas,
    items_table,
    registers,
    taxes_table,
)
from quilowatt.billing.paper.writing import Writer, harmless

if TYPE_CHECKING:
    from decimal import Decimal

    from quilowatt.billing.invoice import Invoice, PaymentCode
    from quilowatt.billing.paper.standing import Standing
    from quilowatt.core.words import Language

__all__ = ["sheet_of"]

PAYABLE: Final = frozenset({"issued", "overdue"})

COPY_LINE_SIZE: Final = 88
"""What fits one line beside a QR code. [chars]"""

Part = dict[str, Any]


def sheet_of(invoice: Invoice, language: Language, standing: Standing) -> Part:
    """Write an invoice as a sheet.

    Parameters
    ----------
    invoice : Invoice
        Of a running cycle too: then its number is not shown.
    language : {"en", "pt"}
        Of the reader.
    standing : Standing
        What became of it.

    Returns
    -------
    dict
        As the template `invoice.typ` reads it.
    """
    writer = Writer(language, ZoneInfo(invoice.place.timezone), invoice.bill.currency)
    bill = invoice.bill
    small = (taxes_table(bill, writer), credits_table(bill, writer), demand_table(bill, writer))
    return {
        "lang": language,
        "tone": _tone(invoice, standing),
        "title": writer(_title(invoice, standing)),
        "tag": writer("copy") if standing.is_copy else "",
        "issuer": _issuer(invoice, writer),
        "facts": _facts(invoice, standing, writer),
        "ribbon": _ribbon(invoice, standing, writer),
        "hero": _hero(invoice, standing, writer),
        "payment": _payment(invoice, standing, writer),
        "parties": _parties(invoice, writer),
        "chart": chart_of(invoice, writer),
        "quality": quality_of(invoice.quality, writer),
        "items": items_table(invoice, writer),
        "small": [table for table in small if table],
        "registers": registers(invoice, writer),
        "formulas": {"title": writer("formulas"), "rows": formulas(bill, writer)},
        "notes": {"title": writer("notes"), "lines": [writer.text(note) for note in bill.notes]},
        "proof": _proof(invoice, standing, writer),
        "foot": _foot(invoice, standing),
        "page": writer("page"),
    }


def _title(invoice: Invoice, standing: Standing) -> str:
    if invoice.kind == "credit_note":
        return "title_credit"
    return "title_running" if standing.state == "running" else "title"


def _tone(invoice: Invoice, standing: Standing) -> str:
    if invoice.kind == "credit_note":
        return "credit"
    return standing.state


def _issuer(invoice: Invoice, writer: Writer) -> Part:
    issuer = invoice.issuer
    contact = writer("questions", contact=harmless(issuer.contact)) if issuer.contact else ""
    lines = [issuer.tax_id, " · ".join(issuer.address), contact]
    return {
        "name": harmless(issuer.name),
        "lines": [harmless(line) for line in lines if line.strip()],
    }


def _facts(invoice: Invoice, standing: Standing, writer: Writer) -> list[list[str]]:
    facts = [[writer("month"), writer.month(date.fromisoformat(f"{invoice.month}-01"))]]
    if standing.state == "running":
        return facts
    facts.insert(0, [writer("number"), harmless(invoice.number)])
    facts.append([writer("issued"), writer.day(invoice.issued_at_s)])
    if invoice.replaces:
        key = "of_invoice" if invoice.kind == "credit_note" else "replaces"
        facts.append([writer(key), harmless(invoice.replaces)])
    return facts


def _ribbon(invoice: Invoice, standing: Standing, writer: Writer) -> list[str]:
    said = []
    if invoice.kind == "credit_note":
        said.append(writer("is_credit", number=harmless(invoice.replaces)))
    else:
        said += _state_words(invoice, standing, writer)
        if invoice.replaces:
            said.append(writer("is_replacement", number=harmless(invoice.replaces)))
    reason = writer.text(invoice.reason)
    if reason:
        said.append(writer("reason", reason=reason))
    return said


def _state_words(invoice: Invoice, standing: Standing, writer: Writer) -> list[str]:
    state, day = standing.state, writer.date_of(standing.day) if standing.day else ""
    if state == "issued":
        return []
    key = f"is_{state}"
    if state == "overdue" and day:
        key += "_on"
    elif state == "replaced" and standing.replaced_by:
        key += "_by"
    due, number = writer.date_of(invoice.due), harmless(standing.replaced_by)
    return [writer(key, day=day, due=due, number=number)]


def _hero(invoice: Invoice, standing: Standing, writer: Writer) -> Part:
    bill = invoice.bill
    to_pay = bill.total if standing.to_pay is None else standing.to_pay
    notes = [] if to_pay == bill.total else [writer("of_bill", money=writer.money(bill.total))]
    return {
        "label": writer(_label(invoice, standing, to_pay)),
        "amount": writer.money(abs(to_pay) if to_pay < 0 else to_pay),
        "is_void": standing.state == "replaced",
        "notes": notes,
        "when": _when(invoice, standing, to_pay, writer),
        "used": _used(invoice, writer),
    }


def _label(invoice: Invoice, standing: Standing, to_pay: Decimal) -> str:
    if invoice.kind == "credit_note":
        return "credited" if to_pay >= 0 else "taken_back"
    if standing.state in {"running", "paid", "replaced"}:
        return {"running": "so_far", "paid": "was_paid", "replaced": "was"}[standing.state]
    if to_pay == 0:
        return "nothing"
    return "to_pay" if to_pay > 0 else "your_credit"


def _when(invoice: Invoice, standing: Standing, to_pay: Decimal, writer: Writer) -> Part | None:
    if invoice.kind == "credit_note" or standing.state in {"replaced", "running"}:
        return None
    if standing.state == "paid":
        if standing.day is None:
            return None
        day, key = standing.day, "paid_on"
    elif to_pay <= 0:
        return None
    else:
        day, key = invoice.due, "was_due" if standing.state == "overdue" else "due"
    return {"label": writer(key), "value": writer.date_of(day), "note": writer.weekday(day)}


def _used(invoice: Invoice, writer: Writer) -> Part:
    bill = invoice.bill
    days = writer.days(bill.start_s, bill.end_s)
    notes = [
        writer.period(bill.start_s, bill.end_s),
        writer(
            "a_day",
            energy=writer.kwh(bill.energy_wh // days, 1),
            money=writer.money((bill.total / days).quantize(bill.total)),
        ),
        comparison(invoice, writer),
    ]
    if bill.export_wh:
        notes.append(writer("given", energy=writer.round_kwh(bill.export_wh)))
    return {
        "label": writer("used"),
        "value": f"{writer.round_kwh(bill.energy_wh)} kWh",
        "notes": [note for note in notes if note],
    }


def _payment(invoice: Invoice, standing: Standing, writer: Writer) -> Part | None:
    total = invoice.bill.total
    to_pay = total if standing.to_pay is None else standing.to_pay
    codes = standing.codes or invoice.codes
    is_payable = invoice.kind == "invoice" and standing.state in PAYABLE and to_pay > 0
    if not is_payable or not codes:
        return None
    do_match = to_pay == total or standing.codes
    return {
        "scan": writer("scan"),
        "codes": [_way_to_pay(code, writer) for code in codes],
        "note": "" if do_match else writer("codes_are_for", money=writer.money(total)),
    }


def _way_to_pay(code: PaymentCode, writer: Writer) -> Part:
    name = writer.text(code.name)
    return {
        "name": name,
        "copy": _copy_lines(code.copy),
        "is_typed": bool(code.bars),
        "qr": squares_svg(qr_modules(code.qr)) if code.qr else "",
        "qr_alt": writer("qr_alt", name=name),
        "bars": bars_svg(interleaved_2_of_5(code.bars)) if code.bars else "",
        "bars_alt": writer("bars_alt", name=name),
    }


def _copy_lines(text: str) -> list[str]:
    """Cut a long code into lines, never beside a space: a space at a line's end is lost."""
    lines, rest = [], text
    while len(rest) > COPY_LINE_SIZE:
        at = COPY_LINE_SIZE
        while at > 1 and " " in rest[at - 1 : at + 1]:
            at -= 1
        lines.append(rest[:at])
        rest = rest[at:]
    return [*lines, rest]


def _parties(invoice: Invoice, writer: Writer) -> list[Part]:
    customer, place = invoice.customer, invoice.place
    serials = dict.fromkeys(meter.serial for meter in invoice.meters if meter.serial)
    place_lines = [*place.address, place.uuid]
    tariff_lines = [f"{writer('meter')}: {', '.join(serials)}"] if serials else []
    return [
        _party(writer("customer"), customer.name, [customer.tax_id, *customer.address]),
        _party(writer("place"), place_lines[0], place_lines[1:]),
        _party(writer("tariff"), invoice.bill.tariff_name.spoken(writer.language), tariff_lines),
    ]


def _party(label: str, name: str, lines: list[str]) -> Part:
    return {
        "label": label,
        "name": harmless(name),
        "lines": [harmless(line) for line in lines if line.strip()],
    }


def _proof(invoice: Invoice, standing: Standing, writer: Writer) -> Part | None:
    if standing.state == "running":
        return None
    where = (
        writer("proof_address", address=harmless(standing.verify_at))
        if standing.verify_at
        else writer("proof_command")
    )
    serials = {meter.uuid: harmless(meter.serial) for meter in invoice.meters}
    chains = [
        [writer("chain", meter=serials.get(link.meter) or link.meter[:8]), link.head]
        for link in invoice.links
    ]
    return {
        "title": writer("proof"),
        "words": writer("proof_words"),
        "where": where,
        "rows": [
            [writer("digest"), digest(invoice_record(invoice))],
            [writer("tariff_digest"), invoice.tariff_digest],
            *chains,
        ],
    }


def _foot(invoice: Invoice, standing: Standing) -> str:
    number = "" if standing.state == "running" else invoice.number
    parts = (invoice.issuer.name, number, invoice.customer.name)
    return "  ·  ".join(_short(part) for part in parts if part.strip())


def _short(text: str, size: int = 48) -> str:
    seen = harmless(text)
    return seen if len(seen) <= size else seen[: size - 1].rstrip() + "…"
