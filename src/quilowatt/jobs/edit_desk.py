"""Where people's decisions about readings come in: manual readings, and what doesn't count.

A decision is durable in the ledger first, with author and reason; a register that a person read
then goes to the store of readings like any other. If the server ends between the two, the next one
finishes it, so no accepted decision is lost or half there.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.core.batch import ReadingBatch
from quilowatt.core.words import Phrase
from quilowatt.errors import EditRefused
from quilowatt.limits import NAME_SIZE_MAX, REASON_SIZE_MAX, REGISTER_WH_MAX

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.store import Commit, Edit, EditBook, EditedReadings, EditRequest

__all__ = ["EditDesk"]

LOG = logging.getLogger(__name__)

MICROSECONDS: Final = 1_000_000
"""Commits are numbered by their time in these."""

AUTHOR: Final = Phrase("author", "o autor")
REASON: Final = Phrase("reason", "o motivo")


class EditDesk:
    """Takes decisions; from any thread.

    Parameters
    ----------
    book : EditBook
        Where they are kept.
    readings : EditedReadings
        The readings that heed them.
    clock : callable
        The wall's time. [s since 1970-01-01 UTC]
    on_commit : callable
        Told of every manual reading after it is durable.
    """

    def __init__(
        self,
        book: EditBook,
        readings: EditedReadings,
        clock: Callable[[], float],
        on_commit: Callable[[ReadingBatch, Commit], None] = lambda _batch, _commit: None,
    ) -> None:
        self._book = book
        self._readings = readings
        self._clock = clock
        self._on_commit = on_commit

    def take(self, request: EditRequest) -> Edit:
        """Keep a decision and heed it from now on.

        Raises
        ------
        EditRefused
            It can't be: a time to come, a register out of its range, no author, no reason.
        StoreFull
            No room. Where a manual reading is in the ledger already, the next start completes it.
        """
        self._check(request)
        at_us = max(int(self._clock() * MICROSECONDS), self._readings.figures().commit + 1)
        edit = self._book.add(request, at_us=at_us)
        if edit.asked != request:
            raise EditRefused(
                "this idempotency key was used for another edit: send a new one",
                "esta chave de idempotência já serviu a outra edição: envie uma nova",
            )
        self._apply(edit)
        LOG.info("edit_taken id=%d kind=%s meter=%d", edit.id, request.kind, request.meter_number)
        return edit

    def finish(self) -> int:
        """Complete what a crash cut short; say how many manual readings were missing. [1]"""
        missing = [edit for edit in self._book.all() if not self._is_applied(edit)]
        for edit in missing:
            self._apply(edit)
        return len(missing)

    def _apply(self, edit: Edit) -> None:
        if not self._is_applied(edit):
            batch = _batch(edit.asked)
            self._on_commit(batch, self._readings.append(batch, now_s=self._clock()))
        self._readings.heed(edit)

    def _is_applied(self, edit: Edit) -> bool:
        """Say whether the store knows the registers of a manual reading."""
        asked = edit.asked
        if asked.kind != "reading":
            return True
        meters = np.array([asked.meter_number], np.int32)
        facts = self._readings.facts(meters, asked.start_s, asked.end_s)
        is_same = (facts.import_wh == asked.import_wh) & (facts.export_wh == asked.export_wh)
        is_newest = bool(is_same[-1:].any())
        return is_newest or bool((is_same & (facts.commit >= edit.at_us)).any())

    def _check(self, request: EditRequest) -> None:
        for text, size_max, name in (
            (request.author, NAME_SIZE_MAX, AUTHOR),
            (request.reason, REASON_SIZE_MAX, REASON),
        ):
            if not text.strip() or len(text) > size_max:
                raise EditRefused(
                    f"the {name.en} has {len(text)} characters, must have 1 to {size_max}",
                    f"{name.pt} tem {len(text)} caracteres, deve ter de 1 a {size_max}",
                )
        if not 0 < request.start_s < request.end_s:
            raise EditRefused(
                "the period ends before it starts", "o período termina antes do início"
            )
        if request.kind == "reading" and request.start_s > self._clock():
            raise EditRefused(
                "a register can't be read in the future: check the time",
                "não se lê um registro no futuro: confira a hora",
            )
        for register_wh in (request.import_wh, request.export_wh):
            if register_wh is not None and not 0 <= register_wh <= REGISTER_WH_MAX:
                most = f"{REGISTER_WH_MAX // 1000} kWh"
                raise EditRefused(
                    f"a register shows 0 to {most}, not {register_wh} Wh",
                    f"um registro mostra de 0 a {most}, não {register_wh} Wh",
                )


def _batch(asked: EditRequest) -> ReadingBatch:
    assert asked.import_wh is not None
    assert asked.export_wh is not None
    return ReadingBatch(
        np.array([asked.meter_number], np.int32),
        np.array([asked.start_s], np.int64),
        np.array([asked.import_wh], np.int64),
        np.array([asked.export_wh], np.int64),
    )
