"""io_uring through numpy: thousands of socket operations by one system call, as arrays.

The rings that kernel and process share are mapped as structured arrays, so that a batch of answers
is filled in by array expressions and a batch of received chunks is read by them. Received bytes
land one after the other in large buffers, in the order of their completions: what a thousand
connections sent is one slice, ready to be parsed.

Needs Linux 6.12 (buffers consumed in increments). `Uring` raises `UringUnavailable` elsewhere, and
the head-end uses its portable server.

Source: io_uring_setup(2), io_uring_enter(2), io_uring_register(2), `linux/io_uring.h`.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.limits import PENDING_SIZE_MAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "BUFFER_COUNT",
    "BUFFER_SIZE",
    "COMPLETION_BUFFER",
    "COMPLETION_BUFFER_MORE",
    "COMPLETION_MORE",
    "Operation",
    "ReceiveBuffers",
    "Uring",
    "UringUnavailable",
    "submissions",
]

BUFFER_COUNT: Final = 16
BUFFER_SIZE: Final = PENDING_SIZE_MAX // BUFFER_COUNT
"""Together the bound of bytes received and not yet committed. [B]"""

SUBMISSION: Final = np.dtype(
    [
        ("opcode", "u1"),
        ("flags", "u1"),
        ("ioprio", "<u2"),
        ("fd", "<i4"),
        ("offset", "<u8"),
        ("address", "<u8"),
        ("length", "<u4"),
        ("operation_flags", "<u4"),
        ("user_data", "<u8"),
        ("buffer_group", "<u2"),
        ("personality", "<u2"),
        ("file_index", "<i4"),
        ("address3", "<u8"),
        ("reserved", "<u8"),
    ]
)
COMPLETION: Final = np.dtype([("user_data", "<u8"), ("result", "<i4"), ("flags", "<u4")])
BUFFER: Final = np.dtype(
    [("address", "<u8"), ("length", "<u4"), ("id", "<u2"), ("reserved", "<u2")]
)
assert (SUBMISSION.itemsize, COMPLETION.itemsize, BUFFER.itemsize) == (64, 16, 16)

COMPLETION_BUFFER: Final = 1 << 0
COMPLETION_MORE: Final = 1 << 1
COMPLETION_BUFFER_MORE: Final = 1 << 4
BUFFER_SHIFT: Final = 16

SYSCALL_SETUP: Final = 425
SYSCALL_ENTER: Final = 426
SYSCALL_REGISTER: Final = 427
"""The same numbers on every architecture that got io_uring."""

SYSCALL_ARGUMENTS: Final = 7
"""The number and six more."""

SETUP_CQSIZE: Final = 1 << 3
SETUP_CLAMP: Final = 1 << 4
SETUP_SUBMIT_ALL: Final = 1 << 7
SETUP_SINGLE_ISSUER: Final = 1 << 12
SETUP_DEFER_TASKRUN: Final = 1 << 13
SETUP_NO_SQARRAY: Final = 1 << 16
SETUP: Final = (
    SETUP_CQSIZE
    | SETUP_CLAMP
    | SETUP_SUBMIT_ALL
    | SETUP_SINGLE_ISSUER
    | SETUP_DEFER_TASKRUN
    | SETUP_NO_SQARRAY
)

OFFSET_SUBMISSIONS: Final = 0x10000000
ENTER_GETEVENTS: Final = 1 << 0
ENTER_EXT_ARG: Final = 1 << 3
REGISTER_BUFFER_RING: Final = 22
BUFFER_RING_INCREMENTAL: Final = 2

SUBMISSIONS: Final = 8192
COMPLETIONS: Final = 65536
"""More than connections: an overflow costs only speed, but never happens."""

PARAMETERS_SIZE: Final = 120
KERNEL_MIN: Final = (6, 12)
MACHINES: Final = frozenset({"x86_64", "aarch64"})


class Operation:
    """Numbers of the operations used here, and their flags."""

    POLL_ADD: Final = 6
    ACCEPT: Final = 13
    ASYNC_CANCEL: Final = 14
    SEND: Final = 26
    RECEIVE: Final = 27

    ACCEPT_MULTISHOT: Final = 1 << 0
    RECEIVE_MULTISHOT: Final = 1 << 1
    POLL_MULTISHOT: Final = 1 << 0
    SELECT_BUFFER: Final = 1 << 5
    QUIET_SUCCESS: Final = 1 << 6
    CANCEL_ALL_ON_FD: Final = (1 << 0) | (1 << 1)


class UringUnavailable(OSError):
    """The kernel, or what confines this process, has no such io_uring."""


def submissions(count: int) -> NDArray[Any]:
    """Make empty submissions to be filled in, column by column."""
    return np.zeros(count, SUBMISSION)


class Uring:
    """One pair of rings; a single thread makes and uses it."""

    def __init__(self) -> None:
        _check_platform()
        libc = ctypes.CDLL(None, use_errno=True)
        self._syscall = libc.syscall
        # Every argument as a long: as an int its upper half would be left to chance.
        self._syscall.argtypes = [ctypes.c_long] * SYSCALL_ARGUMENTS
        self._syscall.restype = ctypes.c_long
        parameters = bytearray(PARAMETERS_SIZE)
        struct.pack_into("<III", parameters, 0, 0, COMPLETIONS, SETUP)
        shared = (ctypes.c_char * PARAMETERS_SIZE).from_buffer(parameters)
        self._file = self._call(SYSCALL_SETUP, SUBMISSIONS, ctypes.addressof(shared))
        self._map(bytes(parameters))

    def _map(self, parameters: bytes) -> None:
        sq_entries, cq_entries = struct.unpack_from("<II", parameters)
        _sq_head, sq_tail = struct.unpack_from("<II", parameters, 40)
        cq_head, cq_tail, _, _, _, completions_at = struct.unpack_from("<6I", parameters, 80)
        size = completions_at + cq_entries * COMPLETION.itemsize
        access = {"flags": mmap.MAP_SHARED, "prot": mmap.PROT_READ | mmap.PROT_WRITE}
        rings = mmap.mmap(self._file, size, **access)
        entries = mmap.mmap(
            self._file, sq_entries * SUBMISSION.itemsize, **access, offset=OFFSET_SUBMISSIONS
        )
        self._sq_tail = np.frombuffer(rings, np.uint32, 1, sq_tail)
        self._cq_head = np.frombuffer(rings, np.uint32, 1, cq_head)
        self._cq_tail = np.frombuffer(rings, np.uint32, 1, cq_tail)
        self._completions = np.frombuffer(rings, COMPLETION, cq_entries, completions_at)
        self._submissions = np.frombuffer(entries, SUBMISSION, sq_entries)

    def submit(self, queue: NDArray[Any]) -> None:
        """Hand submissions to the kernel, which carries out at once what it can."""
        capacity = self._submissions.size
        for start in range(0, queue.size, capacity):
            part = queue[start : start + capacity]
            tail = int(self._sq_tail[0])
            first = tail % capacity
            before_end = min(part.size, capacity - first)
            self._submissions[first : first + before_end] = part[:before_end]
            self._submissions[: part.size - before_end] = part[before_end:]
            self._sq_tail[0] = (tail + part.size) & 0xFFFFFFFF
            left = part.size
            while left:
                left -= self._enter(left, 0, 0)

    def wait(self, timeout_s: float, count: int = 1) -> None:
        """Wait for so many completions, at most so long. [s]"""
        if self._ready() < count:
            self._wait(timeout_s, count)
        self._wait(0, COMPLETIONS)  # the kernel defers its work, and does twenty at a time unasked

    def _ready(self) -> int:
        return (int(self._cq_tail[0]) - int(self._cq_head[0])) & 0xFFFFFFFF

    def _wait(self, timeout_s: float, count: int) -> None:
        timespec = struct.pack("<qq", int(timeout_s), int(timeout_s % 1 * 1e9))
        held = ctypes.create_string_buffer(timespec, len(timespec))
        argument = struct.pack("<QIIQ", 0, 0, 0, ctypes.addressof(held))
        try:
            self._enter(0, count, ENTER_GETEVENTS | ENTER_EXT_ARG, argument)
        except TimeoutError:
            return

    def completions(self) -> NDArray[Any]:
        """Take all completions there are, in their order."""
        head, tail = int(self._cq_head[0]), int(self._cq_tail[0])
        count, capacity = (tail - head) & 0xFFFFFFFF, self._completions.size
        first = head % capacity
        before_end = min(count, capacity - first)
        taken = np.concatenate(
            [self._completions[first : first + before_end], self._completions[: count - before_end]]
        )
        self._cq_head[0] = tail
        return taken

    def register_buffers(self, ring_address: int, entries: int) -> None:
        """Give the kernel the ring of receive buffers, group 0, consumed in increments."""
        request = struct.pack(
            "<QIHHQQQ", ring_address, entries, 0, BUFFER_RING_INCREMENTAL, 0, 0, 0
        )
        held = ctypes.create_string_buffer(request, len(request))
        self._call(SYSCALL_REGISTER, self._file, REGISTER_BUFFER_RING, ctypes.addressof(held), 1)

    def close(self) -> None:
        """Let go of the rings; the kernel cancels what is under way."""
        os.close(self._file)

    def _enter(self, to_submit: int, min_complete: int, flags: int, argument: bytes = b"") -> int:
        held = ctypes.create_string_buffer(argument, len(argument))
        address = ctypes.addressof(held) if argument else 0
        try:
            return self._call(
                SYSCALL_ENTER, self._file, to_submit, min_complete, flags, address, len(argument)
            )
        except InterruptedError:
            return 0

    def _call(self, *arguments: int) -> int:
        padding = [0] * (SYSCALL_ARGUMENTS - len(arguments))
        result: int = self._syscall(*arguments, *padding)
        if result >= 0:
            return result
        number = ctypes.get_errno()
        if number == errno.ETIME:
            raise TimeoutError
        if arguments[0] != SYSCALL_ENTER:
            raise UringUnavailable(number, os.strerror(number))
        raise OSError(number, os.strerror(number))


class ReceiveBuffers:
    """Large buffers that the kernel fills from all connections, one chunk after the other."""

    def __init__(self, ring: Uring) -> None:
        self._memory = mmap.mmap(-1, BUFFER_COUNT * BUFFER_SIZE)
        self._bytes = np.frombuffer(self._memory, np.uint8)
        self._ring_memory = mmap.mmap(-1, mmap.PAGESIZE)
        self._entries = np.frombuffer(self._ring_memory, BUFFER, BUFFER_COUNT)
        self._tail = np.frombuffer(self._ring_memory, np.uint16, 1, 14)
        self._given = 0
        self._used = [0] * BUFFER_COUNT
        self._finished: list[int] = []
        ring_address = np.frombuffer(self._ring_memory, np.uint8).ctypes.data
        ring.register_buffers(ring_address, BUFFER_COUNT)
        for number in range(BUFFER_COUNT):
            self._give(number)

    def take(self, completions: NDArray[Any]) -> NDArray[np.uint8]:
        """Find what was received, joined in the order of its completions.

        Parameters
        ----------
        completions : ndarray
            Those of receive operations, in their order; each with a positive result.

        Returns
        -------
        ndarray of uint8
            Valid until `give_back`.
        """
        flags = completions["flags"]
        number = flags >> BUFFER_SHIFT
        cuts = np.flatnonzero(number[1:] != number[:-1]) + 1
        parts = []
        for first, last in zip([0, *cuts], [*cuts, completions.size], strict=True):
            buffer = int(number[first])
            size = int(completions["result"][first:last].sum())
            start = buffer * BUFFER_SIZE + self._used[buffer]
            parts.append(self._bytes[start : start + size])
            self._used[buffer] += size
            if not flags[last - 1] & COMPLETION_BUFFER_MORE:
                self._finished.append(buffer)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def give_back(self) -> None:
        """Let the kernel fill again the buffers that were taken to their end."""
        for number in self._finished:
            self._give(number)
        self._finished.clear()

    def _give(self, number: int) -> None:
        self._used[number] = 0
        entry = self._given % BUFFER_COUNT
        self._entries["address"][entry] = self._bytes.ctypes.data + number * BUFFER_SIZE
        self._entries["length"][entry] = BUFFER_SIZE
        self._entries["id"][entry] = number
        self._given += 1
        self._tail[0] = self._given & 0xFFFF


def _check_platform() -> None:
    release = platform.release().split(".")
    is_new = tuple(int("".join(filter(str.isdigit, part)) or 0) for part in release[:2])
    if platform.system() != "Linux" or platform.machine() not in MACHINES or is_new < KERNEL_MIN:
        raise UringUnavailable(errno.ENOSYS, "needs Linux 6.12 or later on x86_64 or aarch64")
