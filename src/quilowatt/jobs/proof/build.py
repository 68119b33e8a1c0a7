"""Puts everything that an invoice stands on into one proof.

Given plain values by whoever has the invoice, its tariff and its readings; reads nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.billing.invoice_record import digest, invoice_record
from quilowatt.billing.proof_calendar import holiday_dates, offsets_between
from quilowatt.billing.proof_shape import PROOF_FORMAT
from quilowatt.billing.tariff_record import load_record, record_calendars
from quilowatt.core.batch import ReadingColumns
from quilowatt.core.calendar import TIME_S_MAX, local_date
from quilowatt.jobs.proof.columns import packed, packed_readings
from quilowatt.jobs.proof.document import MeterEvidence, seal
from quilowatt.jobs.proof.figures import HOUR_S, Basis, profile_between, quality_of, readout
from quilowatt.profile import Connection, meters_with_more_to_read

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.billing.invoice import Invoice
    from quilowatt.profile import LoadProfile

__all__ = ["Evidence", "MeterEvidence", "proof_of"]

MARGIN_S: Final = 2 * 86_400
"""Days of the calendar beyond the readings, for local days that go past an end. [s]"""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the energy of an invoice was computed from.

    Parameters
    ----------
    meters : tuple of MeterEvidence
        By time, with all readings that were looked at: those of the cycle, a neighbour on each
        side, and `profile.CONTEXT_S` before and after for a meter with odd readings or holes.
    zone : ZoneInfo
        Of the usage point.
    power_max_w : int
        What its connection can carry; 0 = unknown. [W]
    missing : dict or None
        Rule for time without readings, and its inputs: ``{"rule", "import_wh", "export_wh",
        "days"}``; None where none was used.
    quality_step_s : int
        Quality was told for intervals of so long. [s]
    """

    meters: tuple[MeterEvidence, ...]
    zone: ZoneInfo
    power_max_w: int = 0
    missing: Record | None = None
    quality_step_s: int = HOUR_S

    @property
    def basis(self) -> Basis:
        """The same for `figures`."""
        rules = {
            "power_max_w": self.power_max_w,
            "quality_step_s": self.quality_step_s,
            "missing": self.missing,
        }
        return Basis(self.meters, Connection(self.power_max_w, self.zone), rules)


def proof_of(invoice: Invoice, tariff: Record, evidence: Evidence) -> Record:
    """Write the proof of an issued invoice.

    Parameters
    ----------
    invoice : Invoice
        As it was issued.
    tariff : dict
        `billing.tariff_record.tariff_record` of the document that it follows.
    evidence : Evidence
        Readings and rules as of `Invoice.as_of`.

    Returns
    -------
    dict
        For `write_proof`. Readings that change nothing are left out.
    """
    bill = invoice.bill
    cuts_s = load_record(tariff, bill.tariff_code).cuts_s(bill.start_s, bill.end_s, evidence.zone)
    edges_s = np.array([bill.start_s, *cuts_s, bill.end_s], np.int64)
    whole = profile_between(evidence.basis, edges_s)
    narrow = _narrowed(evidence, edges_s)
    if _says_the_same(narrow, evidence, edges_s, whole, invoice):
        evidence = narrow
    record = invoice_record(invoice)
    return seal(
        {
            "format": PROOF_FORMAT,
            "invoice": record,
            "digest": digest(record),
            "meters": [_meter(meter) for meter in evidence.meters],
            "rules": evidence.basis.rules,
            "profile": {
                "edges_s": packed(edges_s),
                "import_wh": whole.import_wh.tolist(),
                "export_wh": whole.export_wh.tolist(),
            },
            "tariff": tariff,
            "calendar": _calendar(invoice, tariff, evidence),
        }
    )


def _narrowed(evidence: Evidence, edges_s: NDArray[np.int64]) -> Evidence:
    """Leave out what lies further away than the neighbours, of meters that need no more."""
    start_s, end_s = int(edges_s[0]), int(edges_s[-1])
    connection = Connection(evidence.power_max_w)
    meters = []
    for meter in evidence.meters:
        readings = meter.stay.readings
        first = max(int(np.searchsorted(readings.time_s, start_s, side="right")) - 1, 0)
        last = int(np.searchsorted(readings.time_s, end_s, side="left")) + 1
        near = _rows(readings, slice(first, last))
        if (
            evidence.missing is None
            and not meters_with_more_to_read(near, edges_s, connection).size
        ):
            meter = replace(meter, stay=replace(meter.stay, readings=near))  # noqa: PLW2901
        meters.append(meter)
    return replace(evidence, meters=tuple(meters))


def _says_the_same(
    narrow: Evidence,
    evidence: Evidence,
    edges_s: NDArray[np.int64],
    whole: LoadProfile,
    invoice: Invoice,
) -> bool:
    cycle_s = int(edges_s[0]), int(edges_s[-1])
    profile = profile_between(narrow.basis, edges_s)
    readouts = [
        tuple(
            readout(meter, shown.serial, cycle_s, each.basis.connection)
            for meter, shown in zip(each.meters, invoice.meters, strict=True)
        )
        for each in (narrow, evidence)
    ]
    return (
        np.array_equal(profile.import_wh, whole.import_wh)
        and np.array_equal(profile.export_wh, whole.export_wh)
        and readouts[0] == readouts[1]
        and quality_of(narrow.basis, *cycle_s) == quality_of(evidence.basis, *cycle_s)
    )


def _rows(readings: ReadingColumns, rows: slice) -> ReadingColumns:
    return ReadingColumns(
        readings.meter[rows],
        readings.time_s[rows],
        readings.import_wh[rows],
        readings.export_wh[rows],
        readings.commit[rows],
        readings.is_revised[rows],
    )


def _meter(meter: MeterEvidence) -> Record:
    stay = meter.stay
    declared = [
        None if energy is None else {"import_wh": energy.import_wh, "export_wh": energy.export_wh}
        for energy in (stay.first_wh, stay.last_wh)
    ]
    return {
        "uuid": meter.uuid,
        "digits": stay.digits,
        "interval_s": stay.interval_s,
        "start_s": stay.start_s,
        "end_s": min(stay.end_s, TIME_S_MAX),
        "first_wh": declared[0],
        "last_wh": declared[1],
        **packed_readings(stay.readings),
    }


def _calendar(invoice: Invoice, tariff: Record, evidence: Evidence) -> Record:
    bill = invoice.bill
    times_s = [bill.start_s, bill.end_s]
    times_s += [
        int(meter.stay.readings.time_s[row])
        for meter in evidence.meters
        for row in ((0, -1) if len(meter.stay.readings) else ())
    ]
    start_s, end_s = max(min(times_s) - MARGIN_S, 0), max(times_s) + MARGIN_S
    first = local_date(bill.start_s, evidence.zone) - timedelta(days=1)
    last = local_date(bill.end_s, evidence.zone) + timedelta(days=1)
    offsets = offsets_between(evidence.zone, start_s, end_s)
    return {
        "timezone": evidence.zone.key,
        "offsets": [list(pair) for pair in offsets],
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "holidays": holiday_dates(record_calendars(tariff), first, last),
    }
