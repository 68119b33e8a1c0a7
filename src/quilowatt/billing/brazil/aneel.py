"""ANEEL's open data of homologated tariffs: rows to prices by distributor and validity.

Source: dadosabertos.aneel.gov.br, "Tarifas de aplicação das distribuidoras de energia elétrica"
(licence ODbL), ``;`` between columns, decimal commas, R$/MWh before tax, first and last day
inclusive. Validities may overlap: the latest start wins, then the latest act, then the shortest.
The header is followed, not a column's place; another header is refused.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Homologated", "in_force", "read_rates", "slug"]

OWN_COLUMNS: Final = frozenset({
    "DscREH", "SigAgente", "NumCNPJDistribuidora", "DatInicioVigencia", "DatFimVigencia",
    "DscBaseTarifaria", "DscSubGrupo", "DscModalidadeTarifaria", "DscClasse", "DscSubClasse",
    "DscDetalhe", "NomPostoTarifario", "DscUnidadeTerciaria", "SigAgenteAcessante", "VlrTUSD",
    "VlrTE",
})  # fmt: skip
SHORT_COLUMNS: Final = frozenset({
    "cnpj", "sigla", "inicio_vigencia", "fim_vigencia", "ato", "te_rs_mwh", "tusd_rs_mwh"
})  # fmt: skip
"""An extract with the residential, conventional rows only."""

KWH_PER_MWH: Final = 1000
NONE: Final = "nao se aplica"
WANTED: Final = {
    "DscBaseTarifaria": "tarifa de aplicacao",
    "DscSubGrupo": "b1",
    "DscClasse": "residencial",
    "DscDetalhe": NONE,
    "SigAgenteAcessante": NONE,
    "DscUnidadeTerciaria": "mwh",
}
CLASSES: Final = {
    "residencial": "residential",
    "baixa renda": "social",
    "residencial tarifa social - faixa 01": "social",
    "residencial tarifa social - faixa 02": "social_above",
    "residencial desconto social - faixa 01": "desconto_social",
    "residencial desconto social - faixa 02": "desconto_social_above",
}
POSTS: Final = {
    NONE: "",
    "ponta": "peak",
    "intermediario": "intermediate",
    "intermediaria": "intermediate",
    "fora ponta": "off_peak",
    "fora de ponta": "off_peak",
}
MODALITIES: Final = frozenset({"convencional", "branca"})


@dataclass(frozen=True, slots=True)
class Homologated:
    """A price of one validity.

    Parameters
    ----------
    cnpj, name : str
        Of the distributor: 14 digits, and what ANEEL calls it.
    act : str
        That set it.
    first_day, last_day : date
        Both inclusive.
    group : tuple of str
        Modality (``"convencional"``, ``"branca"``), class and period (``""`` for none).
    te, tusd : Decimal
        Energy, and use of the grid, before tax. [R$/kWh]
    """

    cnpj: str
    name: str
    act: str
    first_day: date
    last_day: date
    group: tuple[str, str, str]
    te: Decimal
    tusd: Decimal


def read_rates(lines: Iterable[str], name: str) -> list[Homologated]:
    """Read the rows of residential low voltage; what isn't homologated (both zero) is left out.

    Raises
    ------
    SettingsError
        For another header, or the first row that can't be understood.
    """
    reader = csv.DictReader(lines, delimiter=";")
    columns = frozenset((column or "").strip('\ufeff" ') for column in reader.fieldnames or ())
    reader.fieldnames = [(column or "").strip('\ufeff" ') for column in reader.fieldnames or ()]
    if columns >= OWN_COLUMNS:
        read = _own
    elif columns >= SHORT_COLUMNS:
        read = _short
    else:
        missing = ", ".join(sorted(OWN_COLUMNS - columns))
        raise SettingsError(f"{name}: is no file of ANEEL's tariffs; there is no column {missing}")
    found = []
    for number, row in enumerate(reader, start=2):
        try:
            rate = read(row)
        except (ValueError, InvalidOperation, KeyError) as error:
            raise SettingsError(f"{name} line {number}: {error!r}") from error
        if rate is not None and (rate.te or rate.tusd):
            found.append(rate)
    return found


def in_force(rates: Sequence[Homologated]) -> list[Homologated]:
    """Resolve overlapping validities of one distributor and group.

    Returns
    -------
    list of Homologated
        By first day, no two on the same day.
    """
    bounds = {rate.first_day for rate in rates}
    bounds |= {rate.last_day + timedelta(days=1) for rate in rates}
    result: list[Homologated] = []
    ordered = sorted(bounds)
    for start, after in pairwise(ordered):
        covering = [rate for rate in rates if rate.first_day <= start <= rate.last_day]
        if not covering:
            continue
        winner = max(covering, key=_rank)
        last = after - timedelta(days=1)
        before = result[-1] if result else None
        is_next = before is not None and before.last_day + timedelta(days=1) == start
        if before is not None and is_next and _terms(before) == _terms(winner):
            result[-1] = _dated(winner, before.first_day, last)
        else:
            result.append(_dated(winner, start, last))
    return result


def slug(name: str) -> str:
    """Write a name as a part of a tariff's code.

    Examples
    --------
    >>> slug("Neoenergia PE"), slug("CPFL-PAULISTA")
    ('neoenergia-pe', 'cpfl-paulista')
    """
    return re.sub(r"[^a-z0-9]+", "-", _plain(name)).strip("-")


def _own(row: Mapping[str, str]) -> Homologated | None:
    if any(_plain(row[column]) != value for column, value in WANTED.items()):
        return None
    modality = _plain(row["DscModalidadeTarifaria"])
    subclass = CLASSES.get(_plain(row["DscSubClasse"]))
    post = POSTS.get(_plain(row["NomPostoTarifario"]))
    if modality not in MODALITIES or subclass is None or post is None:
        return None
    return Homologated(
        cnpj=row["NumCNPJDistribuidora"].strip(),
        name=row["SigAgente"].strip(),
        act=_act(row["DscREH"]),
        first_day=date.fromisoformat(row["DatInicioVigencia"].strip()),
        last_day=date.fromisoformat(row["DatFimVigencia"].strip()),
        group=(modality, subclass, post),
        te=_per_kwh(row["VlrTE"]),
        tusd=_per_kwh(row["VlrTUSD"]),
    )


def _short(row: Mapping[str, str]) -> Homologated:
    return Homologated(
        cnpj=row["cnpj"].strip(),
        name=row["sigla"].strip(),
        act=row["ato"].strip() + " (ANEEL)",
        first_day=date.fromisoformat(row["inicio_vigencia"].strip()),
        last_day=date.fromisoformat(row["fim_vigencia"].strip()),
        group=("convencional", "residential", ""),
        te=_per_kwh(row["te_rs_mwh"]),
        tusd=_per_kwh(row["tusd_rs_mwh"]),
    )


def _act(text: str) -> str:
    """Shorten ``RESOLUÇÃO HOMOLOGATÓRIA Nº 3.459, DE 20 DE MAIO DE 2025`` to ``REH 3.459/2025``."""
    found = re.search(r"([\d.]+),? .*(\d{4})\s*$", text)
    return f"REH {found[1]}/{found[2]} (ANEEL)" if found else text.strip()


def _per_kwh(text: str) -> Decimal:
    number = text.strip()
    if "," in number:
        number = number.replace(".", "").replace(",", ".")
    return Decimal(number or "0") / KWH_PER_MWH


def _plain(text: str) -> str:
    """Lower case without accents and with plain dashes and single spaces."""
    dashed = text.replace("\u2013", "-").replace("\u2014", "-")
    letters = unicodedata.normalize("NFKD", dashed).encode("ascii", "ignore").decode()
    return " ".join(letters.lower().split())


def _rank(rate: Homologated) -> tuple[date, tuple[int, int], int]:
    numbers = re.findall(r"\d+", rate.act.replace(".", ""))
    act = (int(numbers[-1]), int(numbers[0])) if len(numbers) > 1 else (0, 0)
    return rate.first_day, act, -(rate.last_day - rate.first_day).days


def _terms(rate: Homologated) -> tuple[Decimal, Decimal, str]:
    return rate.te, rate.tusd, rate.act


def _dated(rate: Homologated, first: date, last: date) -> Homologated:
    return Homologated(rate.cnpj, rate.name, rate.act, first, last, rate.group, rate.te, rate.tusd)
