"""Figures, days and words of one invoice in one language, and texts of strangers made harmless.

Typst never reads texts as markup; what is left to do is to drop characters that change the order
of others, and to let endless words break.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from babel.dates import format_date as babel_date
from babel.numbers import get_currency_symbol

from quilowatt.billing.paper.phrases import ISSUE_WORDS, PHRASES
from quilowatt.core.calendar import date_start_s, local_date
from quilowatt.core.words import (
    LOCALES,
    Words,
    format_date,
    format_date_time,
    format_money,
    format_month,
    format_number,
)

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from quilowatt.billing.tariff import Text
    from quilowatt.core.words import Language

__all__ = ["Writer", "harmless"]

WORD_SIZE_MAX: Final = 28
"""A longer word may break anywhere: a column holds about so many letters. [chars]"""

PIECE_SIZE: Final = 8
"""Where it may. [chars]"""

JOINERS: Final = "\u200c\u200d"
"""Invisible, but part of how Persian, Hindi and emoji are written."""

BREAK: Final = "\u200b"
DAY_S: Final = 86_400
RATE_PLACES_MIN: Final = 2


def harmless(text: str) -> str:
    r"""Drop what is invisible or reorders text, and let long words break.

    Examples
    --------
    >>> harmless("Ana\u202e\n Almeida")
    'Ana Almeida'
    """
    kept = "".join(_seen(each) for each in text)
    return " ".join(map(_breakable, kept.split()))


class Writer:
    """Writes for one reader.

    Parameters
    ----------
    language : {"en", "pt"}
        Of the reader.
    zone : ZoneInfo
        Whose days count.
    currency : str
        ISO 4217 code.
    """

    def __init__(self, language: Language, zone: ZoneInfo, currency: str) -> None:
        self.language = language
        self.zone = zone
        self.currency = currency
        self.symbol: str = get_currency_symbol(currency, locale=LOCALES[language])
        self._words = Words(language, PHRASES)

    def __call__(self, key: str, /, **fields: object) -> str:
        """Say a phrase."""
        return self._words(key, **fields)

    def text(self, text: Text) -> str:
        """Say words that came with the invoice."""
        return harmless(text.spoken(self.language))

    def issue(self, rule: str, times: int) -> str:
        """Say how often a rule for odd readings was followed."""
        known = ISSUE_WORDS.get(rule)
        words = known.spoken(self.language) if known else harmless(rule.replace("_", " "))
        return f"{self.number(times)} × {words}"

    def money(self, amount: Decimal) -> str:
        """Write an amount with its currency [currency]."""
        return _signed(format_money(amount, self.language, self.currency))

    def number(self, value: Decimal | int, places: int | None = None) -> str:
        """Write a number; with so many decimals, or with those it has, up to 3."""
        return _signed(format_number(value, self.language, places))

    def exact(self, value: Decimal, least_places: int = 0) -> str:
        """Write a number with all decimals that say something."""
        _, _, decimals = f"{value:f}".partition(".")
        return self.number(value, max(least_places, len(decimals.rstrip("0"))))

    def amount(self, value: Decimal) -> str:
        """Write an amount of a column, without its currency [currency]."""
        _, _, decimals = f"{value:f}".partition(".")
        return self.number(value, len(decimals))

    def rate(self, value: Decimal) -> str:
        """Write a price with all its decimals [currency/unit]."""
        return self.exact(value, RATE_PLACES_MIN)

    def percent(self, share: Decimal) -> str:
        """Write a share as a percentage [-]."""
        return self.exact(share * 100) + "%"

    def kwh(self, energy_wh: int, places: int = 3) -> str:
        """Write energy in kilowatt-hours [Wh]."""
        return self.number(Decimal(energy_wh).scaleb(-3), places)

    def round_kwh(self, energy_wh: int) -> str:
        """Write energy in whole kilowatt-hours, or with a decimal below 10 [Wh]."""
        return self.kwh(energy_wh, 1 if 0 < abs(energy_wh) < 10_000 else 0)  # noqa: PLR2004

    def day(self, time_s: int) -> str:
        """Write the local day of an instant [s since 1970-01-01 UTC]."""
        return format_date(time_s, self.zone, self.language)

    def moment(self, time_s: int) -> str:
        """Write local day and time of day, to the minute [s since 1970-01-01 UTC]."""
        return format_date_time(time_s, self.zone, self.language)

    def date_of(self, day: date) -> str:
        """Write a day."""
        return self.day(date_start_s(day, self.zone))

    def weekday(self, day: date) -> str:
        """Name a day of the week."""
        return babel_date(day, "EEEE", locale=LOCALES[self.language])

    def short_month(self, first: date) -> str:
        """Name a month in three letters."""
        return babel_date(first, "LLL", locale=LOCALES[self.language]).rstrip(".")

    def month(self, first: date) -> str:
        """Name a month and its year."""
        return format_month(date_start_s(first, self.zone), self.zone, self.language)

    def days(self, start_s: int, end_s: int) -> int:
        """Count the local days that a period touches [d]."""
        last = local_date(max(start_s, end_s - 1), self.zone)
        return (last - local_date(start_s, self.zone)).days + 1

    def period(self, start_s: int, end_s: int) -> str:
        """Write a half-open period as its first and last day [s since 1970-01-01 UTC]."""
        return self(
            "period",
            first=self.day(start_s),
            last=self.day(max(start_s, end_s - 1)),
            days=self.days(start_s, end_s),
        )

    def formula(self, formula: str) -> str:
        """Write a formula's decimals as the reader's language does."""
        mark = "," if self.language == "pt" else "."
        return re.sub(r"(?<=\d)\.(?=\d)", mark, harmless(formula))


def _signed(text: str) -> str:
    return text.replace("-", "−")


def _seen(character: str) -> str:
    """Give a character back; a control becomes a space, what formats invisibly is left out."""
    kind = unicodedata.category(character)
    if character in JOINERS or not kind.startswith("C"):
        return character
    return " " if kind == "Cc" else ""


def _breakable(word: str) -> str:
    if len(word) <= WORD_SIZE_MAX:
        return word
    pieces = range(0, len(word), PIECE_SIZE)
    return BREAK.join(word[at : at + PIECE_SIZE] for at in pieces)
