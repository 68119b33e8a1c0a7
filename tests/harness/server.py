"""A server in a process of its own: started on free ports, asked by HTTP, stopped or killed."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import urllib.request
from datetime import datetime
from pathlib import Path

import pytest

from harness.waiting import DEADLINE_S
from quilowatt.headend.uring import Uring, UringUnavailable


def why_no_ring():
    """Say why this machine has no io_uring for the server; empty when it has."""
    try:
        Uring().close()
    except UringUnavailable as error:
        return f"no io_uring here: {error}"
    return ""


NO_RING = why_no_ring()
RING = pytest.param("ring", marks=pytest.mark.skipif(bool(NO_RING), reason=NO_RING))


COMMAND = (sys.executable, "-m", "quilowatt", "server")


class ServerProcess:
    """`quilowatt server`, as a person would start it; a context manager.

    A test may stop or kill it and start it again: the ports stay the same, the data too. What it
    wrote to stderr is in `log`; a traceback there fails the test at the end.
    """

    def __init__(self, directory, *options, transport="auto"):
        self.data = Path(directory) / "server"
        self.log = Path(directory) / "server.log"
        self.addresses = {}
        self._options = [*options, "--transport", transport, "--timezone", "UTC"]
        self._process = None

    def __enter__(self):
        Path(self.data.parent).mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        if self.is_running:
            self.kill()
        if kind is None:
            assert "Traceback" not in self.log.read_text(), self.log.read_text()[-4000:]
        elif self.log.exists():
            sys.stderr.write(self.log.read_text()[-4000:])

    @property
    def pid(self):
        return self._process.pid

    @property
    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def start(self):
        """Start it and wait until it is ready; on the ports of last time, if there was one."""
        assert not self.is_running
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, "--data", str(self.data), *self._ports(), *self._options],
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        readable, _, _ = select.select([self._process.stdout], [], [], DEADLINE_S)
        line = self._process.stdout.readline().decode() if readable else ""
        assert line.startswith("ready "), (line, self.log.read_text()[-4000:])
        self.addresses = dict(field.split("=", 1) for field in line.split()[1:])

    def stop(self, number=signal.SIGTERM):
        """Ask it to end; give its exit code."""
        self._process.send_signal(number)
        return self.wait()

    def wait(self):
        code = self._process.wait(DEADLINE_S)
        self._process.stdout.close()
        return code

    def kill(self):
        """End it as a power cut would."""
        self._process.kill()
        self.wait()

    def host_and_port(self, kind):
        host, _, port = self.addresses[kind].rpartition(":")
        return host, int(port)

    def get(self, path):
        """Ask the API; give the document of its answer."""
        with urllib.request.urlopen(self.addresses["http"] + path, timeout=DEADLINE_S) as answer:
            return json.load(answer)

    def items(self, path):
        """Ask for a list; give all of it, page by page."""
        found, cursor = [], ""
        joint = "&" if "?" in path else "?"
        while cursor is not None:
            page = self.get(f"{path}{joint}limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page["next_cursor"]
        return found

    def readings(self, uuid):
        """Give what the API says a meter said: [(time in s, import in Wh, export in Wh)]."""
        return [
            (
                int(datetime.fromisoformat(item["time"]).timestamp()),
                round(item["import_kwh"] * 1000),
                round(item["export_kwh"] * 1000),
            )
            for item in self.items(f"/v1/meters/{uuid}/readings")
        ]

    def resident_bytes(self):
        """Give how much memory it holds."""
        fields = Path(f"/proc/{self.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

    def _ports(self):
        ports = {"http": 0, "meters": 0, "udp": 0, "tls": 0}
        for kind in self.addresses:
            with contextlib.suppress(ValueError):
                ports[kind] = self.host_and_port(kind)[1]
        options = {"http": "--http-port", "meters": "--meter-port", "udp": "--udp-port"}
        options["tls"] = "--tls-port"
        return [word for kind, port in ports.items() for word in (options[kind], str(port))]
