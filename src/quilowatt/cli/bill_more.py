"""`quilowatt bill`: print and prove an invoice, say why it differs, correct it, compare tariffs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from quilowatt.cli.bill import bill_app
from quilowatt.cli.remote import (
    SERVER_DEFAULT,
    LangOption,
    ServerOption,
    TokenOption,
    client_of,
    tongue_of,
)
from quilowatt.errors import SettingsError

__all__ = ["compare", "correct", "corrections", "explain", "pdf", "proof"]

Number = Annotated[str, typer.Argument(help="Number of the invoice.")]
Out = Annotated[Path | None, typer.Option(help="File to write. (NUMBER and its ending)")]


@bill_app.command()
def pdf(
    number: Number,
    out: Out = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Print an invoice as PDF."""
    _save(number, "pdf", out or Path(f"{number}.pdf"), (server, api_token, lang))


@bill_app.command()
def proof(
    number: Number,
    out: Out = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Get the proof of an invoice, for `quilowatt verify`."""
    _save(number, "proof", out or Path(f"{number}.proof.json"), (server, api_token, lang))


@bill_app.command()
def explain(
    number: Number,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Say why an invoice differs from the cycle before, cause by cause."""
    from quilowatt.cli.bill_words import difference_lines  # noqa: PLC0415 - others start faster
    from quilowatt.client import calls_corrections  # noqa: PLC0415

    with client_of(server, api_token, lang) as client:
        print("\n".join(difference_lines(client.ask(calls_corrections.difference(number)))))


@bill_app.command()
def corrections(
    month: Annotated[str, typer.Argument(help="The cycles that begin in it: 2026-10.")],
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List invoices that would come out differently now, and why."""
    from quilowatt.cli.bill_words import correction_lines  # noqa: PLC0415
    from quilowatt.client import calls_corrections  # noqa: PLC0415

    with client_of(server, api_token, lang) as client:
        pages = client.walk(
            lambda cursor: client.ask(calls_corrections.corrections(month, cursor=cursor))
        )
        print("\n".join(correction_lines(pages, month, tongue_of(lang))))


@bill_app.command()
def correct(
    number: Number,
    author: Annotated[str, typer.Option(help="Who decides.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Take an invoice back by a credit note and issue its replacement."""
    from pydantic import ValidationError  # noqa: PLC0415

    from quilowatt.cli.bill_words import corrected_lines, say  # noqa: PLC0415
    from quilowatt.client import calls_corrections  # noqa: PLC0415
    from quilowatt.client.models_corrections import CorrectionOrder  # noqa: PLC0415

    try:
        order = CorrectionOrder(author=author, reason=reason)
    except ValidationError as error:
        raise SettingsError(say("must_say", tongue_of(lang))) from error
    with client_of(server, api_token, lang) as client:
        made = client.ask(calls_corrections.correct(number, order))
    print("\n".join(corrected_lines(made, tongue_of(lang))))


@bill_app.command()
def compare(
    who: Annotated[
        str,
        typer.Argument(
            help="UUID of the usage point or a meter, serial number, or part of a name."
        ),
    ],
    tariff: Annotated[list[str], typer.Option(help="Code of a tariff; may be repeated.")],
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show what the last cycles would have cost under other tariffs."""
    from quilowatt.cli.bill_words import what_if_lines  # noqa: PLC0415
    from quilowatt.cli.usage_point_words import find_usage_point  # noqa: PLC0415
    from quilowatt.client import calls_corrections  # noqa: PLC0415

    tongue = tongue_of(lang)
    with client_of(server, api_token, lang) as client:
        place = find_usage_point(client, who, tongue).id
        found = client.ask(calls_corrections.what_if(place, tariff, of="usage-points"))
    print("\n".join(what_if_lines(found, tongue)))


def _save(number: str, what: str, path: Path, where: tuple[str, str | None, str | None]) -> None:
    with client_of(*where) as client:
        body = client.fetch(f"/v1/invoices/{quote(number, safe='')}/{what}")
    try:
        path.write_bytes(body)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    print(path)
