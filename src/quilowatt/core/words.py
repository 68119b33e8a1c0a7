"""Portuguese or English: which one a person reads, what is said, how figures are written.

Every screen brings its own table of phrases and asks here for one of them in the person's language.
Nothing here reads the environment or a clock; both are passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from string import Formatter
from typing import TYPE_CHECKING, Final, Literal

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

__all__ = [
    "Language",
    "Phrase",
    "Words",
    "format_about_money",
    "format_date",
    "format_date_time",
    "format_energy_kwh",
    "format_money",
    "format_month",
    "format_number",
    "format_power",
    "format_power_w",
    "format_rough_money",
    "format_rough_power",
    "format_time",
    "language",
]

Language = Literal["en", "pt"]

LOCALES: Final[dict[Language, str]] = {"en": "en", "pt": "pt_BR"}
"""Whose numbers and dates each language writes (Unicode CLDR)."""

VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The environment's say on language; the first that is set decides (POSIX.1-2017 §8.2)."""

DATE_PATTERNS: Final[dict[Language, str]] = {"en": "d MMM y", "pt": "dd/MM/y"}
"""CLDR's short English date puts the month first, which half its readers misread."""

WATTS_PER_KILOWATT: Final = 1000

KILOWATT_FROM_W: Final = 10_000
"""Below this, whole watts are the shorter and the more exact figure [W]."""

TWO_DIGITS: Final = Context(prec=2, rounding=ROUND_HALF_UP)
"""What is estimated from a detector's figures is right to about a tenth."""

CENTS_BELOW: Final = 10
"""From here on two digits leave no cents. [currency]"""


def language(explicit: str | None, environ: Mapping[str, str]) -> Language:
    """Choose the language to speak: the one asked for, else the environment's, else English.

    Parameters
    ----------
    explicit : str or None
        What `--lang` said: any tag of Portuguese ("pt", "pt-BR", "pt_BR.UTF-8"), or of another.
    environ : mapping of str to str
        The environment: ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` are looked at, in this order.

    Examples
    --------
    >>> language(None, {"LANG": "pt_BR.UTF-8"}), language("en", {"LANG": "pt_BR.UTF-8"})
    ('pt', 'en')
    """
    tags = (explicit, *(environ.get(name) for name in VARIABLES))
    tag = next((tag for tag in tags if tag), "")
    return "pt" if tag.lower().startswith("pt") else "en"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing to say, in both languages, with the same ``{fields}`` in each.

    Parameters
    ----------
    en, pt : str
        Templates for `str.format`.
    """

    en: str
    pt: str

    def __post_init__(self) -> None:
        assert _fields(self.en) == _fields(self.pt), f"fields differ: {self.en!r}, {self.pt!r}"

    def spoken(self, tongue: Language) -> str:
        """Return the template in one language."""
        return self.pt if tongue == "pt" else self.en


class Words:
    """A table of phrases, spoken in one language.

    Parameters
    ----------
    tongue : {"en", "pt"}
        What `language` chose.
    phrases : mapping of str to Phrase
        The screen's own table, by the name of what is said.

    Examples
    --------
    >>> words = Words("pt", {"hello": Phrase("Hello, {name}.", "Olá, {name}.")})
    >>> words("hello", name="Ana")
    'Olá, Ana.'
    """

    def __init__(self, tongue: Language, phrases: Mapping[str, Phrase]) -> None:
        self.language = tongue
        self._phrases = phrases

    def __call__(self, key: str, /, **fields: object) -> str:
        """Say one phrase; numbers among the fields are written by the language's rules."""
        written = {name: self._written(value) for name, value in fields.items()}
        return self._phrases[key].spoken(self.language).format(**written)

    def energy_kwh(self, energy_wh: int, decimals: int = 3) -> str:
        """Write an energy, as `format_energy_kwh` does [Wh]."""
        return format_energy_kwh(energy_wh, self.language, decimals)

    def power_w(self, power_w: float | Decimal) -> str:
        """Write a power in whole watts, as `format_power_w` does [W]."""
        return format_power_w(power_w, self.language)

    def power(self, power_w: float | Decimal) -> str:
        """Write a power in watts or kilowatts, as `format_power` does [W]."""
        return format_power(power_w, self.language)

    def rough_power(self, power_w: float | Decimal) -> str:
        """Write a power as people say it, as `format_rough_power` does [W]."""
        return format_rough_power(power_w, self.language)

    def money(self, amount: Decimal, currency: str = "BRL") -> str:
        """Write an amount of money, as `format_money` does [currency]."""
        return format_money(amount, self.language, currency)

    def about_money(self, amount: Decimal, currency: str = "BRL") -> str:
        """Write an amount known to two digits, as `format_about_money` does [currency]."""
        return format_about_money(amount, self.language, currency)

    def _written(self, value: object) -> str:
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            return format_number(value, self.language)
        return str(value)


def format_number(value: float | Decimal, tongue: Language, decimals: int | None = None) -> str:
    """Write a number with the language's separators.

    Parameters
    ----------
    value : int, float or Decimal
        Any finite number. [1]
    tongue : {"en", "pt"}
        Whose separators.
    decimals : int or None
        Exactly so many decimal places; None writes what the value has, three at most.

    Examples
    --------
    >>> format_number(1234567, "pt"), format_number(Decimal("0.5"), "en", 2)
    ('1.234.567', '0.50')
    """
    pattern = "#,##0.###" if decimals is None else "#,##0" + "." * (decimals > 0) + "0" * decimals
    return format_decimal(value, format=pattern, locale=LOCALES[tongue])


def format_energy_kwh(energy_wh: int, tongue: Language, decimals: int = 3) -> str:
    """Write an energy in kilowatt-hours, exact to the watt-hour unless fewer decimals are asked.

    Parameters
    ----------
    energy_wh : int
        Energy. [Wh]
    tongue : {"en", "pt"}
        Whose separators.
    decimals : int
        Decimal places of the figure.

    Examples
    --------
    >>> format_energy_kwh(1234567, "pt")
    '1.234,567 kWh'
    """
    return format_number(Decimal(int(energy_wh)).scaleb(-3), tongue, decimals) + " kWh"


def format_power_w(power_w: float | Decimal, tongue: Language) -> str:
    """Write a power in whole watts [W].

    Examples
    --------
    >>> format_power_w(5500, "pt"), format_power_w(5500, "en")
    ('5.500 W', '5,500 W')
    """
    return format_number(power_w, tongue, 0) + " W"


def format_power(power_w: float | Decimal, tongue: Language) -> str:
    """Write a power in whole watts, or in kilowatts with one decimal from 10 kW on [W].

    Examples
    --------
    >>> format_power(850, "en"), format_power(12_345, "pt")
    ('850 W', '12,3 kW')
    """
    if -KILOWATT_FROM_W < power_w < KILOWATT_FROM_W:
        return format_power_w(power_w, tongue)
    return format_number(Decimal(power_w) / 1000, tongue, 1) + " kW"


def format_rough_power(power_w: float | Decimal, tongue: Language) -> str:
    """Write a power as people say it: tens of watts, or kilowatts with one decimal [W].

    Examples
    --------
    >>> format_rough_power(647, "en"), format_rough_power(9_412, "pt")
    ('650 W', '9,4 kW')
    """
    tens_w = round(power_w / 10) * 10
    if abs(tens_w) < WATTS_PER_KILOWATT:
        return format_power_w(tens_w, tongue)
    return format_number(Decimal(power_w) / WATTS_PER_KILOWATT, tongue, 1) + " kW"


def format_money(amount: Decimal, tongue: Language, currency: str = "BRL") -> str:
    """Write an amount of money; a no-break space keeps sign and figure together [currency].

    Parameters
    ----------
    amount : Decimal
        Already rounded by the rule of its bill. [currency]
    tongue : {"en", "pt"}
        Whose separators.
    currency : str
        ISO 4217 code.

    Examples
    --------
    >>> format_money(Decimal("1234.50"), "en")
    'R$1,234.50'
    """
    return format_currency(amount, currency, locale=LOCALES[tongue])


def format_about_money(amount: Decimal, tongue: Language, currency: str = "BRL") -> str:
    """Write an amount that is known to two digits, as what an estimated energy costs [currency].

    Parameters
    ----------
    amount : Decimal
        Any amount; below ten its cents are written. [currency]
    tongue : {"en", "pt"}
        Whose separators.
    currency : str
        ISO 4217 code.

    Examples
    --------
    >>> [format_about_money(Decimal(amount), "en") for amount in ("9.6314", "0.347", "1234.60")]
    ['R$9.60', 'R$0.35', 'R$1,200']
    """
    about = TWO_DIGITS.create_decimal(amount)
    if abs(about) < CENTS_BELOW:
        return format_money(about, tongue, currency)
    return format_rough_money(about, tongue, currency)


def format_rough_money(amount: Decimal, tongue: Language, currency: str = "BRL") -> str:
    """Write an amount of money without its cents, as people say what they expect [currency].

    Parameters
    ----------
    amount : Decimal
        Any amount; a half is rounded to the even neighbour. [currency]
    tongue : {"en", "pt"}
        Whose separators.
    currency : str
        ISO 4217 code.

    Examples
    --------
    >>> format_rough_money(Decimal("1234.60"), "en")
    'R$1,235'
    """
    locale = LOCALES[tongue]
    pattern = Locale.parse(locale).currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(amount, currency, pattern, locale, currency_digits=False)


def format_date(time_s: int, zone: tzinfo, tongue: Language) -> str:
    """Write the local date of an instant [s since 1970-01-01 UTC].

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> format_date(0, ZoneInfo("America/Bahia"), "pt"), format_date(0, ZoneInfo("UTC"), "en")
    ('31/12/1969', '1 Jan 1970')
    """
    moment = datetime.fromtimestamp(time_s, zone)
    return babel_date(moment, DATE_PATTERNS[tongue], locale=LOCALES[tongue])


def format_time(time_s: int, zone: tzinfo) -> str:
    """Write the local time of day, 24 hours, to the second [s since 1970-01-01 UTC]."""
    return datetime.fromtimestamp(time_s, zone).strftime("%H:%M:%S")


def format_date_time(time_s: int, zone: tzinfo, tongue: Language) -> str:
    """Write local date and time of day to the minute [s since 1970-01-01 UTC].

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> format_date_time(0, ZoneInfo("America/Bahia"), "pt")
    '31/12/1969 21:00'
    """
    moment = datetime.fromtimestamp(time_s, zone)
    pattern = DATE_PATTERNS[tongue] + " HH:mm"
    return babel_datetime(moment, pattern, tzinfo=zone, locale=LOCALES[tongue])


def format_month(time_s: int, zone: tzinfo, tongue: Language) -> str:
    """Write the local month and year in words [s since 1970-01-01 UTC].

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> format_month(0, ZoneInfo("UTC"), "pt")
    'janeiro de 1970'
    """
    moment = datetime.fromtimestamp(time_s, zone)
    return format_skeleton("yMMMM", moment, tzinfo=zone, locale=LOCALES[tongue])


def _fields(template: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(template) if name}
