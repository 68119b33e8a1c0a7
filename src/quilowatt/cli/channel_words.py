"""What the commands about channels and notices print, in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.cli.alert_words import say as say_of_alert
from quilowatt.cli.table import moment_text, paragraph, table
from quilowatt.core.words import Language, Phrase, Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from quilowatt.client.models_alerts import Channel, Notice

__all__ = ["channel_lines", "made_lines", "notice_lines", "say"]

PHRASES: Final = {
    "no_channel": Phrase(
        "There is no channel yet: quilowatt channel add",
        "Ainda não há canal: quilowatt channel add",
    ),
    "nobody": Phrase(
        "no channel “{who}”: give its UUID or its name, as `quilowatt channel list` shows them",
        "nenhum canal “{who}”: dê seu UUID ou nome, como mostra `quilowatt channel list`",
    ),
    "several": Phrase(
        "“{who}” may mean several channels: give the UUID of one",
        "“{who}” pode ser mais de um canal: dê o UUID de um deles",
    ),
    "quiet_as": Phrase("write it as 22:00-07:00", "escreva como 22:00-07:00"),
    "everyone": Phrase("everyone's alerts", "alertas de todos"),
    "of": Phrase("alerts of {customer}", "alertas de {customer}"),
    "quiet": Phrase("quiet {start} to {end}", "silêncio de {start} a {end}"),
    "digest": Phrase("once a day at {hour} h", "uma vez por dia às {hour} h"),
    "from": Phrase("from {severity} on", "a partir de {severity}"),
    "ends": Phrase("ends too", "fins também"),
    "removed": Phrase("removed {when}", "removido em {when}"),
    "secret": Phrase(
        "Secret that signs its messages, shown this once: {secret}",
        "Segredo que assina as mensagens, mostrado só desta vez: {secret}",
    ),
    "sent": Phrase("Sent: {detail}", "Enviado: {detail}"),
    "failed": Phrase("Not sent: {detail}", "Não enviado: {detail}"),
    "no_notice": Phrase(
        "No notice: it is made when an alert opens and a channel wants to know.",
        "Nenhum aviso: ele surge quando um alerta se abre e um canal quer saber.",
    ),
    "alert": Phrase("alert {number}", "alerta {number}"),
    "end_of": Phrase("end of alert {number}", "fim do alerta {number}"),
    "waiting": Phrase("waits until {when}", "espera até {when}"),
    "was_sent": Phrase("sent {when}", "enviado {when}"),
    "dead": Phrase("given up {when}", "sem êxito {when}"),
    "withdrawn": Phrase("no longer needed", "dispensado"),
    "tries": Phrase("attempt {count} failed: {detail}", "tentativa {count} falhou: {detail}"),
}


def say(key: str, tongue: Language, **fields: object) -> str:
    """Say one phrase."""
    return Words(tongue, PHRASES)(key, **fields)


def channel_lines(
    channels: Sequence[Channel],
    tongue: Language,
    width: int | None,
    names: Mapping[UUID, str] | None = None,
) -> list[str]:
    """Tell channels, with their terms below [columns]; customers by name where that is known."""
    rows = [[str(channel.id), channel.name, channel.url] for channel in channels]
    lines: list[str] = []
    for row, channel in zip(table(rows), channels, strict=True):
        lines += [row, *paragraph(", ".join(_terms(channel, tongue, names or {})), width)]
    return lines or [say("no_channel", tongue)]


def made_lines(
    channel: Channel,
    tongue: Language,
    width: int | None,
    names: Mapping[UUID, str] | None = None,
) -> list[str]:
    """Tell a channel that was added, with its secret; otherwise as `channel_lines` [columns]."""
    lines = channel_lines([channel], tongue, width, names)
    if channel.secret is not None:
        lines.append(say("secret", tongue, secret=channel.secret))
    return lines


def notice_lines(notices: Sequence[Notice], tongue: Language, width: int | None) -> list[str]:
    """Tell notices: a row each, and what went wrong below [columns]."""
    rows = []
    for notice in notices:
        about = "end_of" if notice.phase == "closed" else "alert"
        rows.append(
            [
                str(notice.id),
                moment_text(notice.planned_at, tongue),
                notice.channel_name,
                say(about, tongue, number=notice.alert),
                _fate(notice, tongue),
            ]
        )
    lines: list[str] = []
    for row, notice in zip(table(rows), notices, strict=True):
        lines.append(row)
        if notice.attempts and not notice.attempts[-1].is_sent:
            detail = notice.attempts[-1].detail
            count = len(notice.attempts)
            lines += paragraph(say("tries", tongue, count=count, detail=detail), width)
    return lines or [say("no_notice", tongue)]


def _terms(channel: Channel, tongue: Language, names: Mapping[UUID, str]) -> list[str]:
    terms = [
        say("everyone", tongue)
        if channel.customer is None
        else say("of", tongue, customer=names.get(channel.customer, str(channel.customer))),
        channel.language,
        channel.timezone,
    ]
    if channel.severity_min != "info":
        severity = say_of_alert(channel.severity_min, tongue)
        terms.append(say("from", tongue, severity=severity))
    terms += channel.kinds
    if channel.quiet_start is not None:
        terms.append(say("quiet", tongue, start=channel.quiet_start, end=channel.quiet_end))
    if channel.digest_hour is not None:
        terms.append(say("digest", tongue, hour=channel.digest_hour))
    if channel.tells_end:
        terms.append(say("ends", tongue))
    if channel.removed_at is not None:
        terms.append(say("removed", tongue, when=moment_text(channel.removed_at, tongue)))
    return terms


def _fate(notice: Notice, tongue: Language) -> str:
    if notice.state == "withdrawn":
        return say("withdrawn", tongue)
    if notice.next_at is not None:
        return say("waiting", tongue, when=moment_text(notice.next_at, tongue))
    at = notice.attempts[-1].at if notice.attempts else notice.planned_at
    key = "was_sent" if notice.state == "sent" else "dead"
    return say(key, tongue, when=moment_text(at, tongue))
