"""Reads who issues invoices, and on what terms: the document ``issuer.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from quilowatt.billing.invoice import Issuer
from quilowatt.errors import SettingsError
from quilowatt.jobs.payment_codes import payment_problems
from quilowatt.jobs.tariff_files import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["ISSUER_EXAMPLE", "ISSUER_FILE", "IssuerTerms", "read_issuer", "require_issuer"]

ISSUER_FILE: Final = "issuer.toml"
"""Its name in a data directory."""

ISSUER_EXAMPLE: Final = """\
name = "Condomínio Jardim"
tax_id = "00.000.000/0001-00"
address = ["Rua das Flores, 1", "Salvador, BA"]
contact = "sindico@jardim.example"
# series = "A"      # numbers become A2026-000001
# due_days = 10     # instead of what the tariff says
# [payment.brazil]  # ways to pay that each invoice carries
# pix_key = "00000000000100"
# pix_name = "Condominio Jardim"
# pix_city = "Salvador"
"""
"""What a person can begin with."""

DUE_DAYS_MAX: Final = 365
SERIES: Final = re.compile(r"[A-Z]{0,8}", re.ASCII)
LINES_MAX: Final = 6
SIZE_MAX: Final = 120
"""Of a name or a line: more does not fit on paper. [chars]"""


@dataclass(frozen=True, slots=True)
class IssuerTerms:
    """Who issues invoices, and how.

    Parameters
    ----------
    issuer : Issuer
        As it stands on each invoice.
    series : str
        Letters before the year in numbers; may be empty.
    due_days : int or None
        From the issue to the due date; None is what the tariff says. [d]
    payment : mapping
        Settings of the ways to be paid, for the country's code that knows them.
    """

    issuer: Issuer
    series: str = ""
    due_days: int | None = None
    payment: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def nobody(cls) -> IssuerTerms:
        """Stand in where nothing is issued."""
        return cls(Issuer(""))


def read_issuer(path: Path) -> IssuerTerms:
    """Read a document.

    Raises
    ------
    SettingsError
        If it can't be read, or something in it can't be; all of it is told.
    """
    try:
        document = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from error
    problems = [
        f"{key} {document[key]!r}: {what}"
        for key, (is_sound, what) in RULES.items()
        if key in document and not is_sound(document[key])
    ]
    problems += [f"{key}: no such setting" for key in sorted(document.keys() - RULES.keys())]
    if "name" not in document:
        problems.append("name: is missing")
    if not problems:
        number = f"{document.get('series', '')}2026-000001"
        problems += payment_problems(document.get("payment", {}), number)
    if problems:
        raise SettingsError(f"{path}: " + "; ".join(problems))
    issuer = Issuer(
        document["name"].strip(),
        document.get("tax_id", "").strip(),
        tuple(document.get("address", ())),
        document.get("contact", "").strip(),
    )
    return IssuerTerms(
        issuer, document.get("series", ""), document.get("due_days"), document.get("payment", {})
    )


def require_issuer(path: Path) -> IssuerTerms:
    """Read a document that must be there.

    Raises
    ------
    SettingsError
        If it isn't, with an example; else as `read_issuer`.
    """
    if not path.exists():
        raise SettingsError(
            f"{path} is not there: invoices need an issuer. Write it, for example:\n\n"
            f"{ISSUER_EXAMPLE}",
            f"{path} não existe: faturas precisam de um emissor. Escreva-o, por exemplo:\n\n"
            f"{ISSUER_EXAMPLE}",
        )
    return read_issuer(path)


def _is_line(found: object) -> bool:
    return isinstance(found, str) and len(found) <= SIZE_MAX and found.isprintable()


def _is_name(found: object) -> bool:
    return _is_line(found) and bool(str(found).strip())


def _is_address(found: object) -> bool:
    return isinstance(found, list) and len(found) <= LINES_MAX and all(map(_is_line, found))


def _is_series(found: object) -> bool:
    return isinstance(found, str) and SERIES.fullmatch(found) is not None


def _is_days(found: object) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= DUE_DAYS_MAX


RULES: Final[dict[str, tuple[Callable[[object], bool], str]]] = {
    "name": (_is_name, f"must be 1 to {SIZE_MAX} characters on one line"),
    "tax_id": (_is_line, f"must be at most {SIZE_MAX} characters on one line"),
    "address": (_is_address, f"must be a list of at most {LINES_MAX} lines"),
    "contact": (_is_line, f"must be at most {SIZE_MAX} characters on one line"),
    "series": (_is_series, "must be at most 8 capital letters A to Z"),
    "due_days": (_is_days, f"must be a whole number from 0 to {DUE_DAYS_MAX}"),
    "payment": (lambda found: isinstance(found, dict), "must be a table"),
}
