"""The nouns of metering: readings as columns, identities, calendar, money. Pure."""

from quilowatt.core.batch import ReadingBatch, ReadingColumns
from quilowatt.core.identity import IdentityMint

__all__ = ["IdentityMint", "ReadingBatch", "ReadingColumns"]
