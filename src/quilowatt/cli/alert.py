"""`quilowatt alert`: list alerts, take note of them, put them off, mute their kinds."""

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
    tongue_of,
)
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from quilowatt.client.calls_alerts import Place

__all__ = ["alert_app"]

alert_app = typer.Typer(
    name="alert", help="See alerts, and say that you know.", no_args_is_help=True
)

AlertArgument = Annotated[int, typer.Argument(help="Number of the alert.")]
NoteOption = Annotated[str, typer.Option(help="What there is to say.")]
AuthorOption = Annotated[str | None, typer.Option(help="Who decides. (the user's name)")]


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
        "limit": limit,
    }
    filters: Any = {name: value for name, value in asked.items() if value is not None}
    with client_of(server, api_token, lang) as api:
        print("\n".join(alert_lines(api.alerts(**filters).items, tongue_of(lang))))


@alert_app.command("ack")
def acknowledge(
    alert: AlertArgument,
    note: NoteOption = "",
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Take note of an alert."""
    from quilowatt.cli.alert_words import alert_lines, order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import Acknowledge  # noqa: PLC0415

    order = order_of(Acknowledge, author=author_of(author), note=note)
    with client_of(server, api_token, lang) as api:
        known = api.ask(calls_alerts.acknowledge(alert, order))
    print("\n".join(alert_lines([known], tongue_of(lang))))


@alert_app.command()
def snooze(
    alert: AlertArgument,
    until: Annotated[str, typer.Option(help="2026-11-24T08:00:00-03:00.")],
    note: NoteOption = "",
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Put an alert off: until then nobody is told of it."""
    from quilowatt.cli.alert_words import alert_lines, order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import Snooze  # noqa: PLC0415

    order = order_of(Snooze, until=until, author=author_of(author), note=note)
    with client_of(server, api_token, lang) as api:
        known = api.ask(calls_alerts.snooze(alert, order))
    print("\n".join(alert_lines([known], tongue_of(lang))))


@alert_app.command()
def mute(
    reason: Annotated[str, typer.Option(help="Why.")],
    usage_point: Annotated[str | None, typer.Option(help="UUID of the place.")] = None,
    customer: Annotated[str | None, typer.Option(help="UUID of the customer.")] = None,
    kind: Annotated[str | None, typer.Option(help="Such as abrupt_increase. (every kind)")] = None,
    is_muted: Annotated[bool, typer.Option("--on/--off", help="Mute, or tell again.")] = True,
    until: Annotated[str | None, typer.Option(help="When it ends by itself. (never)")] = None,
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Tell no more alerts of a kind, at a usage point or of a customer; or tell them again."""
    from quilowatt.cli.alert_words import mute_line, order_of  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import MuteOrder  # noqa: PLC0415

    if (usage_point is None) == (customer is None):
        raise SettingsError("give --usage-point or --customer, one of them")
    place: Place = "customers" if usage_point is None else "usage-points"
    order = order_of(
        MuteOrder,
        kind=kind,
        is_muted=is_muted,
        until=until,
        author=author_of(author),
        reason=reason,
    )
    with client_of(server, api_token, lang) as api:
        kept = api.ask(calls_alerts.mute(place, usage_point or customer or "", order))
    print(mute_line(kept, tongue_of(lang)))
