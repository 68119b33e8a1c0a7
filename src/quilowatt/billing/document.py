"""A document of tables (TOML or JSON) that is read with all its problems collected.

Each getter answers the value, or a stand-in after noting what is wrong and where; the reader
of the document looks at `Document.problems` once at the end. Numbers are exact decimals.
"""

from __future__ import annotations

import json
import re
import tomllib
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Document", "Table"]

HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]\]?\s*(?:#.*)?$")
KEY: Final = re.compile(r"\s*([\w\-]+)\s*=")
NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d{1,12})?", re.ASCII)


CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_YEAR: Final = 1970

DEPTH_MAX: Final = 16
"""Tables and lists within each other; the format needs 6. [levels]"""

KEY_PARTS_MAX: Final = 32
"""Parts of a dotted key: reading takes the square of their number, 13 s at 20,000. [parts]"""

DIGITS_MAX: Final = 40
"""Of a number, zeros of its exponent included; none that has a meaning is near it. [digits]"""

PLACE_SIZE_MAX: Final = 120
"""A longer place is cut off in a message. [characters]"""

MANY_PARTS: Final = re.compile(rf"(?:\.[ \t]*[\w\-\"']{{1,64}}[ \t]*){{{KEY_PARTS_MAX}}}")
CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""What no text holds: control characters but tab and line feed, and halves of surrogate pairs."""


class Document:
    """A parsed document that knows on which line a key stands.

    Parameters
    ----------
    text : str
        TOML, or JSON if the first character that is no space is a brace.

    Attributes
    ----------
    problems : list of str
        Everything noted so far, each with its place.
    content : dict
        Raw keys and values; empty where the text can't be read.
    root : Table
        The same, to be asked.
    """

    def __init__(self, text: str) -> None:
        self.problems: list[str] = []
        is_json = text.lstrip().startswith("{")
        self._lines = {} if is_json else _toml_lines(text)
        self.content = self._parse(text, is_json=is_json)
        self.root = Table(self, "", self.content)

    def note(self, path: str, reason: str) -> None:
        """Note a problem at a place such as ``version[1].from``."""
        line = self._line(path)
        if len(path) > PLACE_SIZE_MAX:
            path = path[: PLACE_SIZE_MAX - 1] + "…"
        place = f"line {line}, {path}" if line else path
        self.problems.append(f"{place}: {reason}")

    def _parse(self, text: str, *, is_json: bool) -> dict[str, object]:
        try:
            parsed = _json(text) if is_json else _toml(text)
        except (ValueError, RecursionError, ArithmeticError) as error:
            self.problems.append(f"cannot be read as {'JSON' if is_json else 'TOML'}: {error}")
            return {}
        for path, reason in _monsters(parsed):
            self.note(path, reason)
        return {} if self.problems else parsed

    def _line(self, path: str) -> int | None:
        """Line of a place, or of the table that holds it."""
        while path and path not in self._lines:
            # Keys may hold dots and brackets too, so that only cutting off something must end.
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self._lines.get(path)


class Table:
    """One table of a document; every key must be asked for, or it is a problem.

    Parameters
    ----------
    document : Document
        Where problems are noted.
    path : str
        Place of the table in it; empty for the root.
    content : dict
        Keys and raw values.
    """

    def __init__(self, document: Document, path: str, content: dict[str, object]) -> None:
        self.path = path
        self._document = document
        self._content = content
        self._asked: set[str] = set()

    def note(self, key: str, reason: str) -> None:
        """Note a problem with a key of this table."""
        self._document.note(self._place(key), reason)

    def has(self, key: str) -> bool:
        """Say whether an optional key is there."""
        self._asked.add(key)
        return key in self._content

    def __iter__(self) -> Iterator[str]:
        """Iterate over all keys, for a table whose keys the document's author chooses."""
        self._asked |= self._content.keys()
        return iter(self._content)

    def text(self, key: str) -> str:
        """Return a string that is not empty."""
        value = self._required(key)
        if isinstance(value, str) and value.strip():
            return value
        self._refuse(key, value, "text")
        return ""

    def word(self, key: str) -> str:
        """Return a text or a whole number, as text."""
        value = self._required(key)
        return str(value) if type(value) is int else self.text(key)

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Return one of several words."""
        value = self._required(key)
        if isinstance(value, str) and value in choices:
            return value
        self._refuse(key, value, "one of " + ", ".join(f'"{choice}"' for choice in choices))
        return choices[0]

    def is_one_of(self, key: str, choices: tuple[str | int, ...]) -> bool:
        """Say whether an optional key has one of some words or numbers; notes nothing."""
        self._asked.add(key)
        return self._content.get(key) in choices

    def of(self, key: str, content: dict[str, object]) -> Table:
        """Return a table that stands for a part of a key's value."""
        return Table(self._document, self._place(key), content)

    def whole(self, key: str, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self._required(key)
        if type(value) is int and least <= value <= most:
            return value
        self._refuse(key, value, f"a whole number from {least} to {most}")
        return least

    def decimal(self, key: str, least: int, below: int) -> Decimal:
        """Return an exact number within [least, below); it may be written as text too."""
        value = self._required(key)
        is_number = isinstance(value, (int, Decimal, str)) and not isinstance(value, bool)
        if is_number and NUMBER.fullmatch(_plain(value)):
            number = Decimal(_plain(value))
            if least <= number < below:
                return number
        self._refuse(key, value, f"a number of at most 12 decimals, {least} ≤ number < {below}")
        return Decimal(least)

    def day(self, key: str) -> date:
        """Return a local date, in JSON written ``YYYY-MM-DD``."""
        value = self._required(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        self._refuse(key, value, "a date like 2026-04-22")
        return date.min

    def instant_s(self, key: str) -> int:
        """Return a date and time with its offset from UTC [s since 1970-01-01 UTC]."""
        value = self._required(key)
        if isinstance(value, str):
            with suppress(ValueError):
                value = datetime.fromisoformat(value)
        if isinstance(value, datetime) and value.tzinfo is not None and value.year >= EPOCH_YEAR:
            return int((value - EPOCH).total_seconds())
        self._refuse(key, value, "a time with offset like 2026-04-22T00:00:00-03:00")
        return 0

    def clock_s(self, key: str) -> int:
        """Return a time on the wall, ``00:00`` to ``24:00`` [s since 00:00]."""
        value = self._required(key)
        if isinstance(value, str) and (found := CLOCK.fullmatch(value)):
            return int(found[1] or 24) * 3600 + int(found[2] or 0) * 60
        self._refuse(key, value, 'a time like "17:30", from "00:00" to "24:00"')
        return 0

    def is_true(self, key: str) -> bool:
        """Return an optional yes or no; absent means no."""
        value = self._required(key)
        if key in self._content and not isinstance(value, bool):
            self._refuse(key, value, "true or false")
        return value is True

    def wholes(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """Return a list of different whole numbers within bounds."""
        value = self._required(key)
        if isinstance(value, list) and value and _are_wholes(value, least, most):
            return tuple(value)
        self._refuse(key, value, f"a list of different whole numbers from {least} to {most}")
        return ()

    def decimals(self, key: str, least: int, below: int) -> tuple[Decimal, ...]:
        """Return a list of one or more exact numbers within [least, below)."""
        value = self._required(key)
        if not isinstance(value, list) or not value:
            self._refuse(key, value, "a list of numbers")
            return ()
        inner = Table(self._document, self._place(key), {str(i): v for i, v in enumerate(value)})
        return tuple(inner.decimal(name, least, below) for name in inner)

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of strings that are not empty, each once."""
        value = self._required(key)
        if _is_words(value):
            return tuple(value)
        self._refuse(key, value, "a list of different texts")
        return ()

    def word_lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Return a list of lists of strings."""
        value = self._required(key)
        if isinstance(value, list) and value and all(part and _is_words(part) for part in value):
            return tuple(tuple(part) for part in value)
        self._refuse(key, value, 'lists of texts, like [["vat"], ["duty"]]')
        return ()

    def table(self, key: str) -> Table:
        """Return a table inside this one."""
        value = self._required(key)
        if not isinstance(value, dict):
            self._refuse(key, value, "a table")
            value = None
        # A table that isn't there was noted once; its keys need not be noted as well.
        return Table(self._document, self._place(key), value) if value is not None else _Absent()

    def tables(self, key: str) -> list[Table]:
        """Return a list of one or more tables."""
        value = self._required(key)
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            self._refuse(key, value, "one or more tables")
            return []
        return [Table(self._document, f"{self._place(key)}[{i}]", v) for i, v in enumerate(value)]

    def finish(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._content:
            if key not in self._asked:
                near = get_close_matches(key, self._asked - self._content.keys(), 1)
                self.note(key, "unknown key" + (f"; is {near[0]!r} meant?" if near else ""))

    def _place(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _required(self, key: str) -> object:
        self._asked.add(key)
        return self._content.get(key)

    def _refuse(self, key: str, value: object, wanted: str) -> None:
        if key in self._content:
            self.note(key, f"is {_shown(value)}, must be {wanted}")
        else:
            self.note(key, f"is not there; must be {wanted}")


class _Absent(Table):
    """Stands for a table that is not there; asks nothing more of its author."""

    def __init__(self) -> None:
        super().__init__(Document("{}"), "", {})


def _json(text: str) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(
        text, parse_float=Decimal, object_pairs_hook=_each_key_once
    )
    return parsed


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice[:PLACE_SIZE_MAX]!r} stands more than once in a table")
    return content


def _toml(text: str) -> dict[str, object]:
    if found := MANY_PARTS.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise ValueError(f"a key of more than {KEY_PARTS_MAX} parts (at line {line})")
    return tomllib.loads(text, parse_float=Decimal)


def _monsters(content: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Yield what no reader may be given: values that would take for ever to look at or to show."""
    stack: list[tuple[str, object, int]] = [("", content, 0)]
    while stack:
        path, value, depth = stack.pop()
        if depth > DEPTH_MAX:
            yield path, f"lies deeper than {DEPTH_MAX} levels"
        elif isinstance(value, dict):
            if any(CONTROL.search(key) for key in value):
                yield path, "has a key with control characters or half of a surrogate pair"
            inner = [(f"{path}.{key}" if path else key, v, depth + 1) for key, v in value.items()]
            stack.extend(reversed(inner))
        elif isinstance(value, list):
            stack.extend((f"{path}[{i}]", v, depth + 1) for i, v in enumerate(value))
        elif isinstance(value, str) and CONTROL.search(value):
            yield path, "has control characters or half of a surrogate pair"
        elif _is_huge(value):
            yield path, f"is a number of more than {DIGITS_MAX} digits"


def _is_huge(value: object) -> bool:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return isinstance(exponent, int) and not (
            exponent >= -DIGITS_MAX and value.adjusted() <= DIGITS_MAX
        )
    return type(value) is int and abs(value) >= 10**DIGITS_MAX


def _is_words(value: object) -> TypeGuard[list[str]]:
    return (
        isinstance(value, list)
        and all(isinstance(word, str) and word for word in value)
        and len(set(value)) == len(value)
    )


def _are_wholes(values: list[object], least: int, most: int) -> bool:
    is_each = all(type(value) is int and least <= value <= most for value in values)
    return is_each and len(set(values)) == len(values)


def _plain(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _shown(value: object) -> str:
    if isinstance(value, (date, Decimal)):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)[:60]


def _toml_lines(text: str) -> dict[str, int]:
    """Line of each header and each key that begins a line; enough to point at."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    path = ""
    # Lines end at a line feed, as the parser counts them, and not at what Unicode calls a line.
    for number, line in enumerate(text.split("\n"), start=1):
        if header := HEADER.match(line):
            path = _header_path(header[2], is_array=header[1] == "[[", counts=counts)
            lines.setdefault(path, number)
        elif key := KEY.match(line):
            lines.setdefault(f"{path}.{key[1]}" if path else key[1], number)
    return lines


def _header_path(name: str, *, is_array: bool, counts: dict[str, int]) -> str:
    """Write ``version.charge`` as ``version[1].charge``: a header means the latest element."""
    path = ""
    parts = name.split(".")
    for i, part in enumerate(parts):
        path = f"{path}.{part}" if path else part
        if is_array and i == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path
