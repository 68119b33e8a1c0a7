"""Proofs that a peer knows a meter's secret: HMAC-SHA256 (RFC 2104), PROTOCOL.

Called by both sides of the wire. Comparing is always in constant time, by `matches`.
"""

from __future__ import annotations

import hmac
from typing import Final

__all__ = [
    "DATAGRAM_PROOF_DIGITS",
    "LOGIN_PROOF_DIGITS",
    "NONCE_DIGITS",
    "SECRET_SIZE",
    "datagram_proof",
    "login_proof",
    "matches",
]

NONCE_DIGITS: Final = 32
"""PROTOCOL: 128 bits, so that no two connections ever share one. [hex digits]"""

LOGIN_PROOF_DIGITS: Final = 64
"""PROTOCOL: a whole SHA-256. [hex digits]"""

DATAGRAM_PROOF_DIGITS: Final = 16
"""PROTOCOL: 64 bits; a datagram pays for each byte. [hex digits]"""

SECRET_SIZE: Final = 32
"""PROTOCOL: as long as the hash. [B]"""


def login_proof(secret: bytes, nonce: str) -> str:
    """Prove the secret for a connection: 64 hex digits over the nonce's ASCII text.

    Examples
    --------
    >>> login_proof(bytes(32), "0" * 32)[:16]
    '336160767d9249e6'
    """
    return _hex_digest(secret, nonce.encode("ascii"))


def datagram_proof(secret: bytes, body: bytes) -> str:
    """Prove the secret for a datagram: 16 hex digits over everything after the first LF."""
    return _hex_digest(secret, body)[:DATAGRAM_PROOF_DIGITS]


def matches(proof: str, expected: str) -> bool:
    """Compare two proofs of plain ASCII without telling by the time taken where they differ."""
    return hmac.compare_digest(proof.encode(), expected.encode())


def _hex_digest(secret: bytes, text: bytes) -> str:
    assert len(secret) == SECRET_SIZE
    return hmac.digest(secret, text, "sha256").hex()
