"""Time zones by name; this machine's own where nothing better is known."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["local_zone", "zone_of"]


def local_zone() -> tzinfo:
    """Zone that this machine's clock shows now."""
    return datetime.now(UTC).astimezone().tzinfo or UTC


def zone_of(name: str) -> tzinfo:
    """Zone by its IANA name; UTC where this machine does not know it.

    Examples
    --------
    >>> str(zone_of("America/Bahia")), str(zone_of("Moon/Crater"))
    ('America/Bahia', 'UTC')
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
