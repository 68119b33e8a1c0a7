"""Whatever the tariff is, causes sum to the difference, and terms that stay cause nothing."""

import json
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from quilowatt.billing import Usage, load_tariff, rate
from quilowatt.billing.explain import CAUSES, BilledCycle, explain_difference
from quilowatt.billing.point_file import load_usage_point
from quilowatt.errors import BillingError
from reference.tariffs import cases

HOUR_S = 3600


def halves(case, share):
    """The first and the second half of a case as two cycles, some of their energy estimated."""
    tariff = load_tariff(json.dumps(case.tariff), "random")
    point = load_usage_point(json.dumps(case.point), "random").point
    zone, middle = ZoneInfo(case.zone), len(case.import_wh) // 2
    cycles = []
    for rows in (slice(0, middle), slice(middle, None)):
        edges_s = case.edges_s[rows.start : None if rows.stop is None else rows.stop + 1]
        usage = Usage.of_one(edges_s, case.import_wh[rows], case.export_wh[rows])
        estimated_wh = sum(case.import_wh[rows]) * share // 100
        bill = rate(tariff, usage, zone, point)
        cycles.append(BilledCycle(tariff, usage, point, bill, estimated_wh))
    return cycles


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(cases(), st.integers(0, 100))
def test_causes_sum_to_the_difference_and_steady_terms_cause_nothing(case, share):
    assume(len(case.import_wh) > 1 and max(np.diff(case.edges_s)) <= HOUR_S)
    try:
        before, after = halves(case, share)
    except BillingError:
        assume(False)
    found = explain_difference(before, after, ZoneInfo(case.zone))
    assert [part.cause for part in found] == list(CAUSES)
    assert sum(part.amount for part in found) == after.bill.total - before.bill.total
    tariff = before.tariff
    if len(tariff.versions) == 1 and len(tariff.taxes) <= 1 and not tariff.series:
        amounts = {part.cause: part.amount for part in found}
        assert (amounts["tariff"], amounts["taxes"], amounts["customer"]) == (0, 0, 0)
