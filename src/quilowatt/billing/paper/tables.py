"""The tables of the printed bill: items, taxes, registers, credits, and how to redo each sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quilowatt.billing.paper.writing import harmless
from quilowatt.billing.tariff import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quilowatt.billing.bill import Bill, BillLine
    from quilowatt.billing.invoice import Invoice, MeterReadout
    from quilowatt.billing.paper.writing import Writer

__all__ = ["credits_table", "demand_table", "formulas", "items_table", "registers", "taxes_table"]

TAX_COLUMNS_MAX: Final = 3
"""More taxes than this get no column of their own beside the items; the table of taxes has them."""

TAX_HEAD_SIZE_MAX: Final = 14
"""A longer name would take the room of the items. [chars]"""

UUID_SHOWN: Final = 8
"""Digits of a UUID that tell the few meters of one home apart. [chars]"""

Table = dict[str, Any]


def items_table(invoice: Invoice, writer: Writer) -> Table:
    """List what is paid for: all that the amount of each line follows from."""
    bill = invoice.bill
    taxes = _tax_columns(bill, writer)
    heads = [
        writer("item"),
        writer("quantity"),
        writer("unit"),
        writer("rate_before"),
        writer("rate"),
        writer("amount", currency=writer.symbol),
        *taxes.values(),
    ]
    rows = [_item(line, bill, list(taxes), writer) for line in bill.lines]
    sums = [
        writer.amount(sum((t.amount for t in bill.taxes if t.code == code), start=bill.net * 0))
        for code in taxes
    ]
    acts = dict.fromkeys(line.act for line in bill.lines if line.act)
    return {
        "title": writer("items_back" if invoice.kind == "credit_note" else "items"),
        "heads": heads,
        "rows": rows,
        "total": [writer("total"), "", "", "", "", writer.amount(bill.total), *sums],
        "note": writer("act", acts=harmless("; ".join(acts))) if acts else "",
    }


def taxes_table(bill: Bill, writer: Writer) -> Table | None:
    """List each tax in the bill with base, rate and value; None where there is none."""
    if not any(tax.rate or tax.amount for tax in bill.taxes):
        return None
    rows = [
        [
            writer.text(tax.name),
            writer.amount(tax.base),
            writer.percent(tax.rate),
            writer.amount(tax.amount),
        ]
        for tax in bill.taxes
    ]
    heads = [
        writer("tax"),
        writer("tax_base", currency=writer.symbol),
        writer("tax_rate"),
        writer("amount", currency=writer.symbol),
    ]
    total = [writer("net"), "", "", writer.amount(bill.net)]
    return {"title": writer("taxes"), "heads": heads, "rows": rows, "total": total, "note": ""}


def registers(invoice: Invoice, writer: Writer) -> Table | None:
    """List what each meter showed at both ends of its part of the cycle."""
    if not invoice.meters:
        return None
    keys = ("meter", "direction", "read", "previous", "read", "current", "counted", "days")
    heads = [writer(key) for key in keys]
    rows = [row for meter in invoice.meters for row in _registers(meter, writer)]
    return {
        "title": writer("registers"),
        "heads": heads,
        "rows": rows,
        "total": [],
        "note": "",
    }


def demand_table(bill: Bill, writer: Writer) -> Table | None:
    """List the highest mean power that each demand charge saw."""
    if not bill.demand_w:
        return None
    names = {line.code: writer.text(line.name) for line in bill.lines}
    rows = [
        [names.get(code, harmless(code)), writer.kwh(power_w)]
        for code, power_w in bill.demand_w.items()
    ]
    heads = [writer("item"), writer("power")]
    return {"title": writer("demands"), "heads": heads, "rows": rows, "total": [], "note": ""}


def credits_table(bill: Bill, writer: Writer) -> Table | None:
    """List energy that was given to the grid and may be taken back later."""
    if not bill.credits and not bill.lapsed_wh:
        return None
    rows = [[writer.date_of(each.born), writer.kwh(each.energy_wh)] for each in bill.credits]
    all_wh = sum(each.energy_wh for each in bill.credits)
    lapsed = writer("lapsed", energy=writer.kwh(bill.lapsed_wh)) if bill.lapsed_wh else ""
    return {
        "title": writer("credits"),
        "heads": [writer("born"), writer("left")],
        "rows": rows,
        "total": [writer("all_credits"), writer.kwh(all_wh)],
        "note": lapsed,
    }


def formulas(bill: Bill, writer: Writer) -> list[list[str]]:
    """Write how each amount follows from its numbers, by the item's number in the table."""
    return [
        [writer.number(number), writer.formula(line.formula)]
        for number, line in enumerate(bill.lines, 1)
        if line.formula
    ]


def _tax_columns(bill: Bill, writer: Writer) -> dict[str, str]:
    """Head the columns of taxes by their short names; what stands in brackets is told below."""
    names = {
        tax.code: writer.text(_short(tax.name)) for tax in bill.taxes if tax.rate or tax.amount
    }
    fits = all(len(name) <= TAX_HEAD_SIZE_MAX for name in names.values())
    return names if fits and len(names) <= TAX_COLUMNS_MAX else {}


def _short(name: Text) -> Text:
    return Text(name.pt.partition(" (")[0], name.en.partition(" (")[0])


def _item(line: BillLine, bill: Bill, taxes: list[str], writer: Writer) -> list[Any]:
    by_code = {code: [t.amount for t in line.taxes if t.code == code] for code in taxes}
    return [
        {"text": writer.text(line.name), "note": _when(line, bill, writer)},
        writer.exact(line.quantity),
        harmless(line.unit),
        writer.rate(line.rate_before_tax),
        writer.rate(line.rate),
        writer.amount(line.amount),
        *(writer.amount(sum(found[1:], found[0])) if found else "" for found in by_code.values()),
    ]


def _when(line: BillLine, bill: Bill, writer: Writer) -> str:
    """Say the days of a line that is not for the whole cycle, or whose label held for some."""
    is_whole = (line.start_s, line.end_s) == (bill.start_s, bill.end_s)
    said = [] if is_whole else [writer.period(line.start_s, line.end_s)]
    if line.days:
        said.append(writer("held", days=line.days))
    return "; ".join(said)


def _registers(meter: MeterReadout, writer: Writer) -> Iterator[list[str]]:
    name = harmless(meter.serial) or meter.uuid[:UUID_SHOWN]
    flows = [
        ("import", meter.first_import_wh, meter.last_import_wh, meter.import_wh),
        ("export", meter.first_export_wh, meter.last_export_wh, meter.export_wh),
    ]
    for flow, first_wh, last_wh, counted_wh in flows:
        if flow == "export" and not (last_wh or counted_wh):
            continue
        yield [
            name,
            writer(flow),
            *_register(meter.first_time_s, first_wh, writer),
            *_register(meter.last_time_s, last_wh, writer),
            writer.kwh(counted_wh),
            writer.number(writer.days(meter.start_s, meter.end_s)),
        ]


def _register(time_s: int, energy_wh: int, writer: Writer) -> tuple[str, str]:
    return (writer.moment(time_s), writer.kwh(energy_wh)) if time_s else ("–", "–")
