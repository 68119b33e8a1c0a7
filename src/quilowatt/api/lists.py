"""What the list routes of both languages share: which facts are on a page, and where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quilowatt.api.bill_views import BillView, issued_page, month_views
from quilowatt.core.calendar import month_of
from quilowatt.store import AlertFilter, ClientFilter, names

if TYPE_CHECKING:
    from fastapi import Request

    from quilowatt.api.questions import ListQuestion
    from quilowatt.api.services import Services
    from quilowatt.client.models_invoices import InvoiceState
    from quilowatt.store import AlertRecord, Client, Ledger

__all__ = [
    "alerts_page",
    "bills_page",
    "clients_page",
    "named_or_identified",
    "services_of",
]


def services_of(request: Request) -> Services:
    """Return what `create_app` was given."""
    services: Services = request.app.state.services
    return services


def clients_page(
    ledger: Ledger, which: ClientFilter, question: ListQuestion
) -> tuple[list[Client], str | None]:
    """Fetch a page of usage points, and the cursor of the next page."""
    limit = question.page_limit
    clients = ledger.clients(which, after=question.after(), limit=limit + 1)
    if len(clients) <= limit:
        return clients, None
    return clients[:limit], question.cursor_after(clients[limit - 1].usage_point_id)


def alerts_page(
    ledger: Ledger, which: AlertFilter, question: ListQuestion
) -> tuple[list[AlertRecord], str | None]:
    """Fetch a page of alerts, and the cursor of the next page."""
    limit = question.page_limit
    alerts = ledger.alerts(which, after=question.after(), limit=limit + 1)
    if len(alerts) <= limit:
        return alerts, None
    return alerts[:limit], question.cursor_after(alerts[limit - 1].id)


def bills_page(
    services: Services,
    which: ClientFilter,
    question: ListQuestion,
    month: tuple[str, str | None],
    state: InvoiceState | None,
) -> tuple[list[BillView], str | None]:
    """Show a page of bills and invoices.

    Without a state, or with one that only bills have, it is a page of usage points in a month,
    given with the name of its parameter. With a state of invoices it is one of all invoices.

    Raises
    ------
    RequestRefused
        422, if the month has not begun.
    """
    name, asked = month
    if asked is not None and asked > month_of(services.now_s(), services.zone):
        raise question.refusal(name)
    limit = question.page_limit
    if state is not None and state != "running" and state != "unissued":  # noqa: PLR1714 - mypy
        page = question.after(), limit + 1
        views = issued_page(services, which, (state, asked), page)
        shown = [view for view in views[:limit] if view.state == state]
        if len(views) <= limit:
            return shown, None
        last = views[limit - 1].issued
        assert last is not None
        return shown, question.cursor_after(last.row.id)
    clients, cursor = clients_page(services.ledger, which, question)
    views = month_views(services, clients, asked)
    return [view for view in views if state in (None, view.state)], cursor


def named_or_identified(customer: str | None, meter: str | None) -> ClientFilter:
    """Make a filter of a customer's UUID or name, and a meter's UUID or serial."""
    if customer is None:
        return ClientFilter(meter=meter)
    uuid, name = names.named_or_identified(customer)
    return ClientFilter(id=uuid, name=name, meter=meter)
