"""What a person chose on the command line of `watch`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from quilowatt.core.words import Language

__all__ = ["SERVER_DEFAULT", "TOKEN_VARIABLE", "WatchOptions"]

SERVER_DEFAULT: Final = "http://127.0.0.1:8080"
TOKEN_VARIABLE: Final = "QUILOWATT_API_TOKEN"  # noqa: S105 - the name of the variable


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """Options of `quilowatt watch`.

    Parameters
    ----------
    server : str
        URL of the REST API.
    token : str or None
        What the server was started with as ``--api-token``; None takes the environment's.
    client : str or None
        Whom to show at once: a customer's or meter's UUID, a serial number, or part of a name.
    lang : str or None
        Language asked for; None takes the environment's.
    is_once : bool
        Print the state as a table and end.
    """

    server: str = SERVER_DEFAULT
    token: str | None = None
    client: str | None = None
    lang: Language | str | None = None
    is_once: bool = False
