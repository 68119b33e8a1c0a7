"""Bar charts and small traces out of block and braille characters.

Pure: values in, rows of spans out. A span says in words what its text is (a bar, an axis, a bar
that is not over yet), and the widget gives it a colour; so a test reads a chart as text, and a
chart says the same without any colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "Bar",
    "Span",
    "as_text",
    "axis_top",
    "bar_pitch",
    "draw_bars",
    "draw_trace",
    "level_bar",
]

EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
LYING: Final = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
PARTIAL_FULL: Final = "▒"
AXIS_STEPS: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Tops of an axis whose half is a short number too."""

PEAK_MIN: Final = 1e-9
"""Less than this is nothing: a register counts whole watt-hours. [unit of the axis]"""

PITCH_MAX: Final = 6
"""Wider bars look like walls. [columns]"""

BRAILLE_BASE: Final = 0x2800
BRAILLE_LEFT: Final = (0x40, 0x04, 0x02, 0x01)
BRAILLE_RIGHT: Final = (0x80, 0x20, 0x10, 0x08)
"""Dots of the two halves of a braille cell, bottom to top."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its value, or None where nothing is known, and what to write below it.

    Parameters
    ----------
    value : float or None
        Height of the bar. [unit of the axis]
    label : str
        Written below its left edge where there is room; empty for none.
    is_partial : bool
        The interval is not over yet.
    is_estimated : bool
        The value was not measured.
    """

    value: float | None
    label: str = ""
    is_partial: bool = False
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a row: its text, what it is, and how high above the axis.

    Parameters
    ----------
    text : str
        What to print.
    role : str
        "axis", "grid", "bar", "partial", "estimated", "missing", "label" or "mark".
    level : float
        Height of the row from 0 at the axis to 1 at the top, for the colour. [1]
    """

    text: str
    role: str
    level: float = 0.0


def axis_top(peak: float) -> float:
    """Choose the value at the top of an axis: short to write and not below the peak.

    Parameters
    ----------
    peak : float
        The highest value. [unit of the axis]

    Returns
    -------
    float
        1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 or 10 times a power of ten. [unit of the axis]

    Examples
    --------
    >>> axis_top(3.4), axis_top(0.017), axis_top(0)
    (4.0, 0.02, 1.0)
    """
    if peak < PEAK_MIN:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(peak))
    step = next(step for step in AXIS_STEPS if step * decade >= peak * (1 - 1e-9))
    return float(f"{step * decade:.6g}")


def bar_pitch(count: int, width: int) -> tuple[int, int]:
    """Columns of a bar and of the gap after it, so that `count` of them fit.

    Parameters
    ----------
    count : int
        Number of bars. [1]
    width : int
        Room for them. [columns]

    Returns
    -------
    tuple of int
        Bar and gap; the gap is 0 where a bar has less than 3 columns to itself. [columns]

    Examples
    --------
    >>> bar_pitch(24, 71), bar_pitch(30, 71), bar_pitch(24, 40)
    ((2, 1), (1, 1), (1, 0))
    """
    pitch = max(1, min(PITCH_MAX, (width + 1) // max(1, count)))
    return (1, 0) if pitch == 1 else (pitch - 1, 1)


def draw_bars(
    bars: Sequence[Bar], *, width: int, height: int, tick: Callable[[float], str]
) -> list[list[Span]]:
    """Draw bars over a labelled axis.

    Parameters
    ----------
    bars : sequence of Bar
        Oldest first; where there is not room for all, the newest are drawn.
    width : int
        Columns of the whole chart, the axis included. [columns]
    height : int
        Rows of the whole chart, the axis and its labels (2) included. [rows]
    tick : callable
        Writes a value of the vertical axis.

    Returns
    -------
    list of list of Span
        `height` rows from the top down, none wider than `width`.
    """
    rows = max(1, height - 2)
    top = axis_top(max((bar.value for bar in bars if bar.value is not None), default=0.0))
    ticks = _ticks(rows, top, tick)
    margin = max(len(text) for text in ticks.values()) + 2
    room = max(1, width - margin)
    shown = bars[-room:]
    bar_columns, gap = bar_pitch(len(shown), room)
    lines = []
    for row in range(rows):
        edge = ticks.get(row)
        value = Span(f"{edge or '':>{margin - 2}} ", "label")
        rule = Span("│" if edge is None else "┤", "axis")
        cells = _row_cells(shown, row=row, rows=rows, top=top, is_tick=edge is not None)
        lines.append([value, rule, *_merge(cells, bar_columns, gap, is_grid=edge is not None)])
    pitch = bar_columns + gap
    lines.append(_axis_line(shown, margin, pitch, bar_columns, ticks[rows]))
    lines.append(_label_line(shown, margin, pitch, width))
    return lines


def draw_trace(values: Sequence[float], *, width: int, height: int) -> list[list[Span]]:
    """Draw the newest values as a filled braille area, two values a column.

    Parameters
    ----------
    values : sequence of float
        Oldest first; at most ``2 * width`` of them are drawn, at the right. [any unit]
    width, height : int
        Size. [columns, rows]

    Returns
    -------
    list of list of Span
        `height` rows from the top down, each `width` columns.

    Examples
    --------
    >>> print(as_text(draw_trace([1, 2, 3, 4], width=3, height=1)))
     ⣠⣾
    """
    newest = list(values)[-2 * width :]
    padded = [None] * (2 * width - len(newest)) + newest
    peak = max((value for value in padded if value is not None), default=0.0)
    dots = [_dots(value, peak, 4 * height) for value in padded]
    lines = []
    for row in range(height):
        below = 4 * (height - 1 - row)
        pairs = zip(dots[::2], dots[1::2], strict=True)
        text = "".join(_braille(left - below, right - below) for left, right in pairs)
        lines.append([Span(text, "bar", (below + 4) / (4 * height))])
    return lines


def level_bar(share: float, width: int) -> str:
    """Draw a share as a lying bar, exact to an eighth of a column.

    Parameters
    ----------
    share : float
        From 0 to 1; what lies outside is cut. [1]
    width : int
        Length of a whole bar. [columns]

    Examples
    --------
    >>> level_bar(0.55, 5), level_bar(0.001, 5)
    ('██▊', '▏')
    """
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    return "█" * (eighths // 8) + LYING[eighths % 8]


def as_text(rows: Sequence[Sequence[Span]]) -> str:
    """Join a chart to plain text without trailing blanks."""
    return "\n".join("".join(span.text for span in row).rstrip() for row in rows)


def _ticks(rows: int, top: float, tick: Callable[[float], str]) -> dict[int, str]:
    """Labels by row: the top, the middle where there are rows for it, and 0 on the axis."""
    ticks = {0: tick(top), rows: tick(0.0)}
    if rows >= 4 and rows % 2 == 0:  # noqa: PLR2004 - fewer rows leave no room between labels
        ticks[rows // 2] = tick(top / 2)
    return ticks


def _row_cells(
    bars: Sequence[Bar], *, row: int, rows: int, top: float, is_tick: bool
) -> list[tuple[str, Span]]:
    """One character for each bar in this row, and the span that describes it."""
    below = 8 * (rows - 1 - row)
    level = (rows - row) / rows
    cells = []
    for bar in bars:
        character, role = _cell(bar, below=below, eighths=8 * rows, top=top)
        if character == " ":
            character, role = ("┈", "grid") if is_tick else (" ", "grid")
        cells.append((character, Span("", role, level)))
    return cells


def _cell(bar: Bar, *, below: int, eighths: int, top: float) -> tuple[str, str]:
    if bar.value is None:
        return ("·", "missing") if below == 0 else (" ", "grid")
    filled = round(bar.value / top * eighths)
    if bar.value > 0:
        filled = max(1, filled)  # something is never drawn as nothing
    filled = max(0, min(8, filled - below))
    if filled == 0:
        return " ", "grid"
    if bar.is_partial:
        return (PARTIAL_FULL if filled == 8 else EIGHTHS[filled]), "partial"  # noqa: PLR2004
    return EIGHTHS[filled], "estimated" if bar.is_estimated else "bar"


def _merge(
    cells: Sequence[tuple[str, Span]], bar_columns: int, gap: int, *, is_grid: bool
) -> list[Span]:
    """Repeat each cell to its width and join neighbours of one role."""
    between = ("┈" if is_grid else " ") * gap
    spans: list[Span] = []
    last = len(cells) - 1
    for index, (character, cell) in enumerate(cells):
        tail = between if index < last else ""
        for text, role in ((character * bar_columns, cell.role), (tail, "grid")):
            if spans and spans[-1].role == role:
                spans[-1] = Span(spans[-1].text + text, role, cell.level)
            elif text:
                spans.append(Span(text, role, cell.level))
    return spans


def _axis_line(
    bars: Sequence[Bar], margin: int, pitch: int, bar_columns: int, zero: str
) -> list[Span]:
    line = [Span(f"{zero:>{margin - 2}} ", "label"), Span("┼", "axis")]
    for index, bar in enumerate(bars):
        is_last = index == len(bars) - 1
        tail = "─" * ((bar_columns if is_last else pitch) - 1)
        line.append(Span(("┴" if bar.label else "─") + tail, "axis"))
    return line


def _label_line(bars: Sequence[Bar], margin: int, pitch: int, width: int) -> list[Span]:
    """Write labels below their bars; the newest, then the oldest first, none over another."""
    line = [" "] * width
    labelled = [(index, bar) for index, bar in enumerate(bars) if bar.label]
    marks: set[int] = set()
    for index, bar in [*labelled[-1:], *labelled[:-1]]:
        start = min(margin + index * pitch, width - len(bar.label))
        end = start + len(bar.label)
        if start < 0 or any(cell != " " for cell in line[max(0, start - 1) : end + 1]):
            continue
        line[start:end] = bar.label
        if bar.is_partial:
            marks.update(range(start, end))
    spans: list[Span] = []
    for column, character in enumerate(line):
        role = "mark" if column in marks else "label"
        if spans and spans[-1].role == role:
            spans[-1] = Span(spans[-1].text + character, role)
        else:
            spans.append(Span(character, role))
    return spans


def _dots(value: float | None, peak: float, dots: int) -> int:
    if value is None or peak <= 0 or value <= 0:
        return 0 if value is None else 1
    return max(1, round(value / peak * dots))


def _braille(left: int, right: int) -> str:
    code = sum(BRAILLE_LEFT[: max(0, min(4, left))]) + sum(BRAILLE_RIGHT[: max(0, min(4, right))])
    return chr(BRAILLE_BASE + code) if code else " "
