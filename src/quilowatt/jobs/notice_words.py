"""What a notice says: a title and a text for people, and a document for programs.

The alert itself is described by whoever makes the notifier, so that a notice and the API say the
same. Called by the notifier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from quilowatt.core.words import Language, Phrase, Words
from quilowatt.store import AlertRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quilowatt.store import Channel, Notice

__all__ = ["Describe", "Message", "notice_message", "test_message"]

Describe = Callable[[AlertRecord, Language], Mapping[str, Any]]
"""Writes an alert as the API does, its ``message`` in the language."""

PHRASES: Final = {
    "one": Phrase("Alert: {name}", "Alerta: {name}"),
    "over": Phrase("Over: {name}", "Encerrado: {name}"),
    "many": Phrase("{count} alerts", "{count} alertas"),
    "line": Phrase("{name}: {message}", "{name}: {message}"),
    "test": Phrase("Test of the channel “{name}”", "Teste do canal “{name}”"),
    "test_text": Phrase(
        "It works: alerts of quilowatt arrive here.",
        "Funciona: os alertas do quilowatt chegam aqui.",
    ),
}


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to a channel.

    Parameters
    ----------
    title, text : str
        For people.
    document : mapping
        For programs, as JSON knows it.
    """

    title: str
    text: str
    document: Mapping[str, Any]


def notice_message(
    channel: Channel, due: Sequence[tuple[Notice, AlertRecord]], describe: Describe
) -> Message:
    """Write one message about all notices that are due at a channel.

    Parameters
    ----------
    channel : Channel
        Whose language is spoken.
    due : sequence of (Notice, AlertRecord)
        At least one.
    describe : callable
        Writes an alert.
    """
    words = Words(channel.asked.terms.language, PHRASES)
    told = [(notice, alert, describe(alert, words.language)) for notice, alert in due]
    if len(told) == 1:
        notice, alert, item = told[0]
        title = words("over" if notice.phase == "closed" else "one", name=alert.customer_name)
        text = str(item["message"])
    else:
        title = words("many", count=len(told))
        lines = (
            words("line", name=alert.customer_name, message=item["message"])
            for _, alert, item in told
        )
        text = "\n\n".join(lines)
    notices = [
        {"id": notice.id, "phase": notice.phase, "alert": dict(item)} for notice, _, item in told
    ]
    return Message(title, text, _document(channel, title, text, notices, is_test=False))


def test_message(channel: Channel) -> Message:
    """Write a message that says that the channel works."""
    words = Words(channel.asked.terms.language, PHRASES)
    title, text = words("test", name=channel.asked.name), words("test_text")
    return Message(title, text, _document(channel, title, text, [], is_test=True))


def _document(
    channel: Channel, title: str, text: str, notices: list[dict[str, Any]], *, is_test: bool
) -> dict[str, Any]:
    return {
        "version": 1,
        "channel": str(channel.asked.uuid),
        "is_test": is_test,
        "title": title,
        "text": text,
        "notices": notices,
    }
