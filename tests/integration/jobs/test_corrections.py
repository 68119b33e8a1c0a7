"""Late readings after an invoice was issued: proposed with a reason, corrected once, proved."""

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from harness.billed import ISSUER, QUARTER_S, Town, at
from quilowatt.billing import TariffBook
from quilowatt.errors import CorrectionRefused
from quilowatt.jobs.accounts import accounts_of
from quilowatt.jobs.corrections import CorrectionSources, correct, proposal_for, proposals
from quilowatt.jobs.invoice_again import invoice_again, proof_of_issued
from quilowatt.jobs.proof import read_proof, verify, write_proof
from quilowatt.store import NewPayment

TARIFF = """
format = 2
code = "test/corrected"
currency = "BRL"
name = { pt = "a", en = "a" }
rounding = { rule = "half_even", places = 2 }
[names]
energy = { pt = "energia", en = "energy" }
peak = { pt = "ponta", en = "peak" }
rest = { pt = "resto", en = "rest" }
[schedule.s]
default = "rest"
windows = [{ period = "peak", from = "18:00", to = "21:00" }]
[regime]
missing = { rule = "typical_days" }
due = { business_days = 5 }
correction = { collect_cycles = 3, refund_cycles = 60 }
[[version]]
from = 2020-01-01
act = "a"
source = "s"
charges = [
  { code = "energy", kind = "time_of_use", schedule = "s", rates = { peak = 2, rest = 1 } },
]
"""


def half_day(town, meter, is_held):
    """A steady meter, but on 12 October it takes double in the first half of the day, 00 to 12."""
    times_s = np.arange(at("2026-09-20T00:00:00"), at("2026-11-03T06:00:00") + 1, QUARTER_S)
    day_s = at("2026-10-12T00:00:00")
    is_double = (times_s > day_s) & (times_s <= day_s + 12 * 3600)
    registers = 1000 + np.cumsum(np.where(is_double, 200, 100))
    in_hole = (times_s > day_s) & (times_s < day_s + 24 * 3600)
    keep = in_hole if is_held else ~in_hole
    town.read(meter, times_s[keep], registers[keep])


@pytest.fixture
def town(tmp_path):
    book = TariffBook.load([("corrected.toml", TARIFF, {})])
    with Town(tmp_path, tariff="test/corrected", book=book) as town:
        for number in (1, 2):
            half_day(town, town.home(number), is_held=False)
        town.run()
        yield town


def sources(town):
    return CorrectionSources(town.ledger, town.readings, lambda: float(town.now_s))


def late(town, meter=1):
    """The readings of the hole arrive."""
    town.now_s += 86_400
    half_day(town, meter, is_held=True)


def test_nothing_is_proposed_where_nothing_differs(town):
    assert list(proposals(sources(town), "2026-10")) == []


def test_late_readings_are_proposed_with_the_difference_and_its_reason(town):
    first, _ = town.issued()
    late(town)
    (found,) = proposals(sources(town), "2026-10")
    assert found.issued == first
    assert found.difference == found.again.bill.total - first.total
    assert found.difference != 0
    assert found.again.bill.energy_wh == first.import_wh
    money = f"{abs(found.difference):.2f}"
    assert found.reason.en.startswith(
        "24 estimated hours on 12 Oct 2026 replaced by measured ones: -R$"
    )
    assert found.reason.en.endswith(money)
    assert found.reason.pt.startswith("24 horas estimadas em 12/10/2026 substituídas por medidas: ")
    assert found.is_allowed


def test_a_correction_is_a_credit_note_and_a_replacement_and_happens_once(town):
    first, second = town.issued()
    late(town)
    found = proposal_for(sources(town), first)
    note, replacement = correct(sources(town), found, ISSUER, "Ana", "late meter")
    assert (note.kind, note.replaces_id, note.total) == ("credit_note", first.id, first.total)
    assert (replacement.kind, replacement.generation) == ("invoice", 1)
    assert replacement.total == found.again.bill.total
    assert [each.number[-1] for each in (first, second, note, replacement)] == list("1234")
    assert town.ledger.invoices.invoice(first.number).replaced_by == replacement.number
    said = town.said(replacement)
    assert said.replaces == first.number
    assert said.reason.en.endswith("(Ana: late meter)")
    assert said.bill == found.again.bill
    kept = [e for e in town.ledger.audit(limit=99) if e.action == "invoice_corrected"]
    assert correct(sources(town), found, ISSUER, "Ana", "again") == []
    (entry,) = [e for e in town.ledger.audit(limit=99) if e.action == "invoice_corrected"]
    assert [entry] == kept
    assert (entry.actor, entry.usage_point_id) == ("Ana", first.usage_point_id)
    assert entry.details == {"invoice": first.number, "author": "Ana", "reason": "late meter"}
    assert list(proposals(sources(town), "2026-10")) == []
    assert len(town.issued()) == 4
    assert invoice_again(town.ledger, town.readings, said).bill == said.bill
    record = proof_of_issued(town.ledger, town.readings, said)
    verdict = verify(read_proof(write_proof(record, is_compressed=False)))
    assert verdict.finding is None, json.dumps(str(verdict.finding))


def test_the_account_owes_what_the_replacement_says(town):
    first, _ = town.issued()
    new = NewPayment("e1", date(2026, 11, 3), first.total, "BRL", first.number)
    town.ledger.payments.record([new], at_s=town.now_s)
    late(town)
    found = proposal_for(sources(town), first)
    correct(sources(town), found, ISSUER, "Ana", "late meter")
    account = accounts_of(town.ledger, town.tariffs, [first.customer_id], town.now_s)
    assert account[first.customer_id].balance == found.difference
    states = [standing.state for standing in account[first.customer_id].standings]
    assert states == ["replaced", "paid"]
    assert account[first.customer_id].surplus == -found.difference


def test_the_next_cycle_goes_on_from_the_replacement(town):
    first, _ = town.issued()
    late(town)
    found = proposal_for(sources(town), first)
    _, replacement = correct(sources(town), found, ISSUER, "Ana", "late meter")
    town.steady(1, "2026-11-03T06:15:00", "2026-12-01T00:00:00", first_wh=10**6)
    town.now_s = at("2026-12-02T08:00:00")
    town.run("2026-11")
    (next_one,) = [i for i in town.issued(month="2026-11") if i.customer_id == first.customer_id]
    assert town.said(next_one).links[0].previous == town.said(replacement).links[0].head
    assert town.said(next_one).history[-1].total == replacement.total


def test_what_the_regime_forbids_is_refused_with_the_reason(town):
    first, _ = town.issued()
    late(town)
    town.now_s = at("2032-11-03T08:00:00")
    found = proposal_for(sources(town), first)
    assert not found.is_allowed
    with pytest.raises(CorrectionRefused, match="the cycle is 73 months old"):
        correct(sources(town), found, ISSUER, "Ana", "too late")
    assert len(town.issued()) == 2
    assert found.difference < Decimal(0)
