"""What an alert says to a person, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Language, Phrase, Words, format_date_time, format_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from quilowatt.store import AlertRecord

__all__ = ["alert_message"]

GOING_ON: Final = {
    "abrupt_increase": Phrase(
        "Abrupt increase: about {power} since {start}; usually it is at most {usual} here. "
        "{excess} above that so far.",
        "Aumento abrupto do consumo: cerca de {power} desde {start}; o máximo habitual aqui é "
        "{usual}. Até agora, {excess} acima disso.",
    ),
}
OVER: Final = {
    "abrupt_increase": Phrase(
        "Abrupt increase, now over: up to about {power} from {start} to {end}; usually it is at "
        "most {usual} here. {excess} above that in all.",
        "Aumento abrupto do consumo, já encerrado: até cerca de {power}, de {start} a {end}; o "
        "máximo habitual aqui é {usual}. No total, {excess} acima disso.",
    ),
}


def alert_message(record: AlertRecord, zone: ZoneInfo, tongue: Language) -> str:
    """Say what an alert is about; a kind without words says its name.

    Parameters
    ----------
    record : AlertRecord
        The episode.
    zone : ZoneInfo
        Whose wall clock: that of the place where the meter is.
    tongue : {"en", "pt"}
        Language of the reader.
    """
    words = Words(tongue, GOING_ON if record.closed_at_s is None else OVER)
    if record.kind not in GOING_ON:
        return record.kind
    latest_s = record.updated_at_s if record.closed_at_s is None else record.closed_at_s
    fields = {
        "power": words.rough_power(record.power_w),
        "usual": words.rough_power(record.usual_power_w),
        "excess": words.energy_kwh(record.excess_wh),
        "start": _moment(record.opened_at_s, latest_s, zone, tongue),
    }
    if record.closed_at_s is not None:
        # The day is told once, with the start.
        fields["start"] = format_date_time(record.opened_at_s, zone, tongue)
        fields["end"] = _moment(latest_s, record.opened_at_s, zone, tongue)
    return words(record.kind, **fields)


def _moment(time_s: int, other_s: int, zone: ZoneInfo, tongue: Language) -> str:
    """Write the time of day, with its date where the other instant is on another day."""
    day_and_time = format_date_time(time_s, zone, tongue)
    is_same_day = day_and_time[:-5] == format_date_time(other_s, zone, tongue)[:-5]
    return format_time(time_s, zone)[:5] if is_same_day else day_and_time
