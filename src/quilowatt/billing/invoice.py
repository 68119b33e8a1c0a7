"""What an invoice is once it is issued: a bill, for whom, from whom, until when, on which readings.

A value that never changes: a mistake gets a credit note and a replacement. `invoice_record` writes
it as a canonical document whose digest names it. What becomes of it later (paid, overdue, replaced)
lies in the ledger, not here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from quilowatt.billing.tariff import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from quilowatt.billing.bill import Bill
    from quilowatt.billing.point import UsagePoint

__all__ = [
    "NO_REASON",
    "Customer",
    "Invoice",
    "InvoiceKind",
    "Issuer",
    "Link",
    "MeterReadout",
    "PastCycle",
    "PaymentCode",
    "Place",
    "Quality",
]

InvoiceKind = Literal["invoice", "credit_note"]

NO_REASON: Final = Text("", "")
"""Of an invoice that corrects nothing."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who sends the bill.

    Parameters
    ----------
    name : str
        Of the company, condominium or landlord.
    tax_id : str
        As its country writes it; may be empty.
    address : tuple of str
        Lines.
    contact : str
        Telephone, e-mail or page, for questions.
    """

    name: str
    tax_id: str = ""
    address: tuple[str, ...] = ()
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who pays.

    Parameters
    ----------
    uuid, name : str
        As in the registry when the invoice was issued.
    tax_id : str
        May be empty.
    address : tuple of str
        Lines; may be empty.
    """

    uuid: str
    name: str
    tax_id: str = ""
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """The usage point that is billed.

    Parameters
    ----------
    uuid : str
        Its name in the registry.
    timezone : str
        IANA name of the zone whose days count.
    address : tuple of str
        Lines; may be empty.
    point : UsagePoint
        What else the bill depends on.
    """

    uuid: str
    timezone: str
    address: tuple[str, ...]
    point: UsagePoint


@dataclass(frozen=True, slots=True)
class MeterReadout:
    """What one meter at the usage point showed in the cycle.

    Parameters
    ----------
    uuid, serial : str
        Which meter.
    start_s, end_s : int
        Its part of the cycle, half-open. [s since 1970-01-01 UTC]
    first_time_s, last_time_s : int
        Of the reading at or before the start, and of the last one at or before the end; 0 where
        there is none. [s since 1970-01-01 UTC]
    first_import_wh, last_import_wh, first_export_wh, last_export_wh : int
        Registers at them. [Wh]
    import_wh, export_wh : int
        What is counted of it. [Wh]
    """

    uuid: str
    serial: str
    start_s: int
    end_s: int
    first_time_s: int
    last_time_s: int
    first_import_wh: int
    last_import_wh: int
    first_export_wh: int
    last_export_wh: int
    import_wh: int
    export_wh: int


@dataclass(frozen=True, slots=True)
class Link:
    """A cycle's link in the hash chain of a meter's readings; `docs/proof.md` says how it is made.

    Parameters
    ----------
    meter : str
        UUID.
    start_s, end_s : int
        The readings that it covers lie in [start, end). [s since 1970-01-01 UTC]
    readings : int
        How many. [1]
    previous, head : str
        SHA-256 in hex: of the link before (64 zeros for the first), and of this one.
    """

    meter: str
    start_s: int
    end_s: int
    readings: int
    previous: str
    head: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the energy of the cycle is known.

    Parameters
    ----------
    measured_s, estimated_s, revised_s, missing_s : int
        Time by quality; together the cycle. [s]
    estimated_wh : int
        Energy in the intervals that are estimated. [Wh]
    issues : mapping of str to int
        How often each rule for odd readings was followed, by its name. [1]
    """

    measured_s: int
    estimated_s: int
    revised_s: int
    missing_s: int
    estimated_wh: int
    issues: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class PastCycle:
    """One of the cycles before, for the chart.

    Parameters
    ----------
    month : str
        ``YYYY-MM`` in which it began.
    days : int
        Its length. [d]
    import_wh, export_wh : int
        Energy. [Wh]
    total : Decimal or None
        What it cost, if it was billed. [currency]
    """

    month: str
    days: int
    import_wh: int
    export_wh: int
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """A way to pay that a person scans, copies or types.

    Parameters
    ----------
    kind : str
        Stable name, such as ``"pix"`` or ``"collection"``; payments are matched by it.
    reference : str
        What a payment carries back: a transaction id, a line of digits.
    name : Text
        Words for it.
    copy : str
        What to copy or type.
    qr : str
        Content of a QR code; empty for none.
    bars : str
        Digits of an Interleaved 2 of 5 barcode; empty for none.
    """

    kind: str
    reference: str
    name: Text
    copy: str
    qr: str = ""
    bars: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued invoice, or the credit note that takes one back.

    Parameters
    ----------
    number : str
        Its series and rising number, such as ``"2026-000123"``; each once, without gaps.
    kind : str
        ``"invoice"`` or ``"credit_note"`` (its bill is that of the invoice taken back, as it was).
    replaces : str
        Number of the invoice that it replaces or takes back; else empty.
    reason : Text
        Why it does.
    month : str
        ``YYYY-MM`` in which the cycle begins.
    issued_at_s : int
        When. [s since 1970-01-01 UTC]
    as_of : int
        Commit up to which readings were known. [µs since 1970-01-01 UTC]
    due : date
        Last day to pay.
    issuer, customer, place : Issuer, Customer, Place
        From whom, to whom, for where.
    bill : Bill
        What it comes to.
    tariff_digest : str
        SHA-256 in hex of the tariff's document as it was.
    meters : tuple of MeterReadout
        By time.
    quality : Quality
        Of the readings.
    history : tuple of PastCycle
        Cycles before this one, oldest first; at most 12.
    codes : tuple of PaymentCode
        Ways to pay; empty where nothing is to be paid.
    links : tuple of Link
        Chains of readings that it stands on, in the order of `meters`.
    """

    number: str
    kind: InvoiceKind
    replaces: str
    reason: Text
    month: str
    issued_at_s: int
    as_of: int
    due: date
    issuer: Issuer
    customer: Customer
    place: Place
    bill: Bill
    tariff_digest: str
    meters: tuple[MeterReadout, ...]
    quality: Quality
    history: tuple[PastCycle, ...] = ()
    codes: tuple[PaymentCode, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def sign(self) -> int:
        """What its amounts count as: 1, or -1 for a credit note."""
        return -1 if self.kind == "credit_note" else 1
