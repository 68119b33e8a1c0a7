"""What people do with alerts: acknowledge, snooze, and mute kinds, as facts with an author.

Nothing is changed or deleted: who takes a mute back adds a fact that ends it, and the newest fact
about a thing is the one that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quilowatt.store.ledger_records import AlertRecord

__all__ = ["ActionKind", "AlertAction", "AlertHandling", "Handling", "Mute", "MuteRequest"]

ActionKind = Literal["acknowledge", "snooze"]


@dataclass(frozen=True, slots=True)
class AlertAction:
    """Something that a person did with an alert.

    Parameters
    ----------
    id : int
        Rising.
    alert_id : int
        Which alert.
    kind : {'acknowledge', 'snooze'}
        Took note of it, or put it off.
    until_s : int or None
        Until when it is snoozed; an instant that is over ends a snooze. [s since 1970-01-01 UTC]
    author, note : str
        Who, and what there is to say; the note may be empty.
    at_s : int
        When. [s since 1970-01-01 UTC]
    """

    id: int
    alert_id: int
    kind: ActionKind
    until_s: int | None
    author: str
    note: str
    at_s: int


@dataclass(frozen=True, slots=True)
class Handling:
    """How things stand with one alert.

    Parameters
    ----------
    acknowledged : AlertAction or None
        The newest acknowledgement.
    snoozed : AlertAction or None
        The newest snooze, whether it is over or not.
    """

    acknowledged: AlertAction | None = None
    snoozed: AlertAction | None = None

    def is_snoozed(self, now_s: int) -> bool:
        """Say whether it is put off now [s since 1970-01-01 UTC]."""
        return self.snoozed is not None and (self.snoozed.until_s or 0) > now_s


@dataclass(frozen=True, slots=True)
class MuteRequest:
    """A decision that alerts of a kind shall be told or not, of one place or one customer.

    Parameters
    ----------
    usage_point_id, customer_id : int or None
        Exactly one: where.
    kind : str or None
        Kind of alert; None is every kind.
    is_muted : bool
        Not to be told, or to be told again.
    until_s : int or None
        When a mute ends by itself. [s since 1970-01-01 UTC]
    author, reason : str
        Who, and why.
    """

    usage_point_id: int | None
    customer_id: int | None
    kind: str | None
    is_muted: bool
    until_s: int | None
    author: str
    reason: str

    def __post_init__(self) -> None:
        assert (self.usage_point_id is None) != (self.customer_id is None)


@dataclass(frozen=True, slots=True)
class Mute:
    """A decision about a mute as it is kept.

    Parameters
    ----------
    id : int
        Rising.
    asked : MuteRequest
        What was decided.
    at_s : int
        When. [s since 1970-01-01 UTC]
    """

    id: int
    asked: MuteRequest
    at_s: int

    def is_in_force(self, now_s: int) -> bool:
        """Say whether it silences anything now [s since 1970-01-01 UTC]."""
        until_s = self.asked.until_s
        return self.asked.is_muted and (until_s is None or now_s < until_s)


class AlertHandling(Protocol):
    """Keeps what people do with alerts; safe to call from any thread.

    Every method may raise `StoreFull`, `StoreBusy` or `StoreCorrupt`.
    """

    def acknowledge(
        self, alert_id: int, *, author: str, note: str, at_s: int
    ) -> AlertAction | None:
        """Keep that someone took note of an alert; None where there is no such alert [s]."""
        ...

    def snooze(
        self, alert_id: int, *, until_s: int, author: str, note: str, at_s: int
    ) -> AlertAction | None:
        """Put an alert off until an instant; None where there is no such alert [s]."""
        ...

    def actions(self, alert_id: int) -> list[AlertAction]:
        """List what was done with an alert, oldest first."""
        ...

    def handling(self, alert_ids: Iterable[int]) -> dict[int, Handling]:
        """Say how things stand with these alerts; one that nobody touched is left out."""
        ...

    def mute(self, request: MuteRequest, *, at_s: int) -> Mute:
        """Keep a decision about a mute [s since 1970-01-01 UTC]."""
        ...

    def mutes(
        self, *, usage_point_ids: Iterable[int] = (), customer_ids: Iterable[int] = ()
    ) -> list[Mute]:
        """List the newest decision of each kind about these places and customers, by id."""
        ...

    def muted(self, alerts: Iterable[AlertRecord], *, now_s: int) -> set[int]:
        """Name those of some alerts whose kind is muted where they are [s since 1970-01-01 UTC]."""
        ...
