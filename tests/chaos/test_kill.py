"""kill −9 at random moments: what was acknowledged is there, once, with the register's value.

QUILOWATT_CHAOS_ROUNDS sets how many kills; without it there are at most 20, and no more than fit
the time. QUILOWATT_CHAOS_SEED repeats a run's decisions.
"""

import os
import random
import time

import pytest

from harness.reporters import Reporters, register_of
from harness.server import RING, ServerProcess

pytestmark = pytest.mark.chaos

ROUNDS = int(os.environ.get("QUILOWATT_CHAOS_ROUNDS", "20"))
BUDGET_S = 25.0 if "QUILOWATT_CHAOS_ROUNDS" not in os.environ else float("inf")
SEED = int(os.environ.get("QUILOWATT_CHAOS_SEED", time.time_ns() % 1_000_000))
SEALING = {"QUILOWATT_SEAL_INTERVAL_S": "1.5"}


def total_by_api(server, reporter):
    """Energy of a meter over all time, as the load profile has it. [Wh]"""
    path = f"/v1/meters/{reporter.credentials.uuid}/load-profile"
    profile = server.get(f"{path}?start=2024-12-31&end=2030-01-01&resolution=1mo")
    return round(profile["import_kwh"] * 1000)


@pytest.mark.parametrize("transport", [RING, "portable"])
def test_a_server_killed_at_random_moments_keeps_what_it_acknowledged(tmp_path, transport):
    chance = random.Random(SEED)
    print(f"QUILOWATT_CHAOS_SEED={SEED}")  # noqa: T201 - how to do it again
    give_up_at_s = time.monotonic() + BUDGET_S
    kills = 0
    with (
        ServerProcess(tmp_path, transport=transport, environ=SEALING) as server,
        Reporters(server, tcp=30, udp=6) as reporters,
    ):
        while kills < max(ROUNDS // 2, 1) and time.monotonic() < give_up_at_s:
            reporters.wait_for(int(10 ** chance.uniform(2, 5.5)))
            server.kill()
            kills += 1
            if chance.random() < 0.3:
                server.start_and_kill_after(chance.random())
                kills += 1
            server.start()
        reporters.finish()
        for reporter in chance.sample(reporters.all, 5):
            last = register_of(reporter.number, reporter.said - 1)
            assert total_by_api(server, reporter) == last - register_of(reporter.number, 0)
        said = server.readings(reporters.all[0].credentials.uuid)
        assert len(said) == len(set(said)) == reporters.all[0].said
        assert server.stop() == 0
        print(f"{kills} kills, {reporters.acknowledged} acknowledged")  # noqa: T201
        reporters.assert_stored(server.data)
    assert kills >= 2
