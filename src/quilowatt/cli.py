"""The commands: options in, a function of the package called, an exit code out."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from quilowatt import __version__
from quilowatt.errors import QuilowattError

__all__ = ["app", "main"]

app = typer.Typer(
    name="quilowatt",
    help="The open metering system whose bill is always right and can prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run a command; an error of the world is one line and exit code 1."""
    try:
        app()
    except QuilowattError as error:
        print(f"quilowatt: {error}", file=sys.stderr)
        sys.exit(1)


@app.command()
def server(
    data: Annotated[Path, typer.Option(help="Directory of everything the server keeps.")] = Path(
        "quilowatt-data/server"
    ),
    host: Annotated[str | None, typer.Option(help="Address to listen on. [127.0.0.1]")] = None,
    http_port: Annotated[int | None, typer.Option(help="0 picks a free one. [8080]")] = None,
    meter_port: Annotated[int | None, typer.Option(help="TCP port of meters. [7007]")] = None,
    udp_port: Annotated[int | None, typer.Option(help="UDP port of meters. [7007]")] = None,
    tls_port: Annotated[int | None, typer.Option(help="With a certificate. [7008]")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    enrolment: Annotated[
        str | None, typer.Option(help="Key that a meter must bring to register.")
    ] = None,
    api_token: Annotated[
        str | None, typer.Option(help="Token that the API asks for; needed beyond loopback.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Of new usage points. [America/Bahia]")
    ] = None,
    tariff: Annotated[str | None, typer.Option(help="Of new usage points. [br/coelba-b1]")] = None,
    transport: Annotated[str | None, typer.Option(help="auto, ring or portable. [auto]")] = None,
    verbose: Annotated[bool, typer.Option(help="Log what happens.")] = False,
) -> None:
    """Take readings, keep them, bill, alert, and answer by REST."""
    from quilowatt.app import run_server  # noqa: PLC0415 - other commands start faster without
    from quilowatt.config import server_settings  # noqa: PLC0415

    settings = server_settings(
        data=data,
        host=host,
        http_port=http_port,
        meter_port=meter_port,
        udp_port=udp_port,
        tls_port=tls_port,
        tls_cert=tls_cert,
        tls_key=tls_key,
        enrolment=enrolment,
        api_token=api_token,
        timezone=timezone,
        tariff=tariff,
        transport=transport,
    )
    _log(verbose=verbose)
    run_server(settings, lambda line: print(line, flush=True))


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def _log(*, verbose: bool) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    for library in ("alembic", "uvicorn.error"):
        logging.getLogger(library).setLevel(logging.WARNING)
