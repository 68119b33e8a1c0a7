"""`quilowatt bill`: issue the invoices of a month, list them, show one."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quilowatt.cli.remote import (
    SERVER_DEFAULT,
    LangOption,
    ServerOption,
    TokenOption,
    client_of,
    tongue_of,
)
from quilowatt.errors import SettingsError, StoreBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quilowatt.client import Client
    from quilowatt.client.models_invoices import BillingRun

__all__ = ["bill_app"]

DATA = Path("quilowatt-data/server")
POLL_S = 0.5
"""How often a server is asked how far it is. [s]"""

MONTH_SIZE = len("2026-10")

bill_app = typer.Typer(
    name="bill", help="Issue the invoices of a month, list them, show one.", no_args_is_help=True
)

Month = Annotated[str, typer.Argument(help="The cycles that begin in it: 2026-10.")]
ServerChoice = Annotated[
    str | None, typer.Option("--server", help="Ask this server, by its URL. (the data directory)")
]
DataOption = Annotated[Path, typer.Option(help="Directory of the server's data.")]


@bill_app.command()
def run(
    month: Month,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute, and write nothing.")] = False,
    customer: Annotated[str | None, typer.Option(help="UUID or part of the name.")] = None,
    usage_point: Annotated[str | None, typer.Option(help="UUID.")] = None,
    tariff: Annotated[str | None, typer.Option(help="Code of the tariff.")] = None,
    data: DataOption = DATA,
    issuer: Annotated[
        Path | None, typer.Option(help="Document of the issuer. (issuer.toml of the data)")
    ] = None,
    tariffs: Annotated[
        Path | None,
        typer.Option(help="Directory of tariffs of your own.", envvar="QUILOWATT_TARIFFS"),
    ] = None,
    server: ServerChoice = None,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Issue every ended cycle of a month, once; what was cut short goes on.

    Works on the data directory itself; where a server holds it, or with --server, it is asked.
    """
    choice = {"customer": customer, "usage_point": usage_point, "tariff": tariff}
    chosen = {name: text for name, text in choice.items() if text is not None}
    _check_month(month)
    tongue = tongue_of(lang)
    outcome = None
    if server is None:
        with suppress(StoreBusy):
            outcome = _run_here(month, chosen, (data, issuer, tariffs), is_dry=dry_run)
    if outcome is None:
        if issuer is not None:
            raise SettingsError("--issuer: a server reads the issuer.toml of its data directory")
        with client_of(server or SERVER_DEFAULT, api_token, lang) as client:
            outcome = _run_there(client, {"month": month, "dry_run": dry_run, **chosen})
    _tell(outcome, tongue, is_dry=dry_run)


@bill_app.command("list")
def list_(
    month: Annotated[str | None, typer.Option(help="Only of this month: 2026-10.")] = None,
    state: Annotated[
        str | None, typer.Option(help="running, unissued, issued, paid, overdue or replaced.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="UUID or part of the name.")] = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List bills and invoices of a running server."""
    from rich.console import Console  # noqa: PLC0415 - other commands start faster without
    from rich.table import Table  # noqa: PLC0415

    from quilowatt.cli.bill_words import invoice_row, say  # noqa: PLC0415

    asked = {"month": month, "state": state, "customer": customer}
    filters: dict[str, Any] = {name: text for name, text in asked.items() if text is not None}
    tongue = tongue_of(lang)
    table = Table(*(say(head, tongue) for head in ("invoice", "customer", "month", "state", "due")))
    table.add_column(say("total", tongue), justify="right")
    cursor = None
    with client_of(server, api_token, lang) as client:
        while True:
            page = client.invoices(limit=1000, cursor=cursor, **filters)
            for item in page.items:
                table.add_row(*invoice_row(item, tongue))
            cursor = page.next_cursor
            if cursor is None:
                break
    Console().print(table)


@bill_app.command()
def show(
    number: Annotated[str, typer.Argument(help="Number of the invoice.")],
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Print an issued invoice as JSON, whole."""
    from quilowatt.client import calls_invoices  # noqa: PLC0415 - as above

    with client_of(server, api_token, lang) as client:
        found = client.ask(calls_invoices.invoice(number))
    print(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=2))


def _check_month(month: str) -> None:
    from quilowatt.core.calendar import MONTH  # noqa: PLC0415 - as above

    if MONTH.fullmatch(month) is None:
        raise SettingsError(
            f"month {month}: write it YYYY-MM, like 2026-10",
            f"mês {month}: escreva AAAA-MM, como 2026-10",
        )


def _run_here(
    month: str,
    chosen: dict[str, str],
    where: tuple[Path, Path | None, Path | None],
    *,
    is_dry: bool,
) -> dict[str, Any]:
    """Work on the data directory itself."""
    from dataclasses import replace  # noqa: PLC0415 - as above

    from quilowatt.jobs.billing_run import begin_run, carry_on, rehearse  # noqa: PLC0415
    from quilowatt.jobs.local_billing import opened_data  # noqa: PLC0415
    from quilowatt.jobs.run_findings import NOT_ISSUED, finding_text  # noqa: PLC0415
    from quilowatt.store import RunChoice  # noqa: PLC0415

    data, issuer, tariffs = where
    choice = RunChoice(**chosen)
    with (
        opened_data(
            data, time.time, issuer=issuer, tariffs=tariffs, is_issuing=not is_dry
        ) as opened,
        _progress() as show_progress,
    ):
        parts = replace(opened, on_progress=lambda now: show_progress(now.done, now.total))
        if is_dry:
            result = rehearse(parts, month, choice)
        else:
            result = carry_on(parts, begin_run(parts, month, choice))
    return {
        "total": result.total,
        "before": result.before,
        "issued": result.issued,
        "sums": {currency: str(total) for currency, total in result.sums.items()},
        "findings": [
            (
                finding.details.get("customer", ""),
                finding.details.get("usage_point", ""),
                {"en": finding_text(finding, "en"), "pt": finding_text(finding, "pt")},
                finding.kind not in NOT_ISSUED,
            )
            for finding in result.findings
        ],
    }


def _run_there(client: Client, asked: dict[str, Any]) -> dict[str, Any]:
    """Ask a server, and watch it until it is done."""
    from quilowatt.client import calls_invoices  # noqa: PLC0415 - as above
    from quilowatt.client.models_invoices import BillingRunRequest  # noqa: PLC0415

    found: BillingRun = client.ask(calls_invoices.start_run(BillingRunRequest(**asked)))
    # A run that was cut short goes on; a rehearsal has no number, and is over by now.
    begun = 0 if found.id is None else found.issued
    with _progress() as show_progress:
        while found.state == "running" and found.id is not None:
            show_progress(found.done, found.total)
            time.sleep(POLL_S)
            found = client.ask(calls_invoices.billing_run(found.id))
    if found.state == "interrupted":
        raise SettingsError(
            f"billing run {found.id} stopped: {found.failure or 'the server ended'}; run it again",
            f"a emissão {found.id} parou: {found.failure or 'o servidor terminou'}; rode de novo",
        )
    issued = found.issued - begun
    refused = {each.usage_point for each in found.findings if not each.is_issued}
    return {
        "total": found.total,
        "before": found.total - issued - len(refused),
        "issued": issued,
        "sums": {currency: str(total) for currency, total in found.sums.items()},
        "findings": [
            (
                each.customer,
                str(each.usage_point),
                {"en": each.message, "pt": each.message},
                each.is_issued,
            )
            for each in found.findings
        ],
    }


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr."""
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _tell(outcome: dict[str, Any], tongue: str, *, is_dry: bool) -> None:
    """Say what was issued, and list what needs a person."""
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415

    is_pt = tongue == "pt"
    if not outcome["total"]:
        print("Nada a emitir." if is_pt else "Nothing is left to issue.")
        return
    sums = ", ".join(f"{total} {currency}" for currency, total in outcome["sums"].items())
    what = {
        (False, False): "issued",
        (False, True): "would be issued",
        (True, False): "emitidas",
        (True, True): "seriam emitidas",
    }[is_pt, is_dry]
    before = "já emitidas" if is_pt else "issued before"
    line = f"{outcome['issued']} {what}{f' ({sums})' if sums else ''}, {outcome['before']} {before}"
    unit = "unidades consumidoras" if is_pt else "usage points"
    print(f"{line}, {outcome['total']} {unit}")
    if not outcome["findings"]:
        return
    heads = ("cliente", "unidade consumidora", "o que ver")
    table = Table(
        *(heads if is_pt else ("customer", "usage point", "what to look at")),
        title="Precisa de alguém" if is_pt else "Needs a person",
    )
    # A UUID is broken, never cut: people copy it.
    table.columns[1].overflow = "fold"
    ordered = sorted(outcome["findings"], key=lambda found: (found[3], found[0]))
    for customer, usage_point, message, _ in ordered:
        table.add_row(str(customer), str(usage_point), message[tongue])
    Console().print(table)
