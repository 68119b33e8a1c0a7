"""Which language an answer speaks: what the reader prefers, else the language of the route.

Only texts are meant: sentences, names of lines, errors. Names of fields never change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from quilowatt.core.words import Language

__all__ = ["SEED_PATHS", "LanguageHeaders", "tongue_of"]

SEED_PATHS: Final = ("/clientes", "/faturas", "/alertas")
"""Routes that speak Portuguese unless another language is asked for."""

SPOKEN: Final[dict[str, Language]] = {"pt": "pt", "en": "en"}
TAGS: Final[dict[Language, str]] = {"pt": "pt-BR", "en": "en"}
TAGS_MAX: Final = 32
"""More than anybody reads; the rest of a longer header is passed over."""


def tongue_of(scope: Scope) -> Language:
    """Choose the language of an answer by ``Accept-Language`` (RFC 9110 §12.5.4).

    Parameters
    ----------
    scope : Scope
        The request; with no preference between Portuguese and English, its path decides.

    Examples
    --------
    >>> asked = [(b"accept-language", b"fr, pt-BR;q=0.9, en;q=0.8")]
    >>> tongue_of({"type": "http", "path": "/v1/invoices", "headers": asked})
    'pt'
    """
    own: Language = "pt" if scope["path"] in SEED_PATHS else "en"
    header = Headers(scope=scope).get("accept-language", "")
    wanted: dict[Language, float] = {}
    for part in header.split(",")[:TAGS_MAX]:
        tag, _, weight = part.partition(";")
        tongue = SPOKEN.get(tag.strip().lower().partition("-")[0])
        if tongue is not None:
            wanted[tongue] = max(wanted.get(tongue, 0.0), _weight(weight))
    best = max(wanted.values(), default=0.0)
    if best <= 0 or wanted.get(own) == best:
        return own
    return next(tongue for tongue, weight in wanted.items() if weight == best)


def _weight(text: str) -> float:
    name, _, value = text.strip().lower().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


class LanguageHeaders:
    """ASGI middleware that says in which language an answer is, and that it may differ.

    Parameters
    ----------
    app : ASGIApp
        Whose answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add ``Content-Language`` and ``Vary`` to what speaks to people."""
        if scope["type"] != "http" or not scope["path"].startswith(("/v1", *SEED_PATHS)):
            await self._app(scope, receive, send)
            return

        async def with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Language"] = TAGS[tongue_of(scope)]
                headers.add_vary_header("Accept-Language")
            await send(message)

        await self._app(scope, receive, with_language)
