"""The data directory: one process at a time, and the master key of its meters."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Final

from quilowatt.errors import StoreBusy, StoreCorrupt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["DataDirectory"]

KEY_SIZE: Final = 32
"""Of HMAC-SHA256. [B]"""


class DataDirectory:
    """Holds a directory for this process until `close` or the process's end.

    Parameters
    ----------
    path : Path
        Made if absent, readable by its owner alone.
    entropy : callable
        Gives so many random bytes, for the key of a new directory.

    Raises
    ------
    StoreBusy
        Another process holds it.
    StoreCorrupt
        The master key is damaged.
    """

    def __init__(self, path: Path, entropy: Callable[[int], bytes]) -> None:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._lock = os.open(path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StoreBusy(
                f"{path} is in use by another server: stop it, or give --data another directory"
            ) from error
        self.master_key = self._read_key() or self._make_key(entropy(KEY_SIZE))

    @property
    def ledger(self) -> Path:
        """File of the ledger."""
        return self.path / "ledger.sqlite"

    @property
    def readings(self) -> Path:
        """Directory of the readings."""
        return self.path / "readings"

    @property
    def alert_memory(self) -> Path:
        """File of the detectors' memory."""
        return self.path / "alerts.npz"

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)

    @property
    def _key_path(self) -> Path:
        return self.path / "master.key"

    def _read_key(self) -> bytes | None:
        if not self._key_path.exists():
            if self.ledger.exists():
                raise StoreCorrupt(
                    f"{self._key_path} is missing, without it no meter can log in: "
                    "restore it from a backup"
                )
            return None
        try:
            key = bytes.fromhex(self._key_path.read_text("ascii"))
        except ValueError:
            key = b""
        if len(key) != KEY_SIZE:
            raise StoreCorrupt(f"{self._key_path} is damaged: restore it from a backup")
        return key

    def _make_key(self, key: bytes) -> bytes:
        unfinished = self._key_path.with_suffix(".tmp")
        file = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w") as text:
            text.write(key.hex() + "\n")
            text.flush()
            os.fsync(text.fileno())
        unfinished.rename(self._key_path)
        directory = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return key
