"""More comes in than can be committed, or a commit fails: nothing is lost or kept twice."""

import random
import threading

import pytest

from harness.caller import Caller
from harness.inside import ServerInside
from harness.reporters import Reporters
from harness.server import RING
from quilowatt.errors import StoreFull
from quilowatt.headend import gatherer, ring_server

NEW_YEAR_S = 1_767_225_600
METERS = 24
READINGS = 4_000
PENDING_MAX = 64 * 1024
CHUNK_MAX = 256 * 1024


def report(address, number, outcomes):
    with Caller(address) as caller:
        meter = caller.become_meter(name=f"Home {number}")
        for first in range(0, READINGS, 1_000):
            caller.say(*[f"R {NEW_YEAR_S + n} {n} 0" for n in range(first, first + 1_000)])
        caller.expect_acknowledged(NEW_YEAR_S + READINGS - 1)
        outcomes.append(meter.uuid)


@pytest.mark.parametrize("transport", [RING, "portable"])
def test_a_flood_of_readings_is_taken_as_fast_as_it_can_be_committed(
    tmp_path, transport, monkeypatch
):
    monkeypatch.setattr(gatherer, "PENDING_SIZE_MAX", PENDING_MAX)
    monkeypatch.setattr(gatherer, "PENDING_SIZE_RESUME", 32 * 1024)
    for module in (gatherer, ring_server):
        monkeypatch.setattr(module, "BATCH_SIZE_MAX", 16 * 1024)
    outcomes = []
    with ServerInside(tmp_path, transport) as inside:
        floods = [
            threading.Thread(target=report, args=(inside.meters, number, outcomes))
            for number in range(METERS)
        ]
        for flood in floods:
            flood.start()
        for flood in floods:
            flood.join()
        assert len(set(outcomes)) == METERS
        status = inside.server.status()
        assert status.counters["readings_committed"] == METERS * READINGS
        assert status.gauges["pending_bytes"] == 0
        if transport == "portable":
            assert PENDING_MAX <= status.gauges["pending_bytes_peak"] < PENDING_MAX + CHUNK_MAX


@pytest.mark.parametrize("transport", [RING, "portable"])
def test_commits_that_fail_now_and_then_lose_nothing(tmp_path, transport, monkeypatch):
    for module in (gatherer, ring_server):
        monkeypatch.setattr(module, "BATCH_SIZE_MAX", 4 * 1024)
    chance = random.Random(20_260_104)
    with ServerInside(tmp_path, transport) as inside:
        store = inside.server._readings
        append = store.append

        def append_if_lucky(batch, *, now_s):
            if chance.random() < 0.05:
                raise StoreFull("no luck")
            return append(batch, now_s=now_s)

        monkeypatch.setattr(store, "append", append_if_lucky)
        with Reporters(inside, tcp=16, udp=4) as reporters:
            reporters.wait_until(lambda: reporters.turned_away > 30)
            reporters.finish()
    reporters.assert_stored(inside.data)
