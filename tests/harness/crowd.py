"""Thousands of connections in a process of their own, because a process holds 20,000 files.

`python crowd.py HOST PORT COUNT` opens them, prints ``open COUNT``, says nothing, and leaves when
its stdin ends. Its parent and the server keep their files for themselves.
"""

import resource
import socket
import subprocess
import sys
from pathlib import Path


class SilentCrowd:
    """Connections that say nothing; a context manager."""

    def __init__(self, address, count):
        self._arguments = [address[0], str(address[1]), str(count)]

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        line = self._process.stdout.readline().decode()
        assert line == f"open {self._arguments[2]}\n", line
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def main(host, port, count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = [socket.create_connection((host, int(port)), 60) for _ in range(int(count))]
    print("open", len(crowd), flush=True)  # noqa: T201 - how a process speaks
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
