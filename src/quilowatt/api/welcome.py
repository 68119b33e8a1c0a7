"""The page at `/`: what this server is and where to go, in the language of the reader.

It knows nothing of anybody: it is shown without a token.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Phrase

if TYPE_CHECKING:
    from quilowatt.core.words import Language

__all__ = ["welcome_page"]

TEXTS: Final = {
    "what": Phrase(
        "Smart meters call here; this server keeps their readings, bills and alerts.",
        "Os medidores ligam para cá; este servidor guarda leituras, faturas e alertas.",
    ),
    "customers": Phrase("Customers", "Clientes"),
    "customers_path": Phrase("/v1/customers", "/clientes"),
    "customers_text": Phrase(
        "The last reading of each, and the consumption today and this month.",
        "A última leitura de cada um, o consumo de hoje e o do mês.",
    ),
    "invoices": Phrase("Bills", "Faturas"),
    "invoices_path": Phrase("/v1/invoices", "/faturas"),
    "invoices_text": Phrase(
        "This month's so far, line by line.", "As do mês até agora, linha por linha."
    ),
    "alerts": Phrase("Alerts", "Alertas"),
    "alerts_path": Phrase("/v1/alerts", "/alertas"),
    "alerts_text": Phrase("Abrupt increases of consumption.", "Aumentos abruptos do consumo."),
    "api": Phrase("All of the API", "A API inteira"),
    "api_text": Phrase(
        "Every route, with its filters, to try out.", "Cada rota com seus filtros, para testar."
    ),
    "terminal": Phrase("Follow it in the terminal", "Acompanhe no terminal"),
    "another": Phrase("Start a meter with a keyboard", "Inicie um medidor com teclado"),
}


def welcome_page(tongue: Language, url: str) -> str:
    """Write the page.

    Parameters
    ----------
    tongue : {"en", "pt"}
        Language of the reader.
    url : str
        Of this server, as the reader called it.
    """
    page = (files("quilowatt.api") / "static" / "welcome.html").read_text(encoding="utf-8")
    texts = {name: phrase.spoken(tongue) for name, phrase in TEXTS.items()}
    return page.format(tongue="pt-BR" if tongue == "pt" else "en", url=escape(url), **texts)
