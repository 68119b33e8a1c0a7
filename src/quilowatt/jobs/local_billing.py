"""Opens a data directory for a billing run that needs no server."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quilowatt.errors import SettingsError
from quilowatt.jobs.billing_run import RunParts
from quilowatt.jobs.issuer_file import ISSUER_FILE, IssuerTerms, require_issuer
from quilowatt.jobs.tariff_files import tariff_book
from quilowatt.store import DuckReadingStore, EditedReadings, SqlLedger
from quilowatt.store.directory import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["opened_data"]


@contextmanager
def opened_data(
    data: Path,
    clock: Callable[[], float],
    *,
    issuer: Path | None = None,
    tariffs: Path | None = None,
    is_issuing: bool = True,
) -> Iterator[RunParts]:
    """Hold a data directory while a run works on it.

    Parameters
    ----------
    data : Path
        The server's directory.
    clock : callable
        [s since 1970-01-01 UTC]
    issuer : Path, optional
        Document of the issuer; else the one in the directory.
    tariffs : Path, optional
        Directory of the operator's own tariffs.
    is_issuing : bool
        False needs no issuer.

    Raises
    ------
    StoreBusy
        A server holds the directory.
    SettingsError
        There is no data, or no issuer.
    """
    if not (data / "ledger.sqlite").exists():
        raise SettingsError(
            f"{data} holds no data of a server; say --data DIR, or --server URL",
            f"{data} não guarda dados de um servidor; diga --data DIRETÓRIO ou --server URL",
        )
    directory = DataDirectory(data, secrets.token_bytes)
    try:
        book = tariff_book(*([tariffs] if tariffs else []))
        terms = IssuerTerms.nobody()
        if is_issuing:
            terms = require_issuer(issuer or data / ISSUER_FILE)
        with SqlLedger.open(directory.ledger) as ledger:
            readings = DuckReadingStore(directory.readings)
            try:
                edited = EditedReadings(readings, ledger.edits.all())
                yield RunParts(ledger, edited, book, terms, clock)
            finally:
                readings.close()
    finally:
        directory.close()
