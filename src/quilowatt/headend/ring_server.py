"""The TCP server on io_uring: one thread, one loop, arrays.

Each turn takes what all connections sent since the last one, commits it, and answers. While it
commits, the kernel gathers the next batch, so batch size follows load by itself; what it may gather
is bounded by the receive buffers, and beyond them TCP slows the meters. The state of connections
lies in arrays by file number, so that the common case, thousands of logged-in meters that sent
lines, runs without touching a Python object per connection.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import os
import select
import socket
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.errors import StoreFull, WireError
from quilowatt.headend.reception import NO_ROOM, SHUTTING_DOWN
from quilowatt.headend.ring_sender import RingSender
from quilowatt.headend.ring_session import RingSession
from quilowatt.headend.uring import (
    COMPLETION_BUFFER,
    COMPLETION_MORE,
    Operation,
    ReceiveBuffers,
    Uring,
    submissions,
)
from quilowatt.limits import (
    BATCH_SIZE_MAX,
    CONNECTIONS_MAX,
    LINE_SIZE_MAX,
    LOGIN_TIMEOUT_S,
)
from quilowatt.wire.lines import TOO_LONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quilowatt.headend.commit import ChunkOutcomes, GroupCommit, OddLine
    from quilowatt.headend.reception import Reception

__all__ = ["RingServer"]

LOG = logging.getLogger(__name__)

FILES_MAX: Final = 65_536
"""File numbers that the arrays have room for: far above what a process may open."""

SWEEP_S: Final = 1.0
"""How often silent connections are looked for, and how long a turn waits at most. [s]"""

GATHER_S: Final = 0.003
"""When the last turn began so shortly before, this one waits as long for more: twenty readings a
commit would keep a core busy with commits. A meter alone is answered at once. [s]"""

GATHER_CHUNKS: Final = 128
"""…unless so many chunks are there already, or the last turn had as many."""

LINGER_S: Final = 2.0
"""How long a connection that was told to go may take to do so. [s]"""

FAREWELL_S: Final = 0.5
"""How long meters may take to hang up when the head-end shuts down. [s]"""

KIND_SHIFT: Final = np.uint64(56)
GENERATION_SHIFT: Final = np.uint64(24)
FILE_MASK: Final = np.uint64((1 << 24) - 1)
RECEIVE, ACCEPT, SEND, WAKE = range(4)
"""What a completion is about, in the top byte of its user data."""

LF: Final = 10

EXIT_SOFTWARE: Final = 70
"""sysexits.h: an error of ours. Better no head-end than a deaf one."""


class RingServer:
    """Accepts meters on a listening socket until `stop`.

    Parameters
    ----------
    listener : socket
        Bound and listening.
    commit : GroupCommit
        Makes batches durable.
    reception : Reception
        Answers everything that is not a batch of readings.
    clock : callable
        Monotonic. [s]

    Raises
    ------
    UringUnavailable
        Use the portable server instead.
    """

    def __init__(
        self,
        listener: socket.socket,
        commit: GroupCommit,
        reception: Reception,
        clock: Callable[[], float],
    ) -> None:
        self._listener = listener
        self._commit = commit
        self._reception = reception
        self._clock = clock
        self._libc = ctypes.CDLL(None)
        self._sessions: dict[int, RingSession] = {}
        self._tails: dict[int, bytes] = {}
        self._number = np.zeros(FILES_MAX, np.int32)
        self._generation = np.zeros(FILES_MAX, np.uint64)
        self._deadline_s = np.full(FILES_MAX, np.inf)
        self._silence_s = np.zeros(FILES_MAX)
        self._is_closing = np.zeros(FILES_MAX, np.bool_)
        self._closes: dict[int, bytes] = {}
        self._doubtful: set[int] = set()
        self._to_receive: list[int] = []
        self._inbox: deque[tuple[RingSession, Callable[[], None]]] = deque()
        self._is_stopping = False
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.received_bytes_peak = 0
        self.refused_connections = 0
        Uring().close()  # a probe: the ring itself is made by the thread that uses it
        self._thread = threading.Thread(target=self._run, name="ring-server", daemon=True)

    @property
    def connections(self) -> int:
        """Open connections."""
        return len(self._sessions)

    def start(self) -> None:
        """Begin to accept meters."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the commit under way, acknowledge it, say ERR 503 to all, and end."""
        self._is_stopping = True
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._wake)
        self._listener.close()

    def post(self, session: RingSession, action: Callable[[], None]) -> None:
        """Have the server's thread do something for a session; from any thread."""
        self._inbox.append((session, action))
        with contextlib.suppress(OSError):  # the server has ended: nobody is left to serve
            os.eventfd_write(self._wake, 1)

    def set_silence(self, file: int, silence_s: float) -> None:
        """Note how long a connection may say nothing. [s]."""
        self._silence_s[file] = silence_s

    def queue_send(self, file: int, text: bytes) -> None:
        """Send lines at the end of this turn."""
        if file in self._sessions:
            self._sender.queue(file, text)

    def queue_close(self, file: int, last_words: bytes) -> None:
        """Close a connection at the end of this turn."""
        if file in self._sessions and not self._is_closing[file]:
            self._closes.setdefault(file, last_words)

    # --- the loop --------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._ring = Uring()
            self._buffers = ReceiveBuffers(self._ring)
            self._sender = RingSender(self._ring, lambda files: self._user_data(files, SEND))
            self._watch(Operation.ACCEPT, self._listener.fileno(), ACCEPT)
            self._watch(Operation.POLL_ADD, self._wake, WAKE)
            sweep_at_s, turned_at_s, chunks = self._clock() + SWEEP_S, -GATHER_S, 0
            while not self._is_stopping:
                self._ring.wait(SWEEP_S)
                if chunks < GATHER_CHUNKS and self._clock() - turned_at_s < GATHER_S:
                    self._ring.wait(GATHER_S, GATHER_CHUNKS)
                turned_at_s, chunks = self._clock(), self._turn()
                if self._clock() >= sweep_at_s:
                    self._sweep()
                    sweep_at_s = self._clock() + SWEEP_S
            self._end()
        except Exception:
            LOG.critical("ring_server_failed", exc_info=True)
            os._exit(EXIT_SOFTWARE)

    def _turn(self) -> int:
        """Answer all that has come; give how many chunks that was."""
        completions = self._ring.completions()
        kind = completions["user_data"] >> KIND_SHIFT
        if kind.any():
            self._take_others(completions, kind)
            completions = completions[kind == RECEIVE]
        if completions.size:
            self._take_received(completions)
        self._take_inbox()
        self._flush()
        return completions.size

    def _take_others(self, completions: NDArray[Any], kind: NDArray[np.uint64]) -> None:
        for completion in completions[kind == ACCEPT]:
            self._accept(int(completion["result"]), int(completion["flags"]))
        for completion in completions[kind == SEND]:
            file = self._live_file(completion)
            if file is not None:
                self._drop(file)  # it reads nothing, or it is gone
        if (kind == WAKE).any():
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)

    def _take_inbox(self) -> None:
        for _ in range(len(self._inbox)):
            session, action = self._inbox.popleft()
            if self._sessions.get(session.file) is session:
                action()
                self._note_login(session)

    # --- connections -----------------------------------------------------------------------

    def _watch(self, opcode: int, file: int, kind: int) -> None:
        queue = submissions(1)
        queue["opcode"], queue["fd"] = opcode, file
        queue["user_data"] = np.uint64(kind) << KIND_SHIFT
        if opcode == Operation.ACCEPT:
            queue["ioprio"] = Operation.ACCEPT_MULTISHOT
            queue["operation_flags"] = socket.SOCK_CLOEXEC
        else:
            queue["length"] = Operation.POLL_MULTISHOT
            queue["operation_flags"] = select.EPOLLIN
        self._ring.submit(queue)

    def _accept(self, file: int, flags: int) -> None:
        if file >= 0:
            if len(self._sessions) >= CONNECTIONS_MAX or file >= FILES_MAX:
                self.refused_connections += 1
                os.close(file)
            else:
                self._open(file)
        elif file not in (-errno.EMFILE, -errno.ENFILE, -errno.ECONNABORTED, -errno.EINTR):
            LOG.warning("accept_failed errno=%d", -file)
        if not flags & COMPLETION_MORE and not self._is_stopping:
            self._watch(Operation.ACCEPT, self._listener.fileno(), ACCEPT)

    def _open(self, file: int) -> None:
        one = ctypes.c_int(1)
        self._libc.setsockopt(
            file, socket.IPPROTO_TCP, socket.TCP_NODELAY, ctypes.byref(one), ctypes.sizeof(one)
        )
        self._sessions[file] = RingSession(self, file)
        self._number[file] = 0
        self._is_closing[file] = False
        self._deadline_s[file] = self._clock() + LOGIN_TIMEOUT_S
        self._to_receive.append(file)

    def _note_login(self, session: RingSession) -> None:
        if session.number and not self._number[session.file]:
            self._number[session.file] = session.number
            self._silence_s[session.file] = session.silence_s
            self._deadline_s[session.file] = self._clock() + session.silence_s

    def _begin_closing(self, file: int) -> None:
        """Tell the peer that nothing more comes, and give it a moment to do the same."""
        self._is_closing[file] = True
        self._number[file] = 0
        self._tails.pop(file, None)
        self._deadline_s[file] = self._clock() + LINGER_S
        self._reception.leave(self._sessions[file])
        self._libc.shutdown(file, socket.SHUT_WR)

    def _drop(self, file: int) -> None:
        """End a connection now; its receive completes with 0 and `_forget` follows."""
        self._is_closing[file] = True
        self._number[file] = 0
        self._deadline_s[file] = np.inf
        self._libc.shutdown(file, socket.SHUT_RDWR)

    def _forget(self, file: int) -> None:
        session = self._sessions.pop(file)
        self._reception.leave(session)
        self._sender.forget(file)
        self._tails.pop(file, None)
        self._number[file] = 0
        self._deadline_s[file] = np.inf
        self._generation[file] += np.uint64(1)
        os.close(file)

    def _live_file(self, completion: NDArray[Any]) -> int | None:
        file = int(completion["user_data"] & FILE_MASK)
        is_live = self._user_data(np.array([file]))[0] & ~(np.uint64(255) << KIND_SHIFT)
        mine = completion["user_data"] & ~(np.uint64(255) << KIND_SHIFT)
        return file if file in self._sessions and is_live == mine else None

    def _user_data(self, files: NDArray[Any], kind: int = RECEIVE) -> NDArray[np.uint64]:
        files = files.astype(np.uint64)
        generation = (self._generation[files] & np.uint64(2**32 - 1)) << GENERATION_SHIFT
        user_data: NDArray[np.uint64] = np.uint64(kind) << KIND_SHIFT | generation | files
        return user_data

    def _sweep(self) -> None:
        now_s = self._clock()
        for file in np.flatnonzero(self._deadline_s < now_s).tolist():
            if self._is_closing[file]:
                self._drop(file)
            else:
                waited = "for LOGIN" if not self._number[file] else "and heard nothing"
                self._sessions[file].expel(WireError(400, f"waited {waited} too long"))
        self._flush()

    # --- what was received -----------------------------------------------------------------

    def _take_received(self, completions: NDArray[Any]) -> None:
        has_bytes = (completions["result"] > 0) & (completions["flags"] & COMPLETION_BUFFER > 0)
        chunks = completions[has_bytes]
        if chunks.size:
            text = self._buffers.take(chunks)
            self.received_bytes_peak = max(self.received_bytes_peak, text.size)
            files = (chunks["user_data"] & FILE_MASK).astype(np.intp)
            self._take_chunks(text, np.cumsum(chunks["result"], dtype=np.intp), files)
            self._buffers.give_back()
        ended = completions[completions["flags"] & COMPLETION_MORE == 0]
        for completion in ended:
            self._receive_ended(int(completion["user_data"] & FILE_MASK), int(completion["result"]))

    def _receive_ended(self, file: int, result: int) -> None:
        if result > 0 or result == -errno.ENOBUFS:
            self._to_receive.append(file)
        elif file in self._sessions:
            self._forget(file)

    def _take_chunks(
        self, text: NDArray[np.uint8], ends: NDArray[np.intp], files: NDArray[np.intp]
    ) -> None:
        is_plain = (self._number[files] > 0) & (text[ends - 1] == LF)
        if self._tails:
            is_plain &= ~np.isin(files, np.fromiter(self._tails, np.intp, len(self._tails)))
        if not is_plain.all():  # a line may go on in the same connection's next chunk
            is_plain &= ~np.isin(files, files[~is_plain])
        self._deadline_s[files[is_plain]] = self._clock() + self._silence_s[files[is_plain]]
        if is_plain.all():
            self._commit_chunks(text, ends, files)
            return
        starts = ends - np.diff(ends, prepend=0)
        parts, part_files = self._take_odd_chunks(text, starts, ends, files, ~is_plain)
        sizes = (ends - starts)[is_plain]
        plain = text[np.repeat(is_plain, ends - starts)]
        joined = np.concatenate([plain, *(np.frombuffer(part, np.uint8) for part in parts)])
        all_sizes = np.concatenate([sizes, [len(part) for part in parts]]).astype(np.intp)
        all_files = np.concatenate([files[is_plain], part_files]).astype(np.intp)
        if all_files.size:
            self._commit_chunks(joined, np.cumsum(all_sizes), all_files)

    def _take_odd_chunks(
        self,
        text: NDArray[np.uint8],
        starts: NDArray[np.intp],
        ends: NDArray[np.intp],
        files: NDArray[np.intp],
        is_odd: NDArray[np.bool_],
    ) -> tuple[list[bytes], list[int]]:
        """Cut lines that came in pieces, and listen to connections that have not logged in."""
        parts: list[bytes] = []
        part_files: list[int] = []
        for index in np.flatnonzero(is_odd).tolist():
            file = int(files[index])
            if file not in self._sessions or self._sessions[file].is_over:
                continue
            data = self._tails.pop(file, b"") + text[starts[index] : ends[index]].tobytes()
            whole = self._listen(file, data)
            if whole:
                parts.append(whole)
                part_files.append(file)
        return parts, part_files

    def _listen(self, file: int, data: bytes) -> bytes:
        """Answer lines until LOGIN; give the whole lines after it and keep the rest."""
        session = self._sessions[file]
        start, cut = 0, data.rfind(b"\n") + 1
        while start < cut and not session.number:
            end = data.index(b"\n", start)
            self._reception.receive_line(session, data[start:end])
            start = end + 1
            if session.is_over:
                return b""
        whole, tail = data[start:cut], data[cut:]
        self._note_login(session)
        if session.number:
            self._deadline_s[file] = self._clock() + self._silence_s[file]
        if len(tail) >= LINE_SIZE_MAX:
            session.connection.is_hopeless = True
            self._reception.refuse(session, WireError(413, TOO_LONG))
        elif tail:
            self._tails[file] = tail
        return whole

    def _commit_chunks(
        self, text: NDArray[np.uint8], ends: NDArray[np.intp], files: NDArray[np.intp]
    ) -> None:
        first = start = 0
        while first < ends.size:
            last = max(first + 1, int(ends.searchsorted(start + BATCH_SIZE_MAX, "right")))
            batch = slice(first, last)
            try:
                self._commit_batch(text[start : ends[last - 1]], ends[batch] - start, files[batch])
            except StoreFull as error:  # also for what follows: an A would speak for this too
                LOG.error("batch_refused reason=%s", error)  # noqa: TRY400 - it says it all
                for file in set(files[first:].tolist()):
                    self._reception.refuse(self._sessions[file], NO_ROOM)
                return
            first, start = last, int(ends[last - 1])

    def _commit_batch(
        self, text: NDArray[np.uint8], ends: NDArray[np.intp], files: NDArray[np.intp]
    ) -> None:
        outcomes = self._commit.commit(text, ends, self._number[files])
        if outcomes.odd_lines or self._doubtful:
            self._answer_odd_lines(outcomes, files)
        self._sender.acknowledge(outcomes.safe_time_s, files)

    def _answer_odd_lines(self, outcomes: ChunkOutcomes, files: NDArray[np.intp]) -> None:
        by_file: dict[int, list[OddLine]] = {}
        for line in outcomes.odd_lines:
            by_file.setdefault(int(files[line.chunk]), []).append(line)
        for file in self._doubtful.intersection(files.tolist()) - by_file.keys():
            self._sessions[file].connection.bad_lines = 0
        for file, lines in by_file.items():
            self._reception.receive_odd_lines(self._sessions[file], lines)
        self._doubtful = {
            file
            for file in self._doubtful.union(by_file)
            if file in self._sessions and self._sessions[file].connection.bad_lines
        }

    # --- the end of a turn ------------------------------------------------------------------

    def _flush(self) -> None:
        """Send what is queued, close what was told to go, and listen to who is new."""
        closes, self._closes = self._closes, {}
        for file, last_words in closes.items():
            self.queue_send(file, last_words)
        self._sender.send_queued()
        for file in closes:
            if file in self._sessions:  # a peer that said BYE and hung up at once is gone already
                self._begin_closing(file)
        if self._to_receive:
            files = np.array([file for file in self._to_receive if file in self._sessions], np.intp)
            self._to_receive.clear()
            queue = submissions(files.size)
            queue["opcode"] = Operation.RECEIVE
            queue["flags"] = Operation.SELECT_BUFFER
            queue["ioprio"] = Operation.RECEIVE_MULTISHOT
            queue["fd"] = files
            queue["user_data"] = self._user_data(files)
            self._ring.submit(queue)

    def _end(self) -> None:
        """Take what has arrived, commit and acknowledge it, and say goodbye to all."""
        self._ring.wait(0)
        self._turn()
        for session in list(self._sessions.values()):
            if not self._is_closing[session.file]:
                session.expel(SHUTTING_DOWN)
        self._flush()
        give_up_at_s = self._clock() + FAREWELL_S
        while self._sessions and self._clock() < give_up_at_s:
            self._ring.wait(max(0.0, give_up_at_s - self._clock()))
            self._turn()
        for file in list(self._sessions):
            self._forget(file)
        self._ring.close()
