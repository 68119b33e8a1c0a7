"""Cursors: where a page ended, opaque to the caller and bound to its question.

A cursor holds no secret; its digest finds typing errors, and a cursor of another question.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["make_cursor", "read_cursor"]

KEY_SIZE: Final = 8
KEY_MAX: Final = 2**63 - 1
"""A database's largest key. [-]"""

DIGEST_SIZE: Final = 7
"""With the key, 15 bytes: a cursor of 20 characters without padding. [B]"""


def make_cursor(question: Mapping[str, object], after: int) -> str:
    """Write where the page ended.

    Parameters
    ----------
    question : mapping
        Route and filters.
    after : int
        Key of the last item. [-]

    Examples
    --------
    >>> read_cursor({"route": "/clientes"}, make_cursor({"route": "/clientes"}, 7))
    7
    """
    key = after.to_bytes(KEY_SIZE, "big")
    return base64.urlsafe_b64encode(key + _digest(question, key)).decode()


def read_cursor(question: Mapping[str, object], cursor: str) -> int:
    """Read where the page before ended.

    Raises
    ------
    ValueError
        If it is no cursor of this question.
    """
    try:
        raw = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not a cursor") from error
    key, digest = raw[:KEY_SIZE], raw[KEY_SIZE:]
    if not hmac.compare_digest(digest, _digest(question, key)):
        raise ValueError("not a cursor of this question")
    after = int.from_bytes(key, "big")
    if after > KEY_MAX:
        raise ValueError("a cursor that nobody wrote")
    return after


def _digest(question: Mapping[str, object], key: bytes) -> bytes:
    asked = repr(sorted((name, str(value)) for name, value in question.items()))
    return hashlib.blake2s(asked.encode("utf-8", "replace") + key, digest_size=DIGEST_SIZE).digest()
