"""A billing run over a real ledger and a real store: every cycle once, or a reason why not."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from harness.billed import QUARTER_S, Town, at
from quilowatt.billing.chain import FIRST_HEAD, chain_link
from quilowatt.errors import SettingsError
from quilowatt.jobs.run_findings import finding_text
from quilowatt.jobs.tariff_files import tariff_book
from quilowatt.store import ClientFilter, RunChoice, Statement, TermsChange

START, END = "2026-10-01T00:00:00", "2026-11-01T00:00:00"
DAYS = 31


@pytest.fixture
def town(tmp_path):
    with Town(tmp_path) as town:
        yield town


def homes(town, count, **changes):
    numbers = [town.home(number, **changes) for number in range(1, count + 1)]
    for number in numbers:
        town.steady(number, "2026-09-30T00:00:00", "2026-11-02T00:00:00", 100 + number)
    return numbers


def kinds(result):
    return [(found.details["customer"], found.kind) for found in result.findings]


def test_every_cycle_is_issued_once_with_numbers_that_have_no_gaps(town):
    homes(town, 5)
    result = town.run()
    assert (result.total, result.before, result.issued, result.findings) == (5, 0, 5, [])
    issued = town.issued()
    assert [invoice.number for invoice in issued] == [f"2026-{n:06}" for n in range(1, 6)]
    for number, invoice in enumerate(issued, 1):
        assert invoice.import_wh == (100 + number) * DAYS * 96
        said = town.said(invoice)
        assert (said.number, said.month, said.bill.total) == (
            invoice.number,
            "2026-10",
            invoice.total,
        )
        assert (said.bill.start_s, said.bill.end_s) == (at(START), at(END))
        assert said.quality.measured_s == DAYS * 86_400
        body = town.ledger.invoices.documents_of([invoice.id])[invoice.id]
        assert hashlib.sha256(body).hexdigest() == invoice.digest
    assert result.sums == {"EUR": sum(invoice.total for invoice in issued)}


def test_a_second_run_changes_nothing(town):
    homes(town, 3)
    town.run()
    before = town.rows()
    town.now_s += 86_400
    result = town.run()
    assert (result.before, result.issued) == (3, 0)
    assert town.rows() == before


def test_a_dry_run_writes_nothing_and_tells_the_same(town):
    homes(town, 3)
    before = town.rows(), town.rows("billing_runs", "counters", "billing_run_findings")
    rehearsed = town.rehearse()
    assert (town.rows(), town.rows("billing_runs", "counters", "billing_run_findings")) == before
    result = town.run()
    assert (rehearsed.issued, rehearsed.sums) == (result.issued, result.sums)


def test_a_run_bills_only_what_was_chosen(town):
    homes(town, 12)
    town.run(choice=RunChoice(customer="Home 1"))  # 1, 10, 11, 12
    assert len(town.issued()) == 4
    assert town.run().issued == 8
    assert [invoice.number for invoice in town.issued()] == [f"2026-{n:06}" for n in range(1, 13)]
    with pytest.raises(SettingsError, match="no usage point"):
        town.run(choice=RunChoice(tariff="examples/tiers"))


def test_what_dies_in_the_middle_of_a_block_leaves_nothing_of_it(town, monkeypatch):
    homes(town, 5)
    monkeypatch.setattr("quilowatt.jobs.billing_run.BLOCK", 2)
    seen = []

    def die(progress):
        seen.append(progress.done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        town.run(on_progress=die)
    assert seen == [2]
    assert len(town.issued()) == 2
    commit = town.ledger.invoices.runs(limit=1)[0].as_of
    town.now_s += 3 * 86_400
    assert town.run().issued == 3
    assert {invoice.as_of for invoice in town.issued()} == {commit}
    (run,) = town.ledger.invoices.runs(limit=10)
    assert (run.total, run.done, run.issued) == (5, 5, 5)
    assert run.finished_at_s == town.now_s


def test_readings_that_come_while_a_run_is_cut_short_do_not_count(town, monkeypatch):
    first, second = homes(town, 2)
    monkeypatch.setattr("quilowatt.jobs.billing_run.BLOCK", 1)

    def stop():
        return bool(town.issued())

    assert not town.run(is_stopping=stop).is_whole
    town.read(second, [at("2026-10-20T00:00:00")], [10**9], at_s=town.now_s + 5)
    town.now_s += 60
    assert town.run().issued == 1
    assert town.issued()[1].import_wh == 102 * DAYS * 96
    assert first != second


def test_cycles_that_go_on_are_refused_by_name(town):
    homes(town, 2)
    with pytest.raises(SettingsError, match=r"2026-11 has not ended: that of Home 1 .* 2026-12-01"):
        town.run("2026-11")
    assert town.issued() == []
    assert town.ledger.invoices.runs(limit=5) == []


def test_what_can_not_be_issued_is_told_with_the_reason(town):
    silent, sound = town.home(1), town.home(2)
    town.steady(sound, START, END)
    result = town.run()
    assert result.issued == 1
    assert kinds(result) == [("Home 1", "nothing_read")]
    assert "leia o medidor" in finding_text(result.findings[0], "pt")
    assert town.ledger.invoices.findings(result.run.id) == result.findings
    assert silent != sound


def test_an_invoice_that_was_not_possible_is_issued_when_it_is(town):
    silent = town.home(1)
    town.run()
    town.now_s += 60
    town.steady(silent, START, END)
    town.now_s += 7200
    result = town.run()
    assert (result.issued, result.findings) == (1, [])


def test_a_tariff_that_can_not_price_a_cycle_keeps_only_its_own_places(town):
    homes(town, 2)
    (place,) = town.ledger.clients(ClientFilter(name="Home 1"), limit=9)
    said = Statement(date(2026, 1, 1), town.now_s - 9000)
    change = TermsChange(tariff_code="examples/none")
    town.ledger.terms.set_terms(place.usage_point_id, change, said)
    result = town.run()
    assert kinds(result) == [("Home 1", "not_priced")]
    assert "examples/none" in finding_text(result.findings[0], "en")
    assert result.issued == 1


def test_cycles_follow_one_another(town):
    (home,) = homes(town, 1)
    town.steady(home, "2026-11-02T00:15:00", "2027-01-02T00:00:00", 101, first_wh=10**7)
    town.now_s = at("2027-01-05T00:00:00")
    town.run("2026-10")
    assert kinds(town.run("2026-12")) == [("Home 1", "before_unissued")]
    assert town.run("2026-11").issued == 1
    assert town.run("2026-12").issued == 1
    assert kinds(town.run("2026-09")) == [("Home 1", "later_issued")]
    assert [invoice.number for invoice in town.issued()] == [f"2027-{n:06}" for n in (1, 2, 3)]


def test_readings_are_chained_from_cycle_to_cycle(town):
    (home,) = homes(town, 1)
    town.steady(home, "2026-11-02T00:15:00", "2026-12-02T00:00:00", 101, first_wh=10**7)
    town.now_s = at("2026-12-05T00:00:00")
    town.run("2026-10")
    town.run("2026-11")
    first, second = (town.said(invoice).links[0] for invoice in town.issued())
    assert (first.previous, second.previous) == (FIRST_HEAD, first.head)
    assert first.readings == DAYS * 96
    own = town.readings.readings(np.array([home], np.int32), at(START), at(END))
    columns = own.time_s, own.import_wh, own.export_wh
    assert chain_link(first.meter, (at(START), at(END)), columns) == first


@pytest.mark.parametrize(("rule", "step_wh"), [("regime", 100), ("time-of-use", 0)])
def test_the_end_without_readings_is_estimated_by_the_rule_and_told(tmp_path, rule, step_wh):
    with Town(tmp_path, f"examples/{rule}") as town:
        home = town.home(1)
        town.steady(home, "2026-09-01T00:00:00", "2026-10-22T00:00:00")
        result = town.run()
        (invoice,) = town.issued()
        assert invoice.estimated_s == 10 * 86_400
        assert invoice.estimated_wh == 10 * 96 * step_wh
        assert invoice.import_wh == 21 * 96 * 100 + invoice.estimated_wh
        assert kinds(result) == [("Home 1", "estimated")]
        assert "240 h are estimated" in finding_text(result.findings[0], "en")
        assert town.said(invoice).meters[0].import_wh == 21 * 96 * 100


def test_the_mean_of_the_cycles_before_stands_in_where_the_regime_says_so(tmp_path):
    with Town(tmp_path, "br/b1/coelba", "2026-12-04T00:00:00", book=tariff_book()) as town:
        home = town.home(1)
        town.steady(home, "2026-09-30T00:00:00", "2026-11-11T00:00:00")
        town.run("2026-10")
        town.run("2026-11")
        _, second = town.issued()
        assert second.estimated_wh == 20 * 96 * 100
        assert town.said(second).due == date(2026, 12, 11)


def test_ways_to_pay_are_on_what_is_to_be_paid(tmp_path):
    payment = {"brazil": {"collection_company": "0138", "pix_key": "a@b.example"}}
    payment["brazil"] |= {"pix_name": "Jardim", "pix_city": "Salvador"}
    with Town(tmp_path, "br/coelba-b1", book=tariff_book()) as town:
        (home,) = homes(town, 1)
        town.run(issuer=replace(town.parts().issuer, payment=payment))
        codes = {code.kind: code for code in town.said(town.issued()[0]).codes}
        assert codes["pix"].reference == "2026000001"
        amount = int(town.issued()[0].total * 100)
        assert codes["collection"].bars[4:15] == f"{amount:011}"
        assert home


def test_time_before_the_first_reading_of_all_is_not_billed(town):
    home = town.home(1)
    town.steady(home, "2026-10-11T00:00:00", "2026-11-02T00:00:00")
    result = town.run()
    (invoice,) = town.issued()
    assert (invoice.missing_s, invoice.estimated_s) == (10 * 86_400, 0)
    assert invoice.import_wh == 21 * 96 * 100
    assert kinds(result) == [("Home 1", "missing")]


def test_a_jump_against_the_mean_is_told(town):
    (home,) = homes(town, 1)
    town.steady(home, "2026-11-02T00:15:00", "2026-12-02T00:00:00", 300, first_wh=10**7)
    town.now_s = at("2026-12-05T00:00:00")
    town.run("2026-10")
    result = town.run("2026-11")
    assert kinds(result) == [("Home 1", "jump_mean")]
    assert "mean of the last 1 cycles" in finding_text(result.findings[0], "en")


def test_an_exchanged_meter_counts_until_it_goes_and_the_new_one_since(town):
    old = town.home(1)
    place = town.ledger.client_of_meters([old])[old].usage_point_uuid
    exchange_s = at("2026-10-11T12:00:00")
    new = town.home(2, usage_point=place, at_s=exchange_s)
    town.steady(old, "2026-09-20T00:00:00", "2026-10-11T12:00:00")
    town.steady(new, "2026-10-11T12:00:00", "2026-11-02T00:00:00", 200, first_wh=7)
    result = town.run()
    assert (result.issued, result.findings) == (1, [])
    (invoice,) = town.issued()
    said = town.said(invoice)
    assert invoice.import_wh == int(10.5 * 96) * 100 + int(20.5 * 96) * 200
    assert [(m.start_s, m.end_s, m.import_wh) for m in said.meters] == [
        (at(START), exchange_s, int(10.5 * 96) * 100),
        (exchange_s, at(END), int(20.5 * 96) * 200),
    ]
    assert [link.meter for link in said.links] == [meter.uuid for meter in said.meters]
    assert said.quality.issues == {"exchange": 1}


def test_credits_of_one_cycle_begin_the_next(tmp_path):
    with Town(tmp_path, "examples/net-metering", "2026-12-05T00:00:00") as town:
        home = town.home(1)
        town.steady(home, "2026-09-30T00:00:00", "2026-12-02T00:00:00", 100, 150)
        town.run("2026-10")
        town.run("2026-11")
        first, second = map(town.said, town.issued())
        assert first.bill.credits
        assert second.place.point.credits == first.bill.credits
        assert sum(c.energy_wh for c in second.bill.credits) > sum(
            c.energy_wh for c in first.bill.credits
        )


def test_demands_are_remembered(tmp_path):
    with Town(tmp_path, "examples/demand", "2027-01-05T00:00:00") as town:
        home = town.home(1)
        town.steady(home, "2026-09-30T00:00:00", "2027-01-02T00:00:00", 1000)
        for month in ("2026-10", "2026-11", "2026-12"):
            assert town.run(month).issued == 1
        last = town.said(town.issued()[-1])
        remembered = {code: len(past) for code, past in last.place.point.past_demand_w.items()}
        assert remembered == dict.fromkeys(last.bill.demand_w, 2)


def test_the_tariff_is_kept_as_it_was(town):
    homes(town, 1)
    town.run()
    (invoice,) = town.issued()
    body = town.ledger.invoices.kept_document(invoice.tariff_digest)
    assert hashlib.sha256(body).hexdigest() == invoice.tariff_digest
    assert json.loads(body)["code"] == "examples/time-of-use"


def test_the_due_date_and_the_series_are_the_issuers(town):
    homes(town, 1)
    issuer = replace(town.parts().issuer, series="B", due_days=30)
    town.run(issuer=issuer)
    (invoice,) = town.issued()
    assert invoice.number == "B2026-000001"
    assert (invoice.due - datetime.fromtimestamp(invoice.issued_at_s, UTC).date()).days == 30


def test_quality_is_that_of_the_load_profile(town):
    home = town.home(1)
    times_s = np.arange(at("2026-09-30T00:00:00"), at("2026-11-02T00:00:00"), QUARTER_S)
    left_out = (times_s > at("2026-10-05T03:00:00")) & (times_s < at("2026-10-05T04:30:00"))
    town.read(home, times_s[~left_out], 100 * np.arange(times_s.size)[~left_out])
    town.read(home, [at("2026-10-07T00:00:00")], [100 * 7 * 96 + 3], at_s=town.now_s - 1000)
    town.run()
    said = town.said(town.issued()[0])
    assert said.quality.estimated_s == 5400
    assert said.quality.estimated_wh == 600
    assert said.quality.revised_s == 1800
    assert said.quality.measured_s == DAYS * 86_400 - 5400 - 1800


def test_history_is_of_the_cycles_before(town):
    (home,) = homes(town, 1)
    town.steady(home, "2026-11-02T00:15:00", "2026-12-02T00:00:00", 101, first_wh=10**7)
    town.now_s = at("2026-12-05T00:00:00")
    town.run("2026-10")
    town.run("2026-11")
    first, second = town.issued()
    (past,) = town.said(second).history
    assert (past.month, past.days, past.import_wh) == ("2026-10", 31, first.import_wh)
    assert past.total == first.total
    assert isinstance(past.total, Decimal)
