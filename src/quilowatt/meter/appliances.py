"""The appliances that a person can switch on and off by name, in Portuguese or English.

A table and a look-up; accents and case don't matter. Powers are typical nameplate values; that
of the shower is the most sold class in Brazil.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

__all__ = ["APPLIANCES", "Appliance", "find_appliance", "plain"]


@dataclass(frozen=True, slots=True)
class Appliance:
    """Something that draws power while it is on.

    Parameters
    ----------
    power_w : int
        What it draws. [W]
    en, pt : str
        Its name.
    aliases : tuple of str
        Other names that people type, without accents, in lower case.
    """

    power_w: int
    en: str
    pt: str
    aliases: tuple[str, ...] = ()

    def name(self, tongue: str) -> str:
        """Return the name in one language, "pt" or "en"."""
        return self.pt if tongue == "pt" else self.en

    @property
    def names(self) -> frozenset[str]:
        """Everything it answers to, in plain form."""
        return frozenset(plain(name) for name in (self.en, self.pt, *self.aliases))


APPLIANCES: Final = (
    Appliance(5500, "shower", "chuveiro", ("electric shower", "chuveiro eletrico", "ducha")),
    Appliance(1800, "kettle", "chaleira", ("electric kettle", "chaleira eletrica")),
    Appliance(
        1400, "air conditioner", "ar-condicionado", ("ac", "aircon", "air conditioning", "ar")
    ),
    Appliance(2000, "oven", "forno", ("electric oven", "forno eletrico")),
    Appliance(1300, "microwave", "micro-ondas", ("microwave oven", "forno de micro-ondas")),
    Appliance(1500, "air fryer", "fritadeira", ("airfryer", "fritadeira eletrica")),
    Appliance(1000, "iron", "ferro", ("clothes iron", "ferro de passar")),
    Appliance(1500, "heater", "aquecedor", ("space heater",)),
    Appliance(500, "washing machine", "máquina de lavar", ("washer", "lavadora", "maquina")),
    Appliance(2500, "dryer", "secadora", ("tumble dryer", "secadora de roupa")),
    Appliance(1500, "dishwasher", "lava-louças", ("lava-louca", "lavadora de loucas")),
    Appliance(120, "TV", "televisão", ("television", "tele", "televisor")),
    Appliance(150, "computer", "computador", ("pc", "notebook", "laptop")),
    Appliance(130, "fridge", "geladeira", ("refrigerator", "refrigerador")),
    Appliance(200, "freezer", "congelador"),
    Appliance(100, "lights", "luzes", ("light", "luz", "lampada", "lampadas")),
    Appliance(80, "fan", "ventilador"),
    Appliance(1200, "hair dryer", "secador", ("secador de cabelo",)),
    Appliance(1300, "vacuum cleaner", "aspirador", ("vacuum", "aspirador de po")),
    Appliance(750, "water pump", "bomba", ("pump", "bomba d'agua", "bomba de agua")),
    Appliance(7400, "car charger", "carregador", ("ev charger", "car", "carregador do carro")),
)
"""Sources: nameplates; Brazil's PROCEL consumption table for the order of magnitude."""


def plain(text: str) -> str:
    """Reduce a name to what people mean by it: no accents, no case, no hyphens, single spaces.

    Examples
    --------
    >>> plain("  Ar-Condicionado"), plain("MÁQUINA de   lavar")
    ('ar condicionado', 'maquina de lavar')
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.replace("-", " ").split())


def find_appliance(name: str) -> Appliance | None:
    """Look an appliance up by any of its names.

    Examples
    --------
    >>> find_appliance("CHUVEIRO").power_w, find_appliance("toaster ship")
    (5500, None)
    """
    return BY_NAME.get(plain(name))


BY_NAME: Final = {name: appliance for appliance in APPLIANCES for name in appliance.names}

assert len(BY_NAME) == sum(len(appliance.names) for appliance in APPLIANCES), "a name is shared"
