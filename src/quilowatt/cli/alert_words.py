"""What the commands about alerts print, in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.cli.table import moment_text, paragraph, table
from quilowatt.core.words import Language, Phrase, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from quilowatt.client import Alert
    from quilowatt.client.models_alerts import AlertAction, Mute

__all__ = ["action_lines", "alert_lines", "mute_lines", "say"]

PHRASES: Final = {
    "no_alert": Phrase("There is no such alert.", "Não há nenhum alerta assim."),
    "since": Phrase("since {start}", "desde {start}"),
    "over": Phrase("ended {end}", "encerrado {end}"),
    "known": Phrase("noted by {name}", "ciente: {name}"),
    "snoozed": Phrase("put off until {until}", "adiado até {until}"),
    "muted": Phrase("muted", "silenciado"),
    "info": Phrase("info", "informação"),
    "warning": Phrase("warning", "aviso"),
    "critical": Phrase("critical", "crítico"),
    "did_acknowledge": Phrase("{moment}  {author} took note", "{moment}  {author} tomou ciência"),
    "did_snooze": Phrase(
        "{moment}  {author} put it off until {until}", "{moment}  {author} adiou até {until}"
    ),
    "nobody": Phrase("Nobody has done anything about it.", "Ninguém fez nada a respeito."),
    "every": Phrase("every kind", "todos os tipos"),
    "no_mute": Phrase("Nothing is muted.", "Nada está silenciado."),
    "mute_on": Phrase("{where}, {kind}: muted{until}", "{where}, {kind}: silenciado{until}"),
    "mute_off": Phrase("{where}, {kind}: told", "{where}, {kind}: avisado"),
    "place": Phrase("usage point", "unidade consumidora"),
    "customer": Phrase("customer", "cliente"),
    "until": Phrase(" until {until}", " até {until}"),
    "is_over": Phrase(" until {until} (over)", " até {until} (encerrado)"),
    "said_by": Phrase("{author}, {moment}: {reason}", "{author}, {moment}: {reason}"),
    "unreachable": Phrase(
        "Start it with `quilowatt server`, or name another one with --server.",
        "Inicie-o com `quilowatt server`, ou indique outro com --server.",
    ),
    "one_of": Phrase(
        "give --usage-point or --customer, one of them",
        "dê --usage-point ou --customer, um dos dois",
    ),
    "when": Phrase(
        "say until when: --until 12h, --until 3d or --until 2026-11-24T08:00",
        "diga até quando: --until 12h, --until 3d ou --until 2026-11-24T08:00",
    ),
}


def say(key: str, tongue: Language, **fields: object) -> str:
    """Say one phrase."""
    return Words(tongue, PHRASES)(key, **fields)


def alert_lines(alerts: Sequence[Alert], tongue: Language, width: int | None) -> list[str]:
    """Tell alerts: a row each, with the whole sentence below [columns].

    Where a row does not fit, how things stand goes below too.
    """
    rows = [
        [
            str(alert.id),
            alert.kind,
            say(alert.severity, tongue),
            alert.customer.name,
            ", ".join(_state(alert, tongue)),
        ]
        for alert in alerts
    ]
    whole = table(rows)
    is_wide = width is not None and max(map(len, whole), default=0) > width
    short = table([row[:-1] for row in rows]) if is_wide else whole
    lines: list[str] = []
    for line, row, alert in zip(short, rows, alerts, strict=True):
        lines += [line, *(paragraph(row[-1], width) if is_wide else ())]
        lines += paragraph(alert.message, width)
    return lines or [say("no_alert", tongue)]


def action_lines(actions: Iterable[AlertAction], tongue: Language) -> list[str]:
    """Tell who did what with an alert, a line each."""
    lines = []
    for action in actions:
        until = "" if action.until is None else moment_text(action.until, tongue)
        fields = {"moment": moment_text(action.made_at, tongue), "author": action.author}
        if action.kind == "snooze":
            fields["until"] = until
        said = say(f"did_{action.kind}", tongue, **fields)
        lines.append(f"    {said}{f': {action.note}' if action.note else ''}")
    return lines or [f"    {say('nobody', tongue)}"]


def mute_lines(mutes: Iterable[Mute], tongue: Language) -> list[str]:
    """Tell what is muted, and who said so, two lines each."""
    lines = []
    for mute in mutes:
        where = say("customer" if mute.usage_point is None else "place", tongue)
        fields = {"where": where, "kind": mute.kind or say("every", tongue)}
        if mute.is_muted:
            fields["until"] = _until(mute, tongue)
        lines.append(say("mute_on" if mute.is_muted else "mute_off", tongue, **fields))
        made = {"author": mute.author, "moment": moment_text(mute.made_at, tongue)}
        lines.append("    " + say("said_by", tongue, reason=mute.reason, **made))
    return lines or [say("no_mute", tongue)]


def _state(alert: Alert, tongue: Language) -> list[str]:
    if alert.closed_at is not None:
        return [say("over", tongue, end=moment_text(alert.closed_at, tongue))]
    states = [say("since", tongue, start=moment_text(alert.began_at, tongue))]
    if alert.is_acknowledged:
        states.append(say("known", tongue, name=alert.acknowledged_by))
    if alert.snoozed_until is not None:
        states.append(say("snoozed", tongue, until=moment_text(alert.snoozed_until, tongue)))
    if alert.is_muted:
        states.append(say("muted", tongue))
    return states


def _until(mute: Mute, tongue: Language) -> str:
    if mute.until is None:
        return ""
    key = "until" if mute.is_in_force else "is_over"
    return say(key, tongue, until=moment_text(mute.until, tongue))
