"""Reads the tariff documents that come with quilowatt, and those of an operator."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from quilowatt.billing import TariffBook

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["tariff_book"]

CHECKOUT = Path(__file__).parents[3] / "tariffs"
"""Where the documents lie in a checkout; an installed package has them inside."""


def tariff_book(*directories: Path) -> TariffBook:
    """Read all documents of the box and of some directories.

    Raises
    ------
    TariffError
        For the first document with problems, naming all of them.
    """
    installed = Path(str(resources.files("quilowatt") / "tariff_files"))
    box = installed if installed.is_dir() else CHECKOUT
    return TariffBook.load(
        document for directory in (box, *directories) for document in _documents(directory)
    )


def _documents(directory: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(directory.rglob("*.toml")):
        yield str(path.relative_to(directory)), path.read_text("utf-8")
