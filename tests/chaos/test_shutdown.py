"""An orderly end under load: exit code 0, all that was acknowledged is there, and all hear 503."""

import signal

import pytest

from harness.reporters import Reporters
from harness.server import RING, ServerProcess

pytestmark = pytest.mark.chaos

METERS = 20
ROUNDS = 3


@pytest.mark.parametrize(
    ("transport", "number"),
    [pytest.param("ring", signal.SIGTERM, marks=RING.marks), ("portable", signal.SIGINT)],
)
def test_a_server_told_to_end_under_load_ends_in_order(tmp_path, transport, number):
    with (
        ServerProcess(tmp_path, transport=transport) as server,
        Reporters(server, tcp=METERS, udp=4) as reporters,
    ):
        for _ in range(ROUNDS):
            reporters.wait_until_all_are_heard()
            turned_away = reporters.turned_away
            assert server.stop(number) == 0
            reporters.wait_until(lambda: reporters.turned_away - turned_away >= METERS)  # noqa: B023
            server.start()
        reporters.finish()
        assert server.stop(number) == 0
        reporters.assert_stored(server.data)
