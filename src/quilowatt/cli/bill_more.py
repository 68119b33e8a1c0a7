"""`quilowatt bill`: print and prove an invoice, say why it differs, correct it, compare tariffs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from quilowatt.cli.bill import bill_app
from quilowatt.cli.remote import (
    SERVER_DEFAULT,
    LangOption,
    ServerOption,
    TokenOption,
    client_of,
)
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from decimal import Decimal

    from quilowatt.client.models_corrections import WhatIf

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
    from quilowatt.client import calls_corrections  # noqa: PLC0415 - others start faster without

    with client_of(server, api_token, lang) as client:
        found = client.ask(calls_corrections.difference(number))
    rows = [f"  {part.amount:>12}  {part.message}" for part in found.parts if part.amount]
    print(f"{found.before} → {found.after} {found.currency}")
    print("\n".join([*rows, f"  {found.difference:>12}  ="]))


@bill_app.command()
def corrections(
    month: Annotated[str, typer.Argument(help="The cycles that begin in it: 2026-10.")],
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List invoices that would come out differently now, and why."""
    from quilowatt.client import calls_corrections  # noqa: PLC0415

    with client_of(server, api_token, lang) as client:
        pages = client.walk(
            lambda cursor: client.ask(calls_corrections.corrections(month, cursor=cursor))
        )
        lines = [
            f"{each.invoice}  {each.customer.name}: {each.billed} → {each.now} {each.currency}\n"
            f"   {each.reason}" + (f"\n   ! {each.note}" if each.note else "")
            for each in pages
        ]
    print("\n".join(lines) if lines else f"no invoice of {month} would come out differently now")


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

    from quilowatt.client import calls_corrections  # noqa: PLC0415
    from quilowatt.client.models_corrections import CorrectionOrder  # noqa: PLC0415

    try:
        order = CorrectionOrder(author=author, reason=reason)
    except ValidationError as error:
        raise SettingsError("--author and --reason must say something") from error
    with client_of(server, api_token, lang) as client:
        made = client.ask(calls_corrections.correct(number, order))
    print(f"{made.corrected} taken back by {made.credit_note}, replaced by {made.replacement}")
    print(f"   {made.reason}")


@bill_app.command()
def compare(
    meter: Annotated[str, typer.Argument(help="UUID of the meter.")],
    tariff: Annotated[list[str], typer.Option(help="Code of a tariff; may be repeated.")],
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show what the last cycles would have cost under other tariffs."""
    from quilowatt.client import calls_corrections  # noqa: PLC0415

    with client_of(server, api_token, lang) as client:
        print(_table(client.ask(calls_corrections.what_if(meter, tariff))))


def _save(number: str, what: str, path: Path, where: tuple[str, str | None, str | None]) -> None:
    with client_of(*where) as client:
        body = client.fetch(f"/v1/invoices/{quote(number, safe='')}/{what}")
    try:
        path.write_bytes(body)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    print(path)


def _table(found: WhatIf) -> str:
    """Write months by tariffs; the cheapest total has a star."""
    if not found.cycles:
        return "no ended cycle with readings"
    heads = [f"{found.tariff} (present)", *(each.tariff for each in found.totals)]
    totals: list[Decimal | None] = [found.total, *(each.total for each in found.totals)]
    cheapest = min((total for total in totals if total is not None), default=None)
    width = max(14, *(len(head) + 2 for head in heads))
    rows = ["  ".join(["month  ", *(f"{head:>{width}}" for head in heads)])]
    for cycle in found.cycles:
        cells = [cycle.total, *(price.total for price in cycle.prices)]
        rows.append("  ".join([cycle.month, *(_cell(cell, width) for cell in cells)]))
    marked = [
        f"{_cell(total, width - 2)}{' *' if total is not None and total == cheapest else '  '}"
        for total in totals
    ]
    rows.append("  ".join(["sum    ", *marked]))
    rows += [f"{each.tariff}: {each.note}" for each in found.totals if each.note]
    return "\n".join(rows)


def _cell(amount: Decimal | None, width: int) -> str:
    return f"{'—' if amount is None else amount:>{width}}"
