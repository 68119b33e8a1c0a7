"""The picture of 13 cycles and the bar of quality, as whole numbers that the template draws."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from quilowatt.billing.invoice import Invoice, Quality
    from quilowatt.billing.paper.writing import Writer

__all__ = ["chart_of", "comparison", "quality_of"]

WHOLE: Final = 10_000
"""Bars are given in ten-thousandths of the picture's height. [1]"""

UNITS: Final = (("kWh", 3), ("MWh", 6), ("GWh", 9))
"""And how many tens they are of a Wh. [-]"""

LABEL_MAX: Final = 100_000
"""A longer figure would touch its neighbour's. [unit]"""

KINDS: Final = ("measured", "estimated", "revised", "missing")


def chart_of(invoice: Invoice, writer: Writer) -> dict[str, Any]:
    """Draw the cycles before and this one."""
    bill = invoice.bill
    bars = [(past.month, past.import_wh, past.export_wh, 0) for past in invoice.history]
    estimated_wh = min(invoice.quality.estimated_wh, bill.energy_wh)
    bars.append((invoice.month, bill.energy_wh, bill.export_wh, estimated_wh))
    rise_wh = max((taken for _, taken, _, _ in bars), default=0)
    span_wh = max(1, rise_wh + max(sent for _, _, sent, _ in bars))
    unit, tens = _unit(max(max(taken, sent) for _, taken, sent, _ in bars))
    drawn = [
        {
            "month": writer.short_month(_first(month)),
            "year": month[:4] if at == 0 or month[5:] == "01" else "",
            "taken": taken * WHOLE // span_wh,
            "guessed": guessed * WHOLE // span_wh,
            "sent": sent * WHOLE // span_wh,
            "taken_said": _label(taken, tens, writer),
            "sent_said": _label(sent, tens, writer) if sent else "",
            "is_now": at == len(bars) - 1,
        }
        for at, (month, taken, sent, guessed) in enumerate(bars)
    ]
    listed = "; ".join(
        f"{month} {bar['taken_said']}" for bar, (month, *_) in zip(drawn, bars, strict=True)
    )
    return {
        "title": writer("chart", unit=unit),
        "alt": writer("chart_alt", list=listed),
        "note": _mean(invoice, writer),
        "rise": rise_wh * WHOLE // span_wh or WHOLE,
        "legend": _legend(bars, writer),
        "bars": drawn,
    }


def comparison(invoice: Invoice, writer: Writer) -> str:
    """Say how much more or less a day was used than in the cycle before; empty if none is known."""
    past = invoice.history[-1] if invoice.history else None
    if past is None or not past.import_wh or not past.days:
        return ""
    days = writer.days(invoice.bill.start_s, invoice.bill.end_s)
    ratio = Decimal(invoice.bill.energy_wh * past.days) / Decimal(past.import_wh * days)
    change = ((ratio - 1) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    if not change:
        return writer("same")
    return writer("more" if change > 0 else "less", share=f"{writer.number(abs(change))}%")


def quality_of(quality: Quality, writer: Writer) -> dict[str, Any]:
    """Say how much of the cycle was measured, and what was odd."""
    spans = {kind: int(getattr(quality, f"{kind}_s")) for kind in KINDS}
    total_s = sum(spans.values())
    parts = [
        {"kind": kind, "span": span, "said": writer(kind, share=_share(span, total_s, writer))}
        for kind, span in spans.items()
        if span
    ]
    lines = [
        writer.issue(rule, times)
        for rule, times in sorted(quality.issues.items(), key=lambda item: (-item[1], item[0]))
        if times
    ]
    if quality.estimated_wh:
        energy = writer.kwh(quality.estimated_wh)
        lines.insert(0, writer("estimated_energy", energy=energy))
    return {
        "title": writer("quality"),
        "parts": parts,
        "lines": lines or [writer("no_issues")],
    }


def _unit(most_wh: int) -> tuple[str, int]:
    fitting = (each for each in UNITS if most_wh < LABEL_MAX * 10 ** each[1])
    return next(fitting, UNITS[-1])


def _label(energy_wh: int, tens: int, writer: Writer) -> str:
    value = Decimal(energy_wh).scaleb(-tens)
    return writer.number(value, 1 if 0 < value < 10 else 0)  # noqa: PLR2004 - one figure


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _mean(invoice: Invoice, writer: Writer) -> str:
    days = sum(past.days for past in invoice.history)
    if not days:
        return writer("first_cycle")
    mean_wh = sum(past.import_wh for past in invoice.history) // days
    return writer("mean", energy=writer.kwh(mean_wh, 1))


def _legend(bars: list[tuple[str, int, int, int]], writer: Writer) -> list[dict[str, str]]:
    said = []
    has_sent = any(sent for _, _, sent, _ in bars)
    if has_sent or bars[-1][3]:
        said.append({"kind": "taken", "said": writer("taken")})
    if bars[-1][3]:
        said.append({"kind": "guessed", "said": writer("guessed")})
    if has_sent:
        said.append({"kind": "sent", "said": writer("sent")})
    return said


def _share(part_s: int, total_s: int, writer: Writer) -> str:
    """Write a part's percentage; never 100 % or 0 % of what isn't all or nothing."""
    tenths = (2000 * part_s + total_s) // (2 * total_s)
    if part_s != total_s:
        tenths = min(999, max(1, tenths))
    return writer.percent(Decimal(tenths) / 1000)
