"""`quilowatt reading`: registers that a person read, and readings that shall not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from quilowatt.cli.remote import LangOption, ServerOption, TokenOption, client_of
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from quilowatt.client.models_edits import MeterEdit

__all__ = ["reading_app"]

SERVER = "http://127.0.0.1:8080"

Asked = TypeVar("Asked", bound="BaseModel")

reading_app = typer.Typer(
    name="reading",
    help="Enter registers by hand, leave readings out, restore them.",
    no_args_is_help=True,
)

Meter = Annotated[str, typer.Argument(help="UUID of the meter.")]
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

    asked = _read(
        ManualReading,
        time=time,
        import_kwh=import_kwh,
        export_kwh=export_kwh,
        author=author,
        reason=reason,
    )
    with client_of(server, api_token, lang) as client:
        call = calls_edits.add_reading(meter, asked, idempotency_key=idempotency_key)
        kept = client.ask(call)
    print("\n".join([_line(kept), *(f"   ! {note}" for note in kept.notes)]))


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

    asked = _read(LeaveOut, start=start, end=end, author=author, reason=reason)
    with client_of(server, api_token, lang) as client:
        call = calls_edits.leave_out(meter, asked, idempotency_key=idempotency_key)
        print(_line(client.ask(call)))


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

    asked = _read(Restore, start=start, end=end, author=author, reason=reason)
    with client_of(server, api_token, lang) as client:
        call = calls_edits.restore(meter, asked, idempotency_key=idempotency_key)
        print(_line(client.ask(call)))


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
        pages = client.walk(lambda cursor: client.ask(calls_edits.edits(meter, cursor=cursor)))
        lines = [_line(edit) for edit in pages]
    print("\n".join(lines) if lines else f"nobody has edited readings of {meter}")


def _read(model: type[Asked], **fields: str | None) -> Asked:
    """Check options by the model of the request: all that is wrong at once."""
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        return model.model_validate(fields)
    except ValidationError as error:
        problems = (
            f"--{str(each['loc'][0]).replace('_', '-')} {fields.get(str(each['loc'][0]))}: "
            f"{model.model_fields[str(each['loc'][0])].description}"
            for each in error.errors()
        )
        raise SettingsError("; ".join(problems)) from error


def _line(edit: MeterEdit) -> str:
    what = {
        "reading": f"register {edit.import_kwh} kWh, export {edit.export_kwh} kWh",
        "leave_out": f"left out until {edit.end.isoformat()}",
        "restore": f"counts again until {edit.end.isoformat()}",
    }[edit.kind]
    return f"{edit.id}  {edit.start.isoformat()}  {what}  ({edit.author}: {edit.reason})"
