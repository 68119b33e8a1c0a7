"""What people say of a place is what the running watch judges its meter by, at once."""

import asyncio
from datetime import date
from uuid import UUID

import httpx
import numpy as np
import pytest

from harness.waiting import until
from quilowatt.api import EventHub, Services, create_app
from quilowatt.billing import TariffBook
from quilowatt.core import ReadingBatch
from quilowatt.jobs import alert_watch
from quilowatt.jobs.alert_facts import MeterRegister
from quilowatt.jobs.alert_watch import AlertWatch, Pace
from quilowatt.store import (
    AlertFilter,
    DuckReadingStore,
    RegistrationRequest,
    SqlLedger,
    Statement,
    TermsChange,
)

NOW_S = 1_795_132_800  # 2026-11-20 00:00 UTC
QUARTER_S = 900
BOTH = np.array([1, 2], np.int32)


class Home:
    """One meter of a place in Bahia, a watch that runs, and the API beside it."""

    def __init__(self, directory):
        self.readings = DuckReadingStore(directory / "readings")
        self.ledger = SqlLedger.open(directory / "ledger.sqlite")
        for number in (1, 2):
            request = RegistrationRequest(
                UUID(int=number), "Ana", "", "", 1, QUARTER_S, 0, None, {}, 0
            )
            self.ledger.register_meters([request])
        self.now_s = float(NOW_S)
        self.watch = AlertWatch(
            self.readings,
            self.ledger,
            lambda: self.now_s,
            snapshot=directory / "alerts.npz",
            on_alert=lambda _phase, _record: None,
            pace=Pace(rest=0),
        )
        self.services = Services(
            readings=self.readings,
            ledger=self.ledger,
            tariffs=TariffBook.load([]),
            hub=EventHub(),
            clock=lambda: self.now_s,
            version="1",
            on_terms=self.watch.forget_place,
        )
        self.last_s, self.last_wh = NOW_S, 0

    def put(self, body):
        place = self.ledger.client_of_meters([1])[1].usage_point_uuid

        async def ask():
            transport = httpx.ASGITransport(create_app(self.services))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
                return await http.put(f"/v1/usage-points/{place}", json=body)

        assert asyncio.run(ask()).status_code == 200

    def live(self, quarters, power_w):
        """Read for so long, and wait until the watch has seen it."""
        steps = np.arange(1, quarters + 1)
        time_s, import_wh = self.last_s + QUARTER_S * steps, self.last_wh + power_w * steps // 4
        self.last_s, self.last_wh = int(time_s[-1]), int(import_wh[-1])
        nothing = np.zeros(quarters, np.int64)
        batch = ReadingBatch(np.ones(quarters, np.int32), time_s, import_wh, nothing)
        self.now_s = float(self.last_s)
        commit = self.readings.append(batch, now_s=self.last_s)
        self.watch.put(commit.number, batch)
        until(lambda: self.watch.commit >= commit.number, "the watch has seen it")

    def kinds(self):
        return sorted(record.kind for record in self.ledger.alerts(AlertFilter(), limit=9))

    def close(self):
        self.watch.close()
        self.readings.close()
        self.ledger.close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(alert_watch, "GATHER_S", 0)
    home = Home(tmp_path)
    yield home
    home.close()


def test_what_is_said_of_a_place_counts_for_its_next_reading(home):
    home.live(96, 400)
    assert home.kinds() == []
    home.put({"is_vacant": True, "limit_w": 440})
    home.live(13, 400)
    assert home.kinds() == ["capacity_nearly_reached", "vacant_consumption"]
    home.put({"is_vacant": False, "limit_w": 0})
    home.live(13, 400)
    assert home.ledger.alerts(AlertFilter(is_open=True), limit=9) == []


def test_sensitivity_moves_the_bar(home):
    home.put({"is_vacant": True, "alert_sensitivity_pct": 10})
    home.live(2 * 96, 400)
    assert home.kinds() == []
    home.put({"alert_sensitivity_pct": 100})
    home.live(13, 400)
    assert home.kinds() == ["vacant_consumption"]


def test_facts_hold_on_their_local_days_without_a_word(home):
    register = MeterRegister(home.ledger)
    register.meet(BOTH, NOW_S)
    later = TermsChange(is_vacant=True, has_generation=False, alert_sensitivity_pct=50)
    home.ledger.terms.set_terms(1, later, Statement(date(2026, 11, 20), NOW_S))
    home.ledger.terms.set_terms(2, TermsChange(limit_w=9), Statement(date(2020, 1, 1), NOW_S))
    register.renew([1, 2, 77], NOW_S)  # in Bahia it is still the nineteenth
    assert [list(row) for row in said(register)] == [[0, 100, 0, 0, 0], [0, 100, 9, 0, 0]]
    register.renew([], NOW_S + 3 * 3600)
    assert [list(row) for row in said(register)] == [[1, 50, 0, 0, 1], [0, 100, 9, 0, 0]]


def said(register):
    facts = register.facts().of(BOTH)
    return np.array(
        [
            facts.is_vacant,
            facts.sensitivity_pct,
            facts.capacity_w,
            facts.may_export,
            facts.is_export_known,
        ]
    ).T
