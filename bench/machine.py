"""What a measurement needs of the machine: programs, processes, memory and disk."""

import atexit
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE / "build"
FILES_MAX = 20_000


def compile_programs():
    """Compile the C programs; say how to get a compiler where there is none."""
    compiler = shutil.which("cc")
    if compiler is None:
        sys.exit("make bench needs a C compiler: install gcc")
    BUILD.mkdir(exist_ok=True)
    for source in HERE.glob("*.c"):
        subprocess.run([compiler, "-O2", "-Wall", "-o", BUILD / source.stem, source], check=True)


def allow_files():
    """Let this process, and what it starts, open as many files as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, FILES_MAX), hard))


@contextmanager
def floor(directory):
    """Run the bare C server; give its port."""
    process = subprocess.Popen(
        [BUILD / "floor", directory / "floor.data"], stdout=subprocess.PIPE, text=True
    )
    try:
        yield int(process.stdout.readline().split()[1])
    finally:
        process.kill()
        process.wait()
        (directory / "floor.data").unlink()


class RunningServer:
    """A quilowatt server in its own process."""

    program = ("-m", "quilowatt")

    def __init__(self, data, *options, **environment):
        self.data = data
        command = [sys.executable, *self.program, "server", "--data", data]
        ports = ["--http-port", "0", "--meter-port", "0", "--udp-port", "0"]
        self.process = subprocess.Popen(
            [*map(str, command), *ports, *options],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        atexit.register(self.process.kill)  # where a measure fails half-way
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the server did not start")
        fields = dict(field.split("=", 1) for field in line.split()[1:])
        self.http = fields["http"]
        self.meter_port = int(fields["meters"].rpartition(":")[2])
        self.udp_port = int(fields["udp"].rpartition(":")[2])

    def get(self, path):
        """Ask the API."""
        with urllib.request.urlopen(self.http + path, timeout=60) as answer:
            return answer.read()

    def get_json(self, path):
        """Ask the API for JSON."""
        return json.loads(self.get(path))

    def figure(self, name):
        """One figure of /metrics."""
        for line in self.get("/metrics").decode().splitlines():
            if line.startswith(f"quilowatt_{name} "):
                return float(line.split()[1])
        raise KeyError(name)

    def resident_bytes(self):
        """Memory of the process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        raise KeyError("VmRSS")

    def stop(self):
        """End it as an operator would."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        if code != 0:
            sys.exit(f"the server ended with {code}")


def bytes_on_disk(directory):
    """All bytes of all files of a directory."""
    return sum(path.stat().st_size for path in Path(directory).rglob("*") if path.is_file())
