"""What every `EditBook` must do: decisions are added, none is changed, the same key is the same."""

from dataclasses import replace
from uuid import UUID

import pytest

from quilowatt.store import Edit, EditRequest, LedgerDefaults, RegistrationRequest, SqlLedger

NOW_US = 1_790_000_000_000_000


@pytest.fixture
def ledger(tmp_path):
    ledger = SqlLedger.open(tmp_path / "ledger.sqlite", LedgerDefaults())
    requests = [
        RegistrationRequest(
            uuid=UUID(f"00000000-0000-4000-8000-{number:012}"),
            name=f"meter {number}", serial="", model="", phases=1, interval_s=900, digits=0,
            usage_point=None, extra={}, at_s=1,
        )
        for number in (1, 2)
    ]  # fmt: skip
    ledger.register_meters(requests)
    yield ledger
    ledger.close()


READING = EditRequest(1, "reading", 100, 101, 5000, 0, "Ana", "read at the door")
LEFT_OUT = EditRequest(2, "leave_out", 100, 900, None, None, "Bia", "water in the meter")


def test_what_was_added_is_found_by_meter_and_in_order(ledger):
    first = ledger.edits.add(READING, at_us=NOW_US)
    second = ledger.edits.add(LEFT_OUT, at_us=NOW_US + 5)
    assert first == Edit(1, READING, NOW_US)
    assert ledger.edits.all() == [first, second]
    assert ledger.edits.all(after=1) == [second]
    assert ledger.edits.of_meters([2]) == [second]
    assert ledger.edits.of_meters([]) == []


def test_a_clock_that_went_back_does_not_put_a_decision_before_an_earlier_one(ledger):
    ledger.edits.add(READING, at_us=NOW_US)
    assert ledger.edits.add(LEFT_OUT, at_us=NOW_US - 10).at_us == NOW_US + 1


def test_the_same_key_is_the_same_decision(ledger):
    asked = replace(READING, idempotency_key="k1")
    first = ledger.edits.add(asked, at_us=NOW_US)
    again = ledger.edits.add(replace(asked, import_wh=9), at_us=NOW_US + 5)
    assert again == first
    assert len(ledger.edits.all()) == 1


def test_decisions_outlive_the_process(ledger, tmp_path):
    kept = ledger.edits.add(LEFT_OUT, at_us=NOW_US)
    with SqlLedger.open(tmp_path / "ledger.sqlite") as again:
        assert again.edits.all() == [kept]
