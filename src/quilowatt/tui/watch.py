"""`quilowatt watch`: the terminal application, or its plain table where nobody looks."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from quilowatt.client import AsyncClient
from quilowatt.core.words import Words, language
from quilowatt.errors import ApiError, SettingsError
from quilowatt.tui.link import CONNECTING, link_lost, link_reason
from quilowatt.tui.options import TOKEN_VARIABLE, WatchOptions
from quilowatt.tui.plain import fetch_snapshot, tell_snapshot
from quilowatt.tui.words import PHRASES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["run_watch"]

NO_SERVER: Final = 1
NO_CLIENT: Final = 2


def run_watch(options: WatchOptions) -> int:
    """Show the interface until it is left, or print the state once.

    Parameters
    ----------
    options : WatchOptions
        From the command line.

    Returns
    -------
    int
        Exit code: 0; 1 where the server can't be asked (plain table only: the application goes
        on trying); 2 where no client matches.

    Raises
    ------
    SettingsError
        The server's URL is none.
    """
    check_server(options.server)
    words = Words(language(options.lang, os.environ), PHRASES)
    if options.is_once or not (sys.stdout.isatty() and sys.stdin.isatty()):
        return asyncio.run(_print_once(options, words))
    return asyncio.run(_run_app(options, words))


def check_server(server: str) -> None:
    """Refuse what is not the URL of a server, before anything is drawn.

    Parameters
    ----------
    server : str
        As given.

    Raises
    ------
    SettingsError
        It has no scheme that is spoken here, or no host.

    Examples
    --------
    >>> check_server("http://127.0.0.1:8080")
    """
    try:
        parts = urlsplit(server)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise SettingsError(f"server {server!r} is no URL; for instance http://127.0.0.1:8080")


USER_VARIABLES: Final = ("USER", "LOGNAME")
"""Who sits at the terminal (POSIX.1-2017 §8.3)."""


def _token(options: WatchOptions, environ: Mapping[str, str]) -> str | None:
    return options.token or environ.get(TOKEN_VARIABLE) or None


def _client(options: WatchOptions, words: Words) -> AsyncClient:
    token = _token(options, os.environ)
    return AsyncClient(options.server, token, language=words.language)


async def _print_once(options: WatchOptions, words: Words) -> int:
    async with _client(options, words) as feed:
        try:
            snapshot = await fetch_snapshot(feed, options.client)
        except ApiError as error:
            link = link_lost(CONNECTING, error, 0.0)
            sys.stderr.write(link_reason(link, server=options.server, words=words) + "\n")
            return NO_SERVER
    if snapshot.customers:
        sys.stdout.write(tell_snapshot(snapshot, now_s=time.time(), words=words))
        return 0
    if options.client is None:
        sys.stdout.write(words("plain_no_meter") + "\n")
        return 0
    sys.stderr.write(words("client_gone", text=options.client) + "\n")
    return NO_CLIENT


async def _run_app(options: WatchOptions, words: Words) -> int:
    # Textual takes a third of a second to import: scripts don't wait for it.
    from quilowatt.tui.app import WatchApp  # noqa: PLC0415
    from quilowatt.tui.desk import Desk  # noqa: PLC0415

    async with _client(options, words) as feed:
        desk = Desk(feed=feed, words=words, clock=time.time, server=options.server)
        desk.author = next(
            (os.environ[n] for n in USER_VARIABLES if os.environ.get(n)), desk.author
        )
        app = WatchApp(desk, options.client)
        await app.run_async()
        return app.return_code or 0
