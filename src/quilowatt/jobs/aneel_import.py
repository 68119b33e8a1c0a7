"""Writes tariff documents from ANEEL's open data: ``quilowatt tariff import-aneel``."""

from __future__ import annotations

import csv
import shutil
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from quilowatt.billing.brazil.aneel import read_rates
from quilowatt.billing.brazil.group_b import GroupBOptions, documents
from quilowatt.billing.brazil.scee import Component, read_schemes
from quilowatt.billing.brazil.tax_tables import (
    ALWAYS,
    Icms,
    MonthlyRates,
    TaxFacts,
    read_icms,
    read_pis_cofins,
)
from quilowatt.errors import SettingsError
from quilowatt.jobs.tariff_files import box_of_tariffs, read_tariff, read_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["AneelImport", "import_aneel"]

SHARED: Final = tuple(
    f"br/shared/{name}.toml" for name in ("brazil", "branca", "icms", "distributors", "scee")
)
KWH_PER_MWH: Final = 1000
COMPONENT_COLUMNS: Final = ("cnpj", "from", "component", "brl_per_mwh")


@dataclass(frozen=True, slots=True)
class AneelImport:
    """What to import.

    Parameters
    ----------
    file : Path
        ANEEL's CSV.
    out : Path
        Directory of tariffs.
    icms, pis, cofins : str
        Shares inside the price, such as ``"0.18"``, for all distributors; empty to take ICMS by
        state and PIS and COFINS from a file. [-]
    fio_b : sequence of str
        ``CNPJ=VALUE`` with the value in R$/MWh.
    uf : sequence of str
        ``CNPJ=UF``: states of distributors, besides those in ``distributors.toml``.
    pis_cofins, components : Path or None
        CSV of rates by distributor and month, and of components of the use of the grid.
    """

    file: Path
    out: Path
    icms: str = ""
    pis: str = ""
    cofins: str = ""
    fio_b: Sequence[str] = ()
    uf: Sequence[str] = ()
    pis_cofins: Path | None = None
    components: Path | None = None


def import_aneel(options: AneelImport) -> list[Path]:
    """Write a document for each distributor, and check each as `tariff check` does.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    SettingsError
        If a file or an option can't be understood.
    TariffError
        If a written document has problems: our bug, or rates that eat the whole price.
    """
    rates = read_rates(_lines(options.file), str(options.file))
    if not rates:
        raise SettingsError(f"{options.file}: there are no residential prices")
    _copy_shared(options.out)
    shared = dict(zip(SHARED, (options.out / name for name in SHARED), strict=True))
    schedules = tomllib.loads(read_text(shared["br/shared/branca.toml"])).get("schedule", {})
    scee = shared["br/shared/scee.toml"]
    rules = GroupBOptions(
        taxes=_taxes({rate.cnpj for rate in rates}, options, shared),
        schemes=read_schemes(read_text(scee), str(scee)),
        components=_components(options),
        schedules={name.removeprefix("d"): name for name in schedules},
    )
    written = []
    for document in documents(rates, rules):
        path = options.out / document.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document.text, "utf-8")
        read_tariff(path)
        written.append(path)
    return written


def _taxes(
    cnpjs: Iterable[str], options: AneelImport, shared: Mapping[str, Path]
) -> dict[str, TaxFacts]:
    """Put together what is known of each distributor's taxes."""
    path = shared["br/shared/icms.toml"]
    by_state = read_icms(read_text(path), str(path))
    states = _states(options, shared["br/shared/distributors.toml"], by_state)
    months = {}
    if options.pis_cofins is not None:
        lines = read_text(options.pis_cofins).splitlines()
        months = read_pis_cofins(lines, str(options.pis_cofins))
    given = [
        _share(f"--{name}", getattr(options, name)) if getattr(options, name) else None
        for name in ("icms", "pis", "cofins")
    ]
    found = {}
    for cnpj in cnpjs:
        uf = states.get(cnpj, "")
        facts = TaxFacts(uf, by_state.get(uf, ()), months.get(cnpj, ()))
        if given[0] is not None:
            facts = replace(facts, icms=(Icms(ALWAYS, given[0], (), "bill", "given", {}),))
        if given[1] is not None or given[2] is not None:
            rates = MonthlyRates(ALWAYS, given[1] or Decimal(0), given[2] or Decimal(0))
            facts = replace(facts, months=(rates,))
        found[cnpj] = facts
    return found


def _states(options: AneelImport, path: Path, known: Container[str]) -> dict[str, str]:
    states: dict[str, str] = dict(tomllib.loads(read_text(path)).get("uf", {}))
    for text in options.uf:
        cnpj, _, uf = text.partition("=")
        if not cnpj or uf not in known:
            raise SettingsError(f"--uf {text}: write CNPJ=UF, a state that icms.toml has")
        states[cnpj] = uf
    return states


def _components(options: AneelImport) -> dict[str, list[Component]]:
    """Read components of the use of the grid, by CNPJ."""
    found: dict[str, list[Component]] = {}
    for cnpj, value in _fio_b(options.fio_b).items():
        found.setdefault(cnpj, []).append(Component("fio_b", date.min, value))
    if options.components is None:
        return found
    reader = csv.DictReader(read_text(options.components).splitlines(), delimiter=";")
    if tuple(reader.fieldnames or ()) != COMPONENT_COLUMNS:
        header = ";".join(COMPONENT_COLUMNS)
        raise SettingsError(f"{options.components}: the header must be {header}")
    for number, row in enumerate(reader, start=2):
        try:
            value = Decimal((row["brl_per_mwh"] or "").replace(",", ".")) / KWH_PER_MWH
            component = Component(row["component"], date.fromisoformat(row["from"] or ""), value)
        except (ValueError, InvalidOperation) as error:
            raise SettingsError(f"{options.components} line {number}: {error!r}") from error
        found.setdefault(row["cnpj"], []).append(component)
    return found


def _lines(path: Path) -> Iterator[str]:
    """Yield lines; ANEEL has published UTF-8 and Windows-1252."""
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    yield line.decode("utf-8-sig")
                except UnicodeDecodeError:
                    yield line.decode("cp1252", "replace")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error


def _copy_shared(out: Path) -> None:
    for name in SHARED:
        target = out / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(box_of_tariffs() / name, target)


def _share(option: str, text: str) -> Decimal:
    try:
        share = Decimal(text)
    except InvalidOperation as error:
        raise SettingsError(f"{option} {text}: write a share like 0.18") from error
    if not 0 <= share < 1:
        raise SettingsError(f"{option} {text}: must be at least 0 and below 1")
    return share


def _fio_b(texts: Sequence[str]) -> Mapping[str, Decimal]:
    found = {}
    for text in texts:
        cnpj, _, value = text.partition("=")
        try:
            found[cnpj] = Decimal(value) / KWH_PER_MWH
        except InvalidOperation as error:
            raise SettingsError(f"--fio-b {text}: write CNPJ=VALUE, in R$/MWh") from error
    return found
