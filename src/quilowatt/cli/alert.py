"""`quilowatt alert`: see alerts, take note of them, put them off, mute their kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

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
    from quilowatt.client import Client, UsagePointRecord
    from quilowatt.client.calls_alerts import Place
    from quilowatt.core.words import Language

__all__ = ["alert_app"]

alert_app = typer.Typer(
    name="alert", help="See alerts, and say that you know.", no_args_is_help=True
)

WHO = "UUID, a meter's UUID or serial number, or part of the customer's name."

AlertArgument = Annotated[int, typer.Argument(help="Number of the alert.")]
NoteOption = Annotated[str, typer.Option(help="What there is to say.")]
AuthorOption = Annotated[str | None, typer.Option(help="Who decides. (the user's name)")]
PlaceOption = Annotated[str | None, typer.Option("--usage-point", help=f"A place: {WHO}")]
CustomerOption = Annotated[str | None, typer.Option(help=f"All places of a customer: {WHO}")]


@alert_app.command("list")
def list_alerts(
    customer: Annotated[str | None, typer.Option(help="UUID or part of the name.")] = None,
    meter: Annotated[str | None, typer.Option(help="UUID or serial number.")] = None,
    kind: Annotated[str | None, typer.Option(help="Such as abrupt_increase.")] = None,
    is_open: Annotated[
        bool | None, typer.Option("--open/--over", help="Going on, or over.")
    ] = None,
    is_acknowledged: Annotated[
        bool | None, typer.Option("--noted/--unnoted", help="Somebody knows, or nobody.")
    ] = None,
    is_snoozed: Annotated[
        bool | None, typer.Option("--put-off/--not-put-off", help="Put off now, or not.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List alerts, the newest first."""
    from quilowatt.cli.alert_words import alert_lines  # noqa: PLC0415 - others start faster without

    asked = {
        "customer": customer,
        "meter": meter,
        "kind": kind,
        "is_open": is_open,
        "is_acknowledged": is_acknowledged,
        "is_snoozed": is_snoozed,
        "limit": limit,
    }
    filters: Any = {name: value for name, value in asked.items() if value is not None}
    with client_of(server, api_token, lang) as api:
        found = api.alerts(**filters).items
    print("\n".join(alert_lines(found, tongue_of(lang), screen_width())))


@alert_app.command()
def show(
    alert: AlertArgument,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show an alert, who did what with it, and which channels were told."""
    from quilowatt.cli.alert_words import action_lines, alert_lines  # noqa: PLC0415
    from quilowatt.cli.channel_words import notice_lines  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    tongue, width = tongue_of(lang), screen_width()
    with client_of(server, api_token, lang) as api:
        found = api.ask(calls_alerts.alert(alert))
        done = api.ask(calls_alerts.actions(alert)).items
        told = api.ask(calls_alerts.notices(alert=alert)).items
    lines = [*alert_lines([found], tongue, width), *action_lines(done, tongue)]
    print("\n".join([*lines, *(notice_lines(told, tongue, width) if told else ())]))


@alert_app.command("acknowledge", hidden=True)
@alert_app.command("ack")
def acknowledge(
    alert: AlertArgument,
    note: NoteOption = "",
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Take note of an alert: nobody is told of it any more. (also: acknowledge)"""
    from quilowatt.cli.alert_words import alert_lines  # noqa: PLC0415
    from quilowatt.cli.orders import order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import Acknowledge  # noqa: PLC0415

    tongue = tongue_of(lang)
    order = order_of(Acknowledge, tongue, author=author_of(author), note=note)
    with client_of(server, api_token, lang) as api:
        known = api.ask(calls_alerts.acknowledge(alert, order))
    print("\n".join(alert_lines([known], tongue, screen_width())))


@alert_app.command()
def snooze(
    alert: AlertArgument,
    until: Annotated[
        str | None,
        typer.Option(help="12h, 3d, or a moment: 2026-11-24T08:00. A past one ends a snooze."),
    ] = None,
    note: NoteOption = "",
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Put an alert off: until then nobody is told of it."""
    from quilowatt.cli.alert_words import alert_lines, say  # noqa: PLC0415
    from quilowatt.cli.orders import moment_of, order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import Snooze  # noqa: PLC0415

    tongue = tongue_of(lang)
    if until is None:
        raise SettingsError(say("when", tongue))
    moment = moment_of("--until", until, tongue)
    order = order_of(Snooze, tongue, until=moment, author=author_of(author), note=note)
    with client_of(server, api_token, lang) as api:
        known = api.ask(calls_alerts.snooze(alert, order))
    print("\n".join(alert_lines([known], tongue, screen_width())))


@alert_app.command()
def mute(
    reason: Annotated[str, typer.Option(help="Why.")],
    usage_point: PlaceOption = None,
    customer: CustomerOption = None,
    kind: Annotated[str | None, typer.Option(help="Such as abrupt_increase. (every kind)")] = None,
    is_muted: Annotated[bool, typer.Option("--on/--off", help="Mute, or tell again.")] = True,
    until: Annotated[
        str | None, typer.Option(help="When it ends by itself: 3d, 2026-11-24T08:00. (never)")
    ] = None,
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Tell no more alerts of a kind, at a usage point or of a customer; or tell them again."""
    from quilowatt.cli.alert_words import mute_lines  # noqa: PLC0415
    from quilowatt.cli.orders import moment_of, order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import MuteOrder  # noqa: PLC0415

    tongue = tongue_of(lang)
    order = order_of(
        MuteOrder,
        tongue,
        kind=kind,
        is_muted=is_muted,
        until=None if until is None else moment_of("--until", until, tongue),
        author=author_of(author),
        reason=reason,
    )
    with client_of(server, api_token, lang) as api:
        place, found = _meant(api, usage_point, customer, tongue)
        identity = found.customer.id if place == "customers" else found.id
        kept = api.ask(calls_alerts.mute(place, identity, order))
    print("\n".join([found.customer.name, *mute_lines([kept], tongue)]))


@alert_app.command()
def mutes(
    usage_point: PlaceOption = None,
    customer: CustomerOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show what is muted at a usage point, or of a customer, and who said so."""
    from quilowatt.cli.alert_words import mute_lines  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    tongue = tongue_of(lang)
    with client_of(server, api_token, lang) as api:
        place, found = _meant(api, usage_point, customer, tongue)
        kept = api.ask(calls_alerts.mutes("customers", found.customer.id)).items
        if place == "usage-points":
            kept = [*api.ask(calls_alerts.mutes(place, found.id)).items, *kept]
    print("\n".join([found.customer.name, *mute_lines(kept, tongue)]))


def _meant(
    api: Client, usage_point: str | None, customer: str | None, tongue: Language
) -> tuple[Place, UsagePointRecord]:
    """Find the place, or the customer at one of the places, that two options name."""
    from quilowatt.cli.alert_words import say  # noqa: PLC0415
    from quilowatt.cli.usage_point_words import find_customer, find_usage_point  # noqa: PLC0415

    if usage_point is not None and customer is None:
        return "usage-points", find_usage_point(api, usage_point, tongue)
    if customer is not None and usage_point is None:
        return "customers", find_customer(api, customer, tongue)
    raise SettingsError(say("one_of", tongue))
