"""The same faults over the real protocol into a real server: lists, profile and bill hold.

An exchange is dated by the server's clock, so its server runs inside the test with one that is set.
"""

import json
import urllib.request

import numpy as np
import pytest

from faults.faults import ESTIMATED, EXACT, EXPORT, IMPORT, TIME, clean
from faults.homes import DAY_S, Home, truth_of
from faults.pricing import billed, hours_of
from harness.caller import Caller
from harness.inside import ServerInside
from harness.server import ServerProcess
from harness.waiting import DEADLINE_S

HOME = Home("family with solar panels", number=5, zone="UTC", panel_w=4_000)
EXCHANGES = {
    name: fault
    for name, fault in (EXACT | ESTIMATED).items()
    if "exchange" in name or name == "all together"
}
FAULTS = {name: fault for name, fault in (EXACT | ESTIMATED).items() if name not in EXCHANGES}


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
    return send(server.host_and_port("meters"), hung, name=name)


def send(address, hung, *, registered=lambda: None, **details):
    """Send all messages of one meter in their order, and wait for the answer; give its UUID."""
    last = hung.messages[np.argmax(hung.messages[:, TIME])]
    # One more, of a time that no other has: its acknowledgement is that of all.
    after_s = int(last[TIME]) + 1
    rows = [*hung.messages[:, [TIME, IMPORT, EXPORT]].tolist()]
    rows.append([after_s, int(last[IMPORT]), int(last[EXPORT])])
    with Caller(address) as caller:
        meter = caller.become_meter(digits=hung.digits, **details)
        registered()
        caller.say(*(f"R {time_s} {taken} {given}" for time_s, taken, given in rows))
        caller.expect_acknowledged(after_s)
    return meter.uuid


def invoice(server, uuid, month):
    (item,) = server.items(f"/v1/invoices?meter={uuid}&month={month}")
    return item["import_kwh"], item["total"]


def document(inside, path):
    with urllib.request.urlopen(inside.server.addresses.http + path, timeout=DEADLINE_S) as answer:
        return json.load(answer)


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
    bill, true_bill = (billed(wh, edges_s, truth.zone).time_of_use for wh in (taken_wh, true_wh))
    if fault in EXACT:
        assert bill == true_bill
    else:
        assert abs(bill - true_bill) / true_bill <= 0.06
        assert "hole" in {issue["kind"] for issue in profile["issues"]}


@pytest.mark.parametrize("fault", EXCHANGES)
def test_an_exchange_over_the_wire(tmp_path, truth, right, fault):
    chance = np.random.default_rng([7, *fault.encode()])
    old, new = EXCHANGES[fault](clean(truth, chance), chance).meters
    now_s = [float(new.start_s)]

    def go_on():
        now_s[0] = float(truth.time_s[-1] + DAY_S)

    with ServerInside(tmp_path, "auto", clock=lambda: now_s[0]) as inside:
        gone = send(inside.meters, old, name="old")
        place = document(inside, f"/v1/meters/{gone}")["usage_point"]["id"]
        uuid = send(inside.meters, new, name="new", usage_point=place, registered=go_on)
        (item,) = document(inside, f"/v1/invoices?meter={uuid}&month={HOME.month}")["items"]
    assert (item["import_kwh"], item["total"]) == right
