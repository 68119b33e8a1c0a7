"""When late readings change the past: what must be said so that all is as if they had come in time.

The caller shows the corrected history to the detectors anew and brings what they say. An episode
is known again by its meter, its kind and a time in common, even if it begins somewhat earlier or
later now: nobody is told of it twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from quilowatt.alert.signal import AlertSignal, Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Episode", "recounted"]


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
    """

    meter: int
    kind: str
    since_s: int
    end_s: int | None


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
    said, is_met = [], set[Episode]()
    for each in found:
        same = [episode for episode in told if _is_same(episode, each)]
        if not same:
            said += [each.first, each.latest] if each.is_over else _news(each)
            continue
        running = next((episode for episode in same if episode.end_s is None), None)
        if running is not None and running not in is_met:
            phase = each.latest.phase if each.is_over else Phase.UPDATED.value
            said.append(replace(each.latest, phase=phase, since_s=running.since_s))
        is_met |= set(same)
    for episode in told:
        never_was = episode.end_s is None and episode not in is_met and episode.since_s >= from_s
        if never_was:
            figures = until_s, episode.since_s, 0, 0, 0
            said.append(AlertSignal(episode.meter, episode.kind, Phase.CLOSED.value, *figures))
    return sorted(said, key=lambda signal: signal.at_s)


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
