"""A server in a process of its own: started on free ports, asked by HTTP, stopped or killed.

It runs the command `quilowatt server`; its process is forked from one that has imported the code
already, because a suite that kills servers by the dozen would mostly wait for imports.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import urllib.request
from datetime import datetime
from pathlib import Path

import pytest

from harness.waiting import DEADLINE_S
from quilowatt.cli import main
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


FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["quilowatt.app", "quilowatt.cli", "quilowatt.meter.session"])


def run_command(arguments, log, stdout=None, environ=()):
    """Become `quilowatt`; runs in the child."""
    os.environ.update(environ)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(stdout.fileno() if stdout else written, 1)
    os.dup2(written, 2)
    if stdout:
        stdout.close()
    sys.argv = ["quilowatt", *arguments]
    main()


class ServerProcess:
    """`quilowatt server`; a context manager.

    A test may stop or kill it and start it again: the ports stay the same, the data too. What it
    wrote to stderr is in `log`; a traceback there fails the test at the end.
    """

    def __init__(self, directory, *options, transport="auto", environ=(), data=None):
        self.data = Path(data or directory) / "server"
        self.log = Path(directory) / "server.log"
        self.addresses = {}
        self._options = [*options, "--transport", transport, "--timezone", "UTC"]
        self._environ = dict(environ)
        self._process = None

    def __enter__(self):
        self.log.parent.mkdir(parents=True, exist_ok=True)
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
        return self._process is not None and self._process.is_alive()

    def start(self):
        """Start it and wait until it is ready; on the ports of last time, if there was one."""
        line = self._start(DEADLINE_S)
        assert line.startswith("ready "), (line, self.log.read_text()[-4000:])
        self.addresses = dict(field.split("=", 1) for field in line.split()[1:])

    def start_and_kill_after(self, seconds):
        """Start it and kill it so soon that it may not be ready."""
        self._start(seconds)
        self.kill()

    def _start(self, deadline_s):
        """Start it; give the line that it says within the deadline, if it does."""
        assert not self.is_running
        ours, theirs = FORKING.Pipe(duplex=False)
        arguments = ["server", "--data", str(self.data), *self._ports(), *self._options]
        self._process = FORKING.Process(
            target=run_command, args=(arguments, self.log, theirs, self._environ)
        )
        self._process.start()
        theirs.close()
        line = b""
        while not line.endswith(b"\n") and ours.poll(deadline_s):
            line += os.read(ours.fileno(), 4096) or b"\n"
        ours.close()
        return line.decode()

    def stop(self, number=signal.SIGTERM):
        """Ask it to end; give its exit code."""
        os.kill(self.pid, number)
        return self.wait()

    def wait(self):
        self._process.join(DEADLINE_S)
        code = self._process.exitcode
        assert code is not None, "the server did not end"
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
        return json.loads(self.get_text(path))

    def get_text(self, path):
        """Ask the API; give its answer as it is."""
        with urllib.request.urlopen(self.addresses["http"] + path, timeout=DEADLINE_S) as answer:
            return answer.read().decode()

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
