"""Facts as the items of `/v1`: plain values in English, as `client.models` describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quilowatt.api.alert_view import handling_item, size_item
from quilowatt.api.budget_words import BUDGET_TIPOS
from quilowatt.api.formats import kwh
from quilowatt.api.messages import alert_message
from quilowatt.api.moments import local_text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from quilowatt.api.alert_view import AlertView
    from quilowatt.api.bill_views import BillView
    from quilowatt.api.consumption import ClientState
    from quilowatt.api.services import MeterControl
    from quilowatt.billing import Bill, BillLine
    from quilowatt.billing.invoice import Quality
    from quilowatt.core.words import Language
    from quilowatt.store import AlertRecord

__all__ = [
    "alert_item",
    "customer_item",
    "invoice_item",
    "kwh_or_none",
    "line_item",
    "meter_item",
    "quality_item",
]


def kwh_or_none(energy_wh: int | None) -> float | None:
    """Energy in kilowatt-hours, if it is known [Wh]."""
    return None if energy_wh is None else kwh(energy_wh)


def _consumption(state: ClientState) -> dict[str, Any]:
    reading = None
    if state.time_s is not None:
        reading = {
            "time": local_text(state.time_s, state.zone),
            "import_kwh": kwh(state.import_wh),
            "export_kwh": kwh(state.export_wh),
            "is_revised": False,
        }
    return {
        "last_reading": reading,
        "power_w": state.power_w,
        "today_kwh": kwh_or_none(state.today_wh),
        "month_kwh": kwh_or_none(state.month_wh),
    }


def customer_item(state: ClientState) -> dict[str, Any]:
    """Write a `client.models.Customer`."""
    client, period = state.client, None
    if state.period_s is not None:
        start_s, end_s = state.period_s
        period = {
            "start": local_text(start_s, state.zone),
            "end": local_text(end_s, state.zone),
            "import_kwh": kwh_or_none(state.period_wh),
        }
    return {
        "id": str(client.customer_uuid),
        "name": client.name,
        "usage_point": str(client.usage_point_uuid),
        "timezone": client.timezone,
        "tariff": client.tariff_code,
        "meter": str(client.meter_uuid),
        "serial": client.serial,
        **_consumption(state),
        "period": period,
    }


def meter_item(state: ClientState, control: MeterControl) -> dict[str, Any]:
    """Write a `client.models.Meter`."""
    client = state.client
    has_been_heard = state.time_s is not None or control.is_connected(client.meter_number)
    meter_state = "never_heard" if client.state == "active" and not has_been_heard else client.state
    return {
        "id": str(client.meter_uuid),
        "serial": client.serial,
        "model": client.model,
        "phases": client.phases,
        "interval_s": client.interval_s,
        "digits": client.digits,
        "state": meter_state,
        "is_connected": control.is_connected(client.meter_number),
        "registered_at": local_text(client.registered_at_s, state.zone),
        "customer": {"id": str(client.customer_uuid), "name": client.name},
        "usage_point": {
            "id": str(client.usage_point_uuid),
            "timezone": client.timezone,
            "tariff": client.tariff_code,
            "billing_day": client.billing_day,
        },
        **_consumption(state),
    }


def alert_item(view: AlertView, tongue: Language) -> dict[str, Any]:
    """Write a `client.models.Alert`."""
    record, zone, closed_at_s = view.record, view.zone, view.record.closed_at_s
    return {
        "id": record.id,
        "kind": record.kind,
        "severity": record.severity,
        "customer": {"id": str(record.customer_uuid), "name": record.customer_name},
        "meter": str(record.meter_uuid),
        "began_at": local_text(record.opened_at_s, zone),
        "raised_at": local_text(record.raised_at_s, zone),
        "updated_at": local_text(record.updated_at_s, zone),
        "closed_at": None if closed_at_s is None else local_text(closed_at_s, zone),
        "is_open": closed_at_s is None,
        "power_w": record.power_w,
        "usual_power_w": record.usual_power_w,
        "excess_kwh": kwh(record.excess_wh),
        **size_item(record),
        "budget": _budget(record),
        **handling_item(view),
        "message": alert_message(record, zone, tongue),
    }


def _budget(record: AlertRecord) -> dict[str, Any] | None:
    if record.kind not in BUDGET_TIPOS:
        return None
    names = ("limit", "used", "expected", "low", "high", "currency")
    return {name: record.details.get(name) for name in names}


def invoice_item(found: BillView, tongue: Language) -> dict[str, Any]:
    """Write a `client.models_invoices.Invoice`."""
    bill, issued = found.bill, found.issued
    item: dict[str, Any] = {
        "number": None,
        "kind": "invoice",
        "customer": {"id": found.customer_uuid, "name": found.customer_name},
        "usage_point": found.usage_point_uuid,
        "meter": found.meter_uuid or None,
        "month": found.month,
        "start": local_text(found.start_s, found.zone),
        "end": local_text(found.end_s, found.zone),
        "state": found.state,
        "tariff": found.tariff_code,
        "issued_at": None,
        "due": None,
        "replaces": None,
        "replaced_by": None,
        "import_kwh": kwh_or_none(found.energy_wh),
        "export_kwh": kwh_or_none(found.export_wh),
        "quality": quality_item(found.quality) if found.energy_wh is not None else None,
    }
    if issued is not None:
        item |= {
            "number": issued.row.number,
            "kind": issued.row.kind,
            "issued_at": local_text(issued.row.issued_at_s, found.zone),
            "due": issued.row.due.isoformat(),
            "replaces": issued.invoice.replaces or None,
            "replaced_by": issued.row.replaced_by,
        }
    return item | (_priced(found, bill, tongue) if bill else _unpriced(found.note.spoken(tongue)))


def quality_item(quality: Quality) -> dict[str, Any]:
    """Write a `client.models_invoices.InvoiceQuality`."""
    return {
        "measured_s": quality.measured_s,
        "estimated_s": quality.estimated_s,
        "revised_s": quality.revised_s,
        "missing_s": quality.missing_s,
        "estimated_kwh": kwh(quality.estimated_wh),
        "issues": dict(quality.issues),
    }


def line_item(line: BillLine, zone: ZoneInfo, tongue: Language) -> dict[str, Any]:
    """Write a `client.models_invoices.InvoiceLine`."""
    return {
        "code": line.code,
        "description": line.name.spoken(tongue),
        "start": local_text(line.start_s, zone),
        "end": local_text(line.end_s, zone),
        "quantity": str(line.quantity),
        "unit": line.unit,
        "rate_before_tax": str(line.rate_before_tax),
        "rate": str(line.rate),
        "amount": str(line.amount),
        "formula": line.formula,
    }


def _priced(found: BillView, bill: Bill, tongue: Language) -> dict[str, Any]:
    return {
        "currency": bill.currency,
        "total": str(bill.total),
        "lines": [line_item(line, found.zone, tongue) for line in bill.lines],
        "taxes": [
            {
                "code": tax.code,
                "description": tax.name.spoken(tongue),
                "rate": str(tax.rate),
                "base": str(tax.base),
                "amount": str(tax.amount),
            }
            for tax in bill.taxes
        ],
        "notes": [note.spoken(tongue) for note in bill.notes],
    }


def _unpriced(note: str) -> dict[str, Any]:
    return {
        "currency": None,
        "total": None,
        "lines": [],
        "taxes": [],
        "notes": [note],
    }
