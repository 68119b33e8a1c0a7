"""What an alert says to a person, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Language, Phrase, Words

if TYPE_CHECKING:
    from quilowatt.store import AlertRecord

__all__ = ["alert_message"]

GOING_ON: Final = {
    "abrupt_increase": Phrase(
        "Abrupt increase: {power} now, usually {usual}; {excess} more so far.",
        "Aumento abrupto do consumo: {power} agora, {usual} de costume; {excess} a mais até aqui.",
    ),
}
OVER: Final = {
    "abrupt_increase": Phrase(
        "Abrupt increase, now over: {power}, usually {usual}; {excess} more in all.",
        "Aumento abrupto do consumo, já encerrado: {power}, {usual} de costume; "
        "{excess} a mais no total.",
    ),
}


def alert_message(record: AlertRecord, tongue: Language) -> str:
    """Say what an alert is about; a kind without words says its name.

    Parameters
    ----------
    record : AlertRecord
        The episode.
    tongue : {"en", "pt"}
        Language of the reader.
    """
    words = Words(tongue, GOING_ON if record.closed_at_s is None else OVER)
    if record.kind not in GOING_ON:
        return record.kind
    return words(
        record.kind,
        power=words.power_w(record.power_w),
        usual=words.power_w(record.usual_power_w),
        excess=words.energy_kwh(record.excess_wh),
    )
