"""The event hub: who hears what, and what becomes of a listener that lags behind."""

from uuid import UUID

import numpy as np
import pytest

from quilowatt.api.events import AlertNews, EventHub
from quilowatt.limits import EVENT_QUEUE_MAX, EVENT_READINGS_MAX
from quilowatt.store import AlertRecord


def news(meter):
    record = AlertRecord(
        id=1,
        kind="abrupt_increase",
        severity="warning",
        meter_number=meter,
        meter_uuid=UUID(int=meter),
        usage_point_id=1,
        customer_id=1,
        customer_uuid=UUID(int=1),
        customer_name="Ana",
        opened_at_s=1,
        raised_at_s=2,
        updated_at_s=3,
        closed_at_s=None,
        power_w=5000,
        usual_power_w=300,
        excess_wh=100,
    )
    return AlertNews("opened", record)


def numbers(*meters):
    return np.array(meters, np.int32)


async def heard(subscription):
    assert await subscription.wait(5)
    meters, alerts = subscription.take()
    return meters.tolist(), [alert.record.meter_number for alert in alerts]


@pytest.mark.asyncio
async def test_everyone_hears_everything_unless_they_asked_for_less():
    hub = EventHub()
    with (
        hub.subscribe() as everything,
        hub.subscribe(meters=[2]) as second,
        hub.subscribe(kinds=["alert"]) as alerts,
    ):
        hub.publish_readings(numbers(2, 1, 2))
        hub.publish(news(2))
        hub.publish(news(3))
        assert await heard(everything) == ([1, 2], [2, 3])
        assert await heard(second) == ([2], [2])
        assert await heard(alerts) == ([], [2, 3])
    assert hub.subscriber_count == 0


@pytest.mark.asyncio
async def test_commits_that_were_not_taken_in_between_are_told_as_one():
    hub = EventHub()
    with hub.subscribe() as listener:
        for meter in (3, 1, 3):
            hub.publish_readings(numbers(meter))
        assert await heard(listener) == ([1, 3], [])
        assert not await listener.wait(0)


@pytest.mark.asyncio
async def test_a_listener_with_other_interests_is_not_woken():
    hub = EventHub()
    with hub.subscribe(meters=[7], kinds=["reading"]) as listener:
        hub.publish_readings(numbers(1, 2))
        hub.publish(news(7))
        assert not await listener.wait(0)


@pytest.mark.asyncio
async def test_too_many_events_drop_the_listener_and_free_its_queue():
    hub = EventHub()
    slow, other = hub.subscribe(kinds=["alert"]), hub.subscribe(meters=[2])
    for _ in range(EVENT_QUEUE_MAX):
        hub.publish(news(1))
    assert not slow.is_dropped
    hub.publish(news(1))
    assert slow.is_dropped
    assert await heard(slow) == ([], [])
    assert (hub.subscriber_count, hub.dropped_count) == (1, 1)
    assert not other.is_dropped


@pytest.mark.asyncio
async def test_too_many_readings_drop_the_listener_but_one_big_commit_does_not():
    hub = EventHub()
    listener = hub.subscribe()
    hub.publish_readings(np.arange(EVENT_READINGS_MAX + 1, dtype=np.int32))
    assert not listener.is_dropped
    hub.publish_readings(numbers(1))
    assert listener.is_dropped


@pytest.mark.asyncio
async def test_closing_the_hub_ends_every_stream_also_one_that_comes_late():
    hub = EventHub()
    early = hub.subscribe()
    hub.close()
    late = hub.subscribe()
    for listener in (early, late):
        assert await listener.wait(5)
        assert listener.is_closed
        assert not listener.is_dropped
    assert (hub.subscriber_count, hub.dropped_count) == (0, 0)
