"""What every `Ledger` must do, whatever keeps it: registration, meters, clients, audit."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from harness.ledgers import NOW_S, client_of, identity, register, request_of
from quilowatt.limits import INTERVAL_S_MAX, NAME_SIZE_MAX
from quilowatt.store import (
    Client,
    ClientFilter,
    Ledger,
    LedgerCounts,
    RegisteredMeter,
    RegistrationRefusal,
)


class TestRegistration:
    def test_gives_a_meter_a_customer_and_a_usage_point_of_its_own(self, ledger):
        request = request_of(1, phases=3, interval_s=60, digits=6)
        assert register(ledger, request) == [
            RegisteredMeter(1, identity(1), "Customer 1", 60, 6, "active", 1, 1)
        ]
        client = ledger.meter(identity(1))
        assert client == Client(
            customer_id=1,
            customer_uuid=client.customer_uuid,
            name="Customer 1",
            usage_point_id=1,
            usage_point_uuid=client.usage_point_uuid,
            timezone="America/Manaus",
            tariff_code="br/test-b1",
            phases=3,
            billing_day=5,
            meter_number=1,
            meter_uuid=identity(1),
            serial="S0001",
            model="QW-1",
            interval_s=60,
            digits=6,
            registered_at_s=NOW_S,
            state="active",
        )
        assert len({client.customer_uuid, client.usage_point_uuid, client.meter_uuid}) == 3

    def test_numbers_are_dense_and_in_order(self, ledger):
        first = register(ledger, *map(request_of, range(1, 4)))
        ledger.register_meters([request_of(2), request_of(9, name="")])
        second = register(ledger, *map(request_of, range(4, 6)))
        assert [meter.number for meter in first + second] == [1, 2, 3, 4, 5]

    def test_nobody_asks_nothing_happens(self, ledger):
        assert ledger.register_meters([]) == []
        assert ledger.counts() == LedgerCounts(0, 0, 0, 0)

    def test_a_second_time_is_refused(self, ledger):
        register(ledger, request_of(1))
        [refusal] = ledger.register_meters([request_of(1, name="Somebody else")])
        assert refusal == RegistrationRefusal(identity(1), 409, "already registered")
        assert ledger.meter(identity(1)).name == "Customer 1"

    def test_twice_in_one_batch_is_refused_once(self, ledger):
        first, second = ledger.register_meters([request_of(1), request_of(1)])
        assert isinstance(first, RegisteredMeter)
        assert second == RegistrationRefusal(identity(1), 409, "already registered")

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"name": ""}, "name is empty"),
            ({"name": " \t"}, "name is empty"),
            ({"name": "x" * (NAME_SIZE_MAX + 1)}, "longer than"),
            ({"serial": "x" * (NAME_SIZE_MAX + 1)}, "longer than"),
            ({"model": "x" * (NAME_SIZE_MAX + 1)}, "longer than"),
            ({"name": "half \ud83d a pair"}, "surrogate"),
            ({"serial": "nul \0"}, "NUL"),
            ({"phases": 0}, "phases"),
            ({"phases": 4}, "phases"),
            ({"interval_s": 0}, "interval"),
            ({"interval_s": INTERVAL_S_MAX + 1}, "interval"),
            ({"digits": -1}, "digits"),
            ({"digits": 16}, "digits"),
            ({"extra": {"x": float("nan")}}, "JSON"),
            ({"usage_point": identity(999)}, "no usage point"),
        ],
    )
    def test_a_refusal_costs_only_itself(self, ledger, changes, reason):
        before, refused, after = ledger.register_meters(
            [request_of(1), request_of(2, **changes), request_of(3)]
        )
        assert (before.number, after.number) == (1, 2)
        assert (refused.uuid, refused.code) == (identity(2), 400)
        assert reason in refused.reason
        assert ledger.meter(identity(2)) is None
        assert ledger.counts() == LedgerCounts(2, 2, 2, 0)

    def test_a_refused_identity_may_try_again(self, ledger):
        ledger.register_meters([request_of(1, name="")])
        assert register(ledger, request_of(1))[0].number == 1

    @pytest.mark.parametrize(
        "name",
        [
            "José da Conceição",
            "Ωμέγα",
            "李雷",
            "👩‍👩‍👧 & co",
            "a'b\"c;--",
            "%_\\",
            "\u202ertl",
            "x" * NAME_SIZE_MAX,
        ],
    )
    def test_names_are_kept_as_they_are(self, ledger, name):
        register(ledger, request_of(1, name=name, serial=name, model=name))
        client = ledger.meter(identity(1))
        assert (client.name, client.serial, client.model) == (name, name, name)
        assert ledger.clients(ClientFilter(name=name), limit=9) == [client]
        assert ledger.clients(ClientFilter(meter=name), limit=9) == [client]

    def test_survives_a_restart(self, open_ledger):
        first = open_ledger()
        register(first, *map(request_of, range(1, 4)))
        before = list(first.meter_directory())
        first.close()
        second = open_ledger()
        assert list(second.meter_directory()) == before
        assert register(second, request_of(4))[0].number == 4

    def test_more_than_one_statement_can_name(self, ledger):
        count = 12_000
        register(ledger, *map(request_of, range(1, count + 1)))
        refusals = ledger.register_meters([*map(request_of, range(1, count + 1))])
        assert {refusal.code for refusal in refusals} == {409}
        assert len(ledger.client_of_meters(range(count + 10))) == count
        assert len(ledger.installations(meter_numbers=range(count + 10))) == count

    def test_many_threads_at_once(self, ledger):
        batches = [[request_of(100 * batch + n) for n in range(50)] for batch in range(8)]
        twice = batches + batches
        with ThreadPoolExecutor(8) as pool:
            answers = [
                meter for batch in pool.map(ledger.register_meters, twice) for meter in batch
            ]
        made = [answer for answer in answers if isinstance(answer, RegisteredMeter)]
        assert sorted(meter.number for meter in made) == list(range(1, 401))
        assert len(answers) - len(made) == 400

    def test_two_that_have_it_open_at_once(self, open_ledger):
        both = [open_ledger(), open_ledger()]
        batches = [[request_of(100 * batch + n) for n in range(20)] for batch in range(10)]
        with ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(one.register_meters, batch) for batch in batches for one in both]
            answers = [answer for job in jobs for answer in job.result(60)]
        made = [answer for answer in answers if isinstance(answer, RegisteredMeter)]
        assert sorted(meter.number for meter in made) == list(range(1, 201))
        assert list(both[0].meter_directory()) == list(both[1].meter_directory())


class TestExchange:
    def test_the_customer_stays_and_the_meter_changes(self, ledger):
        [old] = register(ledger, request_of(1, name="Ana"))
        place = ledger.meter(identity(1))
        new_request = request_of(
            2, name="ignored", usage_point=place.usage_point_uuid, at_s=NOW_S + 50, phases=3
        )
        [new] = register(ledger, new_request)
        assert new == RegisteredMeter(2, identity(2), "Ana", 900, 0, "active", 1, 1)
        assert ledger.counts() == LedgerCounts(1, 1, 2, 0)
        [client] = ledger.clients(ClientFilter(), limit=9)
        assert client.meter_uuid == identity(2)
        assert (client.name, client.phases) == ("Ana", 1)
        assert [
            (i.meter_number, i.start_s, i.end_s)
            for i in ledger.installations(usage_point_ids=[old.usage_point_id])
        ] == [(1, 0, NOW_S + 50), (2, NOW_S + 50, None)]

    def test_the_old_meter_still_belongs_there(self, ledger):
        register(ledger, request_of(1))
        place = ledger.meter(identity(1))
        register(ledger, request_of(2, usage_point=place.usage_point_uuid))
        assert ledger.meter(identity(1)).usage_point_id == place.usage_point_id
        assert [m.usage_point_id for m in ledger.meter_directory()] == [1, 1]
        by_old_serial = ledger.clients(ClientFilter(meter="S0001"), limit=9)
        assert [client.meter_number for client in by_old_serial] == [2]

    def test_twice_in_one_batch(self, ledger):
        register(ledger, request_of(1))
        uuid = ledger.meter(identity(1)).usage_point_uuid
        register(
            ledger,
            request_of(2, usage_point=uuid, at_s=NOW_S + 10),
            request_of(3, usage_point=uuid, at_s=NOW_S + 20),
        )
        assert [(i.start_s, i.end_s) for i in ledger.installations(usage_point_ids=[1])] == [
            (0, NOW_S + 10),
            (NOW_S + 10, NOW_S + 20),
            (NOW_S + 20, None),
        ]
        assert client_of(ledger, 3).usage_point_id == 1

    def test_a_clock_that_went_back_leaves_no_overlap(self, ledger):
        register(ledger, request_of(1))
        uuid = ledger.meter(identity(1)).usage_point_uuid
        register(ledger, request_of(2, usage_point=uuid, at_s=NOW_S + 100))
        register(ledger, request_of(3, usage_point=uuid, at_s=NOW_S))
        assert [(i.start_s, i.end_s) for i in ledger.installations(usage_point_ids=[1])] == [
            (0, NOW_S + 100),
            (NOW_S + 100, NOW_S + 100),
            (NOW_S + 100, None),
        ]

    def test_other_places_are_untouched(self, ledger):
        register(ledger, request_of(1), request_of(2))
        uuid = ledger.meter(identity(1)).usage_point_uuid
        before = ledger.installations(usage_point_ids=[2])
        register(ledger, request_of(3, usage_point=uuid))
        assert ledger.installations(usage_point_ids=[2]) == before
        both = ledger.installations(meter_numbers=[2], usage_point_ids=[1, 2])
        assert [i.meter_number for i in both] == [1, 2, 3]


class TestMeters:
    def test_the_directory_has_every_meter_by_number(self, ledger):
        made = register(ledger, *map(request_of, range(1, 30)))
        assert list(ledger.meter_directory()) == made

    def test_a_blocked_meter_says_so_everywhere(self, ledger):
        register(ledger, request_of(1), request_of(2))
        assert ledger.set_meter_state(1, "blocked", at_s=NOW_S)
        assert [m.state for m in ledger.meter_directory()] == ["blocked", "active"]
        assert ledger.meter(identity(1)).state == "blocked"
        assert ledger.set_meter_state(1, "active", at_s=NOW_S)
        assert ledger.meter(identity(1)).state == "active"

    def test_a_meter_keeps_the_interval_that_it_was_told(self, ledger):
        register(ledger, request_of(1), request_of(2))
        assert ledger.set_meter_interval(1, 60, at_s=NOW_S, actor="ana")
        assert ledger.set_meter_interval(1, 60, at_s=NOW_S + 1)
        assert not ledger.set_meter_interval(7, 60, at_s=NOW_S)
        assert [m.interval_s for m in ledger.meter_directory()] == [60, 900]
        assert ledger.meter(identity(1)).interval_s == 60
        *_, entry = ledger.audit(limit=99)
        assert (entry.action, entry.actor, entry.details) == (
            "meter_interval_set", "ana", {"interval_s": 60},
        )  # fmt: skip

    def test_no_such_meter(self, ledger):
        assert not ledger.set_meter_state(7, "blocked", at_s=NOW_S)
        assert ledger.meter(identity(7)) is None
        assert ledger.client_of_meters([7]) == {}
        assert ledger.installations(meter_numbers=[7], usage_point_ids=[7]) == []

    def test_numbers_may_come_from_arrays(self, ledger):
        register(ledger, request_of(1), request_of(2))
        numbers = np.array([2, 1], np.int32)
        assert set(ledger.client_of_meters(numbers)) == {1, 2}
        assert len(ledger.installations(meter_numbers=numbers)) == 2
        assert ledger.set_meter_state(numbers[0], "blocked", at_s=NOW_S)


class TestClients:
    @pytest.fixture
    def people(self, ledger) -> Ledger:
        names = ["José Ávila", "Maria João", "jose de avila", "Ana 100%", "Ana 1000", "Straße"]
        register(ledger, *(request_of(n, name=name) for n, name in enumerate(names, 1)))
        return ledger

    @pytest.mark.parametrize(
        ("part", "found"),
        [
            ("", [1, 2, 3, 4, 5, 6]),
            ("avila", [1, 3]),
            ("ÁVILA", [1, 3]),
            ("A\u0301vila", [1, 3]),
            ("jose", [1, 3]),
            ("JOÃO", [2]),
            ("0%", [4]),
            ("ana 100_", []),
            ("STRASSE", [6]),
            ("nobody", []),
            ("half \ud83d", []),
            ("nul \0", []),
        ],
    )
    def test_by_part_of_the_name(self, people, part, found):
        clients = people.clients(ClientFilter(name=part), limit=9)
        assert [client.usage_point_id for client in clients] == found

    def test_by_customer_and_by_meter(self, people):
        client = people.meter(identity(3))
        for which in (
            ClientFilter(id=str(client.customer_uuid)),
            ClientFilter(id=client.customer_uuid.hex.upper()),
            ClientFilter(meter=str(identity(3))),
            ClientFilter(meter="S0003"),
            ClientFilter(id=str(client.customer_uuid), name="avila", meter="S0003"),
        ):
            assert people.clients(which, limit=9) == [client]

    @pytest.mark.parametrize(
        "which",
        [
            ClientFilter(id="not a uuid"),
            ClientFilter(id=str(identity(1))),
            ClientFilter(meter=""),
            ClientFilter(meter="S000"),
            ClientFilter(meter=str(identity(99))),
            ClientFilter(meter="\ud83d"),
            ClientFilter(name="avila", meter="S0002"),
        ],
    )
    def test_nobody(self, people, which):
        assert people.clients(which, limit=9) == []

    def test_pages_are_whole_and_disjoint(self, people):
        after, seen = None, []
        while page := people.clients(ClientFilter(), after=after, limit=4):
            assert len(page) <= 4
            seen += page
            after = page[-1].usage_point_id
        assert [client.usage_point_id for client in seen] == [1, 2, 3, 4, 5, 6]

    def test_a_page_goes_on_in_a_filter(self, people):
        [first] = people.clients(ClientFilter(name="avila"), limit=1)
        [second] = people.clients(ClientFilter(name="avila"), after=first.usage_point_id, limit=1)
        assert (first.usage_point_id, second.usage_point_id) == (1, 3)


class TestAudit:
    def test_says_what_was_done_to_which_meter(self, ledger):
        register(ledger, request_of(1))
        place = client_of(ledger, 1).usage_point_uuid
        register(ledger, request_of(2, usage_point=place, at_s=NOW_S + 1))
        ledger.set_meter_state(1, "blocked", at_s=NOW_S + 2, actor="ana")
        ledger.set_meter_state(1, "blocked", at_s=NOW_S + 3, actor="ana")
        ledger.set_meter_state(1, "active", at_s=NOW_S + 4)
        ledger.register_meters([request_of(1)])
        entries = ledger.audit(limit=99)
        assert [(e.id, e.at_s - NOW_S, e.actor, e.action, e.meter_number) for e in entries] == [
            (1, 0, "meter", "meter_registered", 1),
            (2, 1, "meter", "meter_exchanged", 2),
            (3, 2, "ana", "meter_blocked", 1),
            (4, 4, "operator", "meter_unblocked", 1),
        ]
        assert entries[1].details == {"replaced_meter": 1}
        assert {entry.usage_point_id for entry in entries} == {1}
        assert ledger.audit(after=2, limit=1) == entries[2:3]


def test_reads_do_not_wait_for_a_write(ledger):
    register(ledger, request_of(1))
    is_inside, may_go_on = threading.Event(), threading.Event()

    class Slow(list):
        def __iter__(self):
            is_inside.set()
            assert may_go_on.wait(30)
            return super().__iter__()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(ledger.register_meters, Slow([request_of(2)]))
        assert is_inside.wait(30)
        assert len(ledger.clients(ClientFilter(), limit=9)) == 1
        assert len(list(ledger.meter_directory())) == 1
        may_go_on.set()
        [answer] = writing.result(30)
    assert answer.number == 2
    assert len(ledger.clients(ClientFilter(), limit=9)) == 2
