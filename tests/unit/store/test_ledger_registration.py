"""Decisions on registrations that a whole ledger can't easily be brought to."""

from __future__ import annotations

from uuid import UUID

from quilowatt.limits import METERS_MAX
from quilowatt.store import (
    LedgerDefaults,
    RegisteredMeter,
    RegistrationRefusal,
    RegistrationRequest,
)
from quilowatt.store.ledger_registration import Decision, Place, decide

TABLES = ("customers", "usage_points", "meters", "installations", "audit")


def request_of(number: int, usage_point: UUID | None = None) -> RegistrationRequest:
    return RegistrationRequest(
        UUID(int=number), f"Customer {number}", "", "", 1, 900, 0, usage_point, {}, 1000
    )


def test_the_last_number_is_given_and_no_other():
    decision = Decision(dict.fromkeys(TABLES, 0) | {"meters": METERS_MAX - 1})
    decide([request_of(1), request_of(2)], set(), {}, decision, LedgerDefaults())
    last, refused = decision.answers
    assert isinstance(last, RegisteredMeter)
    assert last.number == METERS_MAX
    assert isinstance(refused, RegistrationRefusal)
    assert (refused.code, refused.uuid) == (503, UUID(int=2))


def test_a_place_that_stands_empty_gets_its_meter_from_now_on():
    uuid = UUID(int=77)
    places = {uuid: Place(5, 6, "Ana", None, is_stored=False)}
    decision = Decision(dict.fromkeys(TABLES, 10))
    decide([request_of(1, uuid)], set(), places, decision, LedgerDefaults())
    assert decision.ended == []
    assert decision.customers == decision.usage_points == []
    [installation] = decision.installations
    assert (installation["usage_point_id"], installation["start_s"]) == (5, 1000)
    assert decision.answers[0].name == "Ana"
