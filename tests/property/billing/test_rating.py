"""The fast rating against the slow one of `tests/reference`, line by line, to the cent."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from quilowatt.billing import Usage, load_tariff, rate, rate_many, totals
from quilowatt.billing.point_file import load_usage_point
from quilowatt.errors import BillingError
from reference.agreement import differences, fast_bill
from reference.tariffs import cases, points

EXAMPLES = 200
"""`python -m reference --count 10000` in `tests/` compares more; docs/tariffs.md has its result."""


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_agrees_with_the_slow_rating_line_by_line(case):
    assert differences(case) == []


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from([Decimal(1), Decimal(-1)]))
def test_one_unit_of_the_last_place_too_much_is_noticed(case, sign):
    def wrong(case):
        bill = fast_bill(case)
        unit = sign.scaleb(-case.tariff["rounding"]["places"])
        last = replace(bill.lines[-1], amount=bill.lines[-1].amount + unit)
        return replace(bill, lines=(*bill.lines[:-1], last), total=bill.total + unit)

    try:
        assume(fast_bill(case).lines)
    except BillingError:
        assume(False)
    assert differences(case, rated=wrong)


@st.composite
def crowds(draw):
    """A case, and more usage points that are billed by its tariff."""
    case = draw(cases())
    start = datetime.fromtimestamp(case.edges_s[0], UTC).date()
    return case, [case.point, *(draw(points(case.tariff, start)) for _ in range(2))]


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(crowds())
def test_many_meters_are_billed_as_each_alone(crowd):
    case, places = crowd
    tariff, zone = load_tariff(json.dumps(case.tariff), "random"), ZoneInfo(case.zone)
    known = [load_usage_point(json.dumps(place), "random").point for place in places]
    imported = np.array([case.import_wh, case.export_wh, [0] * len(case.import_wh)], np.int64)
    usage = Usage(np.array(case.edges_s, np.int64), imported, imported[::-1].copy())
    try:
        bills = list(rate_many(tariff, usage, zone, known))
    except BillingError:
        with pytest.raises(BillingError):
            each_alone(tariff, usage, zone, known)
        with pytest.raises(BillingError):
            list(totals(tariff, usage, zone, known))
        return
    assert bills == each_alone(tariff, usage, zone, known)
    assert list(totals(tariff, usage, zone, known)) == [bill.total for bill in bills]


def each_alone(tariff, usage, zone, places):
    return [rate(tariff, usage.rows(n, n + 1), zone, place) for n, place in enumerate(places)]


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.integers(2, 8))
def test_a_coarser_profile_keeps_its_energy(case, count):
    """Hours or more instead of half-hours: intervals that windows cut are shared out by time."""
    edges_s = sorted({*case.edges_s[::count], case.edges_s[-1]})
    bounds = [case.edges_s.index(edge_s) for edge_s in edges_s]
    imported, exported = (
        [sum(energy_wh[a:b]) for a, b in pairwise(bounds)]
        for energy_wh in (case.import_wh, case.export_wh)
    )
    coarse = replace(case, edges_s=edges_s, import_wh=imported, export_wh=exported)
    assert differences(coarse) == []
