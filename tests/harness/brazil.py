"""Tariffs of Brazil for tests: rows as ANEEL publishes them, and bills by them."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from quilowatt.billing import Usage, UsagePoint, load_tariff, rate
from quilowatt.billing.brazil.aneel import read_rates
from quilowatt.billing.brazil.group_b import GroupBOptions, documents
from quilowatt.billing.brazil.scee import Component, read_schemes
from quilowatt.billing.brazil.tax_tables import ALWAYS, Icms, MonthlyRates, TaxFacts
from quilowatt.core.calendar import date_start_s

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("America/Sao_Paulo")
SHARED = {
    f"../shared/{name}.toml": (ROOT / f"tariffs/br/shared/{name}.toml").read_text()
    for name in ("brazil", "branca")
}
HEADER = (
    '"DatGeracaoConjuntoDados";"DscREH";"SigAgente";"NumCNPJDistribuidora";"DatInicioVigencia";'
    '"DatFimVigencia";"DscBaseTarifaria";"DscSubGrupo";"DscModalidadeTarifaria";"DscClasse";'
    '"DscSubClasse";"DscDetalhe";"NomPostoTarifario";"DscUnidadeTerciaria";"SigAgenteAcessante";'
    '"VlrTUSD";"VlrTE"'
)
CEMIG = "06981180000116"
SCHEMES = read_schemes((ROOT / "tariffs/br/shared/scee.toml").read_text(), "scee.toml")
FIO_B = Component("fio_b", date(2023, 1, 1), Decimal("0.24035"))
REH = "RESOLUÇÃO HOMOLOGATÓRIA Nº {}, DE 20 DE MAIO DE {}"


def row(days, tusd, te, **changes):
    """A row as ANEEL publishes it."""
    cells = {
        "subclass": "Residencial",
        "post": "Não se aplica",
        "modality": "Convencional",
        "base": "Tarifa de Aplicação",
        "act": REH.format("3.459", 2025),
    } | changes
    return ";".join(
        f'"{cell}"'
        for cell in (
            "2026-09-30", cells["act"], "CEMIG-D", CEMIG, *days, cells["base"], "B1",
            cells["modality"], "Residencial", cells["subclass"], "Não se aplica", cells["post"],
            "MWh", "Não se aplica", tusd, te,
        )
    )  # fmt: skip


def facts(icms, pis, cofins, compensated=None):
    """Taxes that hold always."""
    rates = MonthlyRates(ALWAYS, Decimal(pis), Decimal(cofins))
    return TaxFacts(
        "", (Icms(ALWAYS, Decimal(icms), (), "bill", "given", compensated or {}),), (rates,)
    )


def tariffs(rows, icms="0", pis="0", cofins="0", components=None, compensated=None):
    rates = read_rates([HEADER, *rows], "aneel.csv")
    options = GroupBOptions(
        {CEMIG: facts(icms, pis, cofins, compensated)},
        SCHEMES,
        components or {},
        {CEMIG: f"d{CEMIG}"},
    )
    return {
        document.path: load_tariff(document.text, document.path, SHARED)
        for document in documents(rates, options)
    }


def bill_of(tariff, days, kwh, point=None, export_kwh=0):
    start_s, end_s = (date_start_s(date.fromisoformat(day), ZONE) for day in days)
    usage = Usage.of_one([start_s, end_s], [round(kwh * 1000)], [round(export_kwh * 1000)])
    return rate(tariff, usage, ZONE, point or UsagePoint({"phases": "1"}))


def amounts(bill):
    return {line.code: str(line.amount) for line in bill.lines}
