"""What a person reads of a forecast: the total expected, its range, and how past ones did."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Phrase, Words, format_number, format_rough_money

if TYPE_CHECKING:
    from quilowatt.alert.track_record import TrackScore
    from quilowatt.core.words import Language
    from quilowatt.jobs.forecast import MoneyForecast

__all__ = ["energy_text", "money_text", "nothing_text", "record_text"]

PHRASES: Final = {
    "range": Phrase(
        "expected {total}, between {low} and {high}", "previsão de {total}, entre {low} e {high}"
    ),
    "nothing": Phrase(
        "no forecast yet: it takes a quarter of a day of readings",
        "ainda sem previsão: é preciso um quarto de dia de leituras",
    ),
    "record": Phrase(
        "so far: off by {share} on average; {covered} of {count} totals lay within the range",
        "até agora: erro médio de {share}; {covered} de {count} totais ficaram dentro da faixa",
    ),
}

WH_PER_KWH: Final = 1000
FEW_KWH: Final = 10
"""Below ten a tenth still says something. [kWh]"""


def energy_text(total_wh: int, low_wh: int, high_wh: int, tongue: Language) -> str:
    """Say a forecast of energy [Wh].

    Examples
    --------
    >>> energy_text(212_400, 190_000, 1_240_000, "pt")
    'previsão de 212 kWh, entre 190 e 1.240'
    """
    decimals = int(high_wh < FEW_KWH * WH_PER_KWH)
    total, low, high = (
        format_number(Decimal(int(wh)).scaleb(-3), tongue, decimals)
        for wh in (total_wh, low_wh, high_wh)
    )
    return Words(tongue, PHRASES)("range", total=f"{total} kWh", low=low, high=high)


def money_text(forecast: MoneyForecast, tongue: Language) -> str:
    """Say a forecast of money, such as "expected R$212, between 190 and 240"."""
    words = Words(tongue, PHRASES)
    total = format_rough_money(forecast.bill.total, tongue, forecast.bill.currency)
    ends = (format_number(end, tongue, 0) for end in (forecast.low, forecast.high))
    low, high = ends
    return words("range", total=total, low=low, high=high)


def nothing_text(tongue: Language) -> str:
    """Say that too little is known.

    Examples
    --------
    >>> nothing_text("pt")
    'ainda sem previsão: é preciso um quarto de dia de leituras'
    """
    return Words(tongue, PHRASES)("nothing")


def record_text(score: TrackScore, tongue: Language) -> str:
    """Say how past forecasts did.

    Examples
    --------
    >>> from quilowatt.alert.track_record import TrackScore
    >>> record_text(TrackScore(12, -500, 16_000, 200_000, 10), "en")
    'so far: off by 8 % on average; 10 of 12 totals lay within the range'
    """
    share = f"{format_number(100 * score.error_share, tongue, 0)} %"
    words = Words(tongue, PHRASES)
    return words("record", share=share, covered=score.covered, count=score.count)
