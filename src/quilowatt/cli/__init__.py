"""The commands: options in, a function of the package called, an exit code out."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID  # noqa: TC003 - Typer reads the annotations

import typer

from quilowatt import __version__
from quilowatt.cli import bill_more as _bill_more  # noqa: F401 - it adds commands
from quilowatt.cli.alert import alert_app
from quilowatt.cli.bill import bill_app
from quilowatt.cli.budget import budget_app, forecast
from quilowatt.cli.channel import channel_app, notice_app
from quilowatt.cli.payment import account, payment_app
from quilowatt.cli.reading import reading_app
from quilowatt.cli.remote import (
    SERVER_DEFAULT,
    LangOption,
    ServerOption,
    TokenOption,
    tongue_of,
)
from quilowatt.cli.usage_point import usage_point_app
from quilowatt.cli.verify import verify
from quilowatt.errors import ApiError, ApiUnreachable, QuilowattError, SettingsError, SpokenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quilowatt.core.words import Language

__all__ = ["app", "host_and_port", "main", "seconds"]

METER_PORT = 7007
"""PROTOCOL's."""

PORT_MAX = 65535

UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
"""Letters after a length of time."""

RUN, FIELD, BILLS = "Server, meter, interface", "Many meters", "Bills"
ALERTS, PLACES = "Alerts and forecast", "Places and readings"
"""Under which heads `--help` lists the commands."""

app = typer.Typer(
    name="quilowatt",
    help="The open metering system whose bill is always right and can prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

tariff_app = typer.Typer(
    name="tariff", help="List, check and import tariffs.", no_args_is_help=True
)
for group in (usage_point_app, reading_app):
    app.add_typer(group, rich_help_panel=PLACES)
for group in (bill_app, payment_app, tariff_app):
    app.add_typer(group, rich_help_panel=BILLS)
for group in (alert_app, channel_app, notice_app, budget_app):
    app.add_typer(group, rich_help_panel=ALERTS)


def main() -> None:
    """Run a command; an error of the world is one line and exit code 1."""
    try:
        app()
    except QuilowattError as error:
        tongue = tongue_of(_asked_language(sys.argv))
        print(f"quilowatt: {_said(error, tongue)}", file=sys.stderr)
        if isinstance(error, ApiUnreachable) and not error.status:
            from quilowatt.cli.alert_words import say  # noqa: PLC0415 - only then

            print(say("unreachable", tongue), file=sys.stderr)
        sys.exit(1)


def _said(error: QuilowattError, tongue: Language) -> str:
    """Say what went wrong; the server's own words are in the person's language already."""
    if isinstance(error, SpokenError | ApiUnreachable):
        return error.spoken(tongue)
    return error.detail if isinstance(error, ApiError) else str(error)


def _asked_language(arguments: Sequence[str]) -> str | None:
    """Find what `--lang` says: an error leaves the command that has read it."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--lang":
            return following
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None


@app.command(rich_help_panel=RUN)
def server(
    data: Annotated[
        Path | None, typer.Option(help="Directory of everything kept. (quilowatt-data/server)")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. (127.0.0.1)")] = None,
    http_port: Annotated[int | None, typer.Option(help="0 picks a free one. (8080)")] = None,
    meter_port: Annotated[int | None, typer.Option(help="TCP port of meters. (7007)")] = None,
    udp_port: Annotated[int | None, typer.Option(help="UDP port of meters. (7007)")] = None,
    tls_port: Annotated[int | None, typer.Option(help="With a certificate. (7008)")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    enrolment: Annotated[
        str | None, typer.Option(help="Key that a meter must bring to register.")
    ] = None,
    api_token: Annotated[
        str | None, typer.Option(help="Token that the API asks for; needed beyond loopback.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Of new usage points. (America/Bahia)")
    ] = None,
    tariff: Annotated[str | None, typer.Option(help="Of new usage points. (br/coelba-b1)")] = None,
    tariffs: Annotated[
        Path | None, typer.Option(help="Directory of tariffs of your own, besides the box.")
    ] = None,
    transport: Annotated[str | None, typer.Option(help="auto, ring or portable. (auto)")] = None,
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
        tariffs=tariffs,
        transport=transport,
    )
    _log(verbose=verbose)
    run_server(settings, lambda line: print(line, flush=True))


@app.command(rich_help_panel=RUN)
def meter(
    server: Annotated[
        str, typer.Option(help="The head-end, HOST:PORT. [port 7007; 7008 with --tls]")
    ] = "127.0.0.1",
    name: Annotated[str, typer.Option(help="What to call the customer.")] = "",
    data: Annotated[Path, typer.Option(help="Directory of this meter.")] = Path(
        "quilowatt-data/meter"
    ),
    interval: Annotated[
        int | None, typer.Option(help="Seconds between readings. (5, or what the server says)")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the simulated home. (random)")] = None,
    lang: Annotated[str | None, typer.Option(help="pt or en. (LANG)")] = None,
    enrolment: Annotated[
        str, typer.Option(help="Key of a closed head-end.", envvar="QUILOWATT_ENROLMENT")
    ] = "",
    usage_point: Annotated[
        UUID | None, typer.Option(help="Place where this meter replaces an older one.")
    ] = None,
    tls: Annotated[bool, typer.Option(help="Speak TLS.")] = False,
    ca: Annotated[Path | None, typer.Option(help="Certificate authority (PEM).")] = None,
    udp: Annotated[bool, typer.Option(help="Send readings by UDP.")] = False,
    udp_port: Annotated[int | None, typer.Option(help="UDP port, where it differs.")] = None,
    digits: Annotated[
        int | None, typer.Option(help="The Wh register wraps at 10^digits. [0: never]")
    ] = None,
    serial: Annotated[str, typer.Option(help="Serial number on its plate.")] = "",
    model: Annotated[str, typer.Option(help="Model on its plate.")] = "quilowatt meter",
) -> None:
    """Be a meter with a keyboard: a person raises and lowers the consumption."""
    from quilowatt.meter.device import MeterOptions, run_meter  # noqa: PLC0415

    options = MeterOptions(
        server=server,
        name=name,
        data=data,
        interval_s=interval,
        seed=seed,
        lang=lang,
        enrolment=enrolment,
        usage_point=usage_point,
        is_tls=tls,
        ca=ca,
        is_udp=udp,
        udp_port=udp_port,
        digits=digits,
        serial=serial,
        model=model,
    )
    raise typer.Exit(run_meter(options))


@app.command(rich_help_panel=RUN)
def watch(
    server: Annotated[str, typer.Option(help="URL of the API.")] = "http://127.0.0.1:8080",
    api_token: Annotated[
        str | None, typer.Option("--api-token", "--token", help="What the server asks for.")
    ] = None,
    client: Annotated[
        str | None, typer.Option(help="Whom to show: UUID, serial number or part of a name.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="pt or en. (LANG)")] = None,
    once: Annotated[bool, typer.Option(help="Print the state as a table and end.")] = False,
) -> None:
    """Follow consumption, bill and alerts in the terminal."""
    from quilowatt.tui.options import WatchOptions  # noqa: PLC0415
    from quilowatt.tui.watch import run_watch  # noqa: PLC0415

    options = WatchOptions(server=server, token=api_token, client=client, lang=lang, is_once=once)
    raise typer.Exit(run_watch(options))


@app.command(rich_help_panel=FIELD)
def fleet(
    server: Annotated[str, typer.Option(help="The head-end, HOST:PORT.")] = "127.0.0.1:7007",
    udp_port: Annotated[int | None, typer.Option(help="UDP port, where it differs.")] = None,
    meters: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    interval: Annotated[str, typer.Option(help="Between live readings: 900, 15m.")] = "15m",
    history: Annotated[str, typer.Option(help="Back-fill so much first: 40d, 12h.")] = "0",
    transport: Annotated[str, typer.Option(help="tcp or udp.")] = "tcp",
    seed: Annotated[int, typer.Option(help="Names the town: same seed, same consumption.")] = 1,
    enrolment: Annotated[
        str, typer.Option(help="Key of a closed head-end.", envvar="QUILOWATT_ENROLMENT")
    ] = "",
    state: Annotated[
        Path | None, typer.Option(help="Keep identities here, to go on later.")
    ] = None,
    count: Annotated[int | None, typer.Option(help="Live readings of each meter.")] = None,
    duration: Annotated[
        str | None, typer.Option(help="Stop after so long; 0 sends history only.")
    ] = None,
) -> None:
    """Be many meters in one process."""
    from quilowatt.meter.fleet import FleetOptions, run_fleet  # noqa: PLC0415

    if transport not in {"tcp", "udp"}:
        raise SettingsError(f"--transport {transport}: it is tcp or udp")
    host, port = host_and_port(server, METER_PORT)
    options = FleetOptions(
        host=host,
        port=port,
        udp_port=udp_port,
        meters=meters,
        interval_s=seconds("--interval", interval),
        history_s=seconds("--history", history),
        is_udp=transport == "udp",
        seed=seed,
        enrolment=enrolment,
        state=state,
        live_count=count,
        duration_s=None if duration is None else seconds("--duration", duration),
    )
    report = run_fleet(options)
    print(report.summary())
    raise typer.Exit(1 if report.unanswered else 0)


@app.command(rich_help_panel=FIELD)
def replay(
    file: Annotated[Path, typer.Argument(help="Parquet or CSV (also .gz).")],
    server: Annotated[str, typer.Option(help="The head-end, HOST:PORT.")] = "127.0.0.1:7007",
    id_column: Annotated[str | None, typer.Option(help="Column of whose it is.")] = None,
    time_column: Annotated[str | None, typer.Option(help="Column of times.")] = None,
    energy_column: Annotated[str | None, typer.Option(help="Column of energy.")] = None,
    unit: Annotated[str, typer.Option(help="Of the energy: Wh or kWh.")] = "kWh",
    kind: Annotated[str, typer.Option(help="interval energy, or register values.")] = "interval",
    stamp: Annotated[str, typer.Option(help="A time is the start or end of its interval.")] = (
        "start"
    ),
    time_zone: Annotated[str, typer.Option(help="Of times that name none.")] = "UTC",
    limit_meters: Annotated[int | None, typer.Option(help="Only the first so many.")] = None,
    enrolment: Annotated[
        str, typer.Option(help="Key of a closed head-end.", envvar="QUILOWATT_ENROLMENT")
    ] = "",
) -> None:
    """Send real interval data through the protocol, as cumulative registers."""
    from quilowatt.meter.replay import ReplayOptions, run_replay  # noqa: PLC0415

    host, port = host_and_port(server, METER_PORT)
    options = ReplayOptions(
        file=file,
        host=host,
        port=port,
        id_column=id_column,
        time_column=time_column,
        energy_column=energy_column,
        unit=unit,
        kind=kind,
        stamp=stamp,
        time_zone=time_zone,
        limit_meters=limit_meters,
        enrolment=enrolment,
    )
    report = run_replay(options)
    print(report.summary())
    raise typer.Exit(1 if report.unanswered else 0)


@app.command(rich_help_panel=BILLS)
def rate(
    tariff: Annotated[Path, typer.Option(help="The tariff document (TOML or JSON).")],
    profile: Annotated[Path, typer.Option(help="CSV: time, import_wh and maybe export_wh.")],
    start: Annotated[str, typer.Option(help="First day or instant: 2026-10-01.")],
    end: Annotated[str, typer.Option(help="Day or instant after the last.")],
    usage_point: Annotated[Path | None, typer.Option(help="Document of the place.")] = None,
    timezone: Annotated[str, typer.Option(help="Whose days count. [the documents']")] = "",
    cycles: Annotated[str, typer.Option(help="one, or monthly: split at the billing day.")] = "one",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Rate a load profile by a tariff, offline."""
    from quilowatt.jobs.rate_file import RateOptions, rate_file  # noqa: PLC0415
    from quilowatt.jobs.rate_words import as_json, as_text  # noqa: PLC0415

    if cycles not in {"one", "monthly"}:
        raise SettingsError(f"--cycles {cycles}: it is one or monthly")
    options = RateOptions(
        tariff=tariff,
        profile=profile,
        start=start,
        end=end,
        usage_point=usage_point,
        timezone=timezone,
        is_monthly=cycles == "monthly",
    )
    rated = rate_file(options)
    print(as_json(rated) if json else as_text(rated))


@tariff_app.command("list")
def list_tariffs(
    code: Annotated[str, typer.Argument(help="Only codes that hold this.")] = "",
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List the tariffs that a server has."""
    from quilowatt.cli.usage_point_words import tariff_lines  # noqa: PLC0415

    print("\n".join(tariff_lines(server, api_token, lang, code)))


@tariff_app.command()
def check(file: Annotated[Path, typer.Argument(help="The tariff document.")]) -> None:
    """Say everything that is wrong with a tariff document, or that it is sound."""
    from quilowatt.jobs.tariff_files import read_tariff  # noqa: PLC0415

    found = read_tariff(file)
    first, last = found.versions[0].first_day, found.versions[-1].last_day
    print(f"{file}: {found.code} is sound, from {first} {f'until {last}' if last else 'on'}")


@tariff_app.command("import-aneel")
def import_aneel(
    file: Annotated[Path, typer.Argument(help="ANEEL's CSV of homologated tariffs.")],
    out: Annotated[Path, typer.Option(help="Directory of tariffs to write into.")],
    icms: Annotated[str, typer.Option(help="Share like 0.18, instead of the state's.")] = "",
    pis: Annotated[str, typer.Option(help="Share inside the price, like 0.0082.")] = "",
    cofins: Annotated[str, typer.Option(help="Share inside the price, like 0.0377.")] = "",
    fio_b: Annotated[list[str] | None, typer.Option(help="CNPJ=R$/MWh, for SCEE GD II.")] = None,
    uf: Annotated[list[str] | None, typer.Option(help="CNPJ=UF of a distributor.")] = None,
    pis_cofins: Annotated[Path | None, typer.Option(help="CSV by distributor and month.")] = None,
    components: Annotated[Path | None, typer.Option(help="CSV of Fio B, Fio A, …")] = None,
) -> None:
    """Write Brazil's residential tariffs from ANEEL's open data."""
    from quilowatt.jobs.aneel_import import AneelImport, import_aneel  # noqa: PLC0415

    options = AneelImport(
        file,
        out,
        icms=icms,
        pis=pis,
        cofins=cofins,
        fio_b=fio_b or (),
        uf=uf or (),
        pis_cofins=pis_cofins,
        components=components,
    )
    written = import_aneel(options)
    print(f"{len(written)} tariffs written below {out}")


@app.command(rich_help_panel=RUN)
def demo(
    data: Annotated[
        Path | None, typer.Option(help="Keep the data here. (a temporary directory)")
    ] = None,
    homes: Annotated[int, typer.Option(min=1, help="Simulated homes.")] = 20,
    interval: Annotated[int, typer.Option(min=1, help="Seconds between live readings.")] = 3,
    seed: Annotated[int, typer.Option(help="Names the town.")] = 1,
) -> None:
    """Show everything: a server, 20 homes with 40 days of history, and an alert."""
    from quilowatt.demo import run_demo  # noqa: PLC0415

    raise typer.Exit(run_demo(data=data, homes=homes, interval_s=interval, seed=seed))


@app.command(rich_help_panel=RUN)
def version() -> None:
    """Print the version."""
    print(__version__)


app.command(rich_help_panel=BILLS)(account)
app.command(rich_help_panel=BILLS)(verify)
app.command(rich_help_panel=ALERTS)(forecast)


def seconds(option: str, text: str) -> int:
    """Read a length of time such as 900, 15m, 12h or 40d. [s]

    Examples
    --------
    >>> seconds("--history", "40d")
    3456000
    """
    number = text.rstrip("smhd")
    unit = text[len(number) :]
    if not number.isdecimal() or unit not in UNIT_S:
        raise SettingsError(f"{option} {text}: write a length of time as 900, 15m, 12h or 40d")
    return int(number) * UNIT_S[unit]


def host_and_port(text: str, port: int) -> tuple[str, int]:
    """Read HOST, HOST:PORT or [IPV6]:PORT.

    Examples
    --------
    >>> host_and_port("[::1]:7007", 7007), host_and_port("meters.example", 7007)
    (('::1', 7007), ('meters.example', 7007))
    """
    host, colon, number = text.rpartition(":")
    if not colon or "]" in number:
        host, number = text, str(port)
    if not number.isdecimal() or int(number) > PORT_MAX or not host:
        raise SettingsError(f"--server {text}: write it as HOST:PORT, for example 127.0.0.1:{port}")
    return host.strip("[]"), int(number)


def _log(*, verbose: bool) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    for library in ("alembic", "uvicorn.error"):
        logging.getLogger(library).setLevel(logging.WARNING)
