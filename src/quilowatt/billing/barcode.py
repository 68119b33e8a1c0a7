"""Codes that machines read, as pure geometry: widths of bars, squares of a QR code.

Whoever prints draws them; nothing here knows paper, ink or what a code is for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import segno

__all__ = ["Bars", "Modules", "interleaved_2_of_5", "qr_modules"]

NARROW: Final = 1
WIDE: Final = 3
"""A wide element is 2 to 3 narrow ones (ISO/IEC 16390 §4.3); 3 is read most surely. [modules]"""

WIDE_ELEMENTS: Final = (
    "00110",
    "10001",
    "01001",
    "11000",
    "00101",
    "10100",
    "01100",
    "00011",
    "10010",
    "01010",
)
"""Which two of a digit's five elements are wide (ISO/IEC 16390 table 1), by digit."""

START: Final = (NARROW, NARROW, NARROW, NARROW)
STOP: Final = (WIDE, NARROW, NARROW)

QR_LEVEL: Final = "m"
"""Reads with 15 % of it damaged, a fold or a stain; higher levels make squares too small."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A barcode of one row.

    Parameters
    ----------
    text : str
        What a reader says.
    widths : tuple of int
        Bar, space, bar, …; begins and ends with a bar. [modules]

    Attributes
    ----------
    width : int
        Of all, without the quiet zones of 10 modules on both sides. [modules]
    """

    text: str
    widths: tuple[int, ...]

    @property
    def width(self) -> int:
        """Sum of the widths [modules]."""
        return sum(self.widths)


@dataclass(frozen=True, slots=True)
class Modules:
    """A code of squares.

    Parameters
    ----------
    text : str
        What a reader says.
    rows : tuple of str
        From the top; ``1`` is dark, ``0`` is light. Without the quiet zone of 4 modules around.
    """

    text: str
    rows: tuple[str, ...]


def interleaved_2_of_5(digits: str) -> Bars:
    """Draw an even number of digits as Interleaved 2 of 5 (ISO/IEC 16390).

    Of each pair the first digit lies in the bars, the second in the spaces between them.

    Parameters
    ----------
    digits : str
        An even number of ASCII digits. [-]

    Examples
    --------
    >>> interleaved_2_of_5("05").widths
    (1, 1, 1, 1, 1, 3, 1, 1, 3, 3, 3, 1, 1, 1, 3, 1, 1)
    """
    assert re.fullmatch(r"(\d\d)+", digits, re.ASCII), digits
    widths = [*START]
    for first, second in zip(digits[::2], digits[1::2], strict=True):
        elements = zip(WIDE_ELEMENTS[int(first)], WIDE_ELEMENTS[int(second)], strict=True)
        widths += [WIDE if mark == "1" else NARROW for pair in elements for mark in pair]
    return Bars(digits, (*widths, *STOP))


def qr_modules(text: str) -> Modules:
    """Draw text as a QR code (ISO/IEC 18004) of level M, or better where it costs no size.

    Examples
    --------
    >>> len(qr_modules("quilowatt").rows)
    21
    """
    code = segno.make_qr(text, error=QR_LEVEL, boost_error=True)
    return Modules(text, tuple("".join(map(str, row)) for row in code.matrix))
