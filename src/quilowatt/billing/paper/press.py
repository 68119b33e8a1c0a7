"""Turns a sheet (texts, and where they belong) into pages, by typst and in memory.

The sheet is handed over as JSON, so that no text in it is ever read as markup. Template and fonts
are parts of this package, and no font of the machine is used: a page looks the same everywhere.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

__all__ = ["pdf_of", "pictures_of"]

HERE: Final = Path(__file__).parent

PICTURE_PPI: Final = 144
"""Two pixels a point: small print can be read, and a page stays below 500 kB. [px/in]"""

Sheet = dict[str, Any]


def pdf_of(sheet: Sheet, made_at_s: int) -> bytes:
    """Print a sheet as PDF; the same sheet gives the same bytes.

    Parameters
    ----------
    sheet : dict
        As `sheet.sheet_of` makes it.
    made_at_s : int
        What the file says of its making. [s since 1970-01-01 UTC]
    """
    return typst.compile(
        _source(),
        format="pdf",
        sys_inputs=_inputs(sheet),
        timestamp=made_at_s,
        font_paths=_fonts(),
        ignore_system_fonts=True,
    )


def pictures_of(sheet: Sheet, ppi: int = PICTURE_PPI) -> tuple[bytes, ...]:
    """Print a sheet as PNG, one picture a page.

    Parameters
    ----------
    sheet : dict
        As `sheet.sheet_of` makes it.
    ppi : int
        Pixels an inch.
    """
    pages: object = typst.compile(
        _source(),
        format="png",
        ppi=ppi,
        sys_inputs=_inputs(sheet),
        font_paths=_fonts(),
        ignore_system_fonts=True,
    )
    if isinstance(pages, bytes):
        return (pages,)
    # The package declares bytes alone; of several pages it gives a list.
    assert isinstance(pages, list), type(pages)
    return tuple(pages)


def _inputs(sheet: Sheet) -> dict[str, str]:
    return {"sheet": json.dumps(sheet, ensure_ascii=False)}


@cache
def _source() -> bytes:
    return (HERE / "invoice.typ").read_bytes() + b"\n#page-of(json(bytes(sys.inputs.sheet)))\n"


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")])
