"""A tariff's record says what its document and all that it includes say, in one canonical form."""

import json
from dataclasses import replace

import pytest

from harness.proofs import TARIFFS
from quilowatt.billing import load_tariff
from quilowatt.billing.invoice_record import canonical, digest
from quilowatt.billing.tariff_record import load_record, record_calendars, tariff_record
from quilowatt.errors import TariffError
from quilowatt.jobs.tariff_files import included_texts

FILES = [
    path
    for path in sorted(TARIFFS.rglob("*.toml"))
    if path.parent.name not in {"shared", "b1"} or path.stem in {"light-sesa", "enel-ce"}
]

OUTER = """
format = 2
code = "test/outer"
currency = "EUR"
include = ["inner"]
name = { pt = "a", en = "a" }
rounding = { rule = "half_up", places = 2 }
holidays = { days = [{ date = "12-25" }] }
[names]
energy = { pt = "energia", en = "energy" }
more = { pt = "mais", en = "more" }
[schedule.own]
default = "night"
holidays = "days"
windows = [{ period = "day", from = "08:00", to = "20:00", days = ["mon"] }]
[[version]]
from = 2026-01-01
act = "act"
source = "source"
charges = [
  { code = "energy", kind = "time_of_use", schedule = "own", rates = { day = 0.50, night = 1 } },
  { code = "more", kind = "time_of_use", schedule = "inner", rates = { day = 0.5, night = 1 } },
]
"""

INNER = """
format = 2
holidays = { days = [{ date = "01-01" }] }
[names]
energy = { pt = "outra", en = "other" }
day = { pt = "dia", en = "day" }
night = { pt = "noite", en = "night" }
[schedule.inner]
default = "night"
holidays = "days"
windows = [{ period = "day", from = "08:00", to = "20:00", days = ["mon"] }]
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_record_reads_back_into_the_same_tariff(path):
    text = path.read_text("utf-8")
    included = included_texts(path, text)
    record = tariff_record(text, path.stem, included)
    again = json.loads(canonical(record))
    assert load_record(again, path.stem) == load_tariff(text, path.stem, included)


def test_numbers_keep_their_digits():
    record = tariff_record(OUTER, "outer", {"inner": INNER})
    assert record["version"][0]["charges"][0]["rates"] == {"day": "0.50", "night": 1}


def test_an_included_schedule_keeps_its_own_calendar_where_a_later_one_has_its_name():
    record = tariff_record(OUTER, "outer", {"inner": INNER})
    calendars = record_calendars(record)
    own, inner = (calendars[record["schedule"][name]["holidays"]] for name in ("own", "inner"))
    assert [(own[0].month, own[0].day), (inner[0].month, inner[0].day)] == [(12, 25), (1, 1)]
    assert record["names"]["energy"]["en"] == "energy"


def test_toml_and_json_of_the_same_document_have_one_digest():
    record = tariff_record(OUTER, "outer", {"inner": INNER})
    assert digest(tariff_record(json.dumps(record), "outer")) == digest(record)


def test_another_digit_is_another_digest():
    record = tariff_record(OUTER, "outer", {"inner": INNER})
    other = tariff_record(OUTER.replace("0.50", "0.51"), "outer", {"inner": INNER})
    assert digest(record) != digest(other)


def net_of(tariff):
    (net,) = [each for each in tariff.versions[0].charges if each.code == "net"]
    return net


def test_periods_are_served_in_the_order_of_the_document_though_a_record_has_no_order_of_keys():
    text = (TARIFFS / "examples" / "net-metering-by-period.toml").read_text("utf-8")
    record = json.loads(canonical(tariff_record(text, "net")))
    assert list(net_of(load_record(record, "net")).exchange) == ["peak", "night"]
    charge = next(c for c in record["version"][0]["charges"] if c["code"] == "net")
    charge["order"] = ["night", "peak"]
    assert list(net_of(load_record(record, "net")).exchange) == ["night", "peak"]
    charge["order"] = ["night"]
    with pytest.raises(TariffError, match="order"):
        load_record(record, "net")


def test_prices_from_a_file_are_written_into_the_record():
    path = TARIFFS / "examples" / "series-csv.toml"
    text = path.read_text("utf-8")
    record = tariff_record(text, "csv", included_texts(path, text))
    assert record["series"]["market"]["step_minutes"] == 60
    assert "csv" not in record["series"]["market"]


def test_prices_that_a_record_has_no_place_for_are_refused():
    path = TARIFFS / "examples" / "series-csv.toml"
    text = path.read_text("utf-8")
    prices = "time;price\n2026-01-01T00:00:30Z;1\n2026-01-01T00:01:15Z;2\n"
    with pytest.raises(TariffError, match="whole minutes"):
        tariff_record(text, "csv", {"market.csv": prices})


def test_rules_of_an_included_regime_stand_where_the_document_is_silent():
    inner = INNER + '[regime]\nholidays = "days"\nlate = { fine = 0.02, month_days = 31 }\n'
    outer = OUTER.replace("[names]", "[regime.late]\nfine = 0.01\n[names]", 1)
    record = tariff_record(outer, "outer", {"inner": inner})
    assert record["regime"]["late"] == {"fine": "0.01", "month_days": 31}
    regime = load_record(record, "outer").regime
    assert (regime.holidays[0].month, str(regime.fine_share)) == (1, "0.01")


def test_a_document_with_problems_has_no_record():
    with pytest.raises(TariffError, match="is not there"):
        tariff_record(OUTER, "outer", {})


def test_what_makes_no_tariff_is_refused():
    record = tariff_record(OUTER, "outer", {"inner": INNER})
    with pytest.raises(TariffError, match="currency"):
        load_record(record | {"currency": "euro"}, "outer")
    assert replace(load_record(record, "outer"), code="x") != load_record(record, "outer")
