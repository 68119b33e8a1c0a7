"""Figures, ages and alerts put into words. Pure; the widgets print what comes out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Words, format_date, format_number, format_time
from quilowatt.tui.series import short_date
from quilowatt.tui.words import KIND_PHRASES

if TYPE_CHECKING:
    from datetime import tzinfo

    from quilowatt.client import Alert, Meter

__all__ = [
    "MISSING",
    "age",
    "alert_kind",
    "alert_sentence",
    "energy_figure",
    "is_stale",
    "moment",
    "power_figure",
]

MISSING: Final = "–"
"""Stands for what is not known; never 0."""

USUAL_POWER_MIN_W: Final = 20
"""Below this "so many times as much" says nothing. [W]"""

TIMES_EXACT_MAX: Final = 10
"""From here on a factor is told without decimals."""

SILENT_INTERVALS_MAX: Final = 3
SILENT_GRACE_S: Final = 60
"""A meter is late when the head-end would close its connection: 3 intervals + 60 s. [s]"""


def power_figure(power_w: float | None, words: Words) -> tuple[str, str]:
    """Split a power into figure and unit, for setting them apart.

    Parameters
    ----------
    power_w : float or None
        Power. [W]
    words : Words
        Who writes numbers.

    Returns
    -------
    tuple of str
        Figure and unit.

    Examples
    --------
    >>> power_figure(1240, Words("en", {})), power_figure(12_340, Words("pt", {}))
    (('1,240', 'W'), ('12,3', 'kW'))
    """
    if power_w is None:
        return MISSING, "W"
    figure, unit = words.power(power_w).rsplit(" ", 1)
    return figure, unit


def energy_figure(energy_kwh: float | None, words: Words) -> str:
    """Write an energy with as many decimals as a person wants to read.

    Parameters
    ----------
    energy_kwh : float or None
        Energy. [kWh]
    words : Words
        Who writes numbers.

    Returns
    -------
    str
        Two decimals below 100, one below 1000, none above.

    Examples
    --------
    >>> [energy_figure(e, Words("en", {})) for e in (8.4217, 212.34, 10345.6, None)]
    ['8.42', '212.3', '10,346', '–']
    """
    if energy_kwh is None:
        return MISSING
    decimals = 2 if abs(energy_kwh) < 100 else 1 if abs(energy_kwh) < 1000 else 0  # noqa: PLR2004
    return format_number(Decimal(str(energy_kwh)), words.language, decimals)


def age(seconds: float, words: Words) -> str:
    """Write how long something lasts, in one unit.

    Parameters
    ----------
    seconds : float
        Duration; below zero counts as zero. [s]
    words : Words
        The table.

    Returns
    -------
    str
        Whole seconds, minutes, hours or days, rounded down.
    """
    whole = max(0, int(seconds))
    for unit_s, key in ((86400, "age_d"), (3600, "age_h"), (60, "age_min")):
        if whole >= unit_s:
            return words(key, count=whole // unit_s)
    return words("age_s", count=whole)


def moment(when: datetime, *, now_s: float, zone: tzinfo, words: Words) -> str:
    """Write an instant: the time alone today, with its date before it otherwise.

    The year is told where it is not this one.

    Parameters
    ----------
    when : datetime
        The instant.
    now_s : float
        The present. [s since 1970-01-01 UTC]
    zone : tzinfo
        Whose wall clock.
    words : Words
        Whose date format.
    """
    time_s = int(when.timestamp())
    local, today = when.astimezone(zone), datetime.fromtimestamp(now_s, zone)
    if local.date() == today.date():
        return format_time(time_s, zone)
    is_this_year = local.year == today.year
    day = short_date(local, words) if is_this_year else format_date(time_s, zone, words.language)
    return f"{day} {local:%H:%M}"


def is_stale(meter: Meter, now_s: float) -> bool:
    """Tell whether a meter has been silent for longer than its interval explains.

    Parameters
    ----------
    meter : Meter
        With its interval and last reading.
    now_s : float
        The present. [s since 1970-01-01 UTC]
    """
    if meter.last_reading is None:
        return False
    silent_s = now_s - meter.last_reading.time.timestamp()
    return silent_s > SILENT_INTERVALS_MAX * meter.interval_s + SILENT_GRACE_S


def alert_kind(kind: str, words: Words) -> str:
    """Name a kind of alert.

    Examples
    --------
    >>> alert_kind("abrupt_increase", Words("pt", {})), alert_kind("water_leak", Words("en", {}))
    ('Aumento abrupto', 'Water leak')
    """
    phrase = KIND_PHRASES.get(kind)
    return phrase.spoken(words.language) if phrase else kind.replace("_", " ").capitalize()


def alert_sentence(alert: Alert, zone: tzinfo, words: Words) -> str:
    """Say what happened: how much, since when, against the most that is usual.

    Parameters
    ----------
    alert : Alert
        Any kind; one without phrases of its own is told by the message that it brings.
    zone : tzinfo
        Whose wall clock.
    words : Words
        The table.
    """
    if alert.kind != "abrupt_increase":
        return alert.message
    fields = {
        "power": words.rough_power(alert.power_w),
        "time": format_time(int(alert.began_at.timestamp()), zone)[:5],
    }
    if alert.usual_power_w < USUAL_POWER_MIN_W:
        return words("alert_jump_from_nothing", **fields)
    times = alert.power_w / alert.usual_power_w
    return words(
        "alert_jump",
        **fields,
        usual=words.rough_power(alert.usual_power_w),
        times=format_number(times, words.language, 1 if times < TIMES_EXACT_MAX else 0),
    )
