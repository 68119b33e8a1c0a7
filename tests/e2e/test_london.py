"""The London year, replayed through the protocol, gives every household's kWh of every month.

Data: Low Carbon London, UK Power Networks through the London Datastore, CC BY 4.0; 100 real
households, half-hourly kWh of 2013, with real gaps.
"""

import re
from collections import defaultdict

import numpy as np
import pyarrow.parquet as pq
import pytest

from harness.command import ROOT, Command
from harness.server import ServerProcess

LONDON = ROOT.parent / "shared" / "data" / "lcl_100_households_halfhourly_2013.parquet"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(not LONDON.exists(), reason=f"the London data is not at {LONDON}"),
]

ROUNDING_WH = 1
"""A month is the difference of two registers, each rounded to the Wh."""


def energy_in_the_file():
    """Sum by household and month, from each row's number as it is printed. [Wh]"""
    table = pq.read_table(LONDON)
    month = table["tstp"].to_numpy().astype("datetime64[M]")
    milliwatthours = np.round(table["kwh"].to_numpy() * 1e6).astype(np.int64)
    keys = np.char.add(
        table["lclid"].to_numpy().astype("U16"), np.char.add("|", month.astype("U7"))
    )
    names, which = np.unique(keys, return_inverse=True)
    sums = np.zeros(names.size, np.int64)
    np.add.at(sums, which, milliwatthours)
    found = defaultdict(dict)
    for name, total in zip(names.tolist(), sums.tolist(), strict=True):
        household, _, month = name.partition("|")
        found[household][month] = total / 1000
    return dict(found)


def test_every_household_has_its_energy_of_every_month(tmp_path):
    expected = energy_in_the_file()
    with ServerProcess(tmp_path) as server:
        host, port = server.host_and_port("meters")
        with Command(
            tmp_path / "replay", "-m", "quilowatt", "replay", LONDON, "--server", f"{host}:{port}"
        ) as replay:
            assert replay.wait() == 0
        summary = replay.heard.splitlines()[-1]
        sent, acknowledged, unanswered = (
            int(number.replace(",", ""))
            for number in re.search(
                r"sent ([\d,]+) · acknowledged ([\d,]+) · unanswered ([\d,]+)", replay.heard
            ).groups()
        )
        assert sent == acknowledged > 1_674_718, summary
        assert unanswered == 0
        meters = {item["serial"]: item["id"] for item in server.items("/v1/meters")}
        assert meters.keys() == expected.keys()
        wrong = [
            (household, month, energy_wh, told_wh)
            for household, months in expected.items()
            for month, energy_wh, told_wh in differences(server, meters[household], months)
        ]
        assert wrong == []
        metrics = server.get_text("/metrics")
        committed = re.search(r"^quilowatt_readings_committed_total (\S+)$", metrics, re.MULTILINE)
        assert float(committed[1]) == acknowledged
        assert server.stop() == 0


def differences(server, meter, months):
    profile = server.get(
        f"/v1/meters/{meter}/load-profile?start=2012-12-01&end=2014-02-28&resolution=1mo"
    )
    told_wh = {
        interval["start"][:7]: (interval["import_kwh"] or 0) * 1000
        for interval in profile["intervals"]
    }
    for month in told_wh.keys() | months.keys():
        energy_wh = months.get(month, 0)
        if abs(told_wh[month] - energy_wh) > ROUNDING_WH:
            yield month, energy_wh, told_wh[month]
