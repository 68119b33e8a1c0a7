"""`quilowatt channel`: where alerts are sent, and on which terms."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from quilowatt.cli.remote import (
    SERVER_DEFAULT,
    LangOption,
    ServerOption,
    TokenOption,
    author_of,
    client_of,
    tongue_of,
)
from quilowatt.errors import SettingsError

__all__ = ["channel_app"]

URL_VARIABLE = "QUILOWATT_CHANNEL_URL"
"""A URL given here stays out of the list of processes and the shell's history."""

channel_app = typer.Typer(name="channel", help="Say where alerts are sent.", no_args_is_help=True)

ChannelArgument = Annotated[str, typer.Argument(help="UUID of the channel.")]
AuthorOption = Annotated[str | None, typer.Option(help="Who decides. (the user's name)")]


@channel_app.command()
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    url: Annotated[
        str, typer.Option(help="https://… or one of Apprise: mailto://…", envvar=URL_VARIABLE)
    ] = "",
    customer: Annotated[str | None, typer.Option(help="UUID; its alerts alone. (all)")] = None,
    secret: Annotated[
        str | None,
        typer.Option(help="Signs a webhook. (one is made)", envvar="QUILOWATT_CHANNEL_SECRET"),
    ] = None,
    language: Annotated[str | None, typer.Option(help="en or pt. (yours)")] = None,
    timezone: Annotated[str | None, typer.Option(help="Like America/Bahia.")] = None,
    quiet: Annotated[str | None, typer.Option(help="Hours of rest: 22:00-07:00.")] = None,
    digest_hour: Annotated[
        int | None, typer.Option(help="One message a day at this hour. (at once)")
    ] = None,
    severity_min: Annotated[str, typer.Option(help="info, warning or critical.")] = "info",
    kind: Annotated[list[str] | None, typer.Option(help="Repeatable. (every kind)")] = None,
    tells_end: Annotated[bool, typer.Option("--tell-end", help="Tell ends too.")] = False,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key again is the same channel.")
    ] = None,
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Add a channel; of a webhook the secret is printed, this once."""
    from quilowatt.cli.alert_words import made_lines, order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import ChannelOrder  # noqa: PLC0415

    tongue = tongue_of(lang)
    start, end = _quiet(quiet)
    order = order_of(
        ChannelOrder,
        name=name,
        url=url or os.environ.get(URL_VARIABLE, ""),
        author=author_of(author),
        customer=customer,
        secret=secret,
        language=language or tongue,
        timezone=timezone,
        quiet_start=start,
        quiet_end=end,
        digest_hour=digest_hour,
        severity_min=severity_min,
        kinds=list(kind or ()),
        tells_end=tells_end,
    )
    with client_of(server, api_token, lang) as api:
        made = api.ask(calls_alerts.add_channel(order, idempotency_key=idempotency_key))
    print("\n".join(made_lines(made, tongue)))


@channel_app.command("list")
def list_channels(
    customer: Annotated[str | None, typer.Option(help="UUID of a customer.")] = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List the channels that are in use, without their secrets."""
    from quilowatt.cli.alert_words import channel_lines  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    with client_of(server, api_token, lang) as api:
        found = api.walk(
            lambda cursor: api.ask(calls_alerts.channels(customer=customer, cursor=cursor))
        )
        print("\n".join(channel_lines(found, tongue_of(lang))))


@channel_app.command("test")
def try_channel(
    channel: ChannelArgument,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Send a message now; exit code 1 if it did not get there."""
    from quilowatt.cli.alert_words import say  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    with client_of(server, api_token, lang) as api:
        outcome = api.ask(calls_alerts.test_channel(channel))
    print(say("sent" if outcome.is_sent else "failed", tongue_of(lang), detail=outcome.detail))
    raise typer.Exit(0 if outcome.is_sent else 1)


@channel_app.command()
def remove(
    channel: ChannelArgument,
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Use a channel no more; that it was there stays on record."""
    from quilowatt.cli.alert_words import channel_lines, order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import ChannelRemoval  # noqa: PLC0415

    order = order_of(ChannelRemoval, author=author_of(author))
    with client_of(server, api_token, lang) as api:
        gone = api.ask(calls_alerts.remove_channel(channel, order))
    print("\n".join(channel_lines([gone], tongue_of(lang))))


def _quiet(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    start, dash, end = text.partition("-")
    if not dash:
        raise SettingsError(f"--quiet {text}: write it as 22:00-07:00")
    return start.strip(), end.strip()
