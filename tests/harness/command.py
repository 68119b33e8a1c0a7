"""A command in a process of its own, started as a person would, typed to and read."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from harness.waiting import DEADLINE_S, until

ROOT = Path(__file__).parents[2]


class Command:
    """A running command; a context manager. Its stdout and stderr go to one file."""

    def __init__(self, log, *words, **environ):
        self._log = Path(log)
        self._words = [sys.executable, *map(str, words)]
        self._environ = environ

    def __enter__(self):
        environ = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "120", **self._environ}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._words,
                cwd=ROOT,
                env=environ,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, kind, *_):
        if self.is_running:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        if kind is not None:
            sys.stderr.write(self.heard[-4000:])

    @property
    def pid(self):
        return self._process.pid

    @property
    def is_running(self):
        return self._process.poll() is None

    @property
    def heard(self):
        """All that it has written so far."""
        return self._log.read_text(errors="replace")

    def type(self, line):
        """Type a line on its keyboard."""
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def wait_for(self, text):
        """Wait until it has written a text; give the line that holds it."""
        until(lambda: text in self.heard or not self.is_running, text)
        (line, *_) = [line for line in self.heard.splitlines() if text in line] or [None]
        assert line is not None, f"it ended without {text!r}: {self.heard[-4000:]}"
        return line

    def ready(self):
        """Wait for a server's ready line; give its addresses."""
        return dict(field.split("=", 1) for field in self.wait_for("ready http=").split()[1:])

    def stop(self, number=signal.SIGTERM):
        """Ask it to end; give its exit code."""
        self._process.send_signal(number)
        return self.wait()

    def wait(self):
        """Wait until it ends; give its exit code."""
        return self._process.wait(DEADLINE_S)
