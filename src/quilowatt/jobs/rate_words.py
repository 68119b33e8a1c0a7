"""What ``quilowatt rate`` prints: bills as JSON, or as text for people."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from quilowatt.core.money import decimal_text
from quilowatt.jobs.rate_file import bill_item

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from quilowatt.billing import Bill
    from quilowatt.jobs.rate_file import Rated

__all__ = ["as_json", "as_text"]


def as_json(rated: Rated) -> str:
    """Return all bills as one JSON document."""
    bills = [bill_item(bill, rated.zone) for bill in rated.bills]
    return json.dumps({"bills": bills}, ensure_ascii=False, indent=2)


def as_text(rated: Rated) -> str:
    """Return all bills as tables, with the formula of each line."""
    return "\n\n".join(_bill_text(bill, rated.zone) for bill in rated.bills)


def _bill_text(bill: Bill, zone: ZoneInfo) -> str:
    days = [datetime.fromtimestamp(s, zone).isoformat(" ", "minutes")[:16] for s in _ends(bill)]
    width = max((len(line.name.en) for line in bill.lines), default=0)
    rows = [
        f"  {line.name.en:{width}}  {decimal_text(line.quantity):>12} {line.unit:5}"
        f"  {line.amount:>12}  {line.formula}"
        for line in bill.lines
    ]
    total = f"  {'total':{width}}  {'':>18}  {bill.total:>12}  {bill.currency}"
    notes = [f"  {note.en}" for note in bill.notes]
    return "\n".join([f"{days[0]} to {days[1]}  {bill.tariff_name.en}", *rows, total, *notes])


def _ends(bill: Bill) -> tuple[int, int]:
    return bill.start_s, bill.end_s
