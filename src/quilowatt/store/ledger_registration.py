"""What a batch of registrations adds to the ledger, decided without touching it.

`SqlLedger` looks up what the requests refer to, this module decides, and `SqlLedger` writes the
rows of the decision in one transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from quilowatt.limits import INTERVAL_S_MAX, METERS_MAX, NAME_SIZE_MAX
from quilowatt.store.ledger_records import (
    LedgerDefaults,
    RegisteredMeter,
    RegistrationRefusal,
    RegistrationRequest,
)
from quilowatt.store.names import fold_name, is_storable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Decision", "Place", "decide"]

Row = dict[str, Any]

PHASES_MAX: Final = 3
DIGITS_MAX: Final = 15
"""A register below 2**53 has at most 16 digits, so one that wraps has at most 15."""


@dataclass(slots=True)
class Place:
    """A usage point as it stands after the requests decided so far.

    Parameters
    ----------
    usage_point_id, customer_id : int
        Keys.
    customer_name : str
        Who pays there.
    installation : dict or None
        Row of the installation that is open there; its ``end_s`` is set when it ends.
    is_stored : bool
        The database has that row already.
    """

    usage_point_id: int
    customer_id: int
    customer_name: str
    installation: Row | None
    is_stored: bool


@dataclass(slots=True)
class Decision:
    """Rows to write, by table, and the answers.

    Parameters
    ----------
    last_ids : dict
        The last id given out, by table.
    """

    last_ids: dict[str, int]
    customers: list[Row] = field(default_factory=list)
    usage_points: list[Row] = field(default_factory=list)
    meters: list[Row] = field(default_factory=list)
    installations: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    answers: list[RegisteredMeter | RegistrationRefusal] = field(default_factory=list)

    def next_id(self, table: str) -> int:
        """Give out an id: dense, and known before the row is written."""
        self.last_ids[table] += 1
        return self.last_ids[table]


def decide(
    requests: Sequence[RegistrationRequest],
    known: set[UUID],
    places: dict[UUID, Place],
    decision: Decision,
    defaults: LedgerDefaults,
) -> Decision:
    """Decide every request in turn, as if each were alone.

    Parameters
    ----------
    requests : sequence of RegistrationRequest
        In the order in which they came.
    known : set of UUID
        Those of the requests' identities that are registered; grows.
    places : dict
        The usage points that the requests name; those that aren't there are unknown.
    decision : Decision
        Empty but for ``last_ids``; filled.
    defaults : LedgerDefaults
        For new usage points.
    """
    for request in requests:
        refusal = _refusal(request, known, places, decision.last_ids["meters"])
        if refusal is not None:
            decision.answers.append(refusal)
            continue
        known.add(request.uuid)
        decision.answers.append(_register(request, places, decision, defaults))
    return decision


CHECKS: Final[tuple[tuple[Callable[[RegistrationRequest], bool], str], ...]] = (
    (lambda r: bool(r.name.strip()), "name is empty"),
    (
        lambda r: max(len(r.name), len(r.serial), len(r.model)) <= NAME_SIZE_MAX,
        f"name, serial or model is longer than {NAME_SIZE_MAX} characters",
    ),
    (
        lambda r: is_storable(r.name + r.serial + r.model),
        "name, serial or model holds a NUL or half a surrogate pair",
    ),
    (lambda r: 1 <= r.phases <= PHASES_MAX, "phases is not 1, 2 or 3"),
    (lambda r: 1 <= r.interval_s <= INTERVAL_S_MAX, f"interval is not 1 to {INTERVAL_S_MAX} s"),
    (lambda r: 0 <= r.digits <= DIGITS_MAX, f"digits is not 0 to {DIGITS_MAX}"),
    (lambda r: _json(r.extra) is not None, "what else it says is not JSON"),
)


def _refusal(
    request: RegistrationRequest, known: set[UUID], places: dict[UUID, Place], last_number: int
) -> RegistrationRefusal | None:
    if request.uuid in known:
        return RegistrationRefusal(request.uuid, 409, "already registered")
    for is_fine, reason in CHECKS:
        if not is_fine(request):
            return RegistrationRefusal(request.uuid, 400, reason)
    if request.usage_point is not None and request.usage_point not in places:
        return RegistrationRefusal(request.uuid, 400, f"no usage point {request.usage_point}")
    if last_number >= METERS_MAX:
        return RegistrationRefusal(request.uuid, 503, f"no room for more than {METERS_MAX} meters")
    return None


def _register(
    request: RegistrationRequest,
    places: dict[UUID, Place],
    decision: Decision,
    defaults: LedgerDefaults,
) -> RegisteredMeter:
    number = decision.next_id("meters")
    decision.meters.append(
        {
            "number": number,
            "uuid": request.uuid,
            "serial": request.serial,
            "model": request.model,
            "phases": request.phases,
            "interval_s": request.interval_s,
            "digits": request.digits,
            "state": "active",
            "extra": _json(request.extra),
            "registered_at_s": request.at_s,
        }
    )
    if request.usage_point is None:
        place, start_s = _new_place(request, decision, defaults), 0
        action, details = "meter_registered", "{}"
    else:
        place = places[request.usage_point]
        start_s = _end_installation(place, request.at_s, decision)
        replaced = place.installation["meter_number"] if place.installation else None
        action, details = "meter_exchanged", json.dumps({"replaced_meter": replaced})
    place.is_stored = False
    place.installation = {
        "id": decision.next_id("installations"),
        "meter_number": number,
        "usage_point_id": place.usage_point_id,
        "start_s": start_s,
        "end_s": None,
    }
    decision.installations.append(place.installation)
    decision.audit.append(
        {
            "id": decision.next_id("audit"),
            "at_s": request.at_s,
            "actor": "meter",
            "action": action,
            "meter_number": number,
            "usage_point_id": place.usage_point_id,
            "details": details,
        }
    )
    return RegisteredMeter(
        number,
        request.uuid,
        place.customer_name,
        request.interval_s,
        request.digits,
        "active",
        place.usage_point_id,
        place.customer_id,
    )


def _new_place(request: RegistrationRequest, decision: Decision, defaults: LedgerDefaults) -> Place:
    customer_id = decision.next_id("customers")
    usage_point_id = decision.next_id("usage_points")
    decision.customers.append(
        {
            "id": customer_id,
            "uuid": uuid4(),
            "name": request.name,
            "folded_name": fold_name(request.name),
            "created_at_s": request.at_s,
        }
    )
    decision.usage_points.append(
        {
            "id": usage_point_id,
            "uuid": uuid4(),
            "customer_id": customer_id,
            "timezone": defaults.timezone,
            "tariff_code": defaults.tariff_code,
            "phases": request.phases,
            "billing_day": defaults.billing_day,
            "created_at_s": request.at_s,
        }
    )
    return Place(usage_point_id, customer_id, request.name, None, is_stored=False)


def _end_installation(place: Place, at_s: int, decision: Decision) -> int:
    """End what is installed there; its end, which is the next one's start, is never before it."""
    if place.installation is None:
        return at_s
    end_s = max(at_s, place.installation["start_s"])
    place.installation["end_s"] = end_s
    if place.is_stored:
        decision.ended.append({"ended_id": place.installation["id"], "ended_at_s": end_s})
    return int(end_s)


def _json(extra: dict[str, object]) -> str | None:
    """Write what else a meter said as JSON, or answer None if it can't be."""
    try:
        return json.dumps(extra, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return None
