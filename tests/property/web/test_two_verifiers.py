"""The verifier in JavaScript and the one in Python agree: on sound proofs, and on changed ones.

Runs the page's own scripts under Node; `tests/e2e/test_verify_page.py` runs them in a browser.
"""

import hashlib
import json
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property.billing.test_rating import cases

from faults.faults import ESTIMATED, EXACT
from harness.node import NODE, NodeVerifier
from harness.proofs import EVERY, LONDON, billed_london, faulty, issued, meter_of, sound
from quilowatt.billing import Credit, UsagePoint
from quilowatt.billing.tariff_record import tariff_record
from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import ProofError
from quilowatt.jobs.proof import Evidence, read_proof, verify, write_proof

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node here")

DIGITS = b"0123456789"
CHANGES = 25
JUDGED = {"three zeros", "spikes of 5 MWh", "rollover", "rollover, digits unknown"} | {
    "reset without notice", "clock 20 min fast, then right", *ESTIMATED
}  # fmt: skip
"""Faults after which the page takes energies from the file and says so."""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with NodeVerifier(tmp_path_factory.mktemp("proofs")) as verifier:
        yield verifier


def in_python(data):
    try:
        finding = verify(read_proof(data)).finding
    except ProofError:
        return "no proof", None
    return ("differs", finding.stage) if finding else ("proved", None)


def in_javascript(node, data):
    told = node.verify(data)
    return told["outcome"], told.get("stage")


@pytest.mark.parametrize("name", EVERY)
def test_both_prove_every_example(node, name):
    told = node.verify(sound(name))
    assert (told["outcome"], told["notes"]) == ("proved", 0), told


@pytest.mark.parametrize("name", [*EXACT, *ESTIMATED])
def test_both_prove_months_with_faults(node, name):
    told = node.verify(write_proof(faulty(name).record))
    assert (told["outcome"], told["notes"] > 0) == ("proved", name in JUDGED), told


@pytest.mark.skipif(not LONDON.exists(), reason="the trial's readings are not here")
@pytest.mark.parametrize("household", ["MAC000002", "MAC000004", "MAC000007"])
def test_both_prove_real_households(node, household):
    record = billed_london(household, month=10).record
    assert in_javascript(node, write_proof(record)) == ("proved", None)
    assert in_javascript(node, write_proof(record, is_compressed=True)) == ("proved", None)


@pytest.mark.parametrize("name", [*EVERY, *JUDGED])
def test_both_name_the_same_stage_of_what_is_changed(node, name):
    data = sound(name) if name in EVERY else write_proof(faulty(name).record)
    chance = random.Random(name)
    invoice = data.index(b'"invoice":')
    for _ in range(CHANGES):
        ends = chance.choice([(0, len(data)), (invoice, min(len(data), invoice + 9000))])
        place = chance.randrange(*ends)
        kinds = DIGITS if data[place] in DIGITS else b'0aZ-+.:"{}[], \\E\xc3'
        changed = data[:place] + bytes([chance.choice(kinds)]) + data[place + 1 :]
        assert in_javascript(node, changed) == in_python(changed), (place, data[place - 40 : place + 40])


@pytest.mark.parametrize("name", ["light", "net-metering", "demand"])
def test_both_say_the_same_words(node, name):
    data = sound(name)
    chance = random.Random(name)
    places = [i for i, byte in enumerate(data) if byte in DIGITS]
    for place in chance.sample(places, CHANGES):
        changed = bytearray(data)
        changed[place] = chance.choice([d for d in DIGITS if d != data[place]])
        told = node.verify(bytes(changed))
        if told["outcome"] == "no proof":
            continue
        finding = verify(read_proof(bytes(changed))).finding
        assert (told["what"], told["expected"], told["found"]) == (
            {"pt": finding.what.pt, "en": finding.what.en},
            finding.expected,
            finding.found,
        )


@given(case=cases(), kw=st.decimals(0, 20, places=2), credit=st.integers(0, 5000))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_compute_any_tariff_over_any_profile(node, case, kw, credit):
    document, edges_s, import_wh, export_wh = case
    tariff = tariff_record(json.dumps(document), "any")
    registers = [np.append(0, np.cumsum(wh)).astype(np.int64) + 1000 for wh in (import_wh, export_wh)]
    batch = ReadingBatch(
        np.ones(len(edges_s), np.int32), np.array(edges_s, np.int64), registers[0], registers[1]
    )
    from zoneinfo import ZoneInfo

    evidence = Evidence((meter_of(1, batch, interval_s=1800),), ZoneInfo("Europe/London"))
    from datetime import date

    point = UsagePoint(contracted_kw=kw, credits=(Credit(date(2026, 1, 1), credit),))
    data = write_proof(issued(tariff, evidence, (edges_s[0], edges_s[-1]), point).record)
    assert verify(read_proof(data)).finding is None
    told = node.verify(data)
    assert told["outcome"] == "proved", told


@pytest.mark.parametrize("size", [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 100_000])
def test_sha_256_is_the_standard_s(node, size):
    """FIPS 180-4; lengths around the ends of blocks."""
    data = bytes(i * 31 % 251 for i in range(size))
    assert node.verify(data, "x.bytes")["sha256"] == hashlib.sha256(data).hexdigest()
