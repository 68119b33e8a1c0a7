"""Ledgers that the contract is held against, and meters to register in them.

An implementation joins by a line in `LEDGERS`: a function that opens the ledger that belongs to a
directory, twice the same one for the same directory. `QUILOWATT_TEST_LEDGER_URL` adds the database
of that URL, whose schema ``public`` is emptied before each test.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from quilowatt.store import (
    Client,
    Ledger,
    LedgerDefaults,
    RegisteredMeter,
    RegistrationRequest,
    SqlLedger,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULTS = LedgerDefaults(timezone="America/Manaus", tariff_code="br/test-b1", billing_day=5)
NOW_S = 1_760_000_000
URL = os.environ.get("QUILOWATT_TEST_LEDGER_URL")


def open_sqlite(directory: Path) -> Ledger:
    return SqlLedger.open(directory / "ledger.sqlite", DEFAULTS)


def open_url(_directory: Path) -> Ledger:
    assert URL is not None
    return SqlLedger.open(URL, DEFAULTS)


LEDGERS: dict[str, Callable[[Path], Ledger]] = {"sqlite": open_sqlite}
if URL:
    LEDGERS["url"] = open_url


def identity(number: int) -> UUID:
    return UUID(int=0xA0000000000040008000000000000000 + number)


def request_of(number: int, **changes) -> RegistrationRequest:
    plain = RegistrationRequest(
        uuid=identity(number),
        name=f"Customer {number}",
        serial=f"S{number:04}",
        model="QW-1",
        phases=1,
        interval_s=900,
        digits=0,
        usage_point=None,
        extra={},
        at_s=NOW_S,
    )
    return replace(plain, **changes)


def register(ledger: Ledger, *requests: RegistrationRequest) -> list[RegisteredMeter]:
    answers = ledger.register_meters(requests)
    assert all(isinstance(answer, RegisteredMeter) for answer in answers), answers
    return answers


def client_of(ledger: Ledger, number: int) -> Client:
    return ledger.client_of_meters([number])[number]
