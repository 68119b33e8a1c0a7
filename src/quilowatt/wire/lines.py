"""A line of the meter protocol as bytes, read into its message; whatever a peer wrote is bearable.

`parse_meter_line` and `parse_head_end_line` take one line without its LF; the only exception that
a peer can cause is `WireError`, whose reason tells it what to send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from quilowatt.errors import WireError
from quilowatt.limits import INTERVAL_S_MAX, LINE_SIZE_MAX, REGISTER_WH_MAX
from quilowatt.wire.fields import ECHO_SIZE_MAX, echo, hexadecimal, identity, integer
from quilowatt.wire.messages import (
    TIME_S_MAX,
    VERSION,
    Acknowledgement,
    Bye,
    HeadEndMessage,
    Hello,
    HelloAnswer,
    Identify,
    Identity,
    Login,
    MeterMessage,
    Ping,
    Pong,
    Reading,
    Refusal,
    Register,
    Registered,
    SetInterval,
    SetRelay,
    Welcome,
)
from quilowatt.wire.proof import LOGIN_PROOF_DIGITS, NONCE_DIGITS, SECRET_SIZE
from quilowatt.wire.registration import parse_details

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["TOO_LONG", "line_text", "parse_head_end_line", "parse_meter_line"]

TOO_LONG: Final = f"a line may have {LINE_SIZE_MAX} B with its LF; this one is longer"

VERSION_MAX: Final = 999
"""A version beyond it is no version but a mistake."""

MessageT = TypeVar("MessageT")


def line_text(line: bytes) -> str:
    """Check a line's length and encoding, and drop a CR at its end.

    Raises
    ------
    WireError
        413 when it is too long, 400 when it is not UTF-8.
    """
    if len(line) >= LINE_SIZE_MAX:
        raise WireError(413, TOO_LONG)
    try:
        return line.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        raise WireError(400, "the line is not UTF-8 text") from None


def parse_meter_line(line: bytes) -> MeterMessage:
    """Read a line that a meter sent.

    Parameters
    ----------
    line : bytes
        One line without its LF.

    Raises
    ------
    WireError
        413 when it is too long, 422 for a reading that can't be true, 400 for all else.

    Examples
    --------
    >>> parse_meter_line(b"R 1767225600 1234 0")
    Reading(time_s=1767225600, import_wh=1234, export_wh=0)
    """
    verb, *fields = line_text(line).split(" ")
    if verb == "R":
        return _reading(fields)
    return _parse(_METER_LINES, verb, fields)


def parse_head_end_line(line: bytes) -> HeadEndMessage:
    """Read a line that the head-end sent.

    Parameters
    ----------
    line : bytes
        One line without its LF.

    Raises
    ------
    WireError
        413 when it is too long, 400 for all else.

    Examples
    --------
    >>> parse_head_end_line(b"A 1767225600")
    Acknowledgement(time_s=1767225600)
    """
    verb, *fields = line_text(line).split(" ")
    return _parse(_HEAD_END_LINES, verb, fields)


def _parse(
    lines: Mapping[str, tuple[str, Callable[[list[str]], MessageT]]], verb: str, fields: list[str]
) -> MessageT:
    if verb not in lines:
        what = f"unknown verb {echo(verb)}" if verb else "a line begins with a verb"
        raise WireError(400, f"{what}; known: {' '.join(lines)}")
    form, read = lines[verb]
    try:
        return read(fields)
    except ValueError as error:
        raise WireError(400, f"{error}; the form is: {form}") from None


def _count(fields: list[str], wanted: int) -> list[str]:
    if len(fields) != wanted:
        raise ValueError(f"{len(fields)} fields, not {wanted}, parted by one space each")
    return fields


def _reading(fields: list[str]) -> Reading:
    subject = "-"
    try:
        time, energy_in, energy_out = _count(fields, 3)
        if time.isascii() and time.isdigit():
            subject = time
        return Reading(
            integer("time", time, 1, TIME_S_MAX),
            integer("import", energy_in, 0, REGISTER_WH_MAX),
            integer("export", energy_out, 0, REGISTER_WH_MAX),
        )
    except ValueError as error:
        why = f"{error}; the form is: R <time> <import Wh> <export Wh>"
        raise WireError(422, f"{subject[:ECHO_SIZE_MAX]} {why}") from None


def _hello(fields: list[str]) -> Hello:
    (version,) = _count(fields, 1)
    return Hello(integer("version", version, 1, VERSION_MAX))


def _identify(fields: list[str]) -> Identify:
    _count(fields, 0)
    return Identify()


def _register(fields: list[str]) -> Register:
    uuid, *words = fields or [""]
    return Register(identity(uuid), parse_details(" ".join(words)))


def _login(fields: list[str]) -> Login:
    uuid, proof = _count(fields, 2)
    return Login(identity(uuid), hexadecimal("proof", proof, LOGIN_PROOF_DIGITS))


def _ping(fields: list[str]) -> Ping:
    _count(fields, 0)
    return Ping()


def _bye(fields: list[str]) -> Bye:
    _count(fields, 0)
    return Bye()


def _hello_answer(fields: list[str]) -> HelloAnswer:
    version, nonce, time = _count(fields, 3)
    integer("version", version, VERSION, VERSION)
    return HelloAnswer(hexadecimal("nonce", nonce, NONCE_DIGITS), _time(time))


def _identity(fields: list[str]) -> Identity:
    (uuid,) = _count(fields, 1)
    return Identity(identity(uuid))


def _registered(fields: list[str]) -> Registered:
    uuid, secret = _count(fields, 2)
    return Registered(identity(uuid), bytes.fromhex(hexadecimal("secret", secret, 2 * SECRET_SIZE)))


def _welcome(fields: list[str]) -> Welcome:
    last, interval, time = _count(fields, 3)
    return Welcome(
        integer("last time", last, 0, TIME_S_MAX),
        integer("interval", interval, 1, INTERVAL_S_MAX),
        _time(time),
    )


def _acknowledgement(fields: list[str]) -> Acknowledgement:
    (time,) = _count(fields, 1)
    return Acknowledgement(_time(time))


def _pong(fields: list[str]) -> Pong:
    (time,) = _count(fields, 1)
    return Pong(_time(time))


def _set(fields: list[str]) -> SetInterval | SetRelay:
    match fields:
        case ["interval", interval]:
            return SetInterval(integer("interval", interval, 1, INTERVAL_S_MAX))
        case ["relay", ("on" | "off") as position]:
            return SetRelay(is_on=position == "on")
        case _:
            raise ValueError(f"{echo(' '.join(fields))} can't be set")


def _refusal(fields: list[str]) -> Refusal:
    code, *words = fields or [""]
    return Refusal(integer("code", code, 100, 999), " ".join(words))


def _time(field: str) -> int:
    return integer("time", field, 1, TIME_S_MAX)


_METER_LINES: Final[dict[str, tuple[str, Callable[[list[str]], MeterMessage]]]] = {
    "HELLO": (f"HELLO {VERSION}", _hello),
    "IDENTIFY": ("IDENTIFY", _identify),
    "REGISTER": ('REGISTER <uuid> {"name":"…"}', _register),
    "LOGIN": (f"LOGIN <uuid> <proof, {LOGIN_PROOF_DIGITS} hex digits>", _login),
    "R": ("R <time> <import Wh> <export Wh>", _reading),
    "PING": ("PING", _ping),
    "BYE": ("BYE", _bye),
}

_HEAD_END_LINES: Final[dict[str, tuple[str, Callable[[list[str]], HeadEndMessage]]]] = {
    "HELLO": ("HELLO 1 <nonce> <time>", _hello_answer),
    "ID": ("ID <uuid>", _identity),
    "REGISTERED": ("REGISTERED <uuid> <secret>", _registered),
    "WELCOME": ("WELCOME <last time> <interval> <time>", _welcome),
    "A": ("A <time>", _acknowledgement),
    "PONG": ("PONG <time>", _pong),
    "SET": ("SET interval <s> or SET relay on|off", _set),
    "ERR": ("ERR <code> <why>", _refusal),
}
