"""Invoices with their proofs, issued from homes of the fault scoreboard and from London's."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq

from faults.faults import ARRIVAL, ESTIMATED, EXACT, EXPORT, IMPORT, TIME, clean
from faults.homes import HOMES, QUARTER_S, Home, truth_of
from quilowatt.billing import Credit, Item, Text, Usage, UsagePoint, rate
from quilowatt.billing.chain import chain_link
from quilowatt.billing.invoice import NO_REASON, Customer, Invoice, Issuer, Place
from quilowatt.billing.invoice_record import digest
from quilowatt.billing.tariff_record import load_record, tariff_record
from quilowatt.core.batch import ReadingBatch
from quilowatt.core.calendar import date_start_s
from quilowatt.jobs.proof import Evidence, MeterEvidence, proof_of, write_proof
from quilowatt.jobs.proof.figures import profile_between, quality_of, readout
from quilowatt.jobs.tariff_files import included_texts, read_text
from quilowatt.profile import CONTEXT_S, Stay, power_limit_w, sort_readings

ROOT = Path(__file__).parents[2]
TARIFFS = ROOT / "tariffs"
LONDON = ROOT.parent / "shared" / "data" / "lcl_100_households_halfhourly_2013.parquet"
LATER_S = 9 * 86_400
ONE_PERSON, FAMILY, SOLAR, SHOP = HOMES


@dataclass(frozen=True)
class Billed:
    """An issued invoice and what it stands on."""

    invoice: Invoice
    tariff: dict
    evidence: Evidence

    @property
    def record(self):
        return proof_of(self.invoice, self.tariff, self.evidence)


def tariff_of(name):
    """Read a tariff of the box as a record: "examples/tiers"."""
    path = TARIFFS / f"{name}.toml"
    text = BRANCA if name == "br/b1/branca" else read_text(path)
    return tariff_record(text, name, included_texts(path, text))


def uuid_of(number):
    return f"2b1d8e4e-6b5c-4d3a-9f57-{number:012x}"


def meter_of(number, batch, **stay):
    """Take a meter with its readings in the order of arrival."""
    defaults = {"start_s": 0, "end_s": 2**37, "digits": 0, "interval_s": QUARTER_S}
    return MeterEvidence(uuid_of(number), Stay(sort_readings(batch), **defaults | stay))


def within(meter, cycle_s):
    """Keep what a server looks at: the cycle with its context."""
    readings = meter.stay.readings
    first, last = np.searchsorted(readings.time_s, [cycle_s[0] - CONTEXT_S, cycle_s[1] + CONTEXT_S])
    columns = [getattr(readings, name)[first:last] for name in readings.__slots__]
    return replace(meter, stay=replace(meter.stay, readings=type(readings)(*columns)))


def issued(tariff, evidence, cycle_s, point=None):
    """Issue an invoice as a billing run does."""
    point = point or UsagePoint({"phases": "1"})
    loaded = load_record(tariff, "test")
    edges_s = np.array([cycle_s[0], *loaded.cuts_s(*cycle_s, evidence.zone), cycle_s[1]], np.int64)
    basis = evidence.basis
    profile = profile_between(basis, edges_s)
    bill = rate(
        loaded,
        Usage.of_one(edges_s, profile.import_wh, profile.export_wh),
        evidence.zone,
        point,
    )
    meters = tuple(
        readout(meter, f"SN-{number}", cycle_s, basis.connection)
        for number, meter in enumerate(evidence.meters, 1)
    )
    links = tuple(
        link_of(meter, shown) for meter, shown in zip(evidence.meters, meters, strict=True)
    )
    invoice = Invoice(
        number="2026-000123",
        kind="invoice",
        replaces="",
        reason=NO_REASON,
        month="2026-01",
        issued_at_s=cycle_s[1] + LATER_S,
        as_of=(cycle_s[1] + LATER_S) * 10**6,
        due=date(2026, 9, 10),
        issuer=Issuer(
            "Condomínio Jardim", "00.000.000/0001-00", ("Rua A, 1", "Salvador"), "síndico"
        ),
        customer=Customer(uuid_of(900), "Ana Almeida — “ap. 101”"),
        place=Place(uuid_of(901), evidence.zone.key, ("ap. 101",), point),
        bill=bill,
        tariff_digest=digest(tariff),
        meters=meters,
        quality=quality_of(basis, *cycle_s),
        links=links,
    )
    return Billed(invoice, tariff, evidence)


def link_of(meter, shown):
    readings = meter.stay.readings
    rows = slice(*np.searchsorted(readings.time_s, [shown.start_s, shown.end_s]))
    columns = (readings.time_s[rows], readings.import_wh[rows], readings.export_wh[rows])
    return chain_link(meter.uuid, (shown.start_s, shown.end_s), columns, digest("before"))


def batch_of(messages, number):
    columns = (np.ascontiguousarray(messages[:, n]) for n in (TIME, IMPORT, EXPORT))
    return ReadingBatch(np.full(len(messages), number, np.int32), *columns)


def case_evidence(case, **more):
    """Take the messages of a case of the scoreboard as evidence."""
    truth = case.truth
    meters = tuple(
        within(
            meter_of(
                number,
                batch_of(
                    hung.messages[np.argsort(hung.messages[:, ARRIVAL], kind="stable")], number
                ),
                start_s=hung.start_s,
                end_s=hung.end_s,
                digits=hung.digits,
            ),
            (truth.start_s, truth.end_s),
        )
        for number, hung in enumerate(case.meters, 1)
    )
    return Evidence(meters, truth.zone, power_limit_w(1), **more)


def home_evidence(home, **more):
    truth = truth_of(home)
    batch = ReadingBatch(
        np.ones(truth.time_s.size, np.int32), truth.time_s, truth.import_wh, truth.export_wh
    )
    meters = (within(meter_of(1, batch), (truth.start_s, truth.end_s)),)
    return Evidence(meters, truth.zone, power_limit_w(1), **more), (truth.start_s, truth.end_s)


def home_in(home, zone, month):
    return Home(home.name, home.number, zone, month, home.panel_w, home.base_w)


SOCIAL = UsagePoint({"phases": "3", "class": "social"})
SUNNY = UsagePoint(
    {"phases": "1"},
    Decimal("5.5"),
    (Credit(date(2024, 6, 1), 50_000), Credit(date(2026, 3, 1), 123_456)),
    {"demand": (4100, 5200, 3900)},
    (Item("fine", Text("multa", "fine"), Decimal("3.10")),),
)
IN_BANDS = UsagePoint({"town": "bands"})
CARRIED = replace(SUNNY, carried_wh=12_345)
GD1 = replace(SUNNY, attributes={"phases": "2", "class": "residential", "scee": "gd1"})

BRANCA = """
format = 2
code = "test/branca"
currency = "BRL"
include = ["../shared/brazil.toml", "../shared/branca.toml"]
name = { pt = "Branca", en = "Branca" }
rounding = { rule = "half_even", places = 2 }
[[version]]
from = 2026-01-01
act = "act"
source = "source"
[[version.charges]]
code = "minimum"
kind = "minimum_energy"
kwh = 100
least_days = 27
[[version.charges]]
code = "te"
kind = "time_of_use"
schedule = "d61695227000193"
rates = { peak = 0.61, intermediate = 0.42, off_peak = 0.335 }
[[version.charges]]
code = "tusd"
kind = "time_of_use"
schedule = "d61695227000193"
rates = { peak = 0.95, intermediate = 0.64, off_peak = 0.282 }
[[version.charges]]
code = "bandeira"
kind = "surcharge"
table = "bandeiras"
[[taxes]]
from = 2026-01-01
inside = [["icms"], ["pis", "cofins"]]
rates = { icms = 0.18, pis = 0.0082, cofins = 0.0377 }
source = "test"
[[taxes]]
from = 2026-04-11
inside = [["icms"], ["pis", "cofins"]]
rates = { icms = 0.25, pis = 0.0091, cofins = 0.0419 }
source = "test"
"""
"""São Paulo's hours of the Tarifa Branca; another rate of the taxes in the middle of April."""

BILLED = {
    "demand": ("examples/demand", SHOP, "UTC", "2026-02", SUNNY),
    "net-billing": ("examples/net-billing", SOLAR, "UTC", "2026-08", None),
    "net-billing-school": (
        "examples/net-billing", SOLAR, "UTC", "2026-08", UsagePoint({"class": "school"})
    ),
    "net-metering": ("examples/net-metering", SOLAR, "UTC", "2026-08", SUNNY),
    "social": ("examples/social", ONE_PERSON, "UTC", "2026-02", SOCIAL),
    "lights-bands": (
        "examples/street-lighting", FAMILY, "America/Bahia", "2026-08", IN_BANDS
    ),
    "lights-cap": (
        "examples/street-lighting",
        ONE_PERSON,
        "America/Bahia",
        "2026-08",
        UsagePoint({"town": "salvador"}),
    ),
    "tiers": ("examples/tiers", FAMILY, "Europe/Lisbon", "2026-03", None),
    "time-of-use": ("examples/time-of-use", FAMILY, "Europe/Lisbon", "2026-10", None),
    "time-of-use-may": ("examples/time-of-use", SHOP, "Europe/Lisbon", "2026-05", None),
    "coelba": ("br/coelba-b1", FAMILY, "America/Bahia", "2026-04", None),
    "light": ("br/b1/light-sesa", ONE_PERSON, "America/Sao_Paulo", "2026-08", GD1),
    "net-metering-by-period": ("examples/net-metering-by-period", SOLAR, "UTC", "2026-08", SUNNY),
    "tiers-carried": ("examples/tiers", FAMILY, "Europe/Lisbon", "2026-03", CARRIED),
    "series-carried": ("gb/london-dynamic-2013", FAMILY, "Europe/London", "2013-04", CARRIED),
    "regime": ("examples/regime", FAMILY, "UTC", "2026-08", CARRIED),
    "branca": ("br/b1/branca", SHOP, "America/Sao_Paulo", "2026-04", None),
    "light-sun": ("br/b1/light-sesa", SOLAR, "America/Sao_Paulo", "2026-08", GD1),
}  # fmt: skip
"""Examples of every tariff: tariff, home, zone, month, usage point."""


def billed(name):
    if name in SERIES:
        return billed_series(name)
    tariff, home, zone, month, point = BILLED[name]
    evidence, cycle_s = home_evidence(home_in(home, zone, month))
    return issued(tariff_of(tariff), evidence, cycle_s, point)


def billed_series(name):
    """Bill the one day, or its hours, for which the examples of a series have prices."""
    evidence, cycle_s = home_evidence(home_in(FAMILY, "UTC", "2026-01"))
    tariff = tariff_of(f"examples/{name}")
    end_s = load_record(tariff, name).series["market"].end_s
    return issued(tariff, evidence, (cycle_s[0], min(end_s, cycle_s[0] + 86_400)))


SERIES = ("series", "series-csv")
EVERY = (*BILLED, *SERIES)


@cache
def sound(name):
    """Give the bytes of the proof of an example."""
    return write_proof(billed(name).record)


def faulty(name, tariff="examples/time-of-use"):
    """Bill a month with a fault of the scoreboard, in which the clock goes forward."""
    truth = truth_of(home_in(FAMILY, "Europe/Lisbon", "2026-03"))
    chance = np.random.default_rng(5)
    case = {**EXACT, **ESTIMATED}[name](clean(truth, chance), chance)
    return issued(tariff_of(tariff), case_evidence(case), (truth.start_s, truth.end_s))


def billed_london(household, month=4):
    """Bill a real household for a month of the trial, under its real prices."""
    zone = ZoneInfo("Europe/London")
    table = pq.read_table(LONDON, filters=[("lclid", "=", household)])
    time_s = table["tstp"].cast("timestamp[s]").cast("int64").to_numpy()
    register_wh = np.cumsum(np.rint(table["kwh"].to_numpy() * 1000).astype(np.int64))
    batch = ReadingBatch(
        np.ones(time_s.size, np.int32), time_s + 1800, register_wh, np.zeros_like(register_wh)
    )
    start_s, end_s = (int(date_s(2013, m, zone)) for m in (month, month + 1))
    meters = (within(meter_of(7, batch, interval_s=1800), (start_s, end_s)),)
    evidence = Evidence(meters, zone, power_limit_w(1))
    return issued(tariff_of("gb/london-dynamic-2013"), evidence, (start_s, end_s))


def date_s(year, month, zone):
    return date_start_s(date(year, month, 1), zone)


WORKED = """
format = 2
code = "examples/worked"
currency = "EUR"
name = { pt = "Exemplo", en = "Example" }
rounding = { rule = "half_up", places = 2 }
[names]
energy = { pt = "Energia", en = "Energy" }
meter = { pt = "Medidor", en = "Meter" }
peak = { pt = "ponta", en = "peak" }
rest = { pt = "resto", en = "rest" }
vat = { pt = "imposto", en = "tax" }
[schedule.day]
default = "rest"
windows = [{ period = "peak", from = "17:30", to = "20:30" }]
[[version]]
from = 2026-01-01
act = "Price list"
source = "invented"
charges = [
  { code = "energy", kind = "time_of_use", schedule = "day", rates = { peak = 0.40, rest = 0.10 } },
  { code = "meter", kind = "fixed", per = "day", rate = 0.25 },
]
[[taxes]]
from = 2026-01-01
inside = [["vat"]]
rates = { vat = 0.2 }
source = "invented"
"""
"""Of the example that `docs/proof.md` works by hand."""


def worked_example():
    """Bill one day that is read ten minutes past each hour, 300 Wh an hour and 900 at peak."""
    start_s = 1_767_225_600
    time_s = start_s - 3000 + 3600 * np.arange(26, dtype=np.int64)
    hour_wh = np.where((np.arange(25) >= 18) & (np.arange(25) < 21), 901, 301)
    import_wh = 1_000_000 + np.append(0, np.cumsum(hour_wh)).astype(np.int64)
    batch = ReadingBatch(np.ones(26, np.int32), time_s, import_wh, np.zeros(26, np.int64))
    evidence = Evidence((meter_of(1, batch, interval_s=3600),), ZoneInfo("UTC"))
    example = issued(
        tariff_record(WORKED, "worked"), evidence, (start_s, start_s + 86_400), UsagePoint()
    )
    (link,) = example.invoice.links
    (meter,) = evidence.meters
    columns = [
        getattr(meter.stay.readings, name)[1:-1] for name in ("time_s", "import_wh", "export_wh")
    ]
    first = chain_link(link.meter, (link.start_s, link.end_s), tuple(columns))
    return replace(example, invoice=replace(example.invoice, links=(first,), due=date(2026, 1, 31)))
