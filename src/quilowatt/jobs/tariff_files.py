"""Reads the tariff documents that come with quilowatt, and those of an operator."""

from __future__ import annotations

import gzip
import zlib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from quilowatt.billing import TariffBook, load_tariff
from quilowatt.billing.book import TariffSource
from quilowatt.billing.tariff_file import csv_paths, included_paths
from quilowatt.errors import SettingsError, TariffError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quilowatt.billing import Tariff

__all__ = [
    "box_of_tariffs",
    "included_texts",
    "read_source",
    "read_tariff",
    "read_text",
    "tariff_book",
]

CHECKOUT = Path(__file__).parents[3] / "tariffs"
"""Where the documents lie in a checkout; an installed package has them inside."""

BOX: Final = ("*.toml",)
OWN: Final = ("*.toml", "*.json")

SHARED: Final = "shared"
"""Directories of this name hold documents that tariffs include, and no tariffs."""


def tariff_book(*directories: Path) -> TariffBook:
    """Read all documents of the box and of some directories.

    Raises
    ------
    TariffError
        With every problem of every document, and every code that two of them have.
    SettingsError
        If there is no such directory.
    """
    for directory in directories:
        if not directory.is_dir():
            raise SettingsError(
                f"--tariffs {directory}: there is no such directory",
                f"--tariffs {directory}: não há esse diretório",
            )
    tariffs: dict[str, Tariff] = {}
    sources: dict[str, TariffSource] = {}
    origins: dict[str, Path] = {}
    problems: list[str] = []
    for path in _paths(directories):
        try:
            source = read_source(path)
            tariff = load_tariff(source.text, source.name, source.included)
        except TariffError as error:
            problems += [f"{path}: {problem}" for problem in error.problems]
            continue
        except SettingsError as error:
            problems.append(str(error))
            continue
        if tariff.code in tariffs:
            problems.append(
                f"{path}: code {tariff.code!r} is taken by {origins[tariff.code]}; choose another"
            )
        tariffs.setdefault(tariff.code, tariff)
        sources.setdefault(tariff.code, source)
        origins.setdefault(tariff.code, path)
    if problems:
        raise TariffError("tariffs", tuple(problems))
    return TariffBook(tariffs.values(), sources)


def box_of_tariffs() -> Path:
    """Return the directory of the documents that come with quilowatt."""
    installed = Path(str(resources.files("quilowatt") / "tariff_files"))
    return installed if installed.is_dir() else CHECKOUT


def read_tariff(path: Path) -> Tariff:
    """Read one document and what it includes.

    Raises
    ------
    TariffError
        With every problem found.
    SettingsError
        If the file can't be read.
    """
    source = read_source(path)
    return load_tariff(source.text, source.name, source.included)


def read_source(path: Path) -> TariffSource:
    """Read the texts of one document and of what it includes.

    Raises
    ------
    SettingsError
        If a file can't be read.
    """
    text = read_text(path)
    return TariffSource(str(path), text, included_texts(path, text))


def read_text(path: Path) -> str:
    """Read a file of UTF-8 text, compressed if its name ends in ``.gz``.

    Raises
    ------
    SettingsError
        If there is none, or it is no text.
    """
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8-sig") as file:
                return file.read()
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        reason = (
            (error.strerror or str(error)) if isinstance(error, OSError) else "is not UTF-8 text"
        )
        raise SettingsError(f"{path}: {reason}") from error


def included_texts(path: Path, text: str) -> dict[str, str]:
    """Read what a document includes, and files of prices; paths count from its directory."""
    texts = _texts(path, included_paths(text))
    files = list(csv_paths(text))
    for name, inner in texts.items():
        files += [name[: name.rfind("/") + 1] + file for file in csv_paths(inner)]
    return texts | _texts(path, files)


def _texts(path: Path, names: Iterable[str]) -> dict[str, str]:
    return {name: read_text(path.parent / name) for name in names if _is_file(path.parent / name)}


def _is_file(path: Path) -> bool:
    """Say whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _paths(directories: Iterable[Path]) -> Iterator[Path]:
    """Name all documents: those of the box are TOML, an operator's may be JSON too."""
    for directory, patterns in [(box_of_tariffs(), BOX), *((each, OWN) for each in directories)]:
        found = {path for pattern in patterns for path in directory.rglob(pattern)}
        for path in sorted(found):
            if SHARED not in path.relative_to(directory).parts[:-1]:
                yield path
