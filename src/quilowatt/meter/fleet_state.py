"""Who the meters of a fleet are, kept in a directory so that a restart goes on with the same ones.

One line of JSON for the town, then one for each registered meter, appended as they register. A
last line that a crash cut short is dropped; that meter registers anew.
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import IO, TYPE_CHECKING, Final
from uuid import UUID

from quilowatt.errors import MeterError
from quilowatt.meter.outbox import MeterIdentity

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FleetState"]

VERSION: Final = 1
"""Version of the file's form."""


class FleetState:
    """The identities of a fleet; held by this process until `close`.

    Parameters
    ----------
    directory : Path or None
        None keeps nothing: the fleet is gone when its process ends.
    seed : int
        Names the town, when the directory is new.
    origin_s : int
        Its first reading, when the directory is new. [s since 1970-01-01 UTC]

    Attributes
    ----------
    seed, origin_s : int
        As the directory says, else as given.
    identities : dict of int to MeterIdentity
        By the meter's number in the fleet.

    Raises
    ------
    MeterError
        The directory can't be used, is in use, or belongs to another town or version.
    """

    def __init__(self, directory: Path | None, *, seed: int, origin_s: int) -> None:
        self.seed, self.origin_s = seed, origin_s
        self.identities: dict[int, MeterIdentity] = {}
        self._file: IO[bytes] | None = None
        if directory is not None:
            self._file = _open(directory)
            try:
                self._load(self._file, str(directory / "fleet.jsonl"))
            except MeterError:
                self._file.close()
                raise

    def add(self, meter: int, identity: MeterIdentity) -> None:
        """Remember a meter that has registered."""
        self.identities[meter] = identity
        if self._file is not None:
            row = [meter, str(identity.uuid), identity.secret.hex()]
            self._file.write(json.dumps(row).encode() + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Put everything on stable storage and let another process have the directory."""
        if self._file is not None and not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()

    def _load(self, file: IO[bytes], name: str) -> None:
        head, *rows = file.read().split(b"\n")
        if not rows:
            file.truncate(0)
            file.seek(0)
            town = {"version": VERSION, "seed": self.seed, "origin_s": self.origin_s}
            file.write(json.dumps(town).encode() + b"\n")
            file.flush()
            return
        file.truncate(file.seek(-len(rows[-1]), os.SEEK_END) if rows[-1] else file.tell())
        try:
            self._understand(json.loads(head), [json.loads(row) for row in rows[:-1]], name)
        except (ValueError, KeyError, TypeError):
            raise MeterError(f"{name} is damaged; delete it to begin a new fleet") from None

    def _understand(
        self, town: dict[str, int], rows: list[tuple[int, str, str]], name: str
    ) -> None:
        if town["version"] != VERSION:
            raise MeterError(
                f"{name} has version {town['version']}; this quilowatt reads {VERSION}: upgrade it"
            )
        if town["seed"] != self.seed:
            raise MeterError(
                f"{name} holds the fleet of seed {town['seed']}, not {self.seed}; "
                f"use --seed {town['seed']} or another directory"
            )
        self.origin_s = town["origin_s"]
        for meter, uuid, secret in rows:
            self.identities[meter] = MeterIdentity(UUID(uuid), bytes.fromhex(secret))


def _open(directory: Path) -> IO[bytes]:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / "fleet.jsonl", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise MeterError(f"{directory} can't be used: {error.strerror}") from error
    file = os.fdopen(descriptor, "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise MeterError(f"{directory} is in use by another fleet; choose another") from None
    return file
