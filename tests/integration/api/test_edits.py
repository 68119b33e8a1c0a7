"""Registers entered by hand and readings left out, by REST, down to the bill."""

from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest

from quilowatt.client import AsyncClient, calls_edits
from quilowatt.client.models_edits import LeaveOut
from quilowatt.core import ReadingBatch
from quilowatt.jobs.edit_desk import EditDesk
from quilowatt.store import (
    EditedReadings,
    EditRequest,
    LedgerDefaults,
    RegistrationRequest,
    SqlLedger,
)
from quilowatt.store.readings_duckdb import DuckReadingStore

START_S = 1_793_502_000
"""2026-11-01 00:00 in Bahia."""

WHO = {"author": "Ana Almeida", "reason": "the display was read at the door"}


@pytest.fixture
def house(world, tmp_path):
    """A meter that took 100 Wh a quarter of an hour for four days, and then broke."""
    ledger = SqlLedger.open(tmp_path / "ledger.db", LedgerDefaults())
    store = DuckReadingStore(tmp_path / "readings")
    request = RegistrationRequest(
        uuid=uuid4(), name="House", serial="", model="", phases=1, interval_s=900, digits=0,
        usage_point=None, extra={}, at_s=START_S,
    )  # fmt: skip
    (meter,) = ledger.register_meters([request])
    time_s = START_S + 900 * np.arange(4 * 96 + 1)
    import_wh = 500_000 + 100 * np.arange(time_s.size)
    zeros = np.zeros_like(time_s)
    batch = ReadingBatch(np.full(time_s.size, meter.number, np.int32), time_s, import_wh, zeros)
    store.append(batch, now_s=float(START_S + 5 * 86_400))
    services = replace(world.services, readings=store, ledger=ledger)
    yield replace(world, services=services, meters={"house": str(meter.uuid)})
    store.close()
    ledger.close()


def month_kwh(house):
    (item,) = house.get("/v1/customers?start=2026-11-01&end=2026-11-20").json["items"]
    return item["period"]["import_kwh"]


def path(house, what):
    return f"/v1/meters/{house.meters['house']}/{what}"


def test_a_register_read_by_hand_counts_from_then_on(house):
    assert month_kwh(house) == 38.4
    body = {"time": "2026-11-20T12:00:00-03:00", "import_kwh": "700.000", **WHO}
    answer = house.post(path(house, "manual-readings"), body)
    assert answer.status == 201, answer.text
    assert answer.json["import_kwh"] == 700.0
    assert answer.json["export_kwh"] == 0.0
    (note,) = answer.json["notes"]
    assert note.startswith("No readings between 538.400 kWh and 700.000 kWh: the 161.600 kWh are")
    assert month_kwh(house) == 200.0
    issues = house.get(path(house, "issues?start=2026-11-20")).json["items"]
    (told,) = [issue for issue in issues if issue["kind"] == "manual_reading"]
    assert told["message"].startswith("Ana Almeida entered a register of 700.000 kWh")


def test_a_register_that_cannot_be_is_kept_and_its_author_is_told_what_was_made_of_it(house):
    body = {"time": "2026-11-02T12:00:00-03:00", "import_kwh": 700_000, **WHO}
    (note,) = house.post(path(house, "manual-readings"), body).json["notes"]
    assert note.startswith("Values beyond what the connection can carry (700,000.000 kWh")
    assert month_kwh(house) == 38.4


def test_readings_left_out_do_not_count_until_they_are_restored(house):
    period = {"start": "2026-11-04T00:00:00-03:00", "end": "2026-12-01T00:00:00-03:00", **WHO}
    assert house.post(path(house, "left-out"), period).status == 201
    assert month_kwh(house) == 28.7
    items = house.get(path(house, "readings?limit=1000")).json["items"]
    assert items[-1]["time"] == "2026-11-03T23:45:00-03:00"
    assert house.post(path(house, "restored"), period).status == 201
    assert month_kwh(house) == 38.4
    kinds = [edit["kind"] for edit in house.get(path(house, "edits")).json["items"]]
    assert kinds == ["leave_out", "restore"]


def test_the_same_key_twice_is_one_edit_and_another_body_is_refused(house):
    key = {"Idempotency-Key": "door-1"}
    body = {"time": "2026-11-20T12:00:00-03:00", "import_kwh": 700, **WHO}
    first = house.post(path(house, "manual-readings"), body, headers=key)
    again = house.post(path(house, "manual-readings"), body, headers=key)
    assert first.json == again.json
    other = house.post(path(house, "manual-readings"), {**body, "import_kwh": 701}, headers=key)
    assert (other.status, "idempotency key" in other.json["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"time": "2026-12-20T12:00:00-03:00"}, "future"),
        ({"time": "2026-11-20T12:00:00"}, "time"),
        ({"time": 2026}, "time"),
        ({"import_kwh": -1}, "import_kwh"),
        ({"import_kwh": "1.2345"}, "import_kwh"),
        ({"author": " "}, "author"),
        ({"reason": ""}, "reason"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(house, change, said):
    body = {"time": "2026-11-20T12:00:00-03:00", "import_kwh": 700, **WHO, **change}
    answer = house.post(path(house, "manual-readings"), body)
    assert answer.status == 422
    assert said in answer.text
    assert house.get(path(house, "edits")).json["items"] == []


def test_a_period_backwards_is_refused_in_portuguese_too(house):
    period = {"start": "2026-11-04T00:00:00-03:00", "end": "2026-11-01T00:00:00-03:00", **WHO}
    answer = house.post(path(house, "left-out"), period, headers={"Accept-Language": "pt"})
    assert (answer.status, answer.json["detail"]) == (422, "o período termina antes do início")


def test_another_site_may_not_edit(house):
    body = {"time": "2026-11-20T12:00:00-03:00", "import_kwh": 700, **WHO}
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert house.post(path(house, "manual-readings"), body, headers=headers).status == 403


@pytest.mark.asyncio
async def test_by_the_typed_client(house):
    transport = httpx.ASGITransport(house.app())
    period = LeaveOut(start="2026-11-04T00:00:00-03:00", end="2026-12-01T00:00:00-03:00", **WHO)
    async with AsyncClient("http://test", transport=transport) as api:
        made = await api.ask(calls_edits.leave_out(house.meters["house"], period))
        page = await api.ask(calls_edits.edits(house.meters["house"]))
    assert page.items == [made]


def test_a_manual_reading_whose_commit_was_cut_short_is_finished_at_the_next_start(house):
    number = house.services.ledger.meter(UUID(house.meters["house"])).meter_number
    read_at_s = START_S + 5 * 86_400
    asked = EditRequest(number, "reading", read_at_s, read_at_s + 1, 900_000, 0, "a", "r")
    house.services.ledger.edits.add(asked, at_us=(START_S + 6 * 86_400) * 10**6)
    edited = EditedReadings(house.services.readings, house.services.ledger.edits.all())
    desk = EditDesk(house.services.ledger.edits, edited, house.services.clock)
    assert desk.finish() == 1
    assert desk.finish() == 0
    assert edited.latest(np.array([number], np.int32)).import_wh.tolist() == [900_000]
