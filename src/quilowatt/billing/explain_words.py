"""What the causes of a difference between two bills are called, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Phrase, format_number

if TYPE_CHECKING:
    from quilowatt.billing.explain import Cause, DifferencePart
    from quilowatt.core.words import Language

__all__ = ["cause_text"]

CAUSE_TEXTS: Final[dict[Cause, Phrase]] = {
    "days": Phrase(
        "Days: {after} instead of {before}, at the pace of the cycle before",
        "Dias: {after} em vez de {before}, no ritmo do ciclo anterior",
    ),
    "consumption": Phrase(
        "Consumption: {after} kWh, after {before} kWh", "Consumo: {after} kWh, antes {before} kWh"
    ),
    "estimates": Phrase(
        "Estimated energy: {after} kWh, after {before} kWh",
        "Energia estimada: {after} kWh, antes {before} kWh",
    ),
    "hours": Phrase(
        "Hours of use: other hours and other days of the week",
        "Horários de uso: outras horas e outros dias da semana",
    ),
    "tariff": Phrase("Tariff: other rates", "Tarifa: outros preços"),
    "flags": Phrase("Surcharges of the month (flags)", "Acréscimos do mês (bandeiras)"),
    "taxes": Phrase("Taxes: other rates", "Tributos: outras alíquotas"),
    "customer": Phrase(
        "The customer's own: class, credits, contracted power, single items",
        "Do próprio cliente: classe, créditos, potência contratada, itens avulsos",
    ),
}


def cause_text(part: DifferencePart, tongue: Language) -> str:
    """Say what a part of a difference is about, with its numbers but without its amount.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from quilowatt.billing.explain import DifferencePart
    >>> cause_text(DifferencePart("days", Decimal(-105), Decimal(31), Decimal(28)), "en")
    'Days: 28 instead of 31, at the pace of the cycle before'
    """
    template = CAUSE_TEXTS[part.cause].spoken(tongue)
    return template.format(
        before=format_number(part.before, tongue), after=format_number(part.after, tongue)
    )
