"""Edits: what people decided about readings, as facts with an author and a reason.

A register that a person read, readings that shall not count, and readings that shall count again:
each is added and none is changed, so every question can be asked as of before it. `EditedReadings`
is a store of readings that heeds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Edit", "EditBook", "EditKind", "EditRequest"]

EditKind = Literal["reading", "leave_out", "restore"]


@dataclass(frozen=True, slots=True)
class EditRequest:
    """A decision that someone wants kept.

    Parameters
    ----------
    meter_number : int
        Whose readings.
    kind : {'reading', 'leave_out', 'restore'}
        ``reading`` sets the registers at `start_s`; ``leave_out`` lets no reading in
        [start, end) count, ``restore`` lets them count again.
    start_s, end_s : int
        Half-open; of a ``reading`` one second. [s since 1970-01-01 UTC]
    import_wh, export_wh : int or None
        Registers of a ``reading``; None otherwise. [Wh]
    author, reason : str
        Who decided, and why.
    idempotency_key : str or None
        The same key again is the same request.
    """

    meter_number: int
    kind: EditKind
    start_s: int
    end_s: int
    import_wh: int | None
    export_wh: int | None
    author: str
    reason: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A decision as it is kept.

    Parameters
    ----------
    id : int
        Rising.
    asked : EditRequest
        What was decided.
    at_us : int
        When, in the count of commits: questions as of an earlier commit don't know it.
        [µs since 1970-01-01 UTC]
    """

    id: int
    asked: EditRequest
    at_us: int


class EditBook(Protocol):
    """Keeps edits, safe to call from any thread.

    Every method may raise `StoreFull`, `StoreBusy` or `StoreCorrupt`.
    """

    def add(self, request: EditRequest, *, at_us: int) -> Edit:
        """Keep a decision durably.

        Parameters
        ----------
        request : EditRequest
            Of a meter that exists.
        at_us : int
            Now, above every commit so far; it is raised above every earlier edit.
            [µs since 1970-01-01 UTC]

        Returns
        -------
        Edit
            The one that was kept first, where its key is known already.
        """
        ...

    def of_meters(self, numbers: Iterable[int]) -> list[Edit]:
        """List all decisions about some meters, by rising id."""
        ...

    def all(self, *, after: int = 0) -> list[Edit]:
        """List all decisions after an id, by rising id."""
        ...
