"""Prices of a series from a CSV file: as files come, and what is refused."""

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from harness.tariffs import UTC as ZONE
from harness.tariffs import amounts, document, hours
from quilowatt.billing import load_tariff, rate
from quilowatt.billing.price_csv import CsvPrices, read_prices
from quilowatt.errors import TariffError
from quilowatt.jobs.tariff_files import read_tariff

CHARGE = {"code": "energy", "kind": "series", "series": "x"}
HOURLY = "time,price\n2026-01-05T00:00Z,0.10\n2026-01-05T01:00Z,-0.20\n2026-01-05T02:00Z,0.30\n"
PLAIN = {"csv": "p.csv", "time_column": "time", "price_column": "price"}


def text_of(series=PLAIN, **changes):
    return json.dumps(document([CHARGE], series={"x": series}, **changes))


def prices_of(rows, columns=None):
    return read_prices(rows, columns or CsvPrices("time", "price"))


def test_a_document_prices_by_its_file():
    tariff = load_tariff(text_of(), "t", {"p.csv": HOURLY})
    bill = rate(tariff, hours("2026-01-05", [1000, 2000, 3000]), ZONE)
    assert amounts(bill) == {"energy": "0.60"}


def test_per_mwh_with_semicolons_and_decimal_commas():
    rows = 'Data;"Preço"\n2026-01-05T00:00Z;85,5\n2026-01-05T00:15Z;-1,25\n'
    series, problems = prices_of(rows, CsvPrices("Data", "Preço", "mwh"))
    assert problems == []
    assert series.prices == (Decimal("0.0855"), Decimal("-0.00125"))
    assert series.end_s - series.starts_s[0] == 1800


def test_words_stand_for_prices():
    rows = "time,price\n2013-01-01 00:00:00,Low\n2013-01-01 00:30:00,High\n"
    levels = {"Low": Decimal("0.0399"), "High": Decimal("0.672")}
    columns = CsvPrices("time", "price", zone=ZONE, levels=levels)
    assert prices_of(rows, columns)[0].prices == (levels["Low"], levels["High"])


def test_the_hour_that_comes_twice():
    times = ["2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 01:00", "2026-10-25 02:00"]
    rows = "time,price\n" + "".join(f"{time},{n}\n" for n, time in enumerate(times))
    series, problems = prices_of(rows, CsvPrices("time", "price", zone=ZoneInfo("Europe/London")))
    assert problems == []
    first_s = int(datetime(2026, 10, 24, 23, tzinfo=UTC).timestamp())
    assert series.starts_s == tuple(first_s + 3600 * n for n in range(4))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("", "line 1: there is no column time, price; there are none"),
        ("time,cost\n", "line 1: there is no column price; there are time, cost"),
        ("time,price\n", "there must be two rows at least"),
        ("time,price\nnoon,1\n", "line 2: time 'noon' is not written like"),
        ("time,price\n2026-01-05T00:00,1\n", "line 2: time '2026-01-05T00:00' has no offset"),
        ("time,price\n2026-01-05T00:00Z,1e3\n", "line 2: price '1e3' is no number"),
        ("time,price\n2026-01-05T00:00Z\n", "line 2: price '' is no number"),
        ("time,price\n2026-01-05T00:00Z,2000000\n", "must be below 1000000"),
        (
            HOURLY + "2026-01-05T04:00Z,1\n",
            "line 5: is 7200 s after the row before it; must be 3600",
        ),
        (HOURLY + "2026-01-05T02:00Z,1\n", "line 5: is 0 s after the row before it"),
    ],
)
def test_a_row_that_is_wrong_is_named(rows, problem):
    with pytest.raises(TariffError) as caught:
        load_tariff(text_of(), "t", {"p.csv": rows})
    assert any("series.x.csv: p.csv" in line for line in caught.value.problems)
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def test_all_wrong_rows_come_at_once_but_no_flood():
    _, problems = prices_of("time,price\n" + "2026-01-05T00:00Z,x\n" * 3)
    assert [problem[:6] for problem in problems] == ["line 2", "line 3", "line 4"]
    _, problems = prices_of("time,price\n" + "2026-01-05T00:00Z,x\n" * 300)
    assert len(problems) == 21


def test_a_word_that_is_no_level():
    columns = CsvPrices("time", "price", levels={"Low": Decimal(1)})
    _, problems = prices_of("time,price\n2026-01-05T00:00Z,low\n", columns)
    assert problems[0] == "line 2: 'low' is no level; there are Low"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"unit": "ton"}, 'series.x.unit: is "ton", must be one of "kwh", "mwh", "hundredth_kwh"'),
        ({"timezone": "Mars/Base"}, "no time zone"),
        ({"prices": [1]}, "series.x.prices: unknown key"),
        ({"csv": "q.csv"}, "series.x.csv: 'q.csv' is not there"),
    ],
)
def test_a_problem_of_the_table_is_named(changes, problem):
    with pytest.raises(TariffError) as caught:
        load_tariff(text_of(PLAIN | changes), "t", {"p.csv": HOURLY})
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def test_files_lie_beside_the_document_that_names_them(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "own").mkdir()
    shared = {"format": 2, "series": {"x": PLAIN | {"csv": "p.csv.gz"}}}
    (tmp_path / "shared/market.toml").write_text(json.dumps(shared))
    (tmp_path / "shared/p.csv.gz").write_bytes(gzip.compress(HOURLY.encode()))
    own = tmp_path / "own/t.json"
    own.write_text(json.dumps(document([CHARGE], include=["../shared/market.toml"])))
    assert len(read_tariff(own).series["x"].prices) == 3
    (tmp_path / "shared/p.csv.gz").unlink()
    with pytest.raises(TariffError, match=r"market.toml: series.x.csv: 'p.csv.gz' is not there"):
        read_tariff(own)
