"""What a hand-driven meter remembers of itself on disk beside its outbox.

One small file: the register, the relay, the household's seed and the customer's name. The caller
holds the directory (the outbox's lock) and decides when to write.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.errors import MeterError
from quilowatt.meter.commands import POWER_W_MAX
from quilowatt.meter.durable import replace_file
from quilowatt.wire.registration import DIGITS_MAX

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
    digits : int
        The register wraps at 10^digits; 0 is never. [decimal digits of Wh]
    held_w : int or None
        What a person holds the power at. [W]
    by_hand_w : int
        What a person added, negative where taken away. [W]
    appliances : tuple of str
        English names of those that a person switched on.
    """

    energy_ws: int
    is_relay_on: bool
    seed: int
    name: str
    digits: int = 0
    held_w: int | None = None
    by_hand_w: int = 0
    appliances: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _demand(type(self.energy_ws) is int and self.energy_ws >= 0, "energy_ws")
        _demand(type(self.is_relay_on) is bool, "is_relay_on")
        _demand(type(self.seed) is int, "seed")
        _demand(type(self.name) is str, "name")
        _demand(type(self.digits) is int and 0 <= self.digits <= DIGITS_MAX, "digits")
        is_held = type(self.held_w) is int and 0 <= self.held_w <= POWER_W_MAX
        _demand(self.held_w is None or is_held, "held_w")
        by_hand_w = self.by_hand_w
        _demand(type(by_hand_w) is int and abs(by_hand_w) <= 2 * POWER_W_MAX, "by_hand_w")
        is_known = all(type(name) is str for name in self.appliances)
        _demand(type(self.appliances) is tuple and is_known, "appliances")


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
            return Memory(**said | {"appliances": tuple(said.get("appliances", ()))})
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MeterError(
            f"{path} can't be read: {error.strerror}",
            f"{path} não pode ser lido: {error.strerror}",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MeterError(
            f"{path} is damaged ({error}); restore it, or delete it: the register then goes on "
            "from the last reading",
            f"{path} está danificado ({error}); restaure-o, ou apague-o: o registro então segue "
            "da última leitura",
        ) from None
    raise MeterError(
        f"{path} has version {version}; this quilowatt reads {VERSION}: upgrade it",
        f"{path} tem a versão {version}; este quilowatt lê a {VERSION}: atualize-o",
    )


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
        raise MeterError(
            f"{path} can't be written: {error.strerror}",
            f"{path} não pode ser gravado: {error.strerror}",
        ) from error


def _demand(is_so: bool, name: str) -> None:  # noqa: FBT001 - reads like assert
    if not is_so:
        raise ValueError(f"{name} can't be so")
