"""What a hand-driven meter remembers of itself on disk beside its outbox.

One small file: the register, the relay, the household's seed and the customer's name. The caller
holds the directory (the outbox's lock) and decides when to write.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.errors import MeterError
from quilowatt.meter.durable import replace_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Memory", "read_memory", "write_memory"]

FILE_NAME: Final = "meter.json"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Memory:
    """A meter's state between two runs.

    Parameters
    ----------
    energy_ws : int
        The register's whole state. [W·s]
    is_relay_on : bool
        Whether the load is connected.
    seed : int
        Of the household. [1]
    name : str
        What the customer is called.
    """

    energy_ws: int
    is_relay_on: bool
    seed: int
    name: str

    def __post_init__(self) -> None:
        _demand(type(self.energy_ws) is int and self.energy_ws >= 0, "energy_ws")
        _demand(type(self.is_relay_on) is bool, "is_relay_on")
        _demand(type(self.seed) is int, "seed")
        _demand(type(self.name) is str, "name")


def read_memory(directory: Path) -> Memory | None:
    """Recall the meter's state; None when it never ran here.

    Raises
    ------
    MeterError
        The file is damaged, unreadable or of a newer quilowatt.
    """
    path = directory / FILE_NAME
    try:
        said = json.loads(path.read_bytes())
        version = said.pop("version")
        if version == VERSION:
            return Memory(**said)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MeterError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MeterError(
            f"{path} is damaged ({error}); restore it, or delete it: the register then goes on "
            "from the last reading"
        ) from None
    raise MeterError(f"{path} has version {version}; this quilowatt reads {VERSION}: upgrade it")


def write_memory(directory: Path, memory: Memory) -> None:
    """Keep the meter's state; on stable storage when it returns.

    Raises
    ------
    MeterError
        The disk is full, or fails; what was kept before stands.
    """
    path = directory / FILE_NAME
    content = json.dumps({"version": VERSION} | asdict(memory), ensure_ascii=False)
    try:
        replace_file(path, content.encode() + b"\n")
    except OSError as error:
        raise MeterError(f"{path} can't be written: {error.strerror}") from error


def _demand(is_so: bool, name: str) -> None:  # noqa: FBT001 - reads like assert
    if not is_so:
        raise ValueError(f"{name} can't be so")
