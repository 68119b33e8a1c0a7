"""What an alert about a budget says to a person, in both languages."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from quilowatt.core.words import Language, Phrase, Words, format_date

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from quilowatt.store import AlertRecord

__all__ = ["BUDGET_TIPOS", "budget_message"]

BUDGET_TIPOS: Final = {
    "budget_energy_forecast": "orcamento_energia_previsto",
    "budget_energy_80": "orcamento_energia_80",
    "budget_energy_100": "orcamento_energia_100",
    "budget_money_forecast": "orcamento_valor_previsto",
    "budget_money_80": "orcamento_valor_80",
    "budget_money_100": "orcamento_valor_100",
}
"""Kinds of alert about budgets, in Portuguese."""

PHRASES: Final = {
    "forecast": Phrase(
        "The cycle that ends on {end} is expected to come to {expected} (between {low} and "
        "{high}), above the budget of {limit}; so far it is {used}.",
        "O ciclo que termina em {end} deve chegar a {expected} (entre {low} e {high}), acima do "
        "orçamento de {limit}; até agora são {used}.",
    ),
    "80": Phrase(
        "80 % of the budget is used: {used} of {limit} in the cycle that ends on {end}.",
        "80 % do orçamento já foram usados: {used} de {limit} no ciclo que termina em {end}.",
    ),
    "100": Phrase(
        "The budget is used up: {used} of {limit} in the cycle that ends on {end}.",
        "O orçamento acabou: {used} de {limit} no ciclo que termina em {end}.",
    ),
}

UNKNOWN: Final = "–"
"""Stands for what is not known."""


def budget_message(record: AlertRecord, zone: ZoneInfo, tongue: Language) -> str:
    """Say how a cycle stands against its budget.

    Parameters
    ----------
    record : AlertRecord
        Of a kind in `BUDGET_TIPOS`.
    zone : ZoneInfo
        Whose dates.
    tongue : {"en", "pt"}
        Language of the reader.
    """
    words, details = Words(tongue, PHRASES), record.details
    step = record.kind.rpartition("_")[2]
    names = ("used", "limit", "expected", "low", "high")
    figures = {name: _figure(details.get(name), details, words) for name in names}
    last_s = int(str(details["cycle_end_s"])) - 1
    fields = {**figures, "end": format_date(last_s, zone, tongue)}
    wanted = {name for name in fields if "{" + name + "}" in PHRASES[step].en}
    return words(step, **{name: fields[name] for name in wanted})


def _figure(value: Any, details: Any, words: Words) -> str:  # noqa: ANN401 - as JSON has it
    if value is None:
        return UNKNOWN
    currency = details.get("currency")
    if currency is None:
        return words.energy_kwh(int(Decimal(str(value)) * 1000), 0)
    return words.money(Decimal(str(value)), str(currency))
