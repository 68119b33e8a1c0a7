"""The verifier in JavaScript and the one in Python agree: on sound proofs, and on changed ones.

Runs the page's own scripts under Node; `tests/e2e/test_verify_page.py` runs them in a browser.
"""

import hashlib
import json
import os
import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from faults.faults import ESTIMATED, EXACT
from harness.node import NODE, NodeVerifier
from harness.proofs import EVERY, LONDON, billed, billed_london, faulty, issued, meter_of, sound
from harness.tariffs import document
from quilowatt.billing import Credit, UsagePoint
from quilowatt.billing.point_file import load_usage_point
from quilowatt.billing.tariff_record import tariff_record
from quilowatt.core.batch import ReadingBatch
from quilowatt.core.calendar import date_start_s
from quilowatt.errors import BillingError, ProofError
from quilowatt.jobs.proof import Evidence, read_proof, verify, write_proof
from reference.tariffs import cases

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node here")

DIGITS = b"0123456789"
CHANGES = 25
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking: of a month of intervals it takes minutes, and a case is read as it is."""

EXAMPLES = int(os.environ.get("QUILOWATT_EXAMPLES", "100"))
rounds = settings(
    max_examples=EXAMPLES, deadline=None, phases=QUICK, suppress_health_check=list(HealthCheck)
)
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


@pytest.mark.parametrize("name", [*EVERY, *sorted(JUDGED)])
def test_both_name_the_same_stage_of_what_is_changed(node, name):
    data = sound(name) if name in EVERY else write_proof(faulty(name).record)
    chance = random.Random(name)
    invoice = data.index(b'"invoice":')
    for _ in range(CHANGES):
        ends = chance.choice([(0, len(data)), (invoice, min(len(data), invoice + 9000))])
        place = chance.randrange(*ends)
        kinds = DIGITS if data[place] in DIGITS else b'0aZ-+.:"{}[], \\E\xc3'
        changed = data[:place] + bytes([chance.choice(kinds)]) + data[place + 1 :]
        assert in_javascript(node, changed) == in_python(changed), (
            place,
            data[place - 40 : place + 40],
        )


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


LONDON_ZONE = ZoneInfo("Europe/London")
NAMES = ("net", "flat", "step", "both", "live", "gift", "still", "floor2", "peak", "rest")
price = st.decimals(0, 1, places=3).map(str)
above_0 = st.decimals("0.01", 2, places=2).map(str)
limit = st.decimals("0.5", 20, places=2).map(str)


def by_period(values):
    return st.fixed_dictionaries({"rest": values, "peak": values})


@st.composite
def nets(draw):
    """Net metering of any kind, with what it refers to."""
    net = {
        "code": "net",
        "kind": "net_metering",
        "expiry_months": draw(st.sampled_from([0, 1, 60])),
    }
    net["keep_kwh"] = draw(st.just("minimum") | limit)
    if draw(st.booleans()):
        net["keep_value_per_kwh"] = draw(price)
    if draw(st.booleans()):
        net["schedule"], net["other"] = "s", draw(st.sampled_from(["peak", "rest"]))
        net["exchange"] = draw(by_period(above_0))
        if draw(st.booleans()):
            net["order"] = draw(st.permutations(["peak", "rest"]))
        net["credits"] = [{"code": "gift", "rates": draw(by_period(price))}]
        if "keep_value_per_kwh" in net:
            net["values"] = draw(by_period(price))
        return net
    net["credits"] = [
        {"code": "gift", "rate_per_kwh": draw(price),
         "part": draw(st.sampled_from(["all", "within"]))},
        {"code": "still", "rate_per_kwh": draw(price),
         "part": draw(st.sampled_from(["all", "beyond"])),
         "less": [{"component": "wires", "rate_per_kwh": draw(price), "share": draw(above_0)}]},
    ]  # fmt: skip
    return net | ({"whole_kwh": True} if draw(st.booleans()) else {})


@st.composite
def points(draw):
    born = st.dates(date(2025, 12, 1), date(2026, 3, 1))
    periods = st.sampled_from(["", "peak", "rest", "gone"])
    bank = st.lists(st.builds(Credit, born, st.integers(1, 40_000), periods), max_size=4)
    return UsagePoint(
        {"families": str(draw(st.integers(1, 5)))},
        contracted_kw=draw(st.decimals(0, 20, places=2)),
        credits=tuple(draw(bank)),
        past_demand_w={"power": tuple(draw(st.lists(st.integers(0, 9000), max_size=3)))},
        carried_wh=draw(st.sampled_from([0, 0, 1, 54_321])),
    )


def depend_on_the_point(draw, charge):
    if charge["kind"] in {"tiered", "surcharge", "discount"} and draw(st.booleans()):
        charge["times"] = "families"
    if charge["kind"] == "minimum_energy" and draw(st.booleans()):
        charge["billed"] = draw(st.booleans())


def pieces(draw, change):
    """Charges whose limits and quantities the usage point and other cycles change."""
    flat = {"rate_per_kwh": draw(price)}
    both = {"rates": draw(by_period(price))}
    ways = ["proportional", "per_period"] + (["chronological"] if change == "consumption" else [])
    pers = ["month", "days"] + (["day"] if change == "consumption" else [])
    every = [
        {"code": "least", "kind": "minimum_energy", "kwh": draw(limit)},
        {"code": "flat", "kind": "energy", **flat},
        {"code": "step", "kind": "tiered", "per": draw(st.sampled_from(pers)),
         "tiers": [{"up_to_kwh": draw(limit), **flat}, {"rate_per_kwh": draw(price)}]},
        {"code": "both", "kind": "tiered", "per": draw(st.sampled_from(pers)), "schedule": "s",
         "combine": draw(st.sampled_from(ways)),
         "tiers": [{"up_to_kwh": draw(limit), **both}, both]},
        {"code": "flag", "kind": "surcharge", "table": "t", "free_kwh": draw(limit)},
        {"code": "off", "kind": "discount", "of": ["flat"],
         "tiers": [{"up_to_kwh": draw(limit), "share": "0.4"}, {"share": "0.1"}]},
    ]  # fmt: skip
    if change == "consumption":
        every.append({"code": "live", "kind": "series", "series": "x", "factor": draw(price)})
    for charge in every:
        depend_on_the_point(draw, charge)
    return [charge for charge in every if charge["code"] == "flat" or draw(st.booleans())]


@st.composite
def richer(draw):
    """Tariffs with the features that depend on the usage point and on other cycles."""
    days = draw(st.integers(1, 8))
    change = draw(st.sampled_from(["consumption", "days"]))
    charges = pieces(draw, change)
    if draw(st.booleans()):
        charges.append(draw(nets()))
    if draw(st.booleans()):
        charges.append({"code": "floor2", "kind": "minimum", "of": ["flat"],
                        "amount": "minimum_energy", "rate_per_kwh": draw(price)})  # fmt: skip
    rule = draw(st.sampled_from(["half_up", "half_even"]))
    tariff = document(charges, change=change, rounding={"rule": rule, "places": 2})
    tariff["names"] |= {name: {"pt": name, "en": name} for name in NAMES}
    window = {"period": "peak", "from": "17:30", "to": "20:00"}
    tariff |= {
        "schedule": {"s": {"default": "rest", "windows": [window]}},
        "series": {"x": {"from": "2026-03-01T00:00:00Z", "step_minutes": 1440,
                         "prices": [f"0.{n + 10}" for n in range(60)]}},
        "table": {"t": {"months": {"2026-03": "dry", "2026-04": "wet"},
                        "prices": [{"from": "2026-03-01", "rates": {"dry": draw(price)}}]}},
        "taxes": [{"from": "2020-01-01", "inside": [["duty"]], "on_top": ["vat"],
                   "rates": {"duty": "0.07", "vat": "0.2"}, "source": "law",
                   "special": [{"code": "vat", "rate": "0.01", "up_to_kwh_per_day": draw(limit)}]}],
    }  # fmt: skip
    if draw(st.booleans()):
        tariff["regime"] = {"cycle_days": {"most": draw(st.integers(1, 9))}}
    start_s = int(datetime(2026, 3, 28, tzinfo=LONDON_ZONE).timestamp())
    end_s = date_start_s(date(2026, 3, 28) + timedelta(days=days), LONDON_ZONE)
    edges_s = list(range(start_s, end_s + 1, 1800))
    energy = st.lists(st.integers(0, 900), min_size=len(edges_s) - 1, max_size=len(edges_s) - 1)
    return tariff, edges_s, draw(energy), draw(energy)


def proof_of_case(case, point, zone="Europe/London"):
    tariff, edges_s, import_wh, export_wh = case
    registers = [
        np.append(0, np.cumsum(wh)).astype(np.int64) + 1000 for wh in (import_wh, export_wh)
    ]
    time_s = np.array(edges_s, np.int64)
    batch = ReadingBatch(np.ones(time_s.size, np.int32), time_s, *registers)
    evidence = Evidence((meter_of(1, batch, interval_s=1800),), ZoneInfo(zone))
    record = tariff_record(json.dumps(tariff), "any")
    return write_proof(issued(record, evidence, (edges_s[0], edges_s[-1]), point).record)


@given(case=richer(), point=points())
@rounds
def test_both_compute_what_depends_on_the_usage_point(node, case, point):
    data = proof_of_case(case, point)
    assert verify(read_proof(data)).finding is None
    told = node.verify(data)
    assert told["outcome"] == "proved", told


@given(case=cases())
@rounds
def test_both_compute_any_tariff_over_any_profile(node, case):
    """Cases of `reference`, by which the rating is held against a slow one."""
    point = load_usage_point(json.dumps(case.point), "random").point
    rated = case.tariff, case.edges_s, case.import_wh, case.export_wh
    try:
        data = proof_of_case(rated, point, case.zone)
    except BillingError:
        assume(False)
    assert verify(read_proof(data)).finding is None
    told = node.verify(data)
    assert told["outcome"] == "proved", told


def test_a_minimum_that_is_not_billed_adds_no_energy(node):
    example = billed("net-metering-by-period")
    start_s = example.invoice.bill.start_s
    short = issued(example.tariff, example.evidence, (start_s, start_s + 2 * 86_400))
    assert short.invoice.bill.energy_wh < 30_000
    assert {line.code for line in short.invoice.bill.lines} >= {"energy.peak", "least"}
    assert in_javascript(node, write_proof(short.record)) == ("proved", None)


@pytest.mark.parametrize("rule", ["half_even", "half_up"])
@pytest.mark.parametrize("import_wh", [1000, 3000, 5000])
def test_both_round_a_half_by_the_tariff_s_rule(node, rule, import_wh):
    charges = [
        {"code": code, "kind": "energy", "rate_per_kwh": rate}
        for code, rate in (("energy", "0.005"), ("feed", "-0.005"))
    ]
    tariff = document(charges, rounding={"rule": rule, "places": 2})
    case = tariff, [1_780_000_200, 1_780_003_800], [import_wh], [0]
    data = proof_of_case(case, UsagePoint())
    assert verify(read_proof(data)).is_proved
    assert in_javascript(node, data) == ("proved", None)


@pytest.mark.parametrize("size", [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 100_000])
def test_sha_256_is_the_standard_s(node, size):
    """FIPS 180-4; lengths around the ends of blocks."""
    data = bytes(i * 31 % 251 for i in range(size))
    assert node.verify(data, "x.bytes")["sha256"] == hashlib.sha256(data).hexdigest()
