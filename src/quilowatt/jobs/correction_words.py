"""Why a bill changed after it was issued: what is known now of its hours, told in words.

Pure: two load profiles of the same cells, as of two moments, become a few causes; causes become a
sentence in each language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from quilowatt.billing.tariff import Text
from quilowatt.core.calendar import local_date
from quilowatt.core.words import Phrase, format_date, format_money, format_number
from quilowatt.profile import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.core.words import Language
    from quilowatt.profile import LoadProfile
    from quilowatt.store import Edit

__all__ = ["Change", "changes_between", "reason_text"]

ChangeKind = Literal["estimated_read", "missing_read", "revised", "now_estimated", "moved"]

HOUR_S: Final = 3600

TEXTS: Final[dict[ChangeKind, tuple[Phrase, Phrase]]] = {
    "estimated_read": (
        Phrase(
            "{hours} estimated hour {when} replaced by a measured one",
            "{hours} hora estimada {when} substituída por medida",
        ),
        Phrase(
            "{hours} estimated hours {when} replaced by measured ones",
            "{hours} horas estimadas {when} substituídas por medidas",
        ),
    ),
    "missing_read": (
        Phrase(
            "{hours} hour {when} of which nothing was known was read",
            "{hours} hora {when} de que nada se sabia foi lida",
        ),
        Phrase(
            "{hours} hours {when} of which nothing was known were read",
            "{hours} horas {when} de que nada se sabia foram lidas",
        ),
    ),
    "revised": (
        Phrase("{hours} hour {when} was revised", "{hours} hora {when} foi revista"),
        Phrase("{hours} hours {when} were revised", "{hours} horas {when} foram revistas"),
    ),
    "now_estimated": (
        Phrase("{hours} hour {when} is estimated now", "{hours} hora {when} agora é estimada"),
        Phrase(
            "{hours} hours {when} are estimated now", "{hours} horas {when} agora são estimadas"
        ),
    ),
    "moved": (
        Phrase(
            "the energy of {hours} hour {when} is another",
            "a energia de {hours} hora {when} é outra",
        ),
        Phrase(
            "the energy of {hours} hours {when} is another",
            "a energia de {hours} horas {when} é outra",
        ),
    ),
}
"""What to say of one hour, and of several."""

SPANS_MAX: Final = 3
"""So many stretches of one kind are told apart; more are told together."""

ON: Final = Phrase("on {first}", "em {first}")
FROM_TO: Final = Phrase("from {first} to {last}", "de {first} a {last}")
BETWEEN: Final = Phrase("between {first} and {last}", "entre {first} e {last}")
NO_CAUSE: Final = Phrase("the same hours come to another amount", "as mesmas horas dão outro valor")
BY: Final = Phrase("{author}: {reason}", "{author}: {reason}")


@dataclass(frozen=True, slots=True)
class Change:
    """What became of some hours.

    Parameters
    ----------
    kind : str
        What was known of them, and what is.
    first_s, last_s : int
        The first and the end of the last. [s since 1970-01-01 UTC]
    length_s : int
        How long they are together. [s]
    is_scattered : bool
        True where they are not one stretch of time.
    """

    kind: ChangeKind
    first_s: int
    last_s: int
    length_s: int
    is_scattered: bool = False


def changes_between(before: LoadProfile, after: LoadProfile) -> list[Change]:
    """Compare what was known of the cells of a cycle with what is known now.

    Parameters
    ----------
    before, after : LoadProfile
        Of the same cells.

    Returns
    -------
    list of Change
        By kind, in the order of `TEXTS`, then by time; none where nothing differs. Of a kind with
        more than `SPANS_MAX` stretches one for all of them.
    """
    assert (before.start_s == after.start_s).all()
    differs = (
        (before.import_wh != after.import_wh)
        | (before.export_wh != after.export_wh)
        | (before.quality != after.quality)
    )
    old, new = before.quality, after.quality
    is_read = (new == Quality.MEASURED) | (new == Quality.REVISED)
    masks: dict[ChangeKind, NDArray[np.bool_]] = {
        "estimated_read": (old == Quality.ESTIMATED) & is_read,
        "missing_read": (old == Quality.MISSING) & (new != Quality.MISSING),
        "revised": (old != new) & (new == Quality.REVISED),
        "now_estimated": (old != new) & (new == Quality.ESTIMATED),
        "moved": np.ones_like(differs),
    }
    found, is_left = [], differs.copy()
    for kind, mask in masks.items():
        rows = np.flatnonzero(mask & is_left)
        is_left[rows] = False
        runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if rows.size else []
        parts = runs if len(runs) <= SPANS_MAX else [rows]
        found += [
            _of_cells(kind, before, part, is_scattered=len(runs) > SPANS_MAX) for part in parts
        ]
    return found


def _of_cells(
    kind: ChangeKind, profile: LoadProfile, rows: NDArray[np.intp], *, is_scattered: bool
) -> Change:
    length_s = int((profile.end_s - profile.start_s)[rows].sum())
    first_s, last_s = int(profile.start_s[rows[0]]), int(profile.end_s[rows[-1]])
    return Change(kind, first_s, last_s, length_s, is_scattered)


def reason_text(
    changes: Sequence[Change],
    edits: Sequence[Edit],
    difference: tuple[Decimal, str],
    zone: ZoneInfo,
) -> Text:
    """Say why a bill changed, and by how much.

    Parameters
    ----------
    changes : sequence of Change
        Of its hours.
    edits : sequence of Edit
        What people decided about its readings since.
    difference : tuple of Decimal, str
        New total less old one, and the currency. [currency]
    zone : ZoneInfo
        Whose dates.
    """

    def said(tongue: Language) -> str:
        causes = [_change(change, zone, tongue) for change in changes]
        causes += [
            BY.spoken(tongue).format(author=edit.asked.author, reason=edit.asked.reason)
            for edit in edits
        ]
        causes = causes or [NO_CAUSE.spoken(tongue)]
        money = format_money(difference[0], tongue, difference[1])
        return f"{'; '.join(causes)}: {money}"

    return Text(said("pt"), said("en"))


def _change(change: Change, zone: ZoneInfo, tongue: Language) -> str:
    first, last = local_date(change.first_s, zone), local_date(change.last_s - 1, zone)
    when = ON if first == last else BETWEEN if change.is_scattered else FROM_TO
    dates = {
        "first": format_date(change.first_s, zone, tongue),
        "last": format_date(change.last_s - 1, zone, tongue),
    }
    hours = format_number(round(change.length_s / HOUR_S, 2), tongue)
    return (
        TEXTS[change.kind][change.length_s != HOUR_S]
        .spoken(tongue)
        .format(hours=hours, when=when.spoken(tongue).format(**dates))
    )
