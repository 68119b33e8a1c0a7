"""Codes that machines read as SVG: one path each, a unit a module, so that nothing is blurred."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from quilowatt.billing.barcode import Bars, Modules

__all__ = ["bars_svg", "squares_svg"]

BARS_HEIGHT: Final = 48
"""13 mm beside 103 mm of 405 modules, as Febraban and others print them. [modules]"""

SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}">'
    '<path d="{2}"/></svg>'
)


def squares_svg(modules: Modules) -> str:
    """Draw a code of squares without its quiet zone."""
    size = len(modules.rows)
    runs = [
        f"M{run.start()} {row}h{len(run[0])}v1h-{len(run[0])}z"
        for row, squares in enumerate(modules.rows)
        for run in re.finditer("1+", squares)
    ]
    return SVG.format(size, size, "".join(runs))


def bars_svg(bars: Bars) -> str:
    """Draw bars without their quiet zones."""
    edges = [0, *accumulate(bars.widths)]
    drawn = [
        f"M{edges[at]} 0h{width}v{BARS_HEIGHT}h-{width}z"
        for at, width in enumerate(bars.widths)
        if at % 2 == 0
    ]
    return SVG.format(bars.width, BARS_HEIGHT, "".join(drawn))
