"""Which alert presses, and which is hidden."""

import asyncio
from uuid import UUID

import pytest

from quilowatt.client import AlertEvent
from quilowatt.tui.desk import Desk, pause_or

ANA, BRUNO = UUID(int=1), UUID(int=2)


@pytest.fixture
def desk(feed, english):
    return Desk(feed, english, lambda: 0.0, "http://127.0.0.1:8080")


def test_own_alert_comes_first_and_then_the_newest(desk, make_alert):
    old = make_alert(ANA, "Ana", id=1)
    new = make_alert(BRUNO, "Bruno", id=2)
    desk.set_open([old, new])
    assert [a.id for a in desk.pressing()] == [2, 1]
    assert [a.id for a in desk.pressing(ANA)] == [1, 2]


def test_what_is_graver_presses_before_what_is_newer(desk, make_alert):
    grave = make_alert(ANA, "Ana", id=1, severity="critical")
    desk.set_open(
        [make_alert(ANA, "Ana", id=2), make_alert(ANA, "Ana", id=3, severity="info"), grave]
    )
    assert [a.id for a in desk.pressing()] == [1, 2, 3]


def test_hidden_alert_stays_open(desk, make_alert):
    alert = make_alert(ANA, "Ana")
    desk.set_open([alert])
    desk.hide(alert)
    assert desk.pressing() == []
    assert desk.has_open(ANA)
    assert not desk.has_open(BRUNO)


def test_alert_is_new_once(desk, make_alert):
    event = AlertEvent(phase="opened", alert=make_alert(ANA, "Ana"))
    assert [desk.take(event), desk.take(event)] == [True, False]


def test_closed_alert_is_forgotten(desk, make_alert):
    alert = make_alert(ANA, "Ana")
    desk.set_open([alert])
    desk.hide(alert)
    closed = alert.model_copy(update={"is_open": False})
    assert desk.take(AlertEvent(phase="closed", alert=closed)) is False
    assert (desk.open_alerts, desk.hidden_alerts) == ({}, set())


def test_pause_ends_with_the_event_or_by_itself():
    async def scenario():
        event = asyncio.Event()
        await pause_or(event, 0.0)
        event.set()
        await pause_or(event, 1e9)

    asyncio.run(scenario())
