"""An invoice is what it was: later facts change nothing, and its lines can be opened."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.billed import QUARTER_S, Town, at
from quilowatt.api.registers import RegisterMemory
from quilowatt.billing.invoice import Quality
from quilowatt.jobs.cycle_bills import BillSources, month_bills
from quilowatt.jobs.cycle_readings import StoreReadings
from quilowatt.jobs.invoice_again import cycle_again, invoice_again, proof_of_issued
from quilowatt.jobs.line_intervals import line_intervals
from quilowatt.jobs.proof import read_proof, verify, write_proof
from quilowatt.store import ClientFilter, Edit, EditRequest, Statement, TermsChange

HOMES = 18
FIRST_S, LAST_S = at("2026-09-25T00:00:00"), at("2026-11-02T12:00:00")
SLOW = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def readings_of(chance, kind):
    """Registers of a home with something odd about it, or nothing."""
    times_s = np.arange(FIRST_S, LAST_S, QUARTER_S) + int(chance.integers(0, 3)) * 60
    import_wh = 10_000 + np.cumsum(chance.integers(0, 900, times_s.size))
    export_wh = np.cumsum(chance.integers(0, 300, times_s.size)) * int(chance.integers(0, 2))
    keep = np.ones(times_s.size, np.bool_)
    place = int(chance.integers(700, times_s.size - 300))
    match kind:
        case 1:
            keep[place : place + int(chance.integers(2, 7))] = False
        case 2:
            keep[place : place + int(chance.integers(9, 200))] = False
        case 3:
            import_wh[place:] -= import_wh[place] - 5
        case 4:
            import_wh[place] += 10**8
        case 5:
            keep[place:] = False
        case 6:
            keep[:place] = False
        case 7:
            keep &= chance.random(times_s.size) > 0.3
    return times_s[keep], import_wh[keep], export_wh[keep]


def fill(town, seed):
    chance = np.random.default_rng(seed)
    for number in range(1, HOMES + 1):
        home = town.home(number, digits=int(chance.choice([0, 8])))
        columns = readings_of(chance, number % 9)
        town.read(home, *columns)
        if number % 5 == 0 and columns[0].size:
            rows = chance.choice(columns[0].size, 3)
            town.read(home, columns[0][rows], columns[1][rows] + 1, columns[2][rows])
    return chance


def later_facts(town, chance):
    """A thousand facts that come after the invoices: late readings, revisions, edits, terms."""
    for _ in range(20):
        home = int(chance.integers(1, HOMES + 1))
        times_s = np.unique(chance.integers(FIRST_S, LAST_S, 50))
        town.read(home, times_s, np.sort(chance.integers(0, 10**7, times_s.size)), at_s=town.now_s)
    asked = EditRequest(1, "leave_out", FIRST_S, LAST_S, None, None, "Ana", "wet")
    town.readings.heed(Edit(1, asked, town.now_s * 10**6))
    for client in town.ledger.clients(ClientFilter(), limit=HOMES):
        change = TermsChange(
            tariff_code="examples/tiers",
            limit_w=700,
            alert_sensitivity_pct=50,
            has_generation=True,
            master="x",
        )
        said = Statement(date(2026, 1, 1), town.now_s)
        town.ledger.terms.set_terms(client.usage_point_id, change, said)
        town.ledger.set_meter_interval(client.meter_number, 60, at_s=town.now_s)


@pytest.mark.parametrize("tariff", ["time-of-use", "net-metering", "demand"])
@given(seed=st.integers(0, 2**32))
@SLOW
def test_computed_again_after_a_thousand_later_facts_it_is_identical(
    tmp_path_factory, tariff, seed
):
    with Town(tmp_path_factory.mktemp("town"), f"examples/{tariff}") as town:
        chance = fill(town, seed)
        town.run()
        said = [town.said(invoice) for invoice in town.issued()]
        assert len(said) > HOMES // 2
        town.now_s += 86_400
        later_facts(town, chance)
        town.now_s += 86_400
        for invoice in said:
            again = invoice_again(town.ledger, town.readings, invoice)
            assert again.bill == invoice.bill
            assert again.energy.quality == invoice.quality


@pytest.mark.parametrize("tariff", ["time-of-use", "net-metering", "regime"])
def test_every_invoice_has_a_proof_that_holds(tmp_path, tariff):
    with Town(tmp_path, f"examples/{tariff}") as town:
        fill(town, 11)
        town.run()
        for invoice in map(town.said, town.issued()):
            proof = read_proof(write_proof(proof_of_issued(town.ledger, town.readings, invoice)))
            verdict = verify(proof)
            assert verdict.is_proved, verdict.finding


@pytest.mark.parametrize(
    "tariff", ["time-of-use", "tiers", "demand", "net-metering", "street-lighting"]
)
def test_what_is_behind_a_line_sums_to_its_quantity(tmp_path, tariff):
    with Town(tmp_path, f"examples/{tariff}") as town:
        fill(town, 7)
        town.run()
        opened = 0
        for invoice in map(town.said, town.issued()):
            again = invoice_again(town.ledger, town.readings, invoice)
            for line in invoice.bill.lines:
                found = line_intervals(again.tariff, again.period.zone, again.energy.profile, line)
                counted = [Fraction(each.counted) for each in found if each.counted is not None]
                if counted:
                    assert sum(counted) == Fraction(line.quantity)
                    opened += 1
        assert opened >= HOMES // 2


@given(seed=st.integers(0, 2**32))
@SLOW
def test_many_at_once_come_out_as_one_by_one(tmp_path_factory, seed):
    with Town(tmp_path_factory.mktemp("town")) as town:
        fill(town, seed)
        clients = town.ledger.clients(ClientFilter(), limit=HOMES)
        as_of = town.readings.commit_at(town.now_s)
        source = StoreReadings(town.readings, as_of)
        sources = BillSources(town.ledger, town.tariffs, source, town.now_s)
        bills = month_bills(sources, clients, "2026-10")
        assert len({bool(bill.energy.is_plain[bill.row]) for bill in bills}) == 2
        for bill in bills:
            alone = cycle_again(town.readings, bill)
            assert bill.energy.import_wh[bill.row].tolist() == alone.import_wh.tolist()
            assert bill.energy.export_wh[bill.row].tolist() == alone.export_wh.tolist()
            assert bill.quality == alone.quality
            assert (bill.energy_wh is not None) == alone.is_known


@given(seed=st.integers(0, 2**32))
@SLOW
def test_the_running_bill_remembers_what_matters(tmp_path_factory, seed):
    """What is completed by later readings is what is read anew."""
    with Town(tmp_path_factory.mktemp("town"), now="2026-10-20T10:00:00") as town:
        chance = np.random.default_rng(seed)
        columns = {}
        for number in range(1, HOMES + 1):
            home = town.home(number)
            columns[home] = readings_of(chance, number % 9)
        memory = RegisterMemory(town.readings, lambda: town.now_s)
        clients = town.ledger.clients(ClientFilter(), limit=HOMES)
        told = 0
        for until_s in (at("2026-10-18T03:00:00"), at("2026-10-19T00:10:00"), town.now_s):
            for home, (times_s, import_wh, export_wh) in columns.items():
                rows = (times_s > told) & (times_s <= until_s)
                if rows.any():
                    told_now = times_s[rows], import_wh[rows], export_wh[rows]
                    town.read(home, *told_now, at_s=until_s)
            told = until_s
            remembered, anew = (
                month_bills(
                    BillSources(town.ledger, town.tariffs, source, town.now_s), clients, None
                )
                for source in (memory, StoreReadings(town.readings, 2**62))
            )
            for mine, other in zip(remembered, anew, strict=True):
                assert mine.bill == other.bill
                assert without_holes(mine.quality) == without_holes(other.quality)


def without_holes(quality):
    """A running bill counts holes by their number, an invoice by register."""
    issues = {kind: count for kind, count in quality.issues.items() if kind != "hole"}
    return Quality(
        quality.measured_s,
        quality.estimated_s,
        quality.revised_s,
        quality.missing_s,
        quality.estimated_wh,
        issues,
    )
