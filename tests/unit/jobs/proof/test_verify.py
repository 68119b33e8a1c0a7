"""Every example is proved; what is changed is named, with what was expected."""

import json
from dataclasses import replace

import pytest

from faults.faults import ESTIMATED, EXACT
from harness.proofs import (
    EVERY,
    FAMILY,
    LONDON,
    billed,
    billed_london,
    faulty,
    home_evidence,
    home_in,
    issued,
    sound,
    tariff_of,
)
from quilowatt.billing.invoice_record import canonical, digest, invoice_record
from quilowatt.jobs.proof import read_proof, verify, write_proof
from quilowatt.jobs.proof.columns import packed_readings, unpacked_readings
from quilowatt.jobs.proof.document import seal
from quilowatt.jobs.proof.words import STAGES

NAME = "coelba"


def altered(change, name=NAME, *, is_resealed=False):
    """Verify a proof after a change; resealed by someone who knows how."""
    record = json.loads(sound(name))
    change(record)
    if is_resealed:
        record["digest"] = digest(record["invoice"])
        record = seal({key: value for key, value in record.items() if key != "seal"})
    return verify(read_proof(canonical(record)))


@pytest.mark.parametrize("name", EVERY)
def test_every_example_is_proved(name):
    verdict = verify(read_proof(sound(name)))
    assert (verdict.finding, verdict.passed) == (None, tuple(STAGES))


@pytest.mark.parametrize("name", [*EXACT, *ESTIMATED])
def test_months_with_faults_are_proved(name):
    billed_month = faulty(name)
    proof = read_proof(write_proof(billed_month.record))
    assert verify(proof).finding is None
    assert proof.invoice == billed_month.invoice


@pytest.mark.skipif(not LONDON.exists(), reason="the trial's readings are not here")
@pytest.mark.parametrize("household", ["MAC000002", "MAC000003", "MAC000006"])
def test_real_households_are_proved(household):
    invoice = billed_london(household)
    assert verify(read_proof(write_proof(invoice.record))).is_proved
    assert invoice.invoice.bill.total > 0


def test_readings_that_change_nothing_are_left_out():
    odd, plain = faulty("three zeros"), faulty("clean")
    counts = [len(each.record["meters"][0]["time_s"]) for each in (plain, odd)]
    assert counts[0] == 31 * 96 - 4 + 1
    assert counts[1] > counts[0] * 5 // 3


def add(path, difference):
    def change(record):
        *steps, last = path
        for step in steps:
            record = record[step]
        old = record[last]
        record[last] = old + difference if isinstance(old, int) else difference

    return change


BILL = ("invoice", "bill")
FORGED = {
    "a reading": (add(("meters", 0, "import_wh", 5), 1), "readings", "2026-04-01"),
    "who pays": (add(("invoice", "customer", "name"), "Eva"), "record", "invoice.customer"),
    "a total": (add((*BILL, "total"), "0.01"), "total", "total"),
    "an amount": (add((*BILL, "lines", 1, "amount"), "9.99"), "lines", "line 2 (tusd), amount"),
    "a formula": (add((*BILL, "lines", 0, "formula"), "1 = 2"), "lines", "line 1 (te), formula"),
    "a tax": (add((*BILL, "lines", 0, "taxes", 1, "amount"), "9.99"), "taxes", "tax 2 (pis)"),
    "a sum of taxes": (add((*BILL, "taxes", 0, "base"), "9.99"), "taxes", "tax 1 (icms), base"),
    "used energy": (add((*BILL, "energy_wh"), 1), "profile", "energy used"),
    "an interval": (add(("profile", "import_wh", 0), 1), "profile", "“profile”"),
    "a meter's reading": (
        add(("invoice", "meters", 0, "last_import_wh"), 1), "profile", "meter 1, last_import_wh"
    ),
    "a head": (add(("invoice", "links", 0, "head"), "0" * 64), "chain", "chain of readings: head"),
    "a count": (add(("invoice", "links", 0, "readings"), 1), "chain", "number of readings"),
    "a rate": (add(("tariff", "rounding", "places"), 1), "tariff", "“tariff”"),
    "an offset": (add(("calendar", "offsets", 0, 1), 60), "tariff", "“calendar”"),
    "the digest": (add(("digest",), "0" * 64), "record", "digest of the invoice's record"),
    "the seal": (add(("seal", "all"), "0" * 64), "document", "seal"),
    "a part of the seal": (add(("seal", "parts", "meters"), "0" * 64), "document", "seal"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_is_changed_is_named(name):
    change, stage, words = FORGED[name]
    verdict = altered(change)
    assert not verdict.is_proved
    assert (verdict.finding.stage, verdict.passed[-1:]) == (stage, before(stage))
    assert words in verdict.finding.what.en
    for language, said in (("en", "expected"), ("pt", "esperado")):
        assert said in verdict.finding.spoken(language)


def before(stage):
    names = list(STAGES)
    return tuple(names[: names.index(stage)][-1:])


def days_again(record):
    """Mark the days of forged readings anew, as a forger would."""
    meter = record["meters"][0]
    meter["days"] = packed_readings(unpacked_readings(meter, 1))["days"]


def forged_reading(record):
    add(("meters", 0, "import_wh", 5), 1)(record)
    add(("meters", 0, "import_wh", 6), -1)(record)
    days_again(record)


RESEALED = {
    "a reading": (forged_reading, "chain", "head"),
    "an interval": (add(("profile", "import_wh", 0), 1), "profile", "energy from 2026-04-01T00:00"),
    "quality": (add(("invoice", "quality", "measured_s"), -1), "profile", "quality, measured_s"),
    "the tariff": (add(("tariff", "rounding", "places"), 1), "tariff", "digest of the tariff"),
    "a zone": (add(("calendar", "timezone"), "UTC"), "tariff", "time zone"),
    "an amount": (add((*BILL, "lines", 1, "amount"), "9.99"), "lines", "line 2 (tusd), amount"),
    "a currency": (add((*BILL, "currency"), "EUR"), "total", "currency"),
}


@pytest.mark.parametrize("name", RESEALED)
def test_a_forger_who_seals_again_is_caught_by_the_sum(name):
    change, stage, words = RESEALED[name]
    verdict = altered(change, is_resealed=True)
    assert (verdict.finding.stage, words in verdict.finding.what.en) == (stage, True)


def test_holidays_that_are_none_are_found():
    def change(record):
        record["calendar"]["holidays"]["europe"].append("2026-10-06")

    verdict = altered(change, "time-of-use", is_resealed=True)
    assert verdict.finding.what.en == "holidays of “europe” in the cycle"
    assert verdict.finding.found == "2026-10-06"


def test_cuts_that_the_tariff_does_not_make_are_found():
    def change(record):
        bill = record["invoice"]["bill"]
        record["profile"] = {
            "edges_s": [bill["start_s"], bill["end_s"] - bill["start_s"]],
            "import_wh": [bill["energy_wh"]],
            "export_wh": [0],
        }

    verdict = altered(change, "time-of-use", is_resealed=True)
    assert verdict.finding.what.en == "instants at which the tariff cuts the cycle"


def test_a_proof_whose_tariff_cannot_be_read_says_so():
    def change(record):
        record["tariff"]["currency"] = "euro"
        record["invoice"]["tariff_digest"] = digest(record["tariff"])

    verdict = altered(change, is_resealed=True)
    assert verdict.finding.stage == "tariff"
    assert "can't be used" in verdict.finding.spoken("en")
    assert "não serve" in verdict.finding.spoken("pt")


def test_a_tariff_that_is_not_in_force_says_so():
    def change(record):
        record["tariff"]["version"][0]["until"] = "2026-01-31"
        record["invoice"]["tariff_digest"] = digest(record["tariff"])

    verdict = altered(change, "social", is_resealed=True)
    assert "can't be computed" in verdict.finding.spoken("en")
    assert "não tem versão em vigor" in verdict.finding.spoken("pt")


def test_a_credit_note_is_proved_by_the_bill_it_takes_back():
    example = billed(NAME)
    note = replace(example.invoice, kind="credit_note", replaces="2026-000122", number="2026-7")
    record = replace(example, invoice=note).record
    assert verify(read_proof(write_proof(record))).is_proved
    assert record["invoice"] == invoice_record(note)


def test_rules_for_missing_readings_are_part_of_the_proof():
    evidence, cycle_s = home_evidence(home_in(FAMILY, "UTC", "2026-08"))
    readings = evidence.meters[0].stay.readings
    cut = int(readings.time_s.searchsorted(cycle_s[0] + 20 * 86_400))
    short = type(readings)(*(getattr(readings, name)[:cut] for name in readings.__slots__))
    meter = replace(evidence.meters[0], stay=replace(evidence.meters[0].stay, readings=short))
    for rule in ("nothing", "mean_of_cycles", "typical_days"):
        missing = {"rule": rule, "import_wh": 9_000_000, "export_wh": 0, "days": 365}
        told = replace(evidence, meters=(meter,), missing=missing)
        example = issued(tariff_of("examples/time-of-use"), told, cycle_s)
        proof = read_proof(write_proof(example.record))
        assert verify(proof).finding is None
        other = json.loads(write_proof(example.record))
        other["rules"]["missing"]["rule"] = "nothing" if rule != "nothing" else "typical_days"
        assert verify(read_proof(canonical(other))).finding.stage == "profile"
