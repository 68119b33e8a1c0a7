"""What a meter says of itself in REGISTER: the JSON object ⇄ `RegistrationDetails`.

Pure; whatever a peer writes is either understood or a ``ValueError`` that names the key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from quilowatt.limits import INTERVAL_S_DEFAULT, INTERVAL_S_MAX, NAME_SIZE_MAX
from quilowatt.wire.fields import echo, identity

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["DIGITS_MAX", "PHASES_MAX", "RegistrationDetails", "parse_details"]

PHASES_MAX: Final = 3
"""PROTOCOL: a supply has one, two or three phases."""

DIGITS_MAX: Final = 15
"""10^15 Wh is the last power of ten that a register below 2^53 can hold."""


@dataclass(frozen=True, slots=True)
class RegistrationDetails:
    """What a meter says of itself when it registers.

    Parameters
    ----------
    name : str
        What to call the customer.
    serial, model : str
        As printed on the meter; empty when it has none.
    phases : int
        1, 2 or 3.
    interval_s : int
        How often it will report. [s]
    digits : int
        Its register wraps at 10^digits; 0 when never. [decimal digits of Wh]
    enrolment : str
        The key that a closed head-end asks for; empty when none was given.
    usage_point : UUID or None
        The place where it replaces an older meter.
    extra : dict
        Keys that the protocol does not know, kept as they came.
    """

    name: str
    serial: str = ""
    model: str = ""
    phases: int = 1
    interval_s: int = INTERVAL_S_DEFAULT
    digits: int = 0
    enrolment: str = ""
    usage_point: UUID | None = None
    extra: dict[str, object] = field(default_factory=dict)

    def encode(self) -> str:
        """Write the JSON object on one line; keys at their defaults are left out.

        Examples
        --------
        >>> RegistrationDetails("Ana", phases=2).encode()
        '{"name":"Ana","phases":2}'
        """
        known: dict[str, object] = {
            "name": self.name,
            "serial": self.serial,
            "model": self.model,
            "phases": self.phases if self.phases != 1 else None,
            "interval": self.interval_s if self.interval_s != INTERVAL_S_DEFAULT else None,
            "digits": self.digits or None,
            "enrolment": self.enrolment,
            "usage_point": str(self.usage_point) if self.usage_point else None,
        }
        said = {key: value for key, value in known.items() if value not in (None, "")}
        return json.dumps(said | self.extra, ensure_ascii=False, separators=(",", ":"))


def parse_details(text: str) -> RegistrationDetails:
    """Read the JSON object of REGISTER.

    Raises
    ------
    ValueError
        It is not a JSON object, or one of its known keys can't be true; says which and why.
    """
    said = _json_object(text)
    details = RegistrationDetails(
        name=_text(said, "name"),
        serial=_text(said, "serial"),
        model=_text(said, "model"),
        phases=_whole(said, "phases", default=1, low=1, high=PHASES_MAX),
        interval_s=_whole(said, "interval", INTERVAL_S_DEFAULT, low=1, high=INTERVAL_S_MAX),
        digits=_whole(said, "digits", default=0, low=0, high=DIGITS_MAX),
        enrolment=_text(said, "enrolment"),
        usage_point=_usage_point(said),
        extra=said,
    )
    if not details.name:
        raise ValueError('"name" is required: what to call the customer')
    return details


def _json_object(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(said, ensure_ascii=False).encode()  # half of a surrogate pair is no character
    except (ValueError, RecursionError):
        raise ValueError("what follows the UUID is not JSON") from None
    if not isinstance(said, dict):
        raise ValueError('what follows the UUID is not a JSON object like {"name":"Ana"}')  # noqa: TRY004
    return said


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _text(said: dict[str, Any], key: str) -> str:
    value = said.pop(key, None)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f'"{key}" is not a text')  # noqa: TRY004
    value = value.strip()
    if len(value) > NAME_SIZE_MAX:
        raise ValueError(f'"{key}" has {len(value)} characters, limit {NAME_SIZE_MAX}')
    if not value.isprintable():
        raise ValueError(f'"{key}" holds control characters')
    return value


def _whole(said: dict[str, Any], key: str, default: int, low: int, high: int) -> int:
    value = said.pop(key, None)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f'"{key}" is {echo(str(value))}, not a whole number in {low}..{high}')
    return value


def _usage_point(said: dict[str, Any]) -> UUID | None:
    value = said.pop("usage_point", None)
    if value is None:
        return None
    try:
        return identity(str(value))
    except ValueError as error:
        raise ValueError(f'"usage_point": {error}') from None
