"""Where a person sits: lines come in, lines go out, from several threads, until told to stop.

Works at a terminal (prompt, history, messages that don't tear the line being typed), with piped
input, and without any. A signal ends a wait for input, never a command half done.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import TextIO

try:
    from readline import get_line_buffer
except ImportError:  # a Python built without it: no history, all else works

    def get_line_buffer() -> str:
        """Know nothing of what is being typed."""
        return ""


__all__ = ["Terminal", "standard_terminal"]

CLEAR_LINE: Final = "\r\x1b[K"
"""Back to the margin and erase (ECMA-48 EL): makes room above the line being typed."""

LINE_SIZE_MAX: Final = 10_000
"""A longer line that is piped in is cut here: no command comes near. [B]"""

READ_SIZE: Final = 65_536
"""Bytes asked of piped input at once. [B]"""


class _Stopped(Exception):
    """Somebody wants the program to end, and a person is typing."""


class Terminal:
    """Standard input and output, or none.

    Parameters
    ----------
    prompt : str
        Shown where a person can type.
    source, sink : TextIO or None
        Where lines come from and go to; None when that is closed. Both are files of the system.

    Attributes
    ----------
    is_stopped : bool
        True once a signal or `stop` asked for the end.
    """

    def __init__(self, prompt: str, source: TextIO | None, sink: TextIO | None) -> None:
        self._prompt, self._source, self._sink = prompt, source, sink
        self.is_stopped = False
        self._is_typing = False
        self._piped = b""
        self._mutex = threading.Lock()
        self._thread = threading.current_thread()
        self._wake_fd, self._waker_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        for stream in (source, sink):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")

    @property
    def is_interactive(self) -> bool:
        """Whether a person can type here."""
        return bool(self._source and self._source.isatty() and self._sink and self._sink.isatty())

    def say(self, text: str) -> None:
        """Write lines, from any thread; a reader that has gone is no reason to end."""
        if not text or self._sink is None:
            return
        with self._mutex, contextlib.suppress(OSError, ValueError):
            if self._is_typing:
                self._sink.write(f"{CLEAR_LINE}{text}\n{self._prompt}{get_line_buffer()}")
            else:
                self._sink.write(text + "\n")
            self._sink.flush()

    def read(self) -> str | None:
        """Wait for a line; None when there are no more, or when the end was asked for."""
        if self._source is None:
            return None
        try:
            return self._typed_line() if self.is_interactive else self._piped_line()
        except (OSError, ValueError):  # the terminal has gone
            return None

    def wait(self) -> None:
        """Wait until the end is asked for."""
        while not self.is_stopped:
            self._wait_for([])

    def stop(self) -> None:
        """Ask for the end, from any thread; wakes the one that reads."""
        self.is_stopped = True
        assert self._thread.ident is not None
        signal.pthread_kill(self._thread.ident, signal.SIGTERM)

    @contextlib.contextmanager
    def catching_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as a wish to end; only the main thread may ask for it."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self._on_signal) for number in numbers]
        waker_before = signal.set_wakeup_fd(self._waker_fd, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(waker_before)
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def close(self) -> None:
        """Give back what the system lent; not the streams."""
        os.close(self._wake_fd)
        os.close(self._waker_fd)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.is_stopped = True
        if self._is_typing:
            self._is_typing = False
            raise _Stopped

    def _typed_line(self) -> str | None:
        try:
            with self._mutex:
                self._is_typing = True
            return None if self.is_stopped else input(self._prompt)
        except (EOFError, _Stopped):
            self._is_typing = False
            self.say(" ")  # leaves the line of the prompt
            return None
        finally:
            self._is_typing = False

    def _piped_line(self) -> str | None:
        """Read without hiding a signal: one that comes just before the wait would be missed."""
        assert self._source is not None
        fd = self._source.fileno()
        while b"\n" not in self._piped and len(self._piped) < LINE_SIZE_MAX:
            has_input = self._wait_for([fd])
            if self.is_stopped:
                return None
            if has_input:
                data = os.read(fd, READ_SIZE)
                if not data and not self._piped:
                    return None
                self._piped += data or b"\n"
        line, _, self._piped = self._piped.partition(b"\n")
        return line[:LINE_SIZE_MAX].decode(errors="replace")

    def _wait_for(self, fds: list[int]) -> bool:
        """Wait for input or a signal; True when there is input."""
        ready, _, _ = select.select([*fds, self._wake_fd], [], [])
        if self._wake_fd in ready:
            os.read(self._wake_fd, READ_SIZE)
        return any(fd in ready for fd in fds)


def standard_terminal(prompt: str) -> Terminal:
    """Take the program's own input and output."""
    return Terminal(prompt, sys.stdin, sys.stdout)
