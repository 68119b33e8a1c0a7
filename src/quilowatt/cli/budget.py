"""`quilowatt budget`: a limit for each cycle; `quilowatt forecast`: what the running one takes."""

from __future__ import annotations

from typing import Annotated, Literal

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

__all__ = ["budget_app", "forecast"]

budget_app = typer.Typer(
    name="budget", help="Limit what a billing cycle takes or costs.", no_args_is_help=True
)

WhoArgument = Annotated[
    str,
    typer.Argument(help="UUID of the usage point or a meter, serial number, or part of a name."),
]


@budget_app.command("set")
def set_budget(
    who: WhoArgument,
    kwh: Annotated[str | None, typer.Option(help="Limit of energy a cycle; 0 ends it.")] = None,
    money: Annotated[str | None, typer.Option(help="Limit of money a cycle; 0 ends it.")] = None,
    author: Annotated[str | None, typer.Option(help="Who sets it. (the user's name)")] = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Set a limit: warned when the forecast exceeds it, at 80 % and at 100 %."""
    from quilowatt.cli.budget_words import PHRASES, budget_lines, say  # noqa: PLC0415
    from quilowatt.cli.orders import order_of  # noqa: PLC0415
    from quilowatt.cli.usage_point_words import find_usage_point  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415
    from quilowatt.client.models_alerts import BudgetOrder  # noqa: PLC0415

    tongue = tongue_of(lang)
    limits: dict[Literal["energy", "money"], str | None] = {"energy": kwh, "money": money}
    if not any(limits.values()):
        raise SettingsError(say("nothing_to_set", tongue))
    called = {
        "energy": ("--kwh", PHRASES["limit_kwh"]),
        "money": ("--money", PHRASES["limit_money"]),
    }
    orders = {
        measure: BudgetOrder(limit=None, author=author_of(author))
        if limit.strip() == "0"
        else order_of(
            BudgetOrder,
            tongue,
            {"limit": called[measure]},
            limit=limit,
            author=author_of(author),
        )
        for measure, limit in limits.items()
        if limit is not None
    }
    with client_of(server, api_token, lang) as api:
        place = find_usage_point(api, who, tongue).id
        kept = [
            api.ask(calls_alerts.set_budget(place, measure, order))
            for measure, order in orders.items()
        ]
    print("\n".join(budget_lines(kept, tongue)))


@budget_app.command()
def show(
    who: WhoArgument,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show budgets, what is used, and what the running cycle will come to."""
    from quilowatt.cli.budget_words import budget_lines, forecast_lines  # noqa: PLC0415
    from quilowatt.cli.usage_point_words import find_usage_point  # noqa: PLC0415
    from quilowatt.client import calls_alerts  # noqa: PLC0415

    tongue = tongue_of(lang)
    with client_of(server, api_token, lang) as api:
        place = find_usage_point(api, who, tongue)
        found = api.ask(calls_alerts.budgets(place.id)).items
        coming = api.forecast(place.id)
    lines = forecast_lines(place.customer.name, coming, tongue, screen_width())
    print("\n".join([*budget_lines(found, tongue), *lines]))


def forecast(
    who: WhoArgument,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show what a running cycle will come to, and how good forecasts were here."""
    from quilowatt.cli.budget_words import forecast_lines  # noqa: PLC0415
    from quilowatt.cli.usage_point_words import find_usage_point  # noqa: PLC0415

    tongue = tongue_of(lang)
    with client_of(server, api_token, lang) as api:
        place = find_usage_point(api, who, tongue)
        coming = api.forecast(place.id)
    print("\n".join(forecast_lines(place.customer.name, coming, tongue, screen_width())))
