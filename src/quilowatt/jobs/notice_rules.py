"""Which channels are told of an alert, and when: quiet hours, digests, what is too old. Pure.

Called by the notifier, which brings the present along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from quilowatt.alert.signal import NO_COMMUNICATION
from quilowatt.core.calendar import minute_of_day, next_clock_time_s
from quilowatt.store.notices import is_one_episode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quilowatt.store import AlertRecord, Channel, ChannelTerms

__all__ = ["due_s", "is_quiet", "is_stale", "is_wanted", "latest_of_each", "pause_s"]

SEVERITIES: Final = ("info", "warning", "critical")
"""From the least to the most."""

STALE_S: Final = 3 * 86_400
"""An episode whose last sign is older than this when it is noticed is history, such as a back-fill
brings: it is kept, and nobody is woken. [s]"""

PAUSES_S: Final = (30, 120, 600, 1800, 7200, 21_600, 43_200)
"""After each attempt that failed: growing, 24 hours in all, then it is dead. [s]"""


def is_wanted(channel: Channel, alert: AlertRecord) -> bool:
    """Say whether a channel's terms ask for an alert."""
    asked, terms = channel.asked, channel.asked.terms
    is_theirs = asked.customer_id is None or asked.customer_id == alert.customer_id
    is_kind = not terms.kinds or alert.kind in terms.kinds
    return is_theirs and is_kind and _rank(alert.severity) >= _rank(terms.severity_min)


def latest_of_each(alerts: Sequence[AlertRecord]) -> list[AlertRecord]:
    """Leave out an alert where a later one is the same episode, found again before it was told."""
    by_kind: dict[tuple[int, str], list[AlertRecord]] = {}
    for alert in alerts:
        by_kind.setdefault((alert.meter_number, alert.kind), []).append(alert)
    repeated = {
        kept.id
        for same in by_kind.values()
        for number, kept in enumerate(same)
        if any(is_one_episode(kept, later) for later in same[number + 1 :])
    }
    return [alert for alert in alerts if alert.id not in repeated]


def is_stale(alert: AlertRecord, now_s: int) -> bool:
    """Say whether an episode is history already [s since 1970-01-01 UTC].

    What is seen days after it began is as new as the reading that showed it; a silence that goes on
    is news however long it lasts.
    """
    if alert.kind == NO_COMMUNICATION and alert.closed_at_s is None:
        return False
    seen_s = int(str(alert.details.get("seen_s", 0)))
    last_s = max(alert.opened_at_s, alert.updated_at_s, alert.closed_at_s or 0, seen_s)
    return last_s < now_s - STALE_S


def is_quiet(terms: ChannelTerms, now_s: int) -> bool:
    """Say whether a channel's quiet hours are on [s since 1970-01-01 UTC].

    Examples
    --------
    >>> from quilowatt.store import ChannelTerms
    >>> night = ChannelTerms(quiet_start_min=22 * 60, quiet_end_min=7 * 60)
    >>> [is_quiet(night, hour * 3600) for hour in (6, 7, 21, 22)]
    [True, False, False, True]
    """
    start, end = terms.quiet_start_min, terms.quiet_end_min
    if start is None or end is None or start == end:
        return False
    minute = minute_of_day(now_s, ZoneInfo(terms.timezone))
    return start <= minute < end if start < end else minute >= start or minute < end


def due_s(terms: ChannelTerms, severity: str, now_s: int) -> int:
    """When a notice that is planned now may go out: what is critical waits for nothing.

    Parameters
    ----------
    terms : ChannelTerms
        Of the channel.
    severity : str
        Of the alert.
    now_s : int
        The present. [s since 1970-01-01 UTC]

    Examples
    --------
    >>> from quilowatt.store import ChannelTerms
    >>> night = ChannelTerms(quiet_start_min=22 * 60, quiet_end_min=7 * 60)
    >>> due_s(night, "warning", 23 * 3600) // 3600, due_s(night, "critical", 23 * 3600) // 3600
    (31, 23)
    >>> due_s(ChannelTerms(digest_hour=18), "info", 12 * 3600) // 3600
    18
    """
    if severity == SEVERITIES[-1]:
        return now_s
    zone = ZoneInfo(terms.timezone)
    at_s = now_s
    if terms.digest_hour is not None:
        at_s = next_clock_time_s(now_s, terms.digest_hour * 60, zone)
    if terms.quiet_end_min is not None and is_quiet(terms, at_s):
        at_s = next_clock_time_s(at_s, terms.quiet_end_min, zone)
    return at_s


def pause_s(attempts: int) -> int | None:
    """How long to wait after so many failed attempts; None when it was the last one [s].

    Examples
    --------
    >>> [pause_s(attempts) for attempts in (1, 2, 7, 8)]
    [30, 120, 43200, None]
    """
    assert attempts >= 1
    return PAUSES_S[attempts - 1] if attempts <= len(PAUSES_S) else None


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
