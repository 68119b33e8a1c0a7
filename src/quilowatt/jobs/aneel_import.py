"""Writes tariff documents from ANEEL's open data: ``quilowatt tariff import-aneel``."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from quilowatt.billing.brazil.aneel import read_rates
from quilowatt.billing.brazil.group_b import GroupBOptions, documents
from quilowatt.errors import SettingsError
from quilowatt.jobs.tariff_files import box_of_tariffs, read_tariff, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["AneelImport", "import_aneel"]

SHARED: Final = ("br/shared/brazil.toml", "br/shared/branca.toml")
KWH_PER_MWH: Final = 1000


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
        Shares inside the price, such as ``"0.18"``. [-]
    fio_b : sequence of str
        ``CNPJ=VALUE`` with the value in R$/MWh.
    """

    file: Path
    out: Path
    icms: str = "0"
    pis: str = "0"
    cofins: str = "0"
    fio_b: Sequence[str] = ()


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
    schedules = tomllib.loads(read_text(options.out / SHARED[1])).get("schedule", {})
    rules = GroupBOptions(
        icms=_share("--icms", options.icms),
        pis=_share("--pis", options.pis),
        cofins=_share("--cofins", options.cofins),
        fio_b=_fio_b(options.fio_b),
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
