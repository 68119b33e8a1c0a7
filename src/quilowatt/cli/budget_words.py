"""What the commands about budgets and forecasts print, in both languages. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from quilowatt.cli.table import moment_text, paragraph, table
from quilowatt.core.words import Language, Phrase, Words, format_date

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from quilowatt.client import CycleForecast
    from quilowatt.client.models_alerts import Budget, ForecastScore

__all__ = ["budget_lines", "forecast_lines", "say"]

PHRASES: Final = {
    "no_budget": Phrase(
        "There is no budget: quilowatt budget set", "Não há orçamento: quilowatt budget set"
    ),
    "budget": Phrase(
        "Budget {limit} a cycle: {used} so far, {expected} expected ({low} to {high})",
        "Orçamento de {limit} por ciclo: {used} até agora, previsão de {expected} ({low} a {high})",
    ),
    "budget_unknown": Phrase(
        "Budget {limit} a cycle: {used} so far; too little is known yet for a forecast",
        "Orçamento de {limit} por ciclo: {used} até agora; ainda se sabe pouco para uma previsão",
    ),
    "ended": Phrase("The budget has ended.", "O orçamento foi encerrado."),
    "cycle": Phrase("{start} to {end}", "{start} a {end}"),
    "measured": Phrase("so far", "até agora"),
    "until": Phrase("until {moment}", "até {moment}"),
    "expected": Phrase("expected", "previsão"),
    "range": Phrase("{low} to {high}", "{low} a {high}"),
    "meant": Phrase(
        "Four of five cycles end within the range.", "Quatro de cada cinco ciclos ficam na faixa."
    ),
    "nothing_expected": Phrase(
        "Too little is known yet for a forecast.", "Ainda se sabe pouco para uma previsão."
    ),
    "no_record": Phrase(
        "No cycle with forecasts is over yet: how good they are is not known here.",
        "Nenhum ciclo com previsões terminou ainda: não se sabe aqui quão boas são.",
    ),
    "record": Phrase(
        "So far here: off by {error} % on average, {bias}; {held} % of {count} ranges held "
        "(cycles: {cycles}).",
        "Até agora aqui: erro médio de {error} %, {bias}; {held} % de {count} faixas acertaram "
        "(ciclos: {cycles}).",
    ),
    "too_much": Phrase("too much by {share} %", "{share} % a mais"),
    "too_little": Phrase("too little by {share} %", "{share} % a menos"),
    "nothing_to_set": Phrase(
        "nothing to set: give --kwh or --money", "nada a definir: dê --kwh ou --money"
    ),
    "limit_kwh": Phrase(
        "kWh above 0, at most three decimals; 0 ends the budget",
        "kWh acima de 0, no máximo três casas decimais; 0 encerra o orçamento",
    ),
    "limit_money": Phrase(
        "money above 0, at most three decimals; 0 ends the budget",
        "dinheiro acima de 0, no máximo três casas decimais; 0 encerra o orçamento",
    ),
}

UNKNOWN: Final = "–"
"""Stands for what is not known."""


def say(key: str, tongue: Language, **fields: object) -> str:
    """Say one phrase."""
    return Words(tongue, PHRASES)(key, **fields)


def budget_lines(budgets: Iterable[Budget], tongue: Language) -> list[str]:
    """Tell budgets, a line each."""
    lines = []
    for budget in budgets:
        if budget.limit is None:
            lines.append(say("ended", tongue))
            continue
        names = ("limit", "used", "expected", "low", "high")
        fields = {
            name: _figure(getattr(budget, name), budget.measure, budget.currency, tongue)
            for name in names
        }
        key = "budget_unknown" if budget.expected is None else "budget"
        lines.append(say(key, tongue, **fields))
    return lines or [say("no_budget", tongue)]


def forecast_lines(
    name: str, forecast: CycleForecast, tongue: Language, width: int | None
) -> list[str]:
    """Tell what the running cycle of a customer will come to, and how good that is [columns]."""
    last = _day(forecast.cycle_end - timedelta(seconds=1), tongue)
    cycle = say("cycle", tongue, start=_day(forecast.cycle_start, tongue), end=last)
    lines = [f"{name}, {cycle}"]
    if forecast.known_until is None or forecast.energy_kwh is None:
        lines.append(say("nothing_expected", tongue))
    else:
        lines += table(_figures(forecast, forecast.known_until, tongue))
        lines.append(say("meant", tongue))
    for note in forecast.notes:
        lines += paragraph(note, width)
    record = forecast.track_record
    said = say("no_record", tongue) if record is None else _record(record, tongue)
    return [*lines, *(each.strip() for each in paragraph(said, width))]


def _figures(forecast: CycleForecast, known_until: datetime, tongue: Language) -> list[list[str]]:
    """Lay out energy and money: so far, expected, between."""
    found = [("energy", forecast.energy_kwh), ("money", forecast.money)]
    measured = Words(tongue, PHRASES).energy_kwh(round((forecast.measured_kwh or 0) * 1000), 1)
    until = say("until", tongue, moment=moment_text(known_until, tongue))
    rows = [[say("measured", tongue), measured, until]]
    for measure, ends in found:
        if ends is not None:
            low, expected, high = (
                _figure(each, measure, forecast.currency, tongue)
                for each in (ends.low, ends.expected, ends.high)
            )
            between = say("range", tongue, low=low, high=high)
            rows.append([say("expected", tongue), expected, between])
    return rows


def _record(record: ForecastScore, tongue: Language) -> str:
    bias = round(record.bias_share * 100)
    return say(
        "record",
        tongue,
        error=round(record.error_share * 100),
        bias=say("too_much" if bias >= 0 else "too_little", tongue, share=abs(bias)),
        held=round(record.in_range * 100),
        count=record.forecasts,
        cycles=record.cycles,
    )


def _day(moment: datetime, tongue: Language) -> str:
    assert moment.tzinfo is not None
    return format_date(int(moment.timestamp()), moment.tzinfo, tongue)


def _figure(figure: Decimal | None, measure: str, currency: str | None, tongue: Language) -> str:
    words = Words(tongue, PHRASES)
    if figure is None:
        return UNKNOWN
    if measure == "energy":
        return words.energy_kwh(int(figure * 1000), 1)
    return words.money(figure, currency) if currency else str(figure)
