"""What a person types at the meter, as values: text in, command out, never an exception.

Portuguese and English are both understood, whatever the language of the answers; accents, case and
articles don't matter. What can't be understood is a value too, and says why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from quilowatt.meter.appliances import BY_NAME, Appliance, find_appliance, plain

__all__ = [
    "POWER_W_MAX",
    "ChangePower",
    "Command",
    "FollowHousehold",
    "HoldPower",
    "ListAppliances",
    "NotUnderstood",
    "Nothing",
    "Quit",
    "ShowHelp",
    "ShowStatus",
    "Switch",
    "SwitchAllOff",
    "parse_command",
]

POWER_W_MAX: Final = 100_000
"""Above any low-voltage connection of a home or shop (75 kW in Brazil): a slip of the hand. [W]"""

ECHO_SIZE_MAX: Final = 40
"""So much of what was typed is repeated in an answer: it stays on one line. [chars]"""

DIGITS_MAX: Final = 9
"""A longer number is too much anyway, and need not be read. [decimal digits]"""


@dataclass(frozen=True, slots=True)
class ChangePower:
    """Raise, or where negative lower, the consumption by so much [W]."""

    delta_w: int


@dataclass(frozen=True, slots=True)
class HoldPower:
    """Hold the consumption at so much [W]."""

    power_w: int


@dataclass(frozen=True, slots=True)
class FollowHousehold:
    """Undo what was done by hand: the household alone decides again."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Switch an appliance on or off."""

    appliance: Appliance
    is_on: bool


@dataclass(frozen=True, slots=True)
class SwitchAllOff:
    """Switch all appliances off."""


@dataclass(frozen=True, slots=True)
class ListAppliances:
    """Show what can be switched."""


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """Show power, register and connection."""


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Show what can be typed."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End the program."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty line."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Text that is no command.

    Parameters
    ----------
    problem : {"unknown", "no_sign", "no_number", "too_much", "which", "no_appliance", "like"}
        Name of the phrase that explains it.
    text : str
        What it is about, fit to be printed.
    guess : str
        For "like": the name that was probably meant.
    """

    problem: str
    text: str
    guess: str = ""


Command = (
    ChangePower
    | FollowHousehold
    | HoldPower
    | ListAppliances
    | NotUnderstood
    | Nothing
    | Quit
    | ShowHelp
    | ShowStatus
    | Switch
    | SwitchAllOff
)

SIMPLE: Final[dict[str, Command]] = {
    **dict.fromkeys(("status", "estado", "situacao"), ShowStatus()),
    **dict.fromkeys(("help", "ajuda", "?", "h"), ShowHelp()),
    **dict.fromkeys(("quit", "exit", "sair", "q", "bye", "tchau"), Quit()),
    **dict.fromkeys(("appliances", "aparelhos", "list", "lista", "listar"), ListAppliances()),
    **dict.fromkeys(("auto", "automatic", "automatico", "automatica"), FollowHousehold()),
}
VERBS: Final = {
    **dict.fromkeys(("on", "turn on", "switch on", "ligar", "liga", "ligue", "acender"), True),
    **dict.fromkeys(("off", "turn off", "switch off", "desligar", "desliga", "desligue"), False),
    **dict.fromkeys(("apagar", "apaga"), False),
}
ARTICLES: Final = frozenset({"the", "a", "an", "o", "os", "as", "um", "uma"})
ALL: Final = frozenset({"all", "everything", "tudo", "todos", "todas"})
SIGNS: Final = {"+": "+", "-": "-", "−": "-", "–": "-", "=": "="}
"""A minus may arrive as the typographic ones when it was pasted."""

AMOUNT: Final = re.compile(r"([0-9]+|[0-9]{1,3}(?:[.,][0-9]{3})+) ?(?:w|watts?)?")
KILO_AMOUNT: Final = re.compile(r"([0-9]+)(?:[.,]([0-9]{1,3}))? ?kw")


def parse_command(text: str) -> Command:
    """Understand one line that a person typed.

    Examples
    --------
    >>> parse_command("+1,5 kW"), parse_command("= 1200")
    (ChangePower(delta_w=1500), HoldPower(power_w=1200))
    >>> parse_command("Ligar o chuveiro").appliance.power_w
    5500
    >>> parse_command("onn shower")
    NotUnderstood(problem='unknown', text='onn shower', guess='')
    """
    typed = text.strip()
    words = plain(typed)
    if not typed:
        return Nothing()
    if typed[0] in SIGNS:
        return _amount(SIGNS[typed[0]], typed[1:])
    if words in SIMPLE:
        return SIMPLE[words]
    if AMOUNT.fullmatch(words) or KILO_AMOUNT.fullmatch(words):
        return NotUnderstood("no_sign", _echo(typed))
    return _switch(words, typed)


def _amount(sign: str, figure: str) -> Command:
    power_w = _watts(" ".join(figure.casefold().split()))
    if power_w is None:
        return NotUnderstood("no_number", _echo(sign + figure.strip()))
    if power_w > POWER_W_MAX:
        return NotUnderstood("too_much", _echo(sign + figure.strip()))
    if sign == "=":
        return HoldPower(power_w)
    return ChangePower(-power_w if sign == "-" else power_w)


def _watts(figure: str) -> int | None:
    """Read an amount of power; point and comma both part decimals of kW and thousands of W."""
    if whole := AMOUNT.fullmatch(figure):
        digits, thousandths = whole[1].replace(".", "").replace(",", ""), ""
    elif kilo := KILO_AMOUNT.fullmatch(figure):
        digits, thousandths = kilo[1], (kilo[2] or "").ljust(3, "0")
    else:
        return None
    return int(digits + thousandths) if len(digits) <= DIGITS_MAX else POWER_W_MAX + 1


def _switch(words: str, typed: str) -> Command:
    for verb in sorted(VERBS, key=len, reverse=True):
        if words == verb or words.startswith(verb + " "):
            return _switched(words.removeprefix(verb).split(), is_on=VERBS[verb])
    return NotUnderstood("unknown", _echo(typed))


def _switched(words: list[str], *, is_on: bool) -> Command:
    name = " ".join(words[1:] if words and words[0] in ARTICLES else words)
    if not name:
        return NotUnderstood("which", "")
    if name in ALL and not is_on:
        return SwitchAllOff()
    if appliance := find_appliance(name):
        return Switch(appliance, is_on)
    if close := get_close_matches(name[:ECHO_SIZE_MAX], BY_NAME, n=1, cutoff=0.75):
        return NotUnderstood("like", _echo(name), guess=close[0])
    return NotUnderstood("no_appliance", _echo(name))


def _echo(text: str) -> str:
    """Make typed text fit to be printed: one line, no control characters."""
    clean = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return clean if len(clean) <= ECHO_SIZE_MAX else clean[: ECHO_SIZE_MAX - 1] + "…"
