"""Identities that the head-end hands out, and the secrets that belong to them.

Both are derived from one master key, so nothing has to be remembered about an identity that was
handed out and never used, and no secret lies in a database. A minted UUID is a random version-4
UUID to everyone else: 58 of its free bits are random, 64 are a code that only the key can make.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

__all__ = ["IdentityMint"]

RANDOM_BITS = 58
"""One chance in 500,000 that any two of a million identities meet; REGISTER refuses a repeat."""

CODE_BITS = 64
"""A guess is right once in 2**64 tries."""

VERSION_BITS = 0x4 << 76
VARIANT_BITS = 0x2 << 62


class IdentityMint:
    """Mints identities and derives the secret of each (RFC 2104 HMAC with SHA-256).

    Parameters
    ----------
    master_key : bytes
        32 bytes, kept beside the store and nowhere else.
    """

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == hashlib.sha256().digest_size
        self._key = master_key

    def mint(self, entropy: bytes) -> UUID:
        """Make an identity from at least eight random bytes.

        Examples
        --------
        >>> mint = IdentityMint(bytes(32))
        >>> identity = mint.mint(b"12345678")
        >>> identity.version, mint.is_minted(identity)
        (4, True)
        """
        assert len(entropy) * 8 >= RANDOM_BITS
        chance = int.from_bytes(entropy, "big") % (1 << RANDOM_BITS)
        return _to_uuid(chance << CODE_BITS | self._code(chance))

    def is_minted(self, identity: UUID) -> bool:
        """Say whether this head-end handed the identity out."""
        free = _from_uuid(identity)
        chance, code = free >> CODE_BITS, free % (1 << CODE_BITS)
        return _to_uuid(free) == identity and hmac.compare_digest(
            code.to_bytes(8, "big"), self._code(chance).to_bytes(8, "big")
        )

    def secret(self, identity: UUID) -> bytes:
        """Derive the 32 secret bytes of a meter."""
        return hmac.digest(self._key, b"meter secret" + identity.bytes, "sha256")

    def _code(self, chance: int) -> int:
        digest = hmac.digest(self._key, b"meter identity" + chance.to_bytes(8, "big"), "sha256")
        return int.from_bytes(digest[:8], "big")


def _to_uuid(free: int) -> UUID:
    """Spread 122 free bits around the version and variant of RFC 9562 §5.4."""
    high, middle, low = free >> 74, free >> 62 & 0xFFF, free % (1 << 62)
    return UUID(int=high << 80 | VERSION_BITS | middle << 64 | VARIANT_BITS | low)


def _from_uuid(identity: UUID) -> int:
    value = identity.int
    return (value >> 80) << 74 | (value >> 64 & 0xFFF) << 62 | value % (1 << 62)
