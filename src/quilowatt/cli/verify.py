"""The command `quilowatt verify`: proofs of invoices computed again, offline."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Final

import typer

from quilowatt.cli.remote import TokenOption, client_of
from quilowatt.errors import ProofError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quilowatt.client import Client
    from quilowatt.core.batch import ReadingColumns
    from quilowatt.jobs.proof import Proof, Verdict
    from quilowatt.jobs.proof.stored import Archive

__all__ = ["verify"]

PROVED, DIFFERS, NO_PROOF = 0, 1, 2
"""Exit codes; of several files the highest."""

PAGE: Final = 1000

WORDS: Final = {
    "en": {
        "invoice": "invoice {number}",
        "proved": "PROVED: {number} comes to {total} {currency}, by its own readings and tariff.",
        "differs": "NOT PROVED",
        "store": "the store has the same readings",
    },
    "pt": {
        "invoice": "fatura {number}",
        "proved": "PROVADA: {number} dá {total} {currency}, por suas próprias leituras e tarifa.",
        "differs": "NÃO PROVADA",
        "store": "a base tem as mesmas leituras",
    },
}


def verify(
    files: Annotated[list[Path], typer.Argument(help="Proofs of invoices (JSON, also .gz).")],
    data: Annotated[
        Path | None, typer.Option(help="Compare with the readings in this directory, too.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Compare with the readings of the API at this URL, too.")
    ] = None,
    api_token: TokenOption = None,
    lang: Annotated[str | None, typer.Option("--lang", help="pt or en. (LANG)")] = None,
) -> None:
    """Compute invoices again from their proofs; name the first thing that differs.

    Exit code 0: all proved. 1: something differs. 2: a file is no proof.
    """
    tongue = _tongue(lang)
    if data is not None and server is not None:
        raise SettingsError("--data and --server: give one of them")
    with _archive(data, server, api_token) as archive:
        codes = [_verify_file(path, archive, tongue) for path in files]
    raise typer.Exit(max(codes))


def _verify_file(path: Path, archive: Archive | None, tongue: str) -> int:
    from quilowatt.jobs.proof.document import read_proof  # noqa: PLC0415 - help is faster without
    from quilowatt.jobs.proof.verify import verify as verify_proof  # noqa: PLC0415

    try:
        proof = read_proof(_bytes(path))
    except ProofError as error:
        print(f"{path}: {error.spoken(tongue)}", file=sys.stderr)
        return NO_PROOF
    verdict = verify_proof(proof)
    print("\n".join(_lines(path, proof, verdict, tongue)))
    if not verdict.is_proved:
        return DIFFERS
    return PROVED if archive is None else _compare(archive, proof, tongue)


def _lines(path: Path, proof: Proof, verdict: Verdict, tongue: str) -> Iterator[str]:
    from quilowatt.jobs.proof.words import STAGES  # noqa: PLC0415

    words, bill = WORDS[tongue], proof.invoice.bill
    yield f"{path}: {words['invoice'].format(number=verdict.number)}"
    for stage in verdict.passed:
        yield f"  ✓ {STAGES[stage].spoken(tongue)}"
    if verdict.finding is None:
        total = bill.total * proof.invoice.sign
        yield words["proved"].format(number=verdict.number, total=total, currency=bill.currency)
        return
    yield f"  ✗ {STAGES[verdict.finding.stage].spoken(tongue)}"
    yield f"{words['differs']}: {verdict.finding.spoken(tongue)}"


def _compare(archive: Archive, proof: Proof, tongue: str) -> int:
    from quilowatt.jobs.proof.stored import first_difference_from  # noqa: PLC0415

    finding = first_difference_from(archive, proof)
    if finding is None:
        print(f"  ✓ {WORDS[tongue]['store']}")
        return PROVED
    print(f"  ✗ {finding.spoken(tongue)}")
    return DIFFERS


def _bytes(path: Path) -> bytes:
    from quilowatt.limits import PROOF_SIZE_MAX  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            # One byte more shows that the file is too long, without reading all of it.
            return file.read(PROOF_SIZE_MAX + 1)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error


def _tongue(lang: str | None) -> str:
    """Choose the language as `core.words.language` does, without its tables of figures."""
    names = (lang, *(os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")))
    tag = next((name for name in names if name), "")
    return "pt" if tag.lower().startswith("pt") else "en"


@contextmanager
def _archive(data: Path | None, server: str | None, token: str | None) -> Iterator[Archive | None]:
    if data is not None:
        with _directory(data) as archive:
            yield archive
    elif server is not None:
        yield _ServerArchive(client_of(server, token))
    else:
        yield None


@contextmanager
def _directory(path: Path) -> Iterator[Archive]:
    from quilowatt.jobs.proof.stored import StoreArchive  # noqa: PLC0415
    from quilowatt.store import DuckReadingStore, EditedReadings, SqlLedger  # noqa: PLC0415
    from quilowatt.store.directory import DataDirectory  # noqa: PLC0415

    if not (path / "ledger.sqlite").is_file():
        raise SettingsError(f"--data {path}: there is no data of a server")
    directory = DataDirectory(path, os.urandom)
    try:
        ledger = SqlLedger.open(directory.ledger)
        store = DuckReadingStore(directory.readings)
        try:
            # What people left out doesn't count, here as in bills.
            yield StoreArchive(ledger, EditedReadings(store, ledger.edits.all()))
        finally:
            store.close()
            ledger.close()
    finally:
        directory.close()


class _ServerArchive:
    """The readings of a server as its API tells them: those that count now."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def readings(
        self, meter: str, start_s: int, end_s: int, as_of: int | None
    ) -> ReadingColumns | None:
        import numpy as np  # noqa: PLC0415

        from quilowatt.core.batch import ReadingColumns  # noqa: PLC0415

        if as_of is not None:
            return None
        start, end = (datetime.fromtimestamp(each, UTC).isoformat() for each in (start_s, end_s))
        rows = [
            (
                int(reading.time.timestamp()),
                round(reading.import_kwh * 1000),
                round(reading.export_kwh * 1000),
            )
            for reading in self._client.walk(
                lambda cursor: self._client.readings(
                    meter, start=start, end=end, limit=PAGE, cursor=cursor
                )
            )
        ]
        table = np.array(rows, np.int64).reshape(-1, 3)
        zeros = np.zeros(len(rows), np.int64)
        return ReadingColumns(
            zeros.astype(np.int32), table[:, 0], table[:, 1], table[:, 2], zeros, zeros > 0
        )
