"""Each contract is held against every implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from harness.houses import PLACES, House
from harness.ledgers import LEDGERS, URL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quilowatt.store import Ledger


@pytest.fixture(params=LEDGERS)
def open_ledger(request, tmp_path) -> Iterator[Callable[[], Ledger]]:
    if request.param == "url":
        engine = create_engine(URL)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    opened = []

    def open_one() -> Ledger:
        opened.append(LEDGERS[request.param](tmp_path))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger) -> Ledger:
    return open_ledger()


@pytest.fixture(params=PLACES)
def house(request, tmp_path) -> Iterator[House]:
    house = House(request.param, tmp_path / "readings")
    yield house
    house.store.close()
