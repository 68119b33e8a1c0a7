"""What a proof of an invoice looks like, key by key, and a check that names what doesn't fit.

A shape is a value check, a list of one shape, or a dict of shapes with exactly those keys.
`docs/proof.md` says what each key means. Shapes bound everything that a stranger's file could
make large, so that whatever passes here can be computed with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from quilowatt.core.calendar import TIME_S_MAX
from quilowatt.limits import INTERVAL_S_MAX, REGISTER_WH_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PROOF_FORMAT", "PROOF_SHAPE", "shape_outline", "shape_problems"]

PROOF_FORMAT: Final = "quilowatt proof 1"
"""Raised when the meaning of a key changes."""

INT64: Final = 2**63
DEPTH_MAX: Final = 12
"""Of a tariff's document: tables within tables."""

TEXT_MAX: Final = 4096
LIST_MAX: Final = 2_000_000
"""Readings of one meter in a proof: four months of one each five seconds. [1]"""

CYCLES_MAX: Final = 36
DIGITS_MAX: Final = 30
"""Of a dial."""

Shape = Any
"""One of the classes below, a list of one shape, or a dict of shapes."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, both bounds included."""

    least: int
    most: int

    @property
    def wanted(self) -> str:
        """What is asked for, in words."""
        return f"a whole number from {self.least} to {self.most}"

    @property
    def outline(self) -> object:
        """The same for verifiers in other languages."""
        return {"whole": [str(self.least), str(self.most)]}

    def fits(self, value: object) -> bool:
        """Say whether a value is one."""
        return type(value) is int and self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class Written:
    """A text that a pattern matches whole; the pattern means the same in Python and JavaScript."""

    wanted: str
    pattern: str

    @property
    def outline(self) -> object:
        """The same for verifiers in other languages."""
        return {"text": self.pattern}

    def fits(self, value: object) -> bool:
        """Say whether a value is one."""
        return isinstance(value, str) and _compiled(self.pattern).fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Day:
    """A date of the calendar."""

    wanted: str = "a date like 2026-10-01"

    @property
    def outline(self) -> object:
        """The same for verifiers in other languages."""
        return "day"

    def fits(self, value: object) -> bool:
        """Say whether a value is one."""
        return _is_day(value)


@dataclass(frozen=True, slots=True)
class Free:
    """Texts, whole numbers, booleans, lists and objects, nested up to `DEPTH_MAX`."""

    wanted: str = "an object of the tariff format"

    @property
    def outline(self) -> object:
        """The same for verifiers in other languages."""
        return "document"

    def fits(self, value: object) -> bool:
        """Say whether a value is one."""
        return isinstance(value, dict) and _is_document(value)


@dataclass(frozen=True, slots=True)
class Map:
    """An object whose keys its author chose."""

    inner: Shape


@dataclass(frozen=True, slots=True)
class Maybe:
    """A shape, or null."""

    inner: Shape


@dataclass(frozen=True, slots=True)
class Rare:
    """A key that is there only where there is something to say: neither 0 nor empty."""

    inner: Shape


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | re.DOTALL)


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_document(value: object, depth: int = 0) -> bool:
    """Say whether a value is made of texts, whole numbers, booleans, lists and objects."""
    match value:
        case dict():
            return depth < DEPTH_MAX and all(_is_document(v, depth + 1) for v in value.values())
        case list():
            return depth < DEPTH_MAX and all(_is_document(v, depth + 1) for v in value)
        case _:
            pass
    return isinstance(value, (str, bool)) or (type(value) is int and abs(value) < INT64)


TEXT: Final = Written(f"a text of at most {TEXT_MAX} characters", f".{{0,{TEXT_MAX}}}")
WHOLE: Final = Whole(-INT64, INT64 - 1)
COUNT: Final = Whole(0, INT64 - 1)
TIME: Final = Whole(0, TIME_S_MAX)
REGISTER: Final = Whole(0, REGISTER_WH_MAX)
STEP: Final = Whole(-REGISTER_WH_MAX, REGISTER_WH_MAX)
AMOUNT: Final = Written(
    "a decimal number as text", r"-?[0-9]{1,60}(\.[0-9]{1,60})?(E[+\-]?[0-9]{1,2})?"
)
DAY: Final = Day()
DIGEST: Final = Written("64 lower-case hexadecimal digits", "[0-9a-f]{64}")
MARK: Final = Written("8 lower-case hexadecimal digits", "[0-9a-f]{8}")
IDENTITY: Final = Written("a UUID in lower case", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MONTH: Final = Written("a month like 2026-10", "[1-9][0-9]{3}-(0[1-9]|1[0-2])")
DOCUMENT: Final = Free()

WORDS: Final = {"en": TEXT, "pt": TEXT}
ENERGY: Final = {"export_wh": REGISTER, "import_wh": REGISTER}
CREDIT: Final = {"born": DAY, "energy_wh": COUNT, "period": Rare(TEXT)}

TAX: Final = {
    "code": TEXT,
    "name": WORDS,
    "rate": AMOUNT,
    "base": AMOUNT,
    "amount": AMOUNT,
    "formula": TEXT,
}

LINE: Final = {
    "code": TEXT,
    "name": WORDS,
    "start_s": TIME,
    "end_s": TIME,
    "quantity": AMOUNT,
    "unit": TEXT,
    "rate_before_tax": AMOUNT,
    "rate": AMOUNT,
    "amount": AMOUNT,
    "formula": TEXT,
    "taxes": [TAX],
    "act": TEXT,
    "days": AMOUNT,
}

BILL: Final = {
    "tariff_code": TEXT,
    "tariff_name": WORDS,
    "currency": TEXT,
    "start_s": TIME,
    "end_s": TIME,
    "energy_wh": WHOLE,
    "export_wh": WHOLE,
    "lines": [LINE],
    "taxes": [TAX],
    "net": AMOUNT,
    "total": AMOUNT,
    "total_unrounded": AMOUNT,
    "notes": [WORDS],
    "credits": [CREDIT],
    "lapsed_wh": COUNT,
    "demand_w": Map(COUNT),
    "deferred_wh": Rare(WHOLE),
}

POINT: Final = {
    "attributes": Map(TEXT),
    "contracted_kw": AMOUNT,
    "credits": [CREDIT],
    "past_demand_w": Map([COUNT]),
    "items": [{"code": TEXT, "name": WORDS, "amount": AMOUNT}],
    "carried_wh": Rare(WHOLE),
}

READOUT: Final = {
    "uuid": IDENTITY,
    "serial": TEXT,
    "start_s": TIME,
    "end_s": TIME,
    "first_time_s": TIME,
    "last_time_s": TIME,
    "first_import_wh": REGISTER,
    "last_import_wh": REGISTER,
    "first_export_wh": REGISTER,
    "last_export_wh": REGISTER,
    "import_wh": WHOLE,
    "export_wh": WHOLE,
}

QUALITY: Final = {
    "measured_s": COUNT,
    "estimated_s": COUNT,
    "revised_s": COUNT,
    "missing_s": COUNT,
    "estimated_wh": WHOLE,
    "issues": Map(COUNT),
}

INVOICE: Final = {
    "format": Whole(1, 1),
    "number": TEXT,
    "kind": Written("invoice or credit_note", "invoice|credit_note"),
    "replaces": TEXT,
    "reason": WORDS,
    "month": MONTH,
    "issued_at_s": TIME,
    "as_of": COUNT,
    "due": DAY,
    "issuer": {"name": TEXT, "tax_id": TEXT, "address": [TEXT], "contact": TEXT},
    "customer": {"uuid": TEXT, "name": TEXT, "tax_id": TEXT, "address": [TEXT]},
    "place": {"uuid": TEXT, "timezone": TEXT, "address": [TEXT], "point": POINT},
    "bill": BILL,
    "tariff_digest": DIGEST,
    "meters": [READOUT],
    "quality": QUALITY,
    "history": [
        {
            "month": TEXT,
            "days": COUNT,
            "import_wh": WHOLE,
            "export_wh": WHOLE,
            "total": Maybe(AMOUNT),
        }
    ],
    "codes": [
        {
            "kind": TEXT,
            "reference": TEXT,
            "name": WORDS,
            "copy": TEXT,
            "qr": TEXT,
            "bars": TEXT,
        }
    ],
    "links": [
        {
            "meter": IDENTITY,
            "start_s": TIME,
            "end_s": TIME,
            "readings": COUNT,
            "previous": DIGEST,
            "head": DIGEST,
        }
    ],
}

METER: Final = {
    "uuid": IDENTITY,
    "digits": Whole(0, DIGITS_MAX),
    "interval_s": Whole(1, INTERVAL_S_MAX),
    "start_s": TIME,
    "end_s": TIME,
    "first_wh": Maybe(ENERGY),
    "last_wh": Maybe(ENERGY),
    "time_s": [STEP],
    "import_wh": [STEP],
    "export_wh": [STEP],
    "revised": [COUNT],
    "days": [MARK],
}

RULES: Final = {
    "power_max_w": COUNT,
    "quality_step_s": Whole(60, 86_400),
    "missing": Maybe(
        {
            "rule": Written(
                "nothing, mean_of_cycles or typical_days", "nothing|mean_of_cycles|typical_days"
            ),
            "import_wh": COUNT,
            "export_wh": COUNT,
            "days": Whole(0, 366 * CYCLES_MAX),
        }
    ),
}

PROFILE: Final = {"edges_s": [STEP], "import_wh": [WHOLE], "export_wh": [WHOLE]}

CALENDAR: Final = {
    "timezone": TEXT,
    "offsets": [[Whole(-86_399, TIME_S_MAX)]],
    "first_day": DAY,
    "last_day": DAY,
    "holidays": Map([DAY]),
}

PROOF_SHAPE: Final = {
    "format": Written(f'"{PROOF_FORMAT}"', PROOF_FORMAT),
    "invoice": INVOICE,
    "digest": DIGEST,
    "meters": [METER],
    "rules": RULES,
    "profile": PROFILE,
    "tariff": DOCUMENT,
    "calendar": CALENDAR,
    "seal": {"parts": Map(DIGEST), "all": DIGEST},
}


def shape_problems(value: object, shape: Shape = PROOF_SHAPE, path: str = "") -> Iterator[str]:
    """Yield what doesn't fit, each with its place.

    Examples
    --------
    >>> list(shape_problems({"en": 1, "xx": ""}, WORDS))
    ['en: must be a text of at most 4096 characters', 'pt: is not there', 'xx: is unknown']
    """
    match shape:
        case Whole() | Written() | Day() | Free():
            if not shape.fits(value):
                yield f"{path or 'the document'}: must be {shape.wanted}"
        case Maybe(inner):
            if value is not None:
                yield from shape_problems(value, inner, path)
        case Rare(inner):
            yield from shape_problems(value, inner, path)
        case [inner]:
            yield from _list_problems(value, inner, path)
        case Map(inner):
            yield from _map_problems(value, inner, path)
        case _:
            yield from _dict_problems(value, shape, path)


def shape_outline(shape: Shape = PROOF_SHAPE) -> Any:  # noqa: ANN401 - JSON
    """Write a shape as JSON, for verifiers in other languages.

    Examples
    --------
    >>> shape_outline({"en": [COUNT], "when": Maybe(DAY)})
    {'object': {'en': {'list': {'whole': ['0', '9223372036854775807']}}, 'when': {'maybe': 'day'}}}
    """
    if isinstance(shape, (Whole, Written, Day, Free)):
        return shape.outline
    if isinstance(shape, (Map, Maybe, Rare)):
        return {type(shape).__name__.lower(): shape_outline(shape.inner)}
    if isinstance(shape, list):
        return {"list": shape_outline(shape[0])}
    return {"object": {key: shape_outline(value) for key, value in shape.items()}}


def _list_problems(value: object, inner: Shape, path: str) -> Iterator[str]:
    if not isinstance(value, list) or len(value) > LIST_MAX:
        yield f"{path}: must be a list of at most {LIST_MAX}"
        return
    if isinstance(inner, (Whole, Written)) and all(map(inner.fits, value)):
        return
    for number, item in enumerate(value):
        yield from shape_problems(item, inner, f"{path}[{number}]")


def _map_problems(value: object, inner: Shape, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: must be an object"
        return
    for key, item in value.items():
        yield from shape_problems(item, inner, f"{path}.{key}")


def _dict_problems(value: object, shape: dict[str, Shape], path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or 'the document'}: must be an object"
        return
    for key in sorted(shape.keys() | value.keys()):
        place = f"{path}.{key}" if path else key
        if key not in value:
            if not isinstance(shape[key], Rare):
                yield f"{place}: is not there"
        elif key not in shape:
            yield f"{place[:100]}: is unknown"
        else:
            yield from shape_problems(value[key], shape[key], place)
