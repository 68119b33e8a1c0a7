"""What people type, turned into requests: options checked by the model of the request, moments.

Called by the commands about alerts, channels and budgets. A refusal names the option as it was
typed, in the person's language, and never shows a URL or a secret.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from quilowatt.core.words import Language, Phrase, Words
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

__all__ = ["Options", "moment_of", "order_of"]

Options = dict[str, tuple[str, Phrase | None]]
"""Fields whose option is called otherwise, each with what it accepts where that differs too."""

SECRET: Final = frozenset({"url", "secret"})
"""Fields whose values are not repeated."""

UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
"""Of lengths of time, as `timedelta` names them."""

PHRASES: Final = {
    "got": Phrase("{option} {got}: {accepted}", "{option} {got}: {accepted}"),
    "missing": Phrase("{option}: {accepted}", "{option}: {accepted}"),
    "unread": Phrase(
        "{option} {got}: write a length of time from now (12h, 3d) or a moment "
        "(2026-11-24T08:00, by this machine's clock unless it has an offset)",
        "{option} {got}: escreva um tempo a partir de agora (12h, 3d) ou um instante "
        "(2026-11-24T08:00, pelo relógio desta máquina se não houver fuso)",
    ),
}


def order_of(
    model: type[BaseModel],
    tongue: Language,
    options: Options | None = None,
    **fields: Any,  # noqa: ANN401 - whatever the model has
) -> Any:  # noqa: ANN401 - an instance of model
    """Check options by the model of the request: all that is wrong at once.

    Parameters
    ----------
    model : type
        Of the request.
    tongue : {"en", "pt"}
        Language of the reader.
    options : dict, optional
        Fields that are not called as their option is.
    **fields
        As typed; None where it was left out.

    Raises
    ------
    SettingsError
        Naming each option with what is accepted.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - other commands start faster without

    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = {str(each["loc"][0]) if each["loc"] else "": each for each in error.errors()}
    problems = _problems(model, wrong, options or {}, tongue)
    raise SettingsError("; ".join(dict.fromkeys(problems)))


def moment_of(option: str, text: str, tongue: Language) -> str:
    """Read a moment, or a length of time from now, as RFC 3339.

    Raises
    ------
    SettingsError
        If it is neither.

    Examples
    --------
    >>> moment_of("--until", "2026-11-24T08:00:00-03:00", "en")
    '2026-11-24T08:00:00-03:00'
    """
    number, unit = text[:-1], text[-1:]
    if number.isdecimal() and len(number) < len("10000") and unit in UNITS:
        now = datetime.fromtimestamp(int(time.time())).astimezone()
        return (now + timedelta(**{UNITS[unit]: int(number)})).isoformat()
    try:
        return datetime.fromisoformat(text).astimezone().isoformat() if _is_local(text) else text
    except ValueError:
        raise SettingsError(Words(tongue, PHRASES)("unread", option=option, got=text)) from None


def _is_local(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is None


def _problems(
    model: type[BaseModel], wrong: Mapping[str, Any], options: Options, tongue: Language
) -> Iterable[str]:
    from quilowatt.api.accepted import said  # noqa: PLC0415 - only where something is wrong

    words = Words(tongue, PHRASES)
    for name, error in wrong.items():
        field = model.model_fields.get(name)
        if field is None:
            yield str(error["msg"])
            continue
        option, phrase = options.get(name, (f"--{name.replace('_', '-')}", None))
        accepted = phrase.spoken(tongue) if phrase else said(field.description or "", tongue)
        if name in SECRET or error["type"] == "missing" or not str(error["input"]):
            yield words("missing", option=option, accepted=accepted)
        else:
            yield words("got", option=option, got=error["input"], accepted=accepted)
