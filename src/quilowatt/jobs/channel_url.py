"""URLs of channels: which can be sent to, what of them may be shown, and texts without secrets."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from quilowatt.errors import ChannelRefused
from quilowatt.jobs.apprise_door import LOCAL_SERVICES, is_understood

__all__ = ["check_url", "masked_url", "without_secrets"]

WRITE_EN: Final = (
    "write https://… for a webhook, or one of Apprise such as mailto://, tgram:// or ntfy://"
)
WRITE_PT: Final = (
    "escreva https://… para um webhook, ou uma do Apprise, como mailto://, tgram:// ou ntfy://"
)
"""What to do instead, in both languages."""

HIDDEN: Final = "****"
"""Stands for what is not shown."""

FILES: Final = frozenset({"keyfile", "pgpkey", "pgpprv", "pgppub", "subfile"})
"""Parameters of Apprise's URLs that name files of the server's machine."""

SECRET_SIZE_MIN: Final = 4
"""Shorter parts of a URL, such as ``v1``, are no secrets, and stand in many a message. [chars]"""


def check_url(url: str) -> None:
    """Refuse a URL to which nothing can be sent.

    Raises
    ------
    ChannelRefused
        Without the URL: it may hold a token.
    """
    scheme = url.partition(":")[0].strip().lower()
    if scheme in LOCAL_SERVICES:
        raise ChannelRefused(
            f"{scheme}:// acts on the server's own machine, and a channel leads to people "
            f"elsewhere: {WRITE_EN}",
            f"{scheme}:// age na própria máquina do servidor, e um canal leva a pessoas em outro "
            f"lugar: {WRITE_PT}",
        )
    is_web = scheme in {"http", "https"}
    try:
        parts = urlsplit(url)
        named = FILES & {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        is_known = bool(parts.hostname) and parts.port != 0 if is_web else is_understood(url)
    except ValueError:
        named, is_known = frozenset(), False
    if named and not is_web:
        names = ", ".join(sorted(named))
        raise ChannelRefused(
            f"the URL {masked_url(url)} names files of the server by {names}: none is read",
            f"a URL {masked_url(url)} indica arquivos do servidor por {names}: nenhum é lido",
        )
    if not is_known:
        raise ChannelRefused(
            f"the URL {masked_url(url)} is none that can be sent to: {WRITE_EN}",
            f"não se pode enviar nada à URL {masked_url(url)}: {WRITE_PT}",
        )


def masked_url(url: str) -> str:
    """Show of a URL what is no secret: the scheme, and the host of a webhook.

    Examples
    --------
    >>> masked_url("https://ana:pw@example.org:8443/hooks/T0KEN?key=1")
    'https://example.org:8443/****'
    >>> masked_url("tgram://123456:ABCDEF/42"), masked_url("nonsense")
    ('tgram://****', '****')
    """
    scheme, colon, _ = url.partition("://")
    if not colon or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{0,30}", scheme):
        return HIDDEN
    if scheme.lower() not in {"http", "https"}:
        return f"{scheme}://{HIDDEN}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"{scheme}://{HIDDEN}"
    if not host:
        return f"{scheme}://{HIDDEN}"
    return f"{scheme}://{host}{f':{port}' if port else ''}/{HIDDEN}"


def without_secrets(text: str, url: str, *, host_too: bool = True) -> str:
    """Take out of a text whatever of a URL stands in it.

    Parameters
    ----------
    text : str
        Such as an error message.
    url : str
        Of the channel.
    host_too : bool
        False leaves the host, which `masked_url` shows of a webhook.

    Examples
    --------
    >>> without_secrets("no answer from /bot123456:ABCDEF", "tgram://123456:ABCDEF/42")
    'no answer from /bot****:****'
    """
    pieces = {url, *re.split(r"[/:@?&=#,;\s]+", url)}
    if not host_too:
        pieces -= {urlsplit(url).hostname or "", urlsplit(url).netloc}
    pieces |= {unquote(piece) for piece in pieces}
    scheme = url.partition("://")[0]
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= SECRET_SIZE_MIN and piece != scheme:
            text = text.replace(piece, HIDDEN)
    return text
