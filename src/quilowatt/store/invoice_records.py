"""What goes into the book of invoices and comes out of it: frozen records, exact amounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

__all__ = [
    "AuditNote",
    "BillingRun",
    "ChainLink",
    "InvoiceDraft",
    "IssuedFilter",
    "IssuedInvoice",
    "IssuedLine",
    "LastCycle",
    "Opening",
    "PastBill",
    "RunChoice",
    "RunFinding",
    "RunStep",
    "StoredDocument",
]

IssuedKind = Literal["invoice", "credit_note"]


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What invoices refer to by its digest.

    Parameters
    ----------
    digest : str
        SHA-256 of the body, in hex.
    kind : str
        Such as ``"tariff"``.
    body : bytes
        The document.
    """

    digest: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class AuditNote:
    """Who had something issued, and why, for the audit.

    Parameters
    ----------
    at_s : int
        When. [s since 1970-01-01 UTC]
    actor, action : str
        Who, and what was done.
    usage_point_id : int
        Where.
    details : mapping of str to str
        What else to keep.
    """

    at_s: int
    actor: str
    action: str
    usage_point_id: int
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """A line of an invoice, for queries; the document has all of it.

    Parameters
    ----------
    code : str
        Stable name of the charge.
    start_s, end_s : int
        Part of the cycle that it prices. [s since 1970-01-01 UTC]
    quantity : Decimal
        How much. [unit]
    unit : str
        Of the quantity.
    rate : Decimal
        Price with taxes. [currency/unit]
    amount : Decimal
        Rounded. [currency]
    """

    code: str
    start_s: int
    end_s: int
    quantity: Decimal
    unit: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A link in the hash chain of a meter's readings.

    Parameters
    ----------
    meter_number : int
        Whose.
    start_s, end_s : int
        The readings that it covers lie in [start, end). [s since 1970-01-01 UTC]
    readings : int
        How many. [1]
    previous, head : str
        SHA-256 in hex: of the link before, and of this one.
    digits : int
        The meter's registers wrapped at 10**digits Wh; 0 = not known to. [digits]
    interval_s : int
        How often it was expected to report then. [s]
    """

    meter_number: int
    start_s: int
    end_s: int
    readings: int
    previous: str
    head: str
    digits: int
    interval_s: int


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice that lacks its number.

    Parameters
    ----------
    kind : str
        ``invoice`` or ``credit_note``.
    usage_point_id, customer_id : int
        For where, to whom.
    month : str
        ``YYYY-MM`` in which the cycle begins.
    generation : int
        0 for the first of its cycle, then rising with each replacement. [1]
    start_s, end_s : int
        The cycle. [s since 1970-01-01 UTC]
    issued_at_s : int
        Now. [s since 1970-01-01 UTC]
    as_of : int
        Commit up to which readings were known. [µs since 1970-01-01 UTC]
    due : date
        Last day to pay.
    currency : str
        ISO 4217 code.
    total : Decimal
        To pay. [currency]
    import_wh, export_wh, estimated_wh : int
        Energy, and how much of the import is estimated. [Wh]
    estimated_s, missing_s : int
        Time without readings, by what was made of it. [s]
    tariff_code, tariff_digest : str
        What it is priced by.
    lines : tuple of IssuedLine
        In the order of the bill.
    links : tuple of ChainLink
        One for each meter's stay.
    credits : tuple of (date, int, str)
        Bank of energy after the cycle: when it was born, how much, in which period of use (empty
        where there are none), oldest first. [Wh]
    demands_w : mapping of str to tuple of int
        Highest demands by charge, this cycle's first. [W]
    carried_wh : int
        Energy that is left for the next cycle. [Wh]
    replaces_id : int or None
        The invoice that it replaces or takes back.
    """

    kind: IssuedKind
    usage_point_id: int
    customer_id: int
    month: str
    generation: int
    start_s: int
    end_s: int
    issued_at_s: int
    as_of: int
    due: date
    currency: str
    total: Decimal
    import_wh: int
    export_wh: int
    estimated_wh: int
    estimated_s: int
    missing_s: int
    tariff_code: str
    tariff_digest: str
    lines: tuple[IssuedLine, ...]
    links: tuple[ChainLink, ...]
    credits: tuple[tuple[date, int, str], ...] = ()
    demands_w: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    carried_wh: int = 0
    replaces_id: int | None = None


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """An invoice as the ledger has it; its document holds the rest.

    Parameters
    ----------
    id : int
        Rises with time.
    number : str
        Its name for people.
    kind : str
        ``invoice`` or ``credit_note``.
    usage_point_id, customer_id : int
        For where, to whom.
    usage_point_uuid, customer_uuid : UUID
        Their names outside.
    customer_name, timezone : str
        As the registry has them now.
    month : str
        ``YYYY-MM`` in which the cycle begins.
    generation : int
        0 for the first of its cycle. [1]
    replaces_id : int or None
        The invoice that it replaces or takes back.
    replaced_by : str or None
        Number of the newest one that does so with this.
    run_id : int or None
        The run that issued it.
    start_s, end_s, issued_at_s : int
        The cycle, and when it was issued. [s since 1970-01-01 UTC]
    as_of : int
        Commit up to which readings were known. [µs since 1970-01-01 UTC]
    due : date
        Last day to pay.
    currency : str
        ISO 4217 code.
    total : Decimal
        To pay. [currency]
    import_wh, export_wh, estimated_wh : int
        Energy. [Wh]
    estimated_s, missing_s : int
        Time without readings. [s]
    tariff_code, tariff_digest : str
        What it is priced by.
    digest : str
        SHA-256 of the canonical document, in hex.
    """

    id: int
    number: str
    kind: IssuedKind
    usage_point_id: int
    usage_point_uuid: UUID
    customer_id: int
    customer_uuid: UUID
    customer_name: str
    timezone: str
    month: str
    generation: int
    replaces_id: int | None
    replaced_by: str | None
    run_id: int | None
    start_s: int
    end_s: int
    issued_at_s: int
    as_of: int
    due: date
    currency: str
    total: Decimal
    import_wh: int
    export_wh: int
    estimated_wh: int
    estimated_s: int
    missing_s: int
    tariff_code: str
    tariff_digest: str
    digest: str


@dataclass(frozen=True, slots=True)
class IssuedFilter:
    """Which invoices are meant; what is None is not asked.

    Parameters
    ----------
    customer : str or None
        UUID of the customer.
    name : str or None
        Part of the customer's name, without regard to case and accents.
    meter : str or None
        UUID or serial of a meter that is or was installed there.
    usage_point : str or None
        UUID of the usage point.
    month : str or None
        ``YYYY-MM``.
    run_id : int or None
        Those of a run.
    kind : str or None
        ``invoice`` or ``credit_note``.
    is_replaced : bool or None
        Taken back or replaced by a later one, or not.
    is_payable : bool or None
        With something to pay, or nothing.
    due_before : date or None
        To be paid before this day.
    due_from : date or None
        To be paid on this day or later.
    """

    customer: str | None = None
    name: str | None = None
    meter: str | None = None
    usage_point: str | None = None
    month: str | None = None
    run_id: int | None = None
    kind: IssuedKind | None = None
    is_replaced: bool | None = None
    is_payable: bool | None = None
    due_before: date | None = None
    due_from: date | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a cycle begins with: what the last issued one ended with.

    Parameters
    ----------
    credits : tuple of (date, int, str)
        Bank of energy with its periods of use, oldest first. [Wh]
    demands_w : mapping of str to tuple of int
        Highest demands by charge, latest first. [W]
    carried_wh : int
        Energy that was left for it. [Wh]
    end_s : int
        Where that cycle ended. [s since 1970-01-01 UTC]
    """

    credits: tuple[tuple[date, int, str], ...]
    demands_w: Mapping[str, tuple[int, ...]]
    carried_wh: int
    end_s: int


@dataclass(frozen=True, slots=True)
class LastCycle:
    """The newest cycle that was issued.

    Parameters
    ----------
    month : str
        ``YYYY-MM`` in which it begins.
    start_s, end_s : int
        Half-open. [s since 1970-01-01 UTC]
    """

    month: str
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class PastBill:
    """An issued cycle in short.

    Parameters
    ----------
    month : str
        ``YYYY-MM`` in which it begins.
    start_s, end_s : int
        Half-open. [s since 1970-01-01 UTC]
    import_wh, export_wh : int
        Energy. [Wh]
    total : Decimal
        What it cost. [currency]
    """

    month: str
    start_s: int
    end_s: int
    import_wh: int
    export_wh: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class RunChoice:
    """Which usage points a run bills; what is None is not asked.

    Parameters
    ----------
    customer : str or None
        UUID, or part of the name.
    usage_point : str or None
        UUID.
    tariff : str or None
        Code.
    """

    customer: str | None = None
    usage_point: str | None = None
    tariff: str | None = None


@dataclass(frozen=True, slots=True)
class RunFinding:
    """Something about a usage point that a person must look at.

    Parameters
    ----------
    usage_point_id : int
        Where.
    kind : str
        Stable name of what it is.
    details : mapping of str to str or int
        What the words for it need.
    """

    usage_point_id: int
    kind: str
    details: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BillingRun:
    """A run that issues the invoices of a month.

    Parameters
    ----------
    id : int
        Rises with time.
    month : str
        ``YYYY-MM``.
    choice : RunChoice
        Which usage points.
    as_of : int
        Commit up to which readings count, fixed at its first start. [µs since 1970-01-01 UTC]
    started_at_s : int
        [s since 1970-01-01 UTC]
    finished_at_s : int or None
        None while it goes on, or was cut short. [s since 1970-01-01 UTC]
    total, done, issued : int
        Usage points meant, looked at, and invoices issued. [1]
    failure : str
        Why it stopped; empty if nothing stopped it.
    """

    id: int
    month: str
    choice: RunChoice
    as_of: int
    started_at_s: int
    finished_at_s: int | None
    total: int
    done: int
    issued: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class RunStep:
    """How far a run is after a block of usage points.

    Parameters
    ----------
    run_id : int
        Which run.
    total, done : int
        Usage points meant, and looked at so far. [1]
    findings : tuple of RunFinding
        What was found in the block; they replace what the run said of these places before.
    """

    run_id: int
    total: int
    done: int
    findings: tuple[RunFinding, ...] = ()
