"""What goes into the ledger and comes out of it: frozen records, times in whole seconds UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

__all__ = [
    "AlertEpisode",
    "AlertFilter",
    "AlertRecord",
    "AuditEntry",
    "Client",
    "ClientFilter",
    "Installation",
    "LedgerCounts",
    "LedgerDefaults",
    "MeterState",
    "RegisteredMeter",
    "RegistrationRefusal",
    "RegistrationRequest",
]

MeterState = Literal["active", "blocked"]


@dataclass(frozen=True, slots=True)
class LedgerDefaults:
    """What a usage point gets that a meter made by registering itself.

    Parameters
    ----------
    timezone : str
        IANA name of the zone whose calendar bills it.
    tariff_code : str
        Tariff, by the code in its file.
    billing_day : int
        Day on which its cycle starts, 1 to 31. [day of the month]
    """

    timezone: str = "America/Bahia"
    tariff_code: str = "br/coelba-b1"
    billing_day: int = 1


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """A meter that registers itself.

    Parameters
    ----------
    uuid : UUID
        Its identity; that it was handed out is the caller's to check.
    name : str
        What to call the customer. Ignored for an exchange: the customer stays.
    serial, model : str
        What its plate says; may be empty.
    phases : int
        Phases of the connection, 1 to 3. [1]
    interval_s : int
        Time between its readings. [s]
    digits : int
        Its Wh register wraps at 10**digits; 0 is never. [1]
    usage_point : UUID or None
        The place where it replaces another meter.
    extra : dict
        What else it said of itself, kept as it came.
    at_s : int
        Now. [s since 1970-01-01 UTC]
    """

    uuid: UUID
    name: str
    serial: str
    model: str
    phases: int
    interval_s: int
    digits: int
    usage_point: UUID | None
    extra: dict[str, object]
    at_s: int


@dataclass(frozen=True, slots=True)
class RegisteredMeter:
    """A meter as the head-end has to know it.

    Parameters
    ----------
    number : int
        Dense number from 1 on, the meter's name in columns.
    uuid : UUID
        Its identity.
    name : str
        Its customer's name.
    interval_s : int
        Time between its readings. [s]
    digits : int
        Its Wh register wraps at 10**digits; 0 is never. [1]
    state : str
        ``active`` or ``blocked``. A meter that was exchanged stays active: its late readings count.
    usage_point_id, customer_id : int
        Where it is, or last was, installed, and who pays there.
    """

    number: int
    uuid: UUID
    name: str
    interval_s: int
    digits: int
    state: str
    usage_point_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class RegistrationRefusal:
    """Why a meter was not registered.

    Parameters
    ----------
    uuid : UUID
        The identity that asked.
    code : int
        The protocol's number for it: 400 (what it says of itself can't be), 409 (registered
        already) or 503 (no number left).
    reason : str
        For the person who reads the meter's log.
    """

    uuid: UUID
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class ClientFilter:
    """Which clients are meant; what is None is not asked.

    Parameters
    ----------
    id : str or None
        UUID of the customer. What isn't a UUID finds nobody.
    name : str or None
        Part of the customer's name, without regard to case and accents.
    meter : str or None
        UUID or serial of a meter that is or was installed there.
    usage_point : str or None
        UUID of the usage point.
    """

    id: str | None = None
    name: str | None = None
    meter: str | None = None
    usage_point: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A usage point with its customer and a meter of it.

    Parameters
    ----------
    customer_id, usage_point_id, meter_number : int
        Keys inside this system.
    customer_uuid, usage_point_uuid, meter_uuid : UUID
        Names outside of it.
    name : str
        The customer's.
    timezone : str
        IANA name of the zone whose calendar bills the usage point.
    tariff_code : str
        Its tariff.
    phases : int
        Phases of its connection, 1 to 3. [1]
    billing_day : int
        Day on which its cycle starts. [day of the month]
    serial, model : str
        What the meter's plate says; may be empty.
    interval_s : int
        Time between the meter's readings. [s]
    digits : int
        Its Wh register wraps at 10**digits; 0 is never. [1]
    registered_at_s : int
        When the meter registered. [s since 1970-01-01 UTC]
    state : str
        The meter's: ``active`` or ``blocked``.
    """

    customer_id: int
    customer_uuid: UUID
    name: str
    usage_point_id: int
    usage_point_uuid: UUID
    timezone: str
    tariff_code: str
    phases: int
    billing_day: int
    meter_number: int
    meter_uuid: UUID
    serial: str
    model: str
    interval_s: int
    digits: int
    registered_at_s: int
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Installation:
    """A meter at a usage point during [start, end).

    Parameters
    ----------
    id : int
        Rises with time.
    meter_number, usage_point_id : int
        What and where.
    start_s : int
        0 for the first meter of a usage point: whatever it recorded before it registered belongs
        there too. [s since 1970-01-01 UTC]
    end_s : int or None
        None while it is there. [s since 1970-01-01 UTC]
    """

    id: int
    meter_number: int
    usage_point_id: int
    start_s: int
    end_s: int | None


@dataclass(frozen=True, slots=True)
class AlertEpisode:
    """What a detector says of an episode when it opens, goes on or ends.

    Parameters
    ----------
    meter_number : int
        Which meter.
    kind : str
        What happens, such as ``abrupt_increase``.
    severity : str
        ``info``, ``warning`` or ``critical``.
    at_s : int
        The instant, in the readings, of what is said. [s since 1970-01-01 UTC]
    power_w, usual_power_w : int
        Mean power now, and what this meter's history led one to expect. [W]
    excess_wh : int
        Energy above the usual since the episode opened. [Wh]
    details : mapping
        What else its kind has to say, as JSON knows it; empty leaves what was said before.
    """

    meter_number: int
    kind: str
    severity: str
    at_s: int
    power_w: int
    usual_power_w: int
    excess_wh: int
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are meant; what is None is not asked.

    Parameters
    ----------
    customer : str or None
        UUID of the customer.
    name : str or None
        Part of the customer's name, without regard to case and accents.
    meter : str or None
        UUID or serial of the meter.
    kind : str or None
        Such as ``abrupt_increase``.
    start_s, end_s : int or None
        Episodes that have an instant in [start, end). [s since 1970-01-01 UTC]
    is_open : bool or None
        Still going on, or over.
    is_acknowledged : bool or None
        Somebody took note of it, or nobody did.
    is_snoozed : bool or None
        Put off at `now_s`, or not.
    now_s : int
        The present. [s since 1970-01-01 UTC]
    """

    customer: str | None = None
    name: str | None = None
    meter: str | None = None
    kind: str | None = None
    start_s: int | None = None
    end_s: int | None = None
    is_open: bool | None = None
    is_acknowledged: bool | None = None
    is_snoozed: bool | None = None
    now_s: int = 0


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An episode as it is kept.

    Parameters
    ----------
    id : int
        Rises with time.
    kind, severity : str
        As the detector named them.
    meter_number, usage_point_id, customer_id : int
        Which meter, and where it was and who paid when the alert was raised.
    meter_uuid, customer_uuid : UUID
        Their names outside.
    customer_name : str
        What to call the customer.
    opened_at_s, updated_at_s : int
        When, in the readings, it began and was last seen. [s since 1970-01-01 UTC]
    raised_at_s : int
        When it was noticed, by the clock on the wall. [s since 1970-01-01 UTC]
    closed_at_s : int or None
        When, in the readings, it ended. [s since 1970-01-01 UTC]
    power_w, usual_power_w : int
        As last told. [W]
    excess_wh : int
        Energy above the usual so far. [Wh]
    details : mapping
        What else its kind has to say.
    """

    id: int
    kind: str
    severity: str
    meter_number: int
    meter_uuid: UUID
    usage_point_id: int
    customer_id: int
    customer_uuid: UUID
    customer_name: str
    opened_at_s: int
    raised_at_s: int
    updated_at_s: int
    closed_at_s: int | None
    power_w: int
    usual_power_w: int
    excess_wh: int
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was done to the ledger.

    Parameters
    ----------
    id : int
        Rises with time.
    at_s : int
        When. [s since 1970-01-01 UTC]
    actor : str
        Who did it: ``meter`` for one that registered itself.
    action : str
        ``meter_registered``, ``meter_exchanged``, ``meter_blocked`` or ``meter_unblocked``.
    meter_number, usage_point_id : int or None
        To what.
    details : dict
        What else is known, such as the number of the meter that was replaced.
    """

    id: int
    at_s: int
    actor: str
    action: str
    meter_number: int | None
    usage_point_id: int | None
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """How much there is.

    Parameters
    ----------
    customers, usage_points, meters, open_alerts : int
        Rows of each. [1]
    """

    customers: int
    usage_points: int
    meters: int
    open_alerts: int
