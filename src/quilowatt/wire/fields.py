"""The fields of a line: whole numbers, UUIDs and hexadecimal digits, read strictly.

Each function returns the value or raises ``ValueError`` with words that name the field, what was
got and what is wanted; the caller decides which answer of the protocol that becomes.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

__all__ = ["ECHO_SIZE_MAX", "echo", "hexadecimal", "identity", "integer"]

ECHO_SIZE_MAX: Final = 40
"""How much of a peer's words an answer repeats: enough to recognise a UUID. [chars]"""

DIGITS_MAX: Final = 32
"""Longer numbers, their leading zeros aside, are out of every range. [chars]"""

UUID_FORM: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", re.ASCII
)
HEX_FORM: Final = re.compile(r"[0-9a-fA-F]+", re.ASCII)


def integer(name: str, field: str, low: int, high: int) -> int:
    """Read ASCII digits as a whole number in [low, high]; leading zeros are tolerated.

    Examples
    --------
    >>> integer("time", "0042", 1, 100)
    42
    >>> integer("time", "+42", 1, 100)
    Traceback (most recent call last):
    ValueError: time '+42' is not a whole number of plain digits
    """
    if not (field.isascii() and field.isdigit()):
        raise ValueError(f"{name} {echo(field)} is not a whole number of plain digits")
    digits = field.lstrip("0") or "0"
    if len(digits) > DIGITS_MAX or not low <= int(digits) <= high:
        raise ValueError(f"{name} {echo(field)} is outside {low}..{high}")
    return int(digits)


def identity(field: str) -> UUID:
    """Read a UUID in its 36 characters of RFC 9562 §4, either case."""
    if UUID_FORM.fullmatch(field) is None:
        raise ValueError(f"{echo(field)} is not a UUID of 36 characters")
    return UUID(field)


def hexadecimal(name: str, field: str, digits: int) -> str:
    """Read exactly that many hexadecimal digits, answered in lower case."""
    if len(field) != digits or HEX_FORM.fullmatch(field) is None:
        raise ValueError(f"{name} {echo(field)} is not {digits} hex digits")
    return field.lower()


def echo(field: str) -> str:
    """Quote a peer's words so that they are short and can't break a line or a terminal.

    Examples
    --------
    >>> echo("a" * 50 + chr(10))
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…'"
    """
    shown = field if len(field) <= ECHO_SIZE_MAX else field[:ECHO_SIZE_MAX] + "…"
    return repr(shown)
