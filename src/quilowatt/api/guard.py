"""Who may ask: a bearer token in front of everything that shows a reading, a name or a figure."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

from quilowatt.api.problems import problem, words_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["OPEN_PATHS", "TokenGuard"]

OPEN_PATHS: Final = frozenset({"/", "/healthz", "/readyz", "/docs", "/openapi.json"})
"""They tell nothing about anyone, and a browser or a supervisor must reach them."""

SCHEME: Final = "bearer "


VERIFIER: Final = "/verify"
"""The page that checks proofs, and all that lies below it: static files."""


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path == VERIFIER or path.startswith(f"{VERIFIER}/")


class TokenGuard:
    """ASGI middleware that asks for ``Authorization: Bearer`` (RFC 6750).

    Parameters
    ----------
    app : ASGIApp
        What it guards.
    token : str
        What must be shown; compared in constant time.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 401."""
        if scope["type"] != "http" or _is_open(scope["path"]) or self._is_known(scope):
            await self._app(scope, receive, send)
            return
        detail = words_of(scope)("token")
        response = problem(scope, HTTPStatus.UNAUTHORIZED, detail)
        response.headers["WWW-Authenticate"] = 'Bearer realm="quilowatt"'
        await response(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        given = Headers(scope=scope).get("authorization", "")
        if given[: len(SCHEME)].lower() != SCHEME:
            return False
        return hmac.compare_digest(given[len(SCHEME) :].strip().encode("latin-1"), self._token)
