"""How a command reaches a running server: options that several commands share."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from quilowatt.client import Client
    from quilowatt.core.words import Language

__all__ = [
    "SERVER_DEFAULT",
    "LangOption",
    "ServerOption",
    "TokenOption",
    "author_of",
    "client_of",
    "screen_width",
    "tongue_of",
]

SERVER_DEFAULT = "http://127.0.0.1:8080"
"""Where a server listens that was started without options."""

ServerOption = Annotated[str, typer.Option("--server", help="URL of the API.")]
"""Where the server listens; a command's default is `SERVER_DEFAULT`."""

TokenOption = Annotated[
    str | None,
    typer.Option(
        "--api-token", "--token", help="What the server asks for.", envvar="QUILOWATT_API_TOKEN"
    ),
]

LangOption = Annotated[str | None, typer.Option("--lang", help="pt or en. (LANG)")]


def client_of(server: str, token: str | None, lang: str | None = None) -> Client:
    """Make a client that speaks the person's language.

    Parameters
    ----------
    server : str
        URL of the REST API.
    token : str or None
        What the server was started with as ``--api-token``.
    lang : str or None
        Language asked for; None takes the environment's.
    """
    from quilowatt.client import Client  # noqa: PLC0415 - other commands start faster without

    return Client(server, token, language=tongue_of(lang))


def author_of(author: str | None) -> str:
    """Say who decides: as given, else the user of this machine."""
    return author or os.environ.get("USER") or os.environ.get("LOGNAME") or "operator"


def tongue_of(lang: str | None) -> Language:
    """Choose the language that a command speaks: ``"pt"`` or ``"en"``."""
    from quilowatt.core.words import language  # noqa: PLC0415

    return language(lang, os.environ)


def screen_width() -> int | None:
    """Say how wide the terminal is; None where the output goes elsewhere. [columns]"""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
