"""When late readings change the past: what must be said so that all is as if they had come in time.

The caller shows the corrected history to the detectors anew and brings what they say. An episode
is known again by its meter, its kind and a time in common, even if it begins somewhat earlier or
later now. One that is found no more, while another of its kind comes up within a day, has moved:
the new one names it. So nobody is told twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from quilowatt.alert.signal import AlertSignal, Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Episode", "recounted"]

MOVED_MAX_S: Final = 86_400
"""So far, from end to beginning, an episode may move: a clock is set, readings are revised. [s]"""


@dataclass(frozen=True, slots=True)
class Episode:
    """One that was told.

    Parameters
    ----------
    meter : int
        Dense meter number.
    kind : str
        See `AlertSignal`.
    since_s : int
        When it began. [s since 1970-01-01 UTC]
    end_s : int or None
        When it ended; None if it goes on. [s since 1970-01-01 UTC]
    moved_from_s : int
        As in `AlertSignal`, where it was told in the place of another. [s since 1970-01-01 UTC]
    """

    meter: int
    kind: str
    since_s: int
    end_s: int | None
    moved_from_s: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """The first and the latest that the detectors say of an episode."""

    first: AlertSignal
    latest: AlertSignal

    @property
    def is_over(self) -> bool:
        return self.latest.phase == Phase.CLOSED.value


def recounted(
    told: Sequence[Episode], signals: Iterable[AlertSignal], *, from_s: int, until_s: int
) -> list[AlertSignal]:
    """Say what is left to say.

    Parameters
    ----------
    told : sequence of Episode
        What was told of these meters, in any order.
    signals : iterable of AlertSignal
        What the detectors say of their whole history, in order.
    from_s : int
        What began before is let be: the detectors had not learned enough. [s since 1970-01-01 UTC]
    until_s : int
        The end of the history. [s since 1970-01-01 UTC]

    Returns
    -------
    list of AlertSignal
        New episodes, with their end if they have one; updates and ends of those that were told;
        and an end, without figures, for each that was told and never was.
    """
    found = [each for each in _episodes(signals) if each.first.since_s >= from_s]
    said, fresh, is_met = list[AlertSignal](), list[_Found](), set[Episode]()
    for each in found:
        same = [episode for episode in told if _is_same(episode, each)]
        if not same:
            fresh.append(each)
        running = next((episode for episode in same if episode.end_s is None), None)
        if running is not None and running not in is_met:
            phase = each.latest.phase if each.is_over else Phase.UPDATED.value
            said.append(replace(each.latest, phase=phase, since_s=running.since_s))
        is_met |= set(same)
    lost = [each for each in told if each not in is_met and each.since_s >= from_s]
    # What never was ends first: it would stand in the way of what is found in its place.
    ends = [_never_was(episode, until_s) for episode in lost if episode.end_s is None]
    for each in fresh:
        said += _moved(each, lost)
    return ends + sorted(said, key=lambda signal: signal.at_s)


def _never_was(episode: Episode, until_s: int) -> AlertSignal:
    figures = until_s, episode.since_s, 0, 0, 0
    return AlertSignal(episode.meter, episode.kind, Phase.CLOSED.value, *figures)


def _moved(each: _Found, lost: list[Episode]) -> list[AlertSignal]:
    """Open an episode; one that is lost and lies nearest was told in its place, if any did."""
    first = each.first
    near = [
        (distance_s, number)
        for number, episode in enumerate(lost)
        if (episode.meter, episode.kind) == (first.meter, first.kind)
        and (distance_s := _distance_s(episode, each)) <= MOVED_MAX_S
    ]
    moved_from_s = 0
    if near:
        episode = lost.pop(min(near)[1])
        moved_from_s = episode.moved_from_s or episode.since_s
    signals = [each.first, each.latest] if each.is_over else _news(each)
    return [replace(signal, moved_from_s=moved_from_s) for signal in signals]


def _distance_s(episode: Episode, each: _Found) -> int:
    """Tell how far two episodes that share no instant lie from each other [s]."""
    if each.first.since_s > episode.since_s:
        return each.first.since_s - (episode.since_s if episode.end_s is None else episode.end_s)
    return episode.since_s - each.latest.at_s


def _news(each: _Found) -> list[AlertSignal]:
    """Open an episode that goes on with its latest figures."""
    return [replace(each.latest, phase=Phase.OPENED.value, since_s=each.first.since_s)]


def _episodes(signals: Iterable[AlertSignal]) -> list[_Found]:
    """Put signals together, in the order in which episodes begin."""
    found: dict[tuple[int, str, int], _Found] = {}
    for signal in signals:
        key = signal.meter, signal.kind, signal.since_s
        known = found.get(key)
        found[key] = _Found(known.first if known else signal, signal)
    return list(found.values())


def _is_same(episode: Episode, each: _Found) -> bool:
    if (episode.meter, episode.kind) != (each.first.meter, each.first.kind):
        return False
    starts_in_time = each.first.since_s <= episode.end_s if episode.end_s is not None else True
    ends_in_time = each.latest.at_s >= episode.since_s if each.is_over else True
    return starts_in_time and ends_in_time
