"""The state as a plain table, for scripts, pipes and screens that can't draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from quilowatt.tui.find import find_clients
from quilowatt.tui.wording import age, alert_kind, alert_sentence, energy_figure
from quilowatt.tui.zones import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from quilowatt.client import Alert, Customer, Invoice
    from quilowatt.core.words import Words
    from quilowatt.tui.feed import Feed

__all__ = ["Snapshot", "fetch_snapshot", "table", "tell_snapshot"]

PAGE_LIMIT: Final = 500
MISSING: Final = "–"
RIGHT: Final = (False, False, True, True, True, True, True, False)
"""Which columns are set at the right."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Clients with their bills and open alerts, at one moment.

    Parameters
    ----------
    customers : tuple of Customer
        In the server's order.
    invoices : dict
        Bills of the running month by meter.
    alerts : dict
        Open alerts by meter.
    """

    customers: tuple[Customer, ...]
    invoices: dict[UUID, Invoice]
    alerts: dict[UUID, list[Alert]]


async def fetch_snapshot(feed: Feed, client: str | None) -> Snapshot:
    """Ask for one client or for all.

    Parameters
    ----------
    feed : Feed
        The server.
    client : str or None
        As `find_clients` reads it; None for all.

    Raises
    ------
    ApiError
        The server can't be asked.
    """
    if client is None:
        customers, invoices = await _all_customers(feed), await _all_invoices(feed)
    else:
        customers = await find_clients(feed, client)
        pages = [await feed.invoices(meter=customer.meter) for customer in customers]
        invoices = [invoice for page in pages for invoice in page.items]
    alerts: dict[UUID, list[Alert]] = {}
    for alert in await _open_alerts(feed):
        alerts.setdefault(alert.meter, []).append(alert)
    return Snapshot(tuple(customers), {i.meter: i for i in invoices if i.meter}, alerts)


def tell_snapshot(snapshot: Snapshot, *, now_s: float, words: Words) -> str:
    """Write a snapshot as a table; a single client gets bill lines and alerts below it.

    Parameters
    ----------
    snapshot : Snapshot
        At least one client.
    now_s : float
        The present, for ages. [s since 1970-01-01 UTC]
    words : Words
        The table of phrases.
    """
    head = ["column_name", "column_meter", "column_now", "column_today", "column_month"]
    rows = [[words(key) for key in (*head, "plain_bill", "column_seen", "plain_alert")]]
    rows += [_row(customer, snapshot, now_s, words) for customer in snapshot.customers]
    text = table(rows, RIGHT)
    if len(snapshot.customers) == 1:
        text += _details(snapshot.customers[0], snapshot, words)
    return text


def table(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Align cells in columns, two blanks apart.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first one is the heading.
    right : sequence of bool
        Which columns are set at the right.

    Examples
    --------
    >>> print(table([["name", "W"], ["Ana", "1,240"]], [False, True]), end="")
    name      W
    Ana   1,240
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        lines.append("  ".join(_padded(text, width, at_right) for text, width, at_right in cells))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _padded(text: str, width: int, at_right: bool) -> str:  # noqa: FBT001 - a cell's own property
    blanks = " " * (width - cell_len(text))
    return blanks + text if at_right else text + blanks


def _row(customer: Customer, snapshot: Snapshot, now_s: float, words: Words) -> list[str]:
    invoice = snapshot.invoices.get(customer.meter)
    alerts = snapshot.alerts.get(customer.meter, [])
    return [
        customer.name,
        customer.serial or str(customer.meter),
        MISSING if customer.power_w is None else words.power(customer.power_w),
        energy_figure(customer.today_kwh, words),
        energy_figure(customer.month_kwh, words),
        _total(invoice, words),
        _seen(customer, now_s, words),
        ", ".join(alert_kind(alert.kind, words) for alert in alerts),
    ]


def _total(invoice: Invoice | None, words: Words) -> str:
    if invoice is None or invoice.total is None or invoice.currency is None:
        return MISSING
    return words.money(invoice.total, invoice.currency)


def _seen(customer: Customer, now_s: float, words: Words) -> str:
    if customer.last_reading is None:
        return words("no_reading_short")
    return words("ago", age=age(now_s - customer.last_reading.time.timestamp(), words))


def _details(customer: Customer, snapshot: Snapshot, words: Words) -> str:
    text, invoice = "", snapshot.invoices.get(customer.meter)
    if invoice is not None and invoice.total is not None and invoice.currency is not None:
        key = "total_so_far" if invoice.state == "running" else "total"
        rows = [
            *(
                [f"  {line.description}", words.money(line.amount, invoice.currency)]
                for line in invoice.lines
            ),
            [f"  {words(key)}", words.money(invoice.total, invoice.currency)],
        ]
        text += f"\n{words('plain_bill')} ({invoice.month}):\n" + table(rows, (False, True))
    for alert in snapshot.alerts.get(customer.meter, []):
        sentence = alert_sentence(alert, zone_of(customer.timezone), words)
        text += f"\n{alert_kind(alert.kind, words)}: {sentence}\n"
    return text


async def _all_customers(feed: Feed) -> list[Customer]:
    found: list[Customer] = []
    cursor: str | None = None
    while True:
        page = await feed.customers(limit=PAGE_LIMIT, cursor=cursor)
        found += page.items
        if (cursor := page.next_cursor) is None:
            return found


async def _all_invoices(feed: Feed) -> list[Invoice]:
    found: list[Invoice] = []
    cursor: str | None = None
    while True:
        page = await feed.invoices(limit=PAGE_LIMIT, cursor=cursor)
        found += page.items
        if (cursor := page.next_cursor) is None:
            return found


async def _open_alerts(feed: Feed) -> list[Alert]:
    found: list[Alert] = []
    cursor: str | None = None
    while True:
        page = await feed.alerts(is_open=True, limit=PAGE_LIMIT, cursor=cursor)
        found += page.items
        if (cursor := page.next_cursor) is None:
            return found
