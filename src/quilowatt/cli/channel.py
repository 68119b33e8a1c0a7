"""`quilowatt channel`: where alerts are sent, and on which terms; `quilowatt notice`: what was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import typer

from quilowatt.cli.remote import (
    SERVER_DEFAULT,
    LangOption,
    ServerOption,
    TokenOption,
    author_of,
    client_of,
    screen_width,
    tongue_of,
)
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quilowatt.cli.orders import Options
    from quilowatt.client import Client
    from quilowatt.client.calls_alerts import NoticeFilter
    from quilowatt.client.models_alerts import Channel
    from quilowatt.core.words import Language

__all__ = ["channel_app", "notice_app"]

URL_VARIABLE = "QUILOWATT_CHANNEL_URL"
"""A URL given here stays out of the list of processes and the shell's history."""

channel_app = typer.Typer(name="channel", help="Say where alerts are sent.", no_args_is_help=True)

notice_app = typer.Typer(
    name="notice", help="See what channels were told, and send again.", no_args_is_help=True
)

State = Literal["waiting", "sent", "dead", "withdrawn"]

ChannelArgument = Annotated[str, typer.Argument(help="Its name or UUID.")]
AuthorOption = Annotated[str | None, typer.Option(help="Who decides. (the user's name)")]


@channel_app.command()
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    url: Annotated[
        str, typer.Option(help="https://… or one of Apprise: mailto://…", envvar=URL_VARIABLE)
    ] = "",
    customer: Annotated[
        str | None, typer.Option(help="UUID or name; its alerts alone. (all)")
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(help="Signs a webhook. (one is made)", envvar="QUILOWATT_CHANNEL_SECRET"),
    ] = None,
    language: Annotated[str | None, typer.Option(help="en or pt. (its, or yours)")] = None,
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
    from quilowatt.cli.channel_words import made_lines  # noqa: PLC0415
    from quilowatt.cli.orders import order_of  # noqa: PLC0415
    from quilowatt.cli.usage_point_words import find_customer  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import ChannelOrder  # noqa: PLC0415

    tongue = tongue_of(lang)
    start, end = _quiet(quiet, tongue)
    order = order_of(
        ChannelOrder,
        tongue,
        _options(),
        name=name,
        url=url or os.environ.get(URL_VARIABLE, ""),
        author=author_of(author),
        secret=secret,
        language=language,
        timezone=timezone,
        quiet_start=start,
        quiet_end=end,
        digest_hour=digest_hour,
        severity_min=severity_min,
        kinds=list(kind or ()),
        tells_end=tells_end,
    )
    with client_of(server, api_token, lang) as api:
        if customer is not None:
            whose = find_customer(api, customer, tongue).customer.id
            order = order.model_copy(update={"customer": whose})
        made = api.ask(calls_alerts.add_channel(order, idempotency_key=idempotency_key))
        print("\n".join(made_lines(made, tongue, screen_width(), _names(api, [made]))))


@channel_app.command("list")
def list_channels(
    customer: Annotated[str | None, typer.Option(help="UUID or name of a customer.")] = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List the channels that are in use, without their secrets."""
    from quilowatt.cli.channel_words import channel_lines  # noqa: PLC0415
    from quilowatt.cli.usage_point_words import find_customer  # noqa: PLC0415

    tongue = tongue_of(lang)
    with client_of(server, api_token, lang) as api:
        whose = None if customer is None else find_customer(api, customer, tongue).customer.id
        found = [each for each in _all(api) if whose is None or each.customer == whose]
        names = _names(api, found)
    print("\n".join(channel_lines(found, tongue, screen_width(), names)))


@channel_app.command("test")
def try_channel(
    channel: ChannelArgument,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Send a message now; exit code 1 if it did not get there."""
    from quilowatt.cli.channel_words import say  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    tongue = tongue_of(lang)
    with client_of(server, api_token, lang) as api:
        outcome = api.ask(calls_alerts.test_channel(_found(api, channel, tongue)))
    print(say("sent" if outcome.is_sent else "failed", tongue, detail=outcome.detail))
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
    from quilowatt.cli.channel_words import channel_lines  # noqa: PLC0415
    from quilowatt.cli.orders import order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import ChannelRemoval  # noqa: PLC0415

    tongue = tongue_of(lang)
    order = order_of(ChannelRemoval, tongue, author=author_of(author))
    with client_of(server, api_token, lang) as api:
        gone = api.ask(calls_alerts.remove_channel(_found(api, channel, tongue), order))
        names = _names(api, [gone])
    print("\n".join(channel_lines([gone], tongue, screen_width(), names)))


@notice_app.command("list")
def list_notices(
    state: Annotated[State | None, typer.Option(help="How far it has come.")] = None,
    channel: Annotated[str | None, typer.Option(help="Name or UUID of a channel.")] = None,
    alert: Annotated[int | None, typer.Option(help="Number of an alert.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List what channels were told or will be, the newest first; `dead` is what was given up."""
    from quilowatt.cli.channel_words import notice_lines  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    tongue = tongue_of(lang)
    filters: NoticeFilter = {"limit": limit}
    if state is not None:
        filters["state"] = state
    if alert is not None:
        filters["alert"] = alert
    with client_of(server, api_token, lang) as api:
        if channel is not None:
            filters["channel"] = _found(api, channel, tongue)
        found = api.ask(calls_alerts.notices(**filters)).items
    print("\n".join(notice_lines(found, tongue, screen_width())))


@notice_app.command()
def retry(
    notice: Annotated[int, typer.Argument(help="Number of a notice that was given up.")],
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Send a notice after all that was given up, now."""
    from quilowatt.cli.channel_words import notice_lines  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    with client_of(server, api_token, lang) as api:
        again = api.ask(calls_alerts.retry_notice(notice))
    print("\n".join(notice_lines([again], tongue_of(lang), screen_width())))


def _all(api: Client) -> list[Channel]:
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    return list(api.walk(lambda cursor: api.ask(calls_alerts.channels(cursor=cursor))))


def _names(api: Client, channels: Iterable[Channel]) -> dict[UUID, str]:
    """Ask for the names of the customers whose channels these are."""
    from quilowatt.client import calls_terms  # noqa: PLC0415

    customers = {each.customer for each in channels if each.customer is not None}
    return {
        customer: place.customer.name
        for customer in customers
        for place in api.ask(calls_terms.usage_points({"customer": str(customer)})).items[:1]
    }


def _found(api: Client, who: str, tongue: Language) -> str:
    """Find the UUID of the channel that a person means by UUID or name."""
    from quilowatt.cli.channel_words import say  # noqa: PLC0415

    try:
        return str(UUID(who))
    except ValueError:
        named = [each for each in _all(api) if each.name.casefold() == who.casefold()]
    if len(named) != 1:
        raise SettingsError(say("several" if named else "nobody", tongue, who=who))
    return str(named[0].id)


def _options() -> Options:
    """Name options that are not called as the fields of the request are."""
    from quilowatt.cli.channel_words import PHRASES  # noqa: PLC0415

    quiet = ("--quiet", PHRASES["quiet_as"])
    return {
        "name": ("NAME", None),
        "quiet_start": quiet,
        "quiet_end": quiet,
        "kinds": ("--kind", None),
    }


def _quiet(text: str | None, tongue: Language) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    start, dash, end = text.partition("-")
    if not dash:
        from quilowatt.cli.channel_words import say  # noqa: PLC0415

        raise SettingsError(f"--quiet {text}: {say('quiet_as', tongue)}")
    return start.strip(), end.strip()
