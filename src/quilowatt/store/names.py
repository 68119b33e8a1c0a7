"""How names are compared in a search, and which ones every database can keep. Pure."""

from __future__ import annotations

import unicodedata
from uuid import UUID

__all__ = ["fold_name", "is_storable", "named_or_identified"]


def fold_name(name: str) -> str:
    """Reduce a name to what a search compares: without case, accents and typographic forms.

    Examples
    --------
    >>> fold_name("José ÁVILA"), fold_name("Straße"), fold_name("ﬁo")
    ('jose avila', 'strasse', 'fio')
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(sign for sign in folded if not unicodedata.combining(sign))


def is_storable(text: str) -> bool:
    r"""Say whether every database can keep the text: no NUL, no half of a surrogate pair.

    Examples
    --------
    >>> is_storable("Conceição ☀"), is_storable("a\0b"), is_storable("\ud800")
    (True, False, False)
    """
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def named_or_identified(text: str) -> tuple[str | None, str | None]:
    """Take a text for a customer's UUID if it is one, else for part of the name.

    Examples
    --------
    >>> named_or_identified("ana"), named_or_identified("{00000000-0000-4000-8000-000000000001}")
    ((None, 'ana'), ('00000000-0000-4000-8000-000000000001', None))
    """
    try:
        return str(UUID(text)), None
    except ValueError:
        return None, text
