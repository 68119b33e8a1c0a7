"""What a meter must not lose, on its disk: identity, secret and every unanswered reading.

The session takes readings from here and settles them when the head-end has answered. `add` returns
when the reading is on stable storage; a power cut or kill at any moment loses none of those.
Settling is written but not forced: a settled reading that comes back is sent once more, which is
harmless. Methods may be called from any thread.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final
from uuid import UUID

from quilowatt.errors import MeterError
from quilowatt.limits import OUTBOX_READINGS_MAX
from quilowatt.meter.durable import replace_file
from quilowatt.meter.outbox_log import Kind, LogDamaged, encode_frame, encode_header, read_log
from quilowatt.wire import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["MeterIdentity", "Outbox"]

IDENTITY_VERSION: Final = 1
"""Version of the identity file's form."""

COMPACT_DEAD_MIN: Final = 4096
"""Settled readings that may lie in the log before it is rewritten: 100 KB."""


@dataclass(frozen=True, slots=True)
class MeterIdentity:
    """Who a meter is, and the 32 bytes that prove it."""

    uuid: UUID
    secret: bytes


class Outbox:
    """A meter's directory.

    Parameters
    ----------
    directory : Path
        Made when it does not exist; held by this process until `close`.
    readings_max : int
        At this bound every second unsent reading is given up. Registers are cumulative, so
        that costs resolution of the load profile and not a watt-hour of the bill. [readings]

    Attributes
    ----------
    identity : MeterIdentity or None
        None until the meter is registered.
    newest : Reading or None
        The newest reading that was ever added, settled or not: where the register stood.
    given_up : int
        Readings that were thinned out at the bound. [readings]

    Raises
    ------
    MeterError
        Another process holds the directory, or its files are damaged or of a newer version.
    """

    def __init__(self, directory: Path, *, readings_max: int = OUTBOX_READINGS_MAX) -> None:
        self.directory = directory
        self.given_up = 0
        self._readings_max = readings_max
        self._identity_path = directory / "identity.json"
        self._log_path = directory / "readings.log"
        self._mutex = threading.Lock()
        self._lock = _lock(directory)
        try:
            self.identity = _read_identity(self._identity_path)
            self._recover()
        except OSError as error:
            self._lock.close()
            raise MeterError(
                f"{directory} can't be used: {error.strerror}",
                f"{directory} não pode ser usado: {error.strerror}",
            ) from error
        except MeterError:
            self._lock.close()
            raise

    def __len__(self) -> int:
        """Count the readings that are not settled."""
        return len(self._waiting) + len(self._sent)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def save_identity(self, identity: MeterIdentity) -> None:
        """Remember who this meter is; on stable storage when it returns."""
        said = {
            "version": IDENTITY_VERSION,
            "uuid": str(identity.uuid),
            "secret": identity.secret.hex(),
        }
        replace_file(self._identity_path, json.dumps(said).encode() + b"\n")
        self.identity = identity

    def add(self, reading: Reading) -> bool:
        """Keep a reading until it is answered; on stable storage when it returns.

        Returns
        -------
        bool
            False when a reading of that time is unanswered already. The first one stands: what
            was used since is in the next reading's register.
        """
        return self.add_all([reading]) == 1

    def add_all(self, readings: Iterable[Reading]) -> int:
        """Keep many readings with one write; answers how many were new."""
        with self._mutex:
            new = {r.time_s: r for r in readings if r.time_s not in self._times}
            if not new:
                return 0
            self._write(encode_frame(Kind.ADDED, list(new.values())), is_forced=True)
            self._keep(new.values())
            if len(self) > self._readings_max:
                self._thin()
            return len(new)

    def take(self, limit: int) -> list[Reading]:
        """Hand out the oldest readings that were not handed out yet; they stay unsettled."""
        with self._mutex:
            taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
            self._sent.extend(taken)
            return taken

    def rewind(self) -> None:
        """Hand out again what was taken and not settled: a new connection begins."""
        with self._mutex:
            self._waiting.extendleft(reversed(self._sent))
            self._sent.clear()

    def settle(self, times_s: Iterable[int]) -> int:
        """Forget readings that were answered, by their times [s UTC]; answers how many."""
        with self._mutex:
            done = [time_s for time_s in times_s if time_s in self._times]
            if not done:
                return 0
            self._write(encode_frame(Kind.SETTLED, [Reading(t, 0, 0) for t in done]))
            self._forget(done)
            self._dead += 2 * len(done)
            if self._dead > max(COMPACT_DEAD_MIN, 2 * len(self)):
                self._compact_if_possible()
            return len(done)

    def close(self) -> None:
        """Let another process have the directory."""
        with self._mutex:
            if not self._log.closed:
                self._log.close()
                self._lock.close()

    def _recover(self) -> None:
        self._waiting: deque[Reading] = deque()
        self._sent: deque[Reading] = deque()
        self._times: set[int] = set()
        self.newest: Reading | None = None
        self._dead = 0
        if not self._log_path.exists():
            replace_file(self._log_path, encode_header())
        try:
            frames, good_size = read_log(self._log_path.read_bytes())
        except LogDamaged as error:
            raise MeterError(f"{self._log_path} {error}", f"{self._log_path} {error.pt}") from None
        for kind, rows in frames:
            self._replay(kind, rows)
        self._log: IO[bytes] = self._log_path.open("r+b")
        self._log.truncate(good_size)
        self._log.seek(good_size)

    def _replay(self, kind: Kind, rows: list[Reading]) -> None:
        if kind is Kind.ADDED:
            self._keep(rows)
        elif kind is Kind.SETTLED:
            self._forget([row.time_s for row in rows])
            self._dead += 2 * len(rows)
        else:
            (self.newest,) = rows

    def _keep(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            self._waiting.append(reading)
            self._times.add(reading.time_s)
            if self.newest is None or reading.time_s >= self.newest.time_s:
                self.newest = reading

    def _forget(self, times_s: list[int]) -> None:
        self._times.difference_update(times_s)
        for queue in (self._sent, self._waiting):
            while queue and queue[0].time_s not in self._times:
                queue.popleft()
        if len(self) != len(self._times):
            self._sent = deque(r for r in self._sent if r.time_s in self._times)
            self._waiting = deque(r for r in self._waiting if r.time_s in self._times)

    def _thin(self) -> None:
        """Give up every second unsent reading; the newest stays."""
        newest_first = list(self._waiting)[::-1]
        kept = newest_first[::2][::-1]
        self.given_up += len(self._waiting) - len(kept)
        self._waiting = deque(kept)
        self._times = {r.time_s for r in (*self._sent, *self._waiting)}
        self._compact_if_possible()

    def _compact_if_possible(self) -> None:
        self._dead = 0
        with contextlib.suppress(OSError):  # a full disk: the old log stands, and holds all
            self._compact()

    def _compact(self) -> None:
        """Write the log anew with what is not settled; the old one stands until it is whole."""
        content = encode_header()
        if self.newest is not None:
            content += encode_frame(Kind.NEWEST, [self.newest])
        if len(self):
            content += encode_frame(Kind.ADDED, [*self._sent, *self._waiting])
        replace_file(self._log_path, content)
        self._log.close()
        self._log = self._log_path.open("r+b")
        self._log.seek(0, os.SEEK_END)

    def _write(self, frame: bytes, *, is_forced: bool = False) -> None:
        start = self._log.tell()
        try:
            self._log.write(frame)
            self._log.flush()
            if is_forced:
                os.fdatasync(self._log.fileno())
        except OSError as error:
            self._cut_back(start)
            raise MeterError(
                f"{self._log_path} can't be written: {error.strerror}",
                f"{self._log_path} não pode ser gravado: {error.strerror}",
            ) from error

    def _cut_back(self, size: int) -> None:
        """Leave no half frame behind that a later one would follow."""
        with contextlib.suppress(OSError):  # what it can't flush is cut off next
            self._log.close()
        self._log = self._log_path.open("r+b")
        self._log.truncate(size)
        self._log.seek(size)


def _lock(directory: Path) -> IO[bytes]:
    """Hold the directory for this process; the kernel lets go of it when the process ends."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("ab")
    except OSError as error:
        raise MeterError(
            f"{directory} can't be used: {error.strerror}",
            f"{directory} não pode ser usado: {error.strerror}",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise MeterError(
            f"{directory} is in use by another meter; stop it or choose another directory",
            f"{directory} está em uso por outro medidor; encerre-o ou escolha outro diretório",
        ) from None
    return lock


def _read_identity(path: Path) -> MeterIdentity | None:
    try:
        said = json.loads(path.read_bytes())
        version = said["version"]
        if version != IDENTITY_VERSION:
            raise MeterError(
                f"{path} has version {version}; this quilowatt reads {IDENTITY_VERSION}: upgrade "
                "it",
                f"{path} tem a versão {version}; este quilowatt lê a {IDENTITY_VERSION}: "
                "atualize-o",
            )
        return MeterIdentity(UUID(said["uuid"]), bytes.fromhex(said["secret"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MeterError(
            f"{path} is damaged; restore it, or delete it to register as a new meter",
            f"{path} está danificado; restaure-o, ou apague-o para registrar um medidor novo",
        ) from None
