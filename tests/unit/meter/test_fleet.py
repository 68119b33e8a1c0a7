"""A fleet against a head-end that dies, refuses and loses datagrams."""

import asyncio
import itertools
import json

import pytest

from quilowatt.errors import MeterError
from quilowatt.meter import delivery, fleet_engine
from quilowatt.meter.fleet import Fleet, FleetOptions
from quilowatt.meter.fleet_datagrams import FleetDatagrams
from quilowatt.meter.fleet_names import TOWN_MAX, customer_name
from quilowatt.wire import Login, Refusal, Register

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]

NOW_S = 1_790_000_000
DAY = 96
"""Readings of a day of history."""


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(fleet_engine, "WATCH_S", 0.005)
    monkeypatch.setattr(fleet_engine, "PACE_S", 0.001)
    monkeypatch.setattr(delivery, "random_pause_s", lambda *_: 0.01)


def options(head_end, **more):
    more = {"meters": 3, "history_s": 86400, "duration_s": 0.0} | more
    return FleetOptions("127.0.0.1", head_end.port, udp_port=head_end.udp_port, **more)


async def run(wanted, now_s=lambda: NOW_S):
    return await Fleet(wanted, now_s=now_s, chance=lambda: 0.5).run(asyncio.Event())


async def until(is_true):
    async with asyncio.timeout(10):
        while not is_true():  # noqa: ASYNC110 the fleet has no event for it
            await asyncio.sleep(0.001)


def first_seen(readings):
    return list(dict.fromkeys(reading.time_s for reading in readings))


async def test_history_arrives_once_and_in_order(head_end):
    report = await run(options(head_end))
    assert (report.sent, report.acknowledged, report.unanswered) == (3 * DAY, 3 * DAY, 0)
    assert (report.meters, report.repeated, report.reconnections) == (3, 0, 0)
    assert len(head_end.readings) == 3
    for readings in head_end.readings.values():
        assert [r.time_s for r in readings] == [
            NOW_S - NOW_S % 900 - 900 * k for k in reversed(range(DAY))
        ]
        assert all(a.import_wh <= b.import_wh for a, b in itertools.pairwise(readings))
    details = {d.serial: d for d in head_end.details.values()}
    assert details["F1-000002"].name == customer_name(2)


async def test_the_same_seed_is_the_same_town(head_end):
    for seed in (4, 4, 5):
        await run(options(head_end, seed=seed, meters=1))
    first, again, other = head_end.readings.values()
    assert first == again != other


async def test_live_readings_follow_as_time_goes_on(head_end):
    clock = itertools.count(NOW_S, 2)
    report = await run(
        options(head_end, history_s=0, interval_s=2, live_count=5, duration_s=None),
        now_s=lambda: next(clock),
    )
    assert report.acknowledged == 3 * 6
    for readings in head_end.readings.values():
        assert [r.time_s for r in readings[1:]] == [NOW_S + 2 * n for n in range(1, 6)]


async def test_a_head_end_that_was_killed_is_sent_what_it_did_not_answer(head_end):
    head_end.is_answering = False
    fleet = Fleet(options(head_end), now_s=lambda: NOW_S, chance=lambda: 0.5)
    running = asyncio.create_task(fleet.run(asyncio.Event()))
    await until(lambda: fleet.report().sent == 3 * DAY)
    await head_end.stop()
    await until(lambda: fleet.report().reconnections >= 6)
    head_end.is_answering = True
    await head_end.start()
    report = await running
    assert (report.acknowledged, report.unanswered) == (3 * DAY, 0)
    assert report.repeated == 3 * DAY
    for readings in head_end.readings.values():
        assert DAY <= len(readings) <= 2 * DAY
        assert len(set(readings)) == DAY, "computed again, the same"


async def test_a_blocked_meter_does_not_end_the_others(head_end):
    head_end.refusals[Login] = Refusal(403, "this meter was blocked by the operator")
    report = await run(options(head_end))
    assert (report.acknowledged, report.unanswered) == (3 * DAY, 0)


async def test_a_refused_reading_is_counted_and_not_sent_again(head_end):
    aligned_s = NOW_S - NOW_S % 900
    head_end.refused_times = {aligned_s, aligned_s - 900, aligned_s - 9000}
    report = await run(options(head_end))
    assert (report.acknowledged, report.refused) == (3 * (DAY - 3), 9)
    assert report.unanswered == 0


async def test_interrupted_it_says_what_is_unanswered(head_end, monkeypatch):
    head_end.is_answering = False
    stop = asyncio.Event()
    fleet = Fleet(options(head_end, duration_s=None), now_s=lambda: NOW_S)
    running = asyncio.create_task(fleet.run(stop))
    await until(lambda: fleet.report().sent == 3 * DAY)
    monkeypatch.setattr(delivery, "LEAVING_S", 0.01)
    stop.set()
    report = await running
    assert report.unanswered == 3 * DAY
    assert f"unanswered {3 * DAY}" in report.summary()


@pytest.mark.parametrize(
    ("verb", "refusal", "why"),
    [
        (Register, Refusal(403, "wrong key"), r"refused meter \d \(403\): wrong key"),
        (Register, Refusal(400, '"name" is bad'), r"refused meter \d \(400\)"),
        (Login, Refusal(401, "wrong proof"), "is not the one this fleet registered with"),
    ],
)
async def test_a_refusal_for_good_ends_the_fleet(head_end, verb, refusal, why):
    head_end.refusals[verb] = refusal
    with pytest.raises(MeterError, match=why):
        await run(options(head_end))


async def test_other_refusals_are_overcome(head_end):
    head_end.refusals[Register] = Refusal(409, "taken")
    head_end.refusals[Login] = Refusal(503, "no room")
    report = await run(options(head_end))
    assert report.acknowledged == 3 * DAY
    assert report.reconnections == 1


async def test_datagrams_carry_it_too(head_end, monkeypatch):
    make = FleetDatagrams.__init__
    monkeypatch.setattr(FleetDatagrams, "__init__", lambda self, town: make(self, town, 0.02))
    monkeypatch.setattr("quilowatt.meter.fleet_datagrams.IN_FLIGHT_MAX", 2)
    head_end.datagrams_to_lose = 3
    report = await run(options(head_end, is_udp=True))
    assert (report.sent, report.acknowledged) == (3 * DAY, 3 * DAY)
    assert report.repeated >= 3
    for readings in head_end.readings.values():
        assert len(first_seen(readings)) == DAY


async def test_a_fleet_with_a_state_goes_on_with_the_same_meters(head_end, tmp_path):
    wanted = options(head_end, state=tmp_path / "fleet")
    await run(wanted)
    head_end.last_time_s = NOW_S - NOW_S % 900
    report = await run(wanted, now_s=lambda: NOW_S + 9000)
    assert len(head_end.readings) == 3
    assert report.acknowledged == 3 * 10
    for readings in head_end.readings.values():
        assert [b.time_s - a.time_s for a, b in itertools.pairwise(readings)] == [900] * (DAY + 9)
    assert (tmp_path / "fleet" / "fleet.jsonl").stat().st_mode & 0o777 == 0o600


async def test_more_meters_join_a_state_and_a_torn_line_is_dropped(head_end, tmp_path):
    await run(options(head_end, state=tmp_path, meters=2))
    path = tmp_path / "fleet.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    await run(options(head_end, state=tmp_path, meters=3))
    assert len(head_end.details) == 4
    assert len(path.read_bytes().splitlines()) == 4


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{}\n", "is damaged; delete it"),
        ("junk\n", "is damaged; delete it"),
        (json.dumps({"version": 2}) + "\n", "has version 2; this quilowatt reads 1"),
        (
            json.dumps({"version": 1, "seed": 8, "origin_s": 0}) + "\n",
            "fleet of seed 8, not 1; use --seed 8",
        ),
    ],
)
async def test_a_state_of_another_fleet_is_refused(head_end, tmp_path, content, why):
    (tmp_path / "fleet.jsonl").write_text(content)
    with pytest.raises(MeterError, match=why):
        Fleet(options(head_end, state=tmp_path))


async def test_one_fleet_at_a_time_in_a_state(head_end, tmp_path):
    fleet = Fleet(options(head_end, state=tmp_path))
    with pytest.raises(MeterError, match="is in use by another fleet"):
        Fleet(options(head_end, state=tmp_path))
    fleet._state.close()


async def test_more_meters_than_files(head_end):
    with pytest.raises(MeterError, match="100000000 meters need 100000064 open files"):
        Fleet(options(head_end, meters=100_000_000))


async def test_names_do_not_repeat():
    assert len({customer_name(n) for n in range(5 * TOWN_MAX)}) == 5 * TOWN_MAX
