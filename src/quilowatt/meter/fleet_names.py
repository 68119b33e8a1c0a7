"""Names for the customers of a simulated town: invented, by number, the same for ever."""

from __future__ import annotations

from typing import Final

__all__ = ["customer_name"]

GIVEN: Final = (
    "Ana", "Bruno", "Carla", "Davi", "Elisa", "Fábio", "Gabriela", "Heitor", "Iara", "João",
    "Karina", "Lucas", "Marina", "Nuno", "Olívia", "Paulo", "Quitéria", "Rafael", "Sônia",
    "Tiago", "Úrsula", "Vitor", "Yara",
)  # fmt: skip

FAMILY: Final = (
    "Almeida", "Barros", "Cardoso", "Dias", "Esteves", "Ferreira", "Gomes", "Holanda", "Izidoro",
    "Jesus", "Lima", "Moreira", "Nascimento", "Oliveira", "Pereira", "Queiroz", "Ribeiro",
    "Santana", "Teixeira",
)  # fmt: skip

TOWN_MAX: Final = len(GIVEN) * len(FAMILY)


def customer_name(meter: int) -> str:
    """Name the customer of a fleet's meter; beyond 437 of them a number is added.

    Examples
    --------
    >>> customer_name(0), customer_name(438)
    ('Ana Almeida', 'Bruno Barros 2')
    """
    name = f"{GIVEN[meter % len(GIVEN)]} {FAMILY[meter % len(FAMILY)]}"
    return name if meter < TOWN_MAX else f"{name} {meter // TOWN_MAX + 1}"
