"""The one door to Apprise: whether it understands a URL, and a message sent by it.

Apprise knows some 150 services, so what all of them may do is bounded here: no file of this machine
is read and none is fetched, no program is run, redirects are not followed, and of an answer so much
is read. It is imported late, because that takes half a second and only channels need it, and its
log stays shut, because it would show URLs with their tokens.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from quilowatt.jobs.bounded_http import bound_requests
from quilowatt.limits import NOTICE_TIMEOUT_S

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["LOCAL_SERVICES", "is_understood", "notify"]

LOCAL_SERVICES: Final = frozenset(
    {"blink1", "dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "vapid", "windows"}
)
"""Schemes of services that act on the machine of the server: its log, its desktop, its files."""

FETCHED: Final = ("file", "http", "https")
"""What Apprise would read or fetch as an attachment, a template or a key, where a URL names it."""

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
    >>> is_understood("fcm://project@1234/?keyfile=/etc/hostname"), is_understood("syslog://")
    (False, False)
    """
    return _service(url) is not None


def notify(url: str, title: str, text: str) -> tuple[bool, str]:
    """Send a text; say whether it was taken, and what Apprise complained about if not.

    The complaint may hold parts of the URL.
    """
    SAID.lines = []
    service = _service(url)
    if service is None:
        return False, "Apprise does not understand the URL"
    apprise = _apprise()
    post = apprise.Apprise(asset=service.asset)
    post.add(service)
    is_sent = bool(post.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT))
    detail = " ".join(" ".join(SAID.lines).split())
    return is_sent, "accepted" if is_sent else detail or "Apprise could not send it"


class _OfThisThread(logging.Handler):
    """Keeps what Apprise complains about for the send that it belongs to."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = getattr(SAID, "lines", None)
        if lines is not None:
            lines.append(record.getMessage())


def _service(url: str) -> Any:  # noqa: ANN401 - Apprise tells no types
    """Make the one service that a URL names; None if there is none that may be used.

    The URL goes in whole: Apprise's own ``add`` would find several in one text.
    """
    apprise = _apprise()
    if url.partition(":")[0].strip().lower() in LOCAL_SERVICES:
        return None
    asset = apprise.AppriseAsset(
        app_id="quilowatt",
        app_desc="quilowatt",
        app_url="",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        service_timeout=NOTICE_TIMEOUT_S,
    )
    service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None or set(service.schemas()) & LOCAL_SERVICES:
        return None
    # Whatever the URL asks for: a redirect leads to hosts that nobody named.
    service.redirects = False
    return service


@lru_cache(maxsize=1)
def _apprise() -> ModuleType:
    import apprise  # noqa: PLC0415 - see above
    from apprise.manager_attachment import AttachmentManager  # noqa: PLC0415

    bound_requests()
    manager: Any = AttachmentManager
    manager().remove(*FETCHED)
    logger = logging.getLogger(LOGGER)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(_OfThisThread())
    module: ModuleType = apprise
    return module
