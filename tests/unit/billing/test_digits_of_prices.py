"""A bill is written with the digits of its own document, whatever was billed before it."""

import numpy as np
import pytest

from harness.tariffs import FLAT, UTC, tariff_of
from quilowatt.billing import Usage, UsagePoint, rate, rate_many
from quilowatt.billing.invoice_record import bill_record, canonical

TAXES = {
    "from": "2020-01-01",
    "inside": [["duty"]],
    "rates": {"duty": "0.1"},
    "source": "law",
    "special": [
        {"code": "duty", "rate": "0.20", "when": {"class": ["school"]}},
        {"code": "duty", "rate": "0.2", "when": {"class": ["hospital"]}},
    ],
}
SCHOOL, HOSPITAL = (UsagePoint({"class": name}) for name in ("school", "hospital"))
START_S = 1_767_225_600


@pytest.mark.parametrize("points", [(SCHOOL, HOSPITAL), (HOSPITAL, SCHOOL)])
def test_a_bill_of_many_has_the_same_bytes_as_alone(points):
    tariff = tariff_of([FLAT], taxes=[TAXES])
    edges_s = np.array([START_S, START_S + 86_400], np.int64)
    energy_wh = np.array([[12_345], [12_345]], np.int64)
    together = rate_many(tariff, Usage(edges_s, energy_wh, energy_wh * 0), UTC, points)
    alone = [rate(tariff, Usage.of_one(edges_s, [12_345]), UTC, point) for point in points]
    assert [canonical(bill_record(bill)) for bill in together] == [
        canonical(bill_record(bill)) for bill in alone
    ]


def test_equal_prices_keep_the_digits_that_each_was_written_with():
    tiers = [{"up_to_kwh": 5, "rate_per_kwh": "0.10"}, {"rate_per_kwh": "0.1"}]
    tariff = tariff_of([{"code": "energy", "kind": "tiered", "per": "month", "tiers": tiers}])
    bill = rate(tariff, Usage.of_one([START_S, START_S + 86_400], [12_345]), UTC)
    assert [str(line.rate_before_tax) for line in bill.lines] == ["0.10", "0.1"]
