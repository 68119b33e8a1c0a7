"""An issued invoice computed again, from the readings as of its commit and what it says itself.

So that a line can be opened years later, and that a difference shows if anything behind it changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.billing import Usage, rate
from quilowatt.billing.tariff_record import load_record
from quilowatt.errors import StoreCorrupt
from quilowatt.jobs.billed_places import power_limits_w
from quilowatt.jobs.cycle_energy import (
    CyclePeriod,
    PlaceEnergy,
    place_energy,
    supply_had_begun,
)
from quilowatt.jobs.missing_rules import BilledBefore, rule_name
from quilowatt.jobs.proof import Evidence, MeterEvidence, proof_of
from quilowatt.profile import CELL_S, CONTEXT_S, Connection, Stay

if TYPE_CHECKING:
    from quilowatt.billing import Bill, Tariff
    from quilowatt.billing.invoice import Invoice
    from quilowatt.core import ReadingColumns
    from quilowatt.jobs.cycle_bills import CycleBill
    from quilowatt.store import Ledger, ReadingStore

__all__ = ["InvoiceAgain", "cycle_again", "invoice_again", "proof_of_issued", "tariff_of"]

COMMITS_PER_S = 1_000_000
"""A commit is numbered by its time in µs."""


@dataclass(frozen=True, slots=True)
class InvoiceAgain:
    """What comes out.

    Parameters
    ----------
    bill : Bill
        As it is computed again.
    energy : PlaceEnergy
        Its energies, quality and load profile.
    tariff : Tariff
        As it was.
    period : CyclePeriod
        The cycle.
    stays : tuple of Stay
        The meters, with the readings that count, in the order of the invoice's links.
    connection : Connection
        What the usage point can carry.
    """

    bill: Bill
    energy: PlaceEnergy
    tariff: Tariff
    period: CyclePeriod
    stays: tuple[Stay, ...]
    connection: Connection


def invoice_again(ledger: Ledger, readings: ReadingStore, invoice: Invoice) -> InvoiceAgain:
    """Compute an invoice again.

    Parameters
    ----------
    ledger : Ledger
        For the tariff's document, the meters as they were, and the limit of the connection.
    readings : ReadingStore
        Asked as of the invoice's commit.
    invoice : Invoice
        As it was issued.

    Raises
    ------
    StoreCorrupt
        The invoice or its tariff is not there.
    """
    basis = _basis(ledger, readings, invoice)
    period, zone = basis.period, basis.period.zone
    energy = place_energy(basis.stays, period, basis.connection, basis.before)
    usage = Usage.of_one(period.edges_s, energy.import_wh, energy.export_wh)
    bill = rate(basis.tariff, usage, zone, invoice.place.point)
    return InvoiceAgain(bill, energy, basis.tariff, period, tuple(basis.stays), basis.connection)


def proof_of_issued(ledger: Ledger, readings: ReadingStore, invoice: Invoice) -> dict[str, Any]:
    """Write the proof of an issued invoice, from the readings as of its commit.

    Returns
    -------
    dict
        For `jobs.proof.write_proof`; parameters and errors as of `invoice_again`.
    """
    basis = _basis(ledger, readings, invoice)
    missing = None
    if supply_had_begun(basis.stays, basis.period, basis.before):
        missing = {
            "rule": rule_name(basis.period.regime.missing, basis.before),
            "import_wh": basis.before.import_wh,
            "export_wh": basis.before.export_wh,
            "days": basis.before.days,
        }
    evidence = Evidence(
        tuple(
            MeterEvidence(meter.uuid, stay)
            for meter, stay in zip(invoice.meters, basis.stays, strict=True)
        ),
        basis.period.zone,
        int(basis.connection.powers_max_w(1)[0]),
        missing,
        CELL_S,
    )
    return proof_of(invoice, _tariff_record(ledger, invoice), evidence)


class _Basis(NamedTuple):
    """What an invoice was computed from."""

    tariff: Tariff
    period: CyclePeriod
    stays: list[Stay]
    connection: Connection
    before: BilledBefore


def _basis(ledger: Ledger, readings: ReadingStore, invoice: Invoice) -> _Basis:
    bill = invoice.bill
    zone, tariff = ZoneInfo(invoice.place.timezone), tariff_of(ledger, invoice)
    cuts_s = tariff.cuts_s(bill.start_s, bill.end_s, zone)
    edges_s = np.array([bill.start_s, *cuts_s, bill.end_s], np.int64)
    period = CyclePeriod(zone, edges_s, bill.end_s, is_ended=True, regime=tariff.regime)
    row = ledger.invoices.invoice(invoice.number)
    links = ledger.invoices.links_of([row.id] if row else []).get(row.id if row else 0, [])
    if not links:
        raise StoreCorrupt(f"invoice {invoice.number} is not there; restore a backup")
    clients = ledger.client_of_meters(link.meter_number for link in links)
    places = [clients[link.meter_number] for link in links[-1:]]
    limits_w = power_limits_w(ledger.terms, places, as_of_s=invoice.as_of // COMMITS_PER_S)
    span_s = bill.start_s, bill.end_s
    stays = [
        Stay(
            _around(readings, link.meter_number, span_s, invoice.as_of),
            link.start_s,
            link.end_s,
            link.digits,
            link.interval_s,
        )
        for link in links
    ]
    before = BilledBefore.said(invoice.history, tariff.regime)
    return _Basis(tariff, period, stays, Connection(limits_w, zone), before)


def cycle_again(readings: ReadingStore, bill: CycleBill) -> PlaceEnergy:
    """Work out the energy of a bill by quarter-hours, from all readings.

    Parameters
    ----------
    readings : ReadingStore
        Asked as of now.
    bill : CycleBill
        Of a running cycle.
    """
    energy, period = bill.energy, bill.energy.period
    stays = [
        Stay(
            _around(readings, client.meter_number, (period.start_s, period.end_s), None),
            start_s,
            end_s,
            client.digits,
            client.interval_s,
        )
        for client, start_s, end_s in energy.stays[bill.row]
    ]
    limits_w = energy.connections.powers_max_w(len(energy.stays))[[bill.row]]
    before = BilledBefore.of(bill.history, bill.zone, period.regime)
    return place_energy(stays, period, Connection(limits_w, bill.zone), before)


def tariff_of(ledger: Ledger, invoice: Invoice) -> Tariff:
    """Read the tariff of an invoice as it was.

    Raises
    ------
    StoreCorrupt
        It is not there.
    """
    return load_record(_tariff_record(ledger, invoice), invoice.bill.tariff_code)


def _tariff_record(ledger: Ledger, invoice: Invoice) -> dict[str, Any]:
    body = ledger.invoices.kept_document(invoice.tariff_digest)
    if body is None:
        raise StoreCorrupt(f"invoice {invoice.number}: its tariff is not there; restore a backup")
    record: dict[str, Any] = json.loads(body)
    return record


def _around(
    readings: ReadingStore, number: int, period_s: tuple[int, int], as_of: int | None
) -> ReadingColumns:
    """Read a meter in a period and around it."""
    start_s, end_s = period_s
    return readings.readings(
        np.array([number], np.int32),
        max(start_s - CONTEXT_S, 0),
        end_s + CONTEXT_S,
        as_of=as_of,
        with_neighbours=True,
    )
