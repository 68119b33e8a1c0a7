"""Calls about edits of readings; `Client.ask` makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quilowatt.client.calls import Call, PageFilter, query
from quilowatt.client.models import Page
from quilowatt.client.models_edits import LeaveOut, ManualReading, MeterEdit, Restore

if TYPE_CHECKING:
    from typing import Unpack
    from uuid import UUID

__all__ = ["add_reading", "edits", "leave_out", "restore"]


def edits(identity: UUID | str, **page: Unpack[PageFilter]) -> Call[Page[MeterEdit]]:
    """List what people decided about a meter's readings, oldest first."""
    return Call(f"/v1/meters/{identity}/edits", query(**page), Page[MeterEdit])


def add_reading(
    identity: UUID | str, reading: ManualReading, *, idempotency_key: str | None = None
) -> Call[MeterEdit]:
    """Keep a register that a person read."""
    return _post(identity, "manual-readings", reading, idempotency_key)


def leave_out(
    identity: UUID | str, period: LeaveOut, *, idempotency_key: str | None = None
) -> Call[MeterEdit]:
    """Let the readings of a period not count."""
    return _post(identity, "left-out", period, idempotency_key)


def restore(
    identity: UUID | str, period: Restore, *, idempotency_key: str | None = None
) -> Call[MeterEdit]:
    """Let the readings of a period count again."""
    return _post(identity, "restored", period, idempotency_key)


def _post(
    identity: UUID | str, what: str, body: ManualReading | LeaveOut | Restore, key: str | None
) -> Call[MeterEdit]:
    return Call(
        f"/v1/meters/{identity}/{what}",
        {},
        MeterEdit,
        "POST",
        body.model_dump(mode="json", exclude_none=True),
        {"Idempotency-Key": key} if key else {},
    )
