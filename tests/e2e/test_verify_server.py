"""`quilowatt verify --server`: a proof beside what a running server has now."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from harness.caller import Caller
from harness.command import Command
from harness.proofs import issued, meter_of, tariff_of
from harness.server import ServerProcess
from quilowatt.core import ReadingBatch
from quilowatt.jobs.proof import Evidence, MeterEvidence, write_proof

pytestmark = pytest.mark.e2e

START_S = 1_780_272_000
DAYS = 20
QUARTER_S = 900


def test_a_reading_that_was_revised_on_the_server_is_named(tmp_path):
    times_s = range(START_S, START_S + DAYS * 86_400 + 1, QUARTER_S)
    with ServerProcess(tmp_path) as server:
        with Caller(server.host_and_port("meters")) as caller:
            meter = caller.become_meter(name="Ana", interval=QUARTER_S)
            caller.say(*[f"R {time_s} {100 * n} 0" for n, time_s in enumerate(times_s)])
            caller.expect_acknowledged(times_s[-1])
            path = tmp_path / "proof.json"
            path.write_bytes(proof_of_server(server, str(meter.uuid)))
            assert verify(tmp_path, server, path)[0] == 0
            caller.say(f"R {times_s[200]} 20001 0")
            caller.expect_acknowledged(times_s[200])
        code, said = verify(tmp_path, server, path)
    assert code == 1
    assert f"meter {meter.uuid}: the reading of 2026-06-03T02:00:00+00:00" in said
    assert "import [Wh]: in the proof 20000, in the store 20001" in said


def proof_of_server(server, uuid):
    """Issue an invoice from what the API tells."""
    table = np.array(server.readings(uuid), np.int64)
    columns = [np.ascontiguousarray(column) for column in table.T]
    meter = meter_of(1, ReadingBatch(np.ones(len(table), np.int32), *columns))
    evidence = Evidence((MeterEvidence(uuid, meter.stay),), ZoneInfo("UTC"), 48_000)
    cycle_s = (START_S, START_S + DAYS * 86_400)
    return write_proof(issued(tariff_of("examples/time-of-use"), evidence, cycle_s).record)


def verify(tmp_path, server, path):
    words = (
        "-m",
        "quilowatt",
        "verify",
        path,
        "--server",
        server.addresses["http"],
        "--lang",
        "en",
    )
    with Command(tmp_path / "verify", *words) as command:
        code = command.wait()
        return code, command.heard
