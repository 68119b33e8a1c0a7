"""The trial of Low Carbon London: real households under its real dynamic prices."""

import csv
import gzip
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.billing import Usage, rate
from quilowatt.jobs.tariff_files import read_tariff

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
TARIFF = ROOT / "tariffs" / "gb" / "london-dynamic-2013.toml"
PRICES = "lcl_dtou_tariff_2013_halfhourly.csv.gz"
PUBLIC = """\
[series.trial]
csv = "prices.csv.gz"
time_column = "TariffDateTime"
price_column = "Tariff"
timezone = "UTC"
levels = { High = 0.6720, Normal = 0.1176, Low = 0.0399 }
"""
START_S, HALF_HOURS = 1_356_998_400, 17_520
EDGES_S = START_S + 1800 * np.arange(HALF_HOURS + 1)
PENCE = {"High": Decimal("67.20"), "Normal": Decimal("11.76"), "Low": Decimal("3.99")}


def test_the_year_has_its_prices():
    tariff = read_tariff(TARIFF)
    prices = tariff.series["trial"].prices_at(EDGES_S[:-1].tolist(), "trial")
    counts = {str(price): prices.count(price) for price in set(prices)}
    assert counts == {"0.6720": 788, "0.1176": 15_072, "0.0399": 1_660}


@pytest.mark.skipif(not DATA.is_dir(), reason="the trial's prices are not here")
def test_the_public_file_of_prices_says_the_same(tmp_path):
    text = TARIFF.read_text()
    (tmp_path / "prices.csv.gz").write_bytes((DATA / PRICES).read_bytes())
    (tmp_path / "t.toml").write_text(text[: text.index("[series.trial]")] + PUBLIC)
    own, public = read_tariff(TARIFF), read_tariff(tmp_path / "t.toml")
    times_s = EDGES_S[:-1].tolist()
    assert public.series["trial"].prices_at(times_s, "") == own.series["trial"].prices_at(
        times_s, ""
    )


@pytest.mark.skipif(not DATA.is_dir(), reason="the trial's readings are not here")
def test_annual_bills_of_real_households_are_the_plain_sum():
    parquet = pytest.importorskip("pyarrow.parquet")
    path = DATA / PRICES
    with gzip.open(path, "rt") as file:
        pence = [PENCE[row["Tariff"]] for row in csv.DictReader(file)]
    table = parquet.read_table(DATA / "lcl_100_households_halfhourly_2013.parquet")
    homes = np.array(table["lclid"].to_pylist())
    times_s = table["tstp"].cast("timestamp[s]").cast("int64").to_numpy()
    energy_wh = np.rint(table["kwh"].to_numpy() * 1000).astype(np.int64)
    tariff = read_tariff(TARIFF)
    for home in sorted(set(homes.tolist()))[:20]:
        slot = (times_s[homes == home] - START_S) // 1800
        used = np.zeros(HALF_HOURS, np.int64)
        is_inside = (slot >= 0) & (slot < HALF_HOURS)
        np.add.at(used, slot[is_inside], energy_wh[homes == home][is_inside])
        plain = sum(wh * price for wh, price in zip(used.tolist(), pence, strict=True)) / 100_000
        bill = rate(tariff, Usage.of_one(EDGES_S, used), ZoneInfo("UTC"))
        assert bill.total == plain.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert bill.total > 0
