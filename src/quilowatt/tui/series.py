"""Load profiles turned into bars, and a meter's state moved on by a reading. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from babel.dates import format_date

from quilowatt.core.words import LOCALES, Words, format_number
from quilowatt.tui.chart import Bar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from quilowatt.client import Interval, LoadProfile, Meter, ReadingEvent

__all__ = [
    "after_reading",
    "chart_note",
    "day_bars",
    "day_period",
    "month_bars",
    "month_period",
    "peak_of",
    "short_date",
]

HOURS: Final = 24
DAYS: Final = 30
HOUR_LABELS_EVERY: Final = 3
DAY_LABELS: Final = (1, 5, 10, 15, 20, 25, 30)

DAY_PATTERNS: Final = {"en": "d MMM", "pt": "dd/MM"}


def day_period(now_s: float, zone: tzinfo) -> tuple[datetime, datetime]:
    """Bounds of the 24 whole local hours of which the last one is running.

    Parameters
    ----------
    now_s : float
        The present. [s since 1970-01-01 UTC]
    zone : tzinfo
        Where the hours begin.
    """
    now = datetime.fromtimestamp(now_s, zone)
    hour_s = int(now_s) - now.minute * 60 - now.second
    return (
        datetime.fromtimestamp(hour_s - (HOURS - 1) * 3600, zone),
        datetime.fromtimestamp(hour_s + 3600, zone),
    )


def month_period(now_s: float, zone: tzinfo) -> tuple[datetime, datetime]:
    """Bounds of the 30 local days of which the last one is today.

    Parameters
    ----------
    now_s : float
        The present. [s since 1970-01-01 UTC]
    zone : tzinfo
        Where the days begin.
    """
    midnight = datetime.fromtimestamp(now_s, zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return midnight - timedelta(days=DAYS - 1), midnight + timedelta(days=1)


def day_bars(profile: LoadProfile, *, now_s: float, zone: tzinfo, words: Words) -> list[Bar]:
    """Bars of a profile by hours, labelled by the clock [kWh].

    Parameters
    ----------
    profile : LoadProfile
        By hours.
    now_s : float
        The present; the interval that holds it is not over. [s since 1970-01-01 UTC]
    zone : tzinfo
        Whose clock the labels show.
    words : Words
        The table.
    """

    def label(start: datetime) -> str:
        return f"{start:%H:%M}" if start.hour % HOUR_LABELS_EVERY == 0 else ""

    return [
        _bar(i, now_s, label(i.start.astimezone(zone)), words("bar_now"))
        for i in _past(profile, now_s)
    ]


def month_bars(profile: LoadProfile, *, now_s: float, zone: tzinfo, words: Words) -> list[Bar]:
    """Bars of a profile by days, labelled by the date; parameters as `day_bars` [kWh]."""

    def label(start: datetime) -> str:
        return short_date(start, words) if start.day in DAY_LABELS else ""

    return [
        _bar(i, now_s, label(i.start.astimezone(zone)), words("bar_today"))
        for i in _past(profile, now_s)
    ]


def short_date(when: datetime, words: Words) -> str:
    """Write day and month of a local date."""
    return format_date(when, DAY_PATTERNS[words.language], locale=LOCALES[words.language])


def peak_of(profile: LoadProfile, *, zone: tzinfo, words: Words) -> tuple[str, str] | None:
    """Find the highest interval of a profile.

    Parameters
    ----------
    profile : LoadProfile
        By hours or by days.
    zone : tzinfo
        Whose clock tells when.
    words : Words
        The table.

    Returns
    -------
    tuple of str, or None
        Its energy [kWh] and when it began; None where nothing was consumed.
    """
    known = ((i.import_kwh, i) for i in profile.intervals if i.import_kwh)
    energy_kwh, top = max(known, key=lambda pair: pair[0], default=(0.0, None))
    if top is None:
        return None
    start = top.start.astimezone(zone)
    when = short_date(start, words) if profile.resolution == "1d" else f"{start:%H:%M}"
    return format_number(energy_kwh, words.language, 2), when


def chart_note(profile: LoadProfile, bars: Sequence[Bar], *, zone: tzinfo, words: Words) -> str:
    """Say below a chart what its bars don't: the sum, the peak, and what the marks mean.

    Parameters
    ----------
    profile : LoadProfile
        What is drawn.
    bars : sequence of Bar
        Its bars.
    zone : tzinfo
        Whose clock tells when the peak was.
    words : Words
        The table.
    """
    top = peak_of(profile, zone=zone, words=words)
    if top is None:
        return ""
    notes = [
        words("sum", value=format_number(profile.import_kwh, words.language, 1)),
        words("peak", value=top[0], when=top[1]),
    ]
    if any(bar.is_estimated for bar in bars):
        notes.append(words("has_estimates"))
    if bars[-1].is_partial:
        notes.append(words("partial"))
    return " · ".join(notes)


def after_reading(meter: Meter, event: ReadingEvent) -> Meter:
    """Move a meter's state on by a reading that has just been committed.

    What was consumed since its last known reading is added to today and to this month; an
    older reading changes nothing, and a register that went back adds nothing: the next
    answer of the server tells what that means.

    Parameters
    ----------
    meter : Meter
        As the server described it.
    event : ReadingEvent
        Of this meter.
    """
    assert event.meter == meter.id
    last, reading = meter.last_reading, event.reading
    if last is not None and reading.time <= last.time:
        return meter
    gained = max(0.0, reading.import_kwh - last.import_kwh) if last is not None else 0.0
    changes = {"last_reading": reading, "power_w": event.power_w}
    for field in ("today_kwh", "month_kwh"):
        known = getattr(meter, field)
        changes[field] = None if known is None else round(known + gained, 3)
    return meter.model_copy(update=changes)


def _past(profile: LoadProfile, now_s: float) -> list[Interval]:
    now = datetime.fromtimestamp(now_s, UTC)
    return [interval for interval in profile.intervals if interval.start <= now]


def _bar(interval: Interval, now_s: float, label: str, label_now: str) -> Bar:
    is_partial = interval.end.timestamp() > now_s
    return Bar(
        value=interval.import_kwh,
        label=label_now if is_partial else label,
        is_partial=is_partial,
        is_estimated=interval.quality == "estimated",
    )
