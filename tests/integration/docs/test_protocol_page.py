"""The shell meter of docs/protocol.md, run as it stands there against a real server."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness.server import ServerProcess
from harness.waiting import DEADLINE_S

PAGE = Path(__file__).parents[3] / "docs" / "protocol.md"
PORT = "127.0.0.1 7007"

NC_OF_OUR_OWN = f"""#!{sys.executable}
import os, socket, sys, threading
*options, host, port = sys.argv[1:]
kind = socket.SOCK_DGRAM if "-u" in options else socket.SOCK_STREAM
peer = socket.socket(socket.AF_INET, kind)
peer.connect((host, int(port)))
def send():
    while data := os.read(0, 65536):
        peer.sendall(data)
threading.Thread(target=send, daemon=True).start()
peer.settimeout({DEADLINE_S})
while data := peer.recv(65536):
    os.write(1, data)
    if kind == socket.SOCK_DGRAM:
        break
"""
"""Does what the page needs of `nc`, for machines without one."""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not shutil.which("bash"), reason="no bash here"),
    pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here"),
]


@pytest.fixture
def server(tmp_path):
    with ServerProcess(tmp_path) as server:
        yield server


@pytest.fixture
def shell(tmp_path):
    """Give a function that runs a script and returns its lines."""
    environment = dict(os.environ)
    if not shutil.which("nc"):
        stand_in = tmp_path / "bin" / "nc"
        stand_in.parent.mkdir()
        stand_in.write_text(NC_OF_OUR_OWN)
        stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
        environment["PATH"] = f"{stand_in.parent}:{environment['PATH']}"

    def run(script):
        done = subprocess.run(
            ["bash", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert not done.stderr
        return done.stdout.splitlines()

    return run


def scripts(server):
    """Give the page's shell scripts, with this server's ports in place of the usual ones."""
    ports = [server.host_and_port(kind)[1] for kind in ("meters", "udp")]
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == len(ports)
    assert all(PORT in block for block in blocks)
    return [
        block.replace(PORT, f"127.0.0.1 {port}") for block, port in zip(blocks, ports, strict=True)
    ]


def test_the_shell_meter_talks_as_the_page_shows(server, shell):
    meter, datagram = scripts(server)

    heard = shell(meter)

    pattern = printed_pattern("It prints:")
    assert re.fullmatch(pattern, "\n".join(heard)), heard
    uuid = heard[3].split()[-1]
    time_s = int(heard[-2].split()[-1])
    assert server.readings(uuid) == [(time_s - 900, 1000, 0), (time_s, 1250, 0)]

    secret = heard[5].split()[-1]
    known = f"uuid={uuid} secret={secret} now={time_s + 60}\n"
    (answer,) = shell(known + datagram)
    assert re.fullmatch(rf"A {uuid} {time_s + 60} [0-9a-f]{{16}}", answer)
    assert server.readings(uuid)[-1] == (time_s + 60, 1300, 0)


def printed_pattern(heading):
    """Make a pattern of what the page shows: other digits, the same words."""
    (shown,) = re.findall(heading + r"\n\n```text\n(.*?)\n```", PAGE.read_text("utf-8"), re.DOTALL)
    pattern = re.escape(shown)
    pattern = re.sub(r"[0-9a-f]{8}(\\-[0-9a-f]{4}){3}\\-[0-9a-f]{12}", "[0-9a-f-]{36}", pattern)
    pattern = re.sub(r"\b[0-9a-f]{64}\b", "[0-9a-f]{64}", pattern)
    pattern = re.sub(r"\b[0-9a-f]{32}\b", "[0-9a-f]{32}", pattern)
    return re.sub(r"\b17\d{8}\b", r"\\d{10}", pattern)
