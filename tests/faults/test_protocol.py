"""The same faults over the real protocol into a real server: lists, profile and bill hold.

An exchange is dated by the server's clock, so months of the past hold none here.
"""

import numpy as np
import pytest

from faults.faults import ESTIMATED, EXACT, EXPORT, IMPORT, TIME, clean
from faults.homes import DAY_S, Home, truth_of
from faults.pricing import hours_of, price_kinds, time_of_use_money
from harness.caller import Caller
from harness.server import ServerProcess

HOME = Home("family with solar panels", number=5, zone="UTC", panel_w=4_000)
FAULTS = {
    name: fault
    for name, fault in {**EXACT, **ESTIMATED}.items()
    if "exchange" not in name and name != "all together"
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("faults")) as server:
        yield server


@pytest.fixture(scope="module")
def truth():
    return truth_of(HOME)


def report(server, case, name):
    """Send a case's messages as a meter would; give its UUID."""
    (hung,) = case.meters
    after_s = int(case.truth.time_s[-1]) + DAY_S
    last = hung.messages[np.argmax(hung.messages[:, TIME])]
    rows = [*hung.messages[:, [TIME, IMPORT, EXPORT]].tolist()]
    rows.append([after_s, int(last[IMPORT]), int(last[EXPORT])])
    with Caller(server.host_and_port("meters")) as caller:
        meter = caller.become_meter(name=name, digits=hung.digits)
        caller.say(*(f"R {time_s} {taken} {given}" for time_s, taken, given in rows))
        caller.expect_acknowledged(after_s)
    return meter.uuid


def invoice(server, uuid, month):
    (item,) = server.items(f"/v1/invoices?meter={uuid}&month={month}")
    return item["import_kwh"], item["total"]


@pytest.fixture(scope="module")
def right(server, truth):
    """What a meter whose messages all come in order is billed."""
    case = clean(truth, np.random.default_rng(1))
    kwh, total = invoice(server, report(server, case, "clean"), HOME.month)
    assert kwh
    assert total
    return kwh, total


@pytest.mark.parametrize("fault", FAULTS)
def test_a_month_over_the_wire(server, truth, right, fault):
    chance = np.random.default_rng([7, *fault.encode()])
    uuid = report(server, FAULTS[fault](clean(truth, chance), chance), fault)
    assert invoice(server, uuid, HOME.month) == right
    profile = server.get(
        f"/v1/meters/{uuid}/load-profile?start=2026-08-01&end=2026-08-31&resolution=1h"
    )
    edges_s = hours_of(truth)
    taken_wh = np.array([round(row["import_kwh"] * 1000) for row in profile["intervals"]])
    true_wh = truth.in_month(edges_s)
    assert taken_wh.sum() == true_wh.sum()
    given_wh = sum(round(row["export_kwh"] * 1000) for row in profile["intervals"])
    assert given_wh == truth.in_month(edges_s, "export").sum()
    kinds = price_kinds(edges_s[:-1], truth.zone)
    bill, true_bill = (time_of_use_money(wh, kinds) for wh in (taken_wh, true_wh))
    if fault in EXACT:
        assert bill == true_bill
    else:
        assert abs(bill - true_bill) / true_bill <= 0.06
        assert "hole" in {issue["kind"] for issue in profile["issues"]}
