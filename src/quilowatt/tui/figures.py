"""Big figures out of half blocks, three rows high, so that a number is read across the room.

Called by the widgets; pure text in, text out. What has no glyph is refused by `big_text`
returning None, and the caller shows it in plain letters.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FIGURE_ROWS", "big_text", "big_width"]

FIGURE_ROWS: Final = 3

GLYPHS: Final[dict[str, tuple[str, str, str]]] = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▀█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    ".": (" ", " ", "▀"),
    ",": (" ", " ", "█"),
    "-": ("   ", "▀▀▀", "   "),
    "–": ("   ", "▀▀▀", "   "),
}
"""Five pixels high and three wide; the comma hangs one below the line."""


def big_text(text: str) -> tuple[str, str, str] | None:
    r"""Set a number in big figures.

    Parameters
    ----------
    text : str
        Digits, separators and a minus.

    Returns
    -------
    tuple of str, or None
        Three rows of equal width; None where a character has no glyph.

    Examples
    --------
    >>> print("\n".join(big_text("1.7")))
    ▀█    ▀▀█
     █      █
    ▀▀▀ ▀   ▀
    """
    glyphs = [GLYPHS.get(character) for character in text]
    if not glyphs or None in glyphs:
        return None
    rows = (" ".join(glyph[row] for glyph in glyphs if glyph) for row in range(FIGURE_ROWS))
    top, middle, bottom = rows
    return top, middle, bottom


def big_width(text: str) -> int:
    """Columns that `big_text` takes for a text; 0 where it has no glyphs [columns]."""
    rows = big_text(text)
    return len(rows[0]) if rows else 0
