"""The one door to Apprise: whether it understands a URL, and a message sent by it.

It is imported late, because that takes half a second and only channels need it, and its log stays
shut, because it would show URLs with their tokens.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["is_understood", "notify"]

LOGGER: Final = "apprise"
"""Name of Apprise's own logger."""

SAID: Final = threading.local()
"""What Apprise has complained about in this thread, as ``lines``."""


def is_understood(url: str) -> bool:
    """Say whether Apprise can make a service of a URL.

    Examples
    --------
    >>> is_understood("ntfy://alerts-of-ana"), is_understood("nonsense")
    (True, False)
    """
    return _apprise().Apprise.instantiate(url, suppress_exceptions=True) is not None


def notify(url: str, title: str, text: str) -> tuple[bool, str]:
    """Send a text; say whether it was taken, and what Apprise complained about if not.

    The complaint may hold parts of the URL.
    """
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        app_id="quilowatt",
        app_desc="quilowatt",
        app_url="",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    post = apprise.Apprise(asset=asset)
    SAID.lines = []
    if not post.add(url):
        return False, "Apprise does not understand the URL"
    is_sent = bool(post.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT))
    detail = " ".join(" ".join(SAID.lines).split())
    return is_sent, "taken" if is_sent else detail or "Apprise could not send it"


class _OfThisThread(logging.Handler):
    """Keeps what Apprise complains about for the send that it belongs to."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = getattr(SAID, "lines", None)
        if lines is not None:
            lines.append(record.getMessage())


def _apprise() -> ModuleType:
    import apprise  # noqa: PLC0415 - see above

    logger = logging.getLogger(LOGGER)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    if not any(isinstance(handler, _OfThisThread) for handler in logger.handlers):
        logger.addHandler(_OfThisThread())
    module: ModuleType = apprise
    return module
