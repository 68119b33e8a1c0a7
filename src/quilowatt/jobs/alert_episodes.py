"""Signals of detectors as episodes of the ledger: written in their order, and told once written.

Used by the watches, each from its own thread.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from quilowatt.store import AlertEpisode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from quilowatt.alert import AlertSignal
    from quilowatt.store import AlertRecord, Ledger

__all__ = ["keep_signals"]


def keep_signals(
    ledger: Ledger, signals: Iterable[AlertSignal], *, raised_at_s: int
) -> Iterator[tuple[str, AlertRecord]]:
    """Write what signals say, and yield (phase, record) of everything that is new.

    Parameters
    ----------
    ledger : Ledger
        Where episodes are kept.
    signals : iterable of AlertSignal
        In their order: a meter's next episode may open only after its last one is closed.
    raised_at_s : int
        Now. [s since 1970-01-01 UTC]
    """

    def opened(episodes: Sequence[AlertEpisode]) -> list[AlertRecord]:
        return ledger.open_alerts(episodes, raised_at_s=raised_at_s)

    keep: dict[str, Callable[[Sequence[AlertEpisode]], list[AlertRecord]]] = {
        "opened": opened,
        "updated": ledger.update_alerts,
        "closed": ledger.close_alerts,
    }
    for phase, run in groupby(signals, key=lambda signal: signal.phase):
        for record in keep[phase]([_episode(signal) for signal in run]):
            yield phase, record


def _episode(signal: AlertSignal) -> AlertEpisode:
    return AlertEpisode(
        meter_number=signal.meter,
        kind=signal.kind,
        severity=signal.severity,
        at_s=signal.since_s if signal.phase == "opened" else signal.at_s,
        power_w=signal.power_w,
        usual_power_w=signal.usual_power_w,
        excess_wh=signal.excess_wh,
        details=_details(signal),
    )


def _details(signal: AlertSignal) -> dict[str, object]:
    """Name what a signal says besides power and energy, where it is known."""
    figures = {
        "hours": signal.hours,
        "excess_per_day_wh": signal.excess_per_day_wh,
        "offset_s": signal.offset_s,
        "moved_from_s": signal.moved_from_s,
    }
    known: dict[str, object] = {name: int(figure) for name, figure in figures.items() if figure}
    if signal.meters > 1:
        known["meters"] = int(signal.meters)
    if signal.phase == "opened" and signal.at_s > signal.since_s:
        known["seen_s"] = int(signal.at_s)
    return known
