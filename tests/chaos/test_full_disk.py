"""No room on the disk: ERR 503, nothing acknowledged is lost, all goes on when there is room."""

import json
import os
import resource
import subprocess
from contextlib import contextmanager

import pytest

from harness.caller import Caller
from harness.reporters import Reporters
from harness.server import RING, ServerProcess

pytestmark = pytest.mark.chaos

DISK_SIZE = 24 * 1024 * 1024
FILE_SIZE = 4 * 1024 * 1024
READINGS = 100


class SmallDisk:
    """A file system in memory that a file fills up; needs root."""

    def __init__(self, path):
        self._path = path
        self._ballast = path / "ballast"

    def fill(self, _server):
        with self._ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    pass

    def make_room(self, _server):
        self._ballast.unlink()


class ShortFiles:
    """A limit for how long the server's files may be: no file grows any more."""

    def fill(self, server):
        journals = (server.data / "readings").glob("journal-*")
        longest = max(path.stat().st_size for path in journals)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (longest, resource.RLIM_INFINITY))

    def make_room(self, server):
        no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, no_limit)


@contextmanager
def small_disk(path):
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE}", "tmpfs", str(path)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can't be mounted here: that needs root")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", str(path)], check=True)


@pytest.fixture(params=["small disk", "short files"])
def disk(request, tmp_path):
    """What can run out of room, and where it is."""
    if request.param == "short files":
        yield ShortFiles(), tmp_path
    else:
        with small_disk(tmp_path / "disk") as small:
            yield small, tmp_path / "disk"


@pytest.mark.parametrize("transport", [RING, "portable"])
def test_a_full_disk_turns_meters_away_until_there_is_room(tmp_path, disk, transport):
    room, data = disk
    with (
        ServerProcess(tmp_path, transport=transport, data=data) as server,
        Reporters(server, tcp=8, udp=2) as reporters,
    ):
        for _ in range(2):
            reporters.wait_for(READINGS)
            room.fill(server)
            turned_away = reporters.turned_away
            reporters.wait_until(lambda: reporters.turned_away > turned_away + 20)  # noqa: B023
            assert_that_questions_are_answered(server, reporters)
            room.make_room(server)
            reporters.wait_for(READINGS)
        with Caller(server.host_and_port("meters")) as caller:
            caller.become_meter(name="Late")
        reporters.finish()
        assert server.stop() == 0
        reporters.assert_stored(server.data)


def assert_that_questions_are_answered(server, reporters):
    assert server.get("/healthz")["status"] == "ok"
    assert len(server.items("/v1/customers")) >= len(reporters.all)
    for reporter in reporters.all[:3]:
        acknowledged = reporter.acknowledged
        assert len(server.readings(reporter.credentials.uuid)) >= acknowledged


@pytest.mark.parametrize("transport", [RING, "portable"])
def test_a_full_disk_refuses_registrations_and_takes_them_later(tmp_path, transport):
    with (
        small_disk(tmp_path / "disk") as room,
        ServerProcess(tmp_path, transport=transport, data=tmp_path / "disk") as server,
    ):
        room.fill(server)
        with Caller(server.host_and_port("meters")) as caller:
            uuid = caller.identify()
            details = json.dumps({"name": "Ana", "note": "x" * 800})
            caller.say(f"REGISTER {uuid} {details}")
            caller.expect("ERR", "503")
            caller.expect_end()
        room.make_room(server)
        with Caller(server.host_and_port("meters")) as caller:
            caller.say(f"REGISTER {uuid} {details}")
            caller.expect("REGISTERED", uuid)
        assert server.stop() == 0
