"""`quilowatt reading`: registers that a person read, and readings that shall not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from quilowatt.cli.orders import order_of
from quilowatt.cli.remote import LangOption, ServerOption, TokenOption, client_of, tongue_of
from quilowatt.core.words import Phrase, Words

if TYPE_CHECKING:
    from quilowatt.client import Client
    from quilowatt.client.models_edits import MeterEdit
    from quilowatt.core.words import Language

__all__ = ["reading_app"]

SERVER = "http://127.0.0.1:8080"

PHRASES: Final = {
    "reading": Phrase("register {taken}, export {given}", "registro {taken}, injeção {given}"),
    "leave_out": Phrase("left out until {end}", "deixadas de fora até {end}"),
    "restore": Phrase("counts again until {end}", "voltam a contar até {end}"),
    "none": Phrase("nobody has edited readings of {meter}", "ninguém alterou leituras de {meter}"),
}

reading_app = typer.Typer(
    name="reading",
    help="Enter registers by hand, leave readings out, restore them.",
    no_args_is_help=True,
)

Meter = Annotated[
    str,
    typer.Argument(help="UUID or serial number of the meter, or part of the customer's name."),
]
Author = Annotated[str, typer.Option(help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Start = Annotated[str, typer.Option(help="First instant: 2026-11-01T00:00:00-03:00.")]
End = Annotated[str, typer.Option(help="The instant after the last.")]
Key = Annotated[
    str | None, typer.Option(help="The same key again is the same request.", show_default=False)
]


@reading_app.command()
def add(
    meter: Meter,
    time: Annotated[str, typer.Option(help="When it was read: 2026-11-01T08:00:00-03:00.")],
    import_kwh: Annotated[str, typer.Option(help="Register of energy taken. [kWh]")],
    author: Author,
    reason: Reason,
    export_kwh: Annotated[
        str | None, typer.Option(help="Register of energy given. [kWh] (as it was)")
    ] = None,
    idempotency_key: Key = None,
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Enter a register that a person read."""
    from quilowatt.client import calls_edits  # noqa: PLC0415 - other commands start faster without
    from quilowatt.client.models_edits import ManualReading  # noqa: PLC0415

    asked = order_of(
        ManualReading,
        tongue_of(lang),
        time=time,
        import_kwh=import_kwh,
        export_kwh=export_kwh,
        author=author,
        reason=reason,
    )
    with client_of(server, api_token, lang) as client:
        found = _meter(client, meter, lang)
        call = calls_edits.add_reading(found, asked, idempotency_key=idempotency_key)
        kept = client.ask(call)
    print("\n".join([_line(kept, tongue_of(lang)), *(f"   ! {note}" for note in kept.notes)]))


@reading_app.command("leave-out")
def leave_out(
    meter: Meter,
    start: Start,
    end: End,
    author: Author,
    reason: Reason,
    idempotency_key: Key = None,
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Let the readings of a period not count; they are kept."""
    from quilowatt.client import calls_edits  # noqa: PLC0415
    from quilowatt.client.models_edits import LeaveOut  # noqa: PLC0415

    asked = order_of(LeaveOut, tongue_of(lang), start=start, end=end, author=author, reason=reason)
    with client_of(server, api_token, lang) as client:
        found = _meter(client, meter, lang)
        call = calls_edits.leave_out(found, asked, idempotency_key=idempotency_key)
        print(_line(client.ask(call), tongue_of(lang)))


@reading_app.command()
def restore(
    meter: Meter,
    start: Start,
    end: End,
    author: Author,
    reason: Reason,
    idempotency_key: Key = None,
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Let the readings of a period count again."""
    from quilowatt.client import calls_edits  # noqa: PLC0415
    from quilowatt.client.models_edits import Restore  # noqa: PLC0415

    asked = order_of(Restore, tongue_of(lang), start=start, end=end, author=author, reason=reason)
    with client_of(server, api_token, lang) as client:
        found = _meter(client, meter, lang)
        call = calls_edits.restore(found, asked, idempotency_key=idempotency_key)
        print(_line(client.ask(call), tongue_of(lang)))


@reading_app.command("list")
def list_edits(
    meter: Meter,
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List what people decided about a meter's readings."""
    from quilowatt.client import calls_edits  # noqa: PLC0415

    with client_of(server, api_token, lang) as client:
        found = _meter(client, meter, lang)
        pages = client.walk(lambda cursor: client.ask(calls_edits.edits(found, cursor=cursor)))
        lines = [_line(edit, tongue_of(lang)) for edit in pages]
    print("\n".join(lines) if lines else Words(tongue_of(lang), PHRASES)("none", meter=meter))


def _meter(client: Client, meter: str, lang: str | None) -> str:
    """Find the meter that hangs where a person means; one that was exchanged has its UUID only."""
    from quilowatt.cli.usage_point_words import find_usage_point  # noqa: PLC0415

    try:
        return str(UUID(meter))
    except ValueError:
        return str(find_usage_point(client, meter, tongue_of(lang)).meter)


def _line(edit: MeterEdit, tongue: Language) -> str:
    words = Words(tongue, PHRASES)
    registers = {"taken": edit.import_kwh, "given": edit.export_kwh}
    energies = {name: words.energy_kwh(round((kwh or 0) * 1000)) for name, kwh in registers.items()}
    what = words(edit.kind, **energies, end=edit.end.isoformat())
    return f"{edit.id}  {edit.start.isoformat()}  {what}  ({edit.author}: {edit.reason})"
