"""Commands about usage points: list and show them, and say what holds there from a day on."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from quilowatt.cli.remote import (
    SERVER_DEFAULT,
    LangOption,
    ServerOption,
    TokenOption,
    client_of,
    tongue_of,
)
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from quilowatt.client import Client, UsagePointRecord

__all__ = ["usage_point_app"]

usage_point_app = typer.Typer(
    name="usage-point",
    help="Show and set what bills and alerts depend on besides energy.",
    no_args_is_help=True,
)

UNBILLED: Final = frozenset(
    ("is_vacant", "limit_w", "has_generation", "alert_sensitivity_pct", "master")
)
"""Facts for alerts alone: no bill depends on them."""

SETTABLE: Final = (
    "--tariff, --class, --attribute, --contracted-kw, --limit-w, --billing-day, --address, "
    "--vacant, --occupied, --alert-sensitivity, --generation"
)

STATED: Final = frozenset(("author", "reason", "from"))
"""What is said of every change."""

WhoArgument = Annotated[
    str,
    typer.Argument(help="UUID of it or of a meter, serial number, or part of the customer's name."),
]
FromOption = Annotated[
    str | None,
    typer.Option("--from", help="First day, 2026-11-01. (first of the running cycle)"),
]
ReasonOption = Annotated[str, typer.Option(help="Why; kept with it.")]
AuthorOption = Annotated[str | None, typer.Option(help="Who says so. (the user's name)")]
VacantOption = Annotated[
    bool | None, typer.Option("--vacant/--occupied", help="Whether nobody lives there.")
]
SensitivityOption = Annotated[
    int | None,
    typer.Option(
        "--alert-sensitivity",
        help="Of its alerts, in percent, 10 to 400; 200 halves what must be exceeded. (100)",
    ),
]
GenerationOption = Annotated[
    str | None, typer.Option(help="Whether energy may be fed in: yes, no or unknown.")
]
MasterOption = Annotated[
    str | None,
    typer.Option(
        help="The usage point (as WHO) whose meter measures this one too; '' takes it away."
    ),
]


@usage_point_app.command("list")
def list_usage_points(
    customer: Annotated[str | None, typer.Option(help="UUID or part of the name.")] = None,
    tariff: Annotated[str | None, typer.Option(help="Code of a tariff.")] = None,
    attribute: Annotated[str | None, typer.Option(help="Like class=social.")] = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List usage points with their present tariff and attributes."""
    from quilowatt.cli.usage_point_words import list_lines  # noqa: PLC0415
    from quilowatt.client import calls_terms  # noqa: PLC0415

    asked = {"customer": customer, "tariff": tariff, "attribute": attribute}
    filters: Any = {name: value for name, value in asked.items() if value is not None}
    with client_of(server, api_token, lang) as api:
        found = api.walk(
            lambda cursor: api.ask(calls_terms.usage_points(filters | {"cursor": cursor}))
        )
        print("\n".join(list_lines(found, tongue_of(lang))))


@usage_point_app.command()
def show(
    who: WhoArgument,
    day: Annotated[str | None, typer.Option(help="What holds on this day. (today)")] = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show what holds at a usage point, and all that was said of it."""
    from quilowatt.cli.usage_point_words import (  # noqa: PLC0415
        entry_lines,
        master_name,
        usage_point_lines,
    )
    from quilowatt.client import calls_terms  # noqa: PLC0415

    tongue = tongue_of(lang)
    with client_of(server, api_token, lang) as api:
        found = _found(api, who, lang)
        if day is not None:
            found = api.ask(calls_terms.usage_point(found.id, _day("--day", day)))
        print("\n".join(usage_point_lines(found, tongue, master_name(api, found))))
        entries = api.walk(lambda cursor: api.ask(calls_terms.usage_point_terms(found.id, cursor)))
        for number, line in enumerate(entry_lines(entries, tongue)):
            print(line if number else f"\n{line}")


@usage_point_app.command("set")
def set_usage_point(
    who: WhoArgument,
    tariff: Annotated[str | None, typer.Option(help="Code of a tariff of the server.")] = None,
    klass: Annotated[
        str | None, typer.Option("--class", help="Like residential or social.")
    ] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE, repeatable; KEY= takes it away.")
    ] = None,
    contracted_kw: Annotated[
        str | None, typer.Option(help="Power agreed on, in kW; 0 for none.")
    ] = None,
    limit_w: Annotated[
        int | None, typer.Option(help="What the connection carries, in W; 0 for unknown.")
    ] = None,
    billing_day: Annotated[
        str | None, typer.Option(help="Day on which cycles begin, 1 to 31 or last.")
    ] = None,
    address: Annotated[list[str] | None, typer.Option(help="A line, repeatable.")] = None,
    is_vacant: VacantOption = None,
    sensitivity_pct: SensitivityOption = None,
    generation: GenerationOption = None,
    master: MasterOption = None,
    from_day: FromOption = None,
    reason: ReasonOption = "",
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Say what holds at a usage point from a day on; the rest stays as it is."""
    attributes = dict(_attribute(text) for text in attribute or ())
    if klass is not None:
        attributes["class"] = klass or None
    change = {
        "tariff": tariff,
        "attributes": attributes or None,
        "contracted_kw": contracted_kw,
        "limit_w": limit_w,
        "billing_day": None if billing_day is None else _billing_day(billing_day),
        "address": address,
        "is_vacant": is_vacant,
        "alert_sensitivity_pct": sensitivity_pct,
        "has_generation": None if generation is None else _known(generation),
        "master": master,
    }
    said = {name: value for name, value in change.items() if value is not None}
    if not said:
        raise SettingsError(
            f"nothing to set: give {SETTABLE} or --master",
            f"nada a registrar: dê {SETTABLE} ou --master",
        )
    with client_of(server, api_token, lang) as api:
        if master:
            said["master"] = str(_found(api, master, lang).id)
        _tell(api, _found(api, who, lang), said | _stated(from_day, reason, author), lang)


@usage_point_app.command("import")
def import_usage_point(
    file: Annotated[Path, typer.Argument(help="The document that `rate --usage-point` reads.")],
    who: WhoArgument,
    from_day: FromOption = None,
    reason: ReasonOption = "",
    author: AuthorOption = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Say what a usage point document says, opening balance included."""
    from quilowatt.jobs.point_import import place_document  # noqa: PLC0415
    from quilowatt.jobs.tariff_files import read_text  # noqa: PLC0415

    document = place_document(read_text(file), str(file))
    if not document.body:
        raise SettingsError(f"{file}: it says nothing that a server keeps")
    with client_of(server, api_token, lang) as api:
        found = _found(api, who, lang)
        if document.timezone and document.timezone != found.timezone:
            raise SettingsError(
                f"{file}: its timezone is {document.timezone}, the usage point's is "
                f"{found.timezone}, which it has from its registration and keeps; take it out"
            )
        _tell(api, found, document.body | _stated(from_day, reason, author), lang)


def _tell(api: Client, found: UsagePointRecord, said: dict[str, Any], lang: str | None) -> None:
    from quilowatt.cli.usage_point_words import changed_lines, master_name  # noqa: PLC0415
    from quilowatt.client import calls_terms  # noqa: PLC0415

    changed = api.ask(calls_terms.set_usage_point(found.id, said))
    is_billed = not UNBILLED.issuperset(set(said) - STATED)
    master = master_name(api, changed.usage_point)
    print("\n".join(changed_lines(changed, tongue_of(lang), master, is_billed=is_billed)))


def _found(api: Client, who: str, lang: str | None) -> UsagePointRecord:
    from quilowatt.cli.usage_point_words import find_usage_point  # noqa: PLC0415

    return find_usage_point(api, who, tongue_of(lang))


def _stated(from_day: str | None, reason: str, author: str | None) -> dict[str, str]:
    name = author or os.environ.get("USER") or os.environ.get("LOGNAME") or "operator"
    stated = {"author": name, "reason": reason}
    if from_day is not None:
        stated["from"] = _day("--from", from_day).isoformat()
    return stated


def _attribute(text: str) -> tuple[str, str | None]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise SettingsError(
            f"--attribute {text}: write it as KEY=VALUE, for example class=social",
            f"--attribute {text}: escreva CHAVE=VALOR, por exemplo class=social",
        )
    return key.strip(), value.strip() or None


def _known(text: str) -> bool | str:
    known: dict[str, bool | str] = {"yes": True, "no": False, "unknown": "unknown"}
    if text not in known:
        raise SettingsError(
            f"--generation {text}: it is yes, no or unknown",
            f"--generation {text}: é yes (sim), no (não) ou unknown (não se sabe)",
        )
    return known[text]


def _billing_day(text: str) -> int | str:
    if text == "last":
        return text
    if not text.isdecimal():
        raise SettingsError(
            f"--billing-day {text}: it is a number from 1 to 31, or last",
            f"--billing-day {text}: é um número de 1 a 31, ou last (o último)",
        )
    return int(text)


def _day(option: str, text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError as error:
        raise SettingsError(
            f"{option} {text}: write a date as 2026-11-01",
            f"{option} {text}: escreva a data como 2026-11-01",
        ) from error
