"""How a delivery went, in the reader's language: what the server itself says of it is translated.

Called by the routes about channels. The ledger keeps what was said in English; what the other side
said stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Phrase

if TYPE_CHECKING:
    from quilowatt.core.words import Language

__all__ = ["delivery_detail"]

DETAILS: Final[tuple[tuple[re.Pattern[str], Phrase], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), phrase)
    for pattern, phrase in (
        (r"accepted", Phrase("accepted", "aceita")),
        (
            r"no answer within (?P<time>\S+) s",
            Phrase("no answer within {time} s", "sem resposta em {time} s"),
        ),
        (
            r"an earlier message to it still hangs",
            Phrase(
                "an earlier message to it still hangs",
                "uma mensagem anterior a ele ainda não terminou",
            ),
        ),
        (
            r"(?P<count>\d+) sends hang already",
            Phrase("{count} sends hang already", "{count} envios já estão parados"),
        ),
        (
            r"Apprise does not understand the URL",
            Phrase("Apprise does not understand the URL", "o Apprise não entende a URL"),
        ),
        (
            r"Apprise could not send it",
            Phrase("Apprise could not send it", "o Apprise não conseguiu enviar"),
        ),
        (
            r"Connect(?:Error|Timeout): (?P<why>.*)",
            Phrase("cannot connect: {why}", "não é possível conectar: {why}"),
        ),
    )
)
"""What the sender writes of its own accord, and how it is told."""


def delivery_detail(detail: str, tongue: Language) -> str:
    """Tell how a delivery went.

    Parameters
    ----------
    detail : str
        As the ledger keeps it.
    tongue : {"en", "pt"}
        Language of the reader.

    Examples
    --------
    >>> delivery_detail("no answer within 25 s", "pt"), delivery_detail("HTTP 500", "pt")
    ('sem resposta em 25 s', 'HTTP 500')
    """
    for pattern, phrase in DETAILS:
        found = pattern.fullmatch(detail)
        if found is not None:
            return phrase.spoken(tongue).format(**found.groupdict())
    return detail
