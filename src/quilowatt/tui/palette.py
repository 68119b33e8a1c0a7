"""The colours of the screen, chosen once: dark and calm, with red kept for what needs a person."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

__all__ = [
    "ALARM",
    "DAY_RAMP",
    "FAINT",
    "FIGURE",
    "GOOD",
    "MONTH_RAMP",
    "MUTED",
    "THEME",
    "WARN",
    "level_colour",
    "role_style",
]

BACKGROUND: Final = "#0d1117"
SURFACE: Final = "#11161d"
TEXT: Final = "#d5dce6"
MUTED: Final = "#7b8696"
FAINT: Final = "#2d3643"
GOOD: Final = "#3fcf8e"
WARN: Final = "#f2b84b"
ALARM: Final = "#ff5c57"
FIGURE: Final = "#ffd166"

DAY_RAMP: Final = ("#1d6f8f", "#2ec4b6", "#d9f27e")
MONTH_RAMP: Final = ("#4653b8", "#8b7cf0", "#d6b3ff")
"""Colours of a bar from the axis to the top of the chart."""

ROLE_STYLES: Final = {
    "axis": "#445062",
    "grid": "#232c38",
    "label": MUTED,
    "mark": f"bold {FIGURE}",
    "missing": MUTED,
    "estimated": "#8a94a3",
    "partial": FIGURE,
}

THEME: Final = Theme(
    name="quilowatt",
    primary="#2ec4b6",
    secondary="#8b7cf0",
    accent=FIGURE,
    warning=WARN,
    error=ALARM,
    success=GOOD,
    foreground=TEXT,
    background=BACKGROUND,
    surface=SURFACE,
    panel="#161c25",
    dark=True,
    variables={
        "muted": MUTED,
        "faint": FAINT,
        "alarm-ground": "#7d1220",
        "block-cursor-background": "#1f4f5c",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#1a2a33",
        "scrollbar": "#222b36",
        "scrollbar-hover": "#2d3643",
        "scrollbar-active": "#2ec4b6",
        "scrollbar-background": BACKGROUND,
        "scrollbar-corner-color": BACKGROUND,
        "scrollbar-background-hover": BACKGROUND,
        "scrollbar-background-active": BACKGROUND,
    },
)


def level_colour(level: float, ramp: tuple[str, str, str]) -> str:
    """Mix the colour of a height.

    Parameters
    ----------
    level : float
        From 0 at the axis to 1 at the top. [1]
    ramp : tuple of str
        Colours at 0, 0.5 and 1.

    Examples
    --------
    >>> level_colour(0.5, ("#000000", "#102030", "#ffffff"))
    '#102030'
    """
    place = 2 * max(0.0, min(1.0, level))
    low, high = (ramp[0], ramp[1]) if place <= 1 else (ramp[1], ramp[2])
    share = place if place <= 1 else place - 1
    mixed = (
        round(int(low[i : i + 2], 16) * (1 - share) + int(high[i : i + 2], 16) * share)
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def role_style(role: str, level: float, ramp: tuple[str, str, str]) -> str:
    """Style of a chart's span: what it is decides, and for a bar its height too [1]."""
    return level_colour(level, ramp) if role == "bar" else ROLE_STYLES[role]
