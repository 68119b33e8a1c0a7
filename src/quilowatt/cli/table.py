"""Tables and paragraphs on a terminal. Pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from quilowatt.core.words import Language

__all__ = ["moment_text", "paragraph", "table"]

INDENT = "    "
"""Of what belongs to the row above."""


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align cells to columns; the last one takes the room it needs.

    Examples
    --------
    >>> table([["meter", "power"], ["M-1", "350 W"]])
    ['meter  power', 'M-1    350 W']
    """
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def paragraph(text: str, width: int | None) -> list[str]:
    """Indent a text, and break it where it is wider than the terminal.

    Parameters
    ----------
    text : str
        Of one line.
    width : int or None
        Of the terminal; None where nobody looks: a line stays one then. [columns]

    Examples
    --------
    >>> paragraph("The budget is used up.", 20), paragraph("The budget is used up.", None)
    (['    The budget is', '    used up.'], ['    The budget is used up.'])
    """
    if width is None:
        return [INDENT + text]
    return textwrap.wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT)


def moment_text(moment: datetime, tongue: Language) -> str:
    """Write a moment by the clock that its offset tells.

    Examples
    --------
    >>> from datetime import datetime
    >>> moment_text(datetime.fromisoformat("2026-11-24T08:00:00-03:00"), "pt")
    '24/11/2026 08:00'
    """
    from quilowatt.core.words import format_date_time  # noqa: PLC0415 - Babel takes a while

    assert moment.tzinfo is not None
    return format_date_time(int(moment.timestamp()), moment.tzinfo, tongue)
