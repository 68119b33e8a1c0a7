"""What a forecast looks at, asked at once: to the watt-hour what one question each would give."""

from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.alert.history import GAP_WH
from quilowatt.api.registers import RegisterMemory
from quilowatt.billing import UsagePoint
from quilowatt.core import ReadingBatch
from quilowatt.core.calendar import Resolution, interval_edges_s
from quilowatt.jobs import past_energy
from quilowatt.jobs.forecast_past import forecast_past
from quilowatt.jobs.past_energy import past_energies
from quilowatt.jobs.place_energy import usage_point_energies
from quilowatt.jobs.running_cycle import CycleState
from quilowatt.store import (
    ClientFilter,
    DuckReadingStore,
    LedgerDefaults,
    RegistrationRequest,
    SqlLedger,
)

HOUR_S, DAY_S = 3600, 86_400
ZONE = ZoneInfo("Europe/Lisbon")
CLOCKS_GO_BACK_S = 1_761_440_400  # 26 October 2025, 01:00 UTC
HOMES, EXCHANGES = 16, 4


class Street:
    """Homes with all that can go wrong with a meter, by chance."""

    def __init__(self, directory, seed):
        self.chance = np.random.default_rng(seed)
        self.known_s = CLOCKS_GO_BACK_S + int(self.chance.integers(3 * 24, 20 * 24)) * HOUR_S
        self.ledger = SqlLedger.open(
            directory / "ledger.sqlite", LedgerDefaults(timezone="Europe/Lisbon")
        )
        self.store = DuckReadingStore(directory / "readings")
        self.install(dict.fromkeys(range(1, HOMES + 1), (None, 1)))
        places = self.ledger.client_of_meters(range(1, EXCHANGES + 1))
        exchange_s = self.known_s - self.chance.integers(HOUR_S, 60 * DAY_S, EXCHANGES)
        self.install(
            {
                HOMES + home: (places[home].usage_point_uuid, at_s)
                for home, at_s in enumerate(sorted(exchange_s.tolist()), 1)
            }
        )

    def install(self, meters):
        parts = [self.meter(number, *where) for number, where in meters.items()]
        self.ledger.register_meters([request for request, _ in parts])
        columns = zip(*(columns for _, columns in parts), strict=True)
        batch = ReadingBatch(*(np.concatenate(each) for each in columns))
        self.store.append(batch, now_s=self.known_s + DAY_S)

    def meter(self, number, place, at_s):
        pace_s = int(self.chance.choice([900, 1800, 3600]))
        digits = int(self.chance.choice([0, 0, 6]))
        request = RegistrationRequest(
            UUID(int=number), f"{number}", "", "", 1, pace_s, digits, place, {}, at_s
        )
        return request, self.readings(number, pace_s, digits)

    def readings(self, number, pace_s, digits):
        chance = self.chance
        days = int(chance.choice([2, 40, 150]))
        time_s = np.arange(self.known_s - days * DAY_S, self.known_s + DAY_S, pace_s)
        time_s += int(chance.choice([0, 0, 417]))
        steps_wh = chance.integers(0, 900, (2, time_s.size))
        steps_wh[1] *= chance.integers(0, 2)
        register_wh = np.cumsum(steps_wh, axis=1) + int(chance.integers(0, 900_000))
        keep = np.ones(time_s.size, np.bool_)
        for _ in range(int(chance.integers(0, 5))):  # nobody heard it
            first = int(chance.integers(0, time_s.size))
            keep[first : first + int(chance.integers(1, 7 * DAY_S // pace_s))] = False
        keep[0] = True
        if chance.random() < 0.3:  # it broke off
            register_wh[:, int(chance.integers(0, time_s.size)) :] //= 3
        for row in chance.integers(0, time_s.size, int(chance.choice([0, 0, 3]))):
            register_wh[0, row] = chance.integers(0, 2_000_000)
        if chance.random() < 0.2:  # its clock was off
            first = int(chance.integers(0, time_s.size - 9))
            time_s[first : first + 8] += 7 * 60
        if digits:
            register_wh %= 10**digits
        meter = np.full(int(keep.sum()), number, np.int32)
        return meter, time_s[keep], register_wh[0, keep], register_wh[1, keep]

    def cycles(self):
        start_s = self.known_s - int(self.chance.integers(0, 30)) * DAY_S
        return [
            CycleState(
                client, ZONE, "", start_s, start_s + 31 * DAY_S, None, None, None, UsagePoint()
            )
            for client in self.ledger.clients(ClientFilter(), limit=HOMES)
        ]

    def close(self):
        self.store.close()
        self.ledger.close()


@pytest.fixture(params=range(2))
def street(tmp_path, request):
    street = Street(tmp_path, request.param)
    yield street
    street.close()


def asked_apart(energies, clients, edges_s, known_s):
    """Ask for some periods with one more on each side, which tell whether those are whole."""
    around_s = np.array([2 * edges_s[0] - edges_s[1], *edges_s, known_s + 1], np.int64)
    found = energies(clients, around_s)
    is_whole = found.is_known[:, :-2] & found.is_known[:, 2:]
    return [
        np.where(is_whole, energy_wh[:, 1:-1], GAP_WH)
        for energy_wh in (found.import_wh, found.export_wh)
    ]


def test_one_question_gives_what_one_each_would_give(street, monkeypatch):
    monkeypatch.setattr(past_energy, "ROWS", 9000)
    cycles, known_s = street.cycles(), street.known_s
    clients, start_s = [cycle.client for cycle in cycles], cycles[0].start_s
    cuts_s = list(range(start_s + 5 * DAY_S, known_s, 9 * DAY_S))
    once = partial(past_energies, street.ledger, street.store)
    past = forecast_past(once, cycles, cuts_s, known_s)
    assert 25 * HOUR_S in np.diff(past.taken.day_edges_s)

    registers = RegisterMemory(street.store, lambda: float(known_s + DAY_S))
    energies = partial(usage_point_energies, street.ledger, registers)
    days = asked_apart(energies, clients, past.taken.day_edges_s, known_s)
    hours = asked_apart(energies, clients, past.taken.hour_edges_s, known_s)
    for history, day_wh, hour_wh in zip((past.taken, past.given), days, hours, strict=True):
        assert np.array_equal(history.day_wh, day_wh)
        assert np.array_equal(history.hour_wh, hour_wh)
    assert 0 < (days[0] == GAP_WH).mean() < 1 < (days[0] > 0).sum()
    if start_s < known_s:
        so_far = energies(clients, past.measured.edges_s)
        assert np.array_equal(past.measured.import_wh, so_far.import_wh)
        assert np.array_equal(past.measured.export_wh, so_far.export_wh)


def test_at_the_start_of_a_cycle_nothing_is_measured(street):
    once = partial(past_energies, street.ledger, street.store)
    (cycle, *_) = street.cycles()
    past = forecast_past(once, [cycle], (), cycle.start_s)
    assert past.measured is None
    hours_s = interval_edges_s(cycle.start_s - 28 * DAY_S, cycle.start_s, Resolution.HOUR, ZONE)
    assert np.array_equal(past.taken.hour_edges_s, hours_s)
