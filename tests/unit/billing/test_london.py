"""The trial of Low Carbon London: real households under its real dynamic prices."""

import csv
import gzip
import os
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.billing import NOBODY, Usage, rate, rate_many
from quilowatt.core.calendar import cycles_s
from quilowatt.jobs.tariff_files import read_tariff

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("QUILOWATT_SHARED_DATA", ROOT.parent / "shared" / "data"))
HOUSEHOLDS = DATA / "lcl_100_households_halfhourly_2013.parquet"
PRICES = DATA / "lcl_dtou_tariff_2013_halfhourly.csv.gz"
TARIFF = ROOT / "tariffs" / "gb" / "london-dynamic-2013.toml"
PUBLIC = """\
[series.trial]
csv = "prices.csv.gz"
time_column = "TariffDateTime"
price_column = "Tariff"
timezone = "UTC"
levels = { High = 0.6720, Normal = 0.1176, Low = 0.0399 }
"""
UTC = ZoneInfo("UTC")
START_S, HALF_HOURS = 1_356_998_400, 17_520
EDGES_S = START_S + 1800 * np.arange(HALF_HOURS + 1)
HUNDREDTHS = {"High": 6720, "Normal": 1176, "Low": 399}
"""Of a penny per kWh."""

MONTHS = cycles_s(START_S, int(EDGES_S[-1]), UTC)

needs_data = pytest.mark.skipif(
    not (HOUSEHOLDS.is_file() and PRICES.is_file()),
    reason=f"the trial's readings are not in {DATA.name}; QUILOWATT_SHARED_DATA names their place",
)


@pytest.fixture(scope="module")
def homes():
    """Energy of every half-hour of 2013, a row a household; what is missing is nothing. [Wh]"""
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(HOUSEHOLDS)
    names, home = np.unique(np.array(table["lclid"].to_pylist()), return_inverse=True)
    times_s = table["tstp"].cast("timestamp[s]").cast("int64").to_numpy()
    energy_wh = np.rint(table["kwh"].to_numpy() * 1000).astype(np.int64)
    slot = (times_s - START_S) // 1800
    is_inside = (slot >= 0) & (slot < HALF_HOURS)
    used_wh = np.zeros((names.size, HALF_HOURS), np.int64)
    np.add.at(used_wh, (home[is_inside], slot[is_inside]), energy_wh[is_inside])
    return used_wh


@pytest.fixture(scope="module")
def prices():
    """The trial's own list: the price of every half-hour of 2013. [hundredths of a penny/kWh]"""
    with gzip.open(PRICES, "rt") as file:
        return [HUNDREDTHS[row["Tariff"]] for row in csv.DictReader(file)]


def pounds(energy_wh, prices):
    """What half-hours cost: a plain sum of whole numbers, rounded once."""
    exact = sum(wh * price for wh, price in zip(energy_wh.tolist(), prices, strict=True))
    return Decimal(exact).scaleb(-7).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_year_has_its_prices():
    tariff = read_tariff(TARIFF)
    prices = tariff.series["trial"].prices_at(EDGES_S[:-1].tolist(), "trial")
    counts = {str(price): prices.count(price) for price in set(prices)}
    assert counts == {"0.6720": 788, "0.1176": 15_072, "0.0399": 1_660}


@needs_data
def test_the_public_file_of_prices_says_the_same(tmp_path):
    text = TARIFF.read_text()
    (tmp_path / "prices.csv.gz").write_bytes(PRICES.read_bytes())
    (tmp_path / "t.toml").write_text(text[: text.index("[series.trial]")] + PUBLIC)
    own, public = read_tariff(TARIFF), read_tariff(tmp_path / "t.toml")
    times_s = EDGES_S[:-1].tolist()
    assert public.series["trial"].prices_at(times_s, "") == own.series["trial"].prices_at(
        times_s, ""
    )


@needs_data
def test_annual_bills_of_all_households_are_the_plain_sum(homes, prices):
    tariff, everybody = read_tariff(TARIFF), [NOBODY] * len(homes)
    assert len(homes) == 100
    usage = Usage(EDGES_S, homes, np.zeros_like(homes))
    annual = [Decimal(0)] * len(homes)
    for start_s, end_s in MONTHS:
        month = slice((start_s - START_S) // 1800, (end_s - START_S) // 1800)
        bills = rate_many(tariff, usage.between(start_s, end_s), UTC, everybody)
        totals = [bill.total for bill in bills]
        assert totals == [pounds(used_wh[month], prices[month]) for used_wh in homes]
        annual = [so_far + total for so_far, total in zip(annual, totals, strict=True)]
    assert min(annual) > 0
    whole_year = [bill.total for bill in rate_many(tariff, usage, UTC, everybody)]
    assert whole_year == [pounds(used_wh, prices) for used_wh in homes]
    # Each of the twelve bills is rounded once.
    for twelve, one in zip(annual, whole_year, strict=True):
        assert abs(twelve - one) <= Decimal("0.065")


@needs_data
def test_prices_an_hour_late_make_another_bill(homes, prices):
    bill = rate(read_tariff(TARIFF), Usage.of_one(EDGES_S, homes[0]), UTC)
    assert bill.total != pounds(homes[0], prices[2:] + prices[:2])
