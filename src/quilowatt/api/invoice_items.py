"""An issued invoice, whole, and the intervals behind a line, as the items of `/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quilowatt.api.formats import kwh
from quilowatt.api.moments import local_text
from quilowatt.api.v1_items import invoice_item, line_item
from quilowatt.profile import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from quilowatt.api.bill_views import BillView
    from quilowatt.billing.bill import BillLine
    from quilowatt.billing.invoice import Invoice, Link, MeterReadout
    from quilowatt.core.words import Language
    from quilowatt.jobs.line_intervals import LineInterval

__all__ = ["details_item", "intervals_item"]

QUALITIES: Final = {quality.value: quality.name.lower() for quality in Quality}
COMMITS_PER_S: Final = 1_000_000
"""A commit is numbered by its time in µs."""


def details_item(found: BillView, tongue: Language) -> dict[str, Any]:
    """Write a `client.models_invoices.InvoiceDetails`."""
    assert found.issued is not None
    said, zone = found.issued.invoice, found.zone
    return invoice_item(found, tongue) | {
        "reason": said.reason.spoken(tongue),
        "as_of": local_text(said.as_of // COMMITS_PER_S, zone),
        "issuer": {
            "name": said.issuer.name,
            "tax_id": said.issuer.tax_id,
            "address": list(said.issuer.address),
            "contact": said.issuer.contact,
        },
        "customer_details": {
            "name": said.customer.name,
            "tax_id": said.customer.tax_id,
            "address": list(said.customer.address),
        },
        "address": list(said.place.address),
        "timezone": said.place.timezone,
        "attributes": dict(said.place.point.attributes),
        "meters": [_meter(meter, zone) for meter in said.meters],
        "links": [_link(link, zone) for link in said.links],
        **_past_and_future(said, tongue),
        "tariff_digest": said.tariff_digest,
        "digest": found.issued.row.digest,
    }


def intervals_item(
    line: BillLine,
    intervals: Sequence[LineInterval],
    where: tuple[ZoneInfo, Language],
    *,
    is_same: bool,
) -> dict[str, Any]:
    """Write a `client.models_invoices.LineIntervals`."""
    zone, tongue = where
    return {
        "line": line_item(line, zone, tongue),
        "is_same": is_same,
        "intervals": [
            {
                "start": local_text(each.start_s, zone),
                "end": local_text(each.end_s, zone),
                "energy_kwh": kwh(each.energy_wh),
                "counted_kwh": None if each.counted is None else f"{each.counted:f}",
                "quality": QUALITIES[each.quality],
            }
            for each in intervals
        ],
    }


def _past_and_future(said: Invoice, tongue: Language) -> dict[str, Any]:
    """Cycles before, ways to pay, and what the next cycle begins with."""
    return {
        "history": [
            {
                "month": past.month,
                "days": past.days,
                "import_kwh": kwh(past.import_wh),
                "export_kwh": kwh(past.export_wh),
                "total": None if past.total is None else str(past.total),
            }
            for past in said.history
        ],
        "codes": [
            {
                "kind": code.kind,
                "reference": code.reference,
                "name": code.name.spoken(tongue),
                "copy_text": code.copy,
                "qr": code.qr,
                "bars": code.bars,
            }
            for code in said.codes
        ],
        "credits": [
            {
                "born": credit.born.isoformat(),
                "energy_kwh": kwh(credit.energy_wh),
                "period": credit.period,
            }
            for credit in said.bill.credits
        ],
        "lapsed_kwh": kwh(said.bill.lapsed_wh),
        "demand_w": dict(said.bill.demand_w),
    }


def _meter(meter: MeterReadout, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": meter.uuid,
        "serial": meter.serial,
        "start": local_text(meter.start_s, zone),
        "end": local_text(meter.end_s, zone),
        "first_time": local_text(meter.first_time_s, zone) if meter.first_time_s else None,
        "last_time": local_text(meter.last_time_s, zone) if meter.last_time_s else None,
        "first_import_kwh": kwh(meter.first_import_wh),
        "last_import_kwh": kwh(meter.last_import_wh),
        "first_export_kwh": kwh(meter.first_export_wh),
        "last_export_kwh": kwh(meter.last_export_wh),
        "import_kwh": kwh(meter.import_wh),
        "export_kwh": kwh(meter.export_wh),
    }


def _link(link: Link, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "meter": link.meter,
        "start": local_text(link.start_s, zone),
        "end": local_text(link.end_s, zone),
        "readings": link.readings,
        "previous": link.previous,
        "head": link.head,
    }
