"""A house with a master meter and three flats, day by day, on a real store and a real ledger."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.api.registers import RegisterMemory
from quilowatt.core import ReadingBatch
from quilowatt.jobs.sum_watch import SumWatch
from quilowatt.store import (
    AlertFilter,
    DuckReadingStore,
    LedgerDefaults,
    RegistrationRequest,
    SqlLedger,
    Statement,
    TermsChange,
)

ZONE = "Europe/Berlin"
FIRST = date(2026, 10, 1)
"""The clocks go back on 25 October: a day of the learning has 25 hours."""
HOUR_S = 3600
MASTER, FLATS = 1, (2, 3, 4)
STAIRS_WH = 60
TAP_WH = 125


class House:
    """Meters that read every hour, and a watch that can be started again."""

    def __init__(self, directory):
        self.ledger = SqlLedger.open(directory / "ledger.sqlite", LedgerDefaults(timezone=ZONE))
        self.readings = DuckReadingStore(directory / "readings")
        self.now_s = midnight(FIRST)
        self.register = {}
        for number in (MASTER, *FLATS):
            self.install(number)
        self.place = self.ledger.client_of_meters([MASTER, *FLATS])
        self.day, self.told = FIRST, []
        self.meter_of = {number: number for number in FLATS}
        self.held = {}
        for flat in FLATS:
            self.measured_under(flat, str(self.place[MASTER].usage_point_uuid))
        self.start()

    def start(self):
        self.watch = SumWatch(
            self.readings,
            self.ledger,
            RegisterMemory(self.readings, lambda: float(self.now_s)),
            lambda: float(self.now_s),
            lambda phase, record: self.told.append((phase, record)),
            rest=0,
        )

    def install(self, number, place=None):
        request = RegistrationRequest(
            UUID(int=number), f"Flat {number}", "", "", 3, HOUR_S, 0, place, {}, self.now_s
        )
        (meter,) = self.ledger.register_meters([request])
        self.register[meter.number] = 0
        return meter.number

    def measured_under(self, flat, master, day=FIRST):
        change = TermsChange(master=master)
        statement = Statement(day, self.now_s)
        self.ledger.terms.set_terms(self.place[flat].usage_point_id, change, statement)

    def append(self, meter, time_s, import_wh):
        nothing = np.zeros(len(time_s), np.int64)
        meters = np.full(len(time_s), meter, np.int32)
        batch = ReadingBatch(meters, np.array(time_s), np.array(import_wh), nothing)
        commit = self.readings.append(batch, now_s=self.now_s)
        if not commit.is_fresh.all():
            self.watch.put_late(batch.meter[~commit.is_fresh])

    def pass_days(self, count, *, tap_wh=0, silent=(), exchanged=None):
        """Live whole days; a flat that is silent reads, and sends later."""
        for _ in range(count):
            start_s, end_s = midnight(self.day), midnight(self.day + timedelta(days=1))
            hours_s = np.arange(start_s + HOUR_S, end_s + 1, HOUR_S)
            noon = hours_s.size // 2
            used = {
                flat: 300
                + 50 * flat
                + (self.day.toordinal() * flat * 37 + np.arange(hours_s.size)) % 90
                for flat in FLATS
            }
            self.now_s = int(hours_s[noon])
            self.read(MASTER, hours_s, sum(used.values()) + STAIRS_WH + tap_wh)
            for flat in FLATS:
                rest = slice(None)
                if flat == exchanged:
                    self.read(self.meter_of[flat], hours_s[:noon], used[flat][:noon])
                    place = self.place[flat].usage_point_uuid
                    self.meter_of[flat] = self.install(10 + self.meter_of[flat], place)
                    rest = slice(noon, None)
                is_sent = flat not in silent
                self.read(self.meter_of[flat], hours_s[rest], used[flat][rest], is_sent=is_sent)
            self.day += timedelta(days=1)
            self.now_s = end_s + 600
            self.watch.sweep()

    def read(self, meter, time_s, energy_wh, *, is_sent=True):
        import_wh = self.register[meter] + np.cumsum(energy_wh)
        self.register[meter] = int(import_wh[-1])
        if is_sent:
            self.append(meter, time_s, import_wh)
        else:
            self.held.setdefault(meter, []).append((time_s, import_wh))

    def send_held(self):
        for meter, parts in self.held.items():
            for time_s, import_wh in parts:
                self.append(meter, time_s, import_wh)
        self.held = {}

    def phases(self):
        return [phase for phase, _ in self.told if phase != "updated"]

    def alerts(self):
        return self.ledger.alerts(AlertFilter(), limit=9)


def midnight(day):
    return int(datetime.combine(day, datetime.min.time(), ZoneInfo(ZONE)).timestamp())


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    house.pass_days(30)
    assert house.told == []
    yield house
    house.readings.close()
    house.ledger.close()


def test_a_tap_is_found_on_the_second_day_told_once_and_ends(house):
    began = house.day
    house.pass_days(1, tap_wh=TAP_WH)
    assert house.told == []
    house.pass_days(1, tap_wh=TAP_WH)
    assert house.phases() == ["opened"]
    (alert,) = house.alerts()
    assert (alert.kind, alert.meter_number) == ("sum_mismatch", MASTER)
    assert alert.opened_at_s == midnight(began)
    assert alert.details["excess_per_day_wh"] == pytest.approx(3000, rel=0.05)
    house.start()
    house.watch.sweep()
    assert len(house.told) == 1
    house.pass_days(3, tap_wh=TAP_WH)
    assert [phase for phase, _ in house.told] == ["opened", *["updated"] * 3]
    assert house.alerts()[0].excess_wh == pytest.approx(5 * 3000, rel=0.05)
    house.pass_days(20, tap_wh=TAP_WH)
    house.start()
    house.pass_days(25, tap_wh=TAP_WH)
    assert house.phases() == ["opened"]
    house.pass_days(2)
    house.start()
    house.watch.sweep()
    assert house.phases() == ["opened", "closed"]
    assert house.alerts()[0].closed_at_s == midnight(house.day - timedelta(days=1))


def test_an_exchange_of_a_meter_is_no_mismatch(house):
    house.pass_days(1, exchanged=3)
    house.pass_days(6)
    house.pass_days(1, exchanged=2)
    house.pass_days(3)
    assert house.told == []
    house.pass_days(2, tap_wh=TAP_WH)
    assert house.phases() == ["opened"]


def test_what_is_not_there_is_unknown_and_judged_when_it_comes(house):
    house.pass_days(3, tap_wh=TAP_WH, silent={3})
    house.now_s += 7 * HOUR_S
    house.watch.sweep()
    assert house.told == []
    house.send_held()
    house.watch.sweep()
    assert house.phases() == ["opened"]
    assert house.alerts()[0].excess_wh == pytest.approx(3 * 3000, rel=0.05)


def test_late_readings_take_back_what_never_was(house):
    # What is missing of the second flat was sent for the wrong hours at first.
    house.pass_days(2, tap_wh=TAP_WH)
    assert house.phases() == ["opened"]
    times_s = np.arange(midnight(house.day - timedelta(days=2)), house.now_s, HOUR_S)[1:]
    columns = house.readings.readings(np.array([2], np.int32), int(times_s[0]), house.now_s)
    more_wh = TAP_WH * np.arange(1, len(columns) + 1)
    house.append(2, columns.time_s, columns.import_wh + more_wh)
    house.watch.sweep()
    assert house.phases() == ["opened", "closed"]
    house.start()
    house.watch.sweep()
    assert len(house.told) == 2


def test_other_submeters_begin_anew(house):
    house.pass_days(3, tap_wh=TAP_WH)
    assert house.phases() == ["opened"]
    house.measured_under(4, "", house.day)
    house.pass_days(1)
    assert house.phases() == ["opened", "closed"]
    assert house.alerts()[0].closed_at_s == midnight(house.day - timedelta(days=1))
    # A fifth and more is missing now: told on the first days, and then it is usual.
    house.pass_days(8)
    assert house.phases() == ["opened", "closed"] * 2
    house.pass_days(1)
    for flat in (2, 3):
        house.measured_under(flat, "", house.day)
    house.pass_days(2)
    assert len(house.phases()) == 4


def test_each_master_is_held_against_those_directly_under_it(house):
    for flat in (2, 3):
        house.measured_under(flat, str(house.place[4].usage_point_uuid), house.day)
    house.pass_days(3)
    # The flat that is no floor shows less than what is said to be in it, and the house more.
    found = {record.meter_number: record.excess_wh > 0 for _, record in house.told}
    assert found == {MASTER: True, 4: False}
